//! Which folders and crates the functions of a wasm file come from, and how many bytes they take: shows what
//! has grown. Counts bytes of code before minification and compression.

use std::collections::BTreeMap;

/// The client's own crate, which is broken down by folder.
const CLIENT: &str = "messenger_calls";
/// Inner folders that are listed separately.
const INNER: [&str; 4] = ["kit", "model", "peer", "ui"];
/// Crates whose generic functions count for the first other crate in their name.
const BELOW: [&str; 8] = [
    "core",
    "alloc",
    "std",
    "compiler_builtins",
    "wasm_bindgen",
    "js_sys",
    "web_sys",
    "wasm_bindgen_futures",
];

/// The largest parts with their bytes, largest first.
pub(super) fn largest(functions: &[(String, usize)], count: usize) -> Vec<(String, usize)> {
    let mut rooms = BTreeMap::<String, usize>::new();
    for (name, length) in functions {
        *rooms.entry(room(name)).or_default() += length;
    }
    let mut rooms: Vec<_> = rooms.into_iter().collect();
    rooms.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    rooms.truncate(count);
    rooms
}

/// The part that a function belongs to, by its name as wasm-bindgen writes it:
/// `<call_core[1a2b]::state::State>::handle`.
fn room(name: &str) -> String {
    let roots = roots(name);
    let found = roots.iter().find(|(root, _)| !BELOW.contains(root)).or(roots.first());
    match found {
        Some((CLIENT, rest)) => {
            let mut names =
                rest.split("::").map(|name| name.split(['>', '<', ',']).next().unwrap_or_default());
            let room = names.next().unwrap_or_default();
            let inner = names.next().filter(|inner| INNER.contains(inner));
            inner.map_or_else(|| format!("src/{room}"), |inner| format!("src/{room}/{inner}"))
        }
        Some((root, _)) => (*root).to_owned(),
        None => "other".to_owned(),
    }
}

/// Every crate that a name names, with what follows it.
fn roots(name: &str) -> Vec<(&str, &str)> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut roots = Vec::new();
    let mut from = 0;
    while let Some(start) = name[from..].find(is_word).map(|at| from + at) {
        let end = name[start..].find(|letter| !is_word(letter)).map_or(name.len(), |at| start + at);
        let rest = &name[end..];
        // A hash may follow the crate.
        let rest = rest.strip_prefix('[').and_then(|rest| Some(rest.split_once(']')?.1)).unwrap_or(rest);
        if let Some(inside) = rest.strip_prefix("::").filter(|_| !name[..start].ends_with("::")) {
            roots.push((&name[start..end], inside));
        }
        from = end;
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_counts_for_the_crate_that_it_is_about() {
        for (name, expected) in [
            ("messenger_calls[0a1b]::widget::ui::widget::window", "src/widget/ui"),
            ("<messenger_calls::widget::Widget>::call", "src/widget"),
            ("<call_core[12]::state::State>::handle", "call_core"),
            ("core::ptr::drop_in_place::<alloc::vec::Vec<call_protocol::call::Call>>", "call_protocol"),
            ("<alloc::vec::Vec<u8>>::push", "alloc"),
            (
                "js_sys::futures::future_to_promise::<messenger_calls::platform::api::send::{closure#0}>",
                "src/platform",
            ),
            ("mount", "other"),
        ] {
            assert_eq!(room(name), expected, "{name}");
        }
    }

    #[test]
    fn the_largest_rooms_come_first_and_alone() {
        let function = |name: &str, length| (name.to_owned(), length);
        let functions = [function("a::x", 1), function("b::x", 5), function("a::y", 6), function("c::x", 2)];
        assert_eq!(largest(&functions, 2), [("a".to_owned(), 7), ("b".to_owned(), 5)]);
    }
}
