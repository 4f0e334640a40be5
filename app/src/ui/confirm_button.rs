use super::{ConfirmDialog, SubmitButton, Variant};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Sends the form around it after a question that names the thing. Without script the form goes at once.
#[component]
pub fn ConfirmButton(
    /// What the button says.
    #[prop(into)]
    label: String,
    /// What it is about, for screen readers, when several buttons say the same.
    #[prop(optional, into)]
    about: String,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] message: String,
    /// What the dialog's button says.
    #[prop(into)]
    confirm: String,
    /// Which question is asked, if any. It is kept outside of what is drawn anew, so that the question stays.
    asked: RwSignal<Option<String>>,
    /// This button's question.
    #[prop(into)]
    key: String,
    #[prop(default = Variant::Secondary)] variant: Variant,
    #[prop(optional)] icon: &'static str,
    #[prop(optional, into)] pending: Signal<bool>,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    let form = move || {
        let around = node.get_untracked().and_then(|div| div.closest("form").ok().flatten());
        around.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok())
    };
    let open = RwSignal::new(asked.with_untracked(|asked| asked.as_ref() == Some(&key)));
    let own = key.clone();
    Effect::new(move |_| {
        if !open.get() && asked.with_untracked(|asked| asked.as_ref() == Some(&own)) {
            asked.set(None);
        }
    });
    view! {
        <div node_ref=node class="contents">
            <SubmitButton
                variant
                icon
                pending
                on:click=move |ev: web_sys::MouseEvent| {
                    ev.prevent_default();
                    if form().is_some_and(|form| form.report_validity()) {
                        asked.set(Some(key.clone()));
                        open.set(true);
                    }
                }
            >
                {label}
                {(!about.is_empty()).then(|| view! { <span class="sr-only">{format!(" {about}")}</span> })}
            </SubmitButton>
            {move || {
                view! {
                    <ConfirmDialog
                        open
                        title=title.get()
                        message=message.clone()
                        confirm=confirm.clone()
                        danger
                        on_confirm=move |()| {
                            if let Some(form) = form() {
                                let _ = form.request_submit();
                            }
                        }
                    />
                }
            }}
        </div>
    }
}
