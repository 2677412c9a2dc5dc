//! What a new password must not be: short, among the commonest, or what anybody would guess first of this person here.
//! Never judges a password that somebody has already: accounts of before keep theirs.

/// The fewest characters (NIST SP 800-63B, 5.1.1.2).
const SHORTEST: usize = 8;
/// The most bytes: more are no better, and cost the hash function time.
const LONGEST: usize = 1024;
/// Digits and signs behind a common password that make it no better one.
const TAIL: usize = 4;
/// What the server itself is called, in letters and digits only.
const SERVER: [&str; 2] = ["messengercalls", "callserver"];

/// In small letters, sorted, one a line; see `common-passwords/README.md` for where it comes from.
static COMMON: &str = include_str!("../common-passwords/list.txt");

/// Why a password cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too few characters.
    #[error("a password has at least 8 characters")]
    Short,
    /// Too many bytes.
    #[error("a password has at most 1,024 bytes")]
    Long,
    /// Tried first by whoever guesses.
    #[error("this is one of the commonest passwords, which others try first; choose another one")]
    Common,
    /// The person's own name, or the server's.
    #[error("this password is a name that others know; choose another one")]
    Name,
    /// The same few characters, or an alphabet.
    #[error("this password is one pattern only, which others try first; choose another one")]
    Pattern,
}

/// Whether a new password can be taken from somebody of this unique name, at a server of this host if it has one.
///
/// # Errors
/// Why it cannot.
pub fn check(password: &str, username: &str, host: Option<&str>) -> Result<(), Weakness> {
    if password.len() > LONGEST {
        return Err(Weakness::Long);
    }
    if password.chars().count() < SHORTEST {
        return Err(Weakness::Short);
    }
    let folded = password.to_lowercase();
    if is_common(&folded) || is_common(core(&folded)) {
        return Err(Weakness::Common);
    }
    let plain = [plain(&folded), plain(core(&folded))];
    let server = SERVER.into_iter().map(str::to_owned).chain(host.map(self::plain));
    if is_name(&folded, username) || server.into_iter().any(|name| plain.contains(&name)) {
        return Err(Weakness::Name);
    }
    if is_pattern(&folded) { Err(Weakness::Pattern) } else { Ok(()) }
}

/// Without the few digits and signs at the end.
fn core(folded: &str) -> &str {
    let body = folded.trim_end_matches(|c: char| !c.is_alphabetic());
    if folded[body.len()..].chars().count() <= TAIL { body } else { folded }
}

/// Letters and digits only.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether it is this name, forwards or backwards, apart from digits and signs around it.
fn is_name(folded: &str, username: &str) -> bool {
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
    let (password, name) = (bare(folded), bare(&username.to_lowercase()));
    let same = !name.is_empty() && (password == name || password.chars().rev().eq(name.chars()));
    same || folded == username
}

/// Whether it has no more than two different characters, or each follows on the one before it.
fn is_pattern(folded: &str) -> bool {
    let letters: Vec<u32> = folded.chars().map(u32::from).collect();
    let mut different = letters.clone();
    different.sort_unstable();
    different.dedup();
    let steps = |step: i64| letters.windows(2).all(|two| i64::from(two[1]) - i64::from(two[0]) == step);
    different.len() <= 2 || steps(1) || steps(-1)
}

/// Looks a line up in the sorted text, without anything made of it.
fn is_common(folded: &str) -> bool {
    let bytes = COMMON.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[low..middle].iter().rposition(|b| *b == b'\n').map_or(low, |at| low + at + 1);
        let end = bytes[middle..high].iter().position(|b| *b == b'\n').map_or(high, |at| middle + at);
        match bytes[start..end].cmp(folded.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(password: &str) -> Result<(), Weakness> {
        check(password, "carla.cole", Some("calls.example.org"))
    }

    #[test]
    fn every_password_of_the_list_is_found_and_nothing_else() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() > 5_000 && lines.is_sorted(), "{}", lines.len());
        for line in &lines {
            assert!(is_common(line), "{line}");
            assert!(line.chars().count() >= SHORTEST && line.to_lowercase() == *line, "{line}");
        }
        for other in ["", "\n", "a", "passwor", "password\n12345678", "zzzzzzzzzzzzz", "correct horse"] {
            assert!(!is_common(other), "{other:?}");
        }
    }

    #[test]
    fn whoever_chooses_what_everybody_chooses_is_told_why_not() {
        for common in
            ["password", "12345678", "Password1", "PASSWORD!", "qwertyuiop", "iloveyou12", "Sunshine2024"]
        {
            assert_eq!(judged(common), Err(Weakness::Common), "{common}");
        }
        for pattern in [
            "zzzzzzzzzzzz",
            "abababababab",
            "cdefghijkl",
            "\u{4e00}\u{4e01}\u{4e02}\u{4e03}\u{4e04}\u{4e05}\u{4e06}\u{4e07}",
        ] {
            assert_eq!(judged(pattern), Err(Weakness::Pattern), "{pattern}");
        }
        for name in [
            "carla.cole",
            "Carla.Cole1985",
            "eloc.alrac",
            "Messenger Calls",
            "call-server",
            "calls.example.org",
        ] {
            assert_eq!(judged(name), Err(Weakness::Name), "{name}");
        }
        assert_eq!(check("8374629174", "8374629174", None), Err(Weakness::Name));
    }

    #[test]
    fn length_is_counted_in_characters_and_there_is_no_other_rule() {
        assert_eq!(judged("ä7ß-x.q"), Err(Weakness::Short));
        assert_eq!(judged(&"xyzzy".repeat(300)), Err(Weakness::Long));
        for good in [
            "correct horse",
            "ä7ß-x.qü",
            "carla and the correct horse",
            "long enough",
            "          a7x",
            &"xyz".repeat(341),
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
    }
}
