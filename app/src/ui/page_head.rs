use super::Icon;
use leptos::prelude::*;
use leptos_meta::Title;

/// A page's heading, the way back, and its actions. Names the browser's tab too.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: String,
    /// Where the page came from: `("/app/admin/leads", "Leads")`.
    #[prop(optional, into)]
    back: Option<(&'static str, &'static str)>,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <PageTitle text=title.clone()/>
        <div class="page-head">
            <div class="min-w-0">
                {back
                    .map(|(href, label)| {
                        view! {
                            <a href=href class="back-link">
                                <Icon name="chevron_left" class="size-4"/>
                                {label}
                            </a>
                        }
                    })}
                <h1 class="page-title">{title}</h1>
                {(!subtitle.is_empty()).then(|| view! { <p class="mt-1 text-muted">{subtitle}</p> })}
            </div>
            {children.map(|children| view! { <div class="flex flex-wrap gap-3">{children()}</div> })}
        </div>
    }
}

/// What the browser's tab says: the page, then the product. Every page has one, and nothing else sets it:
/// while a page's chunk is loading, the tab keeps what the server said.
#[component]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text=format!("{text} · {}", crate::text::PRODUCT)/> }
}
