//! `cargo xtask screenshots`: takes the real client through every important state and saves a screenshot of
//! each, at desktop and phone size. Checks nothing: a person looks at them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;
use e2e::names::Kind::{Video, Voice};
use e2e::*;

/// Takes screenshots of the real client in every important state.
#[derive(Parser)]
struct Options {
    /// Folder for the screenshots
    folder: PathBuf,
}

/// Width and height of the screenshots.
const SCREENS: [(u32, u32); 2] = [(1280, 800), (390, 844)];

fn main() -> Result<()> {
    let options = Options::parse();
    fs::create_dir_all(&options.folder)?;
    let album = Album { folder: options.folder };
    let server = ServerOptions { ring: Duration::from_secs(20), ..ServerOptions::default() };
    run_program("screenshots", &server, async |stage| album.fill(stage).await)
}

struct Album {
    folder: PathBuf,
}

impl Album {
    async fn fill(&self, stage: &Stage) -> Result<()> {
        self.door(stage).await?;
        let cable = Forwarder::start().await?;
        let wired = Equipment { forwarder: Some(cable.port()), ..Equipment::ORDINARY };
        let [anna, ben] = [account(stage, "anna").await?, account(stage, "ben").await?];
        let anna = stage.person_with(&anna, "Anna", &wired).await?;
        let ben = stage.person_with(&ben, "Ben", &wired).await?;
        self.conversation(stage, &anna, &ben).await?;
        self.wishes(&anna).await?;
        self.voice(stage, &anna, &ben, &cable).await?;
        self.video(&anna, &ben, &cable).await?;
        self.endings(stage, &anna, &ben, &cable).await?;
        self.hardware(stage, &anna).await?;
        self.history(&anna).await
    }

    async fn door(&self, stage: &Stage) -> Result<()> {
        let visitor = stage.browser("visitor", &Equipment::default()).await?;
        visitor.open(&stage.server().url()).await?;
        visitor.wait_longer_for(Thing::Button(names::SIGN_IN), LOADING).await?;
        self.take(&visitor, "sign-in").await?;
        visitor.fill(names::NAME, "anna").await?;
        visitor.fill(names::PASSWORD, "not-this-one").await?;
        visitor.click(Thing::Button(names::SIGN_IN)).await?;
        visitor.wait_for(Thing::Text(names::WRONG_PASSWORD)).await?;
        self.take(&visitor, "sign-in-wrong").await?;
        visitor.click(Thing::Button(names::TO_REGISTRATION)).await?;
        visitor.fill(names::SHOWN_AS, "Carla").await?;
        self.take(&visitor, "register").await?;
        visitor.close().await
    }

    async fn conversation(&self, stage: &Stage, anna: &Person, ben: &Person) -> Result<()> {
        let emil = Account::register(stage.server(), "Emil").await?;
        emil.ask(stage.server(), anna.account()).await?;
        let dora = Account::register(stage.server(), "Dora").await?;
        dora.befriend(stage.server(), anna.account()).await?;
        anna.wait_for(Thing::Button(&names::accept("Emil"))).await?;
        self.take(anna, "main").await?;
        anna.open_conversation_with("Dora").await?;
        anna.wait_for(Thing::Text("Dora is offline.")).await?;
        self.take(anna, "contact-offline").await?;
        anna.open_conversation_with("Ben").await?;
        ben.open_conversation_with("Anna").await?;
        for (from, to, text) in [
            (ben, "Anna", "hey, are you there?"),
            (anna, "Ben", "yes! just came home. The train stood in the snow for an hour."),
            (ben, "Anna", "can I show you something?"),
            (anna, "Ben", "sure, call me :-)"),
        ] {
            from.write(to, text).await?;
            for person in [anna, ben] {
                person.wait_for(Thing::Text(text)).await?;
            }
        }
        self.take(anna, "conversation").await
    }

    /// Restores the state before.
    async fn wishes(&self, anna: &Person) -> Result<()> {
        anna.click(Thing::Button(&names::block("Ben"))).await?;
        self.take(anna, "block-asked").await?;
        anna.click(Thing::Button(names::BLOCK)).await?;
        anna.wait_for(Thing::Button(names::UNBLOCK)).await?;
        self.take(anna, "blocked").await?;
        anna.click(Thing::Button(&names::block("Emil"))).await?;
        self.take(anna, "block-asked-request").await?;
        anna.click(Thing::Button(names::CANCEL)).await?;
        anna.click(Thing::Button(names::SETTINGS)).await?;
        anna.click(Thing::Button(names::ONLY_KNOWN)).await?;
        self.take_list(anna, "settings").await?;
        anna.click(Thing::Button(names::ONLY_KNOWN)).await?;
        anna.click(Thing::Button(names::SETTINGS)).await?;
        anna.click(Thing::Button(&names::unblock("Ben"))).await?;
        anna.open_conversation_with("Ben").await
    }

    async fn voice(&self, stage: &Stage, anna: &Person, ben: &Person, cable: &Forwarder) -> Result<()> {
        ben.call(Voice).await?;
        anna.hear_it_ring().await?;
        self.take(anna, "ringing-voice").await?;
        self.take(ben, "outgoing-voice").await?;
        anna.answer().await?;
        they_hear_each_other(anna, ben).await?;
        self.take(anna, "call-voice").await?;
        anna.click(Thing::Button(names::MUTE)).await?;
        ben.wait_for(Thing::Text("Muted")).await?;
        self.take(ben, "call-voice-muted").await?;
        stage.server().stop().await?;
        anna.wait_for(Thing::Text("Cannot reach the server.")).await?;
        self.take(anna, "call-voice-server-away").await?;
        stage.server().start_again().await?;
        anna.wait_until_gone(Thing::Text("Cannot reach the server.")).await?;
        anna.press_one_of(&names::UNMUTE).await?;
        self.reconnecting(ben, cable, "call-voice-reconnecting").await?;
        hears(ben).await?;
        ben.hang_up().await?;
        anna.wait_for(Thing::Text("Ben hung up")).await?;
        self.take(anna, "ended-hung-up").await?;
        close_card(anna).await
    }

    async fn video(&self, anna: &Person, ben: &Person, cable: &Forwarder) -> Result<()> {
        anna.wait_until_can_press(names::VIDEO).await?;
        ben.wait_until_can_press(names::VIDEO).await?;
        ben.call(Video).await?;
        anna.hear_it_ring().await?;
        self.take(anna, "ringing-video").await?;
        self.take(ben, "outgoing-video").await?;
        anna.answer().await?;
        both_see_and_hear(anna, ben).await?;
        self.take(anna, "call-video").await?;
        ben.click(Thing::Button(names::CAMERA_OFF)).await?;
        ben.click(Thing::Button(names::MUTE)).await?;
        anna.wait_for(Thing::Text("camera is off")).await?;
        self.take(anna, "call-video-other-camera-off").await?;
        self.take(ben, "call-video-own-camera-off").await?;
        ben.press_one_of(&names::CAMERA_ON).await?;
        sees(anna).await?;
        self.reconnecting(ben, cable, "call-video-reconnecting").await?;
        sees(anna).await?;
        cable.cut();
        anna.wait_longer_for(Thing::Text("The connection to"), PATIENCE * 4).await?;
        self.take(anna, "ended-connection-lost").await?;
        cable.mend();
        ben.wait_longer_for(Thing::Text("The connection to"), PATIENCE * 4).await?;
        close_card(anna).await?;
        close_card(ben).await
    }

    /// The caller restarts first, and is the first to show it.
    async fn reconnecting(&self, caller: &Person, cable: &Forwarder, name: &str) -> Result<()> {
        cable.cut();
        caller.wait_for(Thing::Text("Reconnecting")).await?;
        self.take(caller, name).await?;
        cable.mend();
        caller.wait_until_gone(Thing::Text("Reconnecting")).await
    }

    async fn endings(&self, stage: &Stage, anna: &Person, ben: &Person, cable: &Forwarder) -> Result<()> {
        anna.call(Video).await?;
        ben.hear_it_ring().await?;
        ben.click(Thing::Button(names::DECLINE)).await?;
        anna.wait_for(Thing::Text("Ben declined")).await?;
        self.take(anna, "ended-declined").await?;
        close_card(anna).await?;

        anna.call(Voice).await?;
        anna.wait_for(Thing::Text("Ben did not answer")).await?;
        self.take(anna, "ended-no-answer").await?;
        self.take(ben, "conversation-missed").await?;
        close_card(anna).await?;
        close_card(ben).await?;

        cable.cut();
        anna.call(Voice).await?;
        ben.answer().await?;
        self.take(ben, "call-connecting").await?;
        anna.wait_longer_for(Thing::Text("No connection"), PATIENCE * 4).await?;
        self.take(anna, "ended-not-connected").await?;
        cable.mend();
        close_card(anna).await?;
        close_card(ben).await?;

        let tablet = stage.person_with(ben.account(), "Ben-tablet", &Equipment::ORDINARY).await?;
        anna.call(Voice).await?;
        ben.hear_it_ring().await?;
        tablet.answer().await?;
        ben.wait_for(Thing::Text("You answered this call on")).await?;
        self.take(ben, "ended-answered-elsewhere").await?;
        let carla = Account::register(stage.server(), "Carla").await?;
        carla.befriend(stage.server(), anna.account()).await?;
        let carla = stage.person_with(&carla, "Carla", &Equipment::ORDINARY).await?;
        carla.open_conversation_with("Anna").await?;
        carla.click(Thing::Button(names::VOICE)).await?;
        carla.wait_for(Thing::Text("Anna is in another call")).await?;
        self.take(&carla, "ended-busy").await?;
        anna.hang_up().await?;
        tablet.wait_until_over().await?;
        close_card(anna).await?;
        carla.close().await?;
        tablet.close().await
    }

    async fn hardware(&self, stage: &Stage, anna: &Person) -> Result<()> {
        let fay = Account::register(stage.server(), "Fay").await?;
        fay.befriend(stage.server(), anna.account()).await?;
        let forbidden = Equipment { permission: Permission::Denied, ..Equipment::ORDINARY };
        let fay = stage.person_with(&fay, "Fay", &forbidden).await?;
        for device in ["microphone", "camera"] {
            fay.set_permission(device, &stage.server().url(), Permission::Denied).await?;
        }
        fay.open_conversation_with("Anna").await?;
        fay.click(Thing::Button(names::VIDEO)).await?;
        fay.click(Thing::Button(names::HELP)).await?;
        self.take(&fay, "microphone-blocked-caller").await?;
        close_card(&fay).await?;
        anna.open_conversation_with("Fay").await?;
        anna.call(Video).await?;
        fay.answer().await?;
        fay.click(Thing::Button(names::HELP)).await?;
        self.take(&fay, "microphone-blocked-callee").await?;
        anna.click(Thing::Button(names::CANCEL)).await?;
        fay.close().await?;

        let gil = Account::register(stage.server(), "Gil").await?;
        gil.befriend(stage.server(), anna.account()).await?;
        let blind = Equipment { camera: Camera::Missing, ..Equipment::ORDINARY };
        let gil = stage.person_with(&gil, "Gil", &blind).await?;
        gil.open_conversation_with("Anna").await?;
        gil.call(Video).await?;
        gil.wait_for(Thing::Text("No camera was found.")).await?;
        self.take(&gil, "outgoing-no-camera").await?;
        anna.answer().await?;
        sees(&gil).await?;
        self.take(&gil, "call-video-no-camera").await?;
        self.take(anna, "call-video-other-without-camera").await?;
        gil.hang_up().await?;
        gil.close().await?;

        let blocked = Equipment { autoplay: Autoplay::AfterGesture, ..Equipment::ORDINARY };
        let hal = Account::register(stage.server(), "Hal").await?;
        hal.befriend(stage.server(), anna.account()).await?;
        let hal = stage.person_with(&hal, "Hal", &blocked).await?;
        hal.reload_untouched().await?;
        hal.wait_until_signed_in().await?;
        anna.open_conversation_with("Hal").await?;
        anna.wait_until_can_press(names::VIDEO).await?;
        anna.call(Video).await?;
        hal.wait_for(Thing::Button(names::SOUND_IS_BLOCKED)).await?;
        self.take(&hal, "ringing-sound-blocked").await?;
        anna.click(Thing::Button(names::CANCEL)).await?;
        hal.close().await
    }

    async fn history(&self, anna: &Person) -> Result<()> {
        close_card(anna).await?;
        anna.open_conversation_with("Ben").await?;
        self.take(anna, "conversation-with-calls").await?;
        anna.click(Thing::Button(names::CALLS)).await?;
        anna.wait_for(Thing::Button(names::CALL_BACK)).await?;
        self.take_list(anna, "history").await
    }

    /// The list beside the conversation; on a phone it is a separate screen.
    async fn take_list(&self, person: &Person, name: &str) -> Result<()> {
        let [desktop, phone] = SCREENS;
        person.set_screen(phone.0, phone.1).await?;
        person.click(Thing::Button(names::BACK)).await?;
        self.take(person, name).await?;
        person.set_screen(desktop.0, desktop.1).await
    }

    /// A screenshot at each size; the larger size is kept.
    async fn take(&self, browser: &Browser, name: &str) -> Result<()> {
        for (width, height) in SCREENS.into_iter().rev() {
            browser.set_screen(width, height).await?;
            // Animations are over when nothing moves any more.
            browser.wait_until_still().await?;
            let file = self.folder.join(format!("{name}-{width}x{height}.png"));
            write(&file, &browser.screenshot().await?)?;
        }
        Ok(())
    }
}

fn write(file: &Path, picture: &[u8]) -> Result<()> {
    if picture.is_empty() {
        bail!("{} would be empty", file.display());
    }
    println!("{}", file.display());
    Ok(fs::write(file, picture)?)
}

async fn account(stage: &Stage, name: &str) -> Result<Account> {
    Account::existing(stage.server(), name, "messenger").await
}

/// Closes the card of the last call, if it is still there.
async fn close_card(person: &Person) -> Result<()> {
    if person.sees(Thing::Button(names::CLOSE)).await? {
        person.click(Thing::Button(names::CLOSE)).await?;
    }
    Ok(())
}
