//! An element as Leptos mounts it. Never creates or changes one.

use super::El;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use leptos::web_sys::{Element, Node};

impl Render for El {
    type State = Self;

    fn build(self) -> Self {
        self
    }

    fn rebuild(mut self, shown: &mut Self) {
        shown.insert_before_this(&mut self);
        shown.unmount();
        *shown = self;
    }
}

impl Mountable for El {
    fn unmount(&mut self) {
        self.0.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.element.elements()
    }
}

/// What Leptos asks of a view that it mounts: mostly how to write it on a server, where there is no page.
impl RenderHtml for El {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, buf: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {
        buf.push_str(&self.0.element.outer_html());
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Self {
        self
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl AddAnyAttr for El {
    type Output<New: Attribute> = Self;

    /// The element exists already; it takes attributes by [`El::attr`].
    fn add_any_attr<New: Attribute>(self, _: New) -> Self {
        self
    }
}
