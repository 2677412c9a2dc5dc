//! Tabs that are closed, left or crash: to the other side that is hanging up, and nobody waits for a connection that
//! cannot come back. A tab that may be reloading is waited for, and a reloaded one is back in the call.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::names::Kind::{Video, Voice};
use e2e::*;

/// How long the other side may take to know: ten times as long as it needs, a third of the time after which a
/// lost connection is given up.
const SOON: Duration = Duration::from_secs(10);

const RINGING: Thing = Thing::Text("Ringing\u{2026}");
const CLARA_LEFT: &str = "Clara left the call";
const DARIO_LEFT: &str = "Dario left the call";
const WAITING_FOR_CLARA: &str = "Waiting for Clara to come back\u{2026}";
const RECONNECTING: &str = "Reconnecting\u{2026}";

#[test]
fn it_stops_ringing_when_the_caller_closes_the_tab() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.hear_it_ring().await?;
        clara.close_tab().await?;
        is_soon_gone(&dario, Thing::Button(names::ANSWER)).await?;
        dario.wait_for(Thing::Text("Missed video call")).await?;
        nothing_is_left(&[&dario]).await
    });
}

#[test]
fn a_caller_who_closes_the_tab_during_a_call_leaves_it() {
    play_with(&brief(), async |stage| {
        let [clara, dario] = talking(stage).await?;
        remember(&dario, &[WAITING_FOR_CLARA]).await?;
        clara.close_tab().await?;
        is_soon_told(&dario, CLARA_LEFT).await?;
        let read = remembered(&dario).await?;
        ensure!(read == [WAITING_FOR_CLARA], "Dario has read {read:?}");
        Ok(())
    });
}

#[test]
fn a_callee_who_closes_the_tab_during_a_call_leaves_it() {
    play_with(&brief(), async |stage| {
        let [clara, dario] = talking(stage).await?;
        dario.close_tab().await?;
        is_soon_told(&clara, DARIO_LEFT).await
    });
}

#[test]
fn following_a_link_during_a_call_leaves_it() {
    play(async |stage| {
        let [clara, dario] = talking(stage).await?;
        let follow = "const link = document.createElement('a');
            link.href = arguments[0];
            document.body.append(link);
            setTimeout(() => link.click());";
        clara.run::<Option<()>>(follow, vec!["about:blank".into()]).await?;
        is_soon_told(&dario, CLARA_LEFT).await
    });
}

#[test]
fn somebody_who_reloads_the_page_is_back_in_the_call_as_before() {
    play_with(&patient(), async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        clara.click(Thing::Button(names::CAMERA_OFF)).await?;

        remember(&dario, &[WAITING_FOR_CLARA, RECONNECTING, CLARA_LEFT]).await?;
        clara.reload().await?;
        clara.wait_longer_for(Thing::Button(names::HANG_UP), LOADING).await?;
        for person in [&clara, &dario] {
            hears(person).await?;
        }
        sees(&clara).await?;
        ensure!(clara.hardware().await?.live_cameras == 0, "the camera was off");
        let read = remembered(&dario).await?;
        ensure!(read == [WAITING_FOR_CLARA], "Dario has read {read:?}");

        clara.press_one_of(&names::CAMERA_ON).await?;
        both_see_and_hear(&clara, &dario).await?;
        dario.hang_up().await?;
        clara.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_muted_callee_stays_muted_when_the_page_is_reloaded() {
    play_with(&patient(), async |stage| {
        let [clara, dario] = talking(stage).await?;
        dario.click(Thing::Button(names::MUTE)).await?;
        clara.wait_for(Thing::Text("Muted")).await?;
        for _ in 0..2 {
            dario.reload().await?;
            dario.wait_longer_for(Thing::Text("Muted"), LOADING).await?;
            hears(&dario).await?;
            hears_silence(&clara).await?;
        }
        dario.press_one_of(&names::UNMUTE).await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        dario.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn after_a_crash_during_a_call_a_new_tab_gets_through_at_once() {
    play(async |stage| {
        let [clara, dario] = talking(stage).await?;
        clara.crash_tab().await?;
        clara.sign_in(&stage.server().url()).await?;
        clara.open_conversation_with("Dario").await?;
        clara.wait_until_can_press(names::VOICE).await?;

        clara.call(Voice).await?;
        dario.wait_longer_for(Thing::Button(names::ANSWER), SOON).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        clara.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_caller_sees_that_it_rings_only_while_somebody_is_there_to_hear_it() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        clara.wait_for(RINGING).await?;

        dario.close_tab().await?;
        is_soon_gone(&clara, RINGING).await?;
        clara.wait_for(Thing::Text("Dario is offline right now.")).await?;

        dario.sign_in(&stage.server().url()).await?;
        clara.wait_longer_for(RINGING, SOON).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        dario.wait_until_over().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

/// Clara has called Dario by voice, and they hear each other.
async fn talking(stage: &Stage) -> Result<[Person; 2]> {
    let [clara, dario] = stage.couple().await?;
    clara.call(Voice).await?;
    dario.answer().await?;
    they_hear_each_other(&clara, &dario).await?;
    Ok([clara, dario])
}

/// Somebody soon sees that the other side has left the call, and never that a network may be the cause.
async fn is_soon_told(person: &Person, words: &str) -> Result<()> {
    until(&format!("{} reads {words:?}", person.name()), SOON, async || {
        let screen = person.screen().await?;
        for cause in ["network", RECONNECTING] {
            ensure!(!screen.contains(cause), "{} sees a message about the {cause}:\n{screen}", person.name());
        }
        Ok(person.sees(Thing::Text(words)).await?.then_some(()))
    })
    .await?;
    person.wait_until_over().await?;
    nothing_is_left(&[person]).await
}

/// From now on the page records which of these texts it shows: some are there for a moment only.
async fn remember(person: &Person, words: &[&str]) -> Result<()> {
    let watch = "const text = (root) => [...root.querySelectorAll('*')].map((element) =>
            [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : ' ')).join('') +
            (element.shadowRoot ? text(element.shadowRoot) : '')).join(' ');
        const [words] = arguments;
        window.__read = [];
        setInterval(() => {
            const now = text(document);
            const fresh = words.filter((some) => now.includes(some) && !window.__read.includes(some));
            window.__read.push(...fresh);
        }, 20);";
    person.run::<Option<()>>(watch, vec![words.into()]).await.map(drop)
}

async fn remembered(person: &Person) -> Result<Vec<String>> {
    person.run("return window.__read", vec![]).await
}

/// A server that waits for a reloaded page as long as a slow machine may need.
fn patient() -> ServerOptions {
    ServerOptions { reload: Some(Duration::from_secs(40)), ..ServerOptions::default() }
}

/// A server that waits for it only as long as [`SOON`] has room for.
fn brief() -> ServerOptions {
    ServerOptions { reload: Some(Duration::from_secs(1)), ..ServerOptions::default() }
}

async fn is_soon_gone(person: &Person, thing: Thing<'_>) -> Result<()> {
    until(&format!("{} no longer sees {thing}", person.name()), SOON, async || {
        Ok((!person.sees(thing).await?).then_some(()))
    })
    .await
}
