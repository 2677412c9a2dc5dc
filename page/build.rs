//! Tells the linker what a stripped client must keep: wasm-bindgen reads these sections. Changes nothing else.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        for section in ["target_features", "__wasm_bindgen_unstable"] {
            println!("cargo::rustc-link-arg-bins=--keep-section={section}");
        }
    }
}
