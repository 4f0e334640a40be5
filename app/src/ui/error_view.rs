use super::{Button, Icon, LinkButton, Variant};
use crate::errors::{AppError, ErrorKind};
use crate::session::{address_of_page, sign_in_href};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// What happened, what to do, and another try.
#[component]
pub fn ErrorView(error: AppError, #[prop(optional, into)] on_retry: Option<Callback<()>>) -> impl IntoView {
    let title = match error.kind {
        ErrorKind::NotFound => "We could not find that",
        ErrorKind::Unauthenticated => "Please sign in",
        ErrorKind::Forbidden => "This is not for your account",
        ErrorKind::Offline => "No connection",
        ErrorKind::TooMany => "Too many tries",
        _ => "This did not work",
    };
    let location = use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    let way_out = match (error.kind, on_retry) {
        (ErrorKind::NotFound | ErrorKind::Forbidden, _) => ().into_any(),
        (ErrorKind::Unauthenticated, _) => view! { <LinkButton href=sign_in_href(&path, &search) variant=Variant::Primary>"Sign in"</LinkButton> }.into_any(),
        (_, Some(retry)) => view! { <Button icon="refresh" on:click=move |_| retry.run(())>"Try again"</Button> }.into_any(),
        // The browser asks the server for the page again.
        (_, None) => view! { <a href=address_of_page(&path, &search) rel="external" class="btn btn-outline-quiet"><Icon name="refresh"/><span>"Try again"</span></a> }
            .into_any(),
    };
    view! {
        <div class="empty" role="alert">
            <span class="empty-icon tone-bad">
                <Icon name="alert" class="size-6"/>
            </span>
            <h2 class="text-base font-semibold">{title}</h2>
            <p class="max-w-prose text-muted">{error.message}</p>
            <div class="mt-4">{way_out}</div>
        </div>
    }
}
