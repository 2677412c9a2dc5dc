//! The browser's family, as far as help texts differ.
//! Parses the user agent string that it is given; never reads it itself.

/// A family of browsers whose settings look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Browser {
    /// Chromium, Chrome and their relatives.
    Chromium,
    /// Microsoft Edge.
    Edge,
    /// Mozilla Firefox.
    Firefox,
    /// Safari on a Mac.
    Safari,
    /// Every browser on an iPhone or iPad.
    Ios,
    /// Anything else.
    Other,
}

impl Browser {
    /// Reads the family from `navigator.userAgent`.
    pub fn from_user_agent(text: &str) -> Self {
        // The order matters: Edge says "Chrome" too, and Chrome says "Safari".
        const FAMILIES: [(&str, Browser); 8] = [
            ("iPhone", Browser::Ios),
            ("iPad", Browser::Ios),
            ("Edg", Browser::Edge),
            ("Firefox/", Browser::Firefox),
            ("Chrome/", Browser::Chromium),
            ("Chromium/", Browser::Chromium),
            ("Safari/", Browser::Safari),
            ("AppleWebKit/", Browser::Safari),
        ];
        let family = FAMILIES.into_iter().find(|(mark, _)| text.contains(mark));
        family.map_or(Self::Other, |(_, browser)| browser)
    }
}
