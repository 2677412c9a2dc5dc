//! Calls through the relay that is inside the server.

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;
use serde_json::json;

fn with_relay() -> ServerOptions {
    ServerOptions { relay: true, ..ServerOptions::default() }
}

async fn hides(stage: &Stage, account: &Account) -> Result<()> {
    let wanted = json!({ "hide_address": "everybody" });
    let kept = stage.server().put("/api/settings", Some(&account.token), &wanted).await?;
    ensure!(kept["has_relay"] == true, "the server has a relay: {kept}");
    Ok(())
}

/// Waits for the ways in use, and gives what the connection knows.
async fn candidates(person: &Person) -> Result<Candidates> {
    until("a way to be in use", PATIENCE, async || {
        let known = person.candidates().await?;
        Ok((!known.used.is_empty()).then_some(known))
    })
    .await
}

#[test]
fn two_people_who_hide_their_addresses_are_connected_through_the_servers_own_relay() {
    play_with(&with_relay(), async |stage| {
        let [one, other] = stage.accounts().await?;
        hides(stage, &one).await?;
        hides(stage, &other).await?;
        let clara = stage.person_with(&one, "Clara", &Equipment::ORDINARY).await?;
        let dario = stage.person_with(&other, "Dario", &Equipment::ORDINARY).await?;
        clara.open_conversation_with("Dario").await?;
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        ensure!(dario.hardware().await?.made_peers == 0, "nothing is connected before the answer");
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        for person in [&clara, &dario] {
            let known = candidates(person).await?;
            ensure!(known.own == ["relay"] && known.other == ["relay"], "{}: {known:?}", person.name());
        }
        clara.hang_up().await?;
        dario.wait_until_over().await
    });
}

#[test]
fn somebody_who_hides_and_somebody_who_does_not_meet_at_the_relay() {
    play_with(&with_relay(), async |stage| {
        let [one, other] = stage.accounts().await?;
        hides(stage, &other).await?;
        let clara = stage.person_with(&one, "Clara", &Equipment::ORDINARY).await?;
        let dario = stage.person_with(&other, "Dario", &Equipment::ORDINARY).await?;
        clara.open_conversation_with("Dario").await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        let known = candidates(&dario).await?;
        ensure!(known.own == ["relay"], "Dario: {known:?}");
        let known = candidates(&clara).await?;
        ensure!(known.other == ["relay"], "Clara: {known:?}");
        Ok(())
    });
}
