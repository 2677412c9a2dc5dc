//! Every state of the messenger is reached and drawn, with a name for everything that can be used; and written out for the
//! gallery.

use crate::states::{State, of};
use call_client::ConnectionStatus;
use kit_browser::{gallery, screen};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn every_state_is_drawn_and_all_that_can_be_pressed_has_a_name() {
    for state in State::ALL {
        let (name, world) = (state.name(), state.show().await);
        for control in world.all("button, summary, input, select, textarea") {
            assert!(!label(&control).is_empty(), "{name}: {} has no name", control.outer_html());
        }
        world.end().await;
    }
    assert!(State::ALL.contains(&of(ConnectionStatus::Connected)));
}

/// A control's name; a field's may be around it, or point to it.
fn label(control: &web_sys::Element) -> String {
    let own = screen::name(control);
    let around = || control.closest("label").unwrap().and_then(|label| label.text_content());
    let pointing = || {
        let page = messenger_calls::platform::js::document();
        page.query_selector(&format!("label[for={:?}]", control.id())).unwrap()?.text_content()
    };
    if own.is_empty() { around().or_else(pointing).unwrap_or_default() } else { own }
}

/// Not a test: run by `cargo xtask gallery`.
#[wasm_bindgen_test]
#[ignore = "writes files: run by `cargo xtask gallery`"]
async fn writes_the_gallery() {
    for state in State::ALL {
        let world = state.show().await;
        gallery::write(state.name(), &world.all(".mc.im")[0]);
        world.end().await;
    }
}
