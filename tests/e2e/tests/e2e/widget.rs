//! The calls in other people's pages: on another origin, mounted twice, destroyed, removed from the document.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use e2e::names::Kind::Voice;
use e2e::*;
use serde_json::Value;

/// A server that allows the pages of a site, and that site's port.
fn with_embedding_site() -> Result<(ServerOptions, Reserved)> {
    let reserved = Site::reserve()?;
    Ok((ServerOptions { allow_origins: vec![reserved.origin()?], ..ServerOptions::default() }, reserved))
}

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn somebody_on_a_page_of_another_origin_calls_the_messenger_and_is_called_back() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &folder("../../examples/embed"))?;
        let [clara, dario] = stage.accounts().await?;
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        dario.open_conversation_with("Clara").await?;
        let clara = Person::new(clara, stage.browser("Clara", &Equipment::default()).await?);
        clara.open(&format!("{}/?server={}", site.origin(), stage.server().url())).await?;
        clara.fill("Name", &clara.account().username).await?;
        clara.fill("Password", &clara.account().password).await?;
        clara.click(Thing::Button("Come in")).await?;
        clara.wait_longer_for(Thing::Button(names::VIDEO), LOADING).await?;

        clara.wait_until_can_press(names::VIDEO).await?;
        clara.call(names::Kind::Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await?;

        dario.wait_until_can_press(names::VOICE).await?;
        dario.call(Voice).await?;
        clara.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        for kind in ["ringing", "started", "ended"] {
            ensure!(clara.sees(Thing::Text(kind)).await?, "the page got no event {kind}");
        }
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_page_of_a_forbidden_origin_gets_nothing() {
    let reserved = Site::reserve().unwrap();
    play(async |stage| {
        let site = Site::start(reserved, &folder("../../examples/embed"))?;
        let browser = stage.browser("stranger", &Equipment::default()).await?;
        browser.open(&format!("{}/?server={}", site.origin(), stage.server().url())).await?;
        let reply: String = browser
            .run(
                "return fetch(arguments[0]).then((reply) => reply.text(), (error) => error.name)",
                vec![format!("{}/api/config", stage.server().url()).into()],
            )
            .await?;
        ensure!(reply == "TypeError", "a page of another origin read {reply}");
        let socket: String = browser
            .run(
                "const socket = new WebSocket(arguments[0]);
                 return new Promise((done) => { socket.onopen = () => done('open'); socket.onerror = () => done('refused'); });",
                vec![format!("{}/api/socket", stage.server().url().replace("http", "ws")).into()],
            )
            .await?;
        ensure!(socket == "refused", "a page of another origin has a socket");
        Ok(())
    });
}

#[test]
fn mounting_twice_in_one_element_leaves_one_widget_and_destroying_it_leaves_none() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &folder("pages"))?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site).await?;
        for _ in 0..2 {
            put(&page, "one", &clara, &dario).await?;
            page.wait_for(Thing::Button(names::VOICE)).await?;
        }
        until("one socket is left", PATIENCE, async || Ok((sockets(&page).await? == 1).then_some(())))
            .await?;
        let buttons = page.screen().await?.matches("[Voice").count();
        ensure!(buttons == 1, "{buttons} widgets in one element");
        page.run::<Value>("window.destroy('one')", vec![]).await?;
        all_gone(&page, "one").await
    });
}

#[test]
fn two_widgets_in_one_page_are_two_devices() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &folder("pages"))?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site).await?;
        put(&page, "one", &clara, &dario).await?;
        put(&page, "two", &dario, &clara).await?;
        let one = Person::new(clara, page.clone());
        one.wait_until_can_press(names::VOICE).await?;
        one.call(Voice).await?;
        // Both sides of the call are in this page.
        one.click(Thing::Button(names::ANSWER)).await?;
        hears(&page).await?;
        ensure!(page.hardware().await?.open_peers == 2, "{:?}", page.hardware().await?);
        page.run::<Value>("window.destroy('one')", vec![]).await?;
        page.wait_until_gone(Thing::Button(names::HANG_UP)).await?;
        page.run::<Value>("window.destroy('two')", vec![]).await?;
        nothing_is_left(&[&page]).await?;
        all_gone(&page, "two").await
    });
}

#[test]
fn two_widgets_of_one_person_in_one_page_are_one_device() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &folder("pages"))?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site).await?;
        for place in ["one", "two"] {
            put(&page, place, &clara, &dario).await?;
        }
        let clara = Person::new(clara, page.clone());
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        clara.wait_until_can_press(names::VOICE).await?;
        dario.open_conversation_with("Clara").await?;
        dario.wait_until_can_press(names::VOICE).await?;
        dario.call(Voice).await?;
        clara.hear_it_ring().await?;
        let windows = page.screen().await?.matches("[Answer").count();
        let hardware = page.hardware().await?;
        ensure!(
            (windows, hardware.open_sockets, hardware.sounds) == (1, 1, 1),
            "{windows} windows, {hardware:?}"
        );
        clara.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        page.run::<Value>("window.destroy('one')", vec![]).await?;
        they_hear_each_other(&clara, &dario).await?;
        page.run::<Value>("window.destroy('two')", vec![]).await?;
        dario.wait_for(Thing::Text("Clara left the call")).await?;
        let heard: Vec<String> = page.run("return window.heard", vec![]).await?;
        ensure!(heard == ["ringing", "started", "ended"], "the page received {heard:?}");
        all_gone(&page, "two").await
    });
}

/// What a page does around the widget, and how it undoes it.
const SURROUNDINGS: [(&str, &str, &str); 6] = [
    (
        "a sidebar that slides and clips",
        "one.style = 'position:absolute;width:220px;height:120px;overflow:hidden;transform:translateX(0)'",
        "one.style = ''",
    ),
    ("a panel that is folded up", "one.style.display = 'none'", "one.style = ''"),
    ("a part of the page that is inert", "one.inert = true", "one.inert = false"),
    ("a dialog that is open", "settings.showModal()", "settings.close()"),
    ("a banner above everything", "banner.hidden = false", "banner.hidden = true"),
    ("a popover above everything", "banner.hidden = false; banner.showPopover()", "banner.hidden = true"),
];

#[test]
fn somebody_who_hears_it_ring_can_answer_whatever_the_page_does() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &folder("pages"))?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site).await?;
        put(&page, "one", &clara, &dario).await?;
        let clara = Person::new(clara, page.clone());
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        clara.wait_until_can_press(names::VOICE).await?;
        dario.open_conversation_with("Clara").await?;
        for (what, happens, ends) in SURROUNDINGS {
            dario.wait_until_can_press(names::VOICE).await?;
            page.run::<Value>(happens, vec![]).await?;
            dario.call(Voice).await?;
            clara.hear_it_ring().await?;
            // The browser refuses to click what is covered, out of view or inert.
            clara.answer().await.with_context(|| what.to_owned())?;
            dario.wait_for(Thing::Button(names::HANG_UP)).await?;
            page.run::<Value>(ends, vec![]).await?;
            clara.hang_up().await.with_context(|| format!("after {what}"))?;
            dario.wait_until_over().await?;
        }
        Ok(())
    });
}

#[test]
fn a_call_stays_visible_when_a_dialog_or_full_screen_opens_and_closes() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &folder("pages"))?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site).await?;
        put(&page, "one", &clara, &dario).await?;
        let clara = Person::new(clara, page.clone());
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        clara.wait_until_can_press(names::VIDEO).await?;
        clara.click(Thing::Button("Fill the screen")).await?;
        page.run::<Value>("window.call('one', 'video')", vec![]).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        for step in ["", "document.exitFullscreen()", "settings.showModal()", "settings.remove()"] {
            page.run::<Value>(step, vec![]).await?;
            // Switched off and on again: the browser refuses to click what cannot be reached.
            clara.click(Thing::Button(names::MUTE)).await.with_context(|| step.to_owned())?;
            clara.press_one_of(&names::UNMUTE).await?;
            both_see_and_hear(&clara, &dario).await?;
        }
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn destroying_the_widget_or_removing_its_element_during_a_call_ends_it_and_leaves_nothing() {
    for end in ["window.destroy('one')", "window.remove('one')"] {
        let (options, reserved) = with_embedding_site().unwrap();
        play_with(&options, async |stage| {
            let site = Site::start(reserved, &folder("pages"))?;
            let [clara, dario] = stage.accounts().await?;
            let page = host(stage, &site).await?;
            put(&page, "one", &clara, &dario).await?;
            let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
            let clara = Person::new(clara, page.clone());
            clara.wait_until_can_press(names::VIDEO).await?;
            clara.call(names::Kind::Video).await?;
            dario.answer().await?;
            both_see_and_hear(&clara, &dario).await?;

            page.run::<Value>(end, vec![]).await?;
            dario.wait_for(Thing::Text("Clara left the call")).await?;
            nothing_is_left(&[&clara, &dario]).await?;
            all_gone(&page, "one").await?;
            let heard: Vec<String> = page.run("return window.heard", vec![]).await?;
            ensure!(heard.ends_with(&["ended".to_owned()]), "the page received {heard:?}");
            Ok(())
        });
    }
}

/// The page that mounts what a test says.
async fn host(stage: &Stage, site: &Site) -> Result<Arc<Browser>> {
    let page = stage.browser("page", &Equipment::default()).await?;
    page.open(&format!("{}/host.html?server={}", site.origin(), stage.server().url())).await?;
    until("the module is loaded", LOADING, async || {
        Ok(page.run::<bool>("return window.ready === true", vec![]).await?.then_some(()))
    })
    .await?;
    Ok(page)
}

/// Mounts a widget of a person, whose buttons call somebody.
async fn put(page: &Browser, place: &str, who: &Account, whom: &Account) -> Result<()> {
    let arguments = vec![place.into(), who.token.clone().into(), whom.id.clone().into()];
    page.run::<Value>("return window.put(...arguments)", arguments).await.map(drop)
}

async fn sockets(page: &Browser) -> Result<usize> {
    Ok(page.hardware().await?.open_sockets)
}

/// No socket and no element of a widget is left.
async fn all_gone(page: &Browser, place: &str) -> Result<()> {
    until("every socket is closed", PATIENCE, async || Ok((sockets(page).await? == 0).then_some(()))).await?;
    let left: usize = page
        .run(
            "const place = document.getElementById(arguments[0]);
             return place ? place.childElementCount + (place.shadowRoot?.childElementCount ?? 0) : 0",
            vec![place.into()],
        )
        .await?;
    ensure!(left == 0, "{left} elements are left in the page");
    Ok(())
}
