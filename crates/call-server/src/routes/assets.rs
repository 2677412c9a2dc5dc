//! The built client's files, with caching by their names: hashed ones for a year, the others asked for again.
//! Never serves the page itself: see `page`.

use super::{page, unknown_address};
use crate::{config::Config, error::ApiError, web_client::Shelf};
use axum::{
    Router,
    extract::Request,
    handler::HandlerWithoutStateExt,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use tower_http::{
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    services::ServeDir,
};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Serves the page and the client's files; anything else is an unknown address.
pub(super) fn service(config: &Config) -> Router {
    let files = ServeDir::with_backend("", Shelf::new(config.client.clone()))
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(unknown_address.into_service());
    let (client, pictures) = (config.client.clone(), config.picture_origins().join(" "));
    let page = get(move |headers: HeaderMap| page::serve(client.clone(), pictures.clone(), headers));
    Router::new()
        .route("/", page.clone())
        .route("/index.html", page)
        .fallback_service(files)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(middleware::from_fn(caching))
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
}

/// Pictures and sounds are compressed already.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::const_new("audio/"))
}

async fn caching(request: Request, next: Next) -> Response {
    let hashed = is_hashed(request.uri().path());
    let mut response = next.run(request).await;
    // Sounds are asked for in parts.
    if [StatusCode::OK, StatusCode::PARTIAL_CONTENT, StatusCode::NOT_MODIFIED].contains(&response.status()) {
        let rule = HeaderValue::from_static(if hashed { FOR_A_YEAR } else { ASK_AGAIN });
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(rule);
        // The files are everybody's: a page that is isolated (COEP `require-corp`) may play the sounds, too.
        response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    response
}

/// Whether a part of the path carries the hash that the build puts into names: a dash and 16 hex digits.
fn is_hashed(path: &str) -> bool {
    path.split('/').any(|name| {
        name.split('-').skip(1).any(|part| {
            let hash = part.split(['.', '_']).next().unwrap_or_default();
            hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_the_build_s_hash_are_kept_for_a_year() {
        for hashed in [
            "/messenger-calls-0123456789abcdef.js",
            "/messenger-calls-0123456789abcdef_bg.wasm",
            "/style-0123456789abcdef.css",
            "/snippets/messenger-calls-0123456789abcdef/inline0.js",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in ["/calls.js", "/sounds/video_call.mp3", "/a-b.css", "/x-0123456789abcdeg.js"] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
