//! A database of an older version of the server, and the people who are signed in by it.

use call_server::{clock::Clock, timestamp};
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, sqlite::SqliteConnectOptions};
use std::time::Duration;

/// Reverts a database to the state before sessions existed.
const BACK: &str =
    "DROP TABLE sessions; DROP TABLE ended_sessions; DELETE FROM _sqlx_migrations WHERE version >= 7;";
const CARLA: &str = "00000000-0000-7000-8000-000000000001";

async fn refresh(server: &TestServer, token: &str) -> Reply {
    let request = server.request("POST", "/api/auth/refresh").header("content-type", "application/json");
    let body = json!({ "refresh_token": token }).to_string();
    send(request.body(Full::from(body)).unwrap()).await
}

/// A token as it was created then.
fn token(name: &str) -> String {
    Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row for a token, used so many seconds ago if at all.
fn row(token: &str, clock: &Clock, spent: Option<u64>) -> String {
    let hash = self::token(token);
    let (now, month) = (clock.now(), Duration::from_secs(30 * 24 * 3600));
    let spent = spent.map(|ago| format!("'{}'", timestamp::format(now.minus(Duration::from_secs(ago))).0));
    let (spent, made, expires) =
        (spent.unwrap_or_else(|| "NULL".to_owned()), timestamp::format(now).0, now.plus(month));
    let expires = timestamp::format(expires).0;
    format!("INSERT INTO refresh_tokens VALUES ('{hash}', '{CARLA}', '{made}', '{expires}', {spent});")
}

#[tokio::test]
async fn the_new_version_signs_nobody_out_and_used_tokens_stay_used() {
    let (folder, clock) = TestServer::new().await.stop().await;
    let file = SqliteConnectOptions::new().filename(folder.0.join("calls.sqlite"));
    let db = sqlx::SqlitePool::connect_with(file).await.unwrap();
    let person = format!(
        "INSERT INTO users (id, username, display_name, password_hash) VALUES ('{CARLA}', 'carla', 'C', 'x');"
    );
    let rows = [("laptop", None), ("phone", None), ("lost", Some(2)), ("old", Some(90))];
    let rows = rows.map(|(name, spent)| row(&token(name), &clock, spent)).concat();
    for sql in [BACK.to_owned(), person, rows] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db).await.unwrap();
    }
    db.close().await;
    let server = TestServer::at(folder, clock, |_| ()).await;
    let carla = server.signed_in(&CARLA.into(), "carla");
    assert_eq!(carla.get("/api/me/sessions").await.body.as_array().unwrap().len(), 2);
    let laptop = refresh(&server, &token("laptop")).await;
    assert_eq!(laptop.status, 200, "{}", laptop.text);
    // The server stopped before the reply was sent.
    assert_eq!(refresh(&server, &token("lost")).await.status, 200);
    refresh(&server, &token("old")).await.is(401, "unauthorized");
    assert_eq!(carla.get("/api/me/sessions").await.body.as_array().unwrap().len(), 3);
    let next = laptop.body["refresh_token"].as_str().unwrap();
    let next = refresh(&server, next).await;
    assert_eq!(next.status, 200, "{}", next.text);
    // It is a session like all others: its first token is recognised.
    refresh(&server, &token("laptop")).await.is(401, "unauthorized");
    refresh(&server, next.body["refresh_token"].as_str().unwrap()).await.is(401, "unauthorized");
    assert_eq!(refresh(&server, &token("phone")).await.status, 200);
    assert_eq!(server.count("SELECT count(*) FROM refresh_tokens").await, 0);
}
