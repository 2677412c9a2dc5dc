//! The numbered steps to the server's own tables when others are an application's: the same texts as without one, less
//! what they say about those tables. They do not depend on what the application's tables are called, so that a changed
//! configuration needs no new step.

/// The tables that are the application's, or that nobody needs where accounts and contacts are the application's.
const NOT_OURS: [&str; 8] = [
    "users",
    "refresh_tokens",
    "sessions",
    "ended_sessions",
    "conversations",
    "conversation_members",
    "contacts",
    "messages",
];

/// A step without what it says about tables that are not the server's. Ids of people are kept without a reference, so
/// that an application can delete somebody as before, and the call stays with the other person; calls are bound to their
/// conversations when the views are made. What this makes of a step is remembered by every database that took the step,
/// and must never change.
pub(in crate::store) fn beside(step: &str) -> String {
    let kept =
        statements(step).filter(|statement| !subject(statement).is_some_and(|it| NOT_OURS.contains(&it)));
    let mut text: String = kept.collect();
    for table in NOT_OURS {
        for rule in [" ON DELETE CASCADE", " ON DELETE SET NULL", ""] {
            text = text.replace(&format!(" REFERENCES {table}(id){rule}"), "");
        }
    }
    text
}

/// The statements of a step, each with the comments before it. A body between `$$` ends no statement.
fn statements(step: &str) -> impl Iterator<Item = &str> {
    let (mut start, mut end, mut in_body) = (0, 0, false);
    let mut found = Vec::new();
    for line in step.split_inclusive('\n') {
        end += line.len();
        in_body ^= line.matches("$$").count() % 2 == 1;
        let is_comment = line.trim_start().starts_with("--");
        if !in_body && !is_comment && line.trim_end().ends_with(';') {
            found.push(&step[start..end]);
            start = end;
        }
    }
    found.push(&step[start..]);
    found.into_iter()
}

/// The table that a statement makes or changes, makes an index or a policy on, or writes to.
fn subject(statement: &str) -> Option<&str> {
    let code = statement.lines().skip_while(|line| line.trim().is_empty() || line.starts_with("--"));
    let mut words = code.flat_map(str::split_whitespace);
    let verb = words.next()?;
    if ["INSERT", "DELETE"].contains(&verb) {
        return words.nth(1);
    }
    let what = words.by_ref().find(|word| ["TABLE", "INDEX", "POLICY", "FUNCTION"].contains(word))?;
    let noise = |word: &&str| !["IF", "NOT", "EXISTS", "ONLY"].contains(word);
    let named = match (verb, what) {
        ("CREATE" | "ALTER" | "DROP", "TABLE") => words.find(noise),
        ("CREATE" | "DROP", "INDEX" | "POLICY") => words.skip_while(|word| *word != "ON").nth(1),
        (_, _) => None,
    };
    named.map(|name| name.split(['(', ';']).next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    const STEP: &str = "-- People; and more.\n\nCREATE TABLE IF NOT EXISTS users (\n  id UUID PRIMARY KEY\n);\n\
        CREATE INDEX IF NOT EXISTS idx_contacts\n  ON contacts(id);\n\
        -- Ours.\nCREATE TABLE calls (\n  who UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,\n  \
        call UUID REFERENCES calls(id) ON DELETE CASCADE\n);\n\
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT 1;\n$$;\n\
        ALTER TABLE messages ENABLE ROW LEVEL SECURITY;\nALTER TABLE calls ENABLE ROW LEVEL SECURITY;\n\
        INSERT INTO sessions (id)\nSELECT id FROM users;\nDELETE FROM refresh_tokens WHERE id = 1;\n\
        CREATE POLICY p ON users FOR SELECT USING (true);\nCREATE POLICY p ON calls FOR SELECT USING (true);\n";

    #[test]
    fn what_is_said_about_the_application_s_tables_is_left_out_and_the_rest_stays() {
        assert_eq!(
            beside(STEP),
            "-- Ours.\nCREATE TABLE calls (\n  who UUID NOT NULL,\n  \
             call UUID REFERENCES calls(id) ON DELETE CASCADE\n);\n\
             CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT 1;\n$$;\n\
             ALTER TABLE calls ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON calls FOR SELECT USING (true);\n"
        );
    }

    #[test]
    fn what_was_made_of_the_first_steps_is_what_it_was() {
        let first =
            crate::store::engine::postgres::MIGRATIONS.into_iter().filter(|(version, ..)| *version <= 4);
        let text: String = first.map(|(_, _, step)| beside(step)).collect();
        assert_eq!(
            crate::ids::hex(&Sha256::digest(text)),
            "4724b2d6eb2b537acacf5e6ab470a12bbc61d4f0ddf510b5ed097d1646dd0155"
        );
    }

    #[test]
    fn no_step_makes_or_refers_to_a_table_that_is_the_application_s() {
        for (_, name, step) in crate::store::engine::postgres::MIGRATIONS {
            let text = beside(step);
            for table in NOT_OURS {
                for trace in
                    [format!("REFERENCES {table}"), format!("EXISTS {table} "), format!("TABLE {table} ")]
                {
                    assert!(!text.contains(&trace), "{name}: {trace}");
                }
            }
        }
    }
}
