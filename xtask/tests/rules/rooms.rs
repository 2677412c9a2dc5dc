//! Rooms without circles: among the modules of one folder no chain of imports leads back to where it began, and the
//! rooms of a crate stand on floors of which none names a higher one.
//!
//! A room is a module with everything below it. A parent and its children are one room and may name each other; what a
//! child takes from its parent counts as the parent's. A name that is exported again counts as the file's that defines it.

use crate::source::{Source, everything};
use crate::{assert_none, paths};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The path of a module from the root of its crate.
type Module = Vec<String>;
/// Whom each file names: the module, and the path by which it does.
type Arrows = BTreeMap<Module, BTreeMap<Module, String>>;

/// The floors of each crate, from the top: a room names rooms of its own floor and of those below it.
const FLOORS: [(&str, &[&str]); 7] = [
    (
        "crates/call-core/src/",
        &[
            "machine",
            "state",
            "call_end current_connection",
            "connection context media",
            "end_requests io view",
            "event",
            "effect stream waiting",
            "finished key party slot timing",
        ],
    ),
    (
        "crates/call-protocol/src/",
        &["frame", "body", "error people", "call", "signal user", "ids limits words", "read"],
    ),
    ("src/", &["messenger", "widget", "platform"]),
    ("crates/call-client/src/", &["effects memory", "client", "connection frames log milestones platform"]),
    (
        "crates/call-rules/src/",
        &[
            "table",
            "end initiate sweep",
            "answer ending media signal transition",
            "refusal step",
            "door record refresh",
            "moment timings",
        ],
    ),
    (
        "crates/call-server/src/",
        &[
            // What operators order and what runs: the program.
            "operator_commands orders",
            "server",
            "background demo",
            // HTTP and the socket.
            "routes",
            "connections socket",
            // What the server can do.
            "service",
            "auth",
            "error live",
            // Parts that are set up from the configuration.
            "descriptors hub log rates tls",
            "config metrics",
            // All SQL: it names neither the configuration nor the measurements.
            "store",
            // What everything stands on.
            "bus model names repeats tasks trace waiting web_client wire",
            "clock ids network new_password request_turns timestamp",
        ],
    ),
    (
        "xtask/src/",
        &[
            "bench gallery test",
            "api e2e run",
            "native server",
            "client sounds",
            "setup",
            "compress dependencies toolchain",
            "exec versions",
            "places report",
        ],
    ),
];

/// The sources of each crate whose floors are known, by the folder that they are in.
fn crates(files: Vec<Source>) -> BTreeMap<String, Vec<Source>> {
    let mut crates: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for file in
        files.into_iter().filter(|file| FLOORS.iter().any(|(crate_, _)| file.name.starts_with(crate_)))
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

/// A path from the root of the crate, if it goes into the crate.
fn inside(path: &str, here: &Module, modules: &BTreeSet<Module>) -> Option<Module> {
    if let Some(path) = path.strip_prefix("crate::") {
        return Some(segments(path));
    }
    let path = [here.clone(), segments(path)].concat();
    modules.contains(path.get(..=here.len())?).then_some(path)
}

/// The trees of the `use` items by which a file exports names of others.
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

/// Where each exported name really is.
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
    // A name is exported by few rooms on its way; the bound ends what would go in circles.
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

/// The arrows among the rooms of one folder, each with a file that draws it.
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
                    .insert(other, format!("{} names {path}", from.join("/")));
            }
        }
    }
    rooms
}

/// The shortest way from a room back to itself.
fn circle(rooms: &BTreeMap<String, BTreeMap<String, String>>, first: &str) -> Option<Vec<String>> {
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

/// Every circle, once, with the files that close it.
fn circles(arrows: &Arrows) -> Vec<String> {
    let folders: BTreeSet<&[String]> =
        arrows.keys().flat_map(|module| (0..module.len()).map(|end| &module[..end])).collect();
    let mut found = BTreeMap::new();
    for folder in folders {
        let rooms = among_rooms(arrows, folder);
        for way in rooms.keys().filter_map(|room| circle(&rooms, room)) {
            let steps = way.windows(2).filter_map(|step| rooms.get(&step[0])?.get(&step[1]).cloned());
            let text = format!("{}: {}", way.join(" -> "), steps.collect::<Vec<_>>().join(", "));
            found.entry((folder.to_vec(), way.iter().cloned().collect::<BTreeSet<_>>())).or_insert(text);
        }
    }
    found.into_values().collect()
}

/// The floor of each room, counted from the top.
fn floor(floors: &[&str], room: &str) -> Option<usize> {
    floors.iter().position(|floor| floor.split(' ').any(|name| name == room))
}

/// Arrows to a higher floor, and rooms that stand on none.
fn upward(arrows: &Arrows, floors: &[&str]) -> Vec<String> {
    let rooms = among_rooms(arrows, &[]);
    let mut broken = Vec::new();
    for room in arrows.keys().filter_map(|module| module.first()).collect::<BTreeSet<_>>() {
        let Some(own) = floor(floors, room) else {
            broken.push(format!("{room} stands on no floor: give it one in FLOORS"));
            continue;
        };
        let named = rooms.get(room).into_iter().flatten();
        broken.extend(
            named
                .filter(|(other, _)| floor(floors, other).is_some_and(|other| other < own))
                .map(|(_, how)| how.clone()),
        );
    }
    broken
}

#[test]
fn no_rooms_name_each_other_in_a_circle() {
    let broken = crates(everything()).into_iter().flat_map(|(name, files)| {
        circles(&arrows(&files)).into_iter().map(move |circle| format!("{name} {circle}"))
    });
    assert_none("rooms of one folder form no circle", broken.collect());
}

#[test]
fn no_room_names_a_higher_floor() {
    let crates = crates(everything());
    let broken = FLOORS.iter().flat_map(|(name, floors)| {
        let files = crates.get(*name).map(Vec::as_slice).unwrap_or_default();
        upward(&arrows(files), floors).into_iter().map(move |arrow| format!("{name} {arrow}"))
    });
    assert_none("a room names its own floor and lower ones", broken.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(files: &[(&str, &str)]) -> Arrows {
        let source =
            |(name, text): &(&str, &str)| Source { name: format!("x/src/{name}"), text: (*text).into() };
        arrows(&files.iter().map(source).collect::<Vec<_>>())
    }

    #[test]
    fn a_circle_is_noticed_however_it_is_closed() {
        let plain = drawn(&[("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { crate::a::g() }")]);
        assert_eq!(circles(&plain).len(), 1);
        let siblings = drawn(&[
            ("a/mod.rs", "mod b; mod c;"),
            ("a/b.rs", "use super::c;"),
            ("a/c.rs", "use super::{b::B, x};"),
        ]);
        assert_eq!(circles(&siblings).len(), 1);
        let exported = drawn(&[
            ("a/mod.rs", "pub(crate) use deep::Deep;"),
            ("a/deep.rs", "use crate::b::B;"),
            ("b.rs", "use crate::a::Deep;"),
        ]);
        assert_eq!(circles(&exported).len(), 1);
    }

    #[test]
    fn a_parent_and_its_child_are_one_room_and_a_chain_is_no_circle() {
        let family = drawn(&[("a/mod.rs", "pub use b::B;"), ("a/b.rs", "use super::A;")]);
        assert!(circles(&family).is_empty());
        let chain = drawn(&[("a.rs", "use crate::b;"), ("b.rs", "use crate::c;"), ("c.rs", "")]);
        assert!(circles(&chain).is_empty());
        let tests = "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n";
        assert!(circles(&drawn(&[("a.rs", "use crate::b;"), ("b.rs", tests)])).is_empty());
    }

    #[test]
    fn an_arrow_up_and_a_room_without_a_floor_are_noticed() {
        let house = drawn(&[("a.rs", "use crate::b;"), ("b.rs", ""), ("c.rs", "")]);
        assert!(upward(&house, &["a c", "b"]).is_empty());
        assert_eq!(upward(&house, &["b", "a c"]), ["a names crate::b"]);
        assert_eq!(upward(&house, &["a", "b"]).len(), 1);
    }
}
