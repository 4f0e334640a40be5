//! A contractor begins to pay. The provider is asked while the contractor waits (decision 11: "checkout").

use super::closing::close_others;
use super::{MOST_RECORDS, PaymentStatus, PaymentView};
use crate::billing::{self, BillingStatus, LockedRecord};
use crate::store::payments as store;
use chrono::Duration;
use kernel::{Id, Listed, Money, Outcome, Page, Problem};
use platform::auth::Caller;
use platform::payments::Checkout;
use platform::{Ctx, Tx, events};
use serde_json::json;

/// How old a page may be that is shown again: Stripe ends it after 24 h, and not while the contractor types.
const SHOWN_AGAIN: Duration = Duration::hours(23);

const UNREACHABLE: &str = "The payment provider cannot be reached right now. Please try again in a few minutes.";

/// Where to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub payment_id: Id,
    pub checkout_url: String,
}

/// Begins the payment of the caller's own unpaid records; asked again for the same ones, it is the same payment.
/// Errors: `Invalid` without records or with too many, `NotFound` for a record that is not the caller's, `Conflict`
/// (`not_payable`) for one that is paid, credited or free, `Unavailable` when the provider is.
pub async fn start(ctx: &Ctx, caller: &Caller, record_ids: &[String]) -> Outcome<Started> {
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
    let payment = open(ctx, &mut tx, contractor_id, &record_ids, records.iter().map(|r| r.amount_cents).sum()).await?;
    tx.commit().await?;
    if let Some(checkout_url) = payment.checkout_url {
        return Ok(Started { payment_id: payment.id, checkout_url });
    }
    let order = order(ctx, &payment, email, &records);
    let made = ctx.breakers.payments.call(ctx, ctx.payments.checkout(&order)).await;

    let mut tx = ctx.begin().await?;
    let started = match made {
        Ok(session) => {
            store::update_session(&mut tx, &payment.id, &session.id, &session.url, ctx.now()).await?;
            Ok(Started { payment_id: payment.id, checkout_url: session.url })
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

/// Errors: `Unavailable` when a payment could not be made, or its end would never be heard.
fn check_provider(ctx: &Ctx) -> Outcome<()> {
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

/// The payment of these records that is open already, or a new one; another one of any of them is closed.
async fn open(ctx: &Ctx, tx: &mut Tx, contractor_id: &str, record_ids: &[String], amount: Money) -> Outcome<PaymentView> {
    let now = ctx.now();
    let joined = record_ids.join(",");
    if let Some(open) = store::find_open(tx, contractor_id, &joined, amount, now - SHOWN_AGAIN).await? {
        return Ok(open);
    }
    let payment = PaymentView {
        id: ctx.new_id(),
        contractor_id: contractor_id.into(),
        record_ids: record_ids.to_vec(),
        amount,
        status: PaymentStatus::Started,
        checkout_url: None,
        provider_id: None,
        error: None,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, &payment).await?;
    close_others(ctx, tx, contractor_id, record_ids, &payment.id).await?;
    let actor = Caller::Contractor(contractor_id.into()).actor();
    let data =
        json!({ "paymentId": payment.id, "contractorId": contractor_id, "billingRecordIds": record_ids, "amount": amount.dollars() });
    events::emit(ctx, tx, "payment_started", &payment.id, Some(contractor_id), &actor, data).await?;
    Ok(payment)
}

fn order(ctx: &Ctx, payment: &PaymentView, email: String, records: &[LockedRecord]) -> Checkout {
    let zone = ctx.settings.company_time_zone;
    let mut metadata = vec![("paymentId", payment.id.clone()), ("contractorId", payment.contractor_id.clone())];
    // As documented for one; of several, the payment's id is enough: Stripe takes 500 characters a value.
    if let [one] = payment.record_ids.as_slice() {
        metadata.push(("billingRecordId", one.clone()));
    }
    Checkout {
        payment_id: payment.id.clone(),
        email,
        lines: records
            .iter()
            .map(|r| (format!("Lead of {}", r.incurred_at.with_timezone(&zone).format("%-d %b %Y")), r.amount_cents))
            .collect(),
        metadata,
        return_url: format!("{}/app/contractor/billing?payment={}", ctx.settings.public_url, payment.id),
    }
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
