//! HTTPS without a proxy: the certificate and the handshakes.
//! Never decides who may do what; with a proxy in front, nothing of this is used.

mod certificate;
mod handshakes;
mod self_signed;

pub use certificate::TlsError;
pub(crate) use handshakes::Handshakes;

use crate::config::Config;
use certificate::Certificate;
use std::{net::IpAddr, sync::Arc};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// The encryption of a server that has a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    certificate: Arc<Certificate>,
    server: Arc<ServerConfig>,
    self_signed: bool,
}

impl Tls {
    /// Reads the certificate that is configured, or makes one for what is listened on; `None` without encryption.
    ///
    /// # Errors
    /// One sentence on what is wrong with the files.
    pub(crate) fn new(config: &Config, listens_on: IpAddr) -> Result<Option<Self>, TlsError> {
        let tls = &config.tls;
        let certificate = match &tls.certificate {
            Some(file) => Certificate::load(file.clone(), tls.key.clone())?,
            None if tls.self_signed => {
                Certificate::load(self_signed::file(&config.database.folder(), listens_on)?, None)?
            }
            None => return Ok(None),
        };
        let certificate = Arc::new(certificate);
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as _);
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        if config.relay.is_some() {
            server.alpn_protocols.push(b"stun.turn".to_vec()); // RFC 7443
        }
        Ok(Some(Self { certificate, server: Arc::new(server), self_signed: tls.self_signed }))
    }

    /// The fingerprint of a certificate of the server's own making, as browsers show it.
    pub(crate) fn own_fingerprint(&self) -> Option<String> {
        self.self_signed.then(|| self.certificate.fingerprint())
    }

    /// Reads the certificate again whenever its files change, as long as the server runs.
    pub(crate) async fn keep_fresh(self, pause: std::time::Duration) {
        let mut ticks = tokio::time::interval(pause);
        loop {
            ticks.tick().await;
            let certificate = Arc::clone(&self.certificate);
            // A folder on another machine may not answer: that is no reason for anybody else to wait.
            match tokio::task::spawn_blocking(move || certificate.reload()).await {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => tracing::info!("the certificate was read again"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the changed certificate cannot be used; the last one stays")
                }
                Err(error) => tracing::error!(%error, "the certificate could not be looked at"),
            }
        }
    }
}
