use super::{Icon, use_toasts};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// A line of text to take elsewhere, with a button that copies it. What is long wraps: nothing of it hides.
#[component]
pub fn CopyLine(
    /// The control's id, unique on the page.
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] text: String,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Textarea>::new();
    let is_live = RwSignal::new(false);
    Effect::new(move |_| is_live.set(true));
    let toasts = use_toasts();
    // For browsers that do not make it as high as its text.
    let rows = text.len().div_ceil(40);
    let (copied, name) = (text.clone(), format!("Copy: {label}"));
    let copy = move |_| {
        if let Some(shown) = node.get_untracked() {
            shown.select();
        }
        if copy_text(&copied) {
            toasts.success("Copied.");
        } else {
            toasts.info("Press Ctrl C to copy it.");
        }
    };
    view! {
        <div class="field">
            <label for=id class="field-label">{label}</label>
            <div class="flex items-start gap-2">
                <textarea node_ref=node id=id class="textarea copy-text" rows=rows.to_string() readonly spellcheck="false">
                    {text}
                </textarea>
                <button type="button" class="btn btn-outline-quiet" class:hidden=move || !is_live.get() aria-label=name on:click=copy>
                    <Icon name="copy"/>
                    <span>"Copy"</span>
                </button>
            </div>
        </div>
    }
}

/// False where the browser has no clipboard for us: without https.
fn copy_text(text: &str) -> bool {
    let navigator = window().navigator();
    let has_clipboard = web_sys::js_sys::Reflect::has(&navigator, &JsValue::from_str("clipboard")).unwrap_or(false);
    if has_clipboard {
        let _ = navigator.clipboard().write_text(text);
    }
    has_clipboard
}
