//! Charges as lists show them: the administrator's and a contractor's, their filters and orders, and what a search finds.

use crate::billing::{BilledLead, BillingFilter, BillingList, BillingSort, BillingStatus, BillingSummary, Debtor, RecordView};
use crate::disputes::DisputeStatus;
use crate::find::invoice_start;
use crate::lead::ServiceType;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Order, Outcome, Page, Phone};
use platform::{Conn, Where, fetch_all, fetch_all_where, fetch_optional};

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
pub fn numbered(only: &mut Where, start: &str) {
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
