//! An issuer that hangs, or publishes nothing usable: the people it vouched for do not notice.

use super::{
    issuer::{Page, by_ec, claims, with_token},
    issuer_keys::{EC_JWK, OTHER_EC_JWK, RSA_JWK},
};
use kit_server::test_server::{PATIENCE, eventually};
use std::time::Duration;
use tokio::time::timeout;

/// Less than the server waits for the issuer's answer.
const AT_ONCE: Duration = Duration::from_secs(4);

#[tokio::test]
async fn people_whose_key_is_known_do_not_wait_for_a_hanging_issuer() {
    let page = Page::open(&[EC_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    let good = async || with_token(&anna, by_ec(&claims(&server, &anna))).await;
    page.hang(true);
    for _ in 0..3 {
        server.clock.advance(Duration::from_secs(601));
        let reply = timeout(AT_ONCE, good().await.get("/api/contacts")).await.expect("nobody waits");
        assert_eq!(reply.status, 200);
    }
    eventually(async || page.asked() > 1).await;
    // Once it answers again, its newer keys are used.
    page.hang(false);
    page.publish(&[RSA_JWK]);
    eventually(async || {
        server.clock.advance(Duration::from_secs(11));
        good().await.get("/api/contacts").await.status == 401
    })
    .await;
}

#[tokio::test]
async fn a_page_without_usable_keys_takes_nobodys_key_away() {
    let page = Page::open(&[EC_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    let good =
        async || with_token(&anna, by_ec(&claims(&server, &anna))).await.get("/api/contacts").await.status;
    for keys in [&[][..], &[r#"{"kty":"oct","kid":"ec-1","k":"c2VjcmV0"}"#], &["17"]] {
        page.publish(keys);
        let before = page.asked();
        server.clock.advance(Duration::from_secs(601));
        assert_eq!(good().await, 200);
        eventually(async || page.asked() > before).await;
        server.clock.advance(Duration::from_secs(11));
        assert_eq!(good().await, 200, "{keys:?}");
    }
    page.publish(&[OTHER_EC_JWK]);
    eventually(async || {
        server.clock.advance(Duration::from_secs(11));
        good().await == 401
    })
    .await;
}

#[tokio::test]
async fn a_server_whose_issuer_hangs_starts_all_the_same_and_takes_the_keys_later() {
    let page = Page::open(&[EC_JWK]).await;
    page.hang(true);
    let server = timeout(PATIENCE, page.server()).await.expect("it starts");
    let anna = server.person("anna").await;
    let anna = with_token(&anna, by_ec(&claims(&server, &anna))).await;
    anna.get("/api/contacts").await.is(503, "unavailable");
    page.hang(false);
    server.clock.advance(Duration::from_secs(11));
    assert_eq!(anna.get("/api/contacts").await.status, 200);
}
