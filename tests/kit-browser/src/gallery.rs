//! Prints what a page shows to the test's output, where `cargo xtask gallery` reads it. Never changes the page.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Element, HtmlInputElement};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn log(line: &str);
}

/// The beginning of a line with a state; `xtask` looks for it.
const MARK: &str = "gallery\t";

/// Prints a state as static HTML on one line.
pub fn write(name: &str, shown: &Element) {
    // Typed and selected values are not attributes and would be lost.
    for field in crate::screen::all(shown, "input") {
        let field: HtmlInputElement = field.unchecked_into();
        let _set = field.set_attribute("value", &field.value());
    }
    for option in crate::screen::all(shown, "option:checked") {
        let _set = option.set_attribute("selected", "");
    }
    let html = shown.outer_html().replace('\n', "&#10;");
    log(&[MARK, name, "\t", &html].concat());
}
