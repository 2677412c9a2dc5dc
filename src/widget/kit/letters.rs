//! Unicode case and character classes by the browser's functions: the standard library's tables are 26 KB of wasm.
//! Owns nothing; ASCII takes the short way without the browser.

use js_sys::{JsString, RegExp};

/// In lower case.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { JsString::from(text).to_lower_case().into() }
}

/// In upper case.
pub(crate) fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { JsString::from(text).to_upper_case().into() }
}

/// Whether it is a letter or a digit of any script.
pub(crate) fn is_alphanumeric(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric();
    }
    RegExp::new(r"[\p{Alphabetic}\p{N}]", "u").test(letter.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn case_is_that_of_every_script() {
        for text in ["", "Anna", "ÉMILE", "ΟΔΟΣ", "straße", "İ", "ДЖОН", "東京"] {
            assert_eq!((lower(text), upper(text)), (text.to_lowercase(), text.to_uppercase()), "{text}");
        }
    }

    #[test]
    fn letters_and_digits_are_those_that_the_standard_library_knows() {
        for letter in ('\0'..'\u{3100}').chain('\u{1f300}'..'\u{1f700}') {
            assert_eq!(is_alphanumeric(letter), letter.is_alphanumeric(), "{letter:?}");
        }
    }
}
