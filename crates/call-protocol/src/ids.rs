//! The identifiers of the protocol, as newtypes over text so that one can never stand in for another.
//! Never parses or generates them: the server makes UUIDs, a device makes its own id.

use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $($limit:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema($($limit)*))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Wraps the text of an id.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as it stands on the wire.
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
    };
}

text_id! {
    /// One call: a row of the server's `calls` table.
    CallId, format = "uuid"
}
text_id! {
    /// A conversation between two people, in which calls and messages happen.
    ConversationId, format = "uuid"
}
text_id! {
    /// One tab or app of a user; made by the client, meaningful only together with its user.
    DeviceId, min_length = 1, max_length = 64, pattern = "^[!-~]+$"
}
text_id! {
    /// One message of a conversation.
    MessageId, format = "uuid"
}
text_id! {
    /// A person with an account.
    UserId, format = "uuid"
}
