//! What the provider says about a payment (seed 000, Stripe Payment Events; decision 38).

use super::closing::close_others;
use super::{PaymentStatus, PaymentView};
use crate::billing::{self, BillingStatus, LockedRecord};
use crate::mails;
use crate::store::{billing::lock, contractors, payments as store};
use kernel::{Id, Money, Outcome};
use platform::{Ctx, Tx, events};
use serde_json::json;

/// `payment_intent.succeeded` or `payment_intent.payment_failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentNews {
    /// The provider's id of the payment (`pi_…`).
    pub provider_id: String,
    /// None when it cannot be read.
    pub amount: Option<Money>,
    /// In lower case; none when it is not told.
    pub currency: Option<String>,
    pub succeeded: bool,
    /// Why it failed, in the provider's words.
    pub reason: Option<String>,
    /// What the metadata names: ours when we started the payment, the contractor, the records.
    pub payment_id: Option<Id>,
    pub contractor_id: Option<Id>,
    pub record_ids: Vec<Id>,
}

/// What became of the news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Done,
    /// True, and known before.
    Known(&'static str),
    /// It does not fit what is on record, and changes nothing: a person must look at it.
    Mismatch(String),
}

/// Marks records as paid, or tells that paying failed. News that does not fit pays nothing and is shown to the
/// administrator; a second success keeps the first time of payment (decision 38).
pub async fn settle(ctx: &Ctx, tx: &mut Tx, news: &PaymentNews) -> Outcome<Settled> {
    let started = match news.payment_id.as_deref() {
        Some(id) => store::find(tx, id).await?,
        None => None,
    };
    let record_ids = named_records(news, started.as_ref());
    let mut records = Vec::with_capacity(record_ids.len());
    for id in &record_ids {
        match lock(tx, id).await? {
            Some(record) => records.push(record),
            None => return mismatch(ctx, tx, news, format!("there is no billing record {id}")).await,
        }
    }
    // Read again now that the records are locked: another event may have been about the same payment.
    let payment = store::lock_told(tx, news.payment_id.as_deref(), &news.provider_id).await?;
    if payment.as_ref().is_some_and(|p| p.status == PaymentStatus::Succeeded && p.provider_id.as_deref() == Some(&news.provider_id)) {
        return Ok(Settled::Known("the payment has succeeded before"));
    }
    let is_owed = |record: &LockedRecord| matches!(record.status, BillingStatus::Pending | BillingStatus::Invoiced);
    if !news.succeeded && !records.is_empty() && !records.iter().any(is_owed) {
        return Ok(Settled::Known("nothing of it is owed any more"));
    }
    if let Some(why) = misfit(news, payment.as_ref(), &records) {
        return mismatch(ctx, tx, news, why).await;
    }
    let payment = match payment {
        Some(payment) => payment,
        None => insert_foreign(ctx, tx, news, &records).await?,
    };
    if news.succeeded {
        for record in &records {
            billing::mark_paid(ctx, tx, record, ctx.now(), Some(&news.provider_id), "stripe").await?;
        }
        close_others(ctx, tx, &payment.contractor_id, &record_ids, &payment.id).await?;
        tell(ctx, tx, news, &payment, PaymentStatus::Succeeded).await?;
    } else {
        tell(ctx, tx, news, &payment, PaymentStatus::Failed).await?;
    }
    Ok(Settled::Done)
}

fn named_records(news: &PaymentNews, started: Option<&PaymentView>) -> Vec<Id> {
    let mut ids = match (news.record_ids.as_slice(), started) {
        ([], Some(payment)) => payment.record_ids.clone(),
        (named, _) => named.to_vec(),
    };
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Why the news does not fit what is on record.
fn misfit(news: &PaymentNews, payment: Option<&PaymentView>, records: &[LockedRecord]) -> Option<String> {
    if records.is_empty() {
        return Some("it names no billing record".into());
    }
    let Some(contractor_id) = news.contractor_id.as_deref() else { return Some("it names no contractor".into()) };
    if payment.is_some_and(|p| p.contractor_id != contractor_id || (news.payment_id.is_some() && news.payment_id.as_ref() != Some(&p.id))) {
        return Some("the payment is somebody else's".into());
    }
    if let Some(other) = records.iter().find(|record| record.contractor_id != contractor_id) {
        return Some(format!("billing record {} is not contractor {contractor_id}'s", other.id));
    }
    if let Some(closed) = records.iter().find(|r| !matches!(r.status, BillingStatus::Pending | BillingStatus::Invoiced)) {
        return Some(format!("billing record {} is {} already", closed.id, closed.status));
    }
    let owed: Money = records.iter().map(|record| record.amount_cents).sum();
    match (news.amount, news.currency.as_deref()) {
        (None, _) => Some("its amount cannot be read".into()),
        (_, Some(currency)) if currency != "usd" => Some(format!("it is in {currency}")),
        (Some(amount), _) if amount != owed => Some(format!("it is of {amount}, owed are {owed}")),
        _ => None,
    }
}

async fn mismatch(ctx: &Ctx, tx: &mut Tx, news: &PaymentNews, why: String) -> Outcome<Settled> {
    tracing::warn!(payment = news.provider_id, why, "a payment does not fit what is on record");
    let data = json!({
        "providerId": news.provider_id, "succeeded": news.succeeded, "amount": news.amount.map(Money::dollars), "reason": why,
        "contractorId": news.contractor_id, "billingRecordIds": news.record_ids,
    });
    events::emit(ctx, tx, "payment_mismatch", &news.provider_id, None, "stripe", data).await?;
    Ok(Settled::Mismatch(why))
}

/// A payment that was not started here, by an invoice of the provider's say ("Records payment in system").
async fn insert_foreign(ctx: &Ctx, tx: &mut Tx, news: &PaymentNews, records: &[LockedRecord]) -> Outcome<PaymentView> {
    let payment = PaymentView {
        id: ctx.new_id(),
        contractor_id: news.contractor_id.clone().unwrap_or_default(),
        record_ids: records.iter().map(|record| record.id.clone()).collect(),
        amount: news.amount.unwrap_or_default(),
        status: PaymentStatus::Started,
        checkout_url: None,
        provider_id: None,
        error: None,
        card_id: None,
        saves_card: false,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    store::insert(tx, &payment).await?;
    Ok(payment)
}

/// Keeps the payment's end, and tells it: an event, and a mail to the contractor, of several failures the first.
async fn tell(ctx: &Ctx, tx: &mut Tx, news: &PaymentNews, payment: &PaymentView, end: PaymentStatus) -> Outcome<()> {
    let failed_before = payment.status == PaymentStatus::Failed;
    store::update_status(tx, &payment.id, end, &news.provider_id, news.reason.as_deref(), ctx.now()).await?;
    let kind = if end == PaymentStatus::Succeeded { "payment_received" } else { "payment_failed" };
    let data = json!({
        "paymentId": payment.id, "providerId": news.provider_id, "contractorId": payment.contractor_id,
        "billingRecordIds": payment.record_ids, "amount": payment.amount.dollars(), "reason": news.reason,
    });
    events::emit(ctx, tx, kind, &payment.id, Some(&payment.contractor_id), "stripe", data).await?;
    let Some(account) = contractors::find_account(tx, &payment.contractor_id).await? else { return Ok(()) };
    match end {
        PaymentStatus::Succeeded => mails::payment_received(ctx, tx, &account, payment, &news.provider_id).await,
        _ if failed_before => Ok(()),
        _ => mails::payment_failed(ctx, tx, &account, payment, news.reason.as_deref()).await,
    }
}
