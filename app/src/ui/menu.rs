use leptos::prelude::*;

/// A button that shows a small form below it; it works without script.
#[component]
pub fn Menu(#[prop(into)] label: String, children: Children) -> impl IntoView {
    view! {
        <details class="menu">
            <summary class="btn btn-ghost">{label}</summary>
            <div class="menu-box">{children()}</div>
        </details>
    }
}
