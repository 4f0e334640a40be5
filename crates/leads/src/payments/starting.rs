//! A contractor begins to pay. The provider is asked while the contractor waits (decision 11: "checkout").

use super::closing::close_others;
use super::{MOST_RECORDS, PaymentStatus, PaymentView};
use crate::billing::{self, BillingStatus, LockedRecord};
use crate::store::payments as store;
use chrono::Duration;
use kernel::{Id, Listed, Money, Outcome, Page, Problem};
use platform::auth::Caller;
use platform::mail::SendError;
use platform::payments::Checkout;
use platform::{Ctx, Tx, events};
use serde_json::json;

/// How old a page may be that is shown again: Stripe ends it after 24 h, and not while the contractor types.
const SHOWN_AGAIN: Duration = Duration::hours(23);

pub(super) const UNREACHABLE: &str = "The payment provider cannot be reached right now. Please try again in a few minutes.";

/// Where to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub payment_id: Id,
    pub checkout_url: String,
}

/// Begins the payment of the caller's own unpaid records on the provider's page, which may keep the card for later;
/// asked again for the same ones, it is the same payment.
/// Errors: `Invalid` without records or with too many, `NotFound` for a record that is not the caller's, `Conflict`
/// (`not_payable`) for one that is paid, credited or free, `Unavailable` when the provider is.
pub async fn start(ctx: &Ctx, caller: &Caller, record_ids: &[String], save_card: bool) -> Outcome<Started> {
    let begun = begin(ctx, caller, record_ids, None, save_card).await?;
    open_page(ctx, &begun).await
}

/// A payment that has begun, and what it is for.
pub(super) struct Begun {
    pub payment: PaymentView,
    pub email: String,
    pub records: Vec<LockedRecord>,
}

/// Begins a payment, or finds the one that has begun in the same way. Errors: as `start`.
pub(super) async fn begin(ctx: &Ctx, caller: &Caller, record_ids: &[String], card_id: Option<&str>, save_card: bool) -> Outcome<Begun> {
    let Caller::Contractor(contractor_id) = caller else { return Err(Problem::Forbidden("Only a contractor can pay")) };
    check_provider(ctx)?;
    let mut record_ids = record_ids.to_vec();
    record_ids.sort_unstable();
    record_ids.dedup();
    if !(1..=MOST_RECORDS).contains(&record_ids.len()) {
        return Err(Problem::invalid("recordIds", format!("must name 1 to {MOST_RECORDS} billing records")));
    }
    // Postgres takes no NUL; and the ids are kept with commas between.
    if record_ids.iter().any(|id| id.len() > 100 || id.contains(|c: char| c.is_control() || c == ',')) {
        return Err(Problem::invalid("recordIds", "must be ids"));
    }
    let mut tx = ctx.begin().await?;
    let mut records = Vec::with_capacity(record_ids.len());
    for id in &record_ids {
        let record = billing::lock(&mut tx, id).await?;
        if record.contractor_id != *contractor_id {
            return Err(Problem::not_found("Billing record", id));
        }
        records.push(payable(record)?);
    }
    let email = store::find_email(&mut tx, contractor_id).await?.ok_or_else(|| Problem::not_found("Contractor", contractor_id))?;
    let wanted = PaymentView {
        id: ctx.new_id(),
        contractor_id: contractor_id.clone(),
        record_ids,
        amount: records.iter().map(|r| r.amount_cents).sum(),
        status: PaymentStatus::Started,
        checkout_url: None,
        provider_id: None,
        error: None,
        card_id: card_id.map(Into::into),
        saves_card: save_card,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let payment = open(ctx, &mut tx, wanted).await?;
    tx.commit().await?;
    Ok(Begun { payment, email, records })
}

/// Makes the page where a payment is made, or answers the one that there is.
pub(super) async fn open_page(ctx: &Ctx, begun: &Begun) -> Outcome<Started> {
    let payment = &begun.payment;
    if let Some(checkout_url) = payment.checkout_url.clone() {
        return Ok(Started { payment_id: payment.id.clone(), checkout_url });
    }
    let made = match customer(ctx, begun).await {
        Ok(customer_id) => {
            let order = order(ctx, begun, customer_id);
            ctx.breakers.payments.call(ctx, ctx.payments.checkout(&order)).await
        }
        Err(error) => Err(error),
    };
    let mut tx = ctx.begin().await?;
    let started = match made {
        Ok(session) => {
            store::update_session(&mut tx, &payment.id, &session.id, &session.url, ctx.now()).await?;
            Ok(Started { payment_id: payment.id.clone(), checkout_url: session.url })
        }
        Err(error) => {
            tracing::warn!(payment = %payment.id, error = error.why(), "a payment could not be started");
            store::fail_unopened(&mut tx, &payment.id, UNREACHABLE, ctx.now()).await?;
            Err(Problem::Unavailable(UNREACHABLE.into()))
        }
    };
    tx.commit().await?;
    started
}

/// The provider's id of the payer: the known one, or a new one when a card is to be kept.
async fn customer(ctx: &Ctx, begun: &Begun) -> Result<Option<String>, SendError> {
    let (payment, provider) = (&begun.payment, ctx.payments.name());
    let broken = |problem: Problem| SendError::Retry(problem.to_string());
    let known = async { store::find_customer(&mut ctx.db.read().await?, &payment.contractor_id, provider).await };
    if let Some((customer_id, _)) = known.await.map_err(broken)? {
        return Ok(Some(customer_id));
    }
    if !payment.saves_card {
        return Ok(None);
    }
    let made = ctx.breakers.payments.call(ctx, ctx.payments.customer(&payment.contractor_id, &begun.email)).await?;
    let kept = async {
        let mut tx = ctx.begin().await?;
        store::insert_customer(&mut tx, &payment.contractor_id, provider, &made, ctx.now()).await?;
        let kept = store::find_customer(&mut tx, &payment.contractor_id, provider).await?;
        tx.commit().await?;
        Outcome::Ok(kept.map(|(customer_id, _)| customer_id))
    };
    kept.await.map_err(broken)
}

/// Errors: `Unavailable` when a payment could not be made, or its end would never be heard.
pub(super) fn check_provider(ctx: &Ctx) -> Outcome<()> {
    let (settings, stripe) = (&ctx.settings, &ctx.settings.stripe);
    let missing = match (&stripe.secret_key, &stripe.webhook_secret) {
        (Some(_), None) => "STRIPE_WEBHOOK_SECRET",
        // The sandbox marks charges as paid without money.
        (None, _) if settings.production => "STRIPE_SECRET_KEY",
        _ => return Ok(()),
    };
    Err(Problem::Unavailable(format!("Payments are not taken: the setting {missing} is missing")))
}

fn payable(record: LockedRecord) -> Outcome<LockedRecord> {
    let reason = match record.status {
        BillingStatus::Paid => "is paid already",
        BillingStatus::Credited => "was credited",
        _ if record.amount_cents <= Money::ZERO => "costs nothing",
        BillingStatus::Pending | BillingStatus::Invoiced => return Ok(record),
    };
    Err(Problem::conflict("not_payable", format!("Billing record {} {reason}", record.id)))
}

/// The same payment when it is open already, or the wanted one; another one of any of its records is closed.
async fn open(ctx: &Ctx, tx: &mut Tx, payment: PaymentView) -> Outcome<PaymentView> {
    if let Some(open) = store::find_open(tx, &payment, ctx.now() - SHOWN_AGAIN).await? {
        return Ok(open);
    }
    let contractor_id = payment.contractor_id.as_str();
    store::insert(tx, &payment).await?;
    close_others(ctx, tx, contractor_id, &payment.record_ids, &payment.id).await?;
    let actor = Caller::Contractor(contractor_id.into()).actor();
    let data = json!({
        "paymentId": payment.id, "contractorId": contractor_id, "billingRecordIds": payment.record_ids, "amount": payment.amount.dollars(),
    });
    events::emit(ctx, tx, "payment_started", &payment.id, Some(contractor_id), &actor, data).await?;
    Ok(payment)
}

/// What the provider tells back with a payment's end.
pub(super) fn metadata(payment: &PaymentView) -> Vec<(&'static str, String)> {
    let mut metadata = vec![("paymentId", payment.id.clone()), ("contractorId", payment.contractor_id.clone())];
    // As documented for one; of several, the payment's id is enough: Stripe takes 500 characters a value.
    if let [one] = payment.record_ids.as_slice() {
        metadata.push(("billingRecordId", one.clone()));
    }
    metadata
}

fn order(ctx: &Ctx, begun: &Begun, customer_id: Option<String>) -> Checkout {
    let zone = ctx.settings.company_time_zone;
    let payment = &begun.payment;
    Checkout {
        payment_id: payment.id.clone(),
        email: begun.email.clone(),
        customer_id,
        save_card: payment.saves_card,
        lines: begun
            .records
            .iter()
            .map(|r| (format!("Lead of {}", r.incurred_at.with_timezone(&zone).format("%-d %b %Y")), r.amount_cents))
            .collect(),
        metadata: metadata(payment),
        return_url: format!("{}/app/contractor/billing?payment={}", ctx.settings.public_url, payment.id),
    }
}

/// A contractor's payment. Errors: `NotFound`, also for another's.
pub async fn find(ctx: &Ctx, contractor_id: &str, id: &str) -> Outcome<PaymentView> {
    let found = store::find(&mut ctx.db.read().await?, id).await?.filter(|p| p.contractor_id == contractor_id);
    found.ok_or_else(|| Problem::not_found("Payment", id))
}

/// A contractor's payments, newest first.
pub async fn list(ctx: &Ctx, contractor_id: &str, page: Page) -> Outcome<Listed<PaymentView>> {
    store::list(&mut ctx.db.read().await?, contractor_id, page).await
}

/// A payment for the sandbox's page. Errors: `NotFound`, always when there is a real provider or this is production.
pub async fn find_in_sandbox(ctx: &Ctx, id: &str) -> Outcome<PaymentView> {
    let is_sandbox = ctx.settings.stripe.secret_key.is_none() && !ctx.settings.production;
    let payment = if is_sandbox { store::find(&mut ctx.db.read().await?, id).await? } else { None };
    payment.ok_or_else(|| Problem::not_found("Payment", id))
}
