//! Compresses the release client once, at the highest level, so that the server can send the `.br` and `.gz`
//! files as they are. The compressors are an optional feature of this program: everyday commands need not
//! compile them.

use std::path::Path;

use anyhow::Result;

/// The kinds of files that become smaller by compression.
#[cfg(feature = "compress")]
const COMPRESSIBLE: [&str; 6] = ["css", "html", "js", "json", "svg", "wasm"];

/// Writes a `.br` and a `.gz` file beside every file of the folder that becomes smaller by it.
#[cfg(not(feature = "compress"))]
pub(crate) fn folder(folder: &Path) -> Result<()> {
    use crate::{exec, report};

    report::heading(
        "compressing the client",
        "once per build; usually half a minute the first time, then seconds",
    );
    let mut cargo = exec::command("cargo");
    // An unoptimised compressor would take longer than compiling an optimised one.
    cargo.args(["run", "-p", "xtask", "--features", "compress"]);
    cargo.args(["--config", "profile.dev.package.brotli.opt-level=3", "--", "compress"]);
    exec::run(cargo.arg(folder))
}

/// Writes a `.br` and a `.gz` file beside every file of the folder that becomes smaller by it.
#[cfg(feature = "compress")]
pub(crate) fn folder(folder: &Path) -> Result<()> {
    use std::fs;

    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            self::folder(&path)?;
            continue;
        }
        if !path.extension().is_some_and(|kind| COMPRESSIBLE.iter().any(|known| kind == *known)) {
            continue;
        }
        let raw = fs::read(&path)?;
        fs::write(with_suffix(&path, "br"), brotli(&raw)?)?;
        fs::write(with_suffix(&path, "gz"), gzip(&raw)?)?;
    }
    Ok(())
}

/// The path of the compressed sibling of a file: `a.js` becomes `a.js.br`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(feature = "compress")]
fn brotli(raw: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &raw[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

#[cfg(feature = "compress")]
fn gzip(raw: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(raw)?;
    Ok(encoder.finish()?)
}
