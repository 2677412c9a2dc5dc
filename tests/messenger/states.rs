//! Every state of the messenger, by name: what the browser tests go through and what `cargo xtask gallery` shows.
//! Each is reached by what a person and the server do; a new state of the connection does not compile without one.

use crate::signed_in::signed_in;
use crate::world::{ANNA, BEN, CARLA, World, contact, message, refusal};
use call_client::{ConnectionStatus, SessionEnd};
use kit_browser::fake::{seen_sockets, shut, until};
use messenger_calls::platform::js::window;
use web_sys::Event;

/// These states under their names, and all of them in a list.
macro_rules! states {
    ($($state:ident $name:literal)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum State { $($state,)+ }

        impl State {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$state,)+];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$state => concat!("messenger/", $name),)+ }
            }
        }
    };
}

states! {
    SignIn "sign-in"
    WrongPassword "wrong-password"
    Register "register"
    NameTaken "name-taken"
    ByInvitation "by-invitation"
    NoRegistration "no-registration"
    AccountsElsewhere "accounts-elsewhere"
    SessionExpired "session-expired"
    NoContacts "no-contacts"
    Contacts "contacts"
    EveryGroup "every-group"
    Conversation "conversation"
    Unsent "unsent"
    NotSent "not-sent"
    NoLongerContacts "no-longer-contacts"
    AskedToBlock "asked-to-block"
    Blocked "blocked"
    AskedToRemove "asked-to-remove"
    Calls "calls"
    Settings "settings"
    Devices "devices"
    PasswordRefused "password-refused"
    AskedToDelete "asked-to-delete"
    Connecting "connecting"
    Checking "checking-the-connection"
    ServerAway "server-away"
    OpenElsewhere "open-in-another-tab"
    PageOutdated "page-outdated"
}

/// What shows how the connection stands.
pub(crate) const fn of(status: ConnectionStatus) -> State {
    match status {
        ConnectionStatus::Connecting => State::Connecting,
        ConnectionStatus::Connected => State::Contacts,
        ConnectionStatus::Doubted => State::Checking,
        ConnectionStatus::Lost => State::ServerAway,
        ConnectionStatus::Over(SessionEnd::Replaced) => State::OpenElsewhere,
        ConnectionStatus::Over(SessionEnd::Outdated) => State::PageOutdated,
        ConnectionStatus::Over(_) => State::SessionExpired,
    }
}

impl State {
    /// Opens the page and brings it into this state.
    pub(crate) async fn show(self) -> World {
        match self {
            Self::SignIn => {
                let world = World::open(None).await;
                world.sees("Try anna or ben").await;
                world
            }
            Self::WrongPassword => {
                let world = World::open(None).await;
                world.answers("/api/auth/login", |_| Some((401, refusal("invalid_credentials", "no"))));
                world.fill("username", "anna").await;
                world.fill("password", "wrong").await;
                world.click("Sign in").await;
                world.sees("Wrong name or password.").await;
                world
            }
            Self::Register => registration().await,
            Self::NameTaken => {
                let world = registration().await;
                world.answers("/api/auth/register", |_| {
                    Some((409, refusal("name_taken", "this name is taken; choose another")))
                });
                world.fill("username", "anna").await;
                world.fill("password", "longenough").await;
                world.click("Create account").await;
                world.sees("This name is taken").await;
                world
            }
            Self::ByInvitation => registration_is("invite", "You need an invitation").await,
            Self::NoRegistration => registration_is("closed", "for an account").await,
            Self::AccountsElsewhere => {
                let mut world = World::open(None).await;
                let config =
                    r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[],"accounts_elsewhere":true}"#;
                world.answers("/api/config", move |_| Some((200, config.to_owned())));
                world.load();
                world.sees("Sign in through the app").await;
                world
            }
            Self::SessionExpired => {
                let world = signed_in().await;
                world.answers("/api/auth/refresh", |_| Some((401, refusal("unauthorized", "over"))));
                shut(&seen_sockets().get(seen_sockets().length() - 1), 4003);
                world.sees("Your session has expired.").await;
                world
            }
            Self::NoContacts => with_contacts(vec![], "No contacts yet.").await,
            Self::Contacts => signed_in().await,
            Self::EveryGroup => every_group().await,
            Self::Conversation => conversation().await,
            Self::Unsent => {
                let world = conversation().await;
                world.loses_the_network().await;
                writes(&world, "(waiting for a connection").await;
                world
            }
            Self::NotSent => {
                let world = conversation().await;
                world.answers_to("POST", MESSAGES, |_| {
                    Some((422, refusal("invalid_request", "this is too long")))
                });
                writes(&world, "Not sent").await;
                world
            }
            Self::NoLongerContacts => {
                let world = conversation().await;
                world.server_says(r#"{"type":"contact_removed","user_id":"u2"}"#).await;
                world.sees("no longer contacts").await;
                world
            }
            Self::AskedToBlock => asked("Block Ben").await,
            Self::Blocked => {
                let world = conversation().await;
                world.answers_to("PUT", "/api/blocks/u2", |_| Some((204, String::new())));
                world.answers_to("GET", "/api/blocks", |_| Some((200, format!("[{BEN}]"))));
                world.click("Block Ben").await;
                world.click("Block").await;
                world.sees("You blocked Ben.").await;
                world
            }
            Self::AskedToRemove => asked("Remove Ben").await,
            Self::Calls => {
                let world = conversation().await;
                world.answers("/api/calls/history", |_| Some((200, history())));
                world.click("Calls").await;
                world.sees("Call back").await;
                world
            }
            Self::Settings => settings().await,
            Self::Devices => devices().await,
            Self::PasswordRefused => {
                let world = devices().await;
                world.answers_to("PUT", "/api/me/password", |_| {
                    Some((401, refusal("invalid_credentials", "no")))
                });
                world.fill("current-password", "wrong").await;
                world.fill("new-password", "a new long one").await;
                world.click("Change password").await;
                world.sees("not your current password").await;
                world
            }
            Self::AskedToDelete => {
                let world = devices().await;
                world.click("Delete account\u{2026}").await;
                world.sees("deleted for good").await;
                world
            }
            Self::Connecting => {
                let mut world = World::open(None).await;
                world.cut_off();
                World::remember("kept");
                world.load();
                world.sees("Connecting").await;
                world
            }
            Self::Checking => {
                let world = signed_in().await;
                // The server promises signs of life; the page asks for one and gets none.
                let promise = r#","live_calls":[],"ended_calls":[],"proof_seconds":600}"#;
                world.server_says(&[r#"{"type":"welcome","user":"#, ANNA, promise].concat()).await;
                until("the doubt", || {
                    window().dispatch_event(&Event::new("offline").unwrap()).unwrap();
                    world.text().contains("Checking the connection")
                })
                .await;
                world
            }
            Self::ServerAway => {
                let world = conversation().await;
                world.loses_the_network().await;
                world.sees("Cannot reach the server.").await;
                world
            }
            Self::PageOutdated => {
                let world = signed_in().await;
                shut(&seen_sockets().get(seen_sockets().length() - 1), 4005);
                world.sees("This page is older than the server. Reload.").await;
                world
            }
            Self::OpenElsewhere => {
                let world = signed_in().await;
                shut(&seen_sockets().get(seen_sockets().length() - 1), 4009);
                world.sees("open in another tab").await;
                world
            }
        }
    }
}

const MESSAGES: &str = "/api/conversations/k1/messages";

async fn registration() -> World {
    let world = World::open(None).await;
    world.click("Create an account").await;
    world.fill("username", "dora").await;
    world
}

/// The window in front of the messenger where accounts are made in this way.
async fn registration_is(way: &str, text: &str) -> World {
    let mut world = World::open(None).await;
    let config =
        format!(r#"{{"calls_enabled":true,"ring_seconds":45,"ice_servers":[],"registration":"{way}"}}"#);
    world.answers("/api/config", move |_| Some((200, config.clone())));
    world.load();
    world.sees(text).await;
    world
}

/// Signed in, with these people on the list.
async fn with_contacts(people: Vec<String>, text: &str) -> World {
    let mut world = signed_in().await;
    world.answers("/api/contacts", move |_| Some((200, format!("[{}]", people.join(",")))));
    world.load();
    world.sees(text).await;
    world
}

async fn every_group() -> World {
    let dora = r#"{"id":"u4","username":"dora","display_name":"Dora"}"#;
    let emil = r#"{"id":"u5","username":"emil","display_name":"Emil"}"#;
    let fritz = r#"{"id":"u6","username":"fritz","display_name":"Fritz"}"#;
    let people = [
        contact(BEN, "accepted", true),
        contact(CARLA, "incoming", false),
        contact(dora, "accepted", false),
        contact(emil, "outgoing", false),
    ];
    let mut world = signed_in().await;
    world.answers("/api/contacts", move |_| Some((200, format!("[{}]", people.join(",")))));
    world.answers("/api/blocks", move |_| Some((200, format!("[{fritz}]"))));
    world.load();
    world.sees("Blocked (1)").await;
    world
}

async fn conversation() -> World {
    let world = signed_in().await;
    let call = r#"{"id":"m2","conversation_id":"k1","content":"Missed voice call","message_type":"system","metadata":{"system_type":"call","call_id":"c1","call_type":"audio","status":"missed","initiator_id":"u2"},"created_at":"2025-11-25T10:02:00Z"}"#;
    let said = [
        message(1, "u2", "hello"),
        call.to_owned(),
        message(3, "u1", "I was out. Shall we talk now?"),
        message(4, "u2", "Yes! See https://calls.example/today"),
    ];
    world
        .answers_to("GET", MESSAGES, move |_| Some((200, format!(r#"{{"messages":[{}]}}"#, said.join(",")))));
    world.click("Ben").await;
    world.sees("Yes! See").await;
    world
}

async fn writes(world: &World, until: &str) {
    world.fill("Message to Ben", "Are you there?").await;
    world.click("Send").await;
    world.sees(until).await;
}

async fn asked(what: &str) -> World {
    let world = conversation().await;
    world.click(what).await;
    world.sees("Cancel").await;
    world
}

fn history() -> String {
    let call = |number: u32, status: &str, role: &str| {
        format!(
            r#"{{"call":{{"id":"c{number}","conversation_id":"k1","initiator_id":"u2","call_type":"audio","status":"{status}","created_at":"2025-11-25T10:30:00Z","updated_at":"2025-11-25T10:30:00Z"}},"peer":{BEN},"role":"{role}"}}"#
        )
    };
    let calls = [call(1, "missed", "callee"), call(2, "declined", "caller"), call(3, "failed", "caller")];
    format!(r#"{{"calls":[{}]}}"#, calls.join(","))
}

async fn settings() -> World {
    let world = signed_in().await;
    world.answers("/api/settings", |_| {
        Some((
            200,
            r#"{"silence_unknown_callers":true,"hide_address":"strangers","has_relay":true}"#.to_owned(),
        ))
    });
    world.click("Settings").await;
    world.sees("Hide my IP address from").await;
    world
}

async fn devices() -> World {
    let world = settings().await;
    let sessions = r#"[
        {"id":"s1","device":"Firefox on Linux","network":"192.0.2.1","created_at":"2026-01-01T08:00:00Z","used_at":"2026-01-02T08:00:00Z","current":true},
        {"id":"s2","device":"Safari on iPhone","created_at":"2026-01-01T09:00:00Z","used_at":"2026-01-01T09:00:00Z","current":false}]"#;
    world.answers_to("GET", "/api/me/sessions", move |_| Some((200, sessions.to_owned())));
    world.click("Devices and password").await;
    world.sees("Safari on iPhone").await;
    world
}
