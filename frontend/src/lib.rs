//! The WASM entry point: the page's script calls `hydrate` when the module has arrived.

use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the server's HTML to life.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(app::App);
}
