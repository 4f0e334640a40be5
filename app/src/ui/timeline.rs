use super::{TimeAgo, Tone};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    pub title: String,
    pub detail: Option<String>,
    /// Who did it, in words.
    pub actor: String,
    pub at: DateTime<Utc>,
    pub tone: Tone,
    /// Where the title leads.
    pub href: Option<String>,
}

/// What happened, in the order given.
#[component]
pub fn Timeline(entries: Vec<TimelineEntry>) -> impl IntoView {
    let items = entries
        .into_iter()
        .map(|e| {
            view! {
                <li class="timeline-item">
                    <i class=format!("timeline-dot {}", e.tone.class()) aria-hidden="true"></i>
                    <div class="min-w-0 grow">
                        <p class="font-medium">
                            {match e.href {
                                Some(href) => view! { <a href=href class="hover:underline">{e.title}</a> }.into_any(),
                                None => e.title.into_any(),
                            }}
                        </p>
                        {e.detail.map(|detail| view! { <p class="break-words">{detail}</p> })}
                        <p class="text-sm text-muted">
                            {(!e.actor.is_empty()).then(|| format!("{}\u{a0}· ", e.actor))}
                            <TimeAgo at=e.at/>
                        </p>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline-list">{items}</ol> }
}
