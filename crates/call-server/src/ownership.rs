//! Whose a file is that this program may not use, for the sentence that tells the operator.
//! Never changes whose it is.

use std::path::{Path, PathBuf};

/// A file that is in the way, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InTheWay {
    /// The file, or the folder that may not be entered.
    pub path: PathBuf,
    /// Whose it is, by name where there is one.
    pub owner: String,
    /// Who runs this program.
    pub runs: String,
}

/// Of a path that may not be used: the nearest part that can be seen and is somebody else's. Nothing when all of it is the
/// program's own, or root runs it.
#[cfg(unix)]
pub(crate) fn in_the_way(path: &Path) -> Option<InTheWay> {
    use std::os::unix::fs::MetadataExt;
    let runs = rustix::process::geteuid().as_raw();
    let path = std::path::absolute(path).ok()?;
    let (found, owner) =
        path.ancestors().find_map(|part| Some((part.to_owned(), part.metadata().ok()?.uid())))?;
    let foreign = runs != 0 && owner != runs;
    foreign.then(|| InTheWay { path: found, owner: name(owner), runs: name(runs) })
}

#[cfg(not(unix))]
pub(crate) fn in_the_way(_: &Path) -> Option<InTheWay> {
    None
}

/// By the list of this machine; the number of users who come from elsewhere.
#[cfg(unix)]
fn name(user: u32) -> String {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&list, user).unwrap_or_else(|| format!("the user {user}"))
}

#[cfg(unix)]
fn named(list: &str, user: u32) -> Option<String> {
    let mut lines = list.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let line = lines.find(|fields| fields.get(2).and_then(|number| number.parse().ok()) == Some(user))?;
    line.first().map(|name| (*name).to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_called_by_name_where_the_machine_knows_one() {
        let list =
            "root:x:0:0:root:/root:/bin/sh\ncall-server:x:993:991::/var/lib/call-server:/usr/sbin/nologin\n";
        assert_eq!(named(list, 993).as_deref(), Some("call-server"));
        assert_eq!(named(list, 99), None);
        assert_eq!(named("torn", 0), None);
    }
}
