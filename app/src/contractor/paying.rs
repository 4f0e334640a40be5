//! Paying one charge or several at the payment provider's page.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::text::count;
use crate::ui::{FormErrors, Notice, SubmitButton, Tone, action_error};
use kernel::{Id, Money};
use leads::payments::{PaymentStatus, PaymentView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The form that the boxes in the list belong to.
const FORM: &str = "pay";

/// Begins the payment of the contractor's own charges. Answers the provider's page, where it is paid.
#[server(prefix = "/rpc", endpoint = "contractor_pay")]
pub async fn start_payment(#[server(default)] record_ids: Vec<Id>) -> Result<String, AppError> {
    let caller = contractor_caller().await?;
    if record_ids.is_empty() {
        return Err(kernel::Problem::Malformed("Tick the charges that you want to pay.".into()).into());
    }
    let started = leads::payments::start(&ctx()?, &caller, &record_ids).await?;
    plain_form_goes_to(&started.checkout_url);
    Ok(started.checkout_url)
}

/// Goes to the provider's page once there is one. It is none of ours, so the browser asks for it, not the router.
pub fn go_to_pay(action: ServerAction<StartPayment>) {
    Effect::new(move |_| {
        if let Some(Ok(url)) = action.value().get() {
            let _ = window().location().set_href(&url);
        }
    });
}

/// Chooses a charge for payment.
#[component]
pub fn PayBox(id: Id, name: String, amount: Money, chosen: RwSignal<BTreeMap<Id, Money>>) -> impl IntoView {
    let node = NodeRef::<leptos::html::Input>::new();
    let (early, own, gone) = (id.clone(), id.clone(), id.clone());
    Effect::new(move |_| {
        // It may have been ticked before the page came alive.
        if node.get().is_some_and(|node| node.checked()) {
            chosen.update(|all| {
                all.insert(early.clone(), amount);
            });
        }
    });
    on_cleanup(move || {
        chosen.try_update(|all| all.remove(&gone));
    });
    view! {
        <label class="inline-grid size-11 place-items-center">
            <input
                type="checkbox"
                class="checkbox"
                form=FORM
                name="record_ids[]"
                value=id
                node_ref=node
                on:change=move |ev| {
                    let is_chosen = event_target_checked(&ev);
                    chosen
                        .update(|all| {
                            if is_chosen {
                                all.insert(own.clone(), amount);
                            } else {
                                all.remove(&own);
                            }
                        });
                }
            />
            <span class="sr-only">{format!("Pay {amount} for {name}")}</span>
        </label>
    }
}

/// What was chosen, and the button that goes to pay it.
#[component]
pub fn PayBar(action: ServerAction<StartPayment>, chosen: RwSignal<BTreeMap<Id, Money>>) -> impl IntoView {
    let words = move || {
        chosen.with(|all| {
            let number = i64::try_from(all.len()).unwrap_or(i64::MAX);
            match all.values().copied().sum::<Money>() {
                Money::ZERO => "Tick the charges that you want to pay.".to_owned(),
                sum => format!("{} chosen, {sum}", count(number, "charge", "charges")),
            }
        })
    };
    view! {
        <div class="mb-4">
            <FormErrors error=action_error(action)/>
            <ActionForm action attr:id=FORM attr:class="flex flex-wrap items-center justify-between gap-3">
                <p class="text-muted tabular-nums" aria-live="polite">{words}</p>
                <SubmitButton icon="dollar" pending=action.pending()>"Pay the chosen charges"</SubmitButton>
            </ActionForm>
        </div>
    }
}

/// How the payment went that the contractor comes back from; it follows what the provider says.
#[component]
pub fn PaymentNotice(payment: PaymentView) -> impl IntoView {
    let amount = payment.amount;
    let (tone, icon, title, text) = match payment.status {
        PaymentStatus::Started => (
            Tone::Accent,
            "clock",
            format!("Your payment of {amount} is not confirmed yet"),
            "If you have paid, the confirmation appears here by itself.".to_owned(),
        ),
        PaymentStatus::Succeeded => {
            (Tone::Good, "check", format!("We have your payment of {amount}"), "Thank you. The charges are marked as paid.".to_owned())
        }
        PaymentStatus::Failed => (
            Tone::Bad,
            "alert",
            format!("Your payment of {amount} did not work"),
            payment.error.unwrap_or_else(|| "Please try again, or use another card.".to_owned()),
        ),
        PaymentStatus::Expired => {
            (Tone::Warn, "clock", format!("Your payment of {amount} was not finished"), "Choose the charges again to pay them.".to_owned())
        }
    };
    view! {
        <div role="status">
            <Notice tone icon title text/>
        </div>
    }
}
