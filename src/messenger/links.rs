//! Turns URLs in a message into links.
//! Owns what counts as a URL: `http` and `https` only.

use crate::widget::kit::dom::{El, Tag, el};
use crate::widget::kit::letters::is_alphanumeric;

/// The text of a message. Each of its lines reads in its own direction.
pub(super) fn said(text: &str) -> El {
    parts(text).into_iter().fold(el(Tag::Span, "im-text"), |said, part| match part {
        Part::Words(words) => said.text(words),
        Part::Address(address) => said.child(link(address)),
    })
}

fn link(address: &str) -> El {
    el(Tag::A, "")
        .attr("href", address)
        .attr("target", "_blank")
        // The opened page gets neither a handle of this one nor its address.
        .attr("rel", "noopener noreferrer nofollow")
        .text(address)
}

#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Words(&'a str),
    Address(&'a str),
}

/// The text in order, without a gap.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest, mut from) = (Vec::new(), text, 0);
    while let Some(start) = begins(rest, from) {
        let length = extent(&rest[start..]);
        let (words, address) = (&rest[..start], &rest[start..start + length]);
        if scheme(address).is_none_or(|scheme| !names_a_host(&address[scheme..])) {
            from = start + 1;
            continue;
        }
        if !words.is_empty() {
            parts.push(Part::Words(words));
        }
        parts.push(Part::Address(address));
        (rest, from) = (&rest[start + length..], 0);
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest));
    }
    parts
}

/// Where the next URL begins: at the beginning of a word.
fn begins(text: &str, from: usize) -> Option<usize> {
    let places = text.char_indices().skip_while(|(index, _)| *index < from);
    let mut before = text[..from].chars().next_back();
    for (index, letter) in places {
        if matches!(letter, 'h' | 'H')
            && !before.is_some_and(is_alphanumeric)
            && scheme(&text[index..]).is_some()
        {
            return Some(index);
        }
        before = Some(letter);
    }
    None
}

/// Length of the scheme, if there is one.
fn scheme(text: &str) -> Option<usize> {
    let is = |scheme: &&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["https://", "http://"].iter().find(|scheme| is(scheme)).map(|scheme| scheme.len())
}

fn names_a_host(rest: &str) -> bool {
    rest.starts_with(|first: char| is_alphanumeric(first) || first == '[')
}

/// Length of the URL: up to a character that no URL has, without punctuation of the sentence around it.
fn extent(text: &str) -> usize {
    let ends = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '<' | '>' | '"' | '\u{200b}'..='\u{206f}' | '\u{61c}')
    };
    let mut address = &text[..text.find(ends).unwrap_or(text.len())];
    loop {
        let Some(last) = address.chars().next_back() else { return 0 };
        let closes = match last {
            ')' => address.matches('(').count() < address.matches(')').count(),
            ']' => address.matches('[').count() < address.matches(']').count(),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '\u{2019}' | '\u{201d}'
            | '\u{2026}' => true,
            _ => false,
        };
        if !closes {
            return address.len();
        }
        address = &address[..address.len() - last.len_utf8()];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn addresses(text: &str) -> Vec<&str> {
        let parts = parts(text);
        let whole: String = parts
            .iter()
            .map(|part| match part {
                Part::Words(text) | Part::Address(text) => *text,
            })
            .collect();
        assert_eq!(whole, text, "nothing is lost");
        let address = |part| match part {
            Part::Address(address) => Some(address),
            Part::Words(_) => None,
        };
        parts.into_iter().filter_map(address).collect()
    }

    #[test]
    fn an_address_is_a_link_without_the_marks_of_the_sentence() {
        assert_eq!(
            addresses("see https://example.org/a?b=c#d, or HTTP://x.de."),
            ["https://example.org/a?b=c#d", "HTTP://x.de"]
        );
        assert_eq!(
            addresses("(https://de.wikipedia.org/wiki/Rust_(Sprache))"),
            ["https://de.wikipedia.org/wiki/Rust_(Sprache)"]
        );
        assert_eq!(
            addresses("https://a.org https://b.org\nhttps://müller.example/ä"),
            ["https://a.org", "https://b.org", "https://müller.example/ä"]
        );
        assert_eq!(addresses("http://[::1]:80/x"), ["http://[::1]:80/x"]);
    }

    #[test]
    fn nothing_else_is_a_link() {
        for text in [
            "",
            "hello",
            "javascript:alert(1)",
            "xhttps://a.org",
            "https://",
            "http:// a.org",
            "https://.",
            "data:text/html,x",
            "ftp://a.org",
        ] {
            assert_eq!(addresses(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn an_address_ends_where_its_direction_would_turn() {
        assert_eq!(addresses("https://a.org/\u{202e}gpj.exe"), ["https://a.org/"]);
    }
}
