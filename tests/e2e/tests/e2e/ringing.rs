//! While it rings: sounds, keys, several devices of one person.

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;

#[test]
fn it_rings_on_both_sides_until_the_answer() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        for person in [&clara, &dario] {
            sounds(person, 1).await?;
        }
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        for person in [&clara, &dario] {
            sounds(person, 0).await?;
        }
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_call_is_answered_and_another_declined_with_the_keyboard() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        dario.press_alt('c').await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        dario.wait_until_over().await?;

        clara.wait_until_can_press(names::VIDEO).await?;
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        dario.press_alt('d').await?;
        clara.wait_for(Thing::Text("Dario declined")).await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn the_second_device_stops_ringing_at_once_and_says_where_it_was_answered() {
    play(async |stage| {
        let [clara, laptop] = stage.couple().await?;
        let tablet = stage.person_with(laptop.account(), "Dario-tablet", &Equipment::default()).await?;
        clara.call(Video).await?;
        laptop.hear_it_ring().await?;
        tablet.hear_it_ring().await?;
        tablet.answer().await?;
        laptop.wait_for(Thing::Text("You answered this call on")).await?;
        laptop.wait_until_over().await?;
        both_see_and_hear(&clara, &tablet).await?;
        nothing_is_left(&[&laptop]).await?;
        ensure!(laptop.hardware().await?.captures.is_empty(), "the device that did not answer was recorded");

        tablet.hang_up().await?;
        nothing_is_left(&[&clara, &tablet]).await
    });
}

#[test]
fn a_declined_call_stops_ringing_on_every_device() {
    play(async |stage| {
        let [clara, laptop] = stage.couple().await?;
        let tablet = stage.person_with(laptop.account(), "Dario-tablet", &Equipment::default()).await?;
        clara.call(Voice).await?;
        laptop.hear_it_ring().await?;
        tablet.hear_it_ring().await?;
        laptop.click(Thing::Button(names::DECLINE)).await?;
        tablet.wait_for(Thing::Text("You declined this call on another device")).await?;
        clara.wait_for(Thing::Text("Dario declined")).await?;
        nothing_is_left(&[&clara, &laptop, &tablet]).await
    });
}

#[test]
fn a_ring_that_the_browser_mutes_is_visible_and_one_click_makes_it_audible() {
    play(async |stage| {
        let equipment = Equipment { autoplay: Autoplay::AfterGesture, ..Equipment::default() };
        let [clara, dario] = stage.couple_with(&Equipment::default(), &equipment).await?;
        // A page that was reloaded and not touched since.
        dario.reload_untouched().await?;
        dario.wait_until_signed_in().await?;
        let touched: bool = dario.run("return navigator.userActivation.hasBeenActive", vec![]).await?;
        ensure!(!touched, "the page has been touched");

        clara.wait_until_can_press(names::VOICE).await?;
        let title = dario.title().await?;
        clara.call(Voice).await?;
        dario.wait_for(Thing::Button(names::SOUND_IS_BLOCKED)).await?;
        until("the title of the window changes", PATIENCE, async || {
            Ok((dario.title().await? != title).then_some(()))
        })
        .await?;
        sounds(&dario, 0).await?;
        dario.click(Thing::Button(names::SOUND_IS_BLOCKED)).await?;
        sounds(&dario, 1).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        until("the title of the window is as before", PATIENCE, async || {
            Ok((dario.title().await? == title).then_some(()))
        })
        .await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

/// Waits until this many sounds are playing.
async fn sounds(person: &Person, wanted: usize) -> Result<()> {
    let what = format!("{} hears {wanted} sounds", person.name());
    until(&what, PATIENCE, async || Ok((person.hardware().await?.sounds == wanted).then_some(()))).await
}
