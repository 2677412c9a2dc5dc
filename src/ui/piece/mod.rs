//! Elements of the page: made once, kept up to date by Leptos' signals, gone with what they belong to.
//! Stands in for `view!`, which compiles its machinery once for every kind of element and closure: written with it,
//! the same interface was more than half of the download. Never knows what is drawn.

mod press;
mod view;

pub(crate) use press::GUARDED;

use crate::signal::RwSignal;
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, Event, HtmlElement, Node};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::collections::VecDeque;

/// One element with everything in it. Leptos asks that a view can be sent; this one stays with its thread.
pub struct Piece(SendWrapper<Made>);

struct Made {
    element: Element,
    /// Listeners, effects and children, which end with it.
    alive: Vec<Box<dyn Any>>,
}

/// What a reactive part of a piece does each time that a signal in it changes.
type Act = Box<dyn FnMut()>;

/// What makes the entries of a list.
type Make = Box<dyn Fn(&str) -> Option<Piece>>;

/// An element; an empty `class` leaves it without one.
pub(crate) fn el(tag: &str, class: &str) -> Piece {
    let page = document();
    let made = match tag {
        "svg" | "path" | "rect" | "text" => page.create_element_ns(Some("http://www.w3.org/2000/svg"), tag),
        _ => page.create_element(tag),
    };
    let element = made.expect("every tag in this crate is a valid name");
    let piece = Piece(SendWrapper::new(Made { element, alive: Vec::new() }));
    if class.is_empty() { piece } else { piece.attr("class", class) }
}

/// A `button`.
pub(crate) fn button(class: &str, press: impl FnMut() + 'static) -> Piece {
    el("button", class).press(press)
}

impl Piece {
    /// An attribute that stays as it is.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        set(&self.0.element, name, Some(value));
        self
    }

    /// An attribute that follows the signals in the function; nothing leaves it out.
    pub(crate) fn word<T: AsRef<str>>(
        self,
        name: &'static str,
        choose: impl Fn() -> Option<T> + 'static,
    ) -> Self {
        let element = self.0.element.clone();
        self.follow(move || set(&element, name, choose().as_ref().map(AsRef::as_ref)))
    }

    /// An attribute without a value that is there while the function says so.
    pub(crate) fn flag(self, name: &'static str, holds: impl Fn() -> bool + 'static) -> Self {
        self.word(name, move || holds().then_some(""))
    }

    /// A class that is there while the function says so.
    pub(crate) fn toggle(self, class: &'static str, holds: impl Fn() -> bool + 'static) -> Self {
        let classes = self.0.element.class_list();
        self.follow(move || drop(classes.toggle_with_force(class, holds())))
    }

    /// A property of its style that follows the signals in the function.
    pub(crate) fn style(self, name: &'static str, choose: impl Fn() -> Option<String> + 'static) -> Self {
        let style = self.html().style();
        self.follow(move || drop(style.set_property(name, &choose().unwrap_or_default())))
    }

    /// A text inside.
    pub(crate) fn text(self, text: &str) -> Self {
        append(&self.0.element, &document().create_text_node(text));
        self
    }

    /// A text inside that follows the signals in the function.
    pub(crate) fn says<T: AsRef<str>>(self, write: impl Fn() -> T + 'static) -> Self {
        let text = document().create_text_node("");
        append(&self.0.element, &text);
        self.follow(move || text.set_data(write().as_ref()))
    }

    /// An element inside.
    pub(crate) fn child(mut self, child: Piece) -> Self {
        append(&self.0.element, &child.0.element);
        self.keep(Box::new(child));
        self
    }

    /// Elements inside.
    pub(crate) fn children(self, children: impl IntoIterator<Item = Piece>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// An element inside that is made anew, or left out, whenever a signal in the function changes.
    pub(crate) fn live(self, make: impl FnMut() -> Option<Piece> + 'static) -> Self {
        self.boxed_live(Box::new(make))
    }

    fn boxed_live(self, mut make: Box<dyn FnMut() -> Option<Piece>>) -> Self {
        let place = document().create_comment("");
        append(&self.0.element, &place);
        let mut shown: Option<Piece> = None;
        self.follow(move || {
            let next = make();
            if let Some(next) = &next {
                // Out of the page there is nobody to see it.
                let _shown =
                    place.parent_node().map(|parent| parent.insert_before(&next.0.element, Some(&place)));
            }
            if let Some(last) = std::mem::replace(&mut shown, next) {
                last.0.element.remove();
            }
        })
    }

    /// Elements inside, and no others, that stay the same for as long as their keys stay.
    pub(crate) fn list(
        self,
        keys: impl Fn() -> Vec<String> + 'static,
        make: impl Fn(&str) -> Option<Piece> + 'static,
    ) -> Self {
        self.boxed_list(Box::new(keys), Box::new(make))
    }

    fn boxed_list(self, keys: Box<dyn Fn() -> Vec<String>>, make: Make) -> Self {
        let element = self.0.element.clone();
        // What an entry owns must outlive the next change of the list.
        let parent = Owner::current().map(|owner| owner.downgrade());
        let mut entries: Vec<Entry> = Vec::new();
        self.follow(move || {
            let Some(parent) = parent.as_ref().and_then(WeakOwner::upgrade) else { return };
            // Most entries are where they were: at the front of what is left.
            let mut last: VecDeque<_> = std::mem::take(&mut entries).into_iter().enumerate().collect();
            let (mut furthest, mut in_place) = (0, Vec::new());
            for key in keys() {
                let known = last.iter().position(|(_, entry)| entry.key == key);
                let known = known.and_then(|index| last.remove(index));
                let stays = known.as_ref().is_some_and(|(place, _)| *place >= furthest);
                if let (Some((place, _)), true) = (&known, stays) {
                    furthest = *place;
                }
                let entry = known.map(|(_, entry)| entry).or_else(|| {
                    let owner = parent.with(Owner::new);
                    let piece = owner.with(|| untrack(|| make(&key)))?;
                    Some(Entry { key, piece, owner })
                });
                if let Some(entry) = entry {
                    entries.push(entry);
                    in_place.push(stays);
                }
            }
            drop(last);
            // From the end, so that each has its successor in place already; what is in place is not touched.
            let mut next: Option<&Element> = None;
            for (Entry { piece, .. }, stays) in entries.iter().zip(in_place).rev() {
                let here = &piece.0.element;
                if !stays {
                    let _placed = element.insert_before(here, next.map(AsRef::as_ref));
                }
                next = Some(here);
            }
        })
    }

    /// What happens at a press that is meant for it: a double click is one, and so is a key that is held down.
    pub(crate) fn press(self, act: impl FnMut() + 'static) -> Self {
        self.boxed_press(Box::new(act))
    }

    fn boxed_press(self, mut act: Act) -> Self {
        let button = self.html();
        self.on("keydown", press::hold_back).on("click", move |event| {
            if press::is_meant(&button, &event) {
                act();
            }
        })
    }

    /// What happens at an event; as long as the element lives.
    pub(crate) fn on(mut self, kind: &str, act: impl FnMut(Event) + 'static) -> Self {
        let closure = Closure::wrap(Box::new(act) as Box<dyn FnMut(Event)>);
        let _added = self.0.element.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
        self.keep(Box::new(closure));
        self
    }

    /// Ties what is typed into the element to a signal, both ways.
    pub(crate) fn bind(self, value: RwSignal<String>) -> Self {
        let (element, typed) = (self.0.element.clone(), self.0.element.clone());
        let key = JsValue::from_str("value");
        let name = key.clone();
        self.on("input", move |_| {
            let text = js_sys::Reflect::get(&typed, &name).ok().and_then(|text| text.as_string());
            value.set(text.unwrap_or_default());
        })
        .follow(move || {
            let text = value.with(|text| JsValue::from_str(text));
            // Setting what is there already would move the caret.
            if js_sys::Reflect::get(&element, &key).is_ok_and(|there| there != text) {
                let _set = js_sys::Reflect::set(&element, &key, &text);
            }
        })
    }

    /// The element itself.
    pub(crate) fn html(&self) -> HtmlElement {
        self.0.element.clone().unchecked_into()
    }

    fn follow(self, act: impl FnMut() + 'static) -> Self {
        self.boxed_follow(Box::new(act))
    }

    fn boxed_follow(mut self, mut act: Act) -> Self {
        self.keep(Box::new(RenderEffect::new(move |_| act())));
        self
    }

    /// Something that ends with the element, after it has left the page.
    pub(crate) fn owning(mut self, what: impl Any) -> Self {
        self.keep(Box::new(what));
        self
    }

    fn keep(&mut self, what: Box<dyn Any>) {
        self.0.alive.push(what);
    }
}

/// An entry of a list; dropping it takes it out of the page.
struct Entry {
    key: String,
    piece: Piece,
    owner: Owner,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.piece.0.element.remove();
        self.owner.cleanup();
    }
}

fn set(element: &Element, name: &str, value: Option<&str>) {
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

/// Acts now, and again whenever a signal in the function changes, until the surrounding owner is gone.
pub(crate) fn watch(act: impl FnMut() + 'static) {
    boxed_watch(Box::new(act));
}

fn boxed_watch(mut act: Act) {
    Effect::new(move |_: Option<()>| act());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::timer::sleep;
    use core::time::Duration;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Effects run when the task that changed something is over.
    async fn settle() {
        sleep(Duration::ZERO).await;
    }

    fn staged(make: impl FnOnce() -> Piece + 'static) -> (HtmlElement, Box<dyn Any>) {
        let place: HtmlElement = el("div", "").html();
        document().body().unwrap().append_child(&place).unwrap();
        let mounted = leptos::mount::mount_to(place.clone(), make);
        (place, Box::new(mounted))
    }

    fn children(of: &HtmlElement) -> Vec<Element> {
        let list = of.query_selector("ul").unwrap().unwrap().children();
        (0..list.length()).filter_map(|index| list.item(index)).collect()
    }

    #[wasm_bindgen_test]
    async fn entries_that_stay_in_a_list_stay_the_same_elements_wherever_they_move() {
        let keys = RwSignal::new(vec!["a", "b", "c"]);
        let counted = RwSignal::new(0);
        let (place, _mounted) = staged(move || {
            el("ul", "").list(
                move || keys.get().into_iter().map(str::to_owned).collect(),
                move |key| {
                    let key = key.to_owned();
                    Some(el("li", "").says(move || [&key, counted.get().to_string().as_str()].concat()))
                },
            )
        });
        let before = children(&place);
        keys.set(vec!["c", "d", "a"]);
        counted.set(1);
        settle().await;
        let after = children(&place);
        assert_eq!(place.text_content().as_deref(), Some("c1d1a1"));
        assert_eq!([&after[0], &after[2]], [&before[2], &before[0]]);
        assert!(!before[1].is_connected());
        keys.set(Vec::new());
        settle().await;
        assert!(children(&place).is_empty());
        place.remove();
    }

    #[wasm_bindgen_test]
    async fn an_entry_that_moves_nowhere_keeps_the_focus_while_others_come_and_go() {
        let keys = RwSignal::new(vec!["a", "b", "c"]);
        let (place, _mounted) = staged(move || {
            el("ul", "").list(
                move || keys.get().into_iter().map(str::to_owned).collect(),
                |key| Some(el("button", "").text(key)),
            )
        });
        let b: HtmlElement = children(&place)[1].clone().unchecked_into();
        b.focus().unwrap();
        keys.set(vec!["x", "b", "y"]);
        settle().await;
        assert_eq!(place.text_content().as_deref(), Some("xby"));
        assert_eq!(document().active_element().as_ref(), Some(b.as_ref()));
        place.remove();
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
            el("div", "").live(move || {
                shows.get().then(|| {
                    let piece = el("b", "").text("here");
                    let element = piece.0.element.clone();
                    piece.owning(Watcher(element, was_there))
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
        let (place, _mounted) = staged(move || el("input", "").bind(text));
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
