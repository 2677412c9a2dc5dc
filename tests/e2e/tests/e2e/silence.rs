//! A connection that died silently.

use anyhow::{Result, ensure};
use e2e::names::Kind::Voice;
use e2e::*;

/// Clara connected to the server, Dario through a proxy that can forget him.
async fn couple(stage: &Stage, silence: &Silence) -> Result<[Person; 2]> {
    let [clara, dario] = stage.accounts().await?;
    let dario = Person::new(dario.clone(), stage.browser(&dario.display_name, &Equipment::ORDINARY).await?);
    dario.sign_in(&silence.url()).await?;
    let clara = stage.person_with(&clara, "Clara", &Equipment::ORDINARY).await?;
    clara.open_conversation_with("Dario").await?;
    clara.wait_until_can_press(names::VOICE).await?;
    Ok([clara, dario])
}

#[test]
fn a_page_whose_connection_silently_died_notices_when_it_is_looked_at_and_rings_again() {
    play(async |stage| {
        let silence = Silence::start(stage.server().address()).await?;
        let [clara, dario] = couple(stage, &silence).await?;
        silence.forget();
        let focus = "window.dispatchEvent(new Event('focus')); return true";
        ensure!(dario.share().run::<bool>(focus, vec![]).await?);
        dario.wait_for(Thing::Text("Checking the connection")).await?;
        dario.wait_until_gone(Thing::Text("Checking the connection")).await?;
        dario.wait_until_signed_in().await?;
        clara.wait_until_can_press(names::VOICE).await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        clara.click(Thing::Button(names::CANCEL)).await?;
        dario.wait_until_over().await
    });
}

#[test]
fn a_page_that_nobody_uses_notices_by_itself_that_its_server_fell_silent() {
    play(async |stage| {
        let silence = Silence::start(stage.server().address()).await?;
        let [_, dario] = couple(stage, &silence).await?;
        silence.forget();
        // After half a minute of silence, one proof is missing.
        tokio::time::sleep(std::time::Duration::from_secs(29)).await;
        dario.wait_for(Thing::Text("Checking the connection")).await?;
        dario.wait_until_gone(Thing::Text("Checking the connection")).await?;
        dario.wait_until_signed_in().await
    });
}
