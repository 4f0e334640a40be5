use super::later;
use crate::text::count;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use wasm_bindgen::JsCast;

/// How many rows are ticked, and what to do with them: stands above a table with [`TickCell`](super::TickCell)s, in their form. The
/// form's `back` is the list's query, without what was `done` last.
#[component]
pub fn BulkBar(
    /// What a row is: `lead`, `leads`.
    one: &'static str,
    many: &'static str,
    /// Fields and a button.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    let ticked = RwSignal::new(0_i64);
    let boxes = move || {
        let form = node.get_untracked().and_then(|bar| bar.closest("form").ok().flatten());
        let list = form.and_then(|form| form.query_selector_all("[data-row-tick]").ok());
        let items = list.map(|list| (0..list.length()).filter_map(|i| list.item(i)).collect::<Vec<_>>()).unwrap_or_default();
        items.into_iter().filter_map(|n| n.dyn_into::<web_sys::HtmlInputElement>().ok()).collect::<Vec<_>>()
    };
    let recount = move || ticked.set(i64::try_from(boxes().iter().filter(|b| b.checked()).count()).unwrap_or(0));
    Effect::new(move |_| {
        recount();
        let handle = window_event_listener(ev::change, move |_| recount());
        on_cleanup(move || handle.remove());
    });
    let query = use_query_map();
    let back = move || {
        let mut query = query.get();
        query.remove("done");
        query.to_query_string()
    };
    let bar = view! {
        <div node_ref=node class="bulk-bar">
            <input type="hidden" name="back" value=back/>
            <div class="flex grow items-center gap-3">
                <p class="tabular-nums" aria-live="polite">
                    {move || match ticked.get() {
                        0 => format!("Select {many} to work on several"),
                        n => format!("{} selected", count(n, one, many)),
                    }}
                </p>
                <button
                    type="button"
                    class="btn btn-ghost btn-tight js-only"
                    on:click=move |_| {
                        let boxes = boxes();
                        let all = boxes.iter().any(|b| !b.checked());
                        for tick in boxes {
                            tick.set_checked(all);
                        }
                        recount();
                    }
                >
                    {move || if ticked.get() == 0 { "Select all" } else { "Select all or none" }}
                </button>
            </div>
            {children()}
        </div>
    }
    .into_any();
    later(|| bar)
}
