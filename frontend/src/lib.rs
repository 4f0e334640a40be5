//! The WASM entry point: the page's script calls `hydrate` when the module has arrived.

use app::ui::{mark_alive, some_come_alive_later};
use leptos::mount::hydrate_from_async;
use leptos::prelude::{Render, RenderHtml, document, set_timeout};
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::view::{Position, PositionState};
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, js_sys::Promise};

/// Brings the server's HTML to life.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let Some(body) = document().body() else { return };
    hydrate_from_async(body, || (app::App(), Last)).await.forget();
    mark_alive();
}

/// Draws nothing, and comes alive when all else has: what comes alive later (`app::ui::later`) still finds the data that the
/// server sent with it.
struct Last;

no_attrs!(Last);

impl Render for Last {
    type State = ();

    fn build(self) {}

    fn rebuild(self, (): &mut ()) {}
}

impl RenderHtml for Last {
    type AsyncOutput = Last;
    type Owned = Last;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Last {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) {}

    async fn hydrate_async(self, _: &Cursor, _: &PositionState) {
        while some_come_alive_later() {
            let turn = Promise::new(&mut |resolve, _| {
                let go_on = move || {
                    let _ = resolve.call0(&resolve);
                };
                set_timeout(go_on, Duration::ZERO);
            });
            let _ = JsFuture::from(turn).await;
        }
    }

    fn into_owned(self) -> Last {
        self
    }
}
