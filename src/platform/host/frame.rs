//! An element with a shadow root and our styles, to be put into a page.
//! Leaks no style and no name into the page, and does not know where it is.

use crate::platform::js;
use core::cell::RefCell;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

thread_local! {
    /// Shared by all shadow roots of the page.
    static SHEET: RefCell<Option<CssStyleSheet>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// What `Document` and `ShadowRoot` have in common, as far as web-sys lacks it.
    type Styled;

    #[wasm_bindgen(method, setter, js_name = adoptedStyleSheets)]
    fn set_adopted_style_sheets(this: &Styled, sheets: &Array);
}

/// The element, its shadow root, and the element in it in which the interface is mounted.
pub(super) struct Frame {
    pub(super) element: HtmlElement,
    pub(super) shadow: ShadowRoot,
    pub(super) root: HtmlElement,
}

impl Frame {
    /// Makes one that is not in the page yet.
    pub(super) fn new(styles: &str) -> Result<Self, JsValue> {
        let element: HtmlElement = js::document().create_element("div")?.unchecked_into();
        let shadow = element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))?;
        let sheets = Array::of1(&shared_sheet(styles)?.into());
        shadow.unchecked_ref::<Styled>().set_adopted_style_sheets(&sheets);
        let root: HtmlElement = js::document().create_element("div")?.unchecked_into();
        // For the layout of a page, by `::part()`.
        root.set_attribute("part", "root")?;
        shadow.append_child(&root)?;
        Ok(Self { element, shadow, root })
    }
}

/// Sets the style sheets of a page of our own.
pub fn dress_page(styles: &[&str]) {
    let sheets: Array = styles.iter().filter_map(|text| Some(JsValue::from(sheet(text).ok()?))).collect();
    js::document().unchecked_ref::<Styled>().set_adopted_style_sheets(&sheets);
}

fn shared_sheet(styles: &str) -> Result<CssStyleSheet, JsValue> {
    if let Some(sheet) = SHEET.with_borrow(Clone::clone) {
        return Ok(sheet);
    }
    let sheet = sheet(styles)?;
    SHEET.set(Some(sheet.clone()));
    Ok(sheet)
}

fn sheet(styles: &str) -> Result<CssStyleSheet, JsValue> {
    let sheet = CssStyleSheet::new()?;
    sheet.replace_sync(styles)?;
    Ok(sheet)
}
