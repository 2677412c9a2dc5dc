//! Calls with a third-party program that was written from the API's documentation: aiortc.

use anyhow::{Context, Result, ensure};
use e2e::names::Kind::Video;
use e2e::*;

#[test]
fn a_program_without_a_device_id_calls_our_client_and_is_called_by_it() {
    meet(Manners { name: None, trickles: true, offers_while_it_rings: true });
}

#[test]
fn a_program_with_a_device_id_that_offers_after_the_answer_calls_our_client_and_is_called_by_it() {
    meet(Manners { name: Some("door-bell"), trickles: false, offers_while_it_rings: false });
}

fn meet(manners: Manners) {
    play(async |stage| {
        let [clara, dario] = stage.accounts().await?;
        let Some(foreign) = stage.foreign(&clara, manners).await? else { return Ok(()) };
        let contacts = stage.server().get("/api/contacts", Some(&clara.token)).await?;
        let conversation = contacts[0]["conversation_id"].as_str().context("they are contacts")?;
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        dario.open_conversation_with("Clara").await?;

        foreign.call(conversation, Video, manners).await?;
        dario.answer().await?;
        they_talk(&foreign, &dario).await?;
        foreign.hang_up().await?;
        dario.wait_for(Thing::Text("Clara hung up")).await?;
        foreign.wait_until_over().await?;
        nothing_is_left(&[&dario]).await?;

        dario.wait_until_can_press(names::VIDEO).await?;
        dario.call(Video).await?;
        foreign.answer(Video).await?;
        they_talk(&foreign, &dario).await?;
        let offers = foreign.heard("signal offer").await?;
        ensure!(offers <= 2, "an unacknowledged offer was sent {offers} times");
        dario.hang_up().await?;
        foreign.wait_until_over().await?;
        nothing_is_left(&[&dario]).await
    });
}

async fn they_talk(foreign: &Foreign, dario: &Person) -> Result<()> {
    sees(dario).await?;
    hears(dario).await?;
    foreign.sees_and_hears(Video).await
}
