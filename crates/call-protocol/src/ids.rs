//! The ids of the protocol, as newtypes over text so that they cannot be confused. Ids from outside are
//! converted to their one spelling, see `parse`. Never generates an id.

use core::{fmt, marker::PhantomData};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident: $form:ident, $($limit:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema($($limit)*))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Wraps text that is known to be an id. Text from outside is read with [`Self::parse`].
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Reads text from outside; none if it cannot be an id. A UUID may have capital letters and is
            /// converted to small ones; no other spelling is accepted.
            pub fn parse(text: &str) -> Option<Self> {
                $form::read(text).map(Self)
            }

            /// The id as it is written in JSON.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        /// Ids from our own server need no check.
        impl crate::read::Read for $name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                json.text().map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Reader::<$form>(PhantomData)).map(Self)
            }
        }
    };
}

text_id! {
    /// One call: a row of the server's `calls` table.
    CallId: Uuid, format = "uuid"
}
text_id! {
    /// A conversation between two people, in which calls and messages happen.
    ConversationId: Uuid, format = "uuid"
}
text_id! {
    /// One tab or app of a user; chosen by the client, unique only for its user.
    DeviceId: Name, min_length = 1, max_length = 64, pattern = "^[!-~]+$"
}
text_id! {
    /// One message of a conversation.
    MessageId: Uuid, format = "uuid"
}
text_id! {
    /// One sign-in of a person, for as long as its tokens are refreshed.
    SessionId: Uuid, format = "uuid"
}
text_id! {
    /// A person with an account.
    UserId: Uuid, format = "uuid"
}

/// The spelling of a kind of id.
trait Form {
    /// The expected spelling, for error messages.
    const EXPECTED: &'static str;

    /// Converts a text to the one spelling.
    fn read(text: &str) -> Option<String>;
}

/// The text of a UUID (RFC 9562, section 4): written in lower case, read in either.
struct Uuid;

impl Form for Uuid {
    const EXPECTED: &'static str = "a UUID, such as 0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b";

    fn read(text: &str) -> Option<String> {
        let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
        // Without a branch for each byte: the server reads ids in every signal that it passes on.
        let all_digits = |part: &[u8]| part.iter().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
        let groups = [&bytes[..8], &bytes[9..13], &bytes[14..18], &bytes[19..23], &bytes[24..]];
        let hyphens = [8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-');
        let is_one = hyphens && groups.into_iter().all(all_digits);
        is_one.then(|| text.to_ascii_lowercase())
    }
}

/// A device id.
struct Name;

impl Form for Name {
    const EXPECTED: &'static str = "1 to 64 visible ASCII characters";

    fn read(text: &str) -> Option<String> {
        let is_one = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_one.then(|| text.to_owned())
    }
}

struct Reader<F>(PhantomData<F>);

impl<F: Form> Visitor<'_> for Reader<F> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(F::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        // Does not repeat the text, which may be long and contain anything.
        F::read(text).ok_or_else(|| E::custom(format_args!("an id is {}", F::EXPECTED)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b";

    #[test]
    fn a_uuid_may_have_capitals_and_no_other_spelling_is_accepted() {
        for same in [ID.to_owned(), ID.to_uppercase(), ID.replace('d', "D")] {
            assert_eq!(CallId::parse(&same), Some(CallId::from(ID)), "{same}");
            assert_eq!(serde_json::from_value::<UserId>(same.into()).unwrap(), UserId::from(ID));
        }
        for nobodys in [
            String::new(),
            ID.replace('-', ""),
            format!("{{{ID}}}"),
            format!("urn:uuid:{ID}"),
            format!(" {ID}"),
            format!("{ID}\n"),
            ID.replace('-', "\u{2010}"),
            ID.replace('a', "\u{ff41}"),
            ID.replace('a', "g"),
            "0190a2f41b7c-7def-8a9b-0c1d-2e3f4a5b".to_owned(),
            "x".repeat(36),
            "\u{1b}[31m".to_owned(),
        ] {
            assert_eq!(ConversationId::parse(&nobodys), None, "{nobodys:?}");
            let said = serde_json::from_value::<MessageId>(nobodys.clone().into()).unwrap_err().to_string();
            assert!(said.starts_with("an id is a UUID") && said.len() < 100, "{said}");
        }
    }

    #[test]
    fn a_device_id_is_short_and_visible() {
        for name in ["d1", "~", &"x".repeat(64)] {
            assert_eq!(serde_json::from_value::<DeviceId>(name.into()).unwrap(), DeviceId::from(name));
        }
        for name in ["", "a b", "a\n", "\u{e9}", &"x".repeat(65)] {
            assert!(serde_json::from_value::<DeviceId>(name.into()).is_err(), "{name:?}");
        }
    }
}
