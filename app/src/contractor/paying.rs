//! Paying one charge or several, with a saved card or on the payment provider's page.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::text::count;
use crate::ui::{Choice, FormErrors, Notice, SelectField, SubmitButton, Tone, action_error};
use kernel::{Id, Money};
use leads::payments::{PaymentStatus, PaymentView, SavedCard};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::collections::BTreeMap;

/// The form that the boxes in the list belong to.
const FORM: &str = "pay";

/// Pays the contractor's own charges with a saved card, or begins to on the provider's page, which may keep the card.
/// Answers where to go on.
#[server(prefix = "/rpc", endpoint = "contractor_pay")]
pub async fn start_payment(
    #[server(default)] record_ids: Vec<Id>,
    #[server(default)] card: String,
    #[server(default)] save: bool,
) -> Result<String, AppError> {
    use leads::payments::CardPayment;
    let (ctx, caller) = (ctx()?, contractor_caller().await?);
    if record_ids.is_empty() {
        return Err(kernel::Problem::Malformed("Tick the charges that you want to pay.".into()).into());
    }
    let next = if card.is_empty() {
        leads::payments::start(&ctx, &caller, &record_ids, save).await?.checkout_url
    } else {
        match leads::payments::pay_with_card(&ctx, &caller, &record_ids, &card).await? {
            CardPayment::Page { checkout_url } => checkout_url,
            CardPayment::Made { payment_id } => format!("/app/contractor/billing?payment={payment_id}"),
        }
    };
    plain_form_goes_to(&next);
    Ok(next)
}

/// Goes on when a payment is made, or to the provider's page. That is none of ours, so the browser asks for it, not the
/// router.
pub fn go_to_pay(action: ServerAction<StartPayment>) {
    let navigate = use_navigate();
    Effect::new(move |_| match action.value().get() {
        Some(Ok(path)) if path.starts_with("/app/") => navigate(&path, NavigateOptions { scroll: false, ..NavigateOptions::default() }),
        Some(Ok(url)) => {
            let _ = window().location().set_href(&url);
        }
        _ => {}
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

/// What was chosen, with which card, and the button that pays it.
#[component]
pub fn PayBar(action: ServerAction<StartPayment>, chosen: RwSignal<BTreeMap<Id, Money>>, cards: Vec<SavedCard>) -> impl IntoView {
    let card = RwSignal::new(cards.first().map(|card| card.id.clone()).unwrap_or_default());
    let has_cards = !cards.is_empty();
    let options = cards.iter().map(|card| Choice::new(&card.id, card.name())).chain([Choice::new("", "Another card")]).collect::<Vec<_>>();
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
            <ActionForm action attr:id=FORM attr:class="flex flex-wrap items-end justify-between gap-3">
                <p class="min-h-11 content-center text-muted tabular-nums" aria-live="polite">{words}</p>
                <div class="flex flex-wrap items-end gap-3">
                    {has_cards
                        .then(|| {
                            view! {
                                <div class="w-56 *:mb-0">
                                    <SelectField name="card" label="Pay with" options bind=card required=true/>
                                </div>
                            }
                        })}
                    <label class="flex min-h-11 items-center gap-2" class:hidden=move || !card.get().is_empty()>
                        <input type="checkbox" class="checkbox" name="save" value="true"/>
                        "Save the card for next time"
                    </label>
                    <SubmitButton icon="dollar" pending=action.pending()>"Pay the chosen charges"</SubmitButton>
                </div>
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
