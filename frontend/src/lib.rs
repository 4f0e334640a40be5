//! The WASM entry point: the page's script calls `hydrate` when the module has arrived.

use app::ui::mark_alive;
use leptos::mount::hydrate_from_async;
use leptos::prelude::{document, set_timeout};
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the server's HTML to life.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let Some(body) = document().body() else { return };
    hydrate_from_async(body, app::App).await.forget();
    // After all that comes alive later: it has asked for its turn before.
    set_timeout(mark_alive, Duration::ZERO);
}
