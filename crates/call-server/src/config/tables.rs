//! The flags that name an application's own tables, when calls are added to a database that has people, conversations and
//! messages already. Never looks into the database: `store::existing` compares these names with what is there.

use crate::store::existing::{Conversations, ExistingTables, Members, Messages, Name, TableName, Users};
use clap::Args;
use std::str::FromStr;

/// What stands for a column that an application does not have.
const NONE: &str = "none";

/// A column that an application may not have.
#[derive(Clone, Debug)]
struct OptionalName(Option<Name>);

impl FromStr for OptionalName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == NONE { Ok(Self(None)) } else { Ok(Self(Some(text.parse()?))) }
    }
}

/// The flags. All four tables are named, or none of them.
#[derive(Debug, Args)]
#[command(next_help_heading = "An application's own tables (PostgreSQL; all four tables or none)")]
pub(super) struct TablesArguments {
    /// Table or view of the application's people, such as public.profiles; accounts are then the application's affair
    #[arg(long, env = "CALLS_USERS_TABLE", value_name = "TABLE")]
    users_table: Option<TableName>,
    /// Column of a person's id, a UUID; the `sub` of access tokens
    #[arg(long, env = "CALLS_USERS_ID", default_value = "id", value_name = "COLUMN")]
    users_id: Name,
    /// Column of a person's unique name, or `none`
    #[arg(long, env = "CALLS_USERS_USERNAME", default_value = "username", value_name = "COLUMN")]
    users_username: OptionalName,
    /// Column of the name that is shown
    #[arg(long, env = "CALLS_USERS_DISPLAY_NAME", default_value = "display_name", value_name = "COLUMN")]
    users_display_name: Name,
    /// Column of the address of a person's picture, or `none`
    #[arg(long, env = "CALLS_USERS_PICTURE", default_value = "display_picture_url", value_name = "COLUMN")]
    users_picture: OptionalName,
    /// Origin from which pictures of people are shown, such as https://cdn.example, besides those of --allow-origin; may be
    /// given several times. Other pictures are not fetched: whoever keeps one would learn who looks at it, and when
    #[arg(long, env = "CALLS_PICTURE_ORIGIN", value_name = "URL", value_delimiter = ',', value_parser = super::values::origin)]
    picture_origin: Vec<String>,
    /// Table of the application's conversations
    #[arg(long, env = "CALLS_CONVERSATIONS_TABLE", value_name = "TABLE")]
    conversations_table: Option<TableName>,
    /// Column of a conversation's id, a UUID
    #[arg(long, env = "CALLS_CONVERSATIONS_ID", default_value = "id", value_name = "COLUMN")]
    conversations_id: Name,
    /// Table or view with a row for each person in each conversation
    #[arg(long, env = "CALLS_MEMBERS_TABLE", value_name = "TABLE")]
    members_table: Option<TableName>,
    /// Column of the conversation in which somebody is
    #[arg(
        long,
        env = "CALLS_MEMBERS_CONVERSATION",
        default_value = "conversation_id",
        value_name = "COLUMN"
    )]
    members_conversation: Name,
    /// Column of the person who is in a conversation
    #[arg(long, env = "CALLS_MEMBERS_USER", default_value = "user_id", value_name = "COLUMN")]
    members_user: Name,
    /// Table of the application's messages; gets one without sender for every call that is over
    #[arg(long, env = "CALLS_MESSAGES_TABLE", value_name = "TABLE")]
    messages_table: Option<TableName>,
    /// Column of a message's id, a UUID
    #[arg(long, env = "CALLS_MESSAGES_ID", default_value = "id", value_name = "COLUMN")]
    messages_id: Name,
    /// Column of the conversation in which a message stands
    #[arg(
        long,
        env = "CALLS_MESSAGES_CONVERSATION",
        default_value = "conversation_id",
        value_name = "COLUMN"
    )]
    messages_conversation: Name,
    /// Column of the person who wrote a message; takes NULL
    #[arg(long, env = "CALLS_MESSAGES_SENDER", default_value = "sender_id", value_name = "COLUMN")]
    messages_sender: Name,
    /// Column of a message's text
    #[arg(long, env = "CALLS_MESSAGES_CONTENT", default_value = "content", value_name = "COLUMN")]
    messages_content: Name,
    /// Column that tells people's messages from the server's, or `none`: those of the server have no sender
    #[arg(long, env = "CALLS_MESSAGES_TYPE", default_value = "message_type", value_name = "COLUMN")]
    messages_type: OptionalName,
    /// What that column says about a person's message
    #[arg(long, env = "CALLS_MESSAGES_TYPE_TEXT", default_value = "text", value_name = "WORD")]
    messages_type_text: Name,
    /// What that column says about a message of the server
    #[arg(long, env = "CALLS_MESSAGES_TYPE_SYSTEM", default_value = "system", value_name = "WORD")]
    messages_type_system: Name,
    /// JSON column for what a message about a call carries, or `none`: its text alone tells of the call
    #[arg(long, env = "CALLS_MESSAGES_METADATA", default_value = "metadata", value_name = "COLUMN")]
    messages_metadata: OptionalName,
    /// Column of the moment when a message was written
    #[arg(long, env = "CALLS_MESSAGES_CREATED_AT", default_value = "created_at", value_name = "COLUMN")]
    messages_created_at: Name,
    /// Schema for the server's own tables beside the application's; made when it is not there
    #[arg(long, env = "CALLS_TABLES_SCHEMA", default_value = "calls", value_name = "SCHEMA")]
    tables_schema: Name,
}

impl TablesArguments {
    /// The flags of tables that are not named although others are.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let named = [
            ("--users-table", &self.users_table),
            ("--conversations-table", &self.conversations_table),
            ("--members-table", &self.members_table),
            ("--messages-table", &self.messages_table),
        ];
        let missing: Vec<_> = named.into_iter().filter(|(_, table)| table.is_none()).collect();
        if missing.len() == named.len() {
            return Vec::new();
        }
        missing.into_iter().map(|(flag, _)| flag).collect()
    }
}

impl From<TablesArguments> for Option<ExistingTables> {
    fn from(arguments: TablesArguments) -> Self {
        Some(ExistingTables {
            schema: arguments.tables_schema,
            users: Users {
                table: arguments.users_table?,
                id: arguments.users_id,
                username: arguments.users_username.0,
                display_name: arguments.users_display_name,
                picture: arguments.users_picture.0,
                picture_origins: arguments.picture_origin,
            },
            conversations: Conversations {
                table: arguments.conversations_table?,
                id: arguments.conversations_id,
            },
            members: Members {
                table: arguments.members_table?,
                conversation: arguments.members_conversation,
                user: arguments.members_user,
            },
            messages: Messages {
                table: arguments.messages_table?,
                id: arguments.messages_id,
                conversation: arguments.messages_conversation,
                sender: arguments.messages_sender,
                content: arguments.messages_content,
                kind: arguments.messages_type.0,
                kind_text: arguments.messages_type_text.to_string(),
                kind_system: arguments.messages_type_system.to_string(),
                metadata: arguments.messages_metadata.0,
                created_at: arguments.messages_created_at,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        tables: TablesArguments,
    }

    const ALL: [&str; 8] = [
        "--users-table",
        "public.profiles",
        "--conversations-table",
        "conversations",
        "--members-table",
        "members",
        "--messages-table",
        "messages",
    ];

    fn parse(more: &[&str]) -> Result<Option<ExistingTables>, String> {
        let arguments = [&["call-server"], more].concat();
        Only::try_parse_from(arguments).map(|only| only.tables.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn all_four_tables_are_named_or_none() {
        assert_eq!(parse(&[]).unwrap(), None);
        let tables = parse(&ALL).unwrap().unwrap();
        assert_eq!(tables.users.table.to_string(), "public.profiles");
        assert_eq!(tables.users.display_name.as_str(), "display_name");
        assert_eq!(tables.schema.as_str(), "calls");
        for table in (0..8).step_by(2) {
            let one_missing = [&["call-server"], &ALL[..table], &ALL[table + 2..]].concat();
            let tables = Only::try_parse_from(one_missing).unwrap().tables;
            assert_eq!(tables.missing(), [ALL[table]]);
        }
    }

    #[test]
    fn columns_that_an_application_may_lack_can_be_left_out_and_others_cannot() {
        let without = ["--users-picture", "none", "--messages-type", "none", "--messages-metadata", "none"];
        let tables = parse(&[&ALL[..], &without].concat()).unwrap().unwrap();
        assert_eq!(
            (tables.users.picture, tables.messages.kind, tables.messages.metadata),
            (None, None, None)
        );
        assert_eq!(tables.users.username.unwrap().as_str(), "username");
        let named = parse(&[&ALL[..], &["--messages-sender", "none"]].concat()).unwrap().unwrap();
        assert_eq!(named.messages.sender.as_str(), "none", "a name like any other");
    }

    #[test]
    fn a_name_is_taken_as_it_stands_and_what_cannot_be_one_is_refused() {
        assert_eq!("public.User Profiles".parse::<TableName>().unwrap().name.as_str(), "User Profiles");
        for bad in ["", "a.b.c", "public.", ".users", "\"Users\"", "a\\b", "a\nb", "a\0b", &"x".repeat(64)] {
            assert!(bad.parse::<TableName>().is_err(), "{bad:?}");
        }
    }
}
