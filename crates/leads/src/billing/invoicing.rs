//! Invoices: numbers, the monthly run, reminders.

use super::{BillingStatus, InvoiceNumber, InvoiceRun, LockedRecord, PastRun};
use crate::{mails, store};
use chrono::{DateTime, Datelike, Duration, Utc};
use kernel::{Money, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::{Ctx, Tx, audit, events};
use serde_json::json;

/// Gives a locked record its number and its time of invoicing. Without a given number it is the next free one of
/// this year; the year's counter stays locked until the transaction ends, so that there are no gaps and no doubles.
/// Errors: `Conflict` (`invoice_number_taken`).
pub(super) async fn invoice(
    ctx: &Ctx,
    tx: &mut Tx,
    record: &mut LockedRecord,
    given: Option<InvoiceNumber>,
    at: DateTime<Utc>,
    actor: &str,
) -> Outcome<()> {
    let number = match given {
        Some(number) => {
            store::billing::lock_counter(tx, number.year).await?;
            if store::billing::is_number_taken(tx, &number.to_string()).await? {
                return Err(Problem::conflict("invoice_number_taken", format!("{number} is another record's")));
            }
            number
        }
        None => next_number(tx, i64::from(at.year())).await?,
    };
    record.status = record.status.max(BillingStatus::Invoiced);
    store::billing::invoice(tx, &record.id, &number.to_string(), record.status, at).await?;
    record.invoice_number = Some(number.to_string());
    let data = json!({
        "billingRecordId": record.id, "leadId": record.lead_id, "contractorId": record.contractor_id,
        "amount": record.amount_cents.dollars(), "invoiceNumber": record.invoice_number,
    });
    events::emit(ctx, tx, "billing_invoiced", &record.lead_id, Some(&record.contractor_id), actor, data).await
}

/// The next number of a year; those that were given by hand are passed over.
async fn next_number(tx: &mut Tx, year: i64) -> Outcome<InvoiceNumber> {
    let mut number = InvoiceNumber { year, number: store::billing::lock_counter(tx, year).await? };
    loop {
        number.number += 1;
        if !store::billing::is_number_taken(tx, &number.to_string()).await? {
            store::billing::set_counter(tx, year, number.number).await?;
            return Ok(number);
        }
    }
}

/// Invoices every pending charge that can no longer be disputed and is not, and mails each contractor one list.
/// Run monthly, and by an administrator at any time; a second run finds nothing left. Each contractor's invoices
/// are one transaction. Errors: `Forbidden` for others than admins and the schedule.
pub async fn invoice_run(ctx: &Ctx, caller: &Caller) -> Outcome<InvoiceRun> {
    if *caller != Caller::System {
        caller.may(Permission::Billing)?;
    }
    let now = ctx.now();
    let before = now - Duration::days(ctx.settings.dispute_window_days);
    let due = store::billing::list_contractors_to_invoice(&mut ctx.db.read().await?, before).await?;
    let mut run = InvoiceRun::default();
    for contractor_id in &due {
        let mut tx = ctx.begin().await?;
        let mut records = store::billing::lock_pending(&mut tx, contractor_id, before).await?;
        if records.is_empty() {
            continue;
        }
        for record in &mut records {
            invoice(ctx, &mut tx, record, None, now, &caller.actor()).await?;
        }
        let views = store::billing::list_invoiced_at(&mut tx, contractor_id, now).await?;
        if let Some(first) = views.first() {
            mails::invoiced(ctx, &mut tx, &first.contractor, &views).await?;
        }
        let total: Money = records.iter().map(|r| r.amount_cents).sum();
        let detail = json!({ "contractorId": contractor_id, "invoiced": records.len(), "total": total.dollars() });
        audit::record(ctx, &mut tx, caller, "invoice_run", contractor_id, detail).await?;
        tx.commit().await?;
        run.invoiced += i64::try_from(records.len()).unwrap_or(i64::MAX);
        run.contractors += 1;
        run.total = run.total + total;
    }
    if run.invoiced > 0 {
        let mut tx = ctx.begin().await?;
        store::billing::insert_run(&mut tx, &ctx.new_id(), &caller.person(), now, run).await?;
        tx.commit().await?;
    }
    Ok(run)
}

/// What a run would invoice now. Errors: `Forbidden` for others than admins.
pub async fn preview_run(ctx: &Ctx, caller: &Caller) -> Outcome<InvoiceRun> {
    caller.may(Permission::View)?;
    let before = ctx.now() - Duration::days(ctx.settings.dispute_window_days);
    store::billing::sum_to_invoice(&mut ctx.db.read().await?, before).await
}

/// The latest runs that invoiced something. Errors: `Forbidden` for others than admins.
pub async fn list_runs(ctx: &Ctx, caller: &Caller) -> Outcome<Vec<PastRun>> {
    const LATEST: i64 = 24;
    caller.may(Permission::View)?;
    store::billing::list_runs(&mut ctx.db.read().await?, LATEST).await
}

/// Reminds of invoices that are unpaid so many days after invoicing (`INVOICE_REMINDER_DAYS`), each step once; run
/// daily. What was missed for days gets the latest step only. A record whose dispute is open is left alone. Answers
/// how many reminders were mailed.
pub async fn remind(ctx: &Ctx) -> Outcome<i64> {
    let mut sent = 0;
    for days in ctx.settings.invoice_reminder_days.iter().rev() {
        let before = ctx.now() - Duration::days(*days);
        for record_id in store::billing::list_to_remind(&mut ctx.db.read().await?, *days, before).await? {
            let mut tx = ctx.begin().await?;
            // Of two nodes at once, and of a payment meanwhile, one wins.
            if store::billing::note_reminder(&mut tx, &record_id, *days, before).await?
                && let Some(record) = store::billing::find(&mut tx, &record_id).await?
            {
                mails::invoice_reminder(ctx, &mut tx, &record).await?;
                tx.commit().await?;
                sent += 1;
            }
        }
    }
    Ok(sent)
}
