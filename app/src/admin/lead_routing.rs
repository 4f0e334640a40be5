//! Why a lead went where it went.

use crate::text::{actor_name, count};
use crate::ui::{Badge, Card, ExactTime, Tone};
use leads::decisions::{Considered, Decision, Verdict};
use leptos::prelude::*;

/// Every decision about a lead, the latest first and whole, the earlier ones folded.
#[component]
pub(super) fn Routing(decisions: Vec<Decision>) -> impl IntoView {
    let mut decisions = decisions.into_iter();
    let Some(latest) = decisions.next() else {
        return view! {
            <Card title="Routing">
                <p class="text-muted">"Nobody was considered for this lead yet."</p>
            </Card>
        }
        .into_any();
    };
    let earlier = decisions
        .map(|decision| {
            let title = decision.occasion.label();
            view! {
                <details class="fold">
                    <summary>{title}</summary>
                    <div class="pt-4">
                        <Why decision/>
                    </div>
                </details>
            }
        })
        .collect_view();
    view! {
        <Card title="Routing">
            <div class="grid gap-4">
                <Why decision=latest/>
                {earlier}
            </div>
        </Card>
    }
    .into_any()
}

/// One decision: who got it and why, and everybody who was considered.
#[component]
fn Why(decision: Decision) -> impl IntoView {
    let (title, rule) = match decision.chosen() {
        Some(chosen) => (format!("{} got it", chosen.business_name), decision.rule.label()),
        None => (decision.rule.label().to_owned(), ""),
    };
    let by = if decision.actor == "system" { String::new() } else { format!("{} · ", actor_name(&decision.actor)) };
    let rows = decision.considered.into_iter().map(|considered| view! { <Line considered/> }).collect_view();
    view! {
        <div class="grid gap-4">
            <div>
                <p class="font-medium">{title}</p>
                <p>{rule} {decision.reason.map(|reason| format!(" {reason}"))}</p>
                <p class="text-sm text-muted">
                    {format!("{} · {by}", decision.occasion.label())}
                    <ExactTime at=decision.at/>
                </p>
            </div>
            <ul class="divide-y divide-line border-t border-line">{rows}</ul>
            <p class="text-sm text-muted">
                {(decision.unlisted > 0).then(|| format!("And {} more. ", count(decision.unlisted, "contractor", "contractors")))}
                "Contractors who do not serve the ZIP code, or were not approved, are not listed. Figures are those of then."
            </p>
        </div>
    }
}

#[component]
fn Line(considered: Considered) -> impl IntoView {
    let tone = match considered.verdict {
        Verdict::Chosen => Tone::Good,
        Verdict::Eligible => Tone::Accent,
        _ => Tone::Neutral,
    };
    let figures = figures_of(&considered);
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-3">
            <div class="min-w-0">
                <a href=format!("/app/admin/contractors/{}", considered.contractor_id) class="link inline-block py-0.5">
                    {considered.business_name}
                </a>
                {figures.map(|text| view! { <p class="text-sm text-muted tabular-nums">{text}</p> })}
            </div>
            <Badge tone>{considered.verdict.label()}</Badge>
        </li>
    }
}

/// `2 open leads, share 1, 40% of 10 qualified`
fn figures_of(c: &Considered) -> Option<String> {
    let load = c.load.as_ref()?;
    let mut parts = vec![count(load.open_leads, "open lead", "open leads")];
    if load.weight != 1 {
        parts.push(format!("share {}", load.weight));
    }
    if load.received_leads > 0 {
        let rate = leads::views::percent(load.qualified_leads, load.received_leads);
        parts.push(format!("{rate:.0}% of {} qualified", count(load.received_leads, "lead", "leads")));
    }
    if load.replacement_due > 0 {
        parts.push("owed a free lead".to_owned());
    }
    if let Some(cap) = load.daily_cap {
        parts.push(format!("{} of {cap} today", load.leads_today));
    }
    Some(parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use leads::decisions::Load;

    #[test]
    fn only_the_figures_that_say_something_are_shown() {
        let load = Load {
            open_leads: 1,
            weight: 1,
            qualified_leads: 0,
            received_leads: 0,
            last_lead_at: None,
            replacement_due: 0,
            daily_cap: None,
            leads_today: 0,
        };
        let c = |load| Considered { contractor_id: "a".into(), business_name: "A".into(), verdict: Verdict::Eligible, load };
        assert_eq!(figures_of(&c(None)), None);
        assert_eq!(figures_of(&c(Some(load.clone()))).as_deref(), Some("1 open lead"));
        let busy = Load { weight: 2, qualified_leads: 2, received_leads: 5, daily_cap: Some(3), leads_today: 3, ..load };
        assert_eq!(figures_of(&c(Some(busy))).as_deref(), Some("1 open lead, share 2, 40% of 5 leads qualified, 3 of 3 today"));
    }
}
