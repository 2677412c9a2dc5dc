//! A certificate of the server's own making, kept in a file so that the exception that a browser made for it stays valid.
//! Never replaces one that still names everything that the server is called.

use super::certificate::TlsError;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    net::IpAddr,
    path::{Path, PathBuf},
};

const NAME: &str = "self-signed.pem";

/// The file with certificate and key; made when it is not there, or when the server has got another name.
///
/// # Errors
/// When it cannot be made or kept.
pub(super) fn file(folder: &Path, listens_on: IpAddr) -> Result<PathBuf, TlsError> {
    let file = folder.join(NAME);
    let names = names(&gethostname::gethostname().to_string_lossy(), listens_on);
    // What stands before the first section of a PEM file is read by people only.
    let heading = format!("For {}\n", names.join(", "));
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if kept.starts_with(&heading) && kept.contains("END PRIVATE KEY") {
        return Ok(file);
    }
    let made = make(names)?;
    let refused = |error| TlsError::Keep(file.clone(), error);
    fs::create_dir_all(folder).map_err(refused)?;
    keep(&file, &format!("{heading}{made}")).map_err(refused)?;
    Ok(file)
}

/// What browsers may call the server: this machine, its name, and the address listened on, unless that means all.
fn names(host: &str, listens_on: IpAddr) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let address = (!listens_on.is_unspecified()).then(|| listens_on.to_string());
    for name in [(plain && !host.is_empty()).then(|| host.to_owned()), address].into_iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn make(names: Vec<String>) -> Result<String, TlsError> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, "Messenger Calls, self-signed");
    // Wide enough for a machine whose clock is wrong; trust comes from the fingerprint, not from the date.
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(2049, 12, 31);
    Ok(parameters.self_signed(&key)?.pem() + &key.serialize_pem())
}

/// Writes the file so that nobody but the server's user can read it.
fn keep(file: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn it_is_made_for_every_name_of_the_server_once() {
        let lan = IpAddr::from([192, 168, 1, 5]);
        assert_eq!(names("desk", lan), ["localhost", "127.0.0.1", "::1", "desk", "192.168.1.5"]);
        let all = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        assert_eq!(names("localhost", all), ["localhost", "127.0.0.1", "::1"]);
        assert_eq!(names("Ännas Rechner", all), ["localhost", "127.0.0.1", "::1"]);
    }

    #[test]
    fn it_stays_the_same_until_the_server_is_called_something_else() {
        let folder = std::env::temp_dir().join(format!("call-server-self-signed-{}", std::process::id()));
        let read = |address| fs::read_to_string(file(&folder, address).unwrap()).unwrap();
        let (here, lan) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([192, 168, 1, 5]));
        let first = read(here);
        assert_eq!(first, read(here));
        assert_ne!(first, read(lan), "an address more");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.join(NAME)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "nobody else reads the key");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
