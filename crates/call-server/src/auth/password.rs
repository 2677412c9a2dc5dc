//! Hashes and checks passwords with argon2, few at a time and off the threads that serve sockets.
//! Never keeps a password, and lets nobody wait long.

use super::hash_queue::{Standing, Turns};
use crate::{error::ApiError, network::Network};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// A hash of nothing that anybody knows, so that an unknown name takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nIHNhbHR5$Yj3IY2lVTMOcaJUUyI8dkVfUrhwGZlKZMbi+TsqdHyc";

/// How long somebody waits for the hash function.
const PATIENCE: Duration = Duration::from_secs(1);

/// Hashes passwords, so many at a time.
#[derive(Debug)]
pub struct Passwords(Turns);

/// Whose turn it would be.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// Where they are.
    pub network: Network,
    /// Whether they are known.
    pub standing: Standing,
}

impl Passwords {
    /// Allows this many hashes at a time.
    pub fn new(at_a_time: usize) -> Self {
        Self(Turns::new(at_a_time, PATIENCE))
    }

    /// The salted hash of a password, as text.
    ///
    /// # Errors
    /// When the hash function fails, or too many wait for it.
    pub async fn hash(&self, password: String, by: By) -> Result<String, ApiError> {
        let work = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.run(work, by).await?.map_err(|error| ApiError::Internal(error.to_string()))
    }

    /// Whether a password is the one behind a hash; `None` stands for an account that does not exist.
    ///
    /// # Errors
    /// When the hash function fails, or too many wait for it.
    pub async fn matches(&self, password: String, hash: Option<String>, by: By) -> Result<bool, ApiError> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let work = move || {
            let parsed = PasswordHash::new(&hash);
            parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(self.run(work, by).await? && exists)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        By { network, standing }: By,
    ) -> Result<T, ApiError> {
        let turn = self.0.take(network, standing).await.map_err(|_| ApiError::Crowded)?;
        // The turn ends with the work, not with the client's patience.
        let work = move || {
            let done = work();
            drop(turn);
            done
        };
        spawn_blocking(work).await.map_err(|error| ApiError::Internal(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> By {
        By { network: Network::of([127, 0, 0, 1].into()), standing: Standing::Unknown }
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_account_matches() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct horse".to_owned(), somebody()).await.unwrap();
        assert!(hash.starts_with("$argon2id$") && !hash.contains("correct"));
        assert!(passwords.matches("correct horse".to_owned(), Some(hash.clone()), somebody()).await.unwrap());
        assert!(!passwords.matches("battery staple".to_owned(), Some(hash), somebody()).await.unwrap());
        assert!(!passwords.matches("correct horse".to_owned(), None, somebody()).await.unwrap());
        assert!(
            !passwords
                .matches("anything".to_owned(), Some("not a hash".to_owned()), somebody())
                .await
                .unwrap()
        );
        assert!(PasswordHash::new(NOBODY).is_ok(), "an unknown name costs as much as a wrong password");
    }
}
