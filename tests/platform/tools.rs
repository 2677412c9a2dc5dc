//! Listeners, timers, the device and its credentials are values that release on drop.

use call_protocol::DeviceId;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use js_sys::{Function, Object, Reflect};
use kit_browser::fake;
use messenger_calls::platform::device::{Device, label_of};
use messenger_calls::platform::listener::Listener;
use messenger_calls::platform::storage;
use messenger_calls::platform::timer::{Interval, Timeout, sleep};
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventTarget};

fn counter() -> (Rc<Cell<u32>>, impl Fn() + Clone + 'static) {
    let count = Rc::new(Cell::new(0));
    let own = count.clone();
    (count, move || own.set(own.get() + 1))
}

#[wasm_bindgen_test]
fn a_dropped_listener_hears_nothing_more() {
    let (target, (heard, hear)) = (EventTarget::new().unwrap(), counter());
    let listener = Listener::new(&target, "ping", move |_| hear());
    let ping = || target.dispatch_event(&Event::new("ping").unwrap()).unwrap();
    ping();
    drop(listener);
    ping();
    assert_eq!(heard.get(), 1);
}

#[wasm_bindgen_test]
fn a_dropped_capturing_listener_hears_nothing_more() {
    let (target, (heard, hear)) = (EventTarget::new().unwrap(), counter());
    let listener = Listener::capturing(&target, "ping", move |_| hear());
    drop(listener);
    target.dispatch_event(&Event::new("ping").unwrap()).unwrap();
    assert_eq!(heard.get(), 0);
}

#[wasm_bindgen_test]
fn a_listener_may_drop_itself_while_it_runs() {
    let (target, (heard, hear)) = (EventTarget::new().unwrap(), counter());
    let slot: Rc<RefCell<Option<Listener>>> = Rc::default();
    let own = slot.clone();
    let listener = Listener::new(&target, "ping", move |_| {
        own.take();
        hear();
    });
    slot.replace(Some(listener));
    for _ in 0..2 {
        target.dispatch_event(&Event::new("ping").unwrap()).unwrap();
    }
    assert_eq!(heard.get(), 1);
}

#[wasm_bindgen_test]
async fn a_timer_that_is_dropped_never_fires() {
    let (fired, fire) = counter();
    drop(Timeout::new(Duration::from_millis(10), fire.clone()));
    drop(Interval::new(Duration::from_millis(10), fire));
    sleep(Duration::from_millis(60)).await;
    assert_eq!(fired.get(), 0);
}

#[wasm_bindgen_test]
async fn a_timeout_may_be_dropped_while_it_fires() {
    let slot: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let (own, (fired, fire)) = (slot.clone(), counter());
    let timeout = Timeout::new(Duration::from_millis(1), move || {
        own.take();
        fire();
    });
    slot.replace(Some(timeout));
    sleep(Duration::from_millis(40)).await;
    assert_eq!(fired.get(), 1);
}

#[wasm_bindgen_test]
fn a_device_is_named_by_its_browser_and_system() {
    let chromium =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
    let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0";
    let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1";
    assert_eq!(label_of(chromium), "Chromium on Linux");
    assert_eq!(label_of(firefox), "Firefox on Windows");
    assert_eq!(label_of(safari), "Safari on iPhone");
    assert_eq!(label_of(""), "Browser");
}

#[wasm_bindgen_test]
async fn a_tab_keeps_its_device_and_two_sessions_of_one_page_are_two_devices() {
    let first = Device::claim().await;
    let second = Device::claim().await;
    assert_ne!(first.id, second.id);
    let (first_id, second_id) = (first.id.clone(), second.id.clone());
    drop((first, second));
    // As after a reload.
    let (first, second) = (Device::claim().await, Device::claim().await);
    assert_eq!((&first.id, &second.id), (&first_id, &second_id));
}

#[wasm_bindgen_test]
async fn a_duplicated_tab_makes_a_device_of_its_own() {
    storage::write("device:0", "copied");
    let release = fake::take_lock("messenger-calls:copied").await;
    let device = Device::claim().await;
    assert_ne!(device.id, DeviceId::from("copied"));
    assert_eq!(storage::read("device:0"), Some(device.id.to_string()));
    release.call0(&wasm_bindgen::JsValue::UNDEFINED).unwrap();
}

#[wasm_bindgen_test]
async fn a_browser_that_never_answers_about_a_lock_keeps_nobody_from_connecting() {
    let navigator = web_sys::window().unwrap().navigator();
    let never = Function::new_with_args("name, options, callback", "return new Promise(() => {})");
    let (locks, property) = (Object::new(), Object::new());
    Reflect::set(&locks, &"request".into(), &never).unwrap();
    Reflect::set(&property, &"value".into(), &locks).unwrap();
    Reflect::set(&property, &"configurable".into(), &true.into()).unwrap();
    Reflect::define_property(&navigator, &"locks".into(), &property).unwrap();
    storage::write("device:0", "kept");
    let device = Device::claim().await;
    assert!(!device.id.as_str().is_empty());
    Reflect::delete_property(&navigator, &"locks".into()).unwrap();
}
