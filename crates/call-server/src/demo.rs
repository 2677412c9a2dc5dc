//! The demo accounts: two people who know each other, so that two windows can call each other at once.
//! Never made unless asked for.

use crate::{
    auth::{By, Standing},
    error::ApiError,
    network::Network,
    service::{App, accounts},
};
use std::net::Ipv4Addr;

const PASSWORD: &str = "messenger";

/// Makes anna and ben, contacts with a conversation; leaves them alone when they are there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn make_accounts(app: &App) -> Result<(), ApiError> {
    for (username, display_name) in [("anna", "Anna"), ("ben", "Ben")] {
        if app.store.account(username).await?.is_none() {
            let by = By { network: Network::of(Ipv4Addr::LOCALHOST.into()), standing: Standing::Known };
            let hash = app.passwords.hash(PASSWORD.to_owned(), by).await?;
            accounts::add(app, username, display_name, hash).await?;
        }
    }
    let (anna, ben) = (app.store.account("anna").await?, app.store.account("ben").await?);
    if let (Some((anna, _)), Some((ben, _))) = (anna, ben) {
        app.store.add_contact(&anna, &ben.username, app.clock.now()).await?;
        app.store.accept_contact(&ben.id, &anna.id, app.clock.now()).await?;
    }
    Ok(())
}
