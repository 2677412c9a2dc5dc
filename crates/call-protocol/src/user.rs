//! A person as other people see them.
//! Never holds anything private.

use crate::UserId;
use crate::macros::readers;
use serde::{Deserialize, Serialize};

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// The unique name by which contacts are added.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// URL of a profile picture; if absent, initials are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_picture_url: Option<String>,
}

readers! {
    User { id, username, display_name, display_picture_url or nothing }
}
