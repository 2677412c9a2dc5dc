//! Names and device labels that other people chose, made safe to show among our texts (Unicode bidi isolates, UAX #9).
//!
//! Owns which characters are removed or isolated because they would affect the text around them (direction overrides,
//! invisible characters, stacked marks). Every name that is shown goes through here. Messages do not.

use super::letters::lower;
use call_protocol::User;

/// Longer names end with an ellipsis, in characters. Our own accounts allow 64; an application's may have any length.
const LONGEST: usize = 80;
/// Combining marks per letter that a script may need; more would be drawn over the lines above.
const MOST_MARKS: usize = 4;
/// For a person without a visible name.
const NAMELESS: &str = "Someone";

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_DIRECTIONAL_ISOLATE: char = '\u{2069}';

/// A person's name, sanitized, for an element of its own.
pub(crate) fn shown_name(user: &User) -> String {
    let name = [&user.display_name, &user.username].into_iter().map(|name| sanitized(name));
    name.into_iter().find(|name| is_visible(name)).unwrap_or_else(|| NAMELESS.to_owned())
}

/// The username beside a display name, since display names are not unique. None where an application has no usernames.
pub(crate) fn handle(user: &User) -> Option<String> {
    let handle = sanitized(&user.username);
    let says_more = lower(&handle) != lower(&shown_name(user)) && user.username != user.id.0;
    (says_more && is_visible(&handle)).then_some(handle)
}

/// A person's name inside a sentence or an attribute: in bidi isolates, so that its direction does not affect the rest.
pub(crate) fn isolated_name(user: &User) -> String {
    isolate(shown_name(user))
}

/// Any other text from outside inside a sentence, such as a device label.
pub(crate) fn isolated_text(text: &str) -> String {
    isolate(sanitized(text))
}

/// In Unicode isolates, if it has right-to-left characters.
fn isolate(text: String) -> String {
    if !text.chars().any(is_right_to_left) {
        return text;
    }
    let mut isolated = String::from(FIRST_STRONG_ISOLATE);
    isolated.push_str(&text);
    isolated.push(POP_DIRECTIONAL_ISOLATE);
    isolated
}

/// On one line, without direction controls, invisible characters or stacked marks, truncated.
fn sanitized(text: &str) -> String {
    let (mut clean, mut marks, mut count) = (String::new(), 0, 0);
    for letter in text.chars() {
        if is_blank(letter) {
            // One space between words, none at the ends.
            marks = 0;
            if !clean.is_empty() && !clean.ends_with(' ') {
                clean.push(' ');
                count += 1;
            }
            continue;
        }
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        let is_removed = marks > MOST_MARKS || (is_invisible(letter) && !is_joiner(letter));
        if is_removed {
            continue;
        }
        if count == LONGEST {
            clean.push('\u{2026}');
            break;
        }
        clean.push(letter);
        count += 1;
    }
    clean.truncate(clean.trim_end().len());
    clean
}

fn is_visible(text: &str) -> bool {
    text.chars().any(|letter| !is_blank(letter) && !is_invisible(letter) && !is_mark(letter))
}

/// White space and control characters.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || letter == '\u{2800}'
}

/// Invisible: default ignorable code points, tags, direction marks.
const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Invisible, but needed in Persian, Indic scripts and emoji.
const fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

/// A combining mark.
const fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}'
        | '\u{6e7}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{8d3}'..='\u{8ff}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}' | '\u{f71}'..='\u{f84}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}'
        | '\u{3099}' | '\u{309a}' | '\u{a66f}'..='\u{a67d}' | '\u{fe20}'..='\u{fe2f}')
}

/// Right-to-left, or affecting the direction of digits.
const fn is_right_to_left(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::UserId;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn user(display_name: &str) -> User {
        User {
            id: UserId::from("u"),
            username: "eve".to_owned(),
            display_name: display_name.to_owned(),
            display_picture_url: None,
        }
    }

    #[test]
    fn a_usual_name_is_shown_as_it_is() {
        for name in [
            "Ben",
            "Zoë O\u{2019}Neil-Łukasz",
            "東京 太郎",
            "Nguyễn Thị Ánh",
            "J\u{308}\u{301}rg",
            "7of9",
            "🎉",
        ] {
            assert_eq!((shown_name(&user(name)).as_str(), isolated_name(&user(name)).as_str()), (name, name));
        }
    }

    #[test]
    fn the_unique_name_stands_beside_one_that_anybody_could_bear() {
        assert_eq!(handle(&user("Ben")).as_deref(), Some("eve"));
        assert_eq!(handle(&user(" EVE ")), None, "it would say the same twice");
        assert_eq!(handle(&User { username: "u".to_owned(), ..user("Ben") }), None, "it is only the id");
        assert_eq!(handle(&User { username: "\u{200b}".to_owned(), ..user("Ben") }), None);
    }

    #[test]
    fn a_name_cannot_turn_the_words_around_it() {
        assert_eq!(isolated_name(&user("Eve\u{202e}(nna)")), "Eve(nna)");
        assert_eq!(isolated_name(&user("\u{2067}\u{2069}\u{200f}Eve\u{61c}")), "Eve");
        assert_eq!(shown_name(&user("עדי כהן")), "עדי כהן", "an element isolates it");
        assert_eq!(isolated_name(&user("עדי כהן")), "\u{2068}עדי כהן\u{2069}");
        assert_eq!(isolated_text("مستعرض\u{202c} 5"), "\u{2068}مستعرض 5\u{2069}");
    }

    #[test]
    fn a_name_that_nobody_can_see_is_none() {
        for name in [
            "",
            "  ",
            "\u{200b}\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{301}\u{301}",
            "\u{202e}\u{ad}",
            "\u{e0041}",
        ] {
            assert_eq!(shown_name(&user(name)), "eve", "{name:?}");
        }
        let unseen = User { username: "\u{feff}".to_owned(), ..user("\u{200d}") };
        assert_eq!(shown_name(&unseen), "Someone");
    }

    #[test]
    fn a_name_is_one_line_without_towers_and_not_endless() {
        assert_eq!(shown_name(&user("Eve\n\u{2028}\tAdams\u{7} ")), "Eve Adams");
        let tower = "\u{301}".repeat(64);
        assert_eq!(
            shown_name(&user(&["E", &tower, "v", &tower].concat())).chars().count(),
            2 + 2 * MOST_MARKS
        );
        let endless = shown_name(&user(&"x".repeat(5000)));
        assert_eq!((endless.chars().count(), endless.ends_with('…')), (LONGEST + 1, true));
    }

    #[test]
    fn families_flags_and_persian_keep_what_joins_their_letters() {
        for name in ["👩\u{200d}👧", "❤\u{fe0f}", "🏴\u{e0067}\u{e0062}\u{e007f}"] {
            assert_eq!(shown_name(&user(name)), name);
        }
        assert_eq!(shown_name(&user("نیم\u{200c}روز")), "نیم\u{200c}روز");
    }
}
