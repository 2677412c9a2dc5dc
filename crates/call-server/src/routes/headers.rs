//! The headers of security that every reply carries.
//! Never knows the page: its own, wider policy is set in `page`; nor the client's files, which may be kept: see `assets`.

use crate::config::Tls;
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Whether browsers come back over HTTPS only (RFC 6797). Not for the host's other names: they may be of others.
///
/// A certificate of the server's own making promises nothing, and takes back what another one promised: whoever once made an
/// exception for it could make none later. Without HTTPS, and behind a proxy, this is no matter of the server.
pub(super) fn stays_encrypted(tls: &Tls) -> Option<HeaderValue> {
    let seconds = match (&tls.certificate, tls.self_signed) {
        (_, true) => 0,
        (Some(_), false) => tls.hsts_seconds,
        (None, false) => return None,
    };
    HeaderValue::from_str(&format!("max-age={seconds}")).ok()
}

/// Adds the headers that are not there yet.
pub(super) async fn secure(hsts: Option<HeaderValue>, request: Request, next: Next) -> Response {
    let is_personal = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if is_personal {
        // Tokens are among them, and what belongs to one person. What may be kept says so itself.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    response
}
