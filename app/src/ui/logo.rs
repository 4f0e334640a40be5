use leptos::prelude::*;

/// A plumb line: the bob hangs true.
#[component]
pub fn Logo(#[prop(optional)] small: bool) -> impl IntoView {
    view! {
        <span class="logo">
            <svg viewBox="0 0 24 24" class=if small { "size-6" } else { "size-7" } aria-hidden="true" focusable="false">
                <path d="M5 3h14" stroke="currentColor" stroke-width="2" stroke-linecap="round" fill="none"></path>
                <path d="M12 3v8" stroke="currentColor" stroke-width="1.5" fill="none"></path>
                <path d="M8 11h8l-1 5-3 6-3-6z" fill="currentColor"></path>
            </svg>
            <span>{crate::text::PRODUCT}</span>
        </span>
    }
}
