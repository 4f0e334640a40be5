//! Paying out what a contractor has in their favour.

use super::dispute::dollars;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{Button, Dialog, FormErrors, SubmitButton, TextField, action_error, field_errors, use_toasts};
use kernel::{Id, Money, Permission};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Credit to pay out, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Payout {
    /// Dollars.
    pub amount: String,
    /// The transfer or check.
    pub reference: String,
}

/// Books that credit was paid out; answers how much.
#[server(prefix = "/rpc", endpoint = "admin_pay_out")]
pub async fn pay_out_credit(contractor_id: Id, payout: Payout) -> Result<Money, AppError> {
    use kernel::Problem;
    let caller = admin_caller().await?;
    let mut fields = kernel::Fields::default();
    let amount = dollars(&payout.amount);
    if amount.is_none() {
        fields.reject("amount", "must be an amount in dollars, like 125.50");
    }
    let amount = fields.required("amount", amount.flatten());
    let reference = fields.text("reference", Some(&payout.reference), 100);
    let amount = fields.finish_with(amount)?;
    let booked = leads::ledger::refund(&ctx()?, &caller, &contractor_id, amount, &reference).await;
    booked.map_err(|problem| match problem {
        Problem::Conflict { code: "no_credit", .. } => Problem::invalid("amount", "is more than the credit"),
        Problem::Conflict { code: "already_posted", .. } => Problem::invalid("reference", "was used before"),
        other => other,
    })?;
    plain_form_goes_to(&format!("/app/admin/ledger/{contractor_id}"));
    Ok(amount)
}

/// Whose credit is being paid out, if anybody's; without script the address says only that.
#[derive(Clone, Copy)]
pub struct PayingOut(RwSignal<Option<Subject>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    name: String,
    credit: Option<Money>,
}

impl PayingOut {
    /// Without script the address says it: `?payout=1`.
    pub fn of_query() -> PayingOut {
        let is_asked = use_query_map().with_untracked(|q| q.get("payout").is_some());
        PayingOut(RwSignal::new(is_asked.then(|| Subject { name: "the contractor".into(), credit: None })))
    }
}

/// Opens the dialog; without script, the page with the dialog open.
#[component]
pub fn PayOutLink(name: String, credit: Money, paying: PayingOut) -> impl IntoView {
    let subject = Subject { name, credit: Some(credit) };
    view! {
        <a
            href="?payout=1"
            class="btn btn-primary"
            data-needs=Permission::Billing.as_str()
            aria-haspopup="dialog"
            on:click=move |ev| {
                ev.prevent_default();
                paying.0.set(Some(subject.clone()));
            }
        >
            "Pay out the credit"
        </a>
    }
}

/// The form. It stands outside of what is drawn anew when the account changes.
#[component]
pub fn PayOutDialog(
    /// The contractor's id.
    id: Memo<Id>,
    paying: PayingOut,
    action: ServerAction<PayOutCredit>,
) -> impl IntoView {
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(amount)) = action.value().get() {
            toasts.success(format!("{amount} is booked as paid out."));
        }
    });
    move || paying.0.get().map(|subject| view! { <PayOutForm id=id.get_untracked() subject paying action/> })
}

const LABELS: &[(&str, &str)] = &[("amount", "Amount in dollars"), ("reference", "Reference")];

#[component]
fn PayOutForm(id: Id, subject: Subject, paying: PayingOut, action: ServerAction<PayOutCredit>) -> impl IntoView {
    let open = RwSignal::new(true);
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(_)))) {
            open.set(false);
        }
        if !open.get() {
            // After the dialog has closed and given the focus back.
            set_timeout(
                move || {
                    action.clear();
                    paying.0.set(None);
                },
                Duration::ZERO,
            );
        }
    });
    let error = action_error(action);
    let errors = field_errors(error);
    let Subject { name, credit } = subject;
    let amount = RwSignal::new(credit.map(Money::plain).unwrap_or_default());
    let hint = credit.map(|credit| format!("At most {credit}.")).unwrap_or_default();
    let title = format!("Pay out credit to {name}?");
    let confirm = move || match amount.with(|typed| dollars(typed)).flatten() {
        Some(amount) => format!("Book {amount} as paid out"),
        None => "Book it as paid out".to_owned(),
    };
    view! {
        <Dialog open title>
            <p class="mt-2 mb-6 text-muted">
                "Send the money first, by transfer or check: this only books it. What is booked stays in the ledger for good."
            </p>
            <ActionForm action>
                <FormErrors error labels=LABELS/>
                <input type="hidden" name="contractor_id" value=id/>
                <TextField name="payout[amount]" label="Amount in dollars" hint inputmode="decimal" maxlength=20 required=true bind=amount errors/>
                <TextField
                    name="payout[reference]"
                    label="Reference"
                    hint="The transfer or check, like ACH 2025-10-12. Each is used once."
                    maxlength=100
                    required=true
                    errors
                />
                <div class="flex flex-wrap justify-end gap-3">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <SubmitButton pending=action.pending()>{confirm}</SubmitButton>
                </div>
            </ActionForm>
        </Dialog>
    }
}
