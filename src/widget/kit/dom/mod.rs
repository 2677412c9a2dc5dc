//! The interface's own small DOM kit: elements are created once, follow Leptos' signals, and end with their owner.
//! Takes the place of `view!`, which compiles its code once for every type of element and closure: with it the same
//! interface was more than half of the download. Knows nothing of what is drawn.
//!
//! ```ignore
//! let count = RwSignal::new(0);
//! el(Tag::Div, "mc-row")
//!     .attr("role", "group")
//!     .child(button("mc-btn", move || count.update(|count| *count += 1)).text("More"))
//!     .child(el(Tag::Span, "").text_signal(move || count.get().to_string()))
//!     .child_signal(move || (count.get() > 9).then(|| el(Tag::P, "").text("Enough")))
//!     .on(ev::keydown, move |event| log(event.key()))
//! ```
//!
//! - here: elements, attributes, text, children, events · `list`: keyed children · `tag`: the elements that there are
//! - `press`: which clicks count as a press · `mount`: an element as Leptos mounts it

mod list;
mod mount;
mod press;
mod tag;

pub(crate) use press::GUARDED;
pub(crate) use tag::Tag;

use super::signal::RwSignal;
use leptos::ev::{self, Event, KeyboardEvent};
use leptos::prelude::*;
use leptos::tachys::html::event::EventDescriptor;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, HtmlElement, Node};
use send_wrapper::SendWrapper;
use std::any::Any;
use tag::Namespace;

/// An element with everything in it. Leptos asks that a view can be sent; this one stays on its thread.
pub struct El(SendWrapper<Inner>);

struct Inner {
    element: Element,
    /// Listeners, effects and children, which end with the element.
    kept: Vec<Box<dyn Any>>,
}

/// Runs again whenever a signal in it changes.
type Act = Box<dyn FnMut()>;

/// An element; an empty `class` leaves it without one.
pub(crate) fn el(tag: Tag, class: &str) -> El {
    let element = match tag.namespace() {
        Namespace::Html => document().create_element(tag.name()),
        Namespace::Svg => document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag.name()),
    };
    let element = element.expect("every tag is a valid name");
    let el = El(SendWrapper::new(Inner { element, kept: Vec::new() }));
    if class.is_empty() { el } else { el.attr("class", class) }
}

/// A `button`, and what a press of it does.
pub(crate) fn button(class: &str, press: impl FnMut() + 'static) -> El {
    el(Tag::Button, class).on_press(press)
}

impl El {
    /// Sets an attribute.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        set_attr(&self.0.element, name, Some(value));
        self
    }

    /// An attribute that follows the signals in `value`; left out while that is nothing.
    pub(crate) fn attr_signal<T: AsRef<str>>(
        self,
        name: &'static str,
        value: impl Fn() -> Option<T> + 'static,
    ) -> Self {
        let element = self.0.element.clone();
        self.render_effect(move || set_attr(&element, name, value().as_ref().map(AsRef::as_ref)))
    }

    /// A boolean attribute, such as `disabled`: there while `on` is true.
    pub(crate) fn toggle_attr(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.attr_signal(name, move || on().then_some(""))
    }

    /// An attribute that is "true" or "false", as most states of ARIA are.
    pub(crate) fn aria_signal(self, name: &'static str, value: impl Fn() -> bool + 'static) -> Self {
        self.attr_signal(name, move || Some(if value() { "true" } else { "false" }))
    }

    /// A class that is there while `on` is true.
    pub(crate) fn toggle_class(self, class: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        let classes = self.0.element.class_list();
        self.render_effect(move || drop(classes.toggle_with_force(class, on())))
    }

    /// A property of its style that follows the signals in `value`.
    pub(crate) fn style_signal(
        self,
        name: &'static str,
        value: impl Fn() -> Option<String> + 'static,
    ) -> Self {
        let style = self.element().style();
        self.render_effect(move || drop(style.set_property(name, &value().unwrap_or_default())))
    }

    /// Appends a text.
    pub(crate) fn text(self, text: &str) -> Self {
        append(&self.0.element, &document().create_text_node(text));
        self
    }

    /// Appends a text that follows the signals in `text`.
    pub(crate) fn text_signal<T: AsRef<str>>(self, text: impl Fn() -> T + 'static) -> Self {
        let node = document().create_text_node("");
        append(&self.0.element, &node);
        self.render_effect(move || node.set_data(text().as_ref()))
    }

    /// Appends an element.
    pub(crate) fn child(mut self, child: El) -> Self {
        append(&self.0.element, &child.0.element);
        self.keep_boxed(Box::new(child));
        self
    }

    /// Appends elements.
    pub(crate) fn children(self, children: impl IntoIterator<Item = El>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// Appends an element that is made again, or left out, whenever a signal in `make` changes.
    pub(crate) fn child_signal(self, make: impl FnMut() -> Option<El> + 'static) -> Self {
        self.boxed_child_signal(Box::new(make))
    }

    fn boxed_child_signal(self, mut make: Box<dyn FnMut() -> Option<El>>) -> Self {
        let place = document().create_comment("");
        append(&self.0.element, &place);
        let mut shown: Option<El> = None;
        self.render_effect(move || {
            let next = make();
            if let Some(next) = &next {
                // Without a parent it is not in the page.
                let _inserted =
                    place.parent_node().map(|parent| parent.insert_before(&next.0.element, Some(&place)));
            }
            if let Some(last) = std::mem::replace(&mut shown, next) {
                last.0.element.remove();
            }
        })
    }

    /// What a deliberate press does: a double click is one press, and so is a key that is held down.
    pub(crate) fn on_press(self, act: impl FnMut() + 'static) -> Self {
        self.boxed_on_press(Box::new(act))
    }

    fn boxed_on_press(self, mut act: Act) -> Self {
        let button = self.element();
        self.on(ev::keydown, |event| press::hold_back(&event)).on(ev::click, move |event| {
            if press::is_meant(&button, &event) {
                act();
            }
        })
    }

    /// Listens for an event for as long as the element lives.
    pub(crate) fn on<E: EventDescriptor>(self, event: E, mut act: impl FnMut(E::EventType) + 'static) -> Self
    where
        E::EventType: JsCast,
    {
        // Browsers give an event of this name that type.
        self.boxed_on(&event.name(), Box::new(move |event: Event| act(event.unchecked_into())))
    }

    /// What a key does that is pressed while the focus is in the element.
    pub(crate) fn on_key(self, key: &'static str, mut act: impl FnMut(KeyboardEvent) + 'static) -> Self {
        self.on(ev::keydown, move |event| {
            if event.key() == key {
                act(event);
            }
        })
    }

    fn boxed_on(mut self, name: &str, act: Box<dyn FnMut(Event)>) -> Self {
        let closure = Closure::wrap(act);
        let _added = self.0.element.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        self.keep_boxed(Box::new(closure));
        self
    }

    /// Keeps the value of a field and a signal equal, both ways.
    pub(crate) fn bind_value(self, value: RwSignal<String>) -> Self {
        let (element, typed) = (self.0.element.clone(), self.0.element.clone());
        let key = JsValue::from_str("value");
        let name = key.clone();
        self.on(ev::input, move |_| {
            let text = js_sys::Reflect::get(&typed, &name).ok().and_then(|text| text.as_string());
            value.set(text.unwrap_or_default());
        })
        .render_effect(move || {
            let text = value.with(|text| JsValue::from_str(text));
            // Setting an equal value would move the caret.
            if js_sys::Reflect::get(&element, &key).is_ok_and(|there| there != text) {
                let _set = js_sys::Reflect::set(&element, &key, &text);
            }
        })
    }

    /// The element itself.
    pub(crate) fn element(&self) -> HtmlElement {
        self.0.element.clone().unchecked_into()
    }

    fn render_effect(self, act: impl FnMut() + 'static) -> Self {
        self.boxed_render_effect(Box::new(act))
    }

    fn boxed_render_effect(mut self, mut act: Act) -> Self {
        self.keep_boxed(Box::new(RenderEffect::new(move |_| act())));
        self
    }

    /// Keeps a value for as long as the element lives; it is dropped after the element has left the page.
    pub(crate) fn keep(mut self, value: impl Any) -> Self {
        self.keep_boxed(Box::new(value));
        self
    }

    fn keep_boxed(&mut self, value: Box<dyn Any>) {
        self.0.kept.push(value);
    }
}

fn set_attr(element: &Element, name: &str, value: Option<&str>) {
    // Fails for invalid names only.
    let _set = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

fn append(element: &Element, child: &Node) {
    // Fails for an element that would contain itself.
    let _appended = element.append_child(child);
}

/// Runs now, and again whenever a signal in it changes, until the surrounding owner is gone.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    boxed_effect(Box::new(act));
}

fn boxed_effect(mut act: Act) {
    Effect::new(move |_: Option<()>| act());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::timer::sleep;
    use core::time::Duration;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Effects run when the task that changed something is over.
    pub(super) async fn settle() {
        sleep(Duration::ZERO).await;
    }

    pub(super) fn staged(make: impl FnOnce() -> El + 'static) -> (HtmlElement, Box<dyn Any>) {
        let place = el(Tag::Div, "").element();
        document().body().unwrap().append_child(&place).unwrap();
        let mounted = leptos::mount::mount_to(place.clone(), make);
        (place, Box::new(mounted))
    }

    #[wasm_bindgen_test]
    fn every_tag_makes_an_element_that_the_browser_knows() {
        for tag in Tag::ALL {
            let element = el(*tag, "").element();
            let class = js_sys::Object::get_prototype_of(&element).constructor().name();
            let class = class.as_string().unwrap();
            assert!(
                !["HTMLUnknownElement", "SVGElement", "Element"].contains(&class.as_str()),
                "{tag:?} is {class}"
            );
        }
    }

    #[wasm_bindgen_test]
    async fn what_a_replaced_element_owned_ends_after_it_has_left_the_page() {
        struct Watcher(Element, RwSignal<Option<bool>>);
        impl Drop for Watcher {
            fn drop(&mut self) {
                self.1.set(Some(self.0.is_connected()));
            }
        }
        let (shows, was_there) = (RwSignal::new(true), RwSignal::new(None));
        let (place, _mounted) = staged(move || {
            el(Tag::Div, "").child_signal(move || {
                shows.get().then(|| {
                    let b = el(Tag::B, "").text("here");
                    let element = b.0.element.clone();
                    b.keep(Watcher(element, was_there))
                })
            })
        });
        assert_eq!(place.text_content().as_deref(), Some("here"));
        shows.set(false);
        settle().await;
        assert_eq!(place.text_content().as_deref(), Some(""));
        assert_eq!(was_there.get_untracked(), Some(false));
        place.remove();
    }

    #[wasm_bindgen_test]
    async fn a_field_and_its_signal_follow_each_other() {
        let text = RwSignal::new("one".to_owned());
        let (place, _mounted) = staged(move || el(Tag::Input, "").bind_value(text));
        let field: leptos::web_sys::HtmlInputElement =
            place.query_selector("input").unwrap().unwrap().unchecked_into();
        assert_eq!(field.value(), "one");
        field.set_value("two");
        field.dispatch_event(&Event::new("input").unwrap()).unwrap();
        assert_eq!(text.get_untracked(), "two");
        text.set("three".to_owned());
        settle().await;
        assert_eq!(field.value(), "three");
        place.remove();
    }
}
