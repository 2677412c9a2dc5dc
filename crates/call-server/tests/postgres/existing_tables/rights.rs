//! A role that owns nothing of the application: missing privileges are reported as statements to run, and with
//! those it works.

use super::project::{ANNA, BEN, Project, TALK, role, user};
use call_server::{clock::Clock, config::Database};
use kit_server::test_server::TestServer;
use std::sync::Arc;

/// A role without any privilege, and an application whose trigger runs with its owner's.
async fn newcomer() -> (Project, String) {
    let project = Project::new().await;
    let name = format!("newcomer_{}", project.app);
    role(&name).await;
    project.run("ALTER FUNCTION mark() SECURITY DEFINER").await;
    (project, name)
}

/// Runs the proposed statements until nothing is missing.
async fn follow(project: &Project, sentences: &[String]) {
    for sentence in sentences {
        let (_, statement) = sentence.split_once(": ").unwrap();
        project.run(statement).await;
    }
}

async fn server(project: &Project, role: &str) -> TestServer {
    town_at(project, project.url_of(role)).await
}

async fn town_at(project: &Project, url: String) -> TestServer {
    TestServer::at(Arc::clone(&project.folder), Clock::manual(), |config| {
        project.configure(config);
        config.database = Database::Url(url);
    })
    .await
}

#[tokio::test]
async fn every_missing_privilege_is_reported_as_a_statement_and_no_other_is_needed() {
    let (project, role) = newcomer().await;
    let sentences = project.mismatches_of(&role).await;
    for part in [
        "may not make tables in the schema",
        "may not use the schema",
        "lacks the right SELECT",
        "lacks the right INSERT",
        "lacks the right REFERENCES",
    ] {
        assert!(sentences.iter().any(|sentence| sentence.contains(part)), "{part}: {sentences:#?}");
    }
    follow(&project, &sentences).await;
    let server = server(&project, &role).await;
    let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    let call = anna.rings(TALK).await;
    assert_eq!(ben.act(&call, "decline").await.status, 200);
    assert_eq!(project.texts("SELECT body FROM messages WHERE author IS NULL").await.len(), 1);
}

#[tokio::test]
async fn a_role_named_like_the_servers_schema_does_not_confuse_the_applications_triggers() {
    let (mut project, role) = newcomer().await;
    project.tables.schema = role.parse().unwrap();
    follow(&project, &project.mismatches_of(&role).await).await;
    for table in [&mut project.tables.users.table, &mut project.tables.messages.table] {
        table.schema = None;
    }
    // PostgreSQL's default search path: the schema named like the role, then the public one.
    let url = project.url_of(&role).replace("search_path%3D", "search_path%3D%22%24user%22%2C");
    for calls in 1..3 {
        let server = town_at(&project, url.clone()).await;
        let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
        let ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
        let call = anna.rings(TALK).await;
        assert_eq!(ben.act(&call, "decline").await.status, 200);
        assert_eq!(project.texts("SELECT body FROM messages WHERE author IS NULL").await.len(), calls);
        let (_, _) = server.stop().await;
    }
}

#[tokio::test]
async fn the_applications_row_level_security_is_reported_and_a_policy_for_the_role_is_enough() {
    let (project, role) = newcomer().await;
    follow(&project, &project.mismatches_of(&role).await).await;
    project
        .run(
            "ALTER TABLE profiles ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY own ON profiles USING (id::text = current_setting('request.jwt.claim.sub', true))",
        )
        .await;
    let sentences = project.mismatches_of(&role).await;
    let [sentence] = sentences.as_slice() else { panic!("{sentences:#?}") };
    assert!(sentence.contains("row level security hides") && sentence.contains("BYPASSRLS"), "{sentence}");
    project.run(format!("CREATE POLICY calls ON profiles FOR SELECT TO {role} USING (true)")).await;
    let server = server(&project, &role).await;
    assert_eq!(server.signed_in(&user(ANNA), "anna").get("/api/me").await.body["display_name"], "Anna Abel");
}
