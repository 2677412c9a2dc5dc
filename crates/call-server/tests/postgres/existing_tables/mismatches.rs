//! What prevents the start is reported in one sentence per mismatch, all at once, and nothing is changed.

use super::project::{Project, TALK};
use call_server::{Server, clock::Clock, config::Config, config::Database};
use kit_server::test_server::TestServer;

fn name<T: std::str::FromStr<Err = String>>(text: &str) -> T {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_missing_table_or_column_is_reported_with_its_flag() {
    let mut project = Project::new().await;
    let fits = project.tables.clone();
    project.tables.users.table = name("nowhere.profiles");
    project.one_mismatch(&["there is no table nowhere.profiles", "--users-table"]).await;
    project.tables.users.table = name("profils");
    project.one_mismatch(&["there is no table profils", "--users-table"]).await;
    project.tables = fits.clone();
    project.tables.users.display_name = name("nickname");
    project.one_mismatch(&["profiles has no column nickname", "--users-display-name"]).await;
    project.tables = fits.clone();
    project.tables.messages.metadata = Some(name("metadata"));
    project.one_mismatch(&["messages has no column metadata", "--messages-metadata", "`none`"]).await;
    // A name may contain anything.
    project.tables = fits;
    project.tables.users.display_name = name("full_name FROM profiles; DROP TABLE messages; --'");
    project.one_mismatch(&["has no column full_name FROM profiles; DROP"]).await;
    assert_eq!(project.texts("SELECT body FROM messages").await, ["hello"]);
}

#[tokio::test]
async fn everything_that_does_not_fit_is_reported_at_once() {
    let mut project = Project::new().await;
    let before = project.everything().await;
    project.tables.members.table = name("participants");
    project.tables.users.id = name("full_name");
    project.tables.messages.created_at = name("body");
    let sentences = project.mismatches().await;
    assert_eq!(sentences.len(), 3, "{sentences:#?}");
    assert!(
        sentences[0].contains("full_name (--users-id) is of the type character varying(80)"),
        "{sentences:?}"
    );
    assert!(sentences[0].contains("has to be a uuid"), "{sentences:?}");
    assert!(sentences[1].contains("there is no table participants"), "{sentences:?}");
    assert!(sentences[2].contains("body (--messages-created-at) is of the type text"), "{sentences:?}");
    assert_eq!(project.everything().await, before);
    let schemas = "SELECT nspname::text FROM pg_namespace WHERE nspname = $";
    let own = schemas.replace('$', &format!("'{}'", project.tables.schema));
    assert_eq!(project.texts(own).await, Vec::<String>::new(), "nothing was created");

    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database: project.folder.database(),
        tables: Some(project.tables.clone()),
        ..Config::default()
    };
    let refused = Server::start(config, Clock::manual()).await.unwrap_err().to_string();
    assert_eq!(refused.lines().count(), 4, "{refused}");
    assert!(refused.starts_with("the tables in the database do not fit"), "{refused}");
}

#[tokio::test]
async fn messages_about_calls_have_to_fit_into_the_table() {
    let project = Project::new().await;
    project.run("ALTER TABLE messages ALTER COLUMN author SET NOT NULL").await;
    project.one_mismatch(&["author has to accept NULL", "no sender", "DROP NOT NULL"]).await;
    project.run("ALTER TABLE messages ALTER COLUMN author DROP NOT NULL").await;
    project
        .run("ALTER TABLE messages ADD CONSTRAINT signed CHECK (author IS NOT NULL OR kind <> 'notice')")
        .await;
    project.one_mismatch(&["does not take a message about a call, which has no sender", "\"signed\""]).await;
    project.run("ALTER TABLE messages DROP CONSTRAINT signed").await;
    project
        .run(
            "CREATE FUNCTION signed() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN IF NEW.author IS NULL THEN RAISE 'sign your messages'; END IF; RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER signed AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION signed()",
        )
        .await;
    project.one_mismatch(&["which has no sender", "sign your messages"]).await;
    project.run("DROP TRIGGER signed ON messages").await;
    project.run("ALTER TABLE messages ADD COLUMN room uuid NOT NULL DEFAULT gen_random_uuid()").await;
    project.run("ALTER TABLE messages ALTER COLUMN room DROP DEFAULT").await;
    project.one_mismatch(&["messages.room needs a value", "give the column a default"]).await;
    assert_eq!(project.texts("SELECT body FROM messages").await, ["hello"], "the attempt was rolled back");
}

#[tokio::test]
async fn the_values_for_kinds_of_messages_have_to_exist_in_the_application() {
    let mut project = Project::new().await;
    project.tables.messages.kind_system = "system".to_owned();
    let sentences = project.mismatches().await;
    assert!(sentences.iter().all(|sentence| sentence.contains("\"system\"")), "{sentences:?}");
    assert!(!sentences.is_empty());
}

#[tokio::test]
async fn calls_have_to_refer_to_single_rows() {
    let mut project = Project::new().await;
    project.run("CREATE VIEW talks AS SELECT id FROM conversations").await;
    project.tables.conversations.table = name("talks");
    project.one_mismatch(&["talks is a view", "--conversations-table"]).await;
    project.run("CREATE TABLE rooms AS SELECT id FROM conversations").await;
    project.tables.conversations.table = name("rooms");
    project.one_mismatch(&["rooms.id is not unique"]).await;
}

#[tokio::test]
async fn the_servers_own_schema_is_not_shared() {
    let mut project = Project::new().await;
    let own = project.tables.schema.clone();
    project.tables.schema = name(&project.app);
    project.one_mismatch(&["need a schema of their own", "--tables-schema"]).await;
    project.run(format!("CREATE SCHEMA \"{own}\"; CREATE TABLE \"{own}\".calls (phone text)")).await;
    project.tables.schema = own;
    project.one_mismatch(&["holds something else", "--tables-schema"]).await;
}

#[tokio::test]
async fn an_applications_tables_are_not_used_with_sqlite_or_for_demo_accounts() {
    let project = Project::new().await;
    let config = |demo, database| Config {
        listen: ([127, 0, 0, 1], 0).into(),
        demo,
        database,
        tables: Some(project.tables.clone()),
        ..Config::default()
    };
    let file = Database::File(project.folder.0.join("calls.sqlite"));
    let refused = Server::start(config(false, file), Clock::manual()).await.unwrap_err();
    assert!(refused.to_string().contains("--database-url"), "{refused}");
    let refused = Server::start(config(true, project.folder.database()), Clock::manual()).await.unwrap_err();
    assert!(refused.to_string().contains("without --demo"), "{refused}");
    assert!(!project.folder.0.join("calls.sqlite").exists());
}

#[tokio::test]
async fn a_standalone_server_does_not_take_an_applications_tables_for_its_own() {
    let project = Project::new().await;
    let before = project.everything().await;
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database: project.folder.database(),
        ..Config::default()
    };
    let refused = Server::start(config, Clock::manual()).await.unwrap_err().to_string();
    assert!(refused.contains("messages") && refused.contains("--messages-table"), "{refused}");
    assert_eq!(project.everything().await, before);
    let _: TestServer = project.server().await;
    assert_eq!(
        project.texts(format!("SELECT id::text FROM conversations WHERE id = '{TALK}'")).await,
        [TALK]
    );
}
