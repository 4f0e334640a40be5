//! The table `tracking_numbers`.

use crate::tracking::NumberSort;
use crate::views::{TrackingNumberView, TrackingStatus};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Order, Outcome, Page, Phone};
use platform::{Conn, Where, execute, fetch_all, fetch_all_where, fetch_optional, fetch_scalar_where};

#[derive(Debug, sqlx::FromRow)]
struct NumberRow {
    id: Id,
    phone: Phone,
    status: TrackingStatus,
    lead_id: Option<Id>,
    customer_name: Option<String>,
    contractor_id: Option<Id>,
    business_name: Option<String>,
    assigned_at: Option<DateTime<Utc>>,
    expired_at: Option<DateTime<Utc>>,
}

impl From<NumberRow> for TrackingNumberView {
    fn from(row: NumberRow) -> TrackingNumberView {
        TrackingNumberView {
            id: row.id,
            phone: row.phone,
            status: row.status,
            lead_id: row.lead_id,
            customer_name: row.customer_name,
            contractor_id: row.contractor_id,
            business_name: row.business_name,
            assigned_at: row.assigned_at,
            expired_at: row.expired_at,
        }
    }
}

/// Adds a number to the pool; `false` when it is there already.
pub async fn insert(conn: &mut Conn, id: &str, phone: &Phone, now: DateTime<Utc>) -> Outcome<bool> {
    let sql =
        "insert into tracking_numbers (id, phone, status, created_at) values ($1, $2, 'available', $3) on conflict (phone) do nothing";
    Ok(execute!(conn, sql, id, phone.e164(), now)? == 1)
}

/// Takes a free number for a lead: never used ones first, then those that have rested since before `rested`.
/// `None` when the pool is empty. Two transactions never take the same one.
pub async fn claim(
    conn: &mut Conn,
    lead_id: &str,
    contractor_id: &str,
    now: DateTime<Utc>,
    rested: DateTime<Utc>,
) -> Outcome<Option<Phone>> {
    let sql = if conn.is_postgres() {
        "update tracking_numbers set status = 'active', lead_id = $1, contractor_id = $2, assigned_at = $3, expired_at = null
         where id = (select id from tracking_numbers where status in ('available', 'expired') and (expired_at is null or expired_at <= $4)
                     order by status, expired_at, id limit 1 for update skip locked)
         returning phone"
    } else {
        "update tracking_numbers set status = 'active', lead_id = $1, contractor_id = $2, assigned_at = $3, expired_at = null
         where id = (select id from tracking_numbers where status in ('available', 'expired') and (expired_at is null or expired_at <= $4)
                     order by status, expired_at, id limit 1)
         returning phone"
    };
    Ok(fetch_optional!(conn, (Phone,), sql, lead_id, contractor_id, now, rested)?.map(|(phone,)| phone))
}

/// The lead's number goes with it to another contractor. Answers the number.
pub async fn move_to(conn: &mut Conn, lead_id: &str, contractor_id: &str) -> Outcome<Option<Phone>> {
    let sql = "update tracking_numbers set contractor_id = $2 where lead_id = $1 and status = 'active' returning phone";
    Ok(fetch_optional!(conn, (Phone,), sql, lead_id, contractor_id)?.map(|(phone,)| phone))
}

/// Releases the numbers of leads made before `before`. Answers which.
pub async fn expire(conn: &mut Conn, before: DateTime<Utc>, now: DateTime<Utc>) -> Outcome<Vec<Id>> {
    let rows = fetch_all!(
        conn,
        (Id,),
        "update tracking_numbers set status = 'expired', expired_at = $2
         where status = 'active' and exists (select 1 from leads l where l.id = tracking_numbers.lead_id and l.created_at < $1)
         returning id",
        before,
        now,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The lead that an active number among these two belongs to.
pub async fn find_lead(conn: &mut Conn, from: &str, to: &str) -> Outcome<Option<Id>> {
    // The number that was called wins over the number that called.
    let sql = "select lead_id from tracking_numbers where phone in ($1, $2) and status = 'active' and lead_id is not null
               order by case when phone = $2 then 0 else 1 end limit 1";
    Ok(fetch_optional!(conn, (Id,), sql, from, to)?.map(|(id,)| id))
}

pub(super) fn wanted(status: Option<TrackingStatus>, start: Option<&str>) -> Where {
    let mut only = Where::default();
    only.and_some("status = ?", status.map(TrackingStatus::as_str))
        .and_some("phone >= ?", start)
        .and_some("phone < ?", start.map(|start| format!("{start}a")));
    only
}

pub(super) fn page_query(only: &mut Where, order: Order<NumberSort>, page: Page) -> String {
    let sql = format!(
        "select id, phone, status, lead_id,
                (select l.customer_first_name || ' ' || l.customer_last_name from leads l where l.id = tracking_numbers.lead_id) as customer_name,
                contractor_id,
                (select c.business_name from contractors c where c.id = tracking_numbers.contractor_id) as business_name,
                assigned_at, expired_at
         from tracking_numbers{} order by {}",
        only.clause(),
        order_of(order)
    );
    sql + &only.page(page)
}

/// The order in SQL: a pool is small, so the times have no index.
fn order_of(order: Order<NumberSort>) -> &'static str {
    match (order.by, order.ascending) {
        (NumberSort::Number, true) => "phone",
        (NumberSort::Number, false) => "phone desc",
        (NumberSort::Status, true) => "status, phone",
        (NumberSort::Status, false) => "status desc, phone desc",
        (NumberSort::Since, true) => "coalesce(expired_at, assigned_at) nulls first, phone",
        (NumberSort::Since, false) => "coalesce(expired_at, assigned_at) desc nulls last, phone desc",
    }
}

/// The pool: all numbers, or those that begin so.
pub async fn list(
    conn: &mut Conn,
    status: Option<TrackingStatus>,
    start: Option<&str>,
    order: Order<NumberSort>,
    page: Page,
) -> Outcome<Listed<TrackingNumberView>> {
    let mut only = wanted(status, start);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from tracking_numbers{}", only.clause()), &only.values)?;
    let sql = page_query(&mut only, order, page);
    let rows = fetch_all_where!(conn, NumberRow, sql, &only.values)?;
    Ok(Listed { items: rows.into_iter().map(TrackingNumberView::from).collect(), total })
}

/// The number that a lead has now.
pub async fn find_active(conn: &mut Conn, lead_id: &str) -> Outcome<Option<Phone>> {
    let sql = "select phone from tracking_numbers where lead_id = $1 and status = 'active'";
    Ok(fetch_optional!(conn, (Phone,), sql, lead_id)?.map(|(phone,)| phone))
}

/// Releases a lead's number.
pub async fn release(conn: &mut Conn, lead_id: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "update tracking_numbers set status = 'expired', expired_at = $2 where lead_id = $1 and status = 'active'";
    execute!(conn, sql, lead_id, now)?;
    Ok(())
}

/// A lead's number goes to the lead with which it was merged.
pub async fn move_to_lead(conn: &mut Conn, from: &str, to: &str, contractor_id: Option<&str>) -> Outcome<()> {
    let sql = "update tracking_numbers set lead_id = $2, contractor_id = $3 where lead_id = $1 and status = 'active'";
    execute!(conn, sql, from, to, contractor_id)?;
    Ok(())
}
