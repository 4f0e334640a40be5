//! The tables `billing_records`, `invoice_counters` and `invoice_runs`. The lists of charges are in `listing`.

mod listing;

pub(super) use listing::numbered;
pub use listing::{find, list, list_after, list_invoiced_at};

use crate::billing::{BillingStatus, InvoiceRun, PastRun};
use crate::store::leads::day;
use crate::views::BillView;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome};
use platform::{Conn, execute, fetch_all, fetch_one, fetch_optional, fetch_scalar};

/// A new charge.
#[derive(Debug)]
pub struct NewRecord<'a> {
    pub id: &'a str,
    pub lead_id: &'a str,
    pub contractor_id: &'a str,
    pub call_sid: &'a str,
    pub amount: Money,
    pub original: Money,
    pub incurred_at: DateTime<Utc>,
}

/// Charges a lead, once per lead and once per call. `false`: it was charged before. What costs nothing is
/// settled at once.
pub async fn insert(conn: &mut Conn, new: &NewRecord<'_>) -> Outcome<bool> {
    let status = if new.amount == Money::ZERO { BillingStatus::Credited } else { BillingStatus::Pending };
    let inserted = execute!(
        conn,
        "insert into billing_records (id, lead_id, contractor_id, call_sid, amount_cents, original_cents, status, incurred_at, incurred_day)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        new.id,
        new.lead_id,
        new.contractor_id,
        new.call_sid,
        new.amount.0,
        new.original.0,
        status.as_str(),
        new.incurred_at,
        day(new.incurred_at),
    )?;
    Ok(inserted == 1)
}

#[derive(Debug, sqlx::FromRow)]
struct BillRow {
    id: Id,
    amount_cents: Money,
    original_cents: Money,
    status: BillingStatus,
    incurred_at: DateTime<Utc>,
}

/// What a lead cost its contractor.
pub async fn find_of_lead(conn: &mut Conn, lead_id: &str) -> Outcome<Option<BillView>> {
    let sql = "select id, amount_cents, original_cents, status, incurred_at from billing_records where lead_id = $1";
    Ok(fetch_optional!(conn, BillRow, sql, lead_id)?.map(|row| BillView {
        id: row.id,
        amount: row.amount_cents,
        original_amount: row.original_cents,
        status: row.status,
        incurred_at: row.incurred_at,
    }))
}

/// What a change of a record needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Locked {
    pub id: Id,
    pub lead_id: Id,
    pub contractor_id: Id,
    /// What is owed, or was paid.
    pub amount_cents: Money,
    pub original_cents: Money,
    pub status: BillingStatus,
    pub invoice_number: Option<String>,
    pub notes: Option<String>,
    pub incurred_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
}

macro_rules! locked {
    () => {
        "select b.id, b.lead_id, b.contractor_id, b.amount_cents, b.original_cents, b.status, b.invoice_number, b.notes,
           b.incurred_at, b.paid_at
         from billing_records b"
    };
}

/// Locks a record until the transaction ends.
pub async fn lock(conn: &mut Conn, id: &str) -> Outcome<Option<Locked>> {
    if conn.is_postgres() {
        return Ok(fetch_optional!(conn, Locked, concat!(locked!(), " where b.id = $1 for no key update"), id)?);
    }
    Ok(fetch_optional!(conn, Locked, concat!(locked!(), " where b.id = $1"), id)?)
}

/// The charge is for another lead, with which its own was merged.
pub async fn move_to(conn: &mut Conn, id: &str, lead_id: &str) -> Outcome<()> {
    execute!(conn, "update billing_records set lead_id = $2 where id = $1", id, lead_id)?;
    Ok(())
}

macro_rules! to_invoice {
    () => {
        "b.status = 'pending' and b.incurred_at < $1
         and not exists (select 1 from disputes d where d.billing_record_id = b.id and d.status in ('pending', 'under_review'))"
    };
}

/// Contractors with charges from before `before` to invoice.
pub async fn list_contractors_to_invoice(conn: &mut Conn, before: DateTime<Utc>) -> Outcome<Vec<Id>> {
    let sql = concat!("select distinct b.contractor_id from billing_records b where ", to_invoice!(), " order by b.contractor_id");
    Ok(fetch_all!(conn, (Id,), sql, before)?.into_iter().map(|(id,)| id).collect())
}

/// Locks a contractor's charges that are to be invoiced, oldest first.
pub async fn lock_pending(conn: &mut Conn, contractor_id: &str, before: DateTime<Utc>) -> Outcome<Vec<Locked>> {
    if conn.is_postgres() {
        // In the order of ids, as everyone locks several.
        let sql = concat!(
            "select b.id from billing_records b where ",
            to_invoice!(),
            " and b.contractor_id = $2 order by b.id for no key update"
        );
        execute!(conn, sql, before, contractor_id)?;
    }
    let sql = concat!(locked!(), " where ", to_invoice!(), " and b.contractor_id = $2 order by b.incurred_at, b.id");
    Ok(fetch_all!(conn, Locked, sql, before, contractor_id)?)
}

/// What there is to invoice from before `before`.
pub async fn sum_to_invoice(conn: &mut Conn, before: DateTime<Utc>) -> Outcome<InvoiceRun> {
    let sql = concat!(
        "select count(*), count(distinct b.contractor_id), coalesce(cast(sum(b.amount_cents) as bigint), 0) from billing_records b where ",
        to_invoice!()
    );
    let (invoiced, contractors, total) = fetch_one!(conn, (i64, i64, Money), sql, before)?;
    Ok(InvoiceRun { invoiced, contractors, total })
}

/// Keeps a run.
pub async fn insert_run(conn: &mut Conn, id: &str, actor: &str, at: DateTime<Utc>, run: InvoiceRun) -> Outcome<()> {
    let sql = "insert into invoice_runs (id, actor, at, invoiced, contractors, total_cents) values ($1, $2, $3, $4, $5, $6)";
    execute!(conn, sql, id, actor, at, run.invoiced, run.contractors, run.total.0)?;
    Ok(())
}

pub(super) const RUNS: &str =
    "select id, actor, at, invoiced, contractors, total_cents from invoice_runs order by at desc, id desc limit $1";

/// The latest runs, newest first.
pub async fn list_runs(conn: &mut Conn, limit: i64) -> Outcome<Vec<PastRun>> {
    let rows = fetch_all!(conn, (Id, String, DateTime<Utc>, i64, i64, Money), RUNS, limit)?;
    let run = |(id, actor, at, invoiced, contractors, total)| PastRun { id, actor, at, run: InvoiceRun { invoiced, contractors, total } };
    Ok(rows.into_iter().map(run).collect())
}

/// Locks a year's counter until the transaction ends, and answers the last number that it gave.
pub async fn lock_counter(conn: &mut Conn, year: i64) -> Outcome<i64> {
    let sql = "insert into invoice_counters (year, last) values ($1, 0)
               on conflict (year) do update set last = invoice_counters.last returning last";
    Ok(fetch_scalar!(conn, i64, sql, year)?)
}

/// Moves a year's counter on.
pub async fn set_counter(conn: &mut Conn, year: i64, last: i64) -> Outcome<()> {
    execute!(conn, "update invoice_counters set last = $2 where year = $1", year, last)?;
    Ok(())
}

/// Whether a record has this number.
pub async fn is_number_taken(conn: &mut Conn, number: &str) -> Outcome<bool> {
    Ok(fetch_optional!(conn, (Id,), "select id from billing_records where invoice_number = $1", number)?.is_some())
}

/// Writes a record's invoice.
pub async fn invoice(conn: &mut Conn, id: &str, number: &str, status: BillingStatus, at: DateTime<Utc>) -> Outcome<()> {
    let sql = "update billing_records set invoice_number = $2, status = $3, invoiced_at = coalesce(invoiced_at, $4) where id = $1";
    execute!(conn, sql, id, number, status.as_str(), at)?;
    Ok(())
}

/// Marks an unpaid record as paid; `false` when it is not unpaid.
pub async fn pay(conn: &mut Conn, id: &str, paid_at: DateTime<Utc>) -> Outcome<bool> {
    let sql = "update billing_records set status = 'paid', paid_at = $2 where id = $1 and status in ('pending', 'invoiced')";
    Ok(execute!(conn, sql, id, paid_at)? == 1)
}

/// What is left of a charge.
pub async fn update_amount(conn: &mut Conn, id: &str, amount: Money, status: BillingStatus) -> Outcome<()> {
    execute!(conn, "update billing_records set amount_cents = $2, status = $3 where id = $1", id, amount.0, status.as_str())?;
    Ok(())
}

/// Writes an administrator's notes.
pub async fn update_notes(conn: &mut Conn, id: &str, notes: &str) -> Outcome<()> {
    execute!(conn, "update billing_records set notes = $2 where id = $1", id, notes)?;
    Ok(())
}

macro_rules! to_remind {
    () => {
        "status = 'invoiced' and invoiced_at < $1 and reminded_after_days < $2 and not exists
           (select 1 from disputes d where d.billing_record_id = billing_records.id and d.status in ('pending', 'under_review'))"
    };
}

/// Unpaid records that were invoiced before `before` and had no reminder after so many days.
pub async fn list_to_remind(conn: &mut Conn, days: i64, before: DateTime<Utc>) -> Outcome<Vec<Id>> {
    let sql = concat!("select id from billing_records where ", to_remind!(), " order by invoiced_at, id");
    Ok(fetch_all!(conn, (Id,), sql, before, days)?.into_iter().map(|(id,)| id).collect())
}

/// Notes a reminder; `false` when it is no longer due.
pub async fn note_reminder(conn: &mut Conn, id: &str, days: i64, before: DateTime<Utc>) -> Outcome<bool> {
    let sql = concat!("update billing_records set reminded_after_days = $2 where id = $3 and ", to_remind!());
    Ok(execute!(conn, sql, before, days, id)? == 1)
}
