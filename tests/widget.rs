//! The widget in somebody's page, as JavaScript mounts it, with fake devices and a fake server.

#![cfg(target_arch = "wasm32")]

#[path = "widget/calls.rs"]
mod calls;
mod fake;
#[path = "widget/leaving.rs"]
mod leaving;
#[path = "widget/page.rs"]
mod page;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
