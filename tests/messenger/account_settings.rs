//! The own account: where somebody is signed in, their password, and being shown out from elsewhere.

use crate::signed_in::signed_in;
use crate::world::{ANNA, World, refusal};
use core::time::Duration;
use kit_browser::fake::{seen_sockets, shut, until};
use messenger_calls::platform::js::document;
use messenger_calls::platform::storage;
use messenger_calls::platform::tabs::Tabs;
use messenger_calls::platform::timer::sleep;
use wasm_bindgen_test::wasm_bindgen_test;

const PLACES: &str = r#"[
    {"id":"s1","device":"Firefox on Linux","network":"192.0.2.1","created_at":"2026-01-01T08:00:00Z","used_at":"2026-01-02T08:00:00Z","current":true},
    {"id":"s2","device":"Safari on iPhone","created_at":"2026-01-01T09:00:00Z","used_at":"2026-01-01T09:00:00Z","current":false}]"#;
const ONE: &str =
    r#"[{"id":"s1","created_at":"2026-01-01T08:00:00Z","used_at":"2026-01-02T08:00:00Z","current":true}]"#;

/// The account is unfolded in the settings, with two places.
async fn account() -> World {
    let world = signed_in().await;
    world.answers_to("GET", "/api/me/sessions", |_| Some((200, PLACES.to_owned())));
    world.click("Settings").await;
    world.click("Devices and password").await;
    world.sees("Safari on iPhone").await;
    world
}

fn end_of_the_phone(world: &World) -> String {
    let buttons = world.all("button").into_iter().map(|button| kit_browser::screen::name(&button));
    buttons.filter(|name| name.starts_with("Sign out Safari on iPhone")).collect()
}

#[wasm_bindgen_test]
async fn somebody_sees_where_they_are_signed_in_and_signs_out_a_lost_phone() {
    let world = account().await;
    assert!(world.text().contains("This device") && world.text().contains("192.0.2.1"), "{}", world.text());
    world.answers_to("DELETE", "/api/me/sessions/s2", |_| Some((204, String::new())));
    world.answers_to("GET", "/api/me/sessions", |_| Some((200, ONE.to_owned())));
    world.click(&end_of_the_phone(&world)).await;
    world.sees("Signed out.").await;
    until("the phone is gone", || !world.text().contains("Safari on iPhone")).await;
    assert_eq!(world.sent("DELETE", "/s2").len(), 1);
    assert!(!world.text().contains("Sign out everywhere else"), "{}", world.text());
    let focused = document().active_element().and_then(|element| element.text_content());
    assert_eq!(focused.as_deref(), Some("Where you are signed in"), "the keyboard goes on from there");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_sign_in_that_could_not_be_ended_is_still_there_and_that_is_told() {
    let world = account().await;
    world.answers_to("DELETE", "/api/me/sessions", |_| None);
    world.click("Sign out everywhere else").await;
    world.sees("Cannot reach the server.").await;
    assert!(world.text().contains("Safari on iPhone"), "{}", world.text());
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_password_is_changed_with_the_present_one_only() {
    let world = account().await;
    world.answers_to("PUT", "/api/me/password", |_| Some((401, refusal("invalid_credentials", "no"))));
    world.fill("current-password", "wrong").await;
    world.fill("new-password", "a new long one").await;
    world.click("Change password").await;
    world.sees("That is not your current password.").await;
    world.answers_to("PUT", "/api/me/password", |_| Some((204, String::new())));
    world.fill("current-password", "right").await;
    world.click("Change password").await;
    world.sees("Your password was changed. You are signed out everywhere else.").await;
    let sent = world.sent("PUT", "/api/me/password");
    assert_eq!(sent[1].1, r#"{"current_password":"right","new_password":"a new long one"}"#);
    world.end().await;
}

#[wasm_bindgen_test]
async fn an_account_is_deleted_only_after_a_question_with_the_password() {
    let world = account().await;
    world.click("Delete account\u{2026}").await;
    world.sees("Your account will be deleted for good.").await;
    world.answers_to("DELETE", "/api/me", |_| Some((204, String::new())));
    world.fill("delete-password", "right").await;
    world.click("Delete for good").await;
    let sockets = seen_sockets();
    shut(&sockets.get(sockets.length() - 1), 4003);
    world.answers("/api/auth/refresh", |_| Some((401, refusal("unauthorized", "over"))));
    world.sees("Your account has been deleted.").await;
    assert_eq!(storage::read("account"), None);
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_is_signed_out_from_elsewhere_stands_at_the_door_and_reads_why() {
    for (code, why) in [
        (4011, "You were signed out on another device or in another tab."),
        (4012, "Your password was changed"),
        (4013, "your session was used in two places"),
        (4014, "The server ended your session."),
    ] {
        let world = signed_in().await;
        let sockets = seen_sockets();
        shut(&sockets.get(sockets.length() - 1), code);
        world.sees(why).await;
        world.button("Sign in");
        assert_eq!(storage::read("account"), None, "nothing of it is kept");
        assert_eq!(world.asked("/api/auth/refresh"), 0, "nobody is asked whether it is so");
        world.end().await;
    }
}

#[wasm_bindgen_test]
async fn a_duplicated_tab_uses_the_tokens_that_the_first_one_got() {
    let world = World::open(Some("kept")).await;
    world.signed_in().await;
    // What a tab says that has exchanged the same tokens a moment ago.
    let other = Tabs::join("session:r-kept", |_, _| ()).unwrap();
    let newer =
        format!(r#"{{"user":{ANNA},"access_token":"newer","expires_in":900,"refresh_token":"r-kept.2"}}"#);
    other.post(&newer, js_sys::Date::now());
    until("it is kept", || storage::read("account").unwrap().contains("r-kept.2")).await;
    world.answers("/api/contacts", |token| {
        Some(if token == "Bearer newer" {
            (200, "[]".to_owned())
        } else {
            (401, refusal("token_expired", "refresh it"))
        })
    });
    let sockets = seen_sockets();
    shut(&sockets.get(sockets.length() - 1), 4003);
    until("it is used", || world.text().contains("No contacts") || !world.text().contains("Ben")).await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(world.asked("/api/auth/refresh"), 0, "the token is exchanged by one of them");
    world.end().await;
}
