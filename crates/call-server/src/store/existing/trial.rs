//! Writes a message of the server and one of a person into an application's table, and takes both back: what checks and
//! triggers say is not to be read from the catalog.
//! Never leaves anything: nobody else sees a transaction that does not end well.

use super::{
    Existing,
    views::{self, Draft},
};
use crate::store::StoreError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A message about a call, as the server writes it.
const OF_A_CALL: Draft<'static> = Draft {
    id: "gen_random_uuid()",
    conversation: "m.conversation",
    sender: "NULL",
    content: "'Voice call'",
    is_system: "true",
    metadata: r#"'{"system_type": "call"}'::jsonb"#,
    created_at: "now()",
};
/// A message of a member.
const OF_A_MEMBER: Draft<'static> = Draft {
    sender: "m.person",
    content: "'Hello'",
    is_system: "false",
    metadata: "NULL::jsonb",
    ..OF_A_CALL
};

/// A sentence for each kind of message that the application's table does not take. Without any conversation there
/// is nothing to try, and nothing is said.
pub(super) async fn refusals(db: &mut PgConnection, existing: &Existing) -> Result<Vec<String>, StoreError> {
    let mut sentences = Vec::new();
    for (draft, whose) in [(OF_A_CALL, "about a call, which has no sender"), (OF_A_MEMBER, "of a member")] {
        if let Some(refusal) = refusal(db, existing, draft).await? {
            let table = existing.messages.shown();
            sentences.push(format!("{table} does not take a message {whose}: {refusal}"));
        }
    }
    Ok(sentences)
}

async fn refusal(
    db: &mut PgConnection,
    existing: &Existing,
    draft: Draft<'_>,
) -> Result<Option<String>, StoreError> {
    let names = &existing.tables.members;
    let (conversation, person) = (views::name(&names.conversation), views::name(&names.user));
    let source = format!(
        " FROM (SELECT {conversation} AS conversation, {person} AS person FROM {} \
         WHERE {conversation} IS NOT NULL AND {person} IS NOT NULL LIMIT 1) m",
        existing.members.sql()
    );
    let insert = views::insert(existing, draft, &source);
    let mut attempt = db.begin().await?;
    // Checks that wait for the end of the transaction are asked now.
    let sql = AssertSqlSafe(format!("{insert}; SET CONSTRAINTS ALL IMMEDIATE"));
    let outcome = sqlx::raw_sql(sql).execute(&mut *attempt).await;
    attempt.rollback().await?;
    match outcome {
        Ok(_) => Ok(None),
        Err(sqlx::Error::Database(error)) => Ok(Some(error.message().to_owned())),
        Err(error) => Err(error.into()),
    }
}
