//! Text of others in a line of the log: whatever it holds, it stays in its place, can be seen, and is short.
//! Never decides which text is foreign: every value is treated as if it were.

use std::fmt::{self, Write};
use unicode_properties::{GeneralCategory as Kind, UnicodeGeneralCategory};

/// Bytes of a value that are shown; a sentence about a failure is shorter.
pub(super) const LONGEST: usize = 400;

/// A text that is collected up to a length; of what comes after, only how much it was is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Short {
    pub(super) text: String,
    cut: usize,
    longest: usize,
}

impl Short {
    pub(super) fn new(longest: usize) -> Self {
        Self { text: String::new(), cut: 0, longest }
    }

    /// What is said at the end of a text that was cut.
    fn rest(&self) -> Option<String> {
        (self.cut > 0).then(|| format!("… ({} more bytes)", self.cut))
    }
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.longest.saturating_sub(self.text.len());
        let fits = if self.cut > 0 { 0 } else { text.floor_char_boundary(room) };
        self.text.push_str(&text[..fits]);
        self.cut += text.len() - fits;
        Ok(())
    }
}

/// Writes our own words, which may quote others.
pub(super) fn sentence(out: &mut impl Write, short: &Short) -> fmt::Result {
    for c in short.text.chars() {
        if is_hidden(c) { escape(out, c)? } else { out.write_char(c)? }
    }
    out.write_str(&short.rest().unwrap_or_default())
}

/// Writes a value as it stands when it is one plain word, otherwise in quotes: nobody makes another field of it.
pub(super) fn value(out: &mut impl Write, short: &Short) -> fmt::Result {
    let is_plain = |c: char| !c.is_whitespace() && !is_hidden(c) && !matches!(c, '"' | '=' | '\\');
    if short.cut == 0 && !short.text.is_empty() && short.text.chars().all(is_plain) {
        return out.write_str(&short.text);
    }
    out.write_char('"')?;
    for c in short.text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            c if is_hidden(c) => escape(out, c)?,
            c => out.write_char(c)?,
        }
    }
    write!(out, "{}\"", short.rest().unwrap_or_default())
}

/// Writes a text of JSON; what cannot be seen is escaped there, too.
pub(super) fn json(out: &mut impl Write, short: &Short) -> fmt::Result {
    out.write_char('"')?;
    let rest = short.rest().unwrap_or_default();
    for c in short.text.chars().chain(rest.chars()) {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

fn escape(out: &mut impl Write, c: char) -> fmt::Result {
    write!(out, "{}", c.escape_default())
}

/// Whether a character ends lines, moves the cursor, turns what follows, or is drawn as nothing.
fn is_hidden(c: char) -> bool {
    !(' '..='~').contains(&c)
        && matches!(
            c.general_category(),
            Kind::Control
                | Kind::Format
                | Kind::LineSeparator
                | Kind::ParagraphSeparator
                | Kind::PrivateUse
                | Kind::Surrogate
                | Kind::Unassigned
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, how: fn(&mut String, &Short) -> fmt::Result) -> String {
        let (mut short, mut out) = (Short::new(LONGEST), String::new());
        short.write_str(text).unwrap();
        how(&mut out, &short).unwrap();
        out
    }

    #[test]
    fn a_plain_word_stands_as_it_is_and_everything_else_in_quotes() {
        for plain in ["0190a2f4-1b7c", "Jürgen", "安娜", "https://a.test/x?y", "Some(3)"] {
            assert_eq!(written(plain, value), plain);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("two words", r#""two words""#),
            ("x user.id=anna", r#""x user.id=anna""#),
            (r#"x\" user.id=anna"#, r#""x\\\" user.id=anna""#),
            ("\u{1b}[31mforged\nINFO all is well", r#""\u{1b}[31mforged\nINFO all is well""#),
            ("a\u{202e}b\u{2028}c\u{85}d\u{0}", r#""a\u{202e}b\u{2028}c\u{85}d\u{0}""#),
        ] {
            assert_eq!(written(text, value), quoted);
        }
    }

    #[test]
    fn json_can_be_read_back_and_hides_nothing() {
        for text in ["plain", "\u{1b}[31m\n\"\\\u{202e}\u{e0041}", "👩‍💻 安娜"] {
            let line = written(text, json);
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
            assert!(!line.chars().any(is_hidden), "{line}");
        }
        assert!(!written("a\nb\u{9b}", sentence).chars().any(is_hidden));
    }

    #[test]
    fn what_is_long_is_cut_and_says_by_how_much() {
        let long = "ä".repeat(30_000);
        for how in [value, json, sentence] {
            let line = written(&long, how);
            assert!(line.len() < LONGEST + 40 && line.contains("… (59600 more bytes)"), "{line}");
        }
        let (mut short, mut out) = (Short::new(4), String::new());
        for part in ["abc", "öd"] {
            short.write_str(part).unwrap();
        }
        sentence(&mut out, &short).unwrap();
        assert_eq!(out, "abc… (3 more bytes)", "no letter is cut in two, and none stands after a cut");
    }
}
