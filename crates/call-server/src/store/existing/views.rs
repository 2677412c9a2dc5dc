//! The SQL that makes an application's tables look like the server's own: views, and a trigger that writes messages.
//! Never holds anything of the configuration but as a quoted name or literal.
//!
//! Each view reads from a function whose body is a text. PostgreSQL puts such a body into the query, where indexes
//! are used as ever, but does not count it as a dependency: the application can alter and drop its columns as before.
//! Functions and views run with the rights of whoever asks, so that they open nothing to anybody.

use super::Existing;
use crate::{
    ids,
    store::{
        existing::Name,
        quoting::{literal, quoted},
    },
};
use sha2::{Digest, Sha256};

/// The constraint that lets a call go with its conversation.
pub(super) const BOND: &str = "calls_conversation_of_the_application";
/// What stands in for a table.
pub(super) const VIEWS: [&str; 4] = ["users", "conversation_members", "contacts", MARKED];
/// The view whose comment says what they were made of.
pub(super) const MARKED: &str = "messages";
/// A message as the trigger sees it.
const NEW: Draft<'static> = Draft {
    id: "NEW.id",
    conversation: "NEW.conversation_id",
    sender: "NEW.sender_id",
    content: "NEW.content",
    is_system: "NEW.message_type = 'system'",
    metadata: "NEW.metadata",
    created_at: "NEW.created_at",
};

/// The values of a message, as SQL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft<'a> {
    pub(super) id: &'a str,
    pub(super) conversation: &'a str,
    pub(super) sender: &'a str,
    pub(super) content: &'a str,
    pub(super) is_system: &'a str,
    pub(super) metadata: &'a str,
    pub(super) created_at: &'a str,
}

/// A name as it is written in SQL.
pub(super) fn name(name: &Name) -> String {
    quoted(name.as_str())
}

/// The SQL that makes the views, and the mark that it leaves on one of them.
#[derive(Debug)]
pub(super) struct Views {
    pub(super) sql: String,
    pub(super) mark: String,
}

/// Everything that stands in for a table, made anew. Runs with the search path that the application's own triggers are to
/// see, which is kept with the trigger.
pub(super) fn all(existing: &Existing, search_path: &str) -> Views {
    let home = name(&existing.tables.schema);
    let views = [
        (
            "users",
            "id uuid, username text, display_name text, display_picture_url text, password_hash text",
            users(existing),
        ),
        ("conversation_members", "conversation_id uuid, user_id uuid", members(existing)),
        (
            "contacts",
            "requester_id uuid, addressee_id uuid, conversation_id uuid, accepted_at timestamptz",
            contacts(existing),
        ),
        (MARKED, &message_columns(existing), messages(existing)),
    ];
    let mut sql = String::new();
    for (view, columns, body) in views {
        sql += &format!(
            "DROP VIEW IF EXISTS {home}.{view};\nDROP FUNCTION IF EXISTS {home}.application_{view}();\n\
             CREATE FUNCTION {home}.application_{view}() RETURNS TABLE ({columns}) LANGUAGE sql STABLE AS {};\n\
             CREATE VIEW {home}.{view} AS SELECT * FROM {home}.application_{view}();\n",
            literal(&body)
        );
    }
    let body = format!("BEGIN {}; RETURN NEW; END", insert(existing, NEW, ""));
    sql += &format!(
        "CREATE OR REPLACE FUNCTION {home}.write_message() RETURNS trigger LANGUAGE plpgsql \
           SET search_path FROM CURRENT AS {};\n\
         CREATE TRIGGER write_message INSTEAD OF INSERT ON {home}.messages \
           FOR EACH ROW EXECUTE FUNCTION {home}.write_message();\n",
        literal(&body)
    );
    let mark = ids::hex(&Sha256::digest(format!("{search_path}\n{sql}")));
    sql += &format!("COMMENT ON VIEW {home}.{MARKED} IS {};\n", literal(&mark));
    Views { sql, mark }
}

/// Lets a call go with its conversation.
pub(super) fn bind_calls(existing: &Existing) -> String {
    let home = name(&existing.tables.schema);
    let (table, id) = (existing.conversations.sql(), name(&existing.tables.conversations.id));
    format!(
        "ALTER TABLE {home}.calls DROP CONSTRAINT IF EXISTS {BOND}, \
         ADD CONSTRAINT {BOND} FOREIGN KEY (conversation_id) REFERENCES {table} ({id}) ON DELETE CASCADE"
    )
}

/// Writes a message into the application's table; `source` is what follows the values: nothing, or where rows come from.
pub(super) fn insert(existing: &Existing, draft: Draft<'_>, source: &str) -> String {
    let (table, names) = (&existing.messages, &existing.tables.messages);
    let mut columns = vec![
        (&names.id, draft.id.to_owned()),
        (&names.conversation, draft.conversation.to_owned()),
        (&names.sender, draft.sender.to_owned()),
        (&names.content, draft.content.to_owned()),
        (&names.created_at, draft.created_at.to_owned()),
    ];
    if let Some((kind, column)) = names.kind.as_ref().and_then(|kind| Some((kind, table.column(kind)?))) {
        let word = |word: &str| format!("CAST({} AS {})", literal(word), column.kind);
        let (system, text) = (word(&names.kind_system), word(&names.kind_text));
        columns.push((kind, format!("CASE WHEN {} THEN {system} ELSE {text} END", draft.is_system)));
    }
    if let Some((metadata, column)) =
        names.metadata.as_ref().and_then(|name| Some((name, table.column(name)?)))
    {
        let nothing = if column.nullable { "NULL" } else { "'{}'" };
        let value = format!("CAST(coalesce({}, {nothing}) AS {})", draft.metadata, column.kind);
        columns.push((metadata, value));
    }
    let (names, values): (Vec<_>, Vec<_>) =
        columns.into_iter().map(|(column, value)| (name(column), value)).unzip();
    format!("INSERT INTO {} ({}) SELECT {}{source}", table.sql(), names.join(", "), values.join(", "))
}

fn users(existing: &Existing) -> String {
    let names = &existing.tables.users;
    let id = name(&names.id);
    let username =
        names.username.as_ref().map_or("NULL".to_owned(), |column| format!("{}::text", name(column)));
    let picture =
        names.picture.as_ref().map_or("NULL".to_owned(), |column| picture(column, &names.picture_origins));
    format!(
        "SELECT {id}, coalesce({username}, {id}::text), \
           coalesce(nullif(btrim({}::text), ''), {username}, 'Unnamed'), {picture}::text, \
           'kept elsewhere' FROM {}",
        name(&names.display_name),
        existing.users.sql()
    )
}

/// A picture's address, unless looking at it would tell somebody who is not known here: a path of the page's own origin, a
/// picture that is its own address, or one of the origins that the operator names. What browsers take for the beginning of
/// another origin (`//`, `/\`, blanks between) is no such path.
fn picture(column: &Name, origins: &[String]) -> String {
    let address = format!("btrim({}::text)", name(column));
    let mut known = vec![format!("{address} ~ '^/[A-Za-z0-9_.~-]'"), begins(&address, "data:image/")];
    known.extend(origins.iter().map(|origin| begins(&address, &format!("{origin}/"))));
    format!("CASE WHEN {} THEN {address} END", known.join(" OR "))
}

/// Whether a text begins with another, whatever letters that has.
fn begins(text: &str, with: &str) -> String {
    format!("left({text}, {}) = {}", with.chars().count(), literal(with))
}

fn members(existing: &Existing) -> String {
    let names = &existing.tables.members;
    format!(
        "SELECT DISTINCT {}, {} FROM {}",
        name(&names.conversation),
        name(&names.user),
        existing.members.sql()
    )
}

/// Two people are contacts when a conversation is theirs alone; of several such conversations, always the same one.
fn contacts(existing: &Existing) -> String {
    let names = &existing.tables.members;
    let (table, conversation, user) = (existing.members.sql(), name(&names.conversation), name(&names.user));
    format!(
        "SELECT DISTINCT ON (a.{user}, b.{user}) a.{user}, b.{user}, a.{conversation}, to_timestamp(0) \
         FROM {table} a JOIN {table} b ON b.{conversation} = a.{conversation} AND a.{user} < b.{user} \
         WHERE NOT EXISTS (SELECT 1 FROM {table} c \
           WHERE c.{conversation} = a.{conversation} AND c.{user} NOT IN (a.{user}, b.{user})) \
         ORDER BY a.{user}, b.{user}, a.{conversation}"
    )
}

/// The moments keep their type, so that the application's index on them is of use.
fn message_columns(existing: &Existing) -> String {
    let created_at = existing.messages.column(&existing.tables.messages.created_at);
    let moment = created_at.map_or("timestamptz", |column| column.kind.as_str());
    format!(
        "id uuid, conversation_id uuid, sender_id uuid, content text, message_type text, metadata jsonb, \
         created_at {moment}"
    )
}

fn messages(existing: &Existing) -> String {
    let names = &existing.tables.messages;
    let system = match &names.kind {
        Some(kind) => format!("{}::text = {}", name(kind), literal(&names.kind_system)),
        None => format!("{} IS NULL", name(&names.sender)),
    };
    let metadata = names.metadata.as_ref().map_or("NULL".to_owned(), name);
    format!(
        "SELECT {}, {}, {}, {}::text, CASE WHEN {system} THEN 'system' ELSE 'text' END, {metadata}::jsonb, {} FROM {}",
        name(&names.id),
        name(&names.conversation),
        name(&names.sender),
        name(&names.content),
        name(&names.created_at),
        existing.messages.sql()
    )
}
