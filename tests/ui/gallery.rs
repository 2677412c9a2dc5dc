//! Every state of the interface is drawn, with a name for everything that can be used; and written out for the gallery.

use crate::stage::Stage;
use crate::states::{State, states};
use call_core::CallView;
use kit_browser::{gallery, screen};
use std::collections::HashSet;
use wasm_bindgen_test::wasm_bindgen_test;

async fn shown(state: State) -> Stage {
    let stage = Stage::set(state.view, state.around, state.pages).await;
    stage.sound.set(state.sound);
    crate::stage::settle().await;
    stage
}

#[wasm_bindgen_test]
async fn every_state_is_drawn_under_a_name_of_its_own_and_so_is_all_that_can_be_pressed() {
    let mut names = HashSet::new();
    for state in states() {
        let (name, is_idle) = (state.name.clone(), state.view == CallView::Idle);
        assert!(names.insert(name.clone()), "two states are called {name}");
        let stage = shown(state).await;
        let windows = stage.all(".mc-window");
        assert_eq!(windows.len(), usize::from(!is_idle), "{name}: a call has one window");
        for window in &windows {
            assert!(window.has_attribute("aria-label"), "{name}: the window has no name");
            assert_eq!(window.get_attribute("tabindex").as_deref(), Some("-1"), "{name}: it takes the focus");
            assert_eq!(screen::all(window, "h2").len(), 1, "{name}: a heading to jump to");
        }
        for control in stage.all("button, summary, input, select, textarea, video") {
            assert!(!screen::name(&control).is_empty(), "{name}: {} has no name", control.outer_html());
        }
        assert!(!stage.text().trim().is_empty(), "{name}: nothing is written");
    }
}

/// Not a test: run by `cargo xtask gallery`.
#[wasm_bindgen_test]
#[ignore = "writes files: run by `cargo xtask gallery`"]
async fn writes_the_gallery() {
    for state in states() {
        let name = state.name.clone();
        let stage = shown(state).await;
        gallery::write(&name, &stage.all(".mc-parts")[0]);
    }
}
