use crate::format;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// The time now; on the server it stands still.
#[cfg(feature = "ssr")]
pub(super) fn use_now(_every: Duration) -> ReadSignal<DateTime<Utc>> {
    signal(format::now()).0
}

/// The time now, again and again: one clock for all of the page that look as often.
#[cfg(not(feature = "ssr"))]
pub(super) fn use_now(every: Duration) -> ReadSignal<DateTime<Utc>> {
    thread_local! {
        static CLOCKS: std::cell::RefCell<Vec<(Duration, ArcRwSignal<DateTime<Utc>>)>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    CLOCKS.with_borrow_mut(|clocks| {
        if let Some((_, clock)) = clocks.iter().find(|(of, _)| *of == every) {
            return clock.read_only().into();
        }
        let clock = ArcRwSignal::new(format::now());
        clocks.push((every, clock.clone()));
        let ticking = clock.clone();
        set_interval(move || ticking.set(format::now()), every);
        clock.read_only().into()
    })
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
