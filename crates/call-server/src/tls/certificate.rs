//! The certificate and its key: read from PEM files, and again when these change.
//! Never serves half of a change: a key that does not belong to its certificate is left alone until it does.

use crate::ownership::{self, InTheWay};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};
use tokio_rustls::rustls::{
    self, InconsistentKeys,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// Why a certificate cannot be used; each message is one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("cannot read {}: {}{}", .0.display(), .1, whose(.0, .1))]
    Read(PathBuf, #[source] io::Error),
    /// There is no certificate in it.
    #[error("{} holds no certificate: name a PEM file that does with --tls-certificate", .0.display())]
    NoCertificate(PathBuf),
    /// There is no key in it.
    #[error("{} holds no private key: name the PEM file of the certificate's key with --tls-key", .0.display())]
    NoKey(PathBuf),
    /// The key is another one's.
    #[error("the key in {} does not belong to the certificate in {}", .key.display(), .certificate.display())]
    OtherKey {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// They are of a kind that cannot be used.
    #[error("cannot use the certificate in {}: {}", .0.display(), .1)]
    Unusable(PathBuf, #[source] rustls::Error),
    /// None can be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// What was made cannot be kept.
    #[error("cannot keep the self-signed certificate in {}: {}", .0.display(), .1)]
    Keep(PathBuf, #[source] io::Error),
}

/// What to do about a file that may not be read: a certificate's tools keep keys for root.
fn whose(file: &Path, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return String::new();
    }
    ownership::in_the_way(file).map_or_else(String::new, |InTheWay { path, owner, runs }| {
        format!(
            "; {} belongs to {owner}, and {runs} runs this program: let {runs} read it by a group of its own (chgrp, chmod g+rX), \
             or keep a copy that is {runs}'s",
            path.display()
        )
    })
}

/// The certificate that is shown to clients.
#[derive(Debug)]
pub(super) struct Certificate {
    file: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    read: Mutex<Stamps>,
}

/// When each of the two files was changed, and its length.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl Certificate {
    /// Reads a certificate; the key stands in the same file when there is no other.
    pub(super) fn load(file: PathBuf, key: Option<PathBuf>) -> Result<Self, TlsError> {
        let key = key.unwrap_or_else(|| file.clone());
        let read = Mutex::new(stamps(&file, &key));
        let current = RwLock::new(Arc::new(read_pair(&file, &key)?));
        Ok(Self { file, key, current, read })
    }

    /// Reads the files again if they changed; whether they did. After an error the last certificate stays, and the next
    /// call tries again.
    pub(super) fn reload(&self) -> Result<bool, TlsError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at before reading: a change while reading is one more change.
        let now = stamps(&self.file, &self.key);
        if *read == now {
            return Ok(false);
        }
        let fresh = Arc::new(read_pair(&self.file, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        *read = now;
        Ok(true)
    }

    /// SHA-256 of the certificate, in pairs of hexadecimal digits with colons between.
    pub(super) fn fingerprint(&self) -> String {
        let certificate = self.current();
        let own = certificate.cert.first().map(AsRef::as_ref).unwrap_or_default();
        let pairs: Vec<_> = Sha256::digest(own).iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn stamps(file: &Path, key: &Path) -> Stamps {
    [file, key].map(|path| {
        let data = fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    })
}

fn read_pair(file: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let read = |path: &Path| fs::read(path).map_err(|error| TlsError::Read(path.to_owned(), error));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(file)?)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NoCertificate(file.to_owned()))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(file.to_owned()));
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| TlsError::NoKey(key.to_owned()))?;
    CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|error| {
        if matches!(error, rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) {
            TlsError::OtherKey { certificate: file.to_owned(), key: key.to_owned() }
        } else {
            TlsError::Unusable(file.to_owned(), error)
        }
    })
}
