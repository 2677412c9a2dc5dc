//! The built-in accounts: register, sign in, stay signed in, sign out.
//! Never stores a password or a refresh token as it is: hashes only.

use super::{Accounts, invitations, journal::Event, sessions};
use crate::{
    auth::{By, Standing},
    error::ApiError,
    ids,
    model::{Farewell, Fresh, SignIn},
    names,
    network::Network,
    new_password,
    rates::Doing,
    store::{Added, Door, NewAccount, NewSession, Renewed, Store},
};
use call_protocol::{
    ChangePassword, Credentials, DeviceId, RefreshToken, Registration, Session, SessionId, User, UserId,
};
use call_rules::Shown;
use std::net::Ipv4Addr;

/// Bytes of a name as it is typed, surrounding blanks included.
const LONGEST_TYPED: usize = 128;
const USERNAME: std::ops::RangeInclusive<usize> = 3..=32;
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=1024;

/// The program behind a request that signs in, or stays signed in.
#[derive(Clone, Debug)]
pub struct Program {
    /// Where it is.
    pub network: Network,
    /// What people recognise it by.
    pub sign_in: SignIn,
    /// Its device, if it says so.
    pub device: Option<DeviceId>,
}

/// Creates an account and signs in.
///
/// # Errors
/// When registration is closed to them, a field is out of range, the name is taken, or the hash queue is full.
pub async fn register(
    accounts: &Accounts,
    wanted: Registration,
    program: &Program,
) -> Result<Session, ApiError> {
    let invitation = call_rules::door(accounts.config.registration, wanted.invitation.as_deref())?;
    if let Some(invitation) = invitation {
        // Checked first, so that nobody without an invitation learns which names exist, or makes the server compute a hash.
        invitations::look(&accounts.store, invitation, accounts.clock.now()).await?;
    }
    let invitation = invitation.map(ids::digest);
    let network = program.network;
    let door = invitation.as_deref();
    let door = door.map_or(Door::Open, |hash| Door::Invitation(hash, call_rules::invitation));
    let display_name = wanted.display_name.as_deref();
    let by = By { network, standing: Standing::Unknown };
    let (user, password_hash) =
        fresh(accounts, (&wanted.username, display_name), wanted.password, by).await?;
    let account = NewAccount { user: user.clone(), password_hash, now: accounts.clock.now() };
    let refused = match accounts.store.add_account(account, door).await? {
        Added::Account => {
            accounts.journal.note(Event::Registered, network, Some(&user.username), Some(&user.id)).await;
            return session(accounts, user, None, (None, program)).await;
        }
        Added::NameTaken => ApiError::NameTaken,
        Added::Uninvited(why) => why.into(),
    };
    accounts.journal.note(Event::NotRegistered, network, Some(&user.username), None).await;
    Err(refused)
}

/// A new user and the hash of their password; nothing is stored yet.
pub(super) async fn fresh(
    accounts: &Accounts,
    (username, display_name): (&str, Option<&str>),
    password: String,
    by: By,
) -> Result<(User, String), ApiError> {
    let invalid = |fault: &str| ApiError::Invalid(fault.to_owned());
    let display_name = names::chosen(display_name.unwrap_or(username)).map_err(invalid)?;
    let username = names::key(username);
    check_username(&username)?;
    new_password::check(&password, &username, accounts.config.public_host())?;
    let password_hash = accounts.passwords.hash(password, by).await?;
    let id = UserId(ids::fresh(accounts.clock.now()));
    Ok((User { id, username, display_name, display_picture_url: None }, password_hash))
}

/// Creates an account with a hash that is known already; `None` when the name is taken.
///
/// # Errors
/// When the database fails.
pub async fn add(
    accounts: &Accounts,
    username: &str,
    display_name: &str,
    password_hash: String,
) -> Result<Option<User>, ApiError> {
    add_through(accounts, (username, display_name), password_hash, Door::Open).await
}

/// The same, by another right than open registration.
///
/// # Errors
/// When the database fails.
pub(crate) async fn add_through(
    accounts: &Accounts,
    (username, display_name): (&str, &str),
    password_hash: String,
    door: Door<'_>,
) -> Result<Option<User>, ApiError> {
    let now = accounts.clock.now();
    let user = User {
        id: UserId(ids::fresh(now)),
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        display_picture_url: None,
    };
    let made =
        accounts.store.add_account(NewAccount { user: user.clone(), password_hash, now }, door).await?;
    Ok((made == Added::Account).then_some(user))
}

/// Signs in. Failed guesses slow down the guesser's network only, and never a device that has signed in before.
///
/// # Errors
/// When the name or password is wrong, or there were too many attempts.
pub async fn login(
    accounts: &Accounts,
    credentials: Credentials,
    program: &Program,
) -> Result<Session, ApiError> {
    let network = program.network;
    let Credentials { username, password, device_proof } = credentials;
    let name = name_of(&username);
    let known = name.as_deref().unwrap_or_default();
    let device_proof = device_proof.filter(|proof| accounts.proofs.is_of_device(known, proof));
    let allowed = match &device_proof {
        Some(proof) => accounts.rates.sign_in_with(proof),
        None => accounts.rates.sign_in(network, known),
    };
    if let Err(wait) = allowed {
        accounts.journal.limited("sign-ins refused by the limit", network);
        return Err(wait.into());
    }
    let standing = if device_proof.is_some() { Standing::Known } else { Standing::Unknown };
    let user = match &name {
        Some(name) => person(accounts, name, password, By { network, standing }).await,
        None => Ok(None),
    };
    if device_proof.is_none() && user.is_err() {
        // The password was not checked, so this is no failed attempt.
        accounts.rates.signed_in(network, known);
    }
    let Some((user, password_hash)) = user? else {
        accounts.journal.note(Event::NotSignedIn, network, name.as_deref(), None).await;
        return Err(ApiError::InvalidCredentials);
    };
    if device_proof.is_none() {
        accounts.rates.signed_in(network, known);
    }
    accounts.journal.note(Event::SignedIn, network, name.as_deref(), Some(&user.id)).await;
    session(accounts, user, Some(password_hash), (device_proof, program)).await
}

/// The user with this name and password, and the hash of the password.
async fn person(
    accounts: &Accounts,
    name: &str,
    password: String,
    by: By,
) -> Result<Option<(User, String)>, ApiError> {
    if !PASSWORD.contains(&password.len()) {
        return Ok(None);
    }
    let account = accounts.store.account(name).await?;
    let hash = account.as_ref().map(|(_, hash)| hash.clone());
    let matches = accounts.passwords.matches(password, hash, by).await?;
    let Some((user, hash)) = account.filter(|_| matches) else { return Ok(None) };
    // The demo's password is public: it is accepted only while the server runs with the demo.
    let shut_out = !accounts.config.demo && accounts.store.is_of_demo(&user.id).await?;
    Ok(Some((user, hash)).filter(|_| !shut_out))
}

/// Exchanges a refresh token for the next one of its session.
///
/// # Errors
/// When the token is unknown, spent or expired, was sent again too soon, or there were too many attempts.
pub async fn refresh(
    accounts: &Accounts,
    token: RefreshToken,
    program: Program,
) -> Result<Session, ApiError> {
    let made = check_token(accounts, program.network, &token.refresh_token)?;
    if made == Made::Never {
        return Err(ApiError::SessionOver);
    }
    let family = family_of(&token.refresh_token);
    let next = accounts.proofs.refresh_token(family);
    let shown = Shown {
        family_hash: ids::digest(family),
        token_hash: ids::digest(&token.refresh_token),
        device: program.device,
    };
    let (fresh, grace) = (renewal(accounts, &next, program.sign_in), accounts.config.timings.refresh_grace);
    let now = fresh.now;
    let decide = |family: &_| call_rules::refresh(family, &shown, now, grace);
    match accounts.store.renew_session(&shown, &fresh, &decide).await? {
        Renewed::Session(session, user) => {
            if made == Made::Perhaps {
                accounts.rates.not_made_up(program.network);
            }
            reply(accounts, user, &session, (next, None))
        }
        Renewed::Wait(wait) => Err(ApiError::TooOften(wait)),
        Renewed::Unknown => Err(ApiError::SessionOver),
        Renewed::Reused(ended) => {
            let user = ended.user.clone();
            sessions::publish(accounts, &user, vec![ended]);
            Err(ApiError::SessionOver)
        }
    }
}

/// Signs out: ends the session of this refresh token, also when the token is an older one of that session.
///
/// # Errors
/// When the database fails, or too many were tried.
pub async fn logout(accounts: &Accounts, network: Network, token: RefreshToken) -> Result<(), ApiError> {
    if check_token(accounts, network, &token.refresh_token)? == Made::Never {
        return Ok(());
    }
    let family = ids::digest(family_of(&token.refresh_token));
    let ended = accounts.store.end_family(&family, (Farewell::Left, accounts.clock.now())).await?;
    if let Some(ended) = ended {
        let user = ended.user.clone();
        sessions::publish(accounts, &user, vec![ended]);
    }
    Ok(())
}

/// Changes somebody's own password and ends their other sessions.
///
/// # Errors
/// When the current password is another one, or the new one is none.
pub async fn change_password(
    accounts: &Accounts,
    user: &UserId,
    (own, network): (Option<&SessionId>, Network),
    wanted: ChangePassword,
) -> Result<(), ApiError> {
    // Limited, since a stolen access token must not allow guessing the password.
    accounts.rates.allow(user, Doing::Proving)?;
    let person = accounts.store.user(user).await?.ok_or(ApiError::Unauthorized)?;
    let hash = accounts.store.account(&person.username).await?.map(|(_, hash)| hash);
    let by = By { network, standing: Standing::Known };
    if !PASSWORD.contains(&wanted.current_password.len())
        || !accounts.passwords.matches(wanted.current_password, hash.clone(), by).await?
    {
        accounts.journal.note(Event::NotProven, network, Some(&person.username), Some(user)).await;
        return Err(ApiError::WrongPassword);
    }
    new_password::check(&wanted.new_password, &person.username, accounts.config.public_host())?;
    let new = accounts.passwords.hash(wanted.new_password, by).await?;
    let why = (Farewell::PasswordChanged, accounts.clock.now());
    let ended = accounts.store.set_password(user, (hash.as_deref(), &new), own, why).await?;
    // The password was changed meanwhile.
    let ended = ended.ok_or(ApiError::WrongPassword)?;
    tracing::info!(user.id = %user, "password changed");
    sessions::publish(accounts, user, ended);
    Ok(())
}

/// Sets a user's password without asking for the present one, and ends all of their sessions. For operators.
///
/// # Errors
/// When there is no such account, or the new password is none.
pub async fn reset_password(accounts: &Accounts, user: &UserId, password: String) -> Result<(), ApiError> {
    let here = Network::of(Ipv4Addr::LOCALHOST.into());
    let by = By { network: here, standing: Standing::Known };
    let person = accounts.store.user(user).await?.ok_or(ApiError::NotFound("there is no such account"))?;
    new_password::check(&password, &person.username, accounts.config.public_host())?;
    let new = accounts.passwords.hash(password, by).await?;
    let why = (Farewell::Operator, accounts.clock.now());
    let ended = accounts.store.set_password(user, (None, &new), None, why).await?;
    let ended = ended.ok_or(ApiError::NotFound("there is no such account"))?;
    sessions::publish(accounts, user, ended);
    Ok(())
}

/// Whether a server with this secret issued a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// Its proof is right.
    Here,
    /// Unknown: tokens of older servers carry no proof.
    Perhaps,
    /// No: its proof is wrong.
    Never,
}

/// Checks a refresh token's proof before the database is asked, so that made-up tokens cost little.
fn check_token(accounts: &Accounts, network: Network, token: &str) -> Result<Made, ApiError> {
    if accounts.proofs.made(token) {
        accounts.rates.refresh(family_of(token))?;
        return Ok(Made::Here);
    }
    if let Err(wait) = accounts.rates.made_up_token(network) {
        accounts.journal.limited("made-up refresh tokens refused by the limit", network);
        return Err(wait.into());
    }
    let hexadecimal = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(if hexadecimal { Made::Perhaps } else { Made::Never })
}

/// The person behind a token.
///
/// # Errors
/// When there is no such person any more.
pub async fn me(store: &Store, user: &UserId) -> Result<User, ApiError> {
    store.user(user).await?.ok_or(ApiError::Unauthorized)
}

/// A new session of a user whose password was checked against this hash.
async fn session(
    accounts: &Accounts,
    user: User,
    password_hash: Option<String>,
    (device_proof, program): (Option<String>, &Program),
) -> Result<Session, ApiError> {
    let family = ids::secret();
    let token = accounts.proofs.refresh_token(&family);
    let fresh = renewal(accounts, &token, program.sign_in.clone());
    let id = fresh.id.clone();
    let new = NewSession {
        user: &user.id,
        password_hash: password_hash.as_deref(),
        family_hash: ids::digest(&family),
        fresh,
    };
    let crowded = accounts.store.add_session(&new, accounts.config.limits.sessions_per_person).await?;
    // The user was deleted, or the password changed, since the check.
    let crowded = crowded.ok_or(ApiError::InvalidCredentials)?;
    sessions::publish(accounts, &user.id, crowded);
    let device_proof = accounts.proofs.of_device(&user.username, device_proof.as_deref());
    reply(accounts, user, &id, (token, Some(device_proof)))
}

fn renewal(accounts: &Accounts, token: &str, sign_in: SignIn) -> Fresh {
    let now = accounts.clock.now();
    Fresh {
        id: SessionId(ids::fresh(now)),
        token_hash: ids::digest(token),
        sign_in,
        now,
        expires_at: now.plus(accounts.config.timings.refresh_token),
    }
}

fn reply(
    accounts: &Accounts,
    user: User,
    session: &SessionId,
    (refresh_token, device_proof): (String, Option<String>),
) -> Result<Session, ApiError> {
    let access_token = accounts.tokens.mint(&user.id, Some(session), accounts.clock.now())?;
    let life = accounts.config.timings.access_token.as_secs();
    let expires_in = u32::try_from(life).unwrap_or(u32::MAX);
    Ok(Session { user, access_token, expires_in, refresh_token, device_proof })
}

/// The typed name in its normal form, or nothing when it can be no name: such a text is neither counted nor looked up.
pub(super) fn name_of(typed: &str) -> Option<String> {
    let name = Some(typed).filter(|name| name.len() <= LONGEST_TYPED).map(names::key);
    name.filter(|name| check_username(name).is_ok())
}

/// What all refresh tokens of a session begin with; one from before there were sessions is the first of its own.
fn family_of(token: &str) -> &str {
    token.split_once('.').map_or(token, |(family, _)| family)
}

fn check_username(name: &str) -> Result<(), ApiError> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if plain && USERNAME.contains(&name.len()) {
        return Ok(());
    }
    let sentence = "a name has 3 to 32 of a-z, 0-9, dot, dash and underscore; choose another";
    Err(ApiError::Invalid(sentence.to_owned()))
}
