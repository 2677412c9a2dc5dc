//! The JavaScript that wasm-bindgen generates for a wasm file: removes unused exports and shortens the names
//! that it shares with the wasm. Understands the form that the pinned wasm-bindgen writes, and rejects any
//! other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

/// The beginning and end of the list of what the wasm imports.
const IMPORTS_BEGIN: &str = "    const import0 = {\n";
const IMPORTS_END: &str = "\n    };\n";
const ENTRY: &str = "        ";
/// How the glue refers to an export of the wasm.
const EXPORT: &str = "wasm.";

/// Removes every exported class and function except these.
pub(super) fn keep_exports(glue: &str, wanted: &[&str]) -> Result<String> {
    let mut kept = String::with_capacity(glue.len());
    let mut found = BTreeSet::new();
    let mut lines = glue.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let name = exported(line);
        if let Some(name) = name.filter(|name| wanted.contains(name)) {
            found.insert(name);
        } else if let Some(class) = name.or_else(|| class_of(line)) {
            let ends = if name.is_some() { "}\n" } else { ";\n" };
            let ends_here = |line: &str| if name.is_some() { line == ends } else { line.ends_with(ends) };
            if wanted.contains(&class) {
                kept.push_str(line);
                continue;
            }
            // A single line, or the block up to its end.
            let mut last = line;
            while !ends_here(last) {
                let Some(next) = lines.next() else { break };
                last = next;
            }
            continue;
        }
        kept.push_str(line);
    }
    ensure!(
        found.len() == wanted.len(),
        "expected the client to export {wanted:?}, it exports only {found:?}"
    );
    Ok(kept.replace("export { initSync, __wbg_init as default };", "export { __wbg_init as default };"))
}

/// The name in `export class Name {` or `export function name(`.
fn exported(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("export class ").or_else(|| line.strip_prefix("export function "))?;
    Some(identifier(rest))
}

/// The class that a line belongs to, if it registers the freeing of its objects.
fn class_of(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("if (Symbol.dispose) ") {
        return Some(identifier(rest));
    }
    identifier(line.strip_prefix("const ")?).strip_suffix("Finalization")
}

/// The exports of the wasm that the glue uses.
pub(super) fn used_exports(glue: &str) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    for (at, _) in glue.match_indices(EXPORT) {
        if !glue[..at].ends_with(is_of_a_name) {
            used.insert(identifier(&glue[at + EXPORT.len()..]));
        }
    }
    used
}

/// Renames the exports of the wasm.
pub(super) fn rename_exports(glue: &str, names: &BTreeMap<String, String>) -> String {
    let mut renamed = String::with_capacity(glue.len());
    let mut rest = glue;
    while let Some(at) = rest.find(EXPORT) {
        let begins = !rest[..at].ends_with(is_of_a_name);
        let (before, after) = rest.split_at(at + EXPORT.len());
        renamed.push_str(before);
        let name = identifier(after);
        let new = names.get(name).filter(|_| begins);
        renamed.push_str(new.map_or(name, String::as_str));
        rest = &after[name.len()..];
    }
    renamed + rest
}

/// Renames what the wasm imports, and removes what it does not import; `module` is the new name of the import
/// module.
pub(super) fn rename_imports(glue: &str, module: &str, names: &BTreeMap<String, String>) -> Result<String> {
    let shape = glue.split_once(IMPORTS_BEGIN).and_then(|(before, rest)| {
        let (entries, after) = rest.split_once(IMPORTS_END)?;
        let (end, after) = after.split_once(": import0,\n")?;
        let end = end.rsplit_once('"')?.0.rsplit_once('"')?.0;
        Some((before, entries, end, after))
    });
    let (before, entries, end, after) =
        shape.ok_or_else(|| anyhow::anyhow!("wasm-bindgen's JavaScript has an unknown form"))?;
    let mut renamed = [before, IMPORTS_BEGIN].concat();
    let mut found = 0;
    let mut is_kept = true;
    for line in entries.split_inclusive('\n') {
        if let Some(entry) = line.strip_prefix(ENTRY).filter(|entry| entry.starts_with(is_of_a_name)) {
            let name = identifier(entry);
            let new = if name == "__proto__" { Some(name) } else { names.get(name).map(String::as_str) };
            is_kept = new.is_some();
            if let Some(new) = new {
                found += usize::from(name != "__proto__");
                renamed.extend([ENTRY, new, &entry[name.len()..]]);
            }
        } else if is_kept {
            renamed.push_str(line);
        }
    }
    ensure!(
        found == names.len(),
        "expected {} imports in wasm-bindgen's JavaScript, found {found}",
        names.len()
    );
    renamed.extend([IMPORTS_END, end, "\"", module, "\": import0,\n", after]);
    Ok(renamed)
}

fn identifier(text: &str) -> &str {
    &text[..text.find(|letter| !is_of_a_name(letter)).unwrap_or(text.len())]
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::client) const GLUE: &str = r#"export class Stream {
    free() {
        wasm.__wbg_stream_free(this.ptr, 0);
    }
}
if (Symbol.dispose) Stream.prototype[Symbol.dispose] = Stream.prototype.free;

export class Widget {
    hangUp() {
        wasm.widget_hangUp(this.ptr);
    }
}
if (Symbol.dispose) Widget.prototype[Symbol.dispose] = Widget.prototype.free;

export function mount(element) {
    return wasm.mount(element);
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_now_1234567890abcdef: function() {
            return Date.now();
        },
        __wbg_unused_1234567890abcdef: function(wasm) {
            return notwasm.mount;
        },
        memory_1: wasm.memory,
    };
    return {
        __proto__: null,
        "./x_bg.js": import0,
    };
}
const StreamFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_stream_free(ptr, 1));
const WidgetFinalization = new FinalizationRegistry(ptr => wasm.__wbg_widget_free(ptr, 1));
wasm.__wbindgen_start();
export { initSync, __wbg_init as default };
"#;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(long, short)| ((*long).to_owned(), (*short).to_owned())).collect()
    }

    #[test]
    fn what_is_not_wanted_is_neither_exported_nor_freed() {
        let kept = keep_exports(GLUE, &["Widget", "mount"]).unwrap();
        assert!(!kept.contains("Stream") && !kept.contains("initSync"), "{kept}");
        assert!(kept.contains("export class Widget") && kept.contains("Widget.prototype[Symbol.dispose]"));
        assert!(kept.contains("const WidgetFinalization") && kept.contains("export function mount"));
        let wanted = ["memory", "mount", "widget_hangUp", "__wbg_widget_free", "__wbindgen_start"];
        assert_eq!(used_exports(&kept), BTreeSet::from(wanted));
        let none = keep_exports(GLUE, &[]).unwrap();
        assert_eq!(used_exports(&none), BTreeSet::from(["memory", "__wbindgen_start"]));
    }

    #[test]
    fn an_export_that_is_wanted_and_not_there_is_an_error() {
        assert!(keep_exports(GLUE, &["dial"]).is_err());
    }

    #[test]
    fn exports_are_renamed_where_they_are_the_wasm_s() {
        let renamed = rename_exports(GLUE, &map(&[("mount", "a"), ("memory", "b")]));
        assert!(renamed.contains("return wasm.a(element)") && renamed.contains("memory_1: wasm.b,"));
        assert!(renamed.contains("return notwasm.mount;") && renamed.contains("export function mount("));
    }

    #[test]
    fn imports_get_short_names_and_unused_ones_go() {
        let names = map(&[("__wbg_now_1234567890abcdef", "a"), ("memory_1", "b")]);
        let renamed = rename_imports(GLUE, "m", &names).unwrap();
        assert!(
            renamed.contains(
                "        a: function() {\n            return Date.now();\n        },\n        b: wasm.memory,"
            ),
            "{renamed}"
        );
        assert!(
            renamed.contains("        \"m\": import0,")
                && !renamed.contains("unused")
                && !renamed.contains("x_bg")
        );
    }

    #[test]
    fn glue_of_another_shape_or_without_an_import_is_refused() {
        assert!(rename_imports("export default 1;", "m", &map(&[])).is_err());
        assert!(rename_imports(GLUE, "m", &map(&[("__wbg_more_1234567890abcdef", "a")])).is_err());
    }
}
