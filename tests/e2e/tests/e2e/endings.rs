//! Unsuccessful calls, and how each side learns why.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;

#[test]
fn a_declined_caller_sees_it() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        dario.click(Thing::Button(names::DECLINE)).await?;
        clara.wait_for(Thing::Text("Dario declined")).await?;
        dario.wait_for(Thing::Text("Video call - declined")).await?;
        neither_was_in_a_call(&clara, &dario).await
    });
}

#[test]
fn a_cancelled_call_stops_ringing_and_is_missed() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        clara.click(Thing::Button(names::CANCEL)).await?;
        dario.wait_until_gone(Thing::Button(names::ANSWER)).await?;
        dario.wait_for(Thing::Text("Missed voice call")).await?;
        neither_was_in_a_call(&clara, &dario).await
    });
}

#[test]
fn a_call_that_nobody_answers_is_missed_after_the_ring_time() {
    let options = ServerOptions { ring: Duration::from_secs(4), ..ServerOptions::default() };
    play_with(&options, async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        clara.wait_for(Thing::Text("Dario did not answer")).await?;
        dario.wait_until_gone(Thing::Button(names::ANSWER)).await?;
        dario.wait_for(Thing::Text("Missed voice call")).await?;
        neither_was_in_a_call(&clara, &dario).await
    });
}

#[test]
fn somebody_in_a_call_is_busy_for_others() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        let emil = Account::register(stage.server(), "Emil").await?;
        emil.befriend(stage.server(), dario.account()).await?;
        let emil = stage.person_with(&emil, "Emil", &Equipment::default()).await?;
        emil.open_conversation_with("Dario").await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        ensure!(!clara.can_press(names::VOICE).await?, "a second call could be begun");

        emil.click(Thing::Button(names::VOICE)).await?;
        emil.wait_for(Thing::Text("Dario is in another call")).await?;
        nothing_is_left(&[&emil]).await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

async fn neither_was_in_a_call(caller: &Person, callee: &Person) -> Result<()> {
    caller.wait_until_over().await?;
    callee.wait_until_over().await?;
    nothing_is_left(&[caller, callee]).await?;
    let hardware = callee.hardware().await?;
    ensure!(hardware.captures.is_empty(), "the callee was recorded: {hardware:?}");
    Ok(())
}
