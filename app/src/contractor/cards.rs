//! The contractor's saved cards. The payment provider keeps them; this page shows what they are known by.

use super::asking::{AskLink, Asking, RemovalDialog, Subject};
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{Badge, Card, FormErrors, Load, SkeletonLines, SubmitButton, Tone, Variant, action_error};
use leads::payments::SavedCard;
use leptos::form::ActionForm;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
const PAGE: &str = "/app/contractor/billing";

/// The contractor's own saved cards, the one that is offered first at the top.
#[server(prefix = "/rpc", endpoint = "contractor_cards")]
pub async fn list_cards() -> Result<Vec<SavedCard>, AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::payments::list_cards(&ctx()?, &caller).await?)
}

/// Offers a card first.
#[server(prefix = "/rpc", endpoint = "contractor_default_card")]
pub async fn set_default_card(id: String) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    leads::payments::set_default_card(&ctx()?, &caller, &id).await?;
    plain_form_goes_to(PAGE);
    Ok(())
}

/// Forgets a card.
#[server(prefix = "/rpc", endpoint = "contractor_remove_card")]
pub async fn remove_card(id: String) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    leads::payments::remove_card(&ctx()?, &caller, &id).await?;
    plain_form_goes_to(PAGE);
    Ok(())
}

/// The saved cards, with what can be done with each.
#[component]
pub fn Cards(
    cards: Resource<Result<Vec<SavedCard>, AppError>>,
    prefer: ServerAction<SetDefaultCard>,
    remove: ServerAction<RemoveCard>,
) -> impl IntoView {
    let removing = Asking::of_query("removeCard");
    view! {
        <Card title="Saved cards">
            <FormErrors error=action_error(prefer)/>
            <Load
                resource=cards
                skeleton=|| {
                    view! { <SkeletonLines lines=2/> }
                }
                let:cards
            >
                {if cards.is_empty() {
                    view! {
                        <p class="max-w-prose text-muted">
                            "No card is saved. Tick “Save the card for next time” when you pay, and the next payment is one tap. The payment provider keeps the card; we never see its number."
                        </p>
                    }
                        .into_any()
                } else {
                    view! {
                        <ul class="grid divide-y divide-line">
                            {cards.into_iter().map(|card| view! { <CardRow card prefer removing/> }).collect_view()}
                        </ul>
                    }
                        .into_any()
                }}
            </Load>
        </Card>
        <RemovalDialog
            removing
            action=remove
            what="card"
            message="It cannot be charged any more. You can save it again when you pay with it."
        />
    }
}

#[component]
fn CardRow(card: SavedCard, prefer: ServerAction<SetDefaultCard>, removing: Asking) -> impl IntoView {
    let name = card.name();
    let (asked, id) = (Subject { id: card.id.clone(), name: name.clone(), amount: String::new() }, card.id.clone());
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3 first:pt-0 last:pb-0">
            <span class="min-w-0">
                <span class="font-medium">{name.clone()}</span>
                <span class="block text-sm text-muted tabular-nums">{format!("Until {:02}/{}", card.exp_month, card.exp_year)}</span>
            </span>
            <span class="flex flex-wrap items-center gap-2">
                {if card.is_default {
                    view! { <Badge tone=Tone::Good>"Default"</Badge> }.into_any()
                } else {
                    view! {
                        <ActionForm action=prefer>
                            <input type="hidden" name="id" value=id/>
                            <SubmitButton variant=Variant::Secondary small=true pending=prefer.pending()>"Make default"</SubmitButton>
                        </ActionForm>
                    }
                        .into_any()
                }}
                <AskLink asking=removing subject=asked label="Remove" about=format!(" {name}")/>
            </span>
        </li>
    }
}
