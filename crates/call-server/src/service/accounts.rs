//! The built-in accounts: register, sign in, stay signed in, sign out.
//! Never stores a password or a refresh token as it is: hashes only.

use super::App;
use crate::{error::ApiError, ids, names, store::NewAccount};
use call_protocol::{Credentials, RefreshToken, Registration, Session, User, UserId};
use sha2::{Digest, Sha256};

const USERNAME: std::ops::RangeInclusive<usize> = 3..=32;
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=1024;

/// Makes an account and signs in.
///
/// # Errors
/// When a field is out of range or the name is taken.
pub async fn register(app: &App, wanted: Registration) -> Result<Session, ApiError> {
    let username = names::key(&wanted.username);
    check_username(&username)?;
    if !PASSWORD.contains(&wanted.password.len()) {
        return Err(ApiError::Invalid("a password has at least 8 characters".to_owned()));
    }
    let display_name = wanted.display_name.as_ref().unwrap_or(&wanted.username);
    let display_name = names::chosen(display_name).map_err(|fault| ApiError::Invalid(fault.to_owned()))?;
    let password_hash = app.passwords.hash(wanted.password).await?;
    let user = add(app, &username, &display_name, password_hash).await?.ok_or(ApiError::NameTaken)?;
    tracing::info!(user.id = %user.id, "account made");
    session(app, user).await
}

/// Makes an account with a hash that is known already; `None` when the name is taken.
///
/// # Errors
/// When the database fails.
pub async fn add(
    app: &App,
    username: &str,
    display_name: &str,
    password_hash: String,
) -> Result<Option<User>, ApiError> {
    let now = app.clock.now();
    let user = User {
        id: UserId(ids::fresh(now)),
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        display_picture_url: None,
    };
    let added = app.store.add_account(NewAccount { user: user.clone(), password_hash, now }).await?;
    Ok(added.then_some(user))
}

/// Signs in.
///
/// # Errors
/// When name and password do not belong together.
pub async fn login(app: &App, credentials: Credentials) -> Result<Session, ApiError> {
    let (user, hash) = app.store.account(&names::key(&credentials.username)).await?.unzip();
    if !PASSWORD.contains(&credentials.password.len())
        || !app.passwords.matches(credentials.password, hash).await?
    {
        tracing::info!("sign-in refused");
        return Err(ApiError::InvalidCredentials);
    }
    session(app, user.ok_or(ApiError::InvalidCredentials)?).await
}

/// Exchanges a refresh token for a new session.
///
/// # Errors
/// When the token is unknown, spent or expired.
pub async fn refresh(app: &App, token: RefreshToken) -> Result<Session, ApiError> {
    let fresh = ids::secret();
    let timings = &app.config.timings;
    let spans = (timings.refresh_token, timings.refresh_grace);
    let now = app.clock.now();
    let user =
        app.store.exchange_refresh_token(&hash(&token.refresh_token), &hash(&fresh), now, spans).await?;
    reply(app, user.ok_or(ApiError::SessionOver)?, fresh)
}

/// Signs out: the refresh token is good for nothing any more.
///
/// # Errors
/// When the database fails.
pub async fn logout(app: &App, token: RefreshToken) -> Result<(), ApiError> {
    Ok(app.store.forget_refresh_token(&hash(&token.refresh_token)).await?)
}

/// The person behind a token.
///
/// # Errors
/// When there is no such person any more.
pub async fn me(app: &App, user: &UserId) -> Result<User, ApiError> {
    app.store.user(user).await?.ok_or(ApiError::Unauthorized)
}

async fn session(app: &App, user: User) -> Result<Session, ApiError> {
    let fresh = ids::secret();
    let life = app.config.timings.refresh_token;
    app.store.add_refresh_token(&user.id, &hash(&fresh), app.clock.now(), life).await?;
    reply(app, user, fresh)
}

fn reply(app: &App, user: User, refresh_token: String) -> Result<Session, ApiError> {
    let access_token = app.tokens.mint(&user.id, app.clock.now())?;
    let life = app.config.timings.access_token.as_secs();
    Ok(Session { user, access_token, expires_in: u32::try_from(life).unwrap_or(u32::MAX), refresh_token })
}

fn check_username(name: &str) -> Result<(), ApiError> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if plain && USERNAME.contains(&name.len()) {
        return Ok(());
    }
    let sentence = "a name has 3 to 32 of a-z, 0-9, dot, dash and underscore; choose another";
    Err(ApiError::Invalid(sentence.to_owned()))
}

fn hash(token: &str) -> String {
    ids::hex(&Sha256::digest(token))
}
