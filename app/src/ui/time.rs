use crate::format;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// The time now, again and again in the browser; on the server it stands still.
pub(super) fn use_now(every: Duration) -> ReadSignal<DateTime<Utc>> {
    let (now, set_now) = signal(format::now());
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(move || set_now.set(format::now()), every) {
            on_cleanup(move || handle.clear());
        }
    });
    now
}

/// How long ago, with the exact time in the company's time zone on hover.
#[component]
pub fn TimeAgo(at: DateTime<Utc>) -> impl IntoView {
    let now = use_now(Duration::from_secs(30));
    view! {
        <time datetime=at.to_rfc3339() title=format::exact(at) class="whitespace-nowrap">
            {move || format::relative(at, now.get())}
        </time>
    }
}

/// The day and time in the company's time zone.
#[component]
pub fn ExactTime(at: DateTime<Utc>) -> impl IntoView {
    view! { <time datetime=at.to_rfc3339() title=format::exact(at) class="whitespace-nowrap">{format::day_and_time(at)}</time> }
}
