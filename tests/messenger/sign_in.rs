//! Coming in, staying over a reload, going out, and being shown out.

use crate::world::{World, refusal, session};
use core::cell::Cell;
use core::time::Duration;
use kit_browser::fake::{open_sockets, page_listeners, seen_sockets, shut, until};
use messenger_calls::platform::js::{document, window};
use messenger_calls::platform::storage;
use messenger_calls::platform::timer::sleep;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, KeyboardEvent, KeyboardEventInit};

#[wasm_bindgen_test]
async fn a_wrong_password_is_refused_and_the_right_one_signs_in() {
    let world = World::open(None).await;
    world.sees("Try anna or ben with the password messenger.").await;
    world.answers("/api/auth/login", |_| Some((401, refusal("invalid_credentials", "no"))));
    world.fill("username", "anna").await;
    world.fill("password", "wrong").await;
    world.click("Sign in").await;
    world.sees("Wrong name or password.").await;
    world.answers("/api/auth/login", |_| Some((200, session("fresh"))));
    world.click("Sign in").await;
    world.signed_in().await;
    assert!(storage::read("account").unwrap().contains("fresh"), "kept for a reload");
    world.end().await;
}

#[wasm_bindgen_test]
async fn an_account_is_made_and_a_refused_one_is_explained_in_the_server_s_words() {
    let world = World::open(None).await;
    world.click("Create an account").await;
    world.answers("/api/auth/register", |_| {
        Some((409, refusal("name_taken", "this name is taken; choose another")))
    });
    world.fill("username", "anna").await;
    world.fill("display-name", "Anna").await;
    world.fill("password", "longenough").await;
    world.click("Create account").await;
    world.sees("This name is taken; choose another.").await;
    world.answers("/api/auth/register", |_| None);
    world.click("Create account").await;
    world.sees("Cannot reach the server.").await;
    world.answers("/api/auth/register", |_| Some((200, session("fresh"))));
    world.click("Create account").await;
    world.signed_in().await;
    world.end().await;
}

/// What the server says about itself where accounts are made in this way.
fn config(registration: &str) -> String {
    format!(r#"{{"calls_enabled":true,"ring_seconds":45,"ice_servers":[],"registration":"{registration}"}}"#)
}

fn come_by(fragment: &str) {
    let history = window().history().unwrap();
    let address = window().location().pathname().unwrap() + fragment;
    history.replace_state_with_url(&JsValue::NULL, "", Some(&address)).unwrap();
}

#[wasm_bindgen_test]
async fn where_nobody_makes_an_account_nothing_leads_to_the_form_and_the_door_says_whom_to_ask() {
    for (registration, sentence) in [
        ("closed", "Ask the people who run this server for an account"),
        ("by-post", "Ask the people who run this server for an account"),
        ("invite", "You need an invitation"),
    ] {
        let mut world = World::open(None).await;
        world.answers("/api/config", move |_| Some((200, config(registration))));
        world.load();
        world.sees(sentence).await;
        assert!(
            !world
                .all("button")
                .iter()
                .any(|button| kit_browser::screen::name(button) == "Create an account")
        );
        world.end().await;
    }
}

#[wasm_bindgen_test]
async fn an_invitation_s_link_opens_the_form_and_is_gone_from_the_address_once_somebody_is_in() {
    let mut world = World::open(None).await;
    world.answers("/api/config", |_| Some((200, config("invite"))));
    world.answers("/api/auth/invitation", |_| Some((204, String::new())));
    come_by("#invite=abc123");
    world.load();
    world.sees("You have been invited. Choose a name and a password.").await;
    assert_eq!(world.sent("POST", "/api/auth/invitation")[0].1, r#"{"invitation":"abc123"}"#);
    world.click("Sign in").await;
    world.click("Create an account").await;
    world.fill("username", "dora").await;
    world.fill("password", "long enough").await;
    world.click("Create account").await;
    world.signed_in().await;
    assert!(world.sent("POST", "/api/auth/register")[0].1.contains(r#""invitation":"abc123""#));
    assert_eq!(window().location().hash().unwrap(), "");
    world.end().await;
}

#[wasm_bindgen_test]
async fn an_invitation_that_is_no_good_any_more_is_told_before_anything_is_typed() {
    let mut world = World::open(None).await;
    world.answers("/api/config", |_| Some((200, config("invite"))));
    world.answers("/api/auth/invitation", |_| {
        Some((403, refusal("invitation_spent", "this invitation has been used already; ask for a new one")))
    });
    world.load();
    world.sees("You need an invitation").await;
    // Pasted into the page that is open.
    window().location().set_hash("invite=abc123").unwrap();
    world.sees("This invitation has been used already; ask for a new one.").await;
    world.button("Sign in");
    come_by("");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_reload_stays_signed_in_and_signing_out_leaves_nothing() {
    let mut world = World::open(None).await;
    let before = page_listeners();
    storage::write("account", &session("kept"));
    world.load();
    world.signed_in().await;
    assert_eq!(open_sockets(), 1);
    world.click("Sign out").await;
    world.sees("Talk to your friends").await;
    until("the request", || world.asked("/api/auth/logout") == 1).await;
    assert_eq!(storage::read("account"), None);
    assert_eq!(open_sockets(), 0);
    assert_eq!(page_listeners(), before, "a listener is left");
    world.end().await;
}

#[wasm_bindgen_test]
async fn an_expired_token_is_exchanged_without_anybody_noticing() {
    let mut world = World::open(None).await;
    storage::write("account", &session("old"));
    world.answers("/api/contacts", |token| match token {
        "Bearer refreshed" => Some((200, "[]".to_owned())),
        _ => Some((401, refusal("token_expired", "expired"))),
    });
    world.load();
    world.sees("No contacts yet.").await;
    assert_eq!(world.asked("/api/auth/refresh"), 1);
    assert!(storage::read("account").unwrap().contains("r-refreshed"), "a reload uses the new tokens");
    world.end().await;
}

#[wasm_bindgen_test]
async fn an_absent_server_signs_nobody_out() {
    let mut world = World::open(None).await;
    storage::write("account", &session("old"));
    let away = Rc::new(Cell::new(true));
    let network = away.clone();
    world.answers("/api/auth/refresh", move |_| (!network.get()).then(|| (200, session("refreshed"))));
    world.answers("/api/contacts", |token| match token {
        "Bearer refreshed" => Some((200, "[]".to_owned())),
        _ => Some((401, refusal("token_expired", "expired"))),
    });
    world.load();
    until("the first attempts", || world.asked("/api/auth/refresh") >= 2).await;
    assert!(!world.text().contains("Talk to your friends"), "{}", world.text());
    away.set(false);
    world.sees("No contacts yet.").await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_sign_in_that_the_server_no_longer_knows_leads_to_the_door_with_the_reason() {
    let mut world = World::open(None).await;
    storage::write("account", &session("old"));
    world.load();
    world.signed_in().await;
    world.answers("/api/auth/refresh", |_| Some((401, refusal("unauthorized", "this session is over"))));
    shut(&seen_sockets().get(seen_sockets().length() - 1), 4003);
    world.sees("Your session has expired. Sign in again.").await;
    assert_eq!(storage::read("account"), None);
    world.end().await;
}

#[wasm_bindgen_test]
async fn another_tab_that_takes_over_is_named_and_can_be_taken_back() {
    let mut world = World::open(None).await;
    storage::write("account", &session("kept"));
    world.load();
    world.signed_in().await;
    shut(&seen_sockets().get(seen_sockets().length() - 1), 4009);
    world.sees("Messenger Calls is open in another tab.").await;
    world.button("Use it here");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_page_that_is_older_than_the_server_says_so_and_can_be_loaded_again() {
    let mut world = World::open(None).await;
    storage::write("account", &session("kept"));
    world.load();
    world.signed_in().await;
    shut(&seen_sockets().get(seen_sockets().length() - 1), 4005);
    world.sees("This page is older than the server. Reload.").await;
    world.button("Reload");
    assert!(storage::read("account").is_some(), "the sign-in is as good as before");
    world.end().await;
}

#[wasm_bindgen_test]
async fn where_another_application_has_the_accounts_the_door_says_so_and_asks_for_nothing() {
    let mut world = World::open(None).await;
    let config = r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[],"accounts_elsewhere":true}"#;
    world.answers("/api/config", |_| Some((200, config.to_owned())));
    world.load();
    world.sees("Sign in through the app that these calls belong to.").await;
    let form: HtmlElement = world.all("form").remove(0).unchecked_into();
    assert_eq!(form.offset_height(), 0, "nobody is asked for a name");
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_comes_in_is_told_so_and_begins_at_the_heading() {
    let world = World::open(None).await;
    let focused = || document().active_element().unwrap();
    assert_eq!(focused(), world.all("[name=username]").remove(0), "the first thing to do at the door");
    world.fill("username", "anna").await;
    world.fill("password", "messenger").await;
    world.button("Sign in").focus().unwrap();
    world.click("Sign in").await;
    world.signed_in().await;
    let said = || {
        world.all("p.mc-hush[role=status]").iter().filter_map(|said| said.text_content()).collect::<String>()
    };
    assert!(said().contains("You are signed in as Anna."), "{}", said());
    let headings = world.all("h1");
    assert_eq!(headings.len(), 1);
    assert_eq!(focused(), headings[0]);
    assert!(world.all("main").is_empty(), "the page has one");
    world.click("Sign out").await;
    until("the door", || said().contains("You are signed out.")).await;
    assert_eq!(focused(), world.all("[name=username]").remove(0));
    world.end().await;
}

#[wasm_bindgen_test]
async fn the_arrow_keys_go_from_tab_to_tab() {
    let mut world = World::open(None).await;
    storage::write("account", &session("kept"));
    world.load();
    world.signed_in().await;
    let press = async |key: &str| {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        let pressed = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        document().active_element().unwrap().dispatch_event(&pressed).unwrap();
        sleep(Duration::from_millis(30)).await;
    };
    let chosen = || {
        let tab = world.all("[role=tab][aria-selected=true]").remove(0);
        let panel = world.all("[role=tabpanel]").remove(0);
        assert_eq!(panel.get_attribute("aria-labelledby"), tab.get_attribute("id"));
        assert_eq!(tab.get_attribute("tabindex").as_deref(), Some("0"), "the one stop for Tab");
        assert_eq!(document().active_element().unwrap(), tab);
        kit_browser::screen::name(&tab)
    };
    world.button("Contacts").focus().unwrap();
    for (key, tab) in [
        ("ArrowRight", "Calls"),
        ("ArrowRight", "Contacts"),
        ("ArrowLeft", "Calls"),
        ("Home", "Contacts"),
        ("End", "Calls"),
    ] {
        press(key).await;
        assert_eq!(chosen(), tab);
    }
    world.end().await;
}
