//! Problems during a call: no camera, no permission, a broken connection, a server that is away.

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;

const NO_CAMERA: Equipment = Equipment { camera: Camera::Missing, ..ORDINARY };
const FORBIDDEN: Equipment = Equipment { permission: Permission::Denied, ..ORDINARY };
const ORDINARY: Equipment = Equipment::ORDINARY;

#[test]
fn somebody_without_a_camera_answers_a_video_call_by_voice_and_sees_the_caller() {
    play(async |stage| {
        let [clara, dario] = stage.couple_with(&ORDINARY, &NO_CAMERA).await?;
        clara.call(Video).await?;
        dario.answer().await?;
        sees(&dario).await?;
        hears(&dario).await?;
        hears(&clara).await?;
        dario.wait_for(Thing::Text("No camera was found.")).await?;
        clara.wait_for(Thing::Text("Dario\u{2019}s camera is off")).await?;
        ensure!(clara.sighting().await?.frames == 0, "frames arrive from a camera that does not exist");
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn somebody_answers_a_video_call_with_voice_only() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        dario.click(Thing::Button(names::VOICE_ONLY)).await?;
        sees(&dario).await?;
        hears(&clara).await?;
        ensure!(dario.hardware().await?.live_cameras == 0, "the camera is on in spite of Voice only");
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn somebody_without_a_camera_calls_by_video_and_is_heard() {
    play(async |stage| {
        let [clara, dario] = stage.couple_with(&NO_CAMERA, &ORDINARY).await?;
        clara.call(Video).await?;
        dario.answer().await?;
        sees(&clara).await?;
        hears(&clara).await?;
        hears(&dario).await?;
        clara.wait_for(Thing::Text("No camera was found.")).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_caller_whose_microphone_is_denied_sees_how_to_allow_it_and_tries_again() {
    play(async |stage| {
        let [clara, dario] = stage.couple_with(&FORBIDDEN, &ORDINARY).await?;
        stage.allow(&clara, Permission::Denied).await?;
        clara.click(Thing::Button(names::VOICE)).await?;
        clara.wait_for(Thing::Text("This page is not allowed to use your microphone.")).await?;
        clara.wait_for(Thing::Button(names::HELP)).await?;
        ensure!(!dario.sees(Thing::Button(names::ANSWER)).await?, "a call without a microphone rings");
        nothing_is_left(&[&clara, &dario]).await?;

        stage.allow(&clara, Permission::Granted).await?;
        clara.click(Thing::Button(names::CALL_AGAIN)).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_callee_whose_microphone_is_denied_sees_it_while_it_rings_and_can_still_answer() {
    play(async |stage| {
        let [clara, dario] = stage.couple_with(&ORDINARY, &FORBIDDEN).await?;
        stage.allow(&dario, Permission::Denied).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        dario.wait_for(Thing::Text("This page is not allowed to use your microphone.")).await?;
        dario.wait_for(Thing::Button(names::HELP)).await?;
        ensure!(clara.sees(Thing::Button(names::CANCEL)).await?, "the caller is no longer waiting");

        stage.allow(&dario, Permission::Granted).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_broken_connection_is_restored_without_anybody_doing_anything() {
    play(async |stage| {
        let cable = Forwarder::start().await?;
        let [clara, dario] = couple_over(stage, &cable).await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        ensure!(cable.passed() > 0, "the call does not go through the cable");

        new_network(&cable, [&clara, &dario]).await?;
        both_see_and_hear(&clara, &dario).await?;
        clara.wait_until_gone(Thing::Text("Reconnecting")).await?;
        dario.wait_until_gone(Thing::Text("Reconnecting")).await?;
        for person in [&clara, &dario] {
            let hardware = person.hardware().await?;
            ensure!(hardware.made_peers >= 2, "the connection is back although nobody opened another");
            ensure!(hardware.open_peers == 1, "connections are left over: {hardware:?}");
        }

        // A second change of network in the same call works like the first.
        new_network(&cable, [&clara, &dario]).await?;
        both_see_and_hear(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_connection_that_stays_broken_ends_the_call_and_says_why() {
    play(async |stage| {
        let cable = Forwarder::start().await?;
        let [clara, dario] = couple_over(stage, &cable).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        cable.cut();
        for person in [&clara, &dario] {
            person.wait_longer_for(Thing::Text("Connection lost"), PATIENCE * 4).await?;
            person.wait_longer_for(Thing::Text("The connection to"), PATIENCE * 4).await?;
        }
        nothing_is_left(&[&clara, &dario]).await?;
        cable.mend();
        clara.click(Thing::Button(names::CALL_AGAIN)).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_call_goes_on_while_the_server_is_away_and_after_it_came_back() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;

        stage.server().stop().await?;
        clara.wait_for(Thing::Text("Cannot reach the server. Your call continues.")).await?;
        both_see_and_hear(&clara, &dario).await?;
        clara.click(Thing::Button(names::MUTE)).await?;
        dario.wait_for(Thing::Text("Clara is muted")).await?;

        stage.server().start_again().await?;
        clara.wait_until_gone(Thing::Text("Cannot reach the server. Your call continues.")).await?;
        clara.press_one_of(&names::UNMUTE).await?;
        both_see_and_hear(&clara, &dario).await?;
        dario.hang_up().await?;
        clara.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn hanging_up_reaches_the_other_side_while_the_server_is_away() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        stage.server().stop().await?;
        dario.hang_up().await?;
        clara.wait_for(Thing::Text("Dario hung up")).await?;
        nothing_is_left(&[&clara, &dario]).await?;

        stage.server().start_again().await?;
        clara.wait_until_can_press(names::VOICE).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_connection_that_breaks_while_the_server_is_away_is_restored_when_it_is_back() {
    play(async |stage| {
        let cable = Forwarder::start().await?;
        let [clara, dario] = couple_over(stage, &cable).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        stage.server().stop().await?;
        cable.cut_present_paths();
        // Both have made an offer that could not be delivered: the two collide when the server is back.
        for person in [&clara, &dario] {
            person.wait_for(Thing::Text("Reconnecting")).await?;
        }
        stage.server().start_again().await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        dario.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

/// Somebody moves to another network: nothing gets through until both know, and the old paths stay dead.
async fn new_network(cable: &Forwarder, people: [&Person; 2]) -> Result<()> {
    cable.cut_present_paths();
    cable.cut();
    for person in people {
        person.wait_for(Thing::Text("Reconnecting")).await?;
    }
    cable.mend();
    Ok(())
}

/// Clara and Dario, whose media goes through this cable.
async fn couple_over(stage: &Stage, cable: &Forwarder) -> Result<[Person; 2]> {
    let equipment = Equipment { forwarder: Some(cable.port()), ..ORDINARY };
    stage.couple_with(&equipment, &equipment).await
}
