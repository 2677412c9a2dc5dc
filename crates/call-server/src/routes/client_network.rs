//! Reads from a request where it comes from: the network of the connection's address or, behind a reverse proxy, of the one
//! that the proxy saw. Never believes a header unless the operator says that there is a proxy.

use crate::{app::App, error::ApiError, network::Network};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The network that a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientNetwork(pub(super) Network);

impl FromRequestParts<Arc<App>> for ClientNetwork {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let ConnectInfo(connection) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(|error| ApiError::Internal(error.to_string()))?;
        let told = app.config.behind_proxy.then(|| forwarded_for(&parts.headers)).flatten();
        if app.config.behind_proxy && told.is_none() {
            app.accounts.journal.no_address_from(connection.ip());
        }
        Ok(Self(Network::of(told.unwrap_or(connection.ip()))))
    }
}

/// The last address of the last `X-Forwarded-For`, or where there is none, of the last `Forwarded` (RFC 7239): that one the
/// proxy wrote, those before it anybody may have.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = |name| {
        let value = headers.get_all(name).iter().next_back()?;
        // What cannot be read is still the last.
        Some(value.to_str().unwrap_or_default().rsplit(',').next().unwrap_or_default())
    };
    match last("x-forwarded-for") {
        Some(entry) => address(entry),
        None => last("forwarded")?.split(';').find_map(for_of).and_then(address),
    }
}

/// The `for` of a pair of `Forwarded`.
fn for_of(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    name.trim().eq_ignore_ascii_case("for").then_some(value)
}

/// An address in the spellings of proxies and balancers: with a port, in brackets, in quotes, with a zone.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches(|c: char| c == '"' || c.is_whitespace());
    let bare = match entry.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        // An IPv6 address has two colons at least, an IPv4 address has one before a port.
        None => entry.split_once(':').filter(|(_, port)| !port.contains(':')).map_or(entry, |(host, _)| host),
    };
    bare.split_once('%').map_or(bare, |(address, _zone)| address).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &'static str, values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        forwarded_for(&headers).map(|address| address.to_string())
    }

    #[test]
    fn only_what_the_nearest_proxy_wrote_is_believed() {
        let told = |values: &[&str]| told("x-forwarded-for", values);
        assert_eq!(told(&["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(told(&["10.0.0.1, 192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(told(&["10.0.0.1", "203.0.113.9, 2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(told(&[]), None);
        assert_eq!(told(&["192.0.2.1, unknown"]), None, "the one before it may be anybody's");
        assert_eq!(told(&["192.0.2.1,"]), None);
    }

    #[test]
    fn a_person_behind_any_proxy_is_told_apart_from_the_others_behind_it() {
        for (entry, meant) in [
            ("203.0.113.5:40005", "203.0.113.5"),
            ("[2001:db8::5]", "2001:db8::5"),
            ("[2001:DB8::5]:40005", "2001:db8::5"),
            ("2001:DB8:0::0005", "2001:db8::5"),
            ("  203.0.113.5\t", "203.0.113.5"),
            ("\"[2001:db8::5]:443\"", "2001:db8::5"),
            ("fe80::5%eth0", "fe80::5"),
            ("::ffff:203.0.113.5", "::ffff:203.0.113.5"),
        ] {
            assert_eq!(told("x-forwarded-for", &[entry]).as_deref(), Some(meant), "{entry}");
        }
        for nonsense in ["", ":", "[", "[]", "[2001:db8::5", "203.0.113", "203.0.113.5.6", "_hidden", "a:b:c"]
        {
            assert_eq!(told("x-forwarded-for", &[nonsense]), None, "{nonsense}");
        }
    }

    #[test]
    fn a_proxy_that_knows_the_standard_header_only_is_understood() {
        let last = "for=192.0.2.60;proto=http, For=\"[2001:db8::5]:4711\"; By=203.0.113.43";
        assert_eq!(told("forwarded", &[last]).as_deref(), Some("2001:db8::5"));
        assert_eq!(told("forwarded", &["for=unknown"]), None);
        let mut both = HeaderMap::new();
        both.append("forwarded", "for=192.0.2.60".parse().unwrap());
        both.append("x-forwarded-for", "192.0.2.1".parse().unwrap());
        assert_eq!(
            forwarded_for(&both),
            Some(IpAddr::from([192, 0, 2, 1])),
            "a visitor may have written the other"
        );
    }
}
