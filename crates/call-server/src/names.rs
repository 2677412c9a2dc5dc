//! What people call themselves, as others will see it: in one form, visible, and without what draws nothing or turns the
//! text around it. Their own choice is refused with a reason; what an application keeps is put right and never refused.
//! Never decides whether a name is taken.

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};
use unicode_properties::{GeneralCategory as Kind, GeneralCategoryGroup as Group, UnicodeGeneralCategory};

/// Characters of a name that is shown.
pub const LONGEST: usize = 64;
/// Characters of a unique name of an application's: those of an address for mail (RFC 5321).
const LONGEST_UNIQUE: usize = 254;
/// Marks on one letter; scripts that stack them need four.
const MARKS: usize = 4;
/// More of a text is not even looked at, as the start of it fills every name.
const LOOKED_AT: usize = 4 * LONGEST_UNIQUE;
/// Where a person has no name that can be seen.
const NAMELESS: &str = "Someone";

/// The name that somebody chose, as it is kept.
///
/// # Errors
/// A sentence on what is wrong with it.
pub fn chosen(text: &str) -> Result<String, &'static str> {
    let tidied = tidy(text);
    match tidied.fault {
        Some(Fault::Hidden) => Err("a display name has no invisible or control characters; leave them out"),
        Some(Fault::Marks) => Err("a display name has only a few marks on each letter; leave some out"),
        None if tidied.text.chars().count() > LONGEST => Err("a display name has 1 to 64 characters"),
        None if !is_visible(&tidied.text) => Err("a display name has at least one letter or digit"),
        None => Ok(tidied.text),
    }
}

/// A name that somebody else keeps, as it is shown: put right, or the unique name instead.
pub fn shown(display_name: String, username: &str) -> String {
    if is_plain(&display_name) && display_name.len() <= LONGEST && is_visible(&display_name) {
        return display_name;
    }
    let visible = |text: &str| Some(line(text, LONGEST)).filter(|name| is_visible(name));
    visible(&display_name).or_else(|| visible(username)).unwrap_or_else(|| NAMELESS.to_owned())
}

/// The unique name that somebody else keeps, as it is shown; it may be empty.
pub fn unique(username: String) -> String {
    if is_plain(&username) { username } else { line(&username, LONGEST_UNIQUE) }
}

/// A line of text from elsewhere, put right, of so many characters at most.
pub fn line(text: &str, longest: usize) -> String {
    let text: String = text.chars().take(LOOKED_AT).collect();
    let short: String = tidy(&text).text.chars().take(longest).collect();
    short.trim_end().to_owned()
}

/// A unique name as this server keeps and compares it: nobody is another person by a capital or a blank.
pub fn key(username: &str) -> String {
    username.trim().to_lowercase()
}

/// What is nothing but letters, digits and signs of ASCII with single blanks between them: nearly every name.
fn is_plain(text: &str) -> bool {
    let visible = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    visible && !text.contains("  ") && text.trim_matches(' ').len() == text.len()
}

fn is_visible(text: &str) -> bool {
    // What is drawn as nothing is no part of a tidied text.
    text.chars().any(|c| matches!(c.general_category_group(), Group::Letter | Group::Number))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Hidden,
    Marks,
}

struct Tidied {
    /// Without what is wrong.
    text: String,
    /// What was wrong first.
    fault: Option<Fault>,
}

fn tidy(text: &str) -> Tidied {
    let letters: Vec<char> = text.trim().nfc().collect();
    let (mut out, mut fault, mut marks) = (String::with_capacity(text.len()), None, 0);
    for (at, &c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let after = letters.get(at + 1).copied();
        match place(c, before, after) {
            Place::Blank if out.ends_with(' ') => {}
            Place::Blank => out.push(' '),
            Place::Letter => {
                marks = 0;
                out.push(c);
            }
            Place::Joiner => out.push(c),
            Place::Mark if out.is_empty() || out.ends_with(' ') || marks == MARKS => {
                fault = fault.or(Some(Fault::Marks));
            }
            Place::Mark => {
                marks += 1;
                out.push(c);
            }
            Place::Nowhere => fault = fault.or(Some(Fault::Hidden)),
            // A line that ends is a blank to whoever reads one line.
            Place::NextLine => {
                fault = fault.or(Some(Fault::Hidden));
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
        }
    }
    Tidied { text: out.trim().to_owned(), fault }
}

/// Where a character may stand in a name.
enum Place {
    Blank,
    Letter,
    Mark,
    /// Between what it joins or keeps apart.
    Joiner,
    NextLine,
    Nowhere,
}

fn place(c: char, before: Option<char>, after: Option<char>) -> Place {
    match (c, c.general_category()) {
        ('\u{2800}', _) | (_, Kind::SpaceSeparator) => Place::Blank,
        // Letters that are drawn as nothing: fillers of Hangul, blanks of hieroglyphs, vowels of Khmer; and a joiner of marks.
        (
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{13441}' | '\u{13442}' | '\u{17b4}'
            | '\u{17b5}' | '\u{34f}',
            _,
        ) => Place::Nowhere,
        ('\t' | '\n' | '\r', _) | (_, Kind::LineSeparator | Kind::ParagraphSeparator) => Place::NextLine,
        ('\u{200c}' | '\u{200d}', _) if joins(c, before, after) => Place::Joiner,
        (_, Kind::Control | Kind::Format | Kind::Surrogate | Kind::PrivateUse) => Place::Nowhere,
        (_, Kind::Unassigned) if is_never_drawn(c) => Place::Nowhere,
        (_, Kind::NonspacingMark | Kind::SpacingMark | Kind::EnclosingMark) => Place::Mark,
        _ => Place::Letter,
    }
}

/// Whether a joiner stands where scripts and pictures need one (RFC 5892, A.1 and A.2; UTS 51): after a virama, between
/// letters of Arabic script, between the pictures of one emoji.
fn joins(c: char, before: Option<char>, after: Option<char>) -> bool {
    const VIRAMA: u8 = 9;
    let (Some(before), Some(after)) = (before, after) else { return false };
    let is_arabic =
        |c: char| matches!(c, '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{750}'..='\u{77f}');
    let is_picture = |c: char| matches!(c.general_category(), Kind::OtherSymbol | Kind::ModifierSymbol);
    let in_a_picture = (is_picture(before) || before == '\u{fe0f}') && is_picture(after);
    canonical_combining_class(before) == VIRAMA
        || (c == '\u{200c}' && is_arabic(before) && is_arabic(after))
        || (c == '\u{200d}' && in_a_picture)
}

/// Code points without a character that are reserved for what draws nothing, or for none at all (Unicode, section 5.21).
fn is_never_drawn(c: char) -> bool {
    matches!(c, '\u{2065}' | '\u{fff0}'..='\u{fff8}' | '\u{fdd0}'..='\u{fdef}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_the_world_are_kept_as_they_are() {
        for name in [
            "Anna",
            "Æthelred",
            "Nguyễn Văn Ước",
            "Анна",
            "安娜",
            "あん-な",
            "محمد",
            "שָׁלוֹם",
            "สมชาย ใจดี",
            "ශ්‍රී ලංකා",
            "می‌خواهم",
            "क्षत्रिय",
            "བསྒྲུབས",
            "R2-D2",
            "Ben 👩‍💻",
            "Zoë ❤️‍🔥",
            "Kim 🏳️‍🌈",
            "7",
            "O’Neill",
            "辻󠄀",
        ] {
            let name: String = name.nfc().collect();
            assert_eq!(chosen(&name).as_ref(), Ok(&name), "{name:?}");
            assert_eq!(shown(name.clone(), "user"), name, "{name:?}");
        }
        assert_eq!(chosen("  Anna \u{a0}\u{3000} Lena ").as_deref(), Ok("Anna Lena"));
    }

    #[test]
    fn a_name_that_nobody_can_see_is_none() {
        for nothing in [
            "",
            "  ",
            "\u{200b}\u{200b}",
            "\u{200d}",
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{ffa0}",
            "\u{2800}",
            "\u{fe0f}",
            "\u{301}\u{301}",
            "\u{ad}",
            "\u{2060}",
            "\u{e0041}\u{e0042}",
            "\u{34f}",
            "\u{180e}",
            "\u{feff}",
            "…",
            "👻",
            "\u{17b4}",
            "\u{13441}",
            "\u{f8ff}",
            "\u{e0100}",
        ] {
            assert!(chosen(nothing).is_err(), "{nothing:?}");
            assert_eq!(shown(nothing.to_owned(), "anna"), "anna", "{nothing:?}");
            assert_eq!(shown(nothing.to_owned(), nothing), NAMELESS, "{nothing:?}");
        }
    }

    #[test]
    fn a_name_never_turns_or_hides_the_words_around_it() {
        for (name, seen) in [
            ("Eve\u{202e}(nna)", "Eve(nna)"),
            ("\u{2066}Eve\u{2069}", "Eve"),
            ("E\u{200b}v\u{ad}e", "Eve"),
            ("Eve\u{200d}", "Eve"),
            ("E\u{200d}ve", "Eve"),
            ("Eve\nis not here", "Eve is not here"),
            ("Eve\u{2028}x", "Eve x"),
            ("E\u{0}v\u{7f}e", "Eve"),
            ("\u{061c}Eve\u{200f}", "Eve"),
            ("Eve\u{e0065}", "Eve"),
            ("\u{301}Eve", "Eve"),
        ] {
            assert!(chosen(name).is_err(), "{name:?}");
            assert_eq!(shown(name.to_owned(), "user"), seen, "{name:?}");
        }
    }

    #[test]
    fn a_name_does_not_grow_beyond_its_line() {
        let towering = format!("E{}ve", "\u{335}".repeat(64));
        assert!(chosen(&towering).is_err());
        assert_eq!(shown(towering, "user"), format!("E{}ve", "\u{335}".repeat(MARKS)));
        assert_eq!(chosen(&"ä".repeat(64)), Ok("ä".repeat(64)));
        assert!(chosen(&"ä".repeat(65)).is_err());
        assert_eq!(shown("ä".repeat(1_000_000), "user"), "ä".repeat(64));
        assert_eq!(unique("ä".repeat(1_000)).chars().count(), LONGEST_UNIQUE);
    }

    #[test]
    fn the_same_name_is_the_same_however_it_was_typed() {
        assert_eq!(chosen("Zoe\u{308}").as_deref(), Ok("Zo\u{eb}"));
        assert_eq!([key(" Anna "), key("ANNA\t"), key("anna")], ["anna"; 3]);
    }
}
