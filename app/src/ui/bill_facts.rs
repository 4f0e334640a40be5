use super::{ExactTime, MoneyText};
use kernel::Money;
use leads::billing::{BilledLead, RecordView};
use leptos::prelude::*;

/// Whose lead was charged, and below it what they needed and where: what names a charge in a list.
#[component]
pub fn BilledName(lead: BilledLead) -> impl IntoView {
    let place = [lead.customer_city.as_deref(), lead.customer_state.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let service = lead.service_type.label();
    let job = if place.is_empty() { service.to_owned() } else { format!("{service} · {place}") };
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

/// An invoice's number and how far it has come.
#[component]
pub fn InvoiceText(record: RecordView) -> impl IntoView {
    let number = record.invoice_number.unwrap_or_else(|| "–".to_owned());
    let step = |word: &'static str, at| {
        view! {
            <span class="block text-sm text-muted">
                {word}
                " "
                <ExactTime at/>
            </span>
        }
    };
    view! {
        <span>
            <span class="block whitespace-nowrap tabular-nums">{number}</span>
            {record.invoiced_at.map(|at| step("Sent", at))}
            {record.paid_at.map(|at| step("Paid", at))}
        </span>
    }
}
