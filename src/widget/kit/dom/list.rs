//! Keyed children: which elements of a list stay, move, are added or removed.
//! Never touches an element that stays in its place, so that it keeps the focus and a screen reader does not read it again.

use super::El;
use leptos::prelude::{Owner, untrack};
use leptos::reactive::owner::WeakOwner;
use leptos::web_sys::Element;
use std::any::Any;
use std::collections::VecDeque;

/// A key of any type, so that the list is compiled once.
trait Key {
    fn is(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<T: PartialEq + 'static> Key for T {
    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

type Keys = Box<dyn Fn() -> Vec<Box<dyn Key>>>;
type Make = Box<dyn Fn(&dyn Any) -> Option<El>>;

/// A child and its key; dropping it takes it out of the page.
struct Child {
    key: Box<dyn Key>,
    el: El,
    owner: Owner,
}

impl Drop for Child {
    fn drop(&mut self) {
        self.el.0.element.remove();
        self.owner.cleanup();
    }
}

impl El {
    /// The only children: one for each key, in this order. A child stays the same element while its key is equal, so a key
    /// holds what the child is made of.
    pub(crate) fn keyed_children<K: PartialEq + 'static>(
        self,
        keys: impl Fn() -> Vec<K> + 'static,
        make: impl Fn(&K) -> El + 'static,
    ) -> Self {
        let boxed = |key: K| -> Box<dyn Key> { Box::new(key) };
        self.boxed_children(
            Box::new(move || keys().into_iter().map(boxed).collect()),
            Box::new(move |key| key.downcast_ref().map(&make)),
        )
    }

    fn boxed_children(self, keys: Keys, make: Make) -> Self {
        let element = self.0.element.clone();
        // What a child owns must outlive the next change of the list.
        let parent = Owner::current().map(|owner| owner.downgrade());
        let mut children: Vec<Child> = Vec::new();
        self.render_effect(move || {
            let Some(parent) = parent.as_ref().and_then(WeakOwner::upgrade) else { return };
            // Most children have not moved, so each search finds its child at the front.
            let mut last: VecDeque<_> = std::mem::take(&mut children).into_iter().enumerate().collect();
            let (mut furthest, mut in_place) = (0, Vec::new());
            for key in keys() {
                let known = last.iter().position(|(_, child)| child.key.is((*key).as_any()));
                let known = known.and_then(|index| last.remove(index));
                let stays = known.as_ref().is_some_and(|(place, _)| *place >= furthest);
                if let (Some((place, _)), true) = (&known, stays) {
                    furthest = *place;
                }
                let child = known.map(|(_, child)| child).or_else(|| {
                    let owner = parent.with(Owner::new);
                    let el = owner.with(|| untrack(|| make((*key).as_any())))?;
                    Some(Child { key, el, owner })
                });
                if let Some(child) = child {
                    children.push(child);
                    in_place.push(stays);
                }
            }
            drop(last);
            // Backwards, so that the next sibling of each is in its place already.
            let mut next: Option<&Element> = None;
            for (Child { el, .. }, stays) in children.iter().zip(in_place).rev() {
                let here = &el.0.element;
                if !stays {
                    let _inserted = element.insert_before(here, next.map(AsRef::as_ref));
                }
                next = Some(here);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{settle, staged};
    use super::super::{Tag, button, el};
    use crate::widget::kit::signal::RwSignal;
    use leptos::prelude::document;
    use leptos::wasm_bindgen::JsCast;
    use leptos::web_sys::{Element, HtmlElement};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn children(of: &HtmlElement) -> Vec<Element> {
        let list = of.query_selector("ul").unwrap().unwrap().children();
        (0..list.length()).filter_map(|index| list.item(index)).collect()
    }

    #[wasm_bindgen_test]
    async fn children_that_stay_in_a_list_stay_the_same_elements_wherever_they_move() {
        let keys = RwSignal::new(vec!["a", "b", "c"]);
        let counted = RwSignal::new(0);
        let (place, _mounted) = staged(move || {
            el(Tag::Ul, "").keyed_children(
                move || keys.get(),
                move |key| {
                    let key = *key;
                    el(Tag::Li, "").text_signal(move || [key, counted.get().to_string().as_str()].concat())
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
    async fn a_child_that_moves_nowhere_keeps_the_focus_while_others_come_and_go() {
        let keys = RwSignal::new(vec!["a", "b", "c"]);
        let (place, _mounted) = staged(move || {
            el(Tag::Ul, "").keyed_children(move || keys.get(), |key| button("", || {}).text(key))
        });
        let b: HtmlElement = children(&place)[1].clone().unchecked_into();
        b.focus().unwrap();
        keys.set(vec!["x", "b", "y"]);
        settle().await;
        assert_eq!(place.text_content().as_deref(), Some("xby"));
        assert_eq!(document().active_element().as_ref(), Some(b.as_ref()));
        place.remove();
    }
}
