//! How the server speaks to browsers: plainly, behind a proxy that encrypts, or encrypted itself.
//! Never reads the files: see `tls`.

use clap::builder::FalseyValueParser;
use std::{io::ErrorKind, path::PathBuf};

/// The certificate of the server, if it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The PEM file of the certificate and of those that vouch for it.
    pub certificate: Option<PathBuf>,
    /// The PEM file of its key; in the certificate's file when `None`.
    pub key: Option<PathBuf>,
    /// Whether the server makes a certificate itself.
    pub self_signed: bool,
    /// How long browsers remember to come over HTTPS only, once they came to a certificate that is not of the server's own
    /// making; 0 makes them forget.
    pub hsts_seconds: u32,
}

impl Tls {
    /// Whether the server encrypts.
    pub fn is_on(&self) -> bool {
        self.certificate.is_some() || self.self_signed
    }

    /// What cannot be meant.
    pub(super) fn contradiction(&self) -> Option<String> {
        let alone = self.key.is_some() && self.certificate.is_none();
        alone.then(|| {
            "--tls-key needs the certificate that it belongs to: name it with --tls-certificate".to_owned()
        })
    }
}

impl Tls {
    /// The file that is configured and is not there.
    pub(super) fn missing_file(&self) -> Option<String> {
        let files = [("tls-certificate", &self.certificate), ("tls-key", &self.key)];
        // One in a folder that only the server's user may enter is left to the start.
        let missing =
            |file: &PathBuf| file.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
        let (name, file) = files
            .into_iter()
            .find_map(|(name, file)| Some((name, file.as_ref().filter(|file| missing(file))?)))?;
        Some(format!("there is no file {}, which --{name} names", file.display()))
    }
}

/// Flags of the encryption.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "HTTPS")]
pub(super) struct TlsArguments {
    /// PEM file of the server's certificate and its chain: the server then speaks HTTPS. Read again when it changes
    #[arg(long, env = "CALLS_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's key; needed unless it stands in the certificate's file
    #[arg(long, env = "CALLS_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Speak HTTPS with a certificate of the server's own making, kept beside the database, for a trial in a LAN: browsers
    /// warn of it
    #[arg(long, env = "CALLS_TLS_SELF_SIGNED", value_parser = FalseyValueParser::new(), conflicts_with_all = ["tls_certificate", "tls_key"])]
    tls_self_signed: bool,
    /// How long browsers come back over HTTPS only, where --tls-certificate is set; 0 makes them forget it
    #[arg(long, env = "CALLS_HSTS_SECONDS", default_value_t = 31_536_000, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=126_144_000))]
    hsts_seconds: u32,
}

impl From<TlsArguments> for Tls {
    fn from(arguments: TlsArguments) -> Self {
        Self {
            certificate: arguments.tls_certificate,
            key: arguments.tls_key,
            self_signed: arguments.tls_self_signed,
            hsts_seconds: arguments.hsts_seconds,
        }
    }
}
