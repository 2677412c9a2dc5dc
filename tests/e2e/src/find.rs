//! What a person looks for on the screen, and the script that finds it.

use std::fmt;

/// The script; its arguments are the role and the text.
pub(crate) const SCRIPT: &str = include_str!("find.js");

/// Something on the screen, by its kind and its text.
#[derive(Clone, Copy, Debug)]
pub enum Thing<'words> {
    /// Anything to press: a button, a tab, a link.
    Button(&'words str),
    /// Anything to type into, by its label.
    Field(&'words str),
    /// A part of a text.
    Text(&'words str),
}

impl Thing<'_> {
    /// The role, as the script takes it.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Button(_) => "button",
            Self::Field(_) => "field",
            Self::Text(_) => "text",
        }
    }

    /// Its text.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Button(words) | Self::Field(words) | Self::Text(words) => words,
        }
    }
}

impl fmt::Display for Thing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Button(words) => write!(f, "the button {words:?}"),
            Self::Field(words) => write!(f, "the field {words:?}"),
            Self::Text(words) => write!(f, "the text {words:?}"),
        }
    }
}
