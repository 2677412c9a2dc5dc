//! The messenger's page: starts the client in it.
#![no_main]

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs when the wasm is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    messenger_calls::messenger::start();
}
