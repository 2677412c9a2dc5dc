//! An application's database, created with plain SQL, with people, conversations and messages under names of
//! its own.

use call_protocol::UserId;
use call_server::{
    clock::Clock,
    config::Config,
    store::existing::{Conversations, ExistingTables, Members, Messages, Users},
    store::{Store, StoreError},
};
use kit_server::{folder::Folder, test_server::TestServer, world::World};
use kit_services::postgres;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;

pub(super) const ANNA: &str = "a0000000-0000-4000-8000-000000000001";
pub(super) const BEN: &str = "b0000000-0000-4000-8000-000000000002";
pub(super) const CARLA: &str = "c0000000-0000-4000-8000-000000000003";
/// Anna and Ben.
pub(super) const TALK: &str = "d0000000-0000-4000-8000-000000000001";
/// All three people.
pub(super) const GROUP: &str = "d0000000-0000-4000-8000-000000000002";

/// Its tables refer to each other without naming their schema, even in a trigger, as real applications do. A
/// message is a text or of another kind, and updates its conversation.
const TABLES: &str = r#"
CREATE TABLE profiles (id uuid PRIMARY KEY, full_name varchar(80), avatar_url text, created_at timestamptz DEFAULT now());
CREATE TABLE conversations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text, last_message_at timestamptz);
CREATE TABLE conversation_participants (
  conversation uuid NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  profile uuid NOT NULL REFERENCES profiles(id) ON DELETE CASCADE,
  PRIMARY KEY (conversation, profile)
);
CREATE INDEX participants_profile ON conversation_participants(profile);
CREATE TYPE message_kind AS ENUM ('plain', 'image', 'notice');
CREATE TABLE messages (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  conversation uuid NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  author uuid REFERENCES profiles(id) ON DELETE SET NULL,
  body text NOT NULL CHECK (length(body) < 5000),
  kind message_kind NOT NULL DEFAULT 'plain',
  extra jsonb NOT NULL DEFAULT '{}',
  edited boolean NOT NULL DEFAULT false,
  "sent at" timestamp NOT NULL DEFAULT now()
);
CREATE INDEX messages_sent ON messages(conversation, "sent at");
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.author IS NOT NULL AND NOT EXISTS (SELECT 1 FROM conversation_participants
    WHERE conversation = NEW.conversation AND profile = NEW.author) THEN RAISE 'no participant'; END IF;
  UPDATE conversations SET last_message_at = (SELECT max("sent at") FROM messages WHERE conversation = NEW.conversation)
    WHERE id = NEW.conversation;
  RETURN NEW;
END $$;
CREATE TRIGGER mark AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION mark();
"#;

/// An application with its database.
pub(super) struct Project {
    pub(super) folder: Arc<Folder>,
    /// The schema of its tables.
    pub(super) app: String,
    /// The matching configuration.
    pub(super) tables: ExistingTables,
}

impl Project {
    /// An application with three people, a conversation of two and a group.
    pub(super) async fn new() -> Self {
        let project = Self::without_conversations().await;
        let rows = format!(
            "INSERT INTO profiles (id, full_name, avatar_url) VALUES ('{ANNA}', 'Anna Abel', 'https://a.test/anna.png'), \
               ('{BEN}', 'Ben Bauer', NULL), ('{CARLA}', NULL, NULL); \
             INSERT INTO conversations (id) VALUES ('{TALK}'), ('{GROUP}'); \
             INSERT INTO conversation_participants VALUES ('{TALK}', '{ANNA}'), ('{TALK}', '{BEN}'), \
               ('{GROUP}', '{ANNA}'), ('{GROUP}', '{BEN}'), ('{GROUP}', '{CARLA}'); \
             INSERT INTO messages (conversation, author, body) VALUES ('{TALK}', '{ANNA}', 'hello');"
        );
        project.run(rows).await;
        project
    }

    /// An application without people.
    pub(super) async fn without_conversations() -> Self {
        let folder = Arc::new(World::Postgres.folder());
        drop(folder.database());
        let app = folder.schema();
        let project = Self { folder, tables: tables(&app), app };
        project.run(TABLES).await;
        project
    }

    /// Runs statements as the application's owner.
    pub(super) async fn run(&self, sql: impl Into<String>) {
        let mut db = PgConnection::connect(&self.folder.url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&mut db).await.unwrap();
    }

    /// The texts of one column.
    pub(super) async fn texts(&self, sql: impl Into<String>) -> Vec<String> {
        let mut db = PgConnection::connect(&self.folder.url()).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_all(&mut db).await.unwrap()
    }

    /// Everything in the application's schema: tables, columns, indexes, triggers, functions and rows.
    pub(super) async fn everything(&self) -> Vec<String> {
        let app = &self.app;
        let mut all = self
            .texts(format!(
                "SELECT concat_ws(' ', table_name, column_name, udt_name, is_nullable, column_default) \
                   FROM information_schema.columns WHERE table_schema = '{app}' \
                 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = '{app}' \
                 UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
                   FROM pg_constraint WHERE connamespace = '{app}'::regnamespace \
                 UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
                   WHERE NOT tgisinternal AND c.relnamespace = '{app}'::regnamespace \
                 UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = '{app}'::regnamespace \
                 ORDER BY 1"
            ))
            .await;
        for table in ["profiles", "conversations", "conversation_participants", "messages"] {
            all.extend(self.texts(format!("SELECT t::text FROM {table} t ORDER BY 1")).await);
        }
        all
    }

    /// A server beside the application.
    pub(super) async fn server(&self) -> TestServer {
        TestServer::at(Arc::clone(&self.folder), Clock::manual(), |config| self.configure(config)).await
    }

    pub(super) fn configure(&self, config: &mut Config) {
        config.tables = Some(self.tables.clone());
    }

    /// What prevents the start.
    pub(super) async fn mismatches(&self) -> Vec<String> {
        match Store::connect_beside(&self.folder.url(), 2, &self.tables).await {
            Err(StoreError::Mismatches(sentences)) => sentences,
            other => panic!("{other:?}"),
        }
    }

    /// As [`Project::mismatches`], for another role than the owner.
    pub(super) async fn mismatches_of(&self, role: &str) -> Vec<String> {
        match Store::connect_beside(&self.url_of(role), 2, &self.tables).await {
            Err(StoreError::Mismatches(sentences)) => sentences,
            other => panic!("{other:?}"),
        }
    }

    /// The address of the database for another role.
    pub(super) fn url_of(&self, role: &str) -> String {
        self.folder.url().replacen("calls@", &format!("{role}@"), 1)
    }

    /// Asserts that there is one mismatch, and that it says this.
    pub(super) async fn one_mismatch(&self, says: &[&str]) {
        let sentences = self.mismatches().await;
        let [sentence] = sentences.as_slice() else { panic!("{sentences:#?}") };
        for part in says {
            assert!(sentence.contains(part), "{part:?} is not in: {sentence}");
        }
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

/// The configuration for the tables above, with the server's own in a schema that no other test uses.
fn tables(app: &str) -> ExistingTables {
    let name = |text: &str| text.parse().unwrap();
    let table = |text: &str| format!("{app}.{text}").parse().unwrap();
    ExistingTables {
        schema: name(&format!("{app}_Calls")),
        users: Users {
            table: table("profiles"),
            id: name("id"),
            username: None,
            display_name: name("full_name"),
            picture: Some(name("avatar_url")),
            picture_origins: vec!["https://a.test".to_owned()],
        },
        conversations: Conversations { table: table("conversations"), id: name("id") },
        members: Members {
            table: table("conversation_participants"),
            conversation: name("conversation"),
            user: name("profile"),
        },
        messages: Messages {
            table: table("messages"),
            id: name("id"),
            conversation: name("conversation"),
            sender: name("author"),
            content: name("body"),
            kind: Some(name("kind")),
            kind_text: "plain".to_owned(),
            kind_system: "notice".to_owned(),
            metadata: Some(name("extra")),
            created_at: name("sent at"),
        },
    }
}

/// A person of the application.
pub(super) fn user(id: &str) -> UserId {
    UserId::from(id)
}

/// Whether the role exists in the cluster, so that it is created once.
pub(super) async fn role(name: &str) {
    let mut db = PgConnection::connect(postgres::url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE ROLE {name} LOGIN"))).execute(&mut db).await.unwrap();
}
