//! A WebAssembly file as a list of sections: renames imports and exports, drops sections that are not needed,
//! and measures each function. Reads only as much of the format as that takes; never reads an instruction.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

const MAGIC: [u8; 8] = *b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const EXPORT: u8 = 7;
const CODE: u8 = 10;
/// The one custom section that later tools read: which wasm features the file may use.
const FEATURES: &str = "target_features";
/// The subsection with the names of functions.
const FUNCTION_NAMES: u8 = 1;
/// The kind of functions among imports and exports.
const FUNCTION: u8 = 0;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Wasm {
    sections: Vec<(u8, Vec<u8>)>,
}

impl Wasm {
    /// Reads a file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let Some(rest) = bytes.strip_prefix(&MAGIC) else { bail!("not a WebAssembly file of version 1") };
        let mut reader = Reader(rest);
        let mut sections = Vec::new();
        while !reader.0.is_empty() {
            let id = reader.byte()?;
            let length = reader.number()?;
            sections.push((id, reader.take(length)?.to_vec()));
        }
        Ok(Self { sections })
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for (id, payload) in &self.sections {
            bytes.push(*id);
            put_number(&mut bytes, payload.len());
            bytes.extend(payload);
        }
        bytes
    }

    /// Drops debug names, producers and everything else that only tools read.
    pub(super) fn drop_custom_sections(&mut self) -> Result<()> {
        let mut kept = Vec::new();
        for (id, payload) in self.sections.drain(..) {
            if id != CUSTOM || Reader(&payload).name()? == FEATURES {
                kept.push((id, payload));
            }
        }
        self.sections = kept;
        Ok(())
    }

    /// The names of what is imported, in order.
    pub(super) fn imports(&self) -> Result<Vec<String>> {
        let entries = self.entries(IMPORT, import)?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }

    /// Renames every import with the function, into one module of the name `module`.
    pub(super) fn rename_imports(&mut self, module: &str, rename: impl Fn(&str) -> String) -> Result<()> {
        let entries = self.entries(IMPORT, import)?;
        self.replace(IMPORT, &entries, |entry, payload| {
            put_name(payload, module);
            put_name(payload, &rename(&entry.name));
        });
        Ok(())
    }

    /// The names of what is exported, in order.
    pub(super) fn exports(&self) -> Result<Vec<String>> {
        let entries = self.entries(EXPORT, export)?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }

    /// Renames every export with the function; those for which it returns none are no longer exported.
    pub(super) fn rename_exports(&mut self, rename: impl Fn(&str) -> Option<String>) -> Result<()> {
        let mut entries = self.entries(EXPORT, export)?;
        entries.retain(|entry| rename(&entry.name).is_some());
        self.replace(EXPORT, &entries, |entry, payload| {
            put_name(payload, &rename(&entry.name).unwrap_or_default());
        });
        Ok(())
    }

    /// Every function of the file with its name, if it has one, and its length in bytes.
    pub(super) fn functions(&self) -> Result<Vec<(String, usize)>> {
        let imported = self.entries(IMPORT, import)?.iter().filter(|entry| entry.kind == FUNCTION).count();
        let names = self.function_names()?;
        let Some(mut reader) = self.section(CODE) else { return Ok(Vec::new()) };
        let mut functions = Vec::new();
        for index in 0..reader.number()? {
            let length = reader.number()?;
            reader.take(length)?;
            functions.push((names.get(&(imported + index)).cloned().unwrap_or_default(), length));
        }
        Ok(functions)
    }

    fn function_names(&self) -> Result<BTreeMap<usize, String>> {
        let mut names = BTreeMap::new();
        for (_, payload) in self.sections.iter().filter(|(id, _)| *id == CUSTOM) {
            let mut reader = Reader(payload);
            if reader.name()? != "name" {
                continue;
            }
            while !reader.0.is_empty() {
                let kind = reader.byte()?;
                let length = reader.number()?;
                let mut part = Reader(reader.take(length)?);
                if kind == FUNCTION_NAMES {
                    for _ in 0..part.number()? {
                        let index = part.number()?;
                        names.insert(index, part.name()?);
                    }
                }
            }
        }
        Ok(names)
    }

    fn section(&self, wanted: u8) -> Option<Reader<'_>> {
        self.sections.iter().find(|(id, _)| *id == wanted).map(|(_, payload)| Reader(payload))
    }

    fn entries(&self, section: u8, read: fn(&mut Reader<'_>) -> Result<Entry>) -> Result<Vec<Entry>> {
        let Some(mut reader) = self.section(section) else { return Ok(Vec::new()) };
        let count = reader.number()?;
        let entries = (0..count).map(|_| read(&mut reader)).collect::<Result<_>>()?;
        ensure!(reader.0.is_empty(), "section {section} is longer than its entries");
        Ok(entries)
    }

    fn replace(&mut self, section: u8, entries: &[Entry], name: impl Fn(&Entry, &mut Vec<u8>)) {
        let mut payload = Vec::new();
        put_number(&mut payload, entries.len());
        for entry in entries {
            name(entry, &mut payload);
            payload.extend(&entry.rest);
        }
        for (_, old) in self.sections.iter_mut().filter(|(id, _)| *id == section) {
            old.clone_from(&payload);
        }
    }
}

/// An import or an export: its name, its kind, and the bytes that follow the name.
struct Entry {
    name: String,
    kind: u8,
    rest: Vec<u8>,
}

fn import(reader: &mut Reader<'_>) -> Result<Entry> {
    reader.name()?;
    let name = reader.name()?;
    let before = reader.0;
    let kind = reader.byte()?;
    match kind {
        FUNCTION => drop(reader.number()?),
        1 => {
            reader.byte()?;
            reader.limits()?;
        }
        2 => reader.limits()?,
        3 => drop(reader.take(2)?),
        4 => {
            reader.byte()?;
            reader.number()?;
        }
        other => bail!("an import of unknown kind {other}"),
    }
    Ok(Entry { name, kind, rest: read_between(before, reader) })
}

fn export(reader: &mut Reader<'_>) -> Result<Entry> {
    let name = reader.name()?;
    let before = reader.0;
    let kind = reader.byte()?;
    reader.number()?;
    Ok(Entry { name, kind, rest: read_between(before, reader) })
}

fn read_between(before: &[u8], after: &Reader<'_>) -> Vec<u8> {
    before[..before.len() - after.0.len()].to_vec()
}

/// What has not been read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("the file ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        bail!("a number is longer than five bytes")
    }

    fn name(&mut self) -> Result<String> {
        let length = self.number()?;
        Ok(String::from_utf8(self.take(length)?.to_vec())?)
    }

    fn limits(&mut self) -> Result<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

fn put_number(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn put_name(bytes: &mut Vec<u8>, name: &str) {
    put_number(bytes, name.len());
    bytes.extend(name.as_bytes());
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn section(id: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![id];
        put_number(&mut bytes, payload.len());
        bytes.extend(payload);
        bytes
    }

    fn names(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    fn text(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_name(&mut bytes, text);
        bytes
    }

    /// Imports a function and a memory, exports two functions, has one of its own of three bytes, with names.
    pub(in crate::client) fn sample() -> Vec<u8> {
        let imports = names(&[
            &[2],
            &text("./x_bg.js"),
            &text("__wbg_now_1234567890abcdef"),
            &[0, 0],
            &text("./x_bg.js"),
            &text("memory_1"),
            &[2, 1, 1, 0x80, 1],
        ]);
        let exports = names(&[&[2], &text("memory"), &[2, 0], &text("__wbindgen_start"), &[0, 1]]);
        let functions = names(&[&[1, 1], &text("calls::ui::window")]);
        let function_names =
            names(&[&text("name"), &[FUNCTION_NAMES], &[u8::try_from(functions.len()).unwrap()], &functions]);
        names(&[
            &MAGIC,
            &section(IMPORT, &imports),
            &section(EXPORT, &exports),
            &section(CODE, &[1, 3, 0, 1, 11]),
            &section(CUSTOM, &function_names),
            &section(CUSTOM, &names(&[&text(FEATURES), &[0]])),
        ])
    }

    #[test]
    fn a_file_that_is_only_read_is_written_as_it_was() {
        assert_eq!(Wasm::parse(&sample()).unwrap().bytes(), sample());
    }

    #[test]
    fn imports_and_exports_get_other_names_and_nothing_else_changes() {
        let mut wasm = Wasm::parse(&sample()).unwrap();
        wasm.rename_imports("m", |name| name[..1].to_owned()).unwrap();
        wasm.rename_exports(|name| (name == "memory").then(|| "a".to_owned())).unwrap();
        let wasm = Wasm::parse(&wasm.bytes()).unwrap();
        assert_eq!(
            (wasm.imports().unwrap(), wasm.exports().unwrap()),
            (names_of(&["_", "m"]), names_of(&["a"]))
        );
        assert_eq!(wasm.functions().unwrap(), Wasm::parse(&sample()).unwrap().functions().unwrap());
    }

    fn names_of(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn functions_have_names_and_lengths_until_the_names_are_dropped() {
        let mut wasm = Wasm::parse(&sample()).unwrap();
        assert_eq!(wasm.functions().unwrap(), [("calls::ui::window".to_owned(), 3)]);
        wasm.drop_custom_sections().unwrap();
        assert_eq!(wasm.functions().unwrap(), [(String::new(), 3)]);
        assert!(wasm.bytes().windows(FEATURES.len()).any(|part| part == FEATURES.as_bytes()));
    }

    #[test]
    fn a_file_that_is_cut_off_or_no_wasm_is_refused() {
        assert!(Wasm::parse(b"<!doctype html>").is_err());
        let cut = sample();
        assert!(Wasm::parse(&cut[..cut.len() - 1]).is_err());
    }
}
