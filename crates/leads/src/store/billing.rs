//! The tables `billing_records` and `invoice_counters`.

use crate::billing::{
    BilledLead, BillingFilter, BillingList, BillingSort, BillingStatus, BillingSummary, Debtor, InvoiceRun, PastRun, RecordView,
};
use crate::disputes::DisputeStatus;
use crate::find::invoice_start;
use crate::lead::ServiceType;
use crate::store::leads::day;
use crate::views::BillView;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Order, Outcome, Page, Phone};
use platform::{Conn, Where, execute, fetch_all, fetch_all_where, fetch_one, fetch_optional, fetch_scalar};

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

#[derive(Debug, sqlx::FromRow)]
struct RecordRow {
    id: Id,
    amount_cents: Money,
    original_cents: Money,
    status: BillingStatus,
    invoice_number: Option<String>,
    notes: Option<String>,
    incurred_at: DateTime<Utc>,
    invoiced_at: Option<DateTime<Utc>>,
    paid_at: Option<DateTime<Utc>>,
    dispute_status: Option<DisputeStatus>,
    contractor_id: Id,
    business_name: String,
    email: String,
    lead_id: Id,
    customer_first_name: String,
    customer_last_name: String,
    customer_phone: Phone,
    customer_city: Option<String>,
    customer_state: Option<String>,
    service_type: ServiceType,
}

macro_rules! select {
    () => {
        "select b.id, b.amount_cents, b.original_cents, b.status, b.invoice_number, b.notes, b.incurred_at, b.invoiced_at, b.paid_at,
           (select d.status from disputes d where d.billing_record_id = b.id order by d.submitted_at desc, d.id desc limit 1) as dispute_status,
           c.id as contractor_id, c.business_name, c.email, l.id as lead_id, l.customer_first_name, l.customer_last_name, l.customer_phone,
           l.customer_city, l.customer_state, l.service_type
         from billing_records b join contractors c on c.id = b.contractor_id join leads l on l.id = b.lead_id"
    };
}

impl From<RecordRow> for RecordView {
    fn from(row: RecordRow) -> RecordView {
        RecordView {
            id: row.id,
            contractor: Debtor { id: row.contractor_id, business_name: row.business_name, email: row.email },
            lead: BilledLead {
                id: row.lead_id,
                customer_first_name: row.customer_first_name,
                customer_last_name: row.customer_last_name,
                customer_phone: row.customer_phone,
                customer_city: row.customer_city,
                customer_state: row.customer_state,
                service_type: row.service_type,
            },
            amount: row.amount_cents,
            original_amount: row.original_cents,
            status: row.status,
            invoice_number: row.invoice_number,
            notes: row.notes,
            incurred_at: row.incurred_at,
            invoiced_at: row.invoiced_at,
            paid_at: row.paid_at,
            dispute_status: row.dispute_status,
        }
    }
}

/// One record as lists show it.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<RecordView>> {
    Ok(fetch_optional!(conn, RecordRow, concat!(select!(), " where b.id = $1"), id)?.map(RecordView::from))
}

/// Records with an invoice, in the order of their numbers' making.
pub async fn list_invoiced_at(conn: &mut Conn, contractor_id: &str, at: DateTime<Utc>) -> Outcome<Vec<RecordView>> {
    let sql =
        concat!(select!(), " where b.contractor_id = $1 and b.status = 'invoiced' and b.invoiced_at = $2 order by b.incurred_at, b.id");
    Ok(fetch_all!(conn, RecordRow, sql, contractor_id, at)?.into_iter().map(RecordView::from).collect())
}

fn wanted(filter: &BillingFilter) -> Where {
    let mut only = Where::default();
    only.and_some("b.contractor_id = ?", filter.contractor_id.as_deref())
        .and_some("b.status = ?", filter.status.map(BillingStatus::as_str))
        .and_some("b.incurred_at >= ?", filter.start_date)
        .and_some("b.incurred_at < ?", filter.end_date);
    let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) else { return only };
    if let Some(number) = invoice_start(q) {
        numbered(&mut only, &number);
    } else {
        only.and(
            concat!(
                "b.id in (select x.id from billing_records x where x.contractor_id in (",
                contractors_called!(),
                ") union select x.id from billing_records x where x.lead_id in (",
                leads_called!(),
                "))"
            ),
            q.to_lowercase(),
        );
    }
    only
}

/// With an invoice whose number begins so: figures come before letters in every collation.
pub(super) fn numbered(only: &mut Where, start: &str) {
    only.and("b.invoice_number >= ?", start).and("b.invoice_number < ?", format!("{start}a"));
}

fn page_query(only: &mut Where, filter: &BillingFilter) -> String {
    let order = order_of(filter.order);
    format!(concat!(select!(), "{} order by {}"), only.clause(), order) + &only.page(filter.page)
}

/// Each is the order of an index.
fn order_of(order: Order<BillingSort>) -> &'static str {
    match (order.by, order.ascending) {
        (BillingSort::Charged, false) => "b.incurred_at desc, b.id desc",
        (BillingSort::Charged, true) => "b.incurred_at, b.id",
        (BillingSort::Amount, false) => "b.amount_cents desc, b.incurred_at desc, b.id desc",
        (BillingSort::Amount, true) => "b.amount_cents, b.incurred_at, b.id",
    }
}

/// A page of charges in the filter's order, with the sums and the number of all: two queries.
pub async fn list(conn: &mut Conn, filter: &BillingFilter) -> Outcome<BillingList> {
    let mut only = wanted(filter);
    let (total, pending, invoiced, paid) =
        fetch_all_where!(conn, (i64, Money, Money, Money), sums_query(&only), &only.values)?.pop().unwrap_or_default();
    let sql = page_query(&mut only, filter);
    let records = fetch_all_where!(conn, RecordRow, sql, &only.values)?.into_iter().map(RecordView::from).collect();
    Ok(BillingList { records, summary: BillingSummary { pending, invoiced, paid }, total })
}

fn sums_query(only: &Where) -> String {
    format!(
        "select count(*), coalesce(cast(sum(case when b.status = 'pending' then b.amount_cents end) as bigint), 0),
           coalesce(cast(sum(case when b.status = 'invoiced' then b.amount_cents end) as bigint), 0),
           coalesce(cast(sum(case when b.status = 'paid' then b.amount_cents end) as bigint), 0)
         from billing_records b{}",
        only.clause()
    )
}

/// The charges that come after one in a list, or the first: for exports, which read them part by part.
pub async fn list_after(
    conn: &mut Conn,
    filter: &BillingFilter,
    after: Option<(DateTime<Utc>, Id)>,
    limit: i64,
) -> Outcome<Vec<RecordView>> {
    let mut only = wanted(filter);
    if let Some((at, id)) = after {
        only.and_both("(b.incurred_at, b.id) < (?, ?)", at, id);
    }
    let sql = page_query(&mut only, &BillingFilter::of_page(Page { limit, offset: 0 }));
    Ok(fetch_all_where!(conn, RecordRow, sql, &only.values)?.into_iter().map(RecordView::from).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use platform::testing;

    async fn plan(conn: &mut Conn, sql: &str, only: &Where) -> Vec<String> {
        let plan = fetch_all_where!(conn, (i64, i64, i64, String), format!("explain query plan {sql}"), &only.values);
        plan.expect("a plan").into_iter().map(|(_, _, _, step)| step).collect()
    }

    /// Every filter that a list offers goes through an index, and so does the next part of an export.
    #[tokio::test]
    async fn no_filtered_list_scans_the_records() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let page = BillingFilter::of_page(Page { limit: 50, offset: 0 });
        for filter in [
            BillingFilter { status: Some(BillingStatus::Pending), ..page.clone() },
            BillingFilter { contractor_id: Some("x".into()), ..page.clone() },
            BillingFilter { start_date: Some(DateTime::UNIX_EPOCH), ..page.clone() },
            BillingFilter { end_date: Some(DateTime::UNIX_EPOCH), ..page.clone() },
            BillingFilter { q: Some("inv-2025-0".into()), ..page.clone() },
            BillingFilter { q: Some("smith".into()), ..page.clone() },
        ] {
            let mut only = wanted(&filter);
            let sums = plan(&mut conn, &sums_query(&only), &only).await;
            let sql = page_query(&mut only, &filter);
            let rows = plan(&mut conn, &sql, &only).await;
            assert!(!sums.iter().chain(&rows).any(|s| s.starts_with("SCAN")), "{filter:?}: {sums:#?} {rows:#?}");
        }
        let mut only = Where::default();
        only.and_both("(b.incurred_at, b.id) < (?, ?)", DateTime::UNIX_EPOCH, "x");
        let sql = page_query(&mut only, &page);
        let rows = plan(&mut conn, &sql, &only).await;
        assert!(!rows.iter().any(|s| s.starts_with("SCAN")), "{rows:#?}");
    }
    /// Nobody sorts all charges to show the first of them.
    #[tokio::test]
    async fn each_order_of_the_list_is_an_index() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        for order in BillingSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
            let filter = BillingFilter { order, ..BillingFilter::of_page(Page { limit: 50, offset: 0 }) };
            let mut only = wanted(&filter);
            let sql = format!("explain query plan {}", page_query(&mut only, &filter));
            let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
            // The latest dispute of each charge is found by a step within.
            assert!(!plan.iter().any(|(_, within, _, step)| *within == 0 && step.contains("ORDER BY")), "{order:?}: {plan:#?}");
        }
    }
}
