use super::frame::Frame;
use crate::text;
use crate::ui::{Empty, LinkButton, PageTitle, Variant};
use leptos::prelude::*;
use leptos_meta::Meta;

/// What an unknown address shows, with the status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text="Not found"/>
        <Meta name="robots" content="noindex"/>
        <Frame>
            <div class="form-page">
                <h1 class="sr-only">{text::NOT_FOUND_TITLE}</h1>
                <Empty icon="search" title=text::NOT_FOUND_TITLE text=text::NOT_FOUND_TEXT>
                    <LinkButton href="/" variant=Variant::Primary>"Back to the start"</LinkButton>
                    <LinkButton href="/request">"Get help"</LinkButton>
                </Empty>
            </div>
        </Frame>
    }
}
