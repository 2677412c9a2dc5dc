//! Tests of the kit itself, on a bare page without the product: the probe reports what is there, the forwarder
//! is a cable that can be cut, and the variants of the browser are what they claim to be.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::*;
use serde_json::{Value, json};

/// Where the bare page is served.
fn site() -> Result<Site> {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
    Site::start(Site::reserve()?, &pages)
}

async fn visitor(stage: &Stage, site: &Site, name: &str, equipment: &Equipment) -> Result<Arc<Browser>> {
    let browser = stage.browser(name, equipment).await?;
    browser.open(&format!("{}/kit.html", site.origin())).await?;
    Ok(browser)
}

async fn begin(browser: &Browser, constraints: Value) -> Result<String> {
    browser.run("return window.begin(arguments[0])", vec![constraints]).await
}

/// Carries offer, answer and candidates.
async fn connect(one: &Browser, other: &Browser, options: Value) -> Result<()> {
    let offer: Value = one.run("return window.offer(arguments[0])", vec![options]).await?;
    let answer: Value = other.run("return window.answer(arguments[0])", vec![offer]).await?;
    one.run::<Value>("return window.accept(arguments[0])", vec![answer]).await?;
    until("the two pages are connected", PATIENCE, async || {
        for (from, to) in [(one, other), (other, one)] {
            let candidates: Value = from.run("return window.take()", vec![]).await?;
            to.run::<Value>("return window.add(arguments[0])", vec![candidates]).await?;
        }
        let state: String = other.run("return window.state()", vec![]).await?;
        Ok(["connected", "completed"].contains(&state.as_str()).then_some(()))
    })
    .await
}

#[test]
fn the_probe_counts_frames_sounds_and_what_is_still_open() {
    play(async |stage| {
        let site = site()?;
        let one = visitor(stage, &site, "one", &Equipment::default()).await?;
        let other = visitor(stage, &site, "other", &Equipment::default()).await?;
        for browser in [&one, &other] {
            ensure!(begin(browser, json!({ "audio": true, "video": true })).await? == "granted");
        }
        connect(&one, &other, json!({})).await?;
        both_see_and_hear(&one, &other).await?;
        let hardware = one.hardware().await?;
        ensure!(hardware.live_cameras == 1 && hardware.live_microphones == 1, "{hardware:?}");
        ensure!(hardware.open_peers == 1 && hardware.sending_tracks == 2, "{hardware:?}");
        ensure!(they_hear_each_other(&one, &other).await.is_err(), "video is detected");

        one.run::<Value>("window.end()", vec![]).await?;
        nothing_is_left(&[&one]).await?;
        ensure!(other.hardware().await?.live_cameras == 1, "what is left running is detected");
        let moments: Value = other.run("return window.__probe.moments()", vec![]).await?;
        ensure!(moments["first_pictures"].as_array().is_some_and(|list| list.len() == 1), "{moments}");
        Ok(())
    });
}

#[test]
fn a_cut_cable_stops_the_video_and_only_a_restart_finds_another_path() {
    play(async |stage| {
        let site = site()?;
        let forwarder = Forwarder::start().await?;
        let equipment = Equipment { forwarder: Some(forwarder.port()), ..Equipment::default() };
        let one = visitor(stage, &site, "one", &equipment).await?;
        let other = visitor(stage, &site, "other", &equipment).await?;
        for browser in [&one, &other] {
            ensure!(begin(browser, json!({ "audio": true, "video": true })).await? == "granted");
        }
        connect(&one, &other, json!({})).await?;
        both_see_and_hear(&one, &other).await?;
        ensure!(forwarder.passed() > 50, "media goes through the forwarder");

        forwarder.cut_present_paths();
        until("the link is noticed to be dead", PATIENCE, async || {
            let state: String = one.run("return window.state()", vec![]).await?;
            Ok((state == "disconnected").then_some(()))
        })
        .await?;
        ensure!(one.hardware().await?.restarts == 0);
        connect(&one, &other, json!({ "iceRestart": true })).await?;
        both_see_and_hear(&one, &other).await?;
        ensure!(one.hardware().await?.restarts == 1 && other.hardware().await?.restarts == 1);

        forwarder.cut();
        until("the link is noticed to be dead", PATIENCE, async || {
            let state: String = one.run("return window.state()", vec![]).await?;
            Ok((state == "disconnected").then_some(()))
        })
        .await?;
        forwarder.mend();
        both_see_and_hear(&one, &other).await
    });
}

#[test]
fn a_browser_without_a_camera_still_has_a_microphone() {
    play(async |stage| {
        let site = site()?;
        let equipment = Equipment { camera: Camera::Missing, ..Equipment::default() };
        let browser = visitor(stage, &site, "one", &equipment).await?;
        let both = begin(&browser, json!({ "audio": true, "video": true })).await?;
        ensure!(both == "NotFoundError", "{both}");
        let voice = begin(&browser, json!({ "audio": true })).await?;
        ensure!(voice == "granted", "{voice}");
        Ok(())
    });
}

#[test]
fn a_permission_can_be_denied_and_granted_later() {
    play(async |stage| {
        let site = site()?;
        let equipment = Equipment { permission: Permission::Denied, ..Equipment::default() };
        let browser = visitor(stage, &site, "one", &equipment).await?;
        for (setting, outcome) in [(Permission::Denied, "NotAllowedError"), (Permission::Granted, "granted")]
        {
            for device in ["microphone", "camera"] {
                browser.set_permission(device, site.origin(), setting).await?;
            }
            let found = begin(&browser, json!({ "audio": true, "video": true })).await?;
            ensure!(found == outcome, "{setting:?}: {found}");
        }
        Ok(())
    });
}

#[test]
fn controls_are_found_by_their_text_even_inside_a_shadow_root() {
    play(async |stage| {
        let site = site()?;
        let equipment = Equipment { autoplay: Autoplay::AfterGesture, ..Equipment::default() };
        let browser = visitor(stage, &site, "one", &equipment).await?;
        ensure!(browser.sees(Thing::Button("Start the camera")).await?);
        ensure!(!browser.sees(Thing::Button("Decline")).await?, "what is hidden is not seen");
        ensure!(browser.sees(Thing::Text("All is well")).await?);
        let active: bool = browser.run("return navigator.userActivation.hasBeenActive", vec![]).await?;
        ensure!(!active, "running a script in the page does not count as a person's gesture");
        browser.click(Thing::Button("Answer")).await?;
        ensure!(
            browser.run::<bool>("return window.clickedBy", vec![]).await?,
            "a click is a gesture of a person"
        );
        browser.fill("Name", "new").await?;
        let screen = browser.screen().await?;
        ensure!(screen.contains("<Name: new>") && screen.contains("[Answer]"), "{screen}");
        Ok(())
    });
}
