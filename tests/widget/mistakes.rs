//! What a page can do wrong: each mistake has a code of its own and a sentence that says what to do.

use crate::page::{Page, options, place, serve, serve_nobody};
use core::time::Duration;
use js_sys::Reflect;
use kit_browser::fake::{function, open_sockets, parse, restore, seen_sockets, shut, until};
use messenger_calls::platform::js::get_text;
use messenger_calls::platform::timer::sleep;
use messenger_calls::widget::mount;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AbortController, HtmlElement};

/// The options of a page that gets one of them wrong.
fn with(name: &str, value: &JsValue) -> js_sys::Object {
    let options = options();
    Reflect::set(&options, &name.into(), value).unwrap();
    options
}

/// Mounts with an option, and waits for the error that the page hears.
async fn error_of(name: &str, value: &JsValue) -> (String, String) {
    serve();
    let page = Page::begin_with(place(), &with(name, value));
    until("an error", || page.heard().contains(&"error".to_owned())).await;
    let word = |key| page.detail("error", key).unwrap_or_default();
    let heard = (word("code"), word("message"));
    page.end().await;
    heard
}

#[wasm_bindgen_test]
async fn a_call_right_after_mounting_waits_for_its_contact() {
    serve();
    let page = Page::begin_at(place());
    assert!(!page.widget_works());
    assert_eq!(page.place_call("audio").await.unwrap(), "c1");
    assert_eq!(page.heard(), ["ringing"]);
    assert!(page.widget_works());
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_call_that_cannot_be_placed_is_rejected_with_the_reason() {
    let page = Page::open().await;
    assert_eq!(page.place_call("smoke signals").await.unwrap_err().0, "wrong_argument");
    page.widget.set_conversation(None);
    assert_eq!(page.place_call("audio").await.unwrap_err().0, "nobody_to_call");
    page.widget.set_contact(Some("u2".into()));
    assert_eq!(page.place_call("audio").await.unwrap(), "c1");
    assert_eq!(page.place_call("audio").await.unwrap_err().0, "already_in_call");
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_wish_to_call_that_waits_ends_with_hanging_up() {
    serve();
    let page = Page::begin_at(place());
    let call = page.widget.call(&"audio".into());
    page.widget.hang_up();
    let error = wasm_bindgen_futures::JsFuture::from(call).await.unwrap_err();
    assert_eq!(get_text(&error, "code").as_deref(), Some("cancelled"));
    until("the buttons", || page.widget_works()).await;
    assert_eq!(page.heard(), [""; 0], "nobody was called");
    page.end().await;
}

#[wasm_bindgen_test]
async fn whom_nobody_knows_is_told_with_the_id_and_said_where_the_buttons_would_be() {
    for (name, id, code) in [
        ("conversation", "k9", "unknown_conversation"),
        ("conversation", "k8", "larger_conversation"),
        ("contact", "u9", "unknown_contact"),
    ] {
        serve();
        let options = with("conversation", &JsValue::UNDEFINED);
        Reflect::set(&options, &name.into(), &id.into()).unwrap();
        let page = Page::begin_with(place(), &options);
        until("the error", || page.heard() == ["error"]).await;
        assert_eq!(page.detail("error", "code").as_deref(), Some(code));
        assert!(page.detail("error", "message").unwrap().contains(id));
        let shown = page.shadow().unwrap().text_content().unwrap();
        assert!(shown.contains("only call people in your contacts"), "{shown}");
        assert_eq!(page.place_call("audio").await.unwrap_err().0.split('_').next(), Some("unknown"));
        page.widget.set_contact(Some("u2".into()));
        until("the buttons", || page.widget_works()).await;
        page.end().await;
    }
}

#[wasm_bindgen_test]
async fn a_source_of_tokens_that_fails_is_told_once_and_asked_again() {
    let failing = js_sys::Function::new_no_args("throw new Error('no session')");
    let (code, message) = error_of("getToken", &failing).await;
    assert_eq!((code.as_str(), message.contains("no session")), ("get_token_failed", true), "{message}");
    let number = js_sys::Function::new_no_args("return { token: 'token' }");
    assert_eq!(error_of("getToken", &number).await.0, "get_token_not_text");
    let nobody = js_sys::Function::new_no_args("return null");
    assert_eq!(error_of("getToken", &nobody).await.0, "signed_out");

    serve();
    let page = Page::begin_with(place(), &with("getToken", &failing));
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(page.heard(), ["error"], "once, however often it is asked");
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_token_of_nobody_and_a_token_that_is_refused_are_different_mistakes() {
    let page = Page::open().await;
    let sockets = seen_sockets();
    shut(&sockets.get(sockets.length() - 1), call_protocol::close_code::UNKNOWN_USER);
    until("the error", || page.heard() == ["error"]).await;
    assert_eq!(page.detail("error", "code").as_deref(), Some("unknown_user"));
    assert_eq!(page.place_call("audio").await.unwrap_err().0, "unknown_user");
    page.end().await;

    serve_nobody();
    let page = Page::begin_at(place());
    until("the error", || page.heard() == ["error"]).await;
    assert_eq!(page.detail("error", "code").as_deref(), Some("token_refused"));
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_page_that_is_older_than_the_server_says_so_to_its_developer_and_to_the_person() {
    let page = Page::open().await;
    let sockets = seen_sockets();
    shut(&sockets.get(sockets.length() - 1), call_protocol::close_code::UNSUPPORTED_VERSION);
    until("the error", || page.heard() == ["error"]).await;
    assert_eq!(page.detail("error", "code").as_deref(), Some("outdated"));
    assert_eq!(page.place_call("audio").await.unwrap_err().0, "outdated");
    until("the reason", || {
        page.shadow()
            .and_then(|shadow| shadow.text_content())
            .is_some_and(|text| text.contains("This page is older than the server. Reload."))
    })
    .await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn an_option_that_does_not_exist_is_told_with_the_one_that_was_meant() {
    let (code, message) = error_of("conversationn", &"k1".into()).await;
    assert_eq!(code, "unknown_option");
    assert!(message.contains("did you mean conversation?"), "{message}");
    assert!(!error_of("zebra", &"k1".into()).await.1.contains("did you mean"));
    let (code, message) = error_of("theme", &parse(r#"{"--mc-inc":"red"}"#)).await;
    assert_eq!(code, "unknown_theme_property");
    assert!(message.contains("did you mean --mc-ink?"), "{message}");
}

#[wasm_bindgen_test]
fn what_cannot_work_at_all_is_thrown_as_a_type_error_with_a_sentence() {
    let thrown = |element: JsValue, options: &JsValue| {
        let error = mount(element, options).err().unwrap();
        assert!(error.is_instance_of::<js_sys::TypeError>());
        get_text(&error, "message").unwrap_or_default()
    };
    let somewhere = || place().into();
    assert!(thrown(JsValue::NULL, &options()).contains("needs an element of the page"));
    assert!(thrown("#calls".into(), &options()).contains("#calls"));
    assert!(thrown(somewhere(), &JsValue::UNDEFINED).contains("options.server"));
    assert!(thrown(somewhere(), &parse(r#"{"server":"https://calls.test"}"#)).contains("options.getToken"));
    for (name, value) in [
        ("server", JsValue::from("calls.test")),
        ("getToken", "a token".into()),
        ("conversation", 7.into()),
        ("contact", parse("{}")),
        ("theme", "dark".into()),
        ("buttons", "no".into()),
        ("title", "Chat".into()),
        ("signal", parse("{}")),
    ] {
        assert!(thrown(somewhere(), &with(name, &value)).contains(&["options.", name].concat()), "{name}");
    }
    for left in Page::places() {
        left.remove();
    }
}

#[wasm_bindgen_test]
async fn aborting_destroys_it_and_mounting_afterwards_makes_nothing() {
    serve();
    let abort = AbortController::new().unwrap();
    let with_signal = with("signal", &abort.signal());
    let page = Page::begin_with(place(), &with_signal);
    until("the buttons", || page.widget_works()).await;
    abort.abort();
    assert_eq!((open_sockets(), page.place.child_element_count(), Page::layers().len()), (0, 0, 0));
    let late: HtmlElement = place();
    let error = mount(late.clone().into(), &with_signal).err().unwrap();
    assert_eq!(get_text(&error, "name").as_deref(), Some("AbortError"));
    assert_eq!(late.child_element_count(), 0);
    late.remove();
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_server_that_cannot_be_reached_is_told_once_after_some_seconds() {
    serve();
    let nothing = function(|_| JsValue::NULL);
    kit_browser::fake::install(&nothing, &JsValue::UNDEFINED);
    let page = Page::begin_at(place());
    sleep(Duration::from_millis(500)).await;
    assert_eq!(page.heard(), [""; 0], "a slow start is nothing to report");
    until("the error", || page.heard() == ["error"]).await;
    assert_eq!(page.detail("error", "code").as_deref(), Some("server_unreachable"));
    let shown = page.shadow().unwrap().text_content().unwrap();
    assert!(shown.contains("Cannot reach the call server"), "{shown}");
    page.end().await;
    restore();
}
