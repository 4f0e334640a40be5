use super::{CallBadge, Icon, TimeAgo};
use crate::format;
use chrono::TimeDelta;
use kernel::Phone;
use leads::views::CallView;
use leptos::prelude::*;

/// The calls about a lead, in the order given.
#[component]
pub fn CallList(calls: Vec<CallView>) -> impl IntoView {
    if calls.is_empty() {
        return view! { <p class="text-muted">"No calls yet. Calls over the tracking number appear here by themselves."</p> }.into_any();
    }
    let items = calls
        .into_iter()
        .map(|call| {
            let length = call.duration_seconds.map(|seconds| format::span(TimeDelta::seconds(seconds)));
            view! {
                <li class="flex items-start gap-3 py-3 first:pt-0 last:pb-0">
                    <Icon name="phone" class="size-5 mt-0.5 text-muted"/>
                    <div class="min-w-0 grow">
                        <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                            <CallBadge status=call.status/>
                            {length.map(|length| view! { <span class="tabular-nums">{length}</span> })}
                        </p>
                        <p class="mt-1 text-sm text-muted tabular-nums">{format!("{} to {}", number_text(&call.from), number_text(&call.to))}</p>
                        <p class="text-sm text-muted">
                            <TimeAgo at=call.created_at/>
                        </p>
                        {call
                            .recording_url
                            .map(|src| {
                                // Loaded only when somebody listens: a recording is large, and on a phone it costs.
                                view! {
                                    <audio
                                        class="mt-2 block h-11 w-full max-w-md"
                                        controls=true
                                        preload="none"
                                        src=src
                                        aria-label=format!("Recording of the call, {}", format::day_and_time(call.created_at))
                                    ></audio>
                                }
                            })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="divide-y divide-line">{items}</ul> }.into_any()
}

/// `(555) 123-4567`, or what the provider sent when it is no such number.
pub fn number_text(text: &str) -> String {
    Phone::parse(text).map_or_else(|| if text.is_empty() { "unknown".into() } else { text.to_owned() }, |phone| phone.to_string())
}
