//! Microphones that are unplugged, plugged in and denied during a call.

use anyhow::{Result, ensure};
use e2e::names::Kind::Voice;
use e2e::*;

/// A browser with default settings, so that a permission can be granted and revoked.
const ASKING: Equipment = Equipment { permission: Permission::Denied, ..Equipment::ORDINARY };
/// Beside the picture of somebody who is muted.
const MUTED: Thing<'_> = Thing::Text("Muted");
/// Beside the picture of somebody who cannot be heard and is not muted.
const FAILS: Thing<'_> = Thing::Text("Microphone is not working");
const FORBIDDEN: Thing<'_> = Thing::Text("This page is not allowed to use your microphone.");
const GONE: Thing<'_> = Thing::Text("Your microphone was disconnected. Plug it in again");
const REPLACED: Thing<'_> = Thing::Text("Another one is now in use");
const UNHEARD: Thing<'_> = Thing::Text("Dario cannot hear you.");

#[test]
fn a_headset_unplugged_during_a_call_is_replaced_and_the_other_side_still_hears() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        they_talk(&clara, &dario).await?;

        clara.unplug_microphone(Microphone::Another).await?;
        clara.wait_for(REPLACED).await?;
        one_is_recording(&clara).await?;
        dario.wait_until_gone(FAILS).await?;
        they_hear_each_other(&clara, &dario).await?;
        ensure!(clara.hardware().await?.made_peers == 1, "another microphone needs no new connection");

        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn unplugging_the_only_microphone_is_shown_and_plugging_it_in_brings_it_back() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        they_talk(&clara, &dario).await?;

        clara.unplug_microphone(Microphone::Missing).await?;
        clara.wait_for(GONE).await?;
        clara.wait_for(UNHEARD).await?;
        dario.wait_for(FAILS).await?;
        ensure!(!dario.sees(MUTED).await?, "an unplugged microphone is shown as muted");
        ensure!(!clara.sees(FORBIDDEN).await?, "an unplugged microphone is called denied");

        clara.plug_in_microphone().await?;
        one_is_recording(&clara).await?;
        clara.wait_until_gone(GONE).await?;
        dario.wait_until_gone(FAILS).await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn somebody_muted_is_shown_as_muted_and_stays_so_when_the_headset_is_unplugged() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        they_talk(&clara, &dario).await?;

        clara.click(Thing::Button(names::MUTE)).await?;
        dario.wait_for(MUTED).await?;
        ensure!(!dario.sees(FAILS).await?, "somebody muted is shown as having a broken microphone");
        clara.unplug_microphone(Microphone::Another).await?;
        clara.wait_for(REPLACED).await?;
        one_is_recording(&clara).await?;
        ensure!(clara.hardware().await?.silenced_microphones == 1, "the other microphone is not muted");
        hears_silence(&dario).await?;
        dario.wait_for(MUTED).await?;

        clara.press_one_of(&names::UNMUTE).await?;
        dario.wait_until_gone(MUTED).await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_permission_revoked_during_a_call_is_shown_and_one_click_brings_the_microphone_back() {
    play(async |stage| {
        let [clara, dario] = stage.couple_with(&ASKING, &Equipment::ORDINARY).await?;
        stage.allow(&clara, Permission::Granted).await?;
        they_talk(&clara, &dario).await?;

        stage.allow(&clara, Permission::Denied).await?;
        clara.wait_for(FORBIDDEN).await?;
        clara.wait_for(UNHEARD).await?;
        clara.wait_for(Thing::Button(names::HELP)).await?;
        dario.wait_for(FAILS).await?;
        ensure!(!dario.sees(MUTED).await?, "somebody whose microphone was denied is shown as muted");
        ensure!(!clara.sees(GONE).await?, "a denied microphone is called missing");

        stage.allow(&clara, Permission::Granted).await?;
        clara.click(Thing::Button(names::TRY_AGAIN)).await?;
        one_is_recording(&clara).await?;
        clara.wait_until_gone(FORBIDDEN).await?;
        dario.wait_until_gone(FAILS).await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

/// The first calls the second, and both hear each other.
async fn they_talk(caller: &Person, callee: &Person) -> Result<()> {
    caller.call(Voice).await?;
    callee.answer().await?;
    they_hear_each_other(caller, callee).await
}

/// Waits until exactly one microphone is recording, and its sound is being sent.
async fn one_is_recording(person: &Browser) -> Result<()> {
    until("one microphone is in use", PATIENCE, async || {
        let hardware = person.hardware().await?;
        Ok((hardware.live_microphones == 1 && hardware.sending_tracks == 1).then_some(()))
    })
    .await
}
