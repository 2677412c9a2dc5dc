//! The paths in a file's code, inside and outside of `use` items, relative to the root of its crate.
//! Understands just enough Rust for that.

use crate::source::Source;

/// Every path in the code of a file. `self::` and `super::` are resolved to `crate::…`.
pub(crate) fn of(file: &Source) -> Vec<String> {
    let code = file.code();
    let here = module(&file.name);
    let mut found = Vec::new();
    let mut tokens = tokens(&code).into_iter().peekable();
    let mut in_use = false;
    let mut groups: Vec<String> = Vec::new();
    let mut path = String::new();
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "use" => in_use = true,
            "::" => path.push_str("::"),
            "{" if in_use => groups.push(std::mem::take(&mut path)),
            "as" if in_use => drop(tokens.next()),
            word if is_name(word) => path.push_str(word),
            _ => {
                finish(&mut path, &groups, &here, &mut found);
                match token.as_str() {
                    "}" if in_use => drop(groups.pop()),
                    ";" => (in_use, groups) = (false, Vec::new()),
                    _ => {}
                }
                continue;
            }
        }
        let goes_on = tokens.peek().is_some_and(|next| next == "::") || token == "::";
        if !goes_on && !path.is_empty() && token != "{" {
            finish(&mut path, &groups, &here, &mut found);
        }
    }
    found
}

fn finish(path: &mut String, groups: &[String], here: &[String], found: &mut Vec<String>) {
    if !path.is_empty() {
        found.push(absolute(&format!("{}{path}", groups.concat()), here));
        path.clear();
    }
}

/// The modules between the root of its crate and this file.
pub(crate) fn module(name: &str) -> Vec<String> {
    let inside = name.rsplit_once("src/").map_or(name, |(_, inside)| inside).trim_end_matches(".rs");
    let parts = inside.split('/').map(str::to_owned);
    parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str())).collect()
}

fn absolute(path: &str, here: &[String]) -> String {
    let mut up = 0;
    let mut rest = path;
    while let Some(outer) = rest.strip_prefix("super::") {
        (up, rest) = (up + 1, outer);
    }
    let from_here = rest.strip_prefix("self::");
    if up == 0 && from_here.is_none() {
        return path.to_owned();
    }
    let kept = &here[..here.len().saturating_sub(up)];
    let prefix: String = kept.iter().map(|part| format!("::{part}")).collect();
    format!("crate{prefix}::{}", from_here.unwrap_or(rest))
}

fn is_name(word: &str) -> bool {
    word == "*" || word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut joins = false;
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        let part_of_name = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut() {
            Some(last) if joins && part_of_name => last.push(letter),
            Some(_) | None if letter == ':' && letters.peek() == Some(&':') => {
                letters.next();
                tokens.push("::".to_owned());
            }
            Some(_) | None if !letter.is_whitespace() => tokens.push(letter.to_string()),
            Some(_) | None => {}
        }
        joins = part_of_name;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(name: &str, text: &str) -> Vec<String> {
        of(&Source { name: name.into(), text: text.into() })
    }

    #[test]
    fn a_use_tree_is_expanded() {
        let text = "use crate::{clock, store::{self, Row as Line}};\nuse std::env;\nfn f() { x::y(z) }";
        let found = paths("src/a.rs", text);
        for expected in ["crate::clock", "crate::store::self", "crate::store::Row", "std::env", "x::y", "z"] {
            assert!(found.iter().any(|path| path == expected), "{expected} is not in {found:?}");
        }
        assert!(!found.iter().any(|path| path.contains("Line")), "{found:?}");
    }

    #[test]
    fn a_relative_path_is_resolved_from_the_root() {
        assert!(
            paths("src/platform/api/request.rs", "use super::super::peer::Peer;")
                .contains(&"crate::platform::peer::Peer".into())
        );
        assert!(
            paths("src/platform/mod.rs", "use self::js::window;")
                .contains(&"crate::platform::js::window".into())
        );
        assert!(paths("crates/x/src/lib.rs", "fn f() { super::y() }").contains(&"crate::y".into()));
    }
}
