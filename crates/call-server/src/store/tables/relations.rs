//! What people are to each other, as conditions of SQL: who blocks whom, who is a stranger to whom, who hides their address.
//! `$1` is the conversation, `$2` the caller and `$3` the callee, unless a condition names its people itself.
//! Never runs a statement.

use std::sync::LazyLock;

/// Whether the caller `$2` blocks the callee `$3`.
pub(in crate::store) const BLOCKS: &str =
    "EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $2 AND blocked_id = $3)";

/// Whether the callee `$3` blocks the caller `$2`.
pub(in crate::store) const BLOCKED: &str =
    "EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $3 AND blocked_id = $2)";

/// Whether the caller is a stranger to the callee `$3`, who has never written, called or answered in the conversation `$1`.
pub(in crate::store) const STRANGER: &str = "NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.sender_id = $3) \
    AND NOT EXISTS (SELECT 1 FROM calls c JOIN call_participants p ON p.call_id = c.id \
        WHERE c.conversation_id = $1 AND p.user_id = $3 AND p.joined_at IS NOT NULL)";

/// Whether the callee `$3` wants no unknown callers, and the caller is one.
pub(in crate::store) static UNWANTED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "EXISTS (SELECT 1 FROM user_settings u WHERE u.user_id = $3 AND u.silence_unknown_callers = 1 AND {STRANGER})"
    )
});

/// Whether the caller `$2` hides their network address: whom one calls is no stranger.
pub(in crate::store) const CALLER_HIDES: &str =
    "EXISTS (SELECT 1 FROM user_settings u WHERE u.user_id = $2 AND u.hide_address = 'everybody')";

/// Whether the callee `$3` hides theirs from whoever calls in the conversation `$1`.
pub(in crate::store) static CALLEE_HIDES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "EXISTS (SELECT 1 FROM user_settings u WHERE u.user_id = $3 \
         AND (u.hide_address = 'everybody' OR (u.hide_address = 'strangers' AND {STRANGER})))"
    )
});

/// The condition that two people, each named as SQL names them, are accepted contacts, whoever asked.
pub(in crate::store) fn acquainted(one: &str, two: &str) -> String {
    let asked = |requester, addressee| {
        format!(
            "EXISTS (SELECT 1 FROM contacts c \
             WHERE c.requester_id = {requester} AND c.addressee_id = {addressee} AND c.accepted_at IS NOT NULL)"
        )
    };
    format!("({} OR {})", asked(one, two), asked(two, one))
}
