//! Push messages in this browser: asking for leave, and telling the server where to send.

use super::notifications::SubscribeBrowser;
use crate::ui::{Button, Variant};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::js_sys::futures::JsFuture;
use web_sys::{
    Notification, NotificationPermission, PushManager, PushSubscription, PushSubscriptionOptionsInit, ServiceWorkerRegistration,
};

/// What shows the messages, also when no page is open.
const WORKER: &str = "/sw.js";

/// How this browser stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Here {
    /// Not known yet, or there is no script.
    Unknown,
    /// The browser has no push messages.
    Cannot,
    /// The person has forbidden them.
    Forbidden,
    Off,
    Busy,
    On,
    Failed,
}

/// The switch for this browser.
#[component]
pub fn PushBrowser(
    /// None when push messages are not set up.
    push_key: Option<String>,
    /// The addresses that the server sends to.
    known: Vec<String>,
    action: ServerAction<SubscribeBrowser>,
) -> impl IntoView {
    let Some(key) = push_key else {
        return view! { <p class="text-muted">"Messages to browsers are not set up here."</p> }.into_any();
    };
    let here = RwSignal::new(Here::Unknown);
    let known = StoredValue::new(known);
    Effect::new(move |_| {
        leptos::task::spawn_local(async move {
            let found = look(&known.get_value()).await;
            here.set(found);
        });
    });
    let turn_on = move |_| {
        let key = key.clone();
        here.set(Here::Busy);
        leptos::task::spawn_local(async move {
            match subscribe(&key).await {
                Ok(Some(new)) => {
                    action.dispatch(new);
                }
                Ok(None) => here.set(Here::Forbidden),
                Err(_) => here.set(Here::Failed),
            }
        });
    };
    // The server may refuse; then it can be tried again.
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Err(_)))) {
            here.set(Here::Off);
        }
    });
    let words = move || match here.get() {
        Here::Unknown => "A browser shows new leads even when no page is open. This needs script to be allowed.",
        Here::Cannot => "This browser cannot show messages. On an iPhone, add this site to the home screen first, and open it from there.",
        Here::Forbidden => {
            "Messages are blocked for this site. Allow them in the browser's settings for this site, then load this page again."
        }
        Here::Off | Here::Busy => "This browser shows no messages yet. They come even when no page is open.",
        Here::On => "This browser shows messages.",
        Here::Failed => "That did not work. Please check your connection, and try again.",
    };
    let offers = move || matches!(here.get(), Here::Off | Here::Busy | Here::Failed);
    let is_busy = Signal::derive(move || here.get() == Here::Busy);
    view! {
        <p class="text-muted" role="status">{words}</p>
        <div class:hidden=move || !offers()>
            <Button variant=Variant::Secondary icon="message" pending=is_busy on:click=turn_on>
                "Show messages in this browser"
            </Button>
        </div>
    }
    .into_any()
}

fn has(object: &JsValue, name: &str) -> bool {
    web_sys::js_sys::Reflect::has(object, &name.into()).unwrap_or(false)
}

/// Whether this browser is among those that the server sends to.
async fn look(known: &[String]) -> Here {
    let window = window();
    if !has(&window, "PushManager") || !has(&window, "Notification") || !has(&window.navigator(), "serviceWorker") {
        return Here::Cannot;
    }
    if Notification::permission() == NotificationPermission::Denied {
        return Here::Forbidden;
    }
    match current().await {
        Some(subscription) if known.contains(&subscription.endpoint()) => Here::On,
        _ => Here::Off,
    }
}

/// The subscription that there is.
async fn current() -> Option<PushSubscription> {
    let workers = window().navigator().service_worker();
    let registration = JsFuture::from(workers.get_registration()).await.ok()?.dyn_into::<ServiceWorkerRegistration>().ok()?;
    let manager = registration.push_manager().ok()?;
    JsFuture::from(manager.get_subscription().ok()?).await.ok()?.dyn_into().ok()
}

/// Asks for leave, and subscribes; `None` when leave is refused.
async fn subscribe(key: &str) -> Result<Option<SubscribeBrowser>, JsValue> {
    let leave = JsFuture::from(Notification::request_permission()?).await?;
    if leave.as_string().as_deref() != Some("granted") {
        return Ok(None);
    }
    let workers = window().navigator().service_worker();
    JsFuture::from(workers.register(WORKER)).await?;
    let registration: ServiceWorkerRegistration = JsFuture::from(workers.ready()?).await?.dyn_into()?;
    let manager: PushManager = registration.push_manager()?;
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key_opt_str(Some(key));
    let subscribed = match JsFuture::from(manager.subscribe_with_options(&options)?).await {
        Ok(subscribed) => subscribed,
        // One with another key is in the way.
        Err(error) => {
            let old = current().await.ok_or(error)?;
            JsFuture::from(old.unsubscribe()?).await?;
            JsFuture::from(manager.subscribe_with_options(&options)?).await?
        }
    };
    let told = subscribed.dyn_into::<PushSubscription>()?.to_json()?;
    let keys = told.get_keys();
    Ok(Some(SubscribeBrowser {
        endpoint: told.get_endpoint().unwrap_or_default(),
        p256dh: keys.as_ref().and_then(web_sys::PushSubscriptionKeys::get_p256dh).unwrap_or_default(),
        auth: keys.and_then(|keys| keys.get_auth()).unwrap_or_default(),
    }))
}
