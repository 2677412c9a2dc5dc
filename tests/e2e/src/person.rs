//! Somebody at a browser: uses the messenger as a person does, by pressing what is on the screen. Checks
//! nothing else.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::account::Account;
use crate::browser::Browser;
use crate::find::Thing;
use crate::names::{self, Kind};
use crate::wait::PATIENCE;

/// Loading a debug build of the client on a busy machine takes long.
pub const LOADING: Duration = Duration::from_secs(90);

/// A person, their account and their browser.
pub struct Person {
    account: Account,
    browser: Arc<Browser>,
}

impl Deref for Person {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Person {
    /// Somebody at a browser with an empty page.
    pub fn new(account: Account, browser: Arc<Browser>) -> Self {
        Self { account, browser }
    }

    /// Their account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Their browser.
    pub fn share(&self) -> Arc<Browser> {
        self.browser.clone()
    }

    /// Opens the messenger and signs in.
    pub async fn sign_in(&self, messenger: &str) -> Result<()> {
        self.open(messenger).await?;
        self.enter_credentials().await?;
        self.wait_until_signed_in().await
    }

    /// Fills in name and password and presses Sign in.
    pub async fn enter_credentials(&self) -> Result<()> {
        self.wait_longer_for(Thing::Field(names::NAME), LOADING).await?;
        self.fill(names::NAME, &self.account.username).await?;
        self.fill(names::PASSWORD, &self.account.password).await?;
        self.click(Thing::Button(names::SIGN_IN)).await
    }

    /// Creates the account on the page.
    pub async fn register(&self) -> Result<()> {
        self.wait_longer_for(Thing::Button(names::TO_REGISTRATION), LOADING).await?;
        self.click(Thing::Button(names::TO_REGISTRATION)).await?;
        self.fill(names::NAME, &self.account.username).await?;
        self.fill(names::SHOWN_AS, &self.account.display_name).await?;
        self.fill(names::PASSWORD, &self.account.password).await?;
        self.click(Thing::Button(names::REGISTER)).await?;
        self.wait_until_signed_in().await
    }

    /// Waits until the page is ready after opening or reloading it, still signed in.
    pub async fn wait_until_signed_in(&self) -> Result<()> {
        self.wait_longer_for(Thing::Button(names::SIGN_OUT), LOADING).await.map(drop)
    }

    /// Selects somebody in the list of contacts.
    pub async fn open_conversation_with(&self, contact: &str) -> Result<()> {
        self.click(Thing::Button(contact)).await?;
        self.wait_for(Thing::Button(names::VOICE)).await?;
        Ok(())
    }

    /// Presses Voice or Video.
    pub async fn call(&self, kind: Kind) -> Result<()> {
        self.click(Thing::Button(kind.button())).await?;
        self.wait_for(Thing::Button(names::CANCEL)).await?;
        Ok(())
    }

    /// Waits until it rings, without doing anything: neither microphone nor camera may be on yet.
    pub async fn hear_it_ring(&self) -> Result<()> {
        self.wait_for(Thing::Button(names::ANSWER)).await?;
        let hardware = self.hardware().await?;
        ensure!(
            hardware.live_microphones + hardware.live_cameras + hardware.sending_tracks == 0,
            "{} is being recorded before answering: {hardware:?}",
            self.name()
        );
        Ok(())
    }

    /// Answers the call.
    pub async fn answer(&self) -> Result<()> {
        self.hear_it_ring().await?;
        self.click(Thing::Button(names::ANSWER)).await
    }

    /// Presses the first of these buttons that exists.
    pub async fn press_one_of(&self, buttons: &[&str]) -> Result<()> {
        for button in buttons {
            if self.sees(Thing::Button(button)).await? {
                return self.click(Thing::Button(button)).await;
            }
        }
        bail!("{} sees none of the buttons {buttons:?}:\n{}", self.name(), self.screen().await?)
    }

    /// Hangs up.
    pub async fn hang_up(&self) -> Result<()> {
        self.click(Thing::Button(names::HANG_UP)).await
    }

    /// Waits until nothing of a call is on the screen except perhaps the card that says how it ended.
    pub async fn wait_until_over(&self) -> Result<()> {
        for button in [names::HANG_UP, names::CANCEL, names::ANSWER] {
            self.wait_until_gone(Thing::Button(button)).await?;
        }
        Ok(())
    }

    /// Sends a message in the open conversation.
    pub async fn write(&self, to: &str, text: &str) -> Result<()> {
        self.fill(&names::message_to(to), text).await?;
        self.click(Thing::Button(names::SEND)).await
    }

    /// Waits until a button is enabled.
    pub async fn wait_until_can_press(&self, button: &str) -> Result<()> {
        crate::until(&format!("{} can press {button}", self.name()), PATIENCE, async || {
            Ok(self.can_press(button).await?.then_some(()))
        })
        .await
    }
}
