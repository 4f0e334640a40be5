use super::{Icon, Tone};
use leptos::prelude::*;

/// Something that needs a decision, above everything else on a page: one sentence and one way to act.
#[component]
pub fn Notice(
    #[prop(default = Tone::Warn)] tone: Tone,
    #[prop(default = "alert")] icon: &'static str,
    #[prop(into)] title: String,
    #[prop(optional, into)] text: String,
    /// A button or a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-center gap-4 rounded-box border border-line bg-base-100 p-4">
            <span class=format!(
                "grid size-10 shrink-0 place-items-center rounded-full bg-[color-mix(in_oklab,var(--tone)_10%,transparent)] text-(--tone) {}",
                tone.class(),
            )>
                <Icon name=icon/>
            </span>
            <div class="min-w-0 flex-1 basis-56">
                <p class="font-medium">{title}</p>
                {(!text.is_empty()).then(|| view! { <p class="break-words text-sm text-muted">{text}</p> })}
            </div>
            {children.map(|children| view! { <div class="flex flex-wrap gap-3">{children()}</div> })}
        </div>
    }
}
