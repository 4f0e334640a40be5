//! A charge's life: made by a call, listed, changed by hand, paid, credited.

use super::{BillingFilter, BillingList, BillingStatus, LockedRecord, RecordChange, RecordView, invoicing};
use crate::admin_views::BulkLine;
use crate::bulk;
use crate::ledger::{self, Balance, EntryKind, NewEntry};
use crate::store::{self, billing::NewRecord, leads::Locked};
use chrono::{DateTime, Utc};
use kernel::{Changes, Fields, Id, Money, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::{Ctx, Tx, audit, events};
use serde_json::json;
use std::collections::BTreeSet;

/// Charges a lead to the contractor who has it, once per lead and once per call (decision 25).
/// A replacement lead costs nothing and is settled at once (decision 38). Again: changes nothing.
pub(crate) async fn bill(ctx: &Ctx, tx: &mut Tx, lead: &Locked, call_sid: &str) -> Outcome<()> {
    let Some(contractor_id) = lead.contractor_id.as_deref() else { return Ok(()) };
    let amount = if lead.is_replacement.unwrap_or(false) { Money::ZERO } else { lead.price_cents };
    let id = ctx.new_id();
    let record =
        NewRecord { id: &id, lead_id: &lead.id, contractor_id, call_sid, amount, original: lead.price_cents, incurred_at: ctx.now() };
    if store::billing::insert(tx, &record).await? {
        if amount > Money::ZERO {
            let entry = NewEntry::of(EntryKind::Charge, amount, contractor_id, "Lead charge", ctx.now());
            ledger::post(ctx, tx, &NewEntry { billing_record_id: Some(&id), ..entry }).await?;
        }
        let data = json!({
            "billingRecordId": id, "leadId": lead.id, "customerName": lead.customer_name(), "contractorId": contractor_id,
            "amount": amount.dollars(),
        });
        events::emit(ctx, tx, "billing_created", &lead.id, Some(contractor_id), "twilio", data).await?;
    }
    Ok(())
}

/// A contractor's own charges, newest first, with the summary of all that the filter asks for, and what the account
/// comes to in all (seed 000, Get Billing History).
pub async fn list_own(ctx: &Ctx, contractor_id: &str, filter: &BillingFilter) -> Outcome<(BillingList, Balance)> {
    let own = BillingFilter { contractor_id: Some(contractor_id.into()), ..filter.clone() };
    let mut conn = ctx.db.read().await?;
    Ok((store::billing::list(&mut conn, &own).await?, ledger::balance(&mut conn, contractor_id).await?))
}

/// All charges, newest first, with their summary (seed 000, Get Billing Records). Errors: `Forbidden` for others
/// than admins.
pub async fn list(ctx: &Ctx, caller: &Caller, filter: &BillingFilter) -> Outcome<BillingList> {
    caller.may(Permission::View)?;
    store::billing::list(&mut ctx.db.read().await?, filter).await
}

/// Locks a record until the transaction ends. Who pays several at once locks all of them first, in the order of
/// their ids, and then marks them. Errors: `NotFound`.
pub async fn lock(tx: &mut Tx, record_id: &str) -> Outcome<LockedRecord> {
    store::billing::lock(tx, record_id).await?.ok_or_else(|| Problem::not_found("Billing record", record_id))
}

/// The one way a record becomes paid: its status and `paid_at`, the ledger's payment of its whole amount, and the
/// event `billing_paid`. Answers whether it did: `false` when it was paid before, which changes nothing and keeps
/// the first `paid_at` (decision 38).
///
/// `record` must be locked by this transaction ([`lock`]). One payment may be for several records: mark each with
/// the same `reference` (the payment's id; `None` when there is none). Whether the amount that came is the record's
/// is the caller's to check before.
/// Errors: `Conflict` (`record_credited`) when nothing of it is owed; `Conflict` (`already_posted`) cannot happen
/// while the record is unpaid.
pub async fn mark_paid(
    ctx: &Ctx,
    tx: &mut Tx,
    record: &LockedRecord,
    paid_at: DateTime<Utc>,
    reference: Option<&str>,
    actor: &str,
) -> Outcome<bool> {
    match record.status {
        BillingStatus::Paid => return Ok(false),
        BillingStatus::Credited => return Err(Problem::conflict("record_credited", "This charge was credited: nothing is owed")),
        BillingStatus::Pending | BillingStatus::Invoiced => {}
    }
    // The same lock of the same record, used twice: the second finds it paid.
    if !store::billing::pay(tx, &record.id, paid_at).await? {
        return Ok(false);
    }
    let entry = NewEntry::of(EntryKind::Payment, record.amount_cents, &record.contractor_id, "Payment", ctx.now());
    ledger::post(ctx, tx, &NewEntry { billing_record_id: Some(&record.id), reference, ..entry }).await?;
    let data = json!({
        "billingRecordId": record.id, "leadId": record.lead_id, "contractorId": record.contractor_id,
        "amount": record.amount_cents.dollars(), "invoiceNumber": record.invoice_number, "reference": reference,
    });
    events::emit(ctx, tx, "billing_paid", &record.lead_id, Some(&record.contractor_id), actor, data).await?;
    Ok(true)
}

/// Credits a part or all of a locked record: less is owed, or, when it was paid, the contractor has credit
/// (decision 29). `reference` is the dispute's id. The caller sees to it that `0 < amount <= record's amount`.
pub(crate) async fn credit(ctx: &Ctx, tx: &mut Tx, record: &LockedRecord, amount: Money, reference: &str) -> Outcome<()> {
    let left = record.amount_cents - amount;
    let status = if left == Money::ZERO { BillingStatus::Credited } else { record.status };
    store::billing::update_amount(tx, &record.id, left, status).await?;
    let entry = NewEntry::of(EntryKind::Credit, amount, &record.contractor_id, "Dispute credit", ctx.now());
    ledger::post(ctx, tx, &NewEntry { billing_record_id: Some(&record.id), reference: Some(reference), ..entry }).await?;
    Ok(())
}

/// Changes a record by hand (seed 000, Update Billing Record; decision 28): `status` forward only; invoicing gives
/// it the next number of the year unless one is given, and mails the invoice; `paid` books the payment and gives no
/// number. The same status again is fine.
/// Errors: `Invalid`; `NotFound`; `Changed` when it is no longer what was `seen`; `Conflict` (`illegal_transition`,
/// `record_credited`, `invoice_number_taken`, `invoice_number_set`); `Forbidden` for others than admins.
pub async fn update(
    ctx: &Ctx,
    caller: &Caller,
    record_id: &str,
    change: &RecordChange,
    seen: Option<&RecordChange>,
) -> Outcome<RecordView> {
    caller.may(Permission::Billing)?;
    let form = change.check()?;
    let mut tx = ctx.begin().await?;
    let mut record = lock(&mut tx, record_id).await?;
    if let Some(seen) = seen {
        let mut changes = Changes::default();
        changes.compare_as("status", seen.status.as_deref().unwrap_or_default(), record.status.as_str(), record.status.label());
        for (field, seen, now) in [("invoiceNumber", &seen.invoice_number, &record.invoice_number), ("notes", &seen.notes, &record.notes)] {
            changes.compare(field, seen.as_deref().unwrap_or_default(), now.as_deref().unwrap_or_default());
        }
        changes.finish()?;
    }
    let next = form.status.unwrap_or(record.status);
    if !record.status.can_become(next) || (record.status == BillingStatus::Credited && form.invoice_number.is_some()) {
        return Err(illegal(record.status, next));
    }
    if next == BillingStatus::Pending && form.invoice_number.is_some() {
        return Err(Problem::invalid("invoiceNumber", "needs status invoiced or paid"));
    }
    if let (Some(has), Some(given)) = (&record.invoice_number, &form.invoice_number)
        && *has != given.to_string()
    {
        return Err(Problem::conflict("invoice_number_set", format!("The invoice is {has}; its number does not change")));
    }
    let becomes_invoice = form.invoice_number.is_some() || (record.status, next) == (BillingStatus::Pending, BillingStatus::Invoiced);
    let is_new_invoice = becomes_invoice && record.invoice_number.is_none();
    if is_new_invoice {
        invoicing::invoice(ctx, &mut tx, &mut record, form.invoice_number, ctx.now(), &caller.actor()).await?;
    }
    if next == BillingStatus::Paid {
        mark_paid(ctx, &mut tx, &record, ctx.now(), None, &caller.actor()).await?;
    }
    if let Some(notes) = &form.notes {
        store::billing::update_notes(&mut tx, record_id, notes).await?;
    }
    let view = store::billing::find(&mut tx, record_id).await?.ok_or_else(|| Problem::not_found("Billing record", record_id))?;
    if is_new_invoice && next == BillingStatus::Invoiced {
        crate::mails::invoiced(ctx, &mut tx, &view.contractor, std::slice::from_ref(&view)).await?;
    }
    let detail = json!({ "from": record.status, "to": view.status, "invoiceNumber": view.invoice_number, "notes": form.notes });
    audit::record(ctx, &mut tx, caller, "billing_updated", record_id, detail).await?;
    tx.commit().await?;
    Ok(view)
}

/// Marks charges as paid, each on its own: what does not work for one is told in its line. Those that are gone are left out.
/// Errors: `Invalid` (`ids`) for none or more than [`MAX_BULK`](bulk::MAX_BULK); `Forbidden`.
pub async fn pay_many(ctx: &Ctx, caller: &Caller, ids: &[Id]) -> Outcome<Vec<BulkLine>> {
    caller.may(Permission::Billing)?;
    bulk::check("ids", ids, "charges")?;
    let paid = RecordChange { status: Some(BillingStatus::Paid.to_string()), ..RecordChange::default() };
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids.iter().collect::<BTreeSet<_>>() {
        let Some(record) = store::billing::find(&mut ctx.db.read().await?, id).await? else { continue };
        let (is_done, words) = match record.status {
            BillingStatus::Paid => (false, "was paid before".to_owned()),
            BillingStatus::Credited => (false, "was credited: nothing is owed".to_owned()),
            BillingStatus::Pending | BillingStatus::Invoiced => match update(ctx, caller, id, &paid, None).await {
                Ok(record) => (true, format!("is paid: {} by {}", record.amount, record.contractor.business_name)),
                Err(problem @ Problem::Conflict { .. }) => (false, problem.to_string()),
                Err(problem) => return Err(problem),
            },
        };
        lines.push(BulkLine { id: record.lead.id.clone(), name: record.lead.customer_name(), is_done, words });
    }
    Ok(lines)
}

fn illegal(from: BillingStatus, to: BillingStatus) -> Problem {
    if from == BillingStatus::Credited {
        return Problem::conflict("record_credited", "This charge was credited: nothing is owed");
    }
    Problem::conflict("illegal_transition", format!("A billing record cannot go from {from} to {to}"))
}

struct RecordForm {
    status: Option<BillingStatus>,
    invoice_number: Option<super::InvoiceNumber>,
    notes: Option<String>,
}

impl RecordChange {
    fn check(&self) -> Outcome<RecordForm> {
        let mut fields = Fields::default();
        let given = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
        if !given(&self.status) && !given(&self.invoice_number) && !given(&self.notes) {
            fields.reject("status", kernel::FieldError::REQUIRED);
        }
        // The three that can be set (seed 000, Valid Status Values).
        let status = match self.status.as_deref().map(str::trim) {
            None | Some("") => None,
            Some("pending") => Some(BillingStatus::Pending),
            Some("invoiced") => Some(BillingStatus::Invoiced),
            Some("paid") => Some(BillingStatus::Paid),
            Some(_) => {
                fields.reject("status", "must be one of pending, invoiced, paid");
                None
            }
        };
        let text = fields.optional_text("invoiceNumber", self.invoice_number.as_deref(), 30);
        let invoice_number = text.and_then(|text| {
            let number = super::InvoiceNumber::parse(&text);
            if number.is_none() {
                fields.reject("invoiceNumber", "must be like INV-2025-001");
            }
            number
        });
        let notes = fields.optional_text("notes", self.notes.as_deref(), 2000);
        fields.finish()?;
        Ok(RecordForm { status, invoice_number, notes })
    }
}
