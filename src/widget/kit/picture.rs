//! Display pictures for people who have none: an initial on a colour and a pattern, all drawn from the name.
//!
//! Owns the choice, which is the same on every device. Never draws: `parts::drawn` puts the values into an `svg` with the view
//! box `0 0 48 48`, by attributes, since a page's policy may forbid inline styles.

use super::letters::{is_alphanumeric, lower, upper};

/// What a drawn display picture is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The letter in the middle.
    pub initial: String,
    /// The colour of the ground (a CSS colour, dark enough for a white letter).
    pub ground: &'static str,
    /// The colour of the pattern, to be drawn half transparent.
    pub glow: &'static str,
    /// Path data of the pattern.
    pub pattern: &'static str,
}

/// Draws the display picture that belongs to a name.
pub fn picture(name: &str) -> Picture {
    let hash = hash(name);
    let (ground, glow) = COLOURS[hash as usize % COLOURS.len()];
    let pattern = PATTERNS[(hash >> 16) as usize % PATTERNS.len()];
    Picture { initial: initial(name), ground, glow, pattern }
}

/// The first letter or digit of a name in upper case, or a question mark when there is none.
fn initial(name: &str) -> String {
    let letter = name.chars().find(|letter| is_alphanumeric(*letter)).unwrap_or('?');
    // A letter may have several capitals: of "ß" it is the first S.
    upper(letter.encode_utf8(&mut [0; 4])).chars().take(1).collect()
}

/// FNV-1a over the name's letters, so that case and surrounding space do not change a picture.
fn hash(name: &str) -> u32 {
    let mix = |hash: u32, letter: char| (hash ^ letter as u32).wrapping_mul(0x0100_0193);
    // Letter by letter: in a word, a sigma at the end has a lower case of its own.
    let lower = |letter: char| lower(letter.encode_utf8(&mut [0; 4]));
    let hash = name.trim().chars().fold(0x811c_9dc5, |hash, letter| lower(letter).chars().fold(hash, mix));
    // Short names differ in their last letters only: mix the high bits down.
    (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d) ^ (hash >> 12)
}

/// Ground and glow.
const COLOURS: [(&str, &str); 12] = [
    ("#6b7419", "#bcc95f"),
    ("#157a85", "#63cbcb"),
    ("#37802f", "#90d074"),
    ("#2b6fb8", "#7cc0f5"),
    ("#b9355c", "#f598b6"),
    ("#bf4a28", "#f7a582"),
    ("#a86200", "#f6bb5c"),
    ("#8e3c87", "#d99ad4"),
    ("#654bb2", "#b3a2f0"),
    ("#3c51ad", "#96a9ef"),
    ("#486079", "#9fb7d1"),
    ("#845537", "#d5ac8d"),
];

/// Bubbles, hills, rays, leaves, rings and a rising sun.
const PATTERNS: [&str; 6] = [
    "M10 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zM40 28a12 12 0 1 1 0 24 12 12 0 0 1 0-24zM36 6a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM14 36a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
    "M0 34c8-8 15-8 24-1s16 5 24-3v18H0zM0 42c9-5 16-4 24 0s16 4 24-2v8H0z",
    "M24 56L-2 36V18zM24 56L0 4l11-6zM24 56L20-2h8zM24 56L37-2l11 6zM24 56L50 18v18z",
    "M0 0c16 0 22 8 22 22C8 22 0 14 0 0zM48 0c0 14-8 22-22 22C26 8 34 0 48 0zM0 48c0-14 8-22 22-22 0 14-8 22-22 22zM48 48c-14 0-22-8-22-22 14 0 22 8 22 22z",
    "M48 12v9c-15 0-27 12-27 27h-9c0-20 16-36 36-36zM48 30v9a9 9 0 0 0-9 9h-9c0-10 8-18 18-18zM0 0h16A16 16 0 0 1 0 16z",
    "M24 28a20 20 0 0 1 20 20H4a20 20 0 0 1 20-20zM22 2h4v20h-4zM2 14l3-3 14 14-3 3zM46 14l-3-3-14 14 3 3z",
];

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_name_always_gets_the_same_picture() {
        assert_eq!(picture("Anna"), picture("Anna"));
        assert_eq!(picture(" anna "), Picture { initial: "A".to_owned(), ..picture("Anna") });
    }

    #[test]
    fn many_names_use_every_colour_and_pattern() {
        let pictures: Vec<_> = (0..400).map(|number| picture(&format!("user{number}"))).collect();
        for (ground, _) in COLOURS {
            assert!(
                pictures.iter().filter(|picture| picture.ground == ground).count() > 10,
                "{ground} is rare"
            );
        }
        for pattern in PATTERNS {
            assert!(
                pictures.iter().filter(|picture| picture.pattern == pattern).count() > 20,
                "{pattern} is rare"
            );
        }
    }

    #[test]
    fn the_initial_is_the_first_letter_whatever_comes_before_it() {
        assert_eq!(picture("  ~*ben*~ ").initial, "B");
        assert_eq!(picture("Émile").initial, "É");
        assert_eq!(picture("ßeta").initial, "S");
        assert_eq!(picture("东京").initial, "东");
        assert_eq!(picture("7of9").initial, "7");
        assert_eq!(picture(" :-) ").initial, "?");
        assert_eq!(picture("").initial, "?");
    }

    #[test]
    fn white_letters_stand_out_from_every_ground() {
        for (ground, _) in COLOURS {
            let contrast = 1.05 / (luminance(ground) + 0.05);
            assert!(contrast >= 4.5, "{ground} has {contrast:.2}");
        }
    }

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.039_28 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }
}
