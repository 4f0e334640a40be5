use super::actions::follow_request;
use super::request_draft::DRAFT_KEY;
use crate::format;
use crate::live::{provide_live_of, use_live};
use crate::ui::{Countdown, Icon, LinkButton, Load, PageTitle, PhoneLink, SkeletonLines};
use leads::front_desk::RequestProgress;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

/// Who will call, and by when; it follows what happens.
#[component]
pub fn RequestSentPage() -> impl IntoView {
    let params = use_params_map();
    let key = Memo::new(move |_| params.with(|p| p.get("key")).unwrap_or_default());
    provide_live_of(format!("/rpc/request-events/{}", key.get_untracked()));
    let live = use_live(&[]);
    let progress = Resource::new(move || (key.get(), live.version.get()), |(key, _)| follow_request(key));
    Effect::new(move |_| {
        if let Ok(Some(storage)) = window().session_storage() {
            let _ = storage.remove_item(DRAFT_KEY);
        }
    });
    view! {
        <PageTitle text="Your request"/>
        <Meta name="robots" content="noindex"/>
        // The address is the key: it must not go to other sites.
        <Meta name="referrer" content="same-origin"/>
        <div class="form-page" aria-live="polite">
            <Load resource=progress skeleton=|| view! { <SkeletonLines/> } let:progress>
                <Progress progress/>
            </Load>
        </div>
    }
}

#[component]
fn Progress(progress: RequestProgress) -> impl IntoView {
    match progress {
        RequestProgress::Assigned { business, deadline, phone } => view! {
            <Head icon="check" title=format!("{business} will call you")/>
            <div class="panel mt-6 p-6">
                <p class="text-xl font-semibold">
                    "By " <time datetime=deadline.to_rfc3339()>{format::due(deadline)}</time> " at the latest"
                </p>
                <p class="mt-1">
                    <Countdown deadline/>
                </p>
                {phone
                    .map(|phone| {
                        view! {
                            <div class="mt-6">
                                <p class="mb-3 text-muted">"You would rather not wait?"</p>
                                <PhoneLink phone=phone.clone() button=format!("Call {phone}")/>
                            </div>
                        }
                    })}
            </div>
            <Notes lines=vec![
                "Keep your phone near: the call comes from a number you may not know.".to_owned(),
                format!("Only {business} has your request. If they do not call in time, we offer it to the next contractor."),
                "Keep this page, or the link in our mail: it shows what happens with your request.".to_owned(),
            ]/>
        }
        .into_any(),
        RequestProgress::Contacted { business, phone } => view! {
            <Head icon="phone" title=format!("{business} has been in touch")/>
            <p class="mt-4 text-muted">"You agree on the time and the price with them directly."</p>
            {phone
                .map(|phone| {
                    view! {
                        <div class="mt-6">
                            <PhoneLink phone=phone.clone() button=format!("Call {phone}")/>
                        </div>
                    }
                })}
        }
        .into_any(),
        RequestProgress::Waiting => view! {
            <Head icon="inbox" title="We have your request".to_owned()/>
            <div class="panel mt-6 p-6">
                <p class="font-medium">"No contractor in your area is free for it yet."</p>
                <p class="mt-1 text-muted">
                    "We keep your request and pass it on as soon as one is. You do not need to send it again: keep this page, it shows when a contractor has it."
                </p>
            </div>
            <div class="mt-6">
                <LinkButton href="/">"Back to the start"</LinkButton>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Head(icon: &'static str, title: String) -> impl IntoView {
    view! {
        <span class="empty-icon tone-accent">
            <Icon name=icon class="size-6"/>
        </span>
        <h1 class="page-title mt-4">{title}</h1>
    }
}

#[component]
fn Notes(lines: Vec<String>) -> impl IntoView {
    let items = lines
        .into_iter()
        .map(|line| {
            view! {
                <li class="flex gap-3">
                    <Icon name="info" class="mt-0.5 size-5 text-muted"/>
                    <span>{line}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="mt-6 grid gap-3">{items}</ul> }
}
