//! People of an application call each other: everything works with their own tables, to which only messages are
//! added.

use super::project::{ANNA, BEN, CARLA, GROUP, Project, TALK, user};

use call_protocol::close_code;
use call_server::service::{accounts, deletion};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

#[tokio::test]
async fn two_people_of_an_application_call_each_other_and_its_messages_record_it() {
    let project = Project::new().await;
    let server = project.server().await;
    let mut anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let mut ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    assert_eq!(anna.welcome["user"]["display_name"], "Anna Abel");
    assert_eq!(anna.socket.until("presence").await["user_id"], BEN, "contacts see each other's presence");

    let call = anna.rings(TALK).await;
    let ringing = ben.socket.until("call_ringing").await;
    assert_eq!(ringing["peer"]["display_name"], "Anna Abel");
    assert_eq!(ringing["peer"]["display_picture_url"], "https://a.test/anna.png");
    assert!(ringing["offer"].is_object(), "they are contacts, so there is a warm device: {ringing}");
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    assert_eq!(ben.act(&call, "end").await.status, 200);
    let message = anna.socket.until("message").await["message"].clone();
    assert_eq!((&message["sender_id"], &message["message_type"]), (&json!(null), &json!("system")));

    let written = "SELECT concat_ws('|', kind, author IS NULL, body, extra ->> 'call_id', edited) FROM messages \
        WHERE kind <> 'plain'";
    let content = message["content"].as_str().unwrap();
    assert_eq!(project.texts(written).await, [format!("notice|t|{content}|{call}|f")]);
    let marked =
        "SELECT (last_message_at = (SELECT max(\"sent at\") FROM messages))::text FROM conversations";
    assert_eq!(
        project.texts(format!("{marked} WHERE id = '{TALK}'")).await,
        ["true"],
        "its trigger did its work"
    );
    let history = ben.person.get("/api/calls/history").await.body;
    assert_eq!(
        (&history["calls"][0]["call"]["id"], &history["calls"][0]["peer"]["id"]),
        (&json!(call), &json!(ANNA))
    );
}

#[tokio::test]
async fn pictures_do_not_reveal_who_looks_at_them() {
    let project = Project::new().await;
    let server = project.server().await;
    let ben = server.signed_in(&user(BEN), "ben");
    let mut shown = Vec::new();
    for address in [
        "https://a.test/anna.png",
        " https://a.test/anna.png ",
        "/pictures/anna.png",
        "data:image/png;base64,AAAA",
        "https://spy.test/anna.png",
        "https://a.test.spy.test/anna.png",
        "https://a.test@spy.test/anna.png",
        "http://a.test/anna.png",
        "//spy.test/anna.png",
        "/\\\\spy.test/anna.png",
        "/\t/spy.test/anna.png",
        "javascript:alert(1)",
        "anna.png",
    ] {
        project.run(format!("UPDATE profiles SET avatar_url = E'{address}' WHERE id = '{ANNA}'")).await;
        let contacts = ben.get("/api/contacts").await.body;
        let anna = contacts.as_array().unwrap().iter().find(|one| one["user"]["id"] == ANNA).unwrap();
        shown.extend(anna["user"]["display_picture_url"].as_str().map(str::to_owned));
    }
    let own = "https://a.test/anna.png";
    assert_eq!(shown, [own, own, "/pictures/anna.png", "data:image/png;base64,AAAA"]);
}

#[tokio::test]
async fn the_applications_messages_are_read_and_written_with_its_own_values() {
    let project = Project::new().await;
    let server = project.server().await;
    let anna = server.signed_in(&user(ANNA), "anna");
    let path = format!("/api/conversations/{TALK}/messages");
    let posted = anna.post(&path, json!({ "content": "it's \\ me" })).await;
    assert_eq!((posted.status, &posted.body["message_type"]), (201, &json!("text")));
    project
        .run(format!("INSERT INTO messages (conversation, body, kind) VALUES ('{TALK}', 'a cat', 'image')"))
        .await;
    let page = anna.get(&path).await.body;
    let texts: Vec<_> = page["messages"].as_array().unwrap().iter().map(|m| m["content"].clone()).collect();
    assert!(["hello", "it's \\ me", "a cat"].iter().all(|text| texts.contains(&json!(text))), "{texts:?}");
    assert!(page["messages"].as_array().unwrap().iter().all(|m| m["message_type"] == "text"), "{page}");
    let written = "SELECT concat_ws('|', kind, author, extra) FROM messages WHERE body LIKE 'it%'";
    assert_eq!(project.texts(written).await, [format!("plain|{ANNA}|{{}}")]);
    server.signed_in(&user(CARLA), "carla").get(&path).await.is(404, "conversation_not_found");
}

#[tokio::test]
async fn the_two_people_of_a_conversation_are_contacts_and_groups_cannot_be_called() {
    let project = Project::new().await;
    let server = project.server().await;
    let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let contacts = anna.person.get("/api/contacts").await.body;
    assert_eq!(contacts.as_array().unwrap().len(), 1, "{contacts}");
    assert_eq!((&contacts[0]["user"]["id"], &contacts[0]["conversation_id"]), (&json!(BEN), &json!(TALK)));
    assert_eq!((&contacts[0]["state"], &contacts[0]["user"]["username"]), (&json!("accepted"), &json!(BEN)));
    for (one, two, expected) in
        [(ANNA, BEN, true), (BEN, ANNA, true), (ANNA, CARLA, false), (CARLA, BEN, false)]
    {
        let acquainted = server.app.store.acquainted(&user(one), &user(two)).await.unwrap();
        assert_eq!(acquainted, expected, "{one} and {two}");
    }
    anna.call(GROUP).await.is(404, "conversation_not_found");
    let carla = server.signed_in(&user(CARLA), "carla");
    assert_eq!(carla.get("/api/contacts").await.body, json!([]));
    assert_eq!(carla.get("/api/me").await.body["display_name"], "Unnamed");
    let second = "d0000000-0000-4000-8000-00000000000f";
    project
        .run(format!(
            "INSERT INTO conversations (id) VALUES ('{second}'); INSERT INTO conversation_participants \
             VALUES ('{second}', '{ANNA}'), ('{second}', '{BEN}')"
        ))
        .await;
    assert_eq!(
        anna.person.get("/api/contacts").await.body.as_array().unwrap().len(),
        1,
        "nobody is listed twice"
    );
    assert_ne!(anna.call(second).await.status, 404, "and every conversation of two can be called in");
}

#[tokio::test]
async fn somebody_the_application_deletes_while_connected_is_disconnected_within_a_minute() {
    let project = Project::new().await;
    let server = project.server().await;
    let mut anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let mut ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    project.run(format!("DELETE FROM profiles WHERE id = '{BEN}'")).await;
    server.pass(60).await;
    assert_eq!(ben.socket.close_code().await, Some(close_code::UNAUTHORIZED));
    anna.socket.say(json!({ "type": "dance" })).await;
    assert_eq!(
        anna.socket.until("error").await["error"]["code"],
        "unknown_frame",
        "her socket is still open"
    );
}

#[tokio::test]
async fn the_applications_tables_stay_unchanged_however_often_the_server_starts() {
    let project = Project::new().await;
    let before = project.everything().await;
    let (_, _) = project.server().await.stop().await;
    let own = format!(
        "SELECT concat_ws(' ', table_name, column_name, udt_name) FROM information_schema.columns \
         WHERE table_schema = '{}' ORDER BY 1",
        project.tables.schema
    );
    let objects = format!(
        "SELECT concat_ws(' ', oid, relname) FROM pg_class WHERE relnamespace = '\"{}\"'::regnamespace ORDER BY 1",
        project.tables.schema
    );
    let (made, objects_made) = (project.texts(own.clone()).await, project.texts(objects.clone()).await);
    assert!(made.iter().any(|column| column == "calls initiator_id uuid"), "{made:?}");
    for _ in 0..2 {
        let (_, _) = project.server().await.stop().await;
        assert_eq!(project.texts(own.clone()).await, made);
        assert_eq!(project.texts(objects.clone()).await, objects_made, "not even a view is created twice");
        assert_eq!(project.everything().await, before);
    }
}

#[tokio::test]
async fn the_server_adds_no_people_accounts_or_contacts_to_an_application() {
    let project = Project::new().await;
    let before = project.everything().await;
    let server = project.server().await;
    let anna = server.signed_in(&user(ANNA), "anna");
    assert_eq!(anna.get("/api/config").await.body["accounts_elsewhere"], true);
    let account = json!({ "username": "dora", "password": "correct horse" });
    for (path, body) in [
        ("/api/auth/register", account.clone()),
        ("/api/auth/login", account),
        ("/api/auth/refresh", json!({ "refresh_token": "x" })),
        ("/api/auth/logout", json!({ "refresh_token": "x" })),
        ("/api/contacts", json!({ "username": "ben" })),
        (&format!("/api/contacts/{BEN}/accept"), json!({})),
    ] {
        let reply = anna.post(path, body).await;
        reply.is(404, "not_found");
        assert!(reply.text.contains("kept by the application"), "{path}: {}", reply.text);
    }
    anna.delete(&format!("/api/contacts/{BEN}")).await.is(404, "not_found");
    anna.ask("DELETE", "/api/me", None, Some(json!({ "password": "x" }))).await.is(404, "not_found");
    assert!(deletion::delete(&server.app.accounts, &anna.id).await.is_err());
    let made = accounts::add(&server.app.accounts, "dora", "Dora", "hash".to_owned()).await;
    assert!(made.is_err(), "even if the server's own code tries: {made:?}");
    let stranger = server.signed_in(&user("e0000000-0000-4000-8000-000000000009"), "stranger");
    assert_eq!(stranger.get("/api/me").await.status, 401);
    assert_eq!(project.everything().await, before);
}

#[tokio::test]
async fn somebody_the_application_deletes_leaves_the_others_their_history() {
    let project = Project::new().await;
    let server = project.server().await;
    let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    let call = anna.rings(TALK).await;
    assert_eq!(ben.act(&call, "decline").await.status, 200);
    project.run(format!("DELETE FROM profiles WHERE id = '{ANNA}'")).await;
    let history = ben.person.get("/api/calls/history").await.body;
    assert_eq!(history["calls"][0]["peer"]["display_name"], "Deleted account", "{history}");
    assert_eq!(anna.person.get("/api/me").await.status, 401);
    project.run(format!("DELETE FROM conversations WHERE id = '{TALK}'")).await;
    assert_eq!(
        ben.person.get("/api/calls/history").await.body["calls"],
        json!([]),
        "calls go with their conversation"
    );
}

#[tokio::test]
async fn a_table_of_messages_with_only_a_text_records_calls_too() {
    let mut project = Project::without_conversations().await;
    project
        .run(
            "DROP TABLE messages; CREATE TABLE messages (id uuid PRIMARY KEY, conversation uuid NOT NULL, \
             author uuid, body varchar NOT NULL, \"sent at\" timestamptz NOT NULL)",
        )
        .await;
    let people = format!(
        "INSERT INTO profiles (id, full_name) VALUES ('{ANNA}', 'Anna'), ('{BEN}', 'Ben'); \
         INSERT INTO conversations (id) VALUES ('{TALK}'); \
         INSERT INTO conversation_participants VALUES ('{TALK}', '{ANNA}'), ('{TALK}', '{BEN}')"
    );
    project.run(people).await;
    (project.tables.messages.kind, project.tables.messages.metadata) = (None, None);
    let server = project.server().await;
    let mut anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    let call = anna.rings(TALK).await;
    assert_eq!(ben.act(&call, "decline").await.status, 200);
    let heard = anna.socket.until("message").await;
    let page = anna.person.get(&format!("/api/conversations/{TALK}/messages")).await.body;
    assert_eq!(page["messages"][0]["content"], heard["message"]["content"]);
    assert_eq!(page["messages"][0]["message_type"], "system", "it has no sender");
}

#[tokio::test]
async fn its_indexes_are_used_and_its_columns_stay_free_to_change() {
    let project = Project::new().await;
    let server = project.server().await;
    let mut db = PgConnection::connect(&project.folder.url()).await.unwrap();
    let home = &project.tables.schema;
    for sql in [
        format!("SELECT * FROM \"{home}\".users WHERE id = '{ANNA}'"),
        format!("SELECT * FROM \"{home}\".contacts WHERE requester_id = '{ANNA}'"),
        format!("SELECT * FROM \"{home}\".contacts WHERE addressee_id = '{BEN}'"),
        format!("SELECT max(created_at) FROM \"{home}\".messages WHERE conversation_id = '{TALK}'"),
    ] {
        sqlx::raw_sql("SET enable_seqscan = off").execute(&mut db).await.unwrap();
        let plan: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {sql}"))).fetch_all(&mut db).await.unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Cond") || plan.contains("Recheck Cond"), "{sql}: {plan}");
        assert!(!plan.contains("Function Scan"), "{sql}: {plan}");
    }
    project
        .run(
            "ALTER TABLE profiles ALTER COLUMN full_name TYPE text; \
             ALTER TABLE profiles RENAME COLUMN avatar_url TO picture; ALTER TABLE messages DROP COLUMN edited",
        )
        .await;
    let (_, _) = server.stop().await;
    project.one_mismatch(&["has no column avatar_url", "--users-picture"]).await;
}

#[tokio::test]
async fn plain_sql_shows_people_only_what_is_theirs() {
    let project = Project::new().await;
    let server = project.server().await;
    let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let _ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    anna.rings(TALK).await;
    // A role with all privileges on the server's tables and views, as exposed schemas often grant them.
    let (home, role) = (&project.tables.schema, format!("client_{}", project.app));
    let mut db = PgConnection::connect(&project.folder.url()).await.unwrap();
    let sql = format!(
        "CREATE ROLE {role} NOLOGIN; GRANT USAGE ON SCHEMA \"{home}\" TO {role}; \
         GRANT ALL ON ALL TABLES IN SCHEMA \"{home}\" TO {role}; SET ROLE {role}; SET search_path = \"{home}\""
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
    for (id, sees) in [(ANNA, 1), (BEN, 1), (CARLA, 0)] {
        let claims = format!(r#"{{"sub":"{id}"}}"#);
        sqlx::query("SELECT set_config('request.jwt.claims', $1, false)")
            .bind(claims)
            .execute(&mut db)
            .await
            .unwrap();
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM calls").fetch_one(&mut db).await.unwrap();
        assert_eq!(count, sees, "{id}");
        let secrets: i64 =
            sqlx::query_scalar("SELECT count(*) FROM settings").fetch_one(&mut db).await.unwrap();
        assert_eq!(secrets, 0);
    }
    for view in ["users", "messages", "conversation_members", "contacts"] {
        let select = AssertSqlSafe(format!("SELECT count(*) FROM {view}"));
        let through = sqlx::query(select).execute(&mut db).await;
        assert!(through.is_err(), "{view} does not bypass the application's own privileges");
    }
}
