//! What the values of flags may be, where a type alone does not say it. Each refusal is a sentence that shows a good value.
//! Never opens or asks anything.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// A `SocketAddr`, also of `localhost`.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    if let Ok(address) = local.as_deref().unwrap_or(text).parse() {
        return Ok(address);
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return Err(format!("an address has no {scheme}:// in front; write {}", rest.trim_end_matches('/')));
    }
    let port = text.strip_prefix(':').or_else(|| text.strip_prefix("*:")).unwrap_or(text);
    if u16::from_str(port).is_ok() {
        return Err(format!(
            "say which address, too: 127.0.0.1:{port} for this machine alone, 0.0.0.0:{port} for everybody who reaches it"
        ));
    }
    if text.parse::<IpAddr>().is_ok() {
        let host = if text.contains(':') { format!("[{text}]") } else { text.to_owned() };
        return Err(format!("the port is missing, such as {host}:8080"));
    }
    Err("it is an IP address and a port of at most 65535, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

pub(super) fn database_url(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => Ok(text.to_owned()),
        Some((_, _)) | None => {
            Err("it begins with postgres://; an SQLite file is named by --database".to_owned())
        }
    }
}

/// A path, which is no address.
pub(super) fn file(text: &str) -> Result<std::path::PathBuf, String> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => {
            Err("this is a file for SQLite; a PostgreSQL database is named by DATABASE_URL or --database-url"
                .to_owned())
        }
        Some(_) => Err("it is the path of a file, not an address".to_owned()),
        None if text.is_empty() => Err("it is empty".to_owned()),
        None => Ok(text.into()),
    }
}

pub(super) fn origin(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let scheme = if text.starts_with("http://") { "http://" } else { "https://" };
    let host = text.strip_prefix(scheme).unwrap_or(&text);
    let (host, rest) = host.find(['/', '?', '#']).map_or((host, ""), |end| host.split_at(end));
    // Browsers leave out the port that the scheme implies.
    let host = host.strip_suffix(if scheme == "https://" { ":443" } else { ":80" }).unwrap_or(host);
    let is_host = !host.is_empty() && !host.contains(['@', '*', ' ', '\\', ',']) && !text.contains("*");
    let origin = format!("{scheme}{host}");
    let known = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    match (is_host, known && rest.is_empty()) {
        (true, true) => Ok(origin),
        // What was written and is no path, such as ftp://a.test, is not made into one.
        (true, false) if !rest.starts_with("//") && host != "null" => {
            Err(format!("an origin is scheme, host and port, without a path: write {origin}"))
        }
        (_, _) => Err("an origin is scheme, host and port, such as https://chat.example:8443".to_owned()),
    }
}

pub(super) fn secret(text: &str) -> Result<String, String> {
    if text.len() < 32 {
        return Err("the secret must have at least 32 bytes".to_owned());
    }
    Ok(text.to_owned())
}

/// Where keys are published: encrypted, or within a network of one's own.
pub(super) fn jwks(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let host = host(rest);
    match scheme {
        "https" if !host.is_empty() => Ok(text.to_owned()),
        "http" if is_local(host) => Ok(text.to_owned()),
        "http" if !host.is_empty() => Err(format!(
            "keys that come over plain http can be exchanged on the way, and whoever does is everybody here: use https://{rest}"
        )),
        _ => Err("the keys are fetched from an address such as https://id.example/.well-known/jwks.json"
            .to_owned()),
    }
}

pub(super) fn bus(text: &str) -> Result<String, String> {
    let one = |server: &str| {
        server.trim().parse::<async_nats::ServerAddr>().is_ok_and(|address| !address.host().is_empty())
    };
    if text.split(',').all(one) {
        return Ok(text.to_owned());
    }
    Err("it is the address of a NATS server, such as nats://10.0.0.5:4222, or tls:// in front".to_owned())
}

/// The host of what follows a scheme.
pub(super) fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match authority.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a host is this machine, or one of a network of one's own by its name or number.
pub(super) fn is_local(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if let Ok(address) = host.parse::<IpAddr>() {
        return match address.to_canonical() {
            IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
            IpAddr::V6(address) => {
                address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
            }
        };
    }
    let own = [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc", ".cluster.local"];
    !host.is_empty() && (!host.contains('.') || own.iter().any(|end| host.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_write_it_or_explained() {
        assert_eq!(address("localhost:8080"), Ok(SocketAddr::from(([127, 0, 0, 1], 8080))));
        assert_eq!(address("[::1]:0").map(|address| address.port()), Ok(0));
        for (text, sentence) in [
            (":8080", "127.0.0.1:8080 for this machine alone, 0.0.0.0:8080 for everybody"),
            ("8080", "127.0.0.1:8080 for this machine alone"),
            ("*:80", "0.0.0.0:80"),
            ("127.0.0.1", "such as 127.0.0.1:8080"),
            ("::1", "such as [::1]:8080"),
            ("http://127.0.0.1:8080/", "no http:// in front; write 127.0.0.1:8080"),
            ("127.0.0.1:80800", "at most 65535"),
            ("calls.example:443", "an IP address and a port"),
            ("", "an IP address and a port"),
        ] {
            let said = address(text).unwrap_err();
            assert!(said.contains(sentence), "{text}: {said}");
        }
    }

    #[test]
    fn an_origin_with_more_than_that_is_answered_with_what_was_meant() {
        for (text, meant) in [
            ("https://Chat.example/", "https://chat.example"),
            ("https://chat.example:443/login?next=x", "https://chat.example"),
            ("http://localhost:3000/", "http://localhost:3000"),
            ("chat.example", "https://chat.example"),
        ] {
            let said = origin(text).unwrap_err();
            assert!(said.ends_with(&format!("write {meant}")), "{text}: {said}");
        }
        for text in
            ["*", "https://*.chat.example", "https://", "", "ftp://a.test", "null", "https://me@a.test"]
        {
            let said = origin(text).unwrap_err();
            assert!(said.ends_with("such as https://chat.example:8443"), "{text}: {said}");
        }
    }

    #[test]
    fn keys_come_encrypted_or_from_a_network_of_one_s_own() {
        for good in [
            "https://id.example/jwks.json",
            "http://127.0.0.1:9999/keys",
            "http://[::1]/keys",
            "http://10.1.2.3/keys",
            "http://kong:8000/auth/v1/.well-known/jwks.json",
            "http://auth.default.svc.cluster.local/keys",
        ] {
            assert!(jwks(good).is_ok(), "{good}");
        }
        for bad in ["http://id.example/keys", "http://93.184.216.34/keys", "http://localhost@id.example/keys"]
        {
            let said = jwks(bad).unwrap_err();
            assert!(said.contains("use https://"), "{bad}: {said}");
        }
        for bad in ["id.example/keys", "https://", "ftp://localhost/keys", ""] {
            assert!(jwks(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_is_no_address_and_a_bus_no_website() {
        assert!(file("./data/calls.sqlite").is_ok());
        assert!(file("postgres://host/calls").unwrap_err().contains("DATABASE_URL"));
        for bad in ["http://a.test", ""] {
            assert!(file(bad).is_err(), "{bad:?}");
        }
        for good in ["nats://10.0.0.5:4222", "10.0.0.5", "tls://a:4222,nats://user:pass@b:4222"] {
            assert!(bus(good).is_ok(), "{good}");
        }
        for bad in ["http://a.test", "nats://", "nats://a:99999"] {
            assert!(bus(bad).unwrap_err().contains("nats://10.0.0.5:4222"), "{bad}");
        }
    }
}
