//! Calls between Chromium and Firefox, and between two Firefoxes: whoever has which browser, people call each other,
//! see and hear each other, and learn of each other what they should. `cargo xtask test` runs some of them, and all of
//! them with `--all`.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;

/// Who calls has the first browser, and who is called the second.
#[derive(Clone, Copy)]
struct Pair(Equipment, Equipment);

/// Every claim, about two people with these browsers.
macro_rules! with_these_browsers {
    ($($pair:ident: $caller:ident, $callee:ident;)+) => {
        $(mod $pair {
            use e2e::Equipment;

            const PAIR: super::Pair = super::Pair(Equipment::$caller, Equipment::$callee);

            #[test]
            fn they_hear_each_other_in_a_voice_call() {
                super::voice(PAIR);
            }

            #[test]
            fn they_see_and_hear_each_other_muted_and_in_the_dark() {
                super::video(PAIR);
            }

            #[test]
            fn a_declined_caller_sees_it() {
                super::decline(PAIR);
            }

            #[test]
            fn both_who_call_at_once_are_in_one_call() {
                super::glare(PAIR);
            }

            #[test]
            fn whoever_reloads_the_page_is_back_in_the_call() {
                super::reload(PAIR);
            }

            #[test]
            fn a_broken_connection_is_restored() {
                super::cut(PAIR);
            }
        })+
    };
}

with_these_browsers! {
    chromium_calls_firefox: ORDINARY, FIREFOX;
    firefox_calls_chromium: FIREFOX, ORDINARY;
    firefox_calls_firefox: FIREFOX, FIREFOX;
}

fn with(options: &ServerOptions, pair: Pair, claim: impl AsyncFnOnce(Person, Person) -> Result<()>) {
    play_with(options, async |stage| {
        if !stage.has(pair.0.engine) || !stage.has(pair.1.engine) {
            return Ok(());
        }
        let [clara, dario] = stage.couple_with(&pair.0, &pair.1).await?;
        claim(clara, dario).await
    });
}

fn voice(pair: Pair) {
    with(&ServerOptions::default(), pair, async |clara, dario| {
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        ensure!(clara.hardware().await?.live_cameras == 0, "a voice call switched the camera on");
        clara.hang_up().await?;
        dario.wait_for(Thing::Text("Clara hung up")).await?;
        both_are_done(&clara, &dario).await
    });
}

fn video(pair: Pair) {
    with(&ServerOptions::default(), pair, async |clara, dario| {
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        ensure!(clara.hardware().await?.sending_tracks == 0, "the caller is heard before the answer");
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        for (one, other, muted, dark) in [
            (&clara, &dario, "Clara is muted", "Clara\u{2019}s camera is off"),
            (&dario, &clara, "Dario is muted", "Dario\u{2019}s camera is off"),
        ] {
            one.click(Thing::Button(names::MUTE)).await?;
            other.wait_for(Thing::Text(muted)).await?;
            hears_silence(other).await?;
            one.press_one_of(&names::UNMUTE).await?;
            other.wait_until_gone(Thing::Text(muted)).await?;
            hears(other).await?;
            one.click(Thing::Button(names::CAMERA_OFF)).await?;
            other.wait_for(Thing::Text(dark)).await?;
            one.press_one_of(&names::CAMERA_ON).await?;
            both_see_and_hear(one, other).await?;
        }
        ensure!(clara.hardware().await?.made_peers == 1, "mute and camera need no new connection");
        dario.hang_up().await?;
        clara.wait_for(Thing::Text("Dario hung up")).await?;
        both_are_done(&clara, &dario).await
    });
}

fn decline(pair: Pair) {
    with(&ServerOptions::default(), pair, async |clara, dario| {
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        dario.click(Thing::Button(names::DECLINE)).await?;
        clara.wait_for(Thing::Text("Dario declined")).await?;
        both_are_done(&clara, &dario).await?;
        let hardware = dario.hardware().await?;
        ensure!(hardware.captures.is_empty(), "the callee was recorded: {hardware:?}");
        Ok(())
    });
}

fn glare(pair: Pair) {
    with(&ServerOptions::default(), pair, async |clara, dario| {
        both_call_at_once(&clara, &dario).await?;
        clara.hang_up().await?;
        both_are_done(&clara, &dario).await
    });
}

fn reload(pair: Pair) {
    // A server that waits for a reloaded page as long as a slow machine may need.
    let options = ServerOptions { reload: Some(Duration::from_secs(40)), ..ServerOptions::default() };
    with(&options, pair, async |clara, dario| {
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        for (one, other) in [(&clara, &dario), (&dario, &clara)] {
            one.reload().await?;
            one.wait_longer_for(Thing::Button(names::HANG_UP), LOADING).await?;
            they_hear_each_other(one, other).await?;
        }
        clara.hang_up().await?;
        both_are_done(&clara, &dario).await
    });
}

fn cut(pair: Pair) {
    play(async |stage| {
        if !stage.has(pair.0.engine) || !stage.has(pair.1.engine) {
            return Ok(());
        }
        let cable = Forwarder::start().await?;
        let over = |equipment: Equipment| Equipment { forwarder: Some(cable.port()), ..equipment };
        let [clara, dario] = stage.couple_with(&over(pair.0), &over(pair.1)).await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        ensure!(cable.passed() > 0, "the call does not go through the cable");
        cable.cut_present_paths();
        cable.cut();
        for person in [&clara, &dario] {
            person.wait_for(Thing::Text("Reconnecting")).await?;
        }
        cable.mend();
        both_see_and_hear(&clara, &dario).await?;
        clara.hang_up().await?;
        both_are_done(&clara, &dario).await
    });
}
