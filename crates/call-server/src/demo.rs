//! The demo accounts: two people who know each other, so that two windows can call each other at once. They are marked, as
//! everybody knows their password: without the demo nobody signs in with them.
//! Never made unless asked for, and never anybody who was here before.

use crate::{
    auth::{By, Standing},
    error::ApiError,
    model::Farewell,
    network::Network,
    service::{Accounts, accounts, sessions},
    store::Door,
};
use std::net::Ipv4Addr;

const PASSWORD: &str = "messenger";
const PEOPLE: [(&str, &str); 2] = [("anna", "Anna"), ("ben", "Ben")];

/// Makes anna and ben, contacts with a conversation; leaves them alone when they are there, and real people who are
/// called so.
///
/// # Errors
/// When the database fails.
pub(crate) async fn make_accounts(accounts: &Accounts) -> Result<(), ApiError> {
    for (username, display_name) in PEOPLE {
        match accounts.store.account(username).await? {
            None => {
                let hash = accounts.passwords.hash(PASSWORD.to_owned(), here()).await?;
                accounts::add_through(accounts, (username, display_name), hash, Door::Demo).await?;
            }
            Some((user, _)) if !accounts.store.is_of_demo(&user.id).await? => {
                tracing::info!(name = username, "this account is not one of the demo: it is left alone");
            }
            Some(_) => {}
        }
    }
    if let [anna, ben] = &accounts.store.demo_accounts().await?[..] {
        accounts.store.add_contact(anna, &ben.username, accounts.clock.now()).await?;
        accounts.store.accept_contact(&ben.id, &anna.id, accounts.clock.now()).await?;
    }
    Ok(())
}

/// Ends the sessions of the demo accounts, where there are some from a demo of before; see `accounts` for who does not let
/// them in again. Says so, and whose password is that of the demo although they are not marked.
///
/// # Errors
/// When the database fails.
pub(crate) async fn shut_out(accounts: &Accounts) -> Result<(), ApiError> {
    for user in accounts.store.demo_accounts().await? {
        sessions::end_all(accounts, &user.id, None, Farewell::Operator).await?;
        tracing::warn!(
            name = user.username,
            "a demo account is left from before and nobody can sign in with it: `call-server user delete` deletes it, \
             `call-server user reset-password` makes it an account as any other"
        );
    }
    for (username, _) in PEOPLE {
        let Some((user, hash)) = accounts.store.account(username).await? else { continue };
        let marked = accounts.store.is_of_demo(&user.id).await?;
        if !marked && accounts.passwords.matches(PASSWORD.to_owned(), Some(hash), here()).await? {
            tracing::warn!(
                name = username,
                "this account has the password of the demo accounts, which everybody knows: \
                 `call-server user reset-password` gives it another one"
            );
        }
    }
    Ok(())
}

fn here() -> By {
    By { network: Network::of(Ipv4Addr::LOCALHOST.into()), standing: Standing::Known }
}
