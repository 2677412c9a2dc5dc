//! The built-in accounts: register, sign in, stay signed in, sign out.
//! Never stores a password or a refresh token as it is: hashes only.

use super::{
    App, invitations,
    journal::{self, Event},
};
use crate::{
    auth::{By, Standing, check_new_password},
    error::ApiError,
    ids, names,
    network::Network,
    policy,
    store::{Added, NewAccount},
};
use call_protocol::{Credentials, RefreshToken, Registration, Session, User, UserId};
use sha2::{Digest, Sha256};

/// Bytes of a name as it is typed: with blanks around it.
const LONGEST_TYPED: usize = 128;
const USERNAME: std::ops::RangeInclusive<usize> = 3..=32;
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=1024;

/// Makes an account and signs in.
///
/// # Errors
/// When they may not have one, a field is out of range, the name is taken, or many want one at this moment.
pub async fn register(app: &App, network: Network, wanted: Registration) -> Result<Session, ApiError> {
    let invitation = policy::door(app.config.registration, wanted.invitation.as_deref())?;
    if let Some(invitation) = invitation {
        // Before anything about names is told, and before a hash is made.
        invitations::look(app, invitation).await?;
    }
    let invitation = invitation.map(hash);
    let display_name = wanted.display_name.as_deref();
    let by = By { network, standing: Standing::Unknown };
    let (user, password_hash) = fresh(app, (&wanted.username, display_name), wanted.password, by).await?;
    let account = NewAccount { user: user.clone(), password_hash, now: app.clock.now() };
    let refused = match app.store.add_account(account, invitation.as_deref()).await? {
        Added::Account => {
            journal::note(app, Event::Registered, network, Some(&user.username), Some(&user.id)).await;
            return session(app, user, None).await;
        }
        Added::NameTaken => ApiError::NameTaken,
        Added::Uninvited(why) => why.into(),
    };
    journal::note(app, Event::NotRegistered, network, Some(&user.username), None).await;
    Err(refused)
}

/// Somebody new, with their password hashed; nothing is kept yet.
async fn fresh(
    app: &App,
    (username, display_name): (&str, Option<&str>),
    password: String,
    by: By,
) -> Result<(User, String), ApiError> {
    let invalid = |fault: &str| ApiError::Invalid(fault.to_owned());
    let display_name = names::chosen(display_name.unwrap_or(username)).map_err(invalid)?;
    let username = names::key(username);
    check_username(&username)?;
    check_new_password(&password, &username, app.config.public_host())?;
    let password_hash = app.passwords.hash(password, by).await?;
    let id = UserId(ids::fresh(app.clock.now()));
    Ok((User { id, username, display_name, display_picture_url: None }, password_hash))
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
    let made = app.store.add_account(NewAccount { user: user.clone(), password_hash, now }, None).await?;
    Ok((made == Added::Account).then_some(user))
}

/// Signs in. Whoever guesses at a name keeps nobody waiting but their own network, and never a device that has signed in
/// before.
///
/// # Errors
/// When name and password do not belong together, or too many were tried.
pub async fn login(app: &App, network: Network, credentials: Credentials) -> Result<Session, ApiError> {
    let Credentials { username, password, device_proof } = credentials;
    let name = name_of(&username);
    let known = name.as_deref().unwrap_or_default();
    let device_proof = device_proof.filter(|proof| app.proofs.is_of_device(known, proof));
    let allowed = match &device_proof {
        Some(proof) => app.rates.sign_in_with(proof),
        None => app.rates.sign_in(network, known),
    };
    if let Err(wait) = allowed {
        journal::limited(app, "sign-ins refused by the limit", network);
        return Err(wait.into());
    }
    let standing = if device_proof.is_some() { Standing::Known } else { Standing::Unknown };
    let user = match &name {
        Some(name) => person(app, name, password, By { network, standing }).await?,
        None => None,
    };
    let Some(user) = user else {
        journal::note(app, Event::NotSignedIn, network, name.as_deref(), None).await;
        return Err(ApiError::InvalidCredentials);
    };
    if device_proof.is_none() {
        app.rates.signed_in(network, known);
    }
    journal::note(app, Event::SignedIn, network, name.as_deref(), Some(&user.id)).await;
    session(app, user, device_proof).await
}

/// The person of a name and a password.
async fn person(app: &App, name: &str, password: String, by: By) -> Result<Option<User>, ApiError> {
    if !PASSWORD.contains(&password.len()) {
        return Ok(None);
    }
    let (user, hash) = app.store.account(name).await?.unzip();
    let matches = app.passwords.matches(password, hash, by).await?;
    Ok(user.filter(|_| matches))
}

/// Exchanges a refresh token for a new session.
///
/// # Errors
/// When the token is unknown, spent or expired, or too many were tried.
pub async fn refresh(app: &App, network: Network, token: RefreshToken) -> Result<Session, ApiError> {
    let made = check_token(app, network, &token.refresh_token)?;
    if made == Made::Never {
        return Err(ApiError::SessionOver);
    }
    let fresh = app.proofs.refresh_token();
    let timings = &app.config.timings;
    let spans = (timings.refresh_token, timings.refresh_grace);
    let now = app.clock.now();
    let user =
        app.store.exchange_refresh_token(&hash(&token.refresh_token), &hash(&fresh), now, spans).await?;
    let user = user.ok_or(ApiError::SessionOver)?;
    if made == Made::Perhaps {
        app.rates.not_made_up(network);
    }
    reply(app, user, fresh, None)
}

/// Signs out: the refresh token is good for nothing any more.
///
/// # Errors
/// When the database fails, or too many were tried.
pub async fn logout(app: &App, network: Network, token: RefreshToken) -> Result<(), ApiError> {
    if check_token(app, network, &token.refresh_token)? == Made::Never {
        return Ok(());
    }
    Ok(app.store.forget_refresh_token(&hash(&token.refresh_token)).await?)
}

/// Whether a server of this secret made a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// It says so.
    Here,
    /// Older servers' tokens do not say so.
    Perhaps,
    /// It cannot have.
    Never,
}

/// Looks at a refresh token before the database does: made-up ones cost nobody anything.
fn check_token(app: &App, network: Network, token: &str) -> Result<Made, ApiError> {
    if app.proofs.made(token) {
        app.rates.refresh(token)?;
        return Ok(Made::Here);
    }
    if let Err(wait) = app.rates.made_up_token(network) {
        journal::limited(app, "made-up refresh tokens refused by the limit", network);
        return Err(wait.into());
    }
    let hexadecimal = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(if hexadecimal { Made::Perhaps } else { Made::Never })
}

/// The person behind a token.
///
/// # Errors
/// When there is no such person any more.
pub async fn me(app: &App, user: &UserId) -> Result<User, ApiError> {
    app.store.user(user).await?.ok_or(ApiError::Unauthorized)
}

async fn session(app: &App, user: User, device_proof: Option<String>) -> Result<Session, ApiError> {
    let fresh = app.proofs.refresh_token();
    let life = app.config.timings.refresh_token;
    app.store.add_refresh_token(&user.id, &hash(&fresh), app.clock.now(), life).await?;
    let device_proof = app.proofs.of_device(&user.username, device_proof.as_deref());
    reply(app, user, fresh, Some(device_proof))
}

fn reply(
    app: &App,
    user: User,
    refresh_token: String,
    device_proof: Option<String>,
) -> Result<Session, ApiError> {
    let access_token = app.tokens.mint(&user.id, app.clock.now())?;
    let life = app.config.timings.access_token.as_secs();
    let expires_in = u32::try_from(life).unwrap_or(u32::MAX);
    Ok(Session { user, access_token, expires_in, refresh_token, device_proof })
}

/// The name that was typed, if it can be one: what cannot is nobody's, and is never counted or looked for by what it is.
pub(super) fn name_of(typed: &str) -> Option<String> {
    let name = Some(typed).filter(|name| name.len() <= LONGEST_TYPED).map(names::key);
    name.filter(|name| check_username(name).is_ok())
}

fn check_username(name: &str) -> Result<(), ApiError> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if plain && USERNAME.contains(&name.len()) {
        return Ok(());
    }
    let sentence = "a name has 3 to 32 of a-z, 0-9, dot, dash and underscore; choose another";
    Err(ApiError::Invalid(sentence.to_owned()))
}

/// What is kept of a token.
pub(super) fn hash(token: &str) -> String {
    ids::hex(&Sha256::digest(token))
}
