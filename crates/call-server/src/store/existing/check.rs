//! Whether an application's tables are as they were configured: one sentence for everything that is not.
//! Never changes anything: what `trial` writes is taken back.

use super::{
    Existing,
    catalog::{self, Column, Home, Table},
    trial, views,
};
use crate::store::{
    StoreError,
    existing::{ExistingTables, Name, TableName},
    quoting::quoted,
};
use sqlx::PgConnection;

/// Columns by which a table is known for one of ours.
const OURS: [(&str, &str); 10] = [
    ("users", "password_hash"),
    ("refresh_tokens", "spent_at"),
    ("conversation_members", "conversation_id"),
    ("conversation_members", "user_id"),
    ("contacts", "requester_id"),
    ("messages", "message_type"),
    ("settings", "key"),
    ("calls", "initiator_id"),
    ("call_participants", "joined_at"),
    ("account_invitations", "token_hash"),
];

/// What a column has to hold.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Id,
    Text,
    /// A text or one of an enumeration.
    Word,
    Moment,
    Json,
}

/// A column that is asked for, by a flag.
type Wanted<'a> = (&'static str, &'a Name, Kind);

/// Finds the application's tables, and compares them with the configuration.
///
/// # Errors
/// Every mismatch; when the database fails.
pub(super) async fn existing(db: &mut PgConnection, tables: &ExistingTables) -> Result<Existing, StoreError> {
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *db).await?;
    let (users, conversations) = (&tables.users, &tables.conversations);
    let (members, messages) = (&tables.members, &tables.messages);
    let found = [
        ("--users-table", find(db, &users.table).await?),
        ("--conversations-table", find(db, &conversations.table).await?),
        ("--members-table", find(db, &members.table).await?),
        ("--messages-table", find(db, &messages.table).await?),
    ];
    let mut sentences = Vec::new();
    let schemas = found.iter().filter_map(|(_, table)| table.as_ref().ok());
    if let Some(table) = schemas.clone().find(|table| table.schema == tables.schema.as_str()) {
        sentences.push(format!(
            "the server's own tables need a schema of their own: {} holds {}; name another with --tables-schema",
            tables.schema,
            table.shown()
        ));
    } else {
        own_schema(&mut sentences, catalog::home(db, &tables.schema).await?, &tables.schema, &role);
    }
    let wanted: [&[Wanted<'_>]; 4] = [
        &users_wanted(tables),
        &[("--conversations-id", &conversations.id, Kind::Id)],
        &[
            ("--members-conversation", &members.conversation, Kind::Id),
            ("--members-user", &members.user, Kind::Id),
        ],
        &messages_wanted(tables),
    ];
    for ((flag, found), wanted) in found.iter().zip(wanted) {
        match found {
            Ok(table) => columns(&mut sentences, table, wanted),
            Err(name) => sentences.push(format!("there is no table {name}: name the right one with {flag}")),
        }
    }
    let [(_, users), (_, conversations), (_, members), (_, messages)] = found;
    let (Ok(users), Ok(conversations), Ok(members), Ok(messages)) = (users, conversations, members, messages)
    else {
        return Err(StoreError::Mismatches(sentences));
    };
    let existing = Existing { tables: tables.clone(), users, conversations, members, messages };
    rules(&mut sentences, &existing);
    rights(&mut sentences, &existing, &role);
    if sentences.is_empty() {
        sentences = trial::refusals(db, &existing).await?;
    }
    if sentences.is_empty() { Ok(existing) } else { Err(StoreError::Mismatches(sentences)) }
}

/// A sentence for each table under a name of ours, in the schema where ours would be, that is not ours.
pub(super) async fn strangers(db: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let select = "SELECT DISTINCT t.name FROM unnest($1::text[], $2::text[]) AS t (name, column_name) \
        JOIN pg_class c ON c.relname = t.name AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
        WHERE c.relkind NOT IN ('r', 'p') OR NOT EXISTS (SELECT 1 FROM pg_attribute a \
          WHERE a.attrelid = c.oid AND a.attname = t.column_name AND NOT a.attisdropped) ORDER BY 1";
    let (names, columns): (Vec<_>, Vec<_>) = OURS.into_iter().unzip();
    let found: Vec<String> = sqlx::query_scalar(select).bind(names).bind(columns).fetch_all(db).await?;
    let sentence = |name: &String| {
        format!(
            "the table {name} is another program's: name the application's tables with --users-table, \
             --conversations-table, --members-table and --messages-table, or give the server a database of its own"
        )
    };
    Ok(found.iter().map(sentence).collect())
}

/// Whether all views are there, and made of what they are to be made of.
pub(super) async fn is_made(
    db: &mut PgConnection,
    existing: &Existing,
    mark: &str,
) -> Result<bool, StoreError> {
    let select = "SELECT count(*) = $4 AND coalesce(bool_or(c.relname = $3 AND obj_description(c.oid, 'pg_class') = $5), false) \
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = $1 AND c.relkind = 'v' AND c.relname = ANY ($2)";
    let made = sqlx::query_scalar(select)
        .bind(existing.tables.schema.as_str())
        .bind(views::VIEWS.as_slice())
        .bind(views::MARKED)
        .bind(i64::try_from(views::VIEWS.len()).unwrap_or(i64::MAX))
        .bind(mark);
    Ok(made.fetch_one(db).await?)
}

/// Whether calls go with the conversations that are configured now.
pub(super) async fn is_bound(db: &mut PgConnection, existing: &Existing) -> Result<bool, StoreError> {
    let select = "SELECT EXISTS (SELECT 1 FROM pg_constraint k \
          JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND k.confkey = ARRAY[a.attnum] \
        WHERE n.nspname = $1 AND c.relname = 'calls' AND k.conname = $2 AND k.confrelid = $3 AND a.attname = $4)";
    let bound = sqlx::query_scalar(select)
        .bind(existing.tables.schema.as_str())
        .bind(views::BOND)
        .bind(existing.conversations.oid)
        .bind(existing.tables.conversations.id.as_str());
    Ok(bound.fetch_one(db).await?)
}

/// A table, or the name under which there is none.
async fn find<'a>(
    db: &mut PgConnection,
    name: &'a TableName,
) -> Result<Result<Table, &'a TableName>, StoreError> {
    Ok(catalog::table(db, name).await?.ok_or(name))
}

fn users_wanted(tables: &ExistingTables) -> Vec<Wanted<'_>> {
    let users = &tables.users;
    let mut wanted =
        vec![("--users-id", &users.id, Kind::Id), ("--users-display-name", &users.display_name, Kind::Text)];
    wanted.extend(users.username.iter().map(|column| ("--users-username", column, Kind::Text)));
    wanted.extend(users.picture.iter().map(|column| ("--users-picture", column, Kind::Text)));
    wanted
}

fn messages_wanted(tables: &ExistingTables) -> Vec<Wanted<'_>> {
    let messages = &tables.messages;
    let mut wanted = vec![
        ("--messages-id", &messages.id, Kind::Id),
        ("--messages-conversation", &messages.conversation, Kind::Id),
        ("--messages-sender", &messages.sender, Kind::Id),
        ("--messages-content", &messages.content, Kind::Text),
        ("--messages-created-at", &messages.created_at, Kind::Moment),
    ];
    wanted.extend(messages.kind.iter().map(|column| ("--messages-type", column, Kind::Word)));
    wanted.extend(messages.metadata.iter().map(|column| ("--messages-metadata", column, Kind::Json)));
    wanted
}

fn own_schema(sentences: &mut Vec<String>, home: Home, name: &Name, role: &str) {
    if home.holds_accounts || !(home.empty || home.ours) {
        sentences.push(format!(
            "the schema {name} holds something else already: name another one for the server's own tables with --tables-schema"
        ));
    } else if !home.writable {
        let how = if home.exists {
            format!("GRANT USAGE, CREATE ON SCHEMA {} TO {}", views::name(name), quoted(role))
        } else {
            format!("CREATE SCHEMA {} AUTHORIZATION {}", views::name(name), quoted(role))
        };
        sentences.push(format!("the role {role} may not make tables in the schema {name}: {how}"));
    }
}

fn columns(sentences: &mut Vec<String>, table: &Table, wanted: &[Wanted<'_>]) {
    for (flag, name, kind) in wanted {
        match table.column(name) {
            None => sentences.push(format!(
                "{} has no column {name}: name the right one with {flag}{}",
                table.shown(),
                if may_lack(flag) { ", or say `none`" } else { "" }
            )),
            Some(column) if !fits(column, *kind) => sentences.push(format!(
                "{}.{name} ({flag}) is of the type {}, and has to be {}",
                table.shown(),
                column.kind,
                asked(*kind)
            )),
            Some(_) => {}
        }
    }
}

fn may_lack(flag: &str) -> bool {
    ["--users-username", "--users-picture", "--messages-type", "--messages-metadata"].contains(&flag)
}

fn fits(column: &Column, kind: Kind) -> bool {
    match kind {
        Kind::Id => column.kind == "uuid",
        Kind::Text => column.category == "S",
        Kind::Word => ["S", "E"].contains(&column.category.as_str()),
        Kind::Moment => column.kind.starts_with("timestamp"),
        Kind::Json => ["json", "jsonb"].contains(&column.kind.as_str()),
    }
}

fn asked(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "a uuid",
        Kind::Text => "a text",
        Kind::Word => "a text or an enumeration",
        Kind::Moment => "a timestamp",
        Kind::Json => "json or jsonb",
    }
}

/// What the types do not say: what is unique, and that a message may come from nobody and needs nothing unknown.
fn rules(sentences: &mut Vec<String>, existing: &Existing) {
    let Existing { tables, users, conversations, messages, .. } = existing;
    if !conversations.is_table {
        sentences.push(format!(
            "{} is a view: --conversations-table has to be a table, so that calls can refer to it",
            conversations.shown()
        ));
    }
    for (table, id) in [(users, &tables.users.id), (conversations, &tables.conversations.id)] {
        if table.is_table && table.column(id).is_some_and(|column| !column.unique) {
            let shown = table.shown();
            sentences.push(format!("{shown}.{id} is not unique: make it the primary key or add a UNIQUE"));
        }
    }
    let (table, names) = (messages.shown(), &tables.messages);
    if messages.column(&names.sender).is_some_and(|sender| !sender.nullable) {
        sentences.push(format!(
            "{table}.{} has to accept NULL, since a message about a call has no sender: ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL",
            names.sender,
            messages.sql(),
            views::name(&names.sender)
        ));
    }
    let wanted = messages_wanted(tables);
    let known = |column: &Column| wanted.iter().any(|(_, name, _)| name.as_str() == column.name);
    for column in messages.columns.iter().filter(|column| !column.nullable && !column.fills_itself) {
        if !known(column) {
            let column = &column.name;
            sentences.push(format!(
                "{table}.{column} needs a value in every message, which the server does not know: give the column a default"
            ));
        }
    }
}

/// What the server's role has to be allowed.
fn rights(sentences: &mut Vec<String>, existing: &Existing, role: &str) {
    let Existing { tables, users, conversations, members, messages } = existing;
    let (grantee, members_names) = (quoted(role), &tables.members);
    let names = |wanted: Vec<Wanted<'_>>| wanted.into_iter().map(|(_, name, _)| name.clone()).collect();
    let message_names: Vec<Name> = names(messages_wanted(tables));
    let person_names: Vec<Name> = names(users_wanted(tables));
    let pair = [members_names.conversation.clone(), members_names.user.clone()];
    for table in [users, conversations, members, messages] {
        if !table.reachable {
            let schema = quoted(&table.schema);
            let sentence = format!(
                "the role {role} may not use the schema {}: GRANT USAGE ON SCHEMA {schema} TO {grantee}",
                table.schema
            );
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        if table.hidden {
            sentences.push(format!(
                "row level security hides {} from the role {role}: ALTER ROLE {grantee} BYPASSRLS, or CREATE POLICY … TO {grantee}",
                table.shown()
            ));
        }
    }
    let mut lacks = |table: &Table, right: &str, columns: &[Name], may: fn(&Column) -> bool| {
        let columns = columns.iter().filter_map(|name| table.column(name));
        let missing: Vec<_> =
            columns.filter(|column| !may(column)).map(|column| quoted(&column.name)).collect();
        if !missing.is_empty() {
            sentences.push(format!(
                "the role {role} lacks the right {right} in {}: GRANT {right} ({}) ON {} TO {grantee}",
                table.shown(),
                missing.join(", "),
                table.sql()
            ));
        }
    };
    lacks(users, "SELECT", &person_names, |column| column.may_select);
    lacks(members, "SELECT", &pair, |column| column.may_select);
    lacks(messages, "SELECT", &message_names, |column| column.may_select);
    lacks(messages, "INSERT", &message_names, |column| column.may_insert);
    let conversation = std::slice::from_ref(&tables.conversations.id);
    lacks(conversations, "REFERENCES", conversation, |column| column.may_reference);
}
