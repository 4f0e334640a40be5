//! The table `disputes`.

use crate::billing::{BilledLead, BillingStatus, Debtor};
use crate::disputes::{DisputeFilter, DisputeReason, DisputeSort, DisputeStatus, DisputeView, DisputedRecord, Resolution};
use crate::evidence::EvidenceView;
use crate::lead::ServiceType;
use crate::store::billing::Locked;
use crate::store::evidence::EvidenceRow;
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Money, Order, Outcome, Page, Phone};
use platform::{Conn, Where, execute, fetch_all, fetch_all_where, fetch_optional, fetch_scalar_where};

/// A new dispute.
#[derive(Debug)]
pub struct NewRow<'a> {
    pub id: &'a str,
    pub record: &'a Locked,
    pub reason: DisputeReason,
    pub description: Option<&'a str>,
    pub submitted_at: DateTime<Utc>,
}

/// Opens a dispute. Fails when the record has an open one (unique index).
pub async fn insert(conn: &mut Conn, new: &NewRow<'_>) -> Outcome<()> {
    execute!(
        conn,
        "insert into disputes (id, billing_record_id, lead_id, contractor_id, reason, description, status, charge_cents, submitted_at)
         values ($1, $2, $3, $4, $5, $6, 'pending', $7, $8)",
        new.id,
        new.record.id.as_str(),
        new.record.lead_id.as_str(),
        new.record.contractor_id.as_str(),
        new.reason.as_str(),
        new.description,
        new.record.original_cents.0,
        new.submitted_at,
    )?;
    Ok(())
}

/// Whether a record is disputed at the moment.
pub async fn has_open(conn: &mut Conn, record_id: &str) -> Outcome<bool> {
    let sql = "select id from disputes where billing_record_id = $1 and status in ('pending', 'under_review')";
    Ok(fetch_optional!(conn, (Id,), sql, record_id)?.is_some())
}

/// Takes a dispute up; `false` when it is not pending.
pub async fn start_review(conn: &mut Conn, id: &str) -> Outcome<bool> {
    Ok(execute!(conn, "update disputes set status = 'under_review' where id = $1 and status = 'pending'", id)? == 1)
}

/// Writes the decision.
pub async fn resolve(
    conn: &mut Conn,
    id: &str,
    status: DisputeStatus,
    resolution: Resolution,
    credit: Money,
    notes: Option<&str>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    execute!(
        conn,
        "update disputes set status = $2, resolution = $3, credit_cents = $4, resolution_notes = $5, resolved_at = $6 where id = $1",
        id,
        status.as_str(),
        resolution.as_str(),
        credit.0,
        notes,
        now,
    )?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
struct DisputeRow {
    id: Id,
    reason: DisputeReason,
    description: Option<String>,
    status: DisputeStatus,
    resolution: Option<Resolution>,
    credit_cents: Option<Money>,
    resolution_notes: Option<String>,
    submitted_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    record_id: Id,
    amount_cents: Money,
    original_cents: Money,
    record_status: BillingStatus,
    incurred_at: DateTime<Utc>,
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
        "select d.id, d.reason, d.description, d.status, d.resolution, d.credit_cents, d.resolution_notes, d.submitted_at, d.resolved_at,
           b.id as record_id, b.amount_cents, b.original_cents, b.status as record_status, b.incurred_at,
           c.id as contractor_id, c.business_name, c.email, l.id as lead_id, l.customer_first_name, l.customer_last_name,
           l.customer_phone, l.customer_city, l.customer_state, l.service_type
         from disputes d join billing_records b on b.id = d.billing_record_id join contractors c on c.id = d.contractor_id
           join leads l on l.id = d.lead_id"
    };
}

impl From<DisputeRow> for DisputeView {
    fn from(row: DisputeRow) -> DisputeView {
        DisputeView {
            id: row.id,
            record: DisputedRecord {
                id: row.record_id,
                amount: row.amount_cents,
                original_amount: row.original_cents,
                status: row.record_status,
                incurred_at: row.incurred_at,
            },
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
            reason: row.reason,
            description: row.description,
            status: row.status,
            resolution: row.resolution,
            credit: row.credit_cents,
            resolution_notes: row.resolution_notes,
            submitted_at: row.submitted_at,
            resolved_at: row.resolved_at,
            evidence: Vec::new(),
        }
    }
}

macro_rules! evidence {
    () => {
        "select e.id, e.dispute_id, e.name, e.kind, e.bytes, e.created_at, e.contractor_id, e.hash from dispute_evidence e"
    };
}

/// One dispute.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<DisputeView>> {
    let Some(row) = fetch_optional!(conn, DisputeRow, concat!(select!(), " where d.id = $1"), id)? else { return Ok(None) };
    let sql = concat!(evidence!(), " where e.dispute_id = $1 order by e.created_at, e.id");
    let files = fetch_all!(conn, EvidenceRow, sql, id)?;
    Ok(Some(DisputeView { evidence: files.into_iter().map(EvidenceView::from).collect(), ..row.into() }))
}

/// A lead's disputes go to the lead with which it was merged.
pub async fn move_to(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    execute!(conn, "update disputes set lead_id = $2 where lead_id = $1", from, to)?;
    Ok(())
}

fn wanted(filter: &DisputeFilter) -> Where {
    let mut only = Where::default();
    only.and_some("d.contractor_id = ?", filter.contractor_id.as_deref())
        .and_some("d.status = ?", filter.status.map(DisputeStatus::as_str))
        .and_some(
            concat!(
                "d.id in (select x.id from disputes x where x.contractor_id in (",
                contractors_called!(),
                ") union select x.id from disputes x where x.lead_id in (",
                leads_called!(),
                "))"
            ),
            filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(str::to_lowercase),
        );
    only
}

const NEWEST: &str = "d.submitted_at desc, d.id desc";

/// Each is the order of an index, also of a contractor's own.
fn order_of(order: Order<DisputeSort>) -> &'static str {
    match (order.by, order.ascending) {
        (DisputeSort::Sent, false) => NEWEST,
        (DisputeSort::Sent, true) => "d.submitted_at, d.id",
        (DisputeSort::Charge, false) => "d.charge_cents desc, d.submitted_at desc, d.id desc",
        (DisputeSort::Charge, true) => "d.charge_cents, d.submitted_at, d.id",
    }
}

fn page_query(only: &Where, order: &str, limits: &str) -> String {
    format!(concat!(select!(), "{} order by {order}{limits}"), only.clause(), order = order, limits = limits)
}

/// The files of a page of disputes.
fn evidence_query(only: &Where, order: &str, limits: &str) -> String {
    let clause = only.clause();
    format!(
        concat!(
            evidence!(),
            " where e.dispute_id in (select d.id from disputes d{clause} order by {order}{limits})
             order by e.created_at, e.id"
        ),
        clause = clause,
        order = order,
        limits = limits
    )
}

/// A page of disputes in the filter's order, and how many there are.
pub async fn list(conn: &mut Conn, filter: &DisputeFilter) -> Outcome<Listed<DisputeView>> {
    let mut only = wanted(filter);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from disputes d{}", only.clause()), &only.values)?;
    let (order, limits) = (order_of(filter.order), only.page(filter.page));
    let rows = fetch_all_where!(conn, DisputeRow, page_query(&only, order, &limits), &only.values)?;
    let mut items: Vec<DisputeView> = rows.into_iter().map(DisputeView::from).collect();
    let files = fetch_all_where!(conn, EvidenceRow, evidence_query(&only, order, &limits), &only.values)?;
    for file in files.into_iter().map(EvidenceView::from) {
        if let Some(dispute) = items.iter_mut().find(|d| d.id == file.dispute_id) {
            dispute.evidence.push(file);
        }
    }
    Ok(Listed { items, total })
}

/// The disputes that come after one, newest first, or the first: for exports, which read them part by part. Without their files.
pub async fn list_after(
    conn: &mut Conn,
    filter: &DisputeFilter,
    after: Option<(DateTime<Utc>, Id)>,
    limit: i64,
) -> Outcome<Vec<DisputeView>> {
    let mut only = wanted(filter);
    if let Some((at, id)) = after {
        only.and_both("(d.submitted_at, d.id) < (?, ?)", at, id);
    }
    let limits = only.page(Page { limit, offset: 0 });
    let sql = page_query(&only, NEWEST, &limits);
    Ok(fetch_all_where!(conn, DisputeRow, sql, &only.values)?.into_iter().map(DisputeView::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::testing;

    /// Every filter that a list offers goes through an index, and so does the order.
    #[tokio::test]
    async fn no_list_scans_or_sorts_the_disputes() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let page = Page { limit: 50, offset: 0 };
        let all = || DisputeFilter::of_page(page);
        for filter in [
            all(),
            DisputeFilter { order: Order::up(DisputeSort::Sent), ..all() },
            DisputeFilter { q: Some("smith".into()), ..all() },
            DisputeFilter { status: Some(DisputeStatus::Pending), ..all() },
            DisputeFilter { contractor_id: Some("x".into()), ..all() },
            DisputeFilter { status: Some(DisputeStatus::Denied), contractor_id: Some("x".into()), ..all() },
        ] {
            let mut only = wanted(&filter);
            let (order, limits) = (order_of(filter.order), only.page(filter.page));
            for query in [page_query(&only, order, &limits), evidence_query(&only, order, &limits)] {
                let sql = format!("explain query plan {query}");
                let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
                let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
                let scans = |s: &&str| s.starts_with("SCAN") && !s.contains("disputes_by_time");
                assert!(!steps.iter().any(scans), "{filter:?}: {steps:#?}");
            }
        }
    }

    /// Nobody sorts all disputes, nor all of a contractor, to show the first of them. Of one moment they may be sorted by id.
    #[tokio::test]
    async fn each_order_of_the_lists_is_an_index() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let of = |contractor_id: Option<&str>| DisputeFilter {
            contractor_id: contractor_id.map(Into::into),
            ..DisputeFilter::of_page(Page { limit: 50, offset: 0 })
        };
        for filter in [of(None), of(Some("x"))] {
            for order in DisputeSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
                let mut only = wanted(&filter);
                let limits = only.page(filter.page);
                let sql = format!("explain query plan {}", page_query(&only, order_of(order), &limits));
                let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
                assert!(!plan.iter().any(|(.., step)| step.contains("FOR ORDER BY")), "{order:?} {filter:?}: {plan:#?}");
            }
        }
    }
}
