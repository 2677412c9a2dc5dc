//! Reads from a request which program sends it, for people to recognise: a browser and its system, or what another program
//! calls itself; and the network.
//! Never keeps a whole `User-Agent`: it says more than anybody needs.

use super::client_network::ClientNetwork;
use crate::{app::App, auth::device_name, error::ApiError, model::SignIn, names, service::accounts::Program};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use call_protocol::DEVICE_HEADER;
use std::sync::Arc;

/// Characters of what a program calls itself.
const LONGEST: usize = 40;

impl FromRequestParts<Arc<App>> for Program {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let ClientNetwork(network) = ClientNetwork::from_request_parts(parts, app).await?;
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let device = text(header::USER_AGENT).and_then(name_of);
        let sign_in = SignIn { device, network: Some(network.to_string()) };
        // One that cannot be read is none: nobody stays signed out for it.
        let device = parts.headers.get(DEVICE_HEADER).and_then(|value| value.to_str().ok());
        Ok(Self { network, sign_in, device: device.and_then(|name| device_name(name).ok()) })
    }
}

/// The most telling names in a `User-Agent`.
fn name_of(agent: &str) -> Option<String> {
    // Order matters: most browsers also carry the names of those they descend from.
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(browser), None) => Some(browser.to_owned()),
        (None, _) => {
            let product = agent.split(['/', ' ', '(']).next().unwrap_or_default();
            Some(names::line(product, LONGEST)).filter(|name| !name.is_empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_by_its_name_and_system_and_a_program_by_its_own() {
        const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                              Chrome/126.0.0.0 Safari/537.36";
        const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                              Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
        for (agent, name) in [
            (CHROME, "Chrome on Windows"),
            (&format!("{CHROME} Edg/126.0.0.0"), "Edge on Windows"),
            (SAFARI, "Safari on iPhone"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
            ("Python/3.12 aiohttp/3.9.5", "Python"),
            ("door\u{202e}bell", "doorbell"),
        ] {
            assert_eq!(name_of(agent).as_deref(), Some(name));
        }
        assert_eq!(name_of(""), None);
        assert_eq!(name_of(&"x".repeat(5000)).map(|name| name.len()), Some(LONGEST));
    }
}
