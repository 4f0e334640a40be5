use super::Icon;
use super::time::use_now;
use crate::format;
use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// How long is left until a deadline, every second in the browser. Screen readers are not read every second of it:
/// they find the words when they come by, and the exact time.
#[component]
pub fn Countdown(
    deadline: DateTime<Utc>,
    /// What was due has happened.
    #[prop(optional)]
    done: bool,
) -> impl IntoView {
    if done {
        return view! {
            <span class="countdown-box text-muted">
                <Icon name="check" class="size-4"/>
                "Done"
            </span>
        }
        .into_any();
    }
    let now = use_now(Duration::from_secs(1));
    let left = move || deadline - now.get();
    let tone = move || match left() {
        l if l < TimeDelta::zero() => "countdown-box tone-text-bad",
        l if l < TimeDelta::hours(1) => "countdown-box tone-text-warn",
        _ => "countdown-box",
    };
    let words = move || {
        let left = left();
        if left < TimeDelta::zero() { format!("{} late", format::span(left)) } else { format!("{} left", format::span(left)) }
    };
    view! {
        <time class=tone role="timer" aria-live="off" datetime=deadline.to_rfc3339() title=format!("Due {}", format::exact(deadline))>
            <Icon name="clock" class="size-4"/>
            <span>{words}</span>
        </time>
    }
    .into_any()
}
