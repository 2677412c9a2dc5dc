//! What a session with PostgreSQL lets itself be told about time, and which refusals of a connection pass by themselves.
//! Never opens one.

use std::time::Duration;

/// How long a request waits for one answer.
pub(in crate::store) const ANSWER: Duration = Duration::from_secs(5);
/// By how much the database is to give up earlier than we do: then the connection is as good as before, and nothing goes on
/// there of which nobody hears.
pub(in crate::store) const EARLIER: Duration = Duration::from_millis(500);
/// How long the database keeps a transaction, and its locks, for a server from which it hears nothing.
const ABANDONED: Duration = Duration::from_secs(10);

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Haste {
    /// Requests.
    Usual,
    /// What takes as long as it takes.
    None,
}

/// The statement that sets the limits of a session. Where the operator, or the role, has set a lower limit already, that one
/// stays; what a version or a kind of connection does not know is left out.
pub(in crate::store) fn limits(haste: Haste) -> String {
    let (abandoned, silent) = (ABANDONED.as_millis(), ABANDONED.as_secs());
    let mut limits = vec![
        // Locks of a server that vanished without a word would be held for hours.
        ("tcp_keepalives_idle", u128::from(silent)),
        ("tcp_keepalives_interval", 2),
        ("tcp_keepalives_count", 3),
        ("tcp_user_timeout", abandoned),
    ];
    if haste == Haste::Usual {
        limits.push(("statement_timeout", (ANSWER - EARLIER).as_millis()));
        limits.push(("idle_in_transaction_session_timeout", abandoned));
    }
    let limits: Vec<String> = limits.iter().map(|(name, most)| format!("('{name}', {most})")).collect();
    format!(
        "SELECT set_config(w.name, w.most::text, false) FROM (VALUES {}) AS w (name, most) \
         WHERE (SELECT s.setting FROM pg_settings s WHERE s.name = w.name)::bigint NOT BETWEEN 1 AND w.most",
        limits.join(", ")
    )
}

/// Whether a database that refuses a connection may take it in a moment: nobody listens yet, it starts or recovers, or
/// others have all connections.
pub(in crate::store) fn passes(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(error) = error {
        return error.kind() == std::io::ErrorKind::ConnectionRefused;
    }
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "57P03" || code == "53300")
}
