//! The icons: one table of path data, drawn for this project.
//!
//! Owns every icon of the widget and the messenger. Each is one path for a `0 0 24 24` view box, filled with
//! `currentColor` and `fill-rule="evenodd"`. It never knows how or where an icon is shown.

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// The product's mark: two speech bubbles that meet.
    Mark,
    /// A voice call.
    Phone,
    /// Hanging up, declining.
    HangUp,
    /// A video call, a camera that is on.
    Camera,
    /// A camera that is off.
    CameraOff,
    /// A microphone that is heard.
    Mic,
    /// A muted microphone.
    MicOff,
    /// A sound that plays.
    Sound,
    /// A sound that the browser holds back.
    SoundOff,
    /// A conversation, a text message.
    Message,
    /// The call history, a call nobody took.
    Clock,
    /// A call that came in.
    Incoming,
    /// A call that went out.
    Outgoing,
    /// A call that was not answered.
    Missed,
    /// Done, accepted.
    Check,
    /// Close, refuse, failed.
    Close,
    /// Add a contact.
    Plus,
    /// Go back (small screens).
    Back,
    /// A problem.
    Warning,
    /// A remark.
    Info,
    /// Trying again, reconnecting; turns when shown with `mc-spin`.
    Retry,
    /// The quality of the line.
    Signal,
    /// Another device of the same person.
    Device,
    /// Something that can be moved.
    Grip,
    /// A window fills the page.
    Expand,
    /// Back to the small window.
    Shrink,
    /// Leave the messenger.
    SignOut,
    /// Keep somebody away.
    Block,
    /// Take somebody off the list.
    Remove,
    /// What can be chosen.
    Settings,
}

impl Icon {
    /// Every icon, for tests and the gallery.
    pub const ALL: [Self; 30] = [
        Self::Mark,
        Self::Phone,
        Self::HangUp,
        Self::Camera,
        Self::CameraOff,
        Self::Mic,
        Self::MicOff,
        Self::Sound,
        Self::SoundOff,
        Self::Message,
        Self::Clock,
        Self::Incoming,
        Self::Outgoing,
        Self::Missed,
        Self::Check,
        Self::Close,
        Self::Plus,
        Self::Back,
        Self::Warning,
        Self::Info,
        Self::Retry,
        Self::Signal,
        Self::Device,
        Self::Grip,
        Self::Expand,
        Self::Shrink,
        Self::SignOut,
        Self::Block,
        Self::Remove,
        Self::Settings,
    ];

    /// The path data of the icon's shape.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Mark => concat!(
                "M9 2.5a7 7 0 1 1 0 14H2.4c-.6 0-.8-.6-.5-1l1.7-1.8A7 7 0 0 1 9 2.5z",
                "M15.3 8a6.6 6.6 0 0 1 5.1 10.8l1.5 1.7c.3.4.1 1-.5 1h-6.1a6.7 6.7 0 0 1 0-13.5z",
            ),
            Self::Phone => concat!(
                "M8.1 15.9c2.8 2.8 6.1 4.4 9 4.3 1.2 0 2-.9 2-2l.1-2.6c0-.9-.6-1.7-1.5-1.8l-2.3-.4c-.7-.2-1.3 0-1.8.5",
                "l-.8.9c-1.5-.8-2.8-2.1-3.6-3.6l.9-.8c.5-.5.7-1.1.5-1.8l-.4-2.3c-.1-.9-.9-1.5-1.8-1.5l-2.6.1",
                "c-1.1 0-2 .8-2 2-.1 2.9 1.5 6.2 4.3 9z",
            ),
            Self::HangUp => concat!(
                "M12 8.2c-4 0-7.4 1.2-9.4 3.3-.8.9-.8 2.1 0 2.9l1.8 1.9c.6.6 1.6.7 2.3.2l1.9-1.3c.6-.4.9-1 .9-1.7v-1.2",
                "c1.6-.5 3.4-.5 5 0v1.2c0 .7.3 1.3.9 1.7l1.9 1.3c.7.5 1.7.4 2.3-.2l1.8-1.9c.8-.8.8-2 0-2.9",
                "-2-2.1-5.4-3.3-9.4-3.3z",
            ),
            Self::Camera => concat!(
                "M4.5 6h8A2.5 2.5 0 0 1 15 8.5v7a2.5 2.5 0 0 1-2.5 2.5h-8A2.5 2.5 0 0 1 2 15.5v-7A2.5 2.5 0 0 1 4.5 6z",
                "M16.5 10.3l3.9-3c.7-.5 1.6 0 1.6.8v7.8c0 .8-.9 1.3-1.6.8l-3.9-3z",
            ),
            Self::CameraOff => concat!(
                "M9.2 6h3.3A2.5 2.5 0 0 1 15 8.5v3.3zM4.5 6h.3l10.1 10.1a2.5 2.5 0 0 1-2.4 1.9h-8A2.5 2.5 0 0 1 2 15.5v-7",
                "A2.5 2.5 0 0 1 4.5 6zM16.5 10.3l3.9-3c.7-.5 1.6 0 1.6.8v7.8c0 .8-.9 1.3-1.6.8L18.2 15l-1.7-1.7z",
                "M3.4 3.6a.9.9 0 0 1 1.2-1.2l17 17a.9.9 0 0 1-1.2 1.2z",
            ),
            Self::Mic => concat!(
                "M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z",
                "M5.2 11H7a5 5 0 0 0 10 0h1.8a6.8 6.8 0 0 1-5.9 6.7V20H15v1.8H9V20h2.1v-2.3A6.8 6.8 0 0 1 5.2 11z",
            ),
            Self::MicOff => concat!(
                "M9 6.3V6a3 3 0 0 1 6 0v6.3zM9 10.7V12a3 3 0 0 0 4.1 2.8zM17 11h1.8a6.8 6.8 0 0 1-1.2 3.9l-1.3-1.3A5 5 0 0 0 17 11z",
                "M5.2 11H7a5 5 0 0 0 6.9 4.6l1.4 1.4a6.8 6.8 0 0 1-2.4.7V20H15v1.8H9V20h2.1v-2.3A6.8 6.8 0 0 1 5.2 11z",
                "M3.4 4.1a.9.9 0 0 1 1.2-1.2l16.5 16.5a.9.9 0 0 1-1.2 1.2z",
            ),
            Self::Sound => concat!(
                "M3 9.5v5c0 .6.4 1 1 1h3l4.4 3.7c.6.5 1.6.1 1.6-.8V5.6c0-.9-1-1.3-1.6-.8L7 8.5H4c-.6 0-1 .4-1 1z",
                "M15.4 8.5a5 5 0 0 1 0 7l1.2 1.3a6.8 6.8 0 0 0 0-9.6zM18 5.8a8.8 8.8 0 0 1 0 12.4l1.3 1.3a10.6 10.6 0 0 0 0-15z",
            ),
            Self::SoundOff => concat!(
                "M3 9.5v5c0 .6.4 1 1 1h3l4.4 3.7c.6.5 1.6.1 1.6-.8V5.6c0-.9-1-1.3-1.6-.8L7 8.5H4c-.6 0-1 .4-1 1z",
                "M16.4 8.6l2.3 2.3L21 8.6l1.2 1.2-2.3 2.3 2.3 2.3-1.2 1.2-2.3-2.3-2.3 2.3-1.2-1.2 2.3-2.3-2.3-2.3z",
            ),
            Self::Message => concat!(
                "M5 4h14a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-7l-4.4 3.6c-.6.5-1.6.1-1.6-.8V17H5a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z",
                "M6 8v1.6h12V8zM6 11.4V13h8v-1.6z",
            ),
            Self::Clock => concat!(
                "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19zM12 4.6a7.4 7.4 0 1 0 0 14.8 7.4 7.4 0 0 0 0-14.8z",
                "M11 7h2v4.6l3.2 3.2-1.4 1.4-3.8-3.8z",
            ),
            Self::Incoming => "M18.8 6.6L9.5 16H16v2.2H5.8V8H8v6.5l9.3-9.4z",
            Self::Outgoing => "M5.2 17.4L14.5 8H8V5.8h10.2V16H16V9.5l-9.3 9.4z",
            Self::Missed => "M3 6h7.4v2.2H6.7l5.4 5.5 7.4-7.4L21 7.8l-8.9 9-6.9-7v3.8H3z",
            Self::Check => "M9.4 18.6l-6.3-6.4 1.6-1.6 4.7 4.8L19.3 5.6l1.6 1.6z",
            Self::Close => {
                "M6.6 5l5.4 5.4L17.4 5 19 6.6 13.6 12l5.4 5.4-1.6 1.6-5.4-5.4L6.6 19 5 17.4l5.4-5.4L5 6.6z"
            }
            Self::Plus => "M10.8 4.5h2.4v6.3h6.3v2.4h-6.3v6.3h-2.4v-6.3H4.5v-2.4h6.3z",
            Self::Back => "M15.6 4.5l1.6 1.6-5.9 5.9 5.9 5.9-1.6 1.6L8.1 12z",
            Self::Warning => concat!(
                "M13.7 3.9l8 14.1c.8 1.3-.2 3-1.7 3H4c-1.5 0-2.5-1.7-1.7-3l8-14.1c.8-1.3 2.6-1.3 3.4 0z",
                "M10.9 8.8l.4 5.8h1.4l.4-5.8zM10.9 16.2v2.1h2.2v-2.1z",
            ),
            Self::Info => {
                "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19zM10.9 6.8V9h2.2V6.8zM10.9 10.6v6.6h2.2v-6.6z"
            }
            Self::Retry => {
                "M12 4a8 8 0 1 0 7.7 10.2h-2.2A6 6 0 1 1 16.2 7.8l-2.7 2.7H20V4l-2.3 2.3A8 8 0 0 0 12 4z"
            }
            Self::Signal => "M3 16h3v5H3zM8 12h3v9H8zM13 8h3v13h-3zM18 4h3v17h-3z",
            Self::Device => concat!(
                "M4 4h12a2 2 0 0 1 2 2v2h-2V6H4v8h8v2H9v2h3v2H5v-2h2v-2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z",
                "M15.5 9.5h5A1.5 1.5 0 0 1 22 11v9a1.5 1.5 0 0 1-1.5 1.5h-5A1.5 1.5 0 0 1 14 20v-9a1.5 1.5 0 0 1 1.5-1.5z",
                "M16 11.5v6.3h4v-6.3z",
            ),
            Self::Grip => "M8 5h3v3H8zM13 5h3v3h-3zM8 10.5h3v3H8zM13 10.5h3v3h-3zM8 16h3v3H8zM13 16h3v3h-3z",
            Self::Expand => "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
            Self::Shrink => "M8 4h2v6H4V8h4zM14 4h2v4h4v2h-6zM4 14h6v6H8v-4H4zM14 14h6v2h-4v4h-2z",
            Self::SignOut => {
                "M4 3h9v2.1H6.1v13.8H13V21H4zM15.6 7.3l4.6 4.7-4.6 4.7-1.5-1.5 2.1-2.1H9v-2.2h7.2l-2.1-2.1z"
            }
            Self::Block => concat!(
                "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19zM12 4.7a7.3 7.3 0 0 0-5.8 11.7L16.4 6.2A7.3 7.3 0 0 0 12 4.7z",
                "M17.8 7.6L7.6 17.8A7.3 7.3 0 0 0 17.8 7.6z",
            ),
            Self::Remove => concat!(
                "M9 3.5a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4z",
                "M9 13.6c4.2 0 7.2 2.4 7.2 5.9v1H1.8v-1c0-3.5 3-5.9 7.2-5.9zM15 9.4h7.2v2.2H15z",
            ),
            Self::Settings => concat!(
                "M3 6.9h8.2a3 3 0 0 1 5.6 0H21v2.2h-4.2a3 3 0 0 1-5.6 0H3zM14 6.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
                "M3 14.9h4.2a3 3 0 0 1 5.6 0H21v2.2h-8.2a3 3 0 0 1-5.6 0H3zM10 14.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn every_icon_is_a_closed_shape_of_its_own() {
        for (index, icon) in Icon::ALL.into_iter().enumerate() {
            let path = icon.path();
            assert!(path.starts_with('M') && path.ends_with('z'), "{icon:?}");
            assert!(
                Icon::ALL[index + 1..].iter().all(|other| other.path() != path),
                "{icon:?} is drawn twice"
            );
        }
    }
}
