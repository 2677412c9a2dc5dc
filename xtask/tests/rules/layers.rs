//! Who may know whom: the client's three rooms, the pure machine, the server's service, policy and store.
//! Each rule is one test with one sentence; the tests at the end show that a rule can be broken.

use crate::source::{Source, everything};
use crate::{assert_none, paths};

/// What the adapters of the browser share: tools, and what a page knows of time and of itself.
const SHARED_IN_PLATFORM: [&str; 9] =
    ["clock", "device", "js", "listener", "roster", "session", "storage", "timer", "wire"];
/// Who may join an adapter and what draws.
const JOINERS: [&str; 3] = ["src/messenger/mod.rs", "src/messenger/model", "src/widget/calls.rs"];
/// What joins the adapters, as the platform of the client.
const PLATFORM: [&str; 3] = ["src/platform/mod.rs", "src/platform/browser.rs", "src/platform/session.rs"];
/// What any page may use of the widget.
const FACE: [&str; 5] = ["Options", "STYLES", "Target", "Widget", "WidgetState"];

/// Every forbidden path in the files under `folder`, with its file.
fn forbidden(files: &[Source], folder: &str, forbid: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let inside = files.iter().filter(|file| file.name.starts_with(folder));
    let broken = |file: &Source| -> Vec<String> {
        let named = paths::of(file).into_iter().filter(|path| forbid(file, path));
        named.map(|path| format!("{} names {path}", file.name)).collect()
    };
    inside.flat_map(broken).collect()
}

/// Whether a path is this module or crate, or inside it.
fn goes_into(path: &str, module: &str) -> bool {
    path == module || path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"))
}

fn any_segment(path: &str, test: impl Fn(&str) -> bool) -> bool {
    path.split("::").any(test)
}

fn reads_a_clock(path: &str) -> bool {
    path.ends_with("::now") || any_segment(path, |part| part == "SystemTime")
}

fn ui_knows_too_much(_: &Source, path: &str) -> bool {
    any_segment(path, |part| part == "platform" || part.starts_with("Rtc"))
}

fn kit_knows_too_much(_: &Source, path: &str) -> bool {
    let tools = goes_into(path, "crate::platform::timer");
    let calls = any_segment(path, |part| ["call_core", "call_client"].contains(&part));
    calls || (goes_into(path, "crate::platform") && !tools)
}

fn messenger_knows_too_much(_: &Source, path: &str) -> bool {
    let shared = goes_into(path, "crate::widget::kit");
    let name = path.strip_prefix("crate::widget::").unwrap_or_default();
    goes_into(path, "crate::widget") && !shared && !FACE.contains(&name)
}

fn platform_knows_too_much(file: &Source, path: &str) -> bool {
    let own = paths::module(&file.name).get(1).cloned();
    let neighbour = adapter(path).is_some_and(|name| own.as_deref() != Some(name));
    let joins = PLATFORM.contains(&file.name.as_str());
    any_segment(path, |part| part.starts_with("leptos")) || (neighbour && !joins)
}

/// Where the names that people chose may be read unsanitized.
const READ_NAMES: [&str; 3] =
    ["src/messenger/sign_in.rs", "src/messenger/model/mod.rs", "src/widget/kit/names.rs"];

fn reads_a_name(file: &Source) -> bool {
    let shows = ["src/messenger/", "src/widget/calls.rs", "src/widget/kit/", "src/widget/ui/"]
        .iter()
        .any(|folder| file.name.starts_with(folder));
    shows && !READ_NAMES.contains(&file.name.as_str()) && file.code().contains("display_name")
}

/// The adapter of the platform that a path goes into; what the adapters share is none, a name in upper case neither.
fn adapter(path: &str) -> Option<&str> {
    let name = path.strip_prefix("crate::platform::")?.split("::").next()?;
    (name.starts_with(char::is_lowercase) && !SHARED_IN_PLATFORM.contains(&name)).then_some(name)
}

fn server_knows_too_much(file: &Source, path: &str) -> bool {
    let inside = paths::module(&file.name);
    let higher: &[&str] = match inside.first().map(String::as_str) {
        Some("routes" | "socket") => &["store::engine"],
        Some("service") => &["routes", "socket"],
        Some("store") => &["routes", "socket", "service"],
        Some(_) | None => &[],
    };
    higher.iter().any(|module| goes_into(path, &format!("crate::{module}")))
}

#[test]
fn the_machine_and_the_server_do_not_know_each_other() {
    let files = everything();
    let mut broken =
        forbidden(&files, "crates/call-core/", |_, path| any_segment(path, |part| part == "call_server"));
    broken.extend(forbidden(&files, "crates/call-server/", |_, path| {
        any_segment(path, |part| part == "call_core")
    }));
    assert_none("call-core and call-server never import each other", broken);
}

#[test]
fn the_machine_and_its_driver_read_no_clock() {
    let mut broken = forbidden(&everything(), "crates/call-core/src/", |_, path| reads_a_clock(path));
    broken.extend(forbidden(&everything(), "crates/call-client/src/", |_, path| reads_a_clock(path)));
    assert_none("time is an argument of the machine, and its driver gets it from the platform", broken);
}

/// Whether a path in the headless client goes into a browser, an interface or the server.
fn client_knows_too_much(_: &Source, path: &str) -> bool {
    let foreign = ["leptos", "web_sys", "js_sys", "wasm_bindgen", "call_server", "messenger_calls"];
    any_segment(path, |part| foreign.iter().any(|name| part.starts_with(name)))
}

#[test]
fn the_headless_client_imports_neither_a_browser_nor_an_interface() {
    let broken = forbidden(&everything(), "crates/call-client/", client_knows_too_much);
    assert_none("call-client reaches its surroundings through its platform traits only", broken);
}

#[test]
fn the_interface_knows_neither_the_platform_nor_peer_connections() {
    let broken = forbidden(&everything(), "src/widget/ui/", ui_knows_too_much);
    assert_none("src/widget/ui never names the platform or an Rtc type", broken);
}

#[test]
fn the_kit_knows_no_calls_and_only_timers_of_the_platform() {
    let broken = forbidden(&everything(), "src/widget/kit/", kit_knows_too_much);
    assert_none("what widget and messenger are both made of knows neither", broken);
}

#[test]
fn the_messenger_knows_the_public_face_of_the_widget_and_the_kit() {
    let broken = forbidden(&everything(), "src/messenger/", messenger_knows_too_much);
    assert_none("the messenger mounts the widget as any page does", broken);
}

#[test]
fn an_adapter_imports_neither_leptos_nor_another_adapter() {
    let broken = forbidden(&everything(), "src/platform/", platform_knows_too_much);
    assert_none("an adapter reports by events only", broken);
}

#[test]
fn only_the_stores_join_interface_and_platform() {
    let joins = |file: &&Source| {
        let named = paths::of(file);
        let adapts = named.iter().any(|path| adapter(path).is_some());
        let drawn = ["leptos", "crate::widget::ui", "crate::widget::kit::dom", "crate::widget::kit::parts"];
        let draws = named.iter().any(|path| drawn.iter().any(|module| goes_into(path, module)));
        adapts && draws
    };
    let files = everything();
    let client =
        files.iter().filter(|file| file.name.starts_with("src/") && !file.name.starts_with("src/platform/"));
    let others = client.filter(|file| !JOINERS.iter().any(|joiner| file.name.starts_with(joiner)));
    let broken = others.filter(joins).map(|file| file.name.clone()).collect();
    assert_none("only the stores join an adapter with Leptos or the interface", broken);
}

#[test]
fn names_of_people_reach_the_screen_only_through_the_sanitizer() {
    let broken =
        everything().iter().filter(|file| reads_a_name(file)).map(|file| file.name.clone()).collect();
    assert_none("`display_name` is read by kit/names.rs, when it is typed, and to sort by it", broken);
}

#[test]
fn sql_is_written_only_in_the_store() {
    let writes_sql = |file: &Source, path: &str| {
        let query = path.split("::").skip_while(|part| *part != "sqlx").any(|part| part.starts_with("query"));
        query && !file.name.starts_with("crates/call-server/src/store")
    };
    assert_none("SQL lives under store/", forbidden(&everything(), "crates/call-server/src/", writes_sql));
}

#[test]
fn call_rules_reads_no_clock_and_depends_on_the_protocol_alone() {
    let impure = |_: &Source, path: &str| reads_a_clock(path);
    let broken = forbidden(&everything(), "crates/call-rules/src", impure);
    assert_none("call-rules is pure", broken);
    let manifest = include_str!("../../../crates/call-rules/Cargo.toml");
    let (_, dependencies) = manifest.split_once("[dependencies]\n").expect("has dependencies");
    let names =
        dependencies.lines().take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty());
    assert_eq!(names.collect::<Vec<_>>(), ["call-protocol = { workspace = true }"]);
}

/// Whether a path is a function of the rules, and not a type that it hands on.
fn decides(_: &Source, path: &str) -> bool {
    path.strip_prefix("call_rules::").is_some_and(|name| name.starts_with(char::is_lowercase))
}

#[test]
fn the_store_asks_no_rule() {
    let broken = forbidden(&everything(), "crates/call-server/src/store", decides);
    assert_none("store/ is handed decisions, and names none of call-rules", broken);
}

/// Whether a path is the whole server's: everything that `App` holds.
fn is_everything(_: &Source, path: &str) -> bool {
    path == "crate::app" || path.starts_with("crate::app::")
}

#[test]
fn services_take_the_parts_that_they_use_and_never_the_whole_server() {
    let broken = forbidden(&everything(), "crates/call-server/src/service/", is_everything);
    assert_none("service/ takes `Calls`, `Accounts` or single parts, never `App`", broken);
}

#[test]
fn services_know_no_framework_of_http() {
    let knows = |_: &Source, path: &str| any_segment(path, |part| part == "axum" || part == "hyper");
    let broken = forbidden(&everything(), "crates/call-server/src/service/", knows);
    assert_none("service/ never speaks HTTP", broken);
}

#[test]
fn the_servers_environment_is_read_in_one_place() {
    let reads = |file: &Source, path: &str| {
        let environment = path.starts_with("std::env") || path.starts_with("env::");
        environment && !file.name.starts_with("crates/call-server/src/config/")
    };
    let broken = forbidden(&everything(), "crates/call-server/src/", reads);
    assert_none("only config/ reads the environment", broken);
}

/// Whether a file that handles outside input wraps text into an id without parsing it: `parse` and serde normalize ids.
fn makes_an_id_unread(file: &Source) -> bool {
    let edges = ["routes/", "socket/", "auth/", "config/", "service/", "operator_commands.rs", "main.rs"];
    let kinds = ["CallId", "ConversationId", "MessageId", "UserId", "DeviceId"];
    let code = file.code().replace("UserId(ids::fresh", "").replace("CallId(ids::fresh", "");
    let code = code.replace("DeviceId::from(NO_DEVICE)", "");
    let unread =
        |kind: &str| ["(", "::new", "::from"].iter().any(|way| code.contains(&format!("{kind}{way}")));
    edges.iter().any(|edge| file.name.starts_with(&format!("crates/call-server/src/{edge}")))
        && kinds.iter().any(|kind| unread(kind))
}

#[test]
fn an_id_from_outside_is_parsed_before_it_is_used() {
    let broken: Vec<_> =
        everything().iter().filter(|file| makes_an_id_unread(file)).map(|file| file.name.clone()).collect();
    assert_none("text from outside becomes an id by `parse` or serde only", broken);
    let file =
        |text: &str| Source { name: "crates/call-server/src/operator_commands.rs".into(), text: text.into() };
    assert!(makes_an_id_unread(&file("fn f() { let user = UserId(text); }")));
    assert!(makes_an_id_unread(&file("fn f() { text.map(CallId::from) }")));
    assert!(!makes_an_id_unread(&file("fn f() { UserId::parse(text) }")));
}

#[test]
fn the_layers_of_the_server_import_downwards() {
    let broken = forbidden(&everything(), "crates/call-server/src/", server_knows_too_much);
    assert_none("routes and socket use service, service uses the rules and the store", broken);
}

/// Whether a file of the API registers an address directly; the client's files and the metrics are not part of the API.
fn registers_without_documentation(file: &Source) -> bool {
    let others = ["/assets.rs", "/metrics.rs"];
    let api = ["routes", "socket"].map(|folder| format!("crates/call-server/src/{folder}/"));
    let inside = api.iter().any(|folder| file.name.starts_with(folder))
        && !others.iter().any(|other| file.name.ends_with(other));
    inside && [".route(", ".route_service(", ".nest("].iter().any(|call| file.code().contains(call))
}

#[test]
fn every_address_of_the_api_is_registered_with_its_documentation() {
    let files = everything();
    let broken = files.iter().filter(|file| registers_without_documentation(file));
    assert_none(
        "the API's routes are registered with `routes!` only",
        broken.map(|file| file.name.clone()).collect(),
    );
    let bare = "fn router() { Router::new().route(\"/api/x\", get(x)) }";
    let file = |name: &str| Source { name: name.into(), text: bare.into() };
    assert!(registers_without_documentation(&file("crates/call-server/src/routes/calls.rs")));
    assert!(!registers_without_documentation(&file("crates/call-server/src/routes/assets.rs")));
}

#[test]
fn a_broken_rule_is_found() {
    let titled =
        Source { name: "src/widget/ui/a.rs".into(), text: "//! A.\nfn f() { g(&user.display_name) }".into() };
    assert!(reads_a_name(&titled));
    let broken = |name: &str, text: &str, forbid: fn(&Source, &str) -> bool| {
        forbidden(&[Source { name: name.into(), text: text.into() }], "", forbid).len()
    };
    assert_eq!(
        broken("src/widget/ui/a.rs", "use crate::{platform::peer::Peer, view};", ui_knows_too_much),
        1
    );
    assert_eq!(
        broken("src/widget/ui/a.rs", "fn f(peer: web_sys::RtcPeerConnection) {}", ui_knows_too_much),
        1
    );
    assert_eq!(
        broken(
            "src/widget/ui/a.rs",
            "//! Never sees the platform.\nuse leptos::prelude::*;",
            ui_knows_too_much
        ),
        0
    );
    assert_eq!(
        broken("src/platform/peer/link.rs", "use super::super::sound::Sounds;", platform_knows_too_much),
        1
    );
    assert_eq!(broken("src/platform/sound.rs", "use super::peer::Peer;", platform_knows_too_much), 1);
    assert_eq!(broken("src/platform/browser.rs", "use super::peer::Peer;", platform_knows_too_much), 0);
    let kit = "src/widget/kit/a.rs";
    assert_eq!(broken(kit, "use crate::platform::timer::sleep;", kit_knows_too_much), 0);
    assert_eq!(broken(kit, "use crate::platform::{js, timer};", kit_knows_too_much), 1);
    let page = "src/messenger/a.rs";
    assert_eq!(broken(page, "use crate::widget::{Widget, kit::dom::El};", messenger_knows_too_much), 0);
    assert_eq!(broken(page, "use crate::widget::{self, ui::words, calls};", messenger_knows_too_much), 3);
    let client = "crates/call-client/src/client.rs";
    assert_eq!(broken(client, "use web_sys::WebSocket;", client_knows_too_much), 1);
    assert_eq!(broken(client, "use call_core::Machine;", client_knows_too_much), 0);
    assert_eq!(broken("src/platform/sound.rs", "use leptos::prelude::*;", platform_knows_too_much), 1);
    assert_eq!(
        broken(
            "src/platform/peer/link.rs",
            "use super::{Peer, js};\nuse crate::platform::js;",
            platform_knows_too_much
        ),
        0
    );
    let store = "crates/call-server/src/store/calls/initiate.rs";
    assert_eq!(broken(store, "fn f() { call_rules::over(record) }", decides), 1);
    assert_eq!(broken(store, "use call_rules::{Ending, Moment, invitation};", decides), 1);
    assert_eq!(broken(store, "use call_rules::{Ending, Moment};", decides), 0);
    let service = "crates/call-server/src/service/calls.rs";
    assert_eq!(broken(service, "use crate::{clock, routes::Reply};", server_knows_too_much), 1);
    assert_eq!(broken(service, "use crate::{app::App, clock};", is_everything), 1);
    assert_eq!(broken(service, "fn f(all: &crate::app::App) {}", is_everything), 1);
    assert_eq!(broken(service, "fn f() { Instant::now() }", |_, path| reads_a_clock(path)), 1);
}
