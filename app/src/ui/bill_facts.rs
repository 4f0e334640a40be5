use super::{Icon, MoneyText, StatGrid, StatTile, TimeAgo};
use kernel::{Id, Money};
use leads::billing::{BilledLead, RecordView};
use leptos::prelude::*;

/// Whose lead was charged, and below it what they needed and where: what names a charge in a list.
#[component]
pub fn BilledName(lead: BilledLead) -> impl IntoView {
    let place = [lead.customer_city.as_deref(), lead.customer_state.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let service = lead.service_type.label();
    let job = if place.is_empty() { service.to_owned() } else { format!("{service} · {}", place.replace(' ', "\u{a0}")) };
    view! {
        <span class="block">{lead.customer_name()}</span>
        <span class="block text-sm font-normal text-muted">{job}</span>
    }
}

/// What is owed, and what it was before a credit.
#[component]
pub fn OwedText(amount: Money, original: Money) -> impl IntoView {
    view! {
        <span class="inline-flex flex-wrap items-baseline justify-end gap-x-2">
            {(amount != original)
                .then(|| {
                    view! {
                        <s class="text-sm text-muted">
                            <span class="sr-only">"It was "</span>
                            <MoneyText amount=original/>
                        </s>
                    }
                })}
            <MoneyText amount/>
        </span>
    }
}

/// An invoice's number, which opens it as a PDF.
#[component]
pub fn InvoiceLink(#[prop(into)] record_id: Id, #[prop(into)] number: String) -> impl IntoView {
    view! {
        <a href=format!("/api/invoices/{record_id}") rel="external" class="link inline-flex min-h-11 items-center gap-1 whitespace-nowrap tabular-nums">
            {number}
            <Icon name="download" class="size-4"/>
            <span class="sr-only">" as PDF"</span>
        </a>
    }
}

/// The sums above a list of charges.
#[component]
pub fn BillingFigures(
    /// Label, amount and, unless the list is filtered, a hint.
    tiles: Vec<(&'static str, Money, &'static str)>,
) -> impl IntoView {
    let tiles = tiles.into_iter().map(|(label, amount, hint)| view! { <StatTile label value=amount.to_string() hint/> }).collect_view();
    view! {
        <section>
            <h2 class="sr-only">"Figures"</h2>
            <StatGrid>{tiles}</StatGrid>
        </section>
    }
}

/// An invoice's number and how far it has come; nothing when there is none.
#[component]
pub fn InvoiceText(record: RecordView) -> impl IntoView {
    let number = record.invoice_number.map(|number| view! { <InvoiceLink record_id=record.id number/> });
    let step = |word: &'static str, at| {
        view! {
            <span class="block text-sm text-muted">
                {word}
                " "
                <TimeAgo at/>
            </span>
        }
    };
    view! {
        {number}
        {record.invoiced_at.map(|at| step("Sent", at))}
        {record.paid_at.map(|at| step("Paid", at))}
    }
}
