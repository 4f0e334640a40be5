//! What the contractor is told of, and how.

use super::push_browser::PushBrowser;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx, signed_in};
use crate::ui::{Card, FormErrors, Load, PageHead, SkeletonLines, SubmitButton, TimeAgo, Variant, action_error, use_toasts};
use chrono::{DateTime, Utc};
use kernel::Id;
use leads::notifications::{Channel, Choices, NewChoices, Occasion};
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A browser that gets messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub id: Id,
    /// `Chrome on Android`
    pub name: String,
    /// What this browser compares itself with.
    pub endpoint: String,
    pub since: DateTime<Utc>,
}

/// The notifications page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotificationPage {
    pub email: String,
    pub phone: kernel::Phone,
    pub choices: Choices,
    pub devices: Vec<Device>,
    /// The key that browsers must know us by; none when push messages are not set up.
    pub push_key: Option<String>,
}

/// The contractor's own choices.
#[server(prefix = "/rpc", endpoint = "contractor_notifications")]
pub async fn load_notifications() -> Result<NotificationPage, AppError> {
    let me = crate::session::contractor().await?;
    let ctx = ctx()?;
    let settings = leads::notifications::get(&ctx, &platform::auth::Caller::Contractor(me.id)).await?;
    let device = |b: platform::push::Browser| Device { id: b.id, name: b.browser, endpoint: b.endpoint, since: b.created_at };
    Ok(NotificationPage {
        email: me.email,
        phone: me.phone,
        choices: settings.choices,
        devices: settings.browsers.into_iter().map(device).collect(),
        push_key: platform::push::public_key(&ctx.settings),
    })
}

/// Keeps the contractor's own choices.
#[server(prefix = "/rpc", endpoint = "contractor_save_notifications")]
pub async fn save_notifications(choices: NewChoices) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::notifications::save(&ctx()?, &caller, &choices).await?)
}

/// Sends messages to this browser from now on.
#[server(prefix = "/rpc", endpoint = "contractor_push_subscribe")]
pub async fn subscribe_browser(endpoint: String, p256dh: String, auth: String) -> Result<(), AppError> {
    let (caller, session_id) = signed_in().await?;
    let agent = use_context::<axum::http::request::Parts>()
        .and_then(|parts| parts.headers.get(axum::http::header::USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned));
    let new = platform::push::NewSubscription { endpoint, p256dh, auth, browser: browser_name(&agent.unwrap_or_default()) };
    let ctx = ctx()?;
    let id = leads::notifications::subscribe(&ctx, &caller, &session_id, &new).await?;
    crate::session::remember_browser(&ctx, &id);
    Ok(())
}

/// Sends no more messages to a browser.
#[server(prefix = "/rpc", endpoint = "contractor_push_unsubscribe")]
pub async fn unsubscribe_browser(id: String) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::notifications::unsubscribe(&ctx()?, &caller, &id).await?)
}

/// `Chrome on Android`, as far as a browser says. The order matters: most name others, too.
#[cfg(any(feature = "ssr", test))]
fn browser_name(agent: &str) -> String {
    let first =
        |words: &[(&'static str, &'static str)], or| words.iter().find(|(mark, _)| agent.contains(mark)).map_or(or, |(_, name)| *name);
    let browser = first(
        &[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("Chrome", "Chrome"),
            ("CriOS", "Chrome"),
            ("Safari", "Safari"),
        ],
        "A browser",
    );
    let system = first(
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "Mac"),
            ("CrOS", "Chromebook"),
            ("Linux", "Linux"),
        ],
        "another system",
    );
    format!("{browser} on {system}")
}

/// Events by channels, one form; and the browsers.
#[component]
pub fn NotificationsPage() -> impl IntoView {
    let save = ServerAction::<SaveNotifications>::new();
    let (add, remove) = (ServerAction::<SubscribeBrowser>::new(), ServerAction::<UnsubscribeBrowser>::new());
    let toasts = use_toasts();
    // Only what was saved is fetched anew: a refused form keeps its switches.
    let saved = RwSignal::new(0_u32);
    let watch = move |is_done: Signal<bool>, words: &'static str| {
        Effect::new(move |_| {
            if is_done.get() {
                toasts.success(words);
                saved.update(|n| *n += 1);
            }
        });
    };
    watch(Signal::derive(move || matches!(save.value().get(), Some(Ok(())))), "Your choices are saved.");
    watch(Signal::derive(move || matches!(add.value().get(), Some(Ok(())))), "This browser gets messages now.");
    watch(Signal::derive(move || matches!(remove.value().get(), Some(Ok(())))), "That browser gets no more messages.");
    let page = Resource::new(move || saved.get(), |_| load_notifications());
    view! {
        <PageHead title="Notifications" subtitle="What we tell you, and how" back=("/app/contractor/settings", "Settings")/>
        <Load
            resource=page
            skeleton=|| {
                view! {
                    <div class="grid max-w-3xl gap-6">
                        <Card title="Tell me about">
                            <SkeletonLines lines=10/>
                        </Card>
                        <Card title="Browsers">
                            <SkeletonLines lines=3/>
                        </Card>
                    </div>
                }
            }
            let:page
        >
            <div class="grid max-w-3xl gap-6">
                <Matrix page=page.clone() action=save/>
                <Card title="Browsers">
                    <div class="grid gap-4">
                        <FormErrors error=action_error(add)/>
                        <FormErrors error=action_error(remove)/>
                        <PushBrowser
                            push_key=page.push_key
                            known=page.devices.iter().map(|d| d.endpoint.clone()).collect()
                            action=add
                        />
                        <Devices devices=page.devices action=remove/>
                    </div>
                </Card>
            </div>
        </Load>
    }
}

/// One switch for each event and channel.
#[component]
fn Matrix(page: NotificationPage, action: ServerAction<SaveNotifications>) -> impl IntoView {
    let heads = Channel::ALL.iter().map(|c| view! { <th scope="col">{c.label()}</th> }).collect_view();
    let rows = Occasion::ALL
        .iter()
        .map(|occasion| {
            let cells = Channel::ALL
                .iter()
                .map(|channel| {
                    // The error summary's link goes to the first switch.
                    let id = (*occasion == Occasion::NewLead && *channel == Channel::Email).then_some("f-on");
                    view! {
                        <td>
                            <label>
                                <span class="sr-only">{format!("{}: {}", occasion.label(), channel.label())}</span>
                                <input
                                    type="checkbox"
                                    role="switch"
                                    class="toggle"
                                    id=id
                                    name="choices[on][]"
                                    value=format!("{occasion}:{channel}")
                                    checked=page.choices.is_on(*occasion, *channel)
                                />
                            </label>
                        </td>
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{occasion.label()}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="Tell me about">
            <ActionForm action>
                <FormErrors error=action_error(action) labels=&[("on", "Your choices")]/>
                // So that a form without any switch on is one, too.
                <input type="hidden" name="choices[on][]" value=""/>
                <table class="choice-table">
                    <caption class="sr-only">"What we tell you, by channel"</caption>
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <p class="mb-5 mt-4 text-sm text-muted">
                    "Mail goes to " <span class="break-all">{page.email}</span> ", texts to " {page.phone.to_string()}
                    ". New leads always come by mail or text, or you would miss them."
                </p>
                <SubmitButton pending=action.pending()>"Save your choices"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

/// The browsers that get messages.
#[component]
fn Devices(devices: Vec<Device>, action: ServerAction<UnsubscribeBrowser>) -> impl IntoView {
    let items = devices
        .into_iter()
        .map(|device| {
            let own = device.id.clone();
            let pending =
                Signal::derive(move || action.pending().get() && action.input().with(|i| i.as_ref().is_some_and(|i| i.id == own)));
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
                    <div class="min-w-0">
                        <p class="font-medium">{device.name.clone()}</p>
                        <p class="text-sm text-muted">
                            "Since "
                            <TimeAgo at=device.since/>
                        </p>
                    </div>
                    <ActionForm action>
                        <input type="hidden" name="id" value=device.id/>
                        <SubmitButton variant=Variant::Secondary pending>
                            "Switch off"
                            <span class="sr-only">{format!(" messages to {}", device.name)}</span>
                        </SubmitButton>
                    </ActionForm>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-t border-line empty:hidden">{items}</ul> }
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn browsers_are_known_by_their_names() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
            ("", "A browser on another system"),
        ] {
            assert_eq!(browser_name(agent), name);
        }
    }
}
