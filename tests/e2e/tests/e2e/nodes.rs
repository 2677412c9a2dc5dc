//! Two nodes behind one address: a call between people on either node, and a node that dies during the call.

use anyhow::ensure;
use e2e::names::Kind::Video;
use e2e::*;

use kit_services::{nats::Nats, postgres};

#[test]
fn a_node_that_dies_during_a_call_interrupts_no_video() {
    play(async |stage| {
        let nats = Nats::start();
        let shared = Shared { database: postgres::url().to_owned(), bus: nats.url() };
        let nodes = [stage.node("one", &shared).await?, stage.node("two", &shared).await?];
        let balancer = Balancer::start(&[nodes[0].address(), nodes[1].address()]).await?;
        let clara = Account::register(&nodes[0], "Clara").await?;
        let dario = Account::register(&nodes[1], "Dario").await?;
        let conversation = clara.befriend(&nodes[0], &dario).await?;
        let mut people = Vec::new();
        for account in [&clara, &dario] {
            let browser = stage.browser(&account.display_name, &Equipment::ORDINARY).await?;
            let person = Person::new(account.clone(), browser);
            person.sign_in(&balancer.url()).await?;
            people.push(person);
        }
        let [clara, dario] = <[Person; 2]>::try_from(people).map_err(|_| anyhow::anyhow!("two people"))?;
        clara.open_conversation_with("Dario").await?;
        dario.open_conversation_with("Clara").await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;

        nodes[0].kill();
        both_see_and_hear(&clara, &dario).await?;
        for person in [&clara, &dario] {
            person.wait_until_gone(Thing::Text("Cannot reach the server. Your call continues.")).await?;
            let hardware = person.hardware().await?;
            ensure!(hardware.made_peers == 1 && hardware.restarts == 0, "{hardware:?}");
        }
        both_see_and_hear(&clara, &dario).await?;
        clara.hang_up().await?;
        dario.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await?;

        let path = format!("/api/conversations/{conversation}/messages");
        let written = nodes[1].get(&path, Some(&dario.account().token)).await?;
        let messages = written["messages"].as_array().map_or(0, Vec::len);
        ensure!(messages == 1, "expected one message about the call, came: {written}");
        Ok(())
    });
}
