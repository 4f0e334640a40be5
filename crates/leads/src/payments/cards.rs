//! Saved cards: listed, removed, and charged with one tap. The provider keeps them; here is only which one comes first.

use super::starting::{self, Begun, UNREACHABLE, check_provider};
use super::{CardPayment, PaymentNews, PaymentView, SavedCard, Settled, settle};
use crate::store::payments as store;
use kernel::{Id, Outcome, Problem};
use platform::Ctx;
use platform::auth::Caller;
use platform::mail::SendError;
use platform::payments::{Charge, Charged, sandbox};

/// Whether the card was charged is not known: trying again charges it once at most.
const UNCERTAIN: &str = "The payment provider did not answer. Your card is charged once at most: please try again in a few minutes.";

fn own_id(caller: &Caller) -> Outcome<&Id> {
    match caller {
        Caller::Contractor(id) => Ok(id),
        _ => Err(Problem::Forbidden("Only a contractor has cards")),
    }
}

/// The own saved cards, the one that is offered first at the top. Errors: `Unavailable` when the provider is;
/// `Forbidden` for others than contractors.
pub async fn list_cards(ctx: &Ctx, caller: &Caller) -> Outcome<Vec<SavedCard>> {
    Ok(own_cards(ctx, own_id(caller)?).await?.1)
}

/// The provider's id of a contractor, and the cards.
async fn own_cards(ctx: &Ctx, contractor_id: &str) -> Outcome<(String, Vec<SavedCard>)> {
    let known = store::find_customer(&mut ctx.db.read().await?, contractor_id, ctx.payments.name()).await?;
    let Some((customer_id, default)) = known else { return Ok((String::new(), Vec::new())) };
    let cards = ctx.breakers.payments.call(ctx, ctx.payments.cards(ctx, &customer_id)).await.map_err(|error| unavailable(&error))?;
    let first = default.filter(|id| cards.iter().any(|c| c.id == *id)).or_else(|| cards.first().map(|c| c.id.clone()));
    let mut saved: Vec<SavedCard> = cards
        .into_iter()
        .map(|c| SavedCard {
            is_default: first.as_ref() == Some(&c.id),
            id: c.id,
            brand: c.brand,
            last4: c.last4,
            exp_month: c.exp_month,
            exp_year: c.exp_year,
        })
        .collect();
    saved.sort_by_key(|card| !card.is_default);
    Ok((customer_id, saved))
}

/// An own card with the provider's id of its owner. Errors: `NotFound`, also for another's card.
async fn own_card(ctx: &Ctx, contractor_id: &str, card_id: &str) -> Outcome<(String, SavedCard)> {
    let (customer_id, cards) = own_cards(ctx, contractor_id).await?;
    let card = cards.into_iter().find(|card| card.id == card_id);
    Ok((customer_id, card.ok_or_else(|| Problem::not_found("Card", card_id))?))
}

fn unavailable(error: &SendError) -> Problem {
    tracing::warn!(error = error.why(), "the payment provider did not do as it was asked");
    Problem::Unavailable(UNREACHABLE.into())
}

/// Forgets an own card. Errors: `NotFound`, also for another's; `Unavailable`.
pub async fn remove_card(ctx: &Ctx, caller: &Caller, card_id: &str) -> Outcome<()> {
    let contractor_id = own_id(caller)?;
    own_card(ctx, contractor_id, card_id).await?;
    ctx.breakers.payments.call(ctx, ctx.payments.remove_card(ctx, card_id)).await.map_err(|error| unavailable(&error))
}

/// Offers an own card first. Errors: `NotFound`, also for another's; `Unavailable`.
pub async fn set_default_card(ctx: &Ctx, caller: &Caller, card_id: &str) -> Outcome<()> {
    let contractor_id = own_id(caller)?;
    own_card(ctx, contractor_id, card_id).await?;
    let mut tx = ctx.begin().await?;
    store::update_default_card(&mut tx, contractor_id, ctx.payments.name(), Some(card_id)).await?;
    tx.commit().await
}

/// Pays own records with an own saved card. Asked again for the same, it is the same payment, and charged once.
/// Errors: as `start`; `NotFound` for a card that is not the caller's; `Conflict` (`card_declined`) with the bank's
/// reason.
pub async fn pay_with_card(ctx: &Ctx, caller: &Caller, record_ids: &[String], card_id: &str) -> Outcome<CardPayment> {
    check_provider(ctx)?;
    let (customer_id, card) = own_card(ctx, own_id(caller)?, card_id).await?;
    let begun = starting::begin(ctx, caller, record_ids, Some(card_id), false).await?;
    if let Some(checkout_url) = begun.payment.checkout_url {
        // The bank has asked for the payer before.
        return Ok(CardPayment::Page { checkout_url });
    }
    let payment = &begun.payment;
    let charge = Charge {
        payment_id: payment.id.clone(),
        customer_id,
        card_id: card_id.to_owned(),
        amount: payment.amount,
        what: format!("{} lead(s), {}", payment.record_ids.len(), ctx.settings.company_name),
        metadata: starting::metadata(payment),
    };
    let charged = ctx.breakers.payments.call(ctx, ctx.payments.charge(ctx, &charge)).await;
    conclude(ctx, begun, &card, charged).await
}

async fn conclude(ctx: &Ctx, begun: Begun, card: &SavedCard, charged: Result<Charged, SendError>) -> Outcome<CardPayment> {
    let payment = &begun.payment;
    let made = CardPayment::Made { payment_id: payment.id.clone() };
    match charged {
        Ok(Charged::Succeeded { provider_id }) => {
            // When it does not fit what is on record, a person looks at it; the contractor is not to pay once more.
            told(ctx, payment, provider_id, None).await?;
            Ok(made)
        }
        Ok(Charged::Processing) => Ok(made),
        Ok(Charged::NeedsPayer) => {
            let started = starting::open_page(ctx, &begun).await?;
            Ok(CardPayment::Page { checkout_url: started.checkout_url })
        }
        Ok(Charged::Declined { provider_id, reason }) => {
            match provider_id {
                Some(provider_id) => {
                    told(ctx, payment, provider_id, Some(reason.clone())).await?;
                }
                None => fail(ctx, payment, &reason).await?,
            }
            let message = format!("Your {} was declined: {reason} Nothing was charged. Please pay with another card.", card.name());
            Err(Problem::conflict("card_declined", message))
        }
        Err(SendError::Fail(why)) => {
            tracing::warn!(payment = %payment.id, error = why, "a saved card could not be charged");
            fail(ctx, payment, UNREACHABLE).await?;
            Err(Problem::Unavailable(UNREACHABLE.into()))
        }
        Err(error) => {
            tracing::warn!(payment = %payment.id, error = error.why(), "whether a saved card was charged is not known");
            Err(Problem::Unavailable(UNCERTAIN.into()))
        }
    }
}

/// Books what the provider answered, as its webhook would.
async fn told(ctx: &Ctx, payment: &PaymentView, provider_id: String, failure: Option<String>) -> Outcome<Settled> {
    let news = PaymentNews {
        provider_id,
        amount: Some(payment.amount),
        currency: None,
        succeeded: failure.is_none(),
        reason: failure,
        payment_id: Some(payment.id.clone()),
        contractor_id: Some(payment.contractor_id.clone()),
        record_ids: Vec::new(),
    };
    let mut tx = ctx.begin().await?;
    let settled = settle(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    Ok(settled)
}

async fn fail(ctx: &Ctx, payment: &PaymentView, reason: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    store::fail_unopened(&mut tx, &payment.id, reason, ctx.now()).await?;
    tx.commit().await
}

/// Keeps one of the sandbox's made-up cards, as Stripe keeps a real one after the payment. Errors: `Invalid` for another.
pub async fn save_sandbox_card(ctx: &Ctx, payment: &PaymentView, last4: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    if let Some((customer_id, _)) = store::find_customer(&mut tx, &payment.contractor_id, ctx.payments.name()).await? {
        sandbox::save_card(ctx, &mut tx, &customer_id, last4).await?;
    }
    tx.commit().await
}
