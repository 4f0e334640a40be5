use super::{Icon, Tone};
use leptos::prelude::*;

/// How far something has come: the steps behind, the one that it is at, and what is to come.
#[component]
pub fn Steps(
    /// What the steps are of, for screen readers.
    #[prop(into)]
    label: String,
    steps: Vec<String>,
    /// The index of the step that it is at.
    at: usize,
    /// The step's tone: how it ended, at the last.
    #[prop(default = Tone::Accent)]
    tone: Tone,
) -> impl IntoView {
    let last = steps.len().saturating_sub(1);
    let items = steps
        .into_iter()
        .enumerate()
        .map(|(n, step)| {
            let class = match n {
                n if n < at => "progress-step done".to_owned(),
                n if n == at => format!("progress-step now {}", tone.class()),
                _ => "progress-step".to_owned(),
            };
            let icon = match tone {
                Tone::Bad if n == at => "x",
                _ if n < at || n == last => "check",
                _ => "clock",
            };
            view! {
                <li class=class aria-current=(n == at).then_some("step")>
                    <i aria-hidden="true">{(n <= at).then(|| view! { <Icon name=icon class="size-3"/> })}</i>
                    <span>{step}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="progress-steps" aria-label=label>{items}</ol> }
}
