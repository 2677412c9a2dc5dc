//! Import cycles and layers: no chain of imports among the modules of one folder leads back to its beginning, and the
//! top modules of a crate form layers, none of which imports a higher one.
//!
//! A room is a module with everything below it. A parent and its children are one room and may import each other; what
//! a child imports from its parent counts as the parent's. A re-exported name counts as its defining file's.

use crate::source::{Source, everything};
use crate::{assert_none, paths};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The path of a module from the root of its crate.
type Module = Vec<String>;
/// The modules that each file imports, each with the path by which it does.
type Arrows = BTreeMap<Module, BTreeMap<Module, String>>;

/// The layers of each crate, highest first: a room imports rooms of its own layer and of lower ones only.
const LAYERS: [(&str, &[&str]); 7] = [
    (
        "crates/call-core/src/",
        &[
            "machine",
            "state",
            "call_end current_connection warm",
            "connection context media on_call",
            "end_requests io view",
            "event",
            "effect stream waiting",
            "finished key party slot timing",
        ],
    ),
    (
        "crates/call-protocol/src/",
        &["frame", "body", "error people", "call", "signal user", "ids limits macros", "read"],
    ),
    ("src/", &["messenger", "widget", "platform"]),
    (
        "crates/call-client/src/",
        &[
            "effects memory",
            "client session",
            "api",
            "credentials",
            "network",
            "connection frames log milestones platform",
        ],
    ),
    (
        "crates/call-rules/src/",
        &[
            "table",
            "end initiate sweep",
            "answer ending media news signal transition",
            "refusal step",
            "relay",
            "door record refresh",
            "contacts moment timings",
        ],
    ),
    (
        "crates/call-server/src/",
        &[
            // The operators' commands and the running program.
            "operator_commands orders",
            "server",
            "start_error",
            "background demo",
            // HTTP and the socket.
            "routes",
            "connections relay socket",
            // Puts the parts together.
            "app",
            // What the server can do.
            "service",
            "auth",
            "error live",
            // Parts that are created from the configuration.
            "descriptors hub log rates tls",
            "config metrics",
            // All SQL; imports neither the configuration nor the metrics.
            "store",
            // What everything else uses.
            "admission bus model names repeats tasks trace web_client",
            "clock close_codes ids network new_password ownership request_turns timestamp",
        ],
    ),
    (
        "xtask/src/",
        &[
            "bench gallery test",
            "api e2e run simulate",
            "native server",
            "client mutations sounds",
            "setup",
            "compress dependencies toolchain",
            "exec versions",
            "places report",
        ],
    ),
];

/// The source files of the crates in LAYERS, by crate.
fn crates(files: Vec<Source>) -> BTreeMap<String, Vec<Source>> {
    let mut crates: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for file in
        files.into_iter().filter(|file| LAYERS.iter().any(|(crate_, _)| file.name.starts_with(crate_)))
    {
        let outside = file.name.find("src/").filter(|at| *at == 0 || file.name[..*at].ends_with('/'));
        if let Some(outside) = outside {
            crates.entry(file.name[..outside + 4].to_owned()).or_default().push(file);
        }
    }
    crates
}

fn segments(path: &str) -> Module {
    path.split("::").filter(|part| !["self", "*", ""].contains(part)).map(str::to_owned).collect()
}

/// The path from the root of the crate, if it is in the crate.
fn inside(path: &str, here: &Module, modules: &BTreeSet<Module>) -> Option<Module> {
    if let Some(path) = path.strip_prefix("crate::") {
        return Some(segments(path));
    }
    let path = [here.clone(), segments(path)].concat();
    modules.contains(path.get(..=here.len())?).then_some(path)
}

/// The `use` items by which a file re-exports names.
fn exports(file: &Source) -> Vec<String> {
    let code = file.code();
    let tree = |statement: &str| {
        let (before, tree) = statement.rsplit_once("use ")?;
        let before = before.trim_end();
        let shared = before.ends_with("pub")
            || before.ends_with(')') && before.rsplit('\n').next().is_some_and(|line| line.contains("pub("));
        shared.then(|| format!("use {tree};"))
    };
    code.split(';').filter_map(tree).collect()
}

/// The definition of each re-exported name.
fn exported(files: &[Source], modules: &BTreeSet<Module>) -> BTreeMap<Module, Module> {
    let mut exported = BTreeMap::new();
    for file in files {
        let here = paths::module(&file.name);
        for text in exports(file) {
            for path in paths::of(&Source { name: file.name.clone(), text }) {
                let Some(path) = inside(&path, &here, modules) else { continue };
                let Some(name) = path.last() else { continue };
                exported.insert([here.clone(), vec![name.clone()]].concat(), path);
            }
        }
    }
    exported.retain(|name, path| !modules.contains(name) && name != path);
    exported
}

/// The file that defines what a path names.
fn home(mut path: Module, modules: &BTreeSet<Module>, exported: &BTreeMap<Module, Module>) -> Module {
    // A name is re-exported a few times at most; the limit ends a re-export cycle.
    for _ in 0..8 {
        let again = (1..=path.len()).rev().find_map(|end| Some((end, exported.get(&path[..end])?)));
        let Some((end, to)) = again else { break };
        path = [to.clone(), path[end..].to_vec()].concat();
    }
    while !path.is_empty() && !modules.contains(&path) {
        path.pop();
    }
    path
}

fn arrows(files: &[Source]) -> Arrows {
    let modules: BTreeSet<Module> = files.iter().map(|file| paths::module(&file.name)).collect();
    let exported = exported(files, &modules);
    let mut arrows = Arrows::new();
    for file in files {
        let here = paths::module(&file.name);
        let named = paths::of(file).into_iter();
        let named = named.filter_map(|path| Some((inside(&path, &here, &modules)?, path)));
        let to = arrows.entry(here.clone()).or_default();
        to.extend(named.map(|(inner, path)| (home(inner, &modules, &exported), path)));
    }
    arrows
}

/// The imports among the rooms of one folder, each with a file that has it.
fn among_rooms(arrows: &Arrows, folder: &[String]) -> BTreeMap<String, BTreeMap<String, String>> {
    let room = |module: &Module| module.strip_prefix(folder)?.first().cloned();
    let mut rooms: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (from, named) in arrows {
        let Some(one) = room(from) else { continue };
        for (to, path) in named {
            if let Some(other) = room(to).filter(|other| *other != one) {
                rooms
                    .entry(one.clone())
                    .or_default()
                    .insert(other, format!("{} imports {path}", from.join("/")));
            }
        }
    }
    rooms
}

/// The shortest chain of imports from a room back to itself.
fn cycle(rooms: &BTreeMap<String, BTreeMap<String, String>>, first: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![first.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| rooms.get(last)).into_iter().flat_map(BTreeMap::keys) {
            let way = [way.clone(), vec![next.clone()]].concat();
            if next == first {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                ways.push_back(way);
            }
        }
    }
    None
}

/// Every cycle once, with the files that form it.
fn cycles(arrows: &Arrows) -> Vec<String> {
    let folders: BTreeSet<&[String]> =
        arrows.keys().flat_map(|module| (0..module.len()).map(|end| &module[..end])).collect();
    let mut found = BTreeMap::new();
    for folder in folders {
        let rooms = among_rooms(arrows, folder);
        for way in rooms.keys().filter_map(|room| cycle(&rooms, room)) {
            let steps = way.windows(2).filter_map(|step| rooms.get(&step[0])?.get(&step[1]).cloned());
            let text = format!("{}: {}", way.join(" -> "), steps.collect::<Vec<_>>().join(", "));
            found.entry((folder.to_vec(), way.iter().cloned().collect::<BTreeSet<_>>())).or_insert(text);
        }
    }
    found.into_values().collect()
}

/// The layer of a room, counted from the top.
fn layer(layers: &[&str], room: &str) -> Option<usize> {
    layers.iter().position(|layer| layer.split(' ').any(|name| name == room))
}

/// Imports from a higher layer, and rooms that are in no layer.
fn upward(arrows: &Arrows, layers: &[&str]) -> Vec<String> {
    let rooms = among_rooms(arrows, &[]);
    let mut broken = Vec::new();
    for room in arrows.keys().filter_map(|module| module.first()).collect::<BTreeSet<_>>() {
        let Some(own) = layer(layers, room) else {
            broken.push(format!("{room} is in no layer: add it to LAYERS"));
            continue;
        };
        let named = rooms.get(room).into_iter().flatten();
        broken.extend(
            named
                .filter(|(other, _)| layer(layers, other).is_some_and(|other| other < own))
                .map(|(_, how)| how.clone()),
        );
    }
    broken
}

#[test]
fn no_modules_import_each_other_in_a_cycle() {
    let broken = crates(everything()).into_iter().flat_map(|(name, files)| {
        cycles(&arrows(&files)).into_iter().map(move |cycle| format!("{name} {cycle}"))
    });
    assert_none("the modules of a folder form no import cycle", broken.collect());
}

#[test]
fn no_module_imports_from_a_higher_layer() {
    let crates = crates(everything());
    let broken = LAYERS.iter().flat_map(|(name, layers)| {
        let files = crates.get(*name).map(Vec::as_slice).unwrap_or_default();
        upward(&arrows(files), layers).into_iter().map(move |arrow| format!("{name} {arrow}"))
    });
    assert_none("a module imports from its own layer and lower ones only", broken.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(files: &[(&str, &str)]) -> Arrows {
        let source =
            |(name, text): &(&str, &str)| Source { name: format!("x/src/{name}"), text: (*text).into() };
        arrows(&files.iter().map(source).collect::<Vec<_>>())
    }

    #[test]
    fn a_cycle_is_found_however_it_is_formed() {
        let plain = parsed(&[("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { crate::a::g() }")]);
        assert_eq!(cycles(&plain).len(), 1);
        let siblings = parsed(&[
            ("a/mod.rs", "mod b; mod c;"),
            ("a/b.rs", "use super::c;"),
            ("a/c.rs", "use super::{b::B, x};"),
        ]);
        assert_eq!(cycles(&siblings).len(), 1);
        let exported = parsed(&[
            ("a/mod.rs", "pub(crate) use deep::Deep;"),
            ("a/deep.rs", "use crate::b::B;"),
            ("b.rs", "use crate::a::Deep;"),
        ]);
        assert_eq!(cycles(&exported).len(), 1);
    }

    #[test]
    fn a_parent_with_its_child_and_a_chain_form_no_cycle() {
        let family = parsed(&[("a/mod.rs", "pub use b::B;"), ("a/b.rs", "use super::A;")]);
        assert!(cycles(&family).is_empty());
        let chain = parsed(&[("a.rs", "use crate::b;"), ("b.rs", "use crate::c;"), ("c.rs", "")]);
        assert!(cycles(&chain).is_empty());
        let tests = "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n";
        assert!(cycles(&parsed(&[("a.rs", "use crate::b;"), ("b.rs", tests)])).is_empty());
    }

    #[test]
    fn an_import_from_a_higher_layer_and_a_module_without_a_layer_are_found() {
        let house = parsed(&[("a.rs", "use crate::b;"), ("b.rs", ""), ("c.rs", "")]);
        assert!(upward(&house, &["a c", "b"]).is_empty());
        assert_eq!(upward(&house, &["b", "a c"]), ["a imports crate::b"]);
        assert_eq!(upward(&house, &["a", "b"]).len(), 1);
    }
}
