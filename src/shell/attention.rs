//! The page's title while the person should look: it alternates with a text, and is itself again on drop.
//! Never touches a title that the page has changed meanwhile.

use super::js::document;
use super::timer::Interval;
use core::time::Duration;
use std::rc::Rc;

/// A flashing title.
#[must_use = "dropping it restores the title"]
pub struct Attention {
    title: String,
    text: Rc<str>,
    _flashing: Interval,
}

impl Attention {
    /// Shows the text at once, then the page's own title, and so on.
    pub fn new(text: &str) -> Self {
        let (title, text): (String, Rc<str>) = (document().title(), text.into());
        document().set_title(&text);
        let (own, other) = (title.clone(), text.clone());
        let flashing = Interval::new(Duration::from_secs(1), move || {
            let shown = document().title();
            if shown == own {
                document().set_title(&other);
            } else if shown == *other {
                document().set_title(&own);
            }
        });
        Self { title, text, _flashing: flashing }
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        if document().title() == *self.text {
            document().set_title(&self.title);
        }
    }
}
