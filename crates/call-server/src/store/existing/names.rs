//! The names of an application's own tables and columns, as they stand in its database.
//! Never looks into the database: `check` compares these names with what is there.

use std::{fmt, str::FromStr};

/// The longest name that PostgreSQL keeps, in bytes (NAMEDATALEN - 1).
const LONGEST: usize = 63;

/// The tables of an application that keeps people, conversations and messages itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingTables {
    /// The schema for the server's own tables.
    pub schema: Name,
    /// The application's people.
    pub users: Users,
    /// Its conversations.
    pub conversations: Conversations,
    /// Who is in which conversation.
    pub members: Members,
    /// What was written in them.
    pub messages: Messages,
}

/// The application's people: a table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    /// Where they are.
    pub table: TableName,
    /// The id, a UUID; the `sub` of access tokens.
    pub id: Name,
    /// The unique name, if people have one.
    pub username: Option<Name>,
    /// The name shown.
    pub display_name: Name,
    /// The address of a picture, if people have one.
    pub picture: Option<Name>,
    /// Origins from which pictures are shown: whoever keeps a picture learns who looks at it, and when.
    pub picture_origins: Vec<String>,
}

/// The application's conversations: a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversations {
    /// Where they are.
    pub table: TableName,
    /// The id, a UUID.
    pub id: Name,
}

/// The membership of the application's conversations: a table or a view with a row for each person in each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Where it is.
    pub table: TableName,
    /// The conversation.
    pub conversation: Name,
    /// The person.
    pub user: Name,
}

/// The application's messages: a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    /// Where they are.
    pub table: TableName,
    /// The id, a UUID.
    pub id: Name,
    /// The conversation.
    pub conversation: Name,
    /// Who wrote it; nobody for a message about a call.
    pub sender: Name,
    /// The text.
    pub content: Name,
    /// What kind of message it is, if that is a column.
    pub kind: Option<Name>,
    /// What that column says about a message of a person.
    pub kind_text: String,
    /// What that column says about a message of the server.
    pub kind_system: String,
    /// What a message about a call carries as JSON, if there is a column for it.
    pub metadata: Option<Name>,
    /// When it was written.
    pub created_at: Name,
}

/// A name of something in the database, as it stands there: case counts, and there are no quotes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let odd = |letter: char| letter.is_control() || ['"', '\\'].contains(&letter);
        if text.is_empty() || text.len() > LONGEST || text.contains(odd) {
            return Err(format!(
                "a name is written as it stands in the database, without quotes, in 1 to {LONGEST} bytes"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A table, with its schema unless the role's search path finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// The schema, when it was given.
    pub schema: Option<Name>,
    /// The table's own name.
    pub name: Name,
}

impl FromStr for TableName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split('.').collect::<Vec<_>>().as_slice() {
            [name] => Ok(Self { schema: None, name: name.parse()? }),
            [schema, name] => Ok(Self { schema: Some(schema.parse()?), name: name.parse()? }),
            _ => Err("a table is written table or schema.table".to_owned()),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}
