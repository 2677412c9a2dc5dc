//! The client's page, `index.html`, and the content security policy that fits it: WebAssembly is allowed, and of
//! inline scripts exactly those that stand in the page.
//! Never serves other files: see `assets`.

use crate::web_client::Client;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// Serves the page of the client; `pictures` are the origins from which it may show any.
pub(super) async fn serve(client: Client, pictures: String, request: HeaderMap) -> Response {
    let Ok(page) = client.read_to_string("index.html").await else {
        let sentence = "The web client is not built: no index.html in the folder given by --client.\n";
        return (StatusCode::NOT_FOUND, sentence).into_response();
    };
    let tag = format!("\"{}\"", BASE64_STANDARD.encode(Sha256::digest(&page)));
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let known = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let policy = HeaderValue::from_str(&content_policy(&page, host, &pictures));
    let mut response = if known.is_some_and(|tags| tags.contains(&tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(page));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        response
    };
    // Also without a body: a browser takes the headers of "not modified" for those of the page that it kept.
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A page of others that opened this one, or was opened by it, has no hold on it; the windows that it opens stay its own.
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    response.headers_mut().insert(opener, HeaderValue::from_static("same-origin-allow-popups"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn content_policy(page: &str, host: &str, pictures: &str) -> String {
    let scripts: String = inline_scripts(page)
        .map(|script| format!(" 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script))))
        .collect();
    // Not every browser counts the socket as 'self'.
    let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    let socket = if plain { format!(" ws://{host} wss://{host}") } else { String::new() };
    let gap = if pictures.is_empty() { "" } else { " " };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         connect-src 'self'{socket}; img-src 'self' data:{gap}{pictures}; media-src 'self' blob:; font-src 'self'; \
         manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The texts of the scripts that stand in the page itself.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, body) = rest.split_once('>')?;
        let (script, _) = body.split_once("</script>")?;
        (!attributes.contains("src=") && !script.is_empty()).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_s_own_inline_script_is_allowed_by_its_hash_and_no_other() {
        let page = "<head><script type=\"module\">start()</script><script src=\"/a.js\"></script></head>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["start()"]);
        let policy = content_policy(page, "localhost:8080", "");
        let hash = BASE64_STANDARD.encode(Sha256::digest("start()"));
        assert!(
            policy.contains(&format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';")),
            "{policy}"
        );
        assert!(policy.contains("connect-src 'self' ws://localhost:8080 wss://localhost:8080;"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert!(policy.contains("; img-src 'self' data:; "), "nobody else learns who looks: {policy}");
        let policy = content_policy(page, "", "https://cdn.test https://a.test");
        assert!(policy.contains("; img-src 'self' data: https://cdn.test https://a.test; "), "{policy}");
    }

    #[test]
    fn a_host_header_cannot_add_to_the_policy() {
        let policy = content_policy("", "evil.test; script-src *", "");
        assert!(!policy.contains("evil"), "{policy}");
    }
}
