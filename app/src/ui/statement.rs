use super::{Cell, Column, ExactTime, LiveTable, MoneyText, ROWS, Row};
use crate::errors::AppError;
use kernel::{Listed, Money};
use leads::ledger::{EntryKind, StatementLine};
use leptos::prelude::*;

/// A contractor's account, newest first: what happened, and what was owed afterwards.
#[component]
pub fn StatementTable(
    lines: Resource<Result<Listed<StatementLine>, AppError>>,
    /// The leads' pages: `/app/contractor/leads`.
    leads: &'static str,
    #[prop(into)] empty: ViewFn,
) -> impl IntoView {
    let columns = vec![
        Column::new("What"),
        Column::new("When"),
        Column::new("Invoice"),
        Column::new("Amount").numeric(),
        Column::new("Balance").numeric(),
    ];
    let row = move |line: StatementLine| {
        let StatementLine { entry, amount, balance } = line;
        let what = what_of(entry.kind, entry.customer_name.as_deref());
        let href = entry.lead_id.as_ref().map(|id| format!("{leads}/{id}")).unwrap_or_default();
        view! {
            <Row href>
                <Cell label="What" primary=true>{what}</Cell>
                <Cell label="When">
                    <ExactTime at=entry.at/>
                </Cell>
                <Cell label="Invoice">
                    <span class="whitespace-nowrap tabular-nums">{entry.invoice_number}</span>
                </Cell>
                <Cell label="Amount" numeric=true>
                    <MoneyText amount/>
                </Cell>
                <Cell label="Balance" numeric=true>
                    <BalanceText balance/>
                </Cell>
            </Row>
        }
    };
    view! { <LiveTable resource=lines caption="Account" columns limit=ROWS key=key_of empty row/> }
}

fn key_of(line: &StatementLine) -> String {
    line.entry.id.clone()
}

/// `Charge for Ann Lee`
fn what_of(kind: EntryKind, customer: Option<&str>) -> String {
    match (kind, customer) {
        (EntryKind::Refund, _) | (_, None) => match kind {
            EntryKind::Refund => "Credit paid out".to_owned(),
            other => other.label().to_owned(),
        },
        (kind, Some(name)) => format!("{} for {name}", kind.label()),
    }
}

/// What is owed; credit says so.
#[component]
fn BalanceText(balance: Money) -> impl IntoView {
    if balance < Money::ZERO {
        view! {
            <span>
                <MoneyText amount=-balance/>
                " credit"
            </span>
        }
        .into_any()
    } else {
        view! { <MoneyText amount=balance/> }.into_any()
    }
}
