//! Prints what a page shows to the test's output, where `cargo xtask gallery` reads it. Never changes the page.

use crate::screen::shadow_roots;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlInputElement};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn log(line: &str);

    /// What web-sys lacks.
    type Serializable;

    #[wasm_bindgen(method, js_name = getHTML)]
    fn get_html(this: &Serializable, options: &JsValue) -> String;
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
    log(&[MARK, name, "\t", &html(shown).replace('\n', "&#10;")].concat());
}

/// The element as HTML, with its open shadow roots, whose styles are those of the page.
fn html(shown: &Element) -> String {
    let roots: Array = shadow_roots(shown).iter().collect();
    let options = Object::new();
    Reflect::set(&options, &"shadowRoots".into(), &roots).unwrap();
    let inside = shown.unchecked_ref::<Serializable>().get_html(&options);
    let styled = r#"<template shadowrootmode="open"><link rel="stylesheet" href="calls.css">"#;
    let inside = inside.replace(r#"<template shadowrootmode="open">"#, styled);
    let around: Element = shown.clone_node_with_deep(false).unwrap().unchecked_into();
    around.outer_html().replacen("></", &[">", &inside, "</"].concat(), 1)
}
