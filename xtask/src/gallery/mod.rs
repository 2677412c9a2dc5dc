//! `cargo xtask gallery`: every state of the interface as a page of static HTML, rendered by the browser tests
//! with the real components, and one page that shows them all at desktop and phone size. Owns the pages around
//! the states; the list of states belongs to the tests (`tests/ui/states.rs`, `tests/messenger/states.rs`).

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::setup::{self, Browser, Tools};
use crate::{exec, places, report, test};

/// The beginning of a line that contains a state.
const MARK: &str = "gallery\t";
/// The test in each bundle that prints its states.
const WRITER: &str = "writes_the_gallery";
/// Images in place of the cameras, and the gallery's own frame.
const FILES: [(&str, &str); 3] = [
    ("gallery.css", include_str!("gallery.css")),
    ("scene-ben.svg", include_str!("scene-ben.svg")),
    ("scene-me.svg", include_str!("scene-me.svg")),
];

/// A state and its HTML.
#[derive(Debug, PartialEq, Eq)]
struct State {
    name: String,
    html: String,
}

/// The command `gallery`.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let tools = setup::ensure()?;
    let browser = setup::ensure_for_tests(&tools)?;
    report::heading("rendering every state", "a minute; a few minutes the first time");
    let mut states = Vec::new();
    for bundle in ["ui", "messenger"] {
        states.extend(written_by(bundle, &tools, &browser)?);
    }
    fs::create_dir_all(folder)?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    for name in ["calls.css", "messenger.css"] {
        fs::copy(places::root().join("styles").join(name), folder.join(name))?;
    }
    for state in &states {
        fs::write(folder.join(file_of(&state.name)), page(state))?;
    }
    fs::write(folder.join("index.html"), index(&states))?;
    println!("{} states are in {}", states.len(), folder.join("index.html").display());
    Ok(())
}

fn written_by(bundle: &str, tools: &Tools, browser: &Browser) -> Result<Vec<State>> {
    let mut cargo = test::browser_test_command(tools, browser)?;
    cargo.args(["--test", bundle, "--", WRITER, "--include-ignored", "--nocapture"]);
    let output = cargo.stderr(Stdio::inherit()).output().context("could not start cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let states: Vec<_> = text.lines().filter_map(read).collect();
    if !output.status.success() || states.is_empty() {
        bail!("{} did not print its states:\n{text}", exec::describe(&cargo));
    }
    Ok(states)
}

fn read(line: &str) -> Option<State> {
    let (_, state) = line.split_once(MARK)?;
    let (name, html) = state.split_once('\t')?;
    Some(State { name: name.to_owned(), html: html.to_owned() })
}

fn file_of(name: &str) -> String {
    format!("{}.html", name.replace('/', "-"))
}

fn page(state: &State) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<link rel="stylesheet" href="calls.css">
<link rel="stylesheet" href="messenger.css">
<link rel="stylesheet" href="gallery.css">
</head>
<body class="state">
{}
</body>
</html>
"#,
        state.name, state.html
    )
}

fn index(states: &[State]) -> String {
    let mut shelves = String::new();
    let mut last = "";
    for state in states {
        let group = state.name.split('/').next().unwrap_or_default();
        if group != last {
            shelves.push_str(&format!("<h2>{group}</h2>\n"));
            last = group;
        }
        let (name, file) = (&state.name, file_of(&state.name));
        let frame = |class| {
            format!(r#"<iframe class="{class}" loading="lazy" src="{file}" title="{name}"></iframe>"#)
        };
        shelves.push_str(&format!(
            "<figure><figcaption><a href=\"{file}\">{name}</a></figcaption><span>{}</span><span>{}</span></figure>\n",
            frame("desktop"),
            frame("phone")
        ));
    }
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Messenger Calls: every state</title>
<link rel="stylesheet" href="gallery.css">
</head>
<body class="gallery">
<h1>Messenger Calls: every state</h1>
<p>Drawn by the real components in a browser, 1280 and 390 pixels wide. Names and camera scenes are stand-ins; nothing can be
pressed.</p>
{shelves}</body>
</html>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_from_the_line_that_a_browser_test_wrote() {
        let state = State { name: "voice/active".to_owned(), html: "<p>a\tb</p>".to_owned() };
        assert_eq!(read("gallery\tvoice/active\t<p>a\tb</p>"), Some(state));
        assert_eq!(read("test gallery::writes_the_gallery ... ok"), None);
    }

    #[test]
    fn every_state_has_a_page_and_a_place_in_the_index() {
        let state = |name: &str| State { name: name.to_owned(), html: "<p>Hang up</p>".to_owned() };
        let states = [state("voice/active"), state("voice/muted"), state("ended/busy")];
        let index = index(&states);
        for state in &states {
            assert!(index.contains(&format!("src=\"{}\"", file_of(&state.name))), "{index}");
            assert!(page(state).contains(&state.html));
        }
        assert_eq!(index.matches("<h2>").count(), 2);
    }
}
