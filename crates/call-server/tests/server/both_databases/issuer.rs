//! Tokens of an external issuer: which are accepted, and how forgeries are refused.

use super::issuer_keys::{
    EC_JWK, EC_PRIVATE, EC_PUBLIC, OTHER_EC_JWK, OTHER_EC_PRIVATE, RSA_JWK, RSA_PRIVATE, RSA_PUBLIC,
};
use axum::{Router, http::StatusCode, routing::get};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use call_protocol::close_code;
use call_server::{
    config::{Issuer, IssuerKeys},
    service::deletion,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kit_server::{
    person::Person,
    socket::Socket,
    test_server::{TestServer, eventually},
};
use serde_json::{Value, json};
use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;

/// An issuer's JWKS page, which can change and fail.
#[derive(Clone)]
pub(crate) struct Page {
    keys: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicU32>,
    hangs: Arc<AtomicBool>,
    url: String,
}

impl Page {
    pub(crate) async fn open(keys: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let page = Self { keys: Arc::default(), asked: Arc::default(), hangs: Arc::default(), url };
        page.publish(keys);
        let shown = page.clone();
        let answer = async move || {
            shown.asked.fetch_add(1, Ordering::SeqCst);
            if shown.hangs.load(Ordering::SeqCst) {
                pending::<()>().await;
            }
            let keys = shown.keys.lock().unwrap().clone();
            keys.map_or((StatusCode::BAD_GATEWAY, String::new()), |keys| (StatusCode::OK, keys))
        };
        let router = Router::new().route("/keys", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        page
    }

    pub(crate) fn publish(&self, keys: &[&str]) {
        *self.keys.lock().unwrap() = Some(format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    }

    /// From now on it accepts requests without answering, or answers again.
    pub(crate) fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    fn breaks(&self) {
        *self.keys.lock().unwrap() = None;
    }

    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) async fn server(&self) -> TestServer {
        let keys = IssuerKeys::Published(self.url.clone());
        let issuer =
            Issuer { keys, audience: Some("calls".to_owned()), name: Some("https://id.example".to_owned()) };
        TestServer::with(|config| config.issuer = Some(issuer)).await
    }
}

/// The claims of a valid token, which expires in a quarter of an hour.
pub(crate) fn claims(server: &TestServer, person: &Person) -> Value {
    let now = server.clock.now().seconds();
    json!({ "sub": person.id, "exp": now + 900, "iat": now, "aud": "calls", "iss": "https://id.example" })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn header(algorithm: Algorithm, kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }
}

/// The bytes between the lines of a PEM text.
fn bytes(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    BASE64_STANDARD.decode(lines).unwrap()
}

fn ec(private: &str) -> EncodingKey {
    EncodingKey::from_ec_der(&bytes(private))
}

pub(crate) fn by_ec(claims: &Value) -> String {
    encode(&header(Algorithm::ES256, "ec-1"), claims, &ec(EC_PRIVATE)).unwrap()
}

fn by_rsa(claims: &Value) -> String {
    let key = EncodingKey::from_rsa_der(&bytes(RSA_PRIVATE));
    encode(&header(Algorithm::RS256, "rsa-1"), claims, &key).unwrap()
}

fn by_secret(secret: &[u8], kid: &str, claims: &Value) -> String {
    encode(&header(Algorithm::HS256, kid), claims, &EncodingKey::from_secret(secret)).unwrap()
}

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

pub(crate) async fn with_token(person: &Person, token: String) -> Person {
    Person { token, ..person.clone() }
}

#[tokio::test]
async fn somebody_the_issuer_knows_can_call_like_anybody_else() {
    let page = Page::open(&[EC_JWK, RSA_JWK]).await;
    let server = page.server().await;
    let (mut anna, mut ben) = (server.person("anna").await, server.person("ben").await);
    anna.token = by_ec(&claims(&server, &anna));
    ben.token = by_rsa(&with(claims(&server, &ben), "aud", json!(["other", "calls"])));
    let conversation = server.befriend(&anna, &ben).await;
    let (anna, mut ben) = (anna.connect("anna-1").await, ben.connect("ben-1").await);
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    assert_eq!(page.asked(), 1, "the keys are fetched once");
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let page = Page::open(&[EC_JWK, RSA_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    let good = claims(&server, &anna);
    let now = server.clock.now().seconds();
    let unsigned = |algorithm: &str| {
        format!("{}.{}.", part(&json!({ "typ": "JWT", "alg": algorithm, "kid": "ec-1" })), part(&good))
    };
    let carrying = |name: &str, value: Value, kid: &str| {
        // A complete token signed by somebody else's key, which it contains.
        let mut header = serde_json::to_value(header(Algorithm::ES256, kid)).unwrap();
        header[name] = value;
        let signed = format!("{}.{}", part(&header), part(&good));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &ec(OTHER_EC_PRIVATE), Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    };
    let other_jwk: Value = serde_json::from_str(OTHER_EC_JWK).unwrap();
    let rsa_key = EncodingKey::from_rsa_der(&bytes(RSA_PRIVATE));
    let forged = [
        ("no algorithm", unsigned("none")),
        ("no algorithm, in capitals", unsigned("NONE")),
        ("the public key as a secret", by_secret(EC_PUBLIC.as_bytes(), "ec-1", &good)),
        ("the RSA public key as a secret", by_secret(RSA_PUBLIC.as_bytes(), "rsa-1", &good)),
        ("the published text as a secret", by_secret(EC_JWK.as_bytes(), "ec-1", &good)),
        ("the published RSA text as a secret", by_secret(RSA_JWK.as_bytes(), "rsa-1", &good)),
        ("an id of another algorithm", encode(&header(Algorithm::RS256, "ec-1"), &good, &rsa_key).unwrap()),
        (
            "an id of another algorithm, reversed",
            encode(&header(Algorithm::ES256, "rsa-1"), &good, &ec(EC_PRIVATE)).unwrap(),
        ),
        (
            "another size of the same kind",
            encode(&header(Algorithm::RS512, "rsa-1"), &good, &rsa_key).unwrap(),
        ),
        (
            "somebody else's key",
            encode(&header(Algorithm::ES256, "ec-1"), &good, &ec(OTHER_EC_PRIVATE)).unwrap(),
        ),
        (
            "an id that nobody published",
            encode(&header(Algorithm::ES256, "ec-2"), &good, &ec(OTHER_EC_PRIVATE)).unwrap(),
        ),
        (
            "no id, where there are two keys",
            encode(&Header::new(Algorithm::ES256), &good, &ec(EC_PRIVATE)).unwrap(),
        ),
        ("a key in the token", carrying("jwk", other_jwk.clone(), "ec-1")),
        ("a key in the token, with its own id", carrying("jwk", other_jwk, "ec-2")),
        ("an address of keys in the token", carrying("jku", json!(page.url), "ec-2")),
        ("an address of a certificate in the token", carrying("x5u", json!(page.url), "ec-2")),
        ("no expiry", by_ec(&without(good.clone(), "exp"))),
        ("an expiry that is no number", by_ec(&with(good.clone(), "exp", json!("tomorrow")))),
        ("nobody", by_ec(&without(good.clone(), "sub"))),
        ("an empty name", by_ec(&with(good.clone(), "sub", json!("")))),
        ("good tomorrow", by_ec(&with(good.clone(), "nbf", json!(now + 3600)))),
        ("for somebody else", by_ec(&with(good.clone(), "aud", json!("payments")))),
        ("for several others", by_ec(&with(good.clone(), "aud", json!(["payments", "mail"])))),
        ("for nobody", by_ec(&without(good.clone(), "aud"))),
        ("by another issuer", by_ec(&with(good.clone(), "iss", json!("https://id.example.evil.test")))),
        ("by no issuer", by_ec(&without(good.clone(), "iss"))),
        ("an application's key", by_ec(&with(good.clone(), "role", json!("anon")))),
        ("a server's key", by_ec(&with(good.clone(), "role", json!("service_role")))),
        ("this server's own token", anna.token.clone()),
        ("nothing", String::new()),
    ];
    for (what, token) in forged {
        let forger = with_token(&anna, token.clone()).await;
        let refused = forger.get("/api/contacts").await;
        assert_eq!((refused.status, refused.code()), (401, "unauthorized"), "{what}");
        let mut socket = Socket::open(server.address).await;
        socket.hello(&token, "anna-1").await;
        assert_eq!(socket.close_code().await, Some(close_code::UNAUTHORIZED), "{what}");
    }
    let late = with_token(&anna, by_ec(&with(good.clone(), "exp", json!(now - 1)))).await;
    late.get("/api/contacts").await.is(401, "token_expired");
    assert_eq!(with_token(&anna, by_ec(&good)).await.get("/api/contacts").await.status, 200, "the real one");
}

#[tokio::test]
async fn a_stranger_with_a_valid_token_is_refused_and_never_added() {
    let page = Page::open(&[EC_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    for sub in ["01890000-0000-7000-8000-000000000000", "auth0|somebody", "' OR 1=1 --"] {
        let stranger = with_token(&anna, by_ec(&with(claims(&server, &anna), "sub", json!(sub)))).await;
        stranger.get("/api/contacts").await.is(401, "unknown_user");
        stranger.post("/api/calls/initiate", json!({})).await.is(401, "unknown_user");
        let mut socket = Socket::open(server.address).await;
        socket.hello(&stranger.token, "d1").await;
        assert_eq!(socket.close_code().await, Some(close_code::UNKNOWN_USER));
    }
    assert_eq!(server.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn somebody_deleted_while_connected_learns_that_the_tokens_subject_is_unknown() {
    let page = Page::open(&[EC_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    let mut phone = with_token(&anna, by_ec(&claims(&server, &anna))).await.connect("anna-1").await;
    deletion::delete(&server.app.accounts, &anna.id).await.unwrap();
    assert_eq!(phone.socket.close_code().await, Some(close_code::UNKNOWN_USER));
}

#[tokio::test]
async fn a_new_key_is_found_and_invented_ones_do_not_make_the_server_fetch_again_and_again() {
    let page = Page::open(&[RSA_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    let token = by_ec(&claims(&server, &anna));
    let anna = with_token(&anna, token).await;
    for _ in 0..20 {
        anna.get("/api/contacts").await.is(401, "unauthorized");
    }
    assert_eq!(page.asked(), 1, "at the start, and not again within seconds");
    page.publish(&[RSA_JWK, EC_JWK]);
    server.clock.advance(Duration::from_secs(11));
    assert_eq!(anna.get("/api/contacts").await.status, 200);
    assert_eq!(page.asked(), 2);
    // A withdrawn key is valid for ten more minutes, and until the page has been read again.
    page.publish(&[RSA_JWK]);
    server.clock.advance(Duration::from_secs(601));
    eventually(async || anna.get("/api/contacts").await.status == 401).await;
}

#[tokio::test]
async fn people_keep_talking_while_the_issuer_is_away() {
    let page = Page::open(&[EC_JWK]).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    page.breaks();
    for minutes in [1, 60, 600] {
        server.clock.advance(Duration::from_secs(60 * minutes));
        let token = by_ec(&claims(&server, &anna));
        assert_eq!(with_token(&anna, token).await.get("/api/contacts").await.status, 200);
    }
    assert!(page.asked() > 1, "it was asked for newer keys");
}

#[tokio::test]
async fn usable_keys_are_taken_from_a_page_with_unusable_ones() {
    let odd = [
        r#"{"kty":"oct","kid":"s","k":"c2VjcmV0IHRoYXQgc29tZWJvZHkgcHVibGlzaGVk","alg":"HS256"}"#,
        r#"{"kty":"later","kid":"x"}"#,
        r#"{"kty":"EC","crv":"P-256","kid":"broken","x":"AA","y":"AA"}"#,
        r#"{"kty":"RSA","kid":"short","n":"AQAB","e":"AQAB"}"#,
        r#"17"#,
        EC_JWK,
    ];
    let page = Page::open(&odd).await;
    let server = page.server().await;
    let anna = server.person("anna").await;
    let good = claims(&server, &anna);
    assert_eq!(with_token(&anna, by_ec(&good)).await.get("/api/contacts").await.status, 200);
    let token = by_secret(b"secret that somebody published", "s", &good);
    with_token(&anna, token).await.get("/api/contacts").await.is(401, "unauthorized");
}

#[tokio::test]
async fn tokens_signed_with_a_shared_secret_are_accepted_for_their_audience() {
    let secret = "the secret of a project, known to its servers only";
    let issuer = Issuer {
        keys: IssuerKeys::Secret(secret.to_owned()),
        audience: Some("authenticated".to_owned()),
        name: None,
    };
    let server = TestServer::with(|config| config.issuer = Some(issuer)).await;
    let anna = server.person("anna").await;
    let exp = server.clock.now().seconds() + 3600;
    let token = |claims: Value| by_secret(secret.as_bytes(), "any", &claims);
    let user = json!({ "sub": anna.id, "exp": exp, "aud": "authenticated", "role": "authenticated" });
    assert_eq!(with_token(&anna, token(user)).await.get("/api/contacts").await.status, 200);
    for role in ["anon", "service_role"] {
        let key = json!({ "iss": "supabase", "ref": "project", "role": role, "exp": exp });
        with_token(&anna, token(key)).await.get("/api/contacts").await.is(401, "unauthorized");
    }
    let forged = by_ec(&json!({ "sub": anna.id, "exp": exp, "aud": "authenticated" }));
    with_token(&anna, forged).await.get("/api/contacts").await.is(401, "unauthorized");
}

#[tokio::test]
async fn a_socket_outlives_its_token_when_a_new_one_arrives_in_time() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    ben.act(&call, "answer").await;
    server.pass(14 * 60).await;
    let warned = anna.socket.until("token_expiring").await;
    assert!((1..=60).contains(&warned["seconds"].as_u64().unwrap()), "{warned}");
    ben.socket.until("token_expiring").await;
    let fresh = server.signed_in(&anna.person.id, "anna").token;
    anna.socket.say(json!({ "type": "token", "token": fresh })).await;
    eventually(async || {
        server.pass(5).await;
        ben.socket.all().await;
        !server.app.calls.hub.any_connected(&ben.person.id)
    })
    .await;
    assert_eq!(ben.socket.close_code().await, Some(close_code::UNAUTHORIZED));
    assert!(server.app.calls.hub.any_connected(&anna.person.id));
    assert_eq!(
        server.count("SELECT count(*) FROM calls WHERE status = 'active'").await,
        1,
        "the call is untouched"
    );
    let back = server.signed_in(&ben.person.id, "ben").connect("ben-1").await;
    assert_eq!(back.welcome["live_calls"][0]["call"]["status"], "active");
}

#[tokio::test]
async fn nobody_becomes_somebody_else_by_renewing_a_token() {
    let server = TestServer::new().await;
    let (mut anna, ben, _) = server.anna_and_ben().await;
    anna.socket.say(json!({ "type": "token", "token": ben.person.token })).await;
    assert_eq!(anna.socket.close_code().await, Some(close_code::UNAUTHORIZED));
    let mut again = anna.person.connect("anna-1").await;
    again.socket.say(json!({ "type": "token", "token": "forged" })).await;
    assert_eq!(again.socket.close_code().await, Some(close_code::UNAUTHORIZED));
}
