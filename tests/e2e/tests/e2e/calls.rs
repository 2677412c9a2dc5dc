//! Successful calls: what the two see, hear and do until one of them hangs up.

use anyhow::ensure;
use e2e::names::Kind::{Video, Voice};
use e2e::*;

#[test]
fn two_people_in_a_voice_call_hear_each_other_until_the_caller_hangs_up() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        ensure!(clara.hardware().await?.live_cameras == 0, "a voice call switched the camera on");

        clara.hang_up().await?;
        dario.wait_for(Thing::Text("Clara hung up")).await?;
        both_are_done(&clara, &dario).await
    });
}

#[test]
fn two_people_in_a_video_call_see_and_hear_each_other_until_the_callee_hangs_up() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        ensure!(clara.hardware().await?.sending_tracks == 0, "the caller is heard before the answer");
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;

        dario.hang_up().await?;
        clara.wait_for(Thing::Text("Dario hung up")).await?;
        both_are_done(&clara, &dario).await
    });
}

#[test]
fn a_muted_person_is_not_heard_and_a_camera_switched_off_is_dark() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;

        clara.click(Thing::Button(names::MUTE)).await?;
        dario.wait_for(Thing::Text("Clara is muted")).await?;
        hears_silence(&dario).await?;
        clara.press_one_of(&names::UNMUTE).await?;
        dario.wait_until_gone(Thing::Text("Clara is muted")).await?;
        hears(&dario).await?;

        clara.click(Thing::Button(names::CAMERA_OFF)).await?;
        until("the camera's light goes out", PATIENCE, async || {
            Ok((clara.hardware().await?.live_cameras == 0).then_some(()))
        })
        .await?;
        dario.wait_for(Thing::Text("Clara\u{2019}s camera is off")).await?;
        hears(&dario).await?;
        sees(&clara).await?;
        clara.press_one_of(&names::CAMERA_ON).await?;
        both_see_and_hear(&clara, &dario).await?;
        ensure!(clara.hardware().await?.made_peers == 1, "mute and camera need no new connection");

        clara.hang_up().await?;
        both_are_done(&clara, &dario).await
    });
}

#[test]
fn two_people_who_call_each_other_at_once_are_in_one_call() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        both_call_at_once(&clara, &dario).await?;
        clara.hang_up().await?;
        both_are_done(&clara, &dario).await?;
        let history = stage.server().get("/api/calls/history", Some(&clara.account().token)).await?;
        ensure!(history["calls"].as_array().is_some_and(|calls| calls.len() == 1), "{history}");
        Ok(())
    });
}

#[test]
fn after_a_call_the_same_two_can_call_again_and_again() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        for (caller, callee) in [(&clara, &dario), (&dario, &clara), (&clara, &dario)] {
            caller.wait_until_can_press(names::VOICE).await?;
            caller.call(Voice).await?;
            callee.answer().await?;
            they_hear_each_other(caller, callee).await?;
            caller.hang_up().await?;
            both_are_done(caller, callee).await?;
        }
        Ok(())
    });
}

#[test]
fn plain_clients_have_a_video_call() {
    play(async |stage| {
        let couple = BareCouple::arrive(stage).await?;
        for _ in 0..2 {
            couple.call().await?;
            couple.hang_up().await?;
            nothing_is_left(&[&couple.caller, &couple.callee]).await?;
        }
        Ok(())
    });
}
