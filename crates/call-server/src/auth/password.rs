//! Hashes and checks passwords with argon2, few at a time and off the threads that serve sockets.
//! Never keeps a password.

use crate::error::ApiError;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// A hash of nothing that anybody knows, so that an unknown name takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nIHNhbHR5$Yj3IY2lVTMOcaJUUyI8dkVfUrhwGZlKZMbi+TsqdHyc";

/// The door to the hash function: so many at a time.
#[derive(Debug)]
pub struct Passwords(Semaphore);

impl Passwords {
    /// Allows this many hashes at a time.
    pub fn new(at_a_time: usize) -> Self {
        Self(Semaphore::new(at_a_time))
    }

    /// The salted hash of a password, as text.
    ///
    /// # Errors
    /// When the hash function fails.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        let work = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.run(work).await?.map_err(|error| ApiError::Internal(error.to_string()))
    }

    /// Whether a password is the one behind a hash; `None` stands for an account that does not exist.
    ///
    /// # Errors
    /// When the hash function fails.
    pub async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let work = move || {
            let parsed = PasswordHash::new(&hash);
            parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(self.run(work).await? && exists)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let permit = self.0.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))?;
        let result = spawn_blocking(work).await.map_err(|error| ApiError::Internal(error.to_string()));
        drop(permit);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_account_matches() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$") && !hash.contains("correct"));
        assert!(passwords.matches("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.matches("battery staple".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.matches("correct horse".to_owned(), None).await.unwrap());
        assert!(!passwords.matches("anything".to_owned(), Some("not a hash".to_owned())).await.unwrap());
        assert!(PasswordHash::new(NOBODY).is_ok(), "an unknown name costs as much as a wrong password");
    }
}
