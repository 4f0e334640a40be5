//! What a draft would have changed, side by side.

use crate::text::count;
use crate::ui::{CategoryBadge, Cell, Column, DataTable, Row, StatGrid, StatTile};
use kernel::Money;
use leads::lead::Category;
use leads::scoring_versions::{Tally, WhatIf};
use leptos::prelude::*;

/// The leads of the last 90 days as they were, and as the draft would have made them.
#[component]
pub fn WhatIfView(result: WhatIf) -> impl IntoView {
    let (before, after) = (result.revenue_before(), result.revenue_after());
    let price = |tallies: &[Tally; 5]| tallies.iter().map(|tally| tally.value).sum::<Money>();
    let (value_before, value_after) = (price(&result.before), price(&result.after));
    let rows = Category::ALL.iter().zip(result.before.into_iter().zip(result.after)).map(|(category, (before, after))| {
        view! {
            <Row>
                <Cell label="Category" primary=true>
                    <CategoryBadge category=*category/>
                </Cell>
                <Cell label="Leads" numeric=true>
                    <Change before=before.leads.to_string() after=after.leads.to_string() by=signed(after.leads - before.leads)/>
                </Cell>
                <Cell label="Prices" numeric=true>
                    <Change before=before.value.to_string() after=after.value.to_string() by=signed_money(after.value - before.value)/>
                </Cell>
                <Cell label="Revenue" numeric=true>
                    <Change before=before.revenue.to_string() after=after.revenue.to_string() by=signed_money(after.revenue - before.revenue)/>
                </Cell>
            </Row>
        }
    });
    let rows = rows.collect_view();
    let columns =
        vec![Column::new("Category"), Column::new("Leads").numeric(), Column::new("Prices").numeric(), Column::new("Revenue").numeric()];
    let moves: Vec<_> = Category::ALL
        .iter()
        .zip(result.moves)
        .flat_map(|(from, row)| Category::ALL.iter().zip(row).map(move |(to, leads)| (*from, *to, leads)))
        .filter(|(from, to, leads)| from != to && *leads > 0)
        .map(|(from, to, leads)| {
            view! {
                <li class="flex flex-wrap items-center gap-x-3 gap-y-1 py-1">
                    <CategoryBadge category=from/>
                    <span class="text-muted">"becomes"</span>
                    <CategoryBadge category=to/>
                    <span class="tabular-nums text-muted">{count(leads, "lead", "leads")}</span>
                </li>
            }
        })
        .collect();
    view! {
        <div class="grid min-w-0 gap-4">
            <StatGrid>
                <StatTile label="Leads looked at" value=result.leads.to_string() hint="Of the last 90 days"/>
                <StatTile label="Change category" value=result.changed.to_string()/>
                <StatTile label="Their prices" value=value_after.to_string() hint=was(value_before, value_after)/>
                <StatTile label="Revenue" value=after.to_string() hint=was(before, after)/>
            </StatGrid>
            <DataTable caption="Leads, prices and revenue by category, before and after" columns>{rows}</DataTable>
            {(!moves.is_empty())
                .then(|| {
                    view! {
                        <details class="fold">
                            <summary>"Which leads move"</summary>
                            <ul class="mt-2">{moves}</ul>
                        </details>
                    }
                })}
            <p class="text-sm text-muted">
                "Revenue counts the leads that a call has billed, before credits. A lead that only the draft would sell adds nothing: nobody knows what would have become of it."
            </p>
        </div>
    }
}

/// What it is now, and what it was.
#[component]
fn Change(before: String, after: String, by: String) -> impl IntoView {
    let is_same = before == after;
    view! {
        <span>
            <span class="block">{after}</span>
            {(!is_same).then(|| view! { <span class="block text-sm text-muted">{format!("was {before} ({by})")}</span> })}
        </span>
    }
}

fn was(before: Money, after: Money) -> String {
    if before == after { "As before".to_owned() } else { format!("Was {before} ({})", signed_money(after - before)) }
}

fn signed(n: i64) -> String {
    format!("{n:+}")
}

fn signed_money(amount: Money) -> String {
    if amount > Money::ZERO { format!("+{amount}") } else { amount.to_string() }
}
