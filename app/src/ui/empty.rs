use super::Icon;
use leptos::prelude::*;

/// Nothing here yet: what this place is, and the one button that fills it.
#[component]
pub fn Empty(
    #[prop(default = "inbox")] icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">
                <Icon name=icon class="size-6"/>
            </span>
            <h2 class="text-base font-semibold">{title}</h2>
            <p class="max-w-prose text-muted">{text}</p>
            {children.map(|children| view! { <div class="mt-4 flex flex-wrap justify-center gap-3">{children()}</div> })}
        </div>
    }
}
