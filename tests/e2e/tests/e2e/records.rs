//! What people can read about past calls: the line in the conversation and the call history.

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;

#[test]
fn a_call_is_shown_in_the_conversation_with_its_duration_on_both_sides() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        clara.hang_up().await?;
        for person in [&clara, &dario] {
            person.wait_for(Thing::Text("Video call - 0:")).await?;
        }
        dario.reload().await?;
        dario.wait_until_signed_in().await?;
        dario.open_conversation_with("Clara").await?;
        dario.wait_for(Thing::Text("Video call - 0:")).await?;
        one_message(stage, &clara, "completed").await
    });
}

#[test]
fn a_missed_call_is_returned_from_the_history() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        clara.click(Thing::Button(names::CANCEL)).await?;
        dario.wait_until_over().await?;
        one_message(stage, &clara, "missed").await?;

        dario.click(Thing::Button(names::CALLS)).await?;
        dario.wait_for(Thing::Text("Missed voice call")).await?;
        dario.click(Thing::Button(names::CALL_BACK)).await?;
        clara.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

/// There is exactly one system message, and it says this.
async fn one_message(stage: &Stage, person: &Person, status: &str) -> Result<()> {
    let token = Some(person.account().token.as_str());
    let contacts = stage.server().get("/api/contacts", token).await?;
    let conversation = contacts[0]["conversation_id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/api/conversations/{conversation}/messages");
    until("the conversation has its line about the call", PATIENCE, async || {
        let page = stage.server().get(&path, token).await?;
        let messages = page["messages"].as_array().cloned().unwrap_or_default();
        ensure!(messages.len() <= 1, "more than one message about one call: {page}");
        Ok(messages.first().is_some_and(|message| message["metadata"]["status"] == status).then_some(()))
    })
    .await
}
