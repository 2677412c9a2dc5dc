//! A database that rejects the server, and accepts it again.

use call_server::{clock::Clock, config::Database};
use kit_server::{
    test_server::{TestServer, eventually},
    world::World,
};
use kit_services::postgres;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::sync::Arc;

#[tokio::test]
async fn a_server_without_its_database_is_alive_but_not_ready_until_it_is_back() {
    let folder = Arc::new(World::Postgres.folder());
    let name = format!("{}_alone", folder.schema());
    let mut operator = PgConnection::connect(postgres::url()).await.unwrap();
    let mut order = async |sql: String| operator.execute(AssertSqlSafe(sql)).await.unwrap();
    order(format!("CREATE DATABASE {name}")).await;
    let url = postgres::url().replace("/postgres?", &format!("/{name}?"));
    let server = TestServer::at(folder, Clock::manual(), |config| config.database = Database::Url(url)).await;
    assert_eq!(server.get("/readyz").await.status, 200);
    order(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    order(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    // The last result is cached for a second.
    eventually(async || server.get("/readyz").await.status == 503).await;
    let reply = server.get("/readyz").await;
    assert_eq!((&reply.body["status"], &reply.body["part"]), (&"not ready".into(), &"database".into()));
    assert!(reply.body["reason"].as_str().unwrap().contains("database"), "{}", reply.text);
    assert_eq!(server.get("/healthz").await.status, 200);
    order(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    eventually(async || server.get("/readyz").await.status == 200).await;
}
