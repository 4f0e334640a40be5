//! What contractors are compared by, from several tables.

use crate::admin_views::ServedZip;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Id, Money, Outcome};
use platform::{Conn, fetch_all, fetch_optional};

/// A contractor's counters.
#[derive(Debug, sqlx::FromRow)]
pub struct Counts {
    pub total_leads: i64,
    pub contacted_leads: i64,
    pub qualified_leads: i64,
    pub lost_leads: i64,
    pub response_minutes_sum: i64,
    pub responded_leads: i64,
    pub rating: Option<f64>,
    pub disputes: i64,
    pub charges: i64,
}

macro_rules! select {
    () => {
        "select c.total_leads, c.contacted_leads, c.qualified_leads, c.lost_leads, c.response_minutes_sum, c.responded_leads,
           (select cast(avg(f.rating) as double precision) from customer_feedback f where f.contractor_id = c.id) as rating,
           (select count(*) from disputes d where d.contractor_id = c.id) as disputes,
           (select count(*) from billing_records b where b.contractor_id = c.id) as charges
         from contractors c"
    };
}

/// One contractor's.
pub async fn find_counts(conn: &mut Conn, id: &str) -> Outcome<Option<Counts>> {
    Ok(fetch_optional!(conn, Counts, concat!(select!(), " where c.id = $1"), id)?)
}

/// Those of everybody who is approved and had a lead.
pub async fn list_counts(conn: &mut Conn) -> Outcome<Vec<Counts>> {
    Ok(fetch_all!(conn, Counts, concat!(select!(), " where c.is_approved and c.total_leads + c.lost_leads > 0"))?)
}

/// What one contractor brought in one month.
#[derive(Debug, sqlx::FromRow)]
pub struct Revenue {
    pub contractor_id: Id,
    /// `2026-01`
    pub month: String,
    /// Charges less credits.
    pub cents: Money,
}

/// Every contractor's revenue by month.
pub async fn list_revenue(conn: &mut Conn, since: NaiveDate) -> Outcome<Vec<Revenue>> {
    let sql = "select e.contractor_id, substr(l.day, 1, 7) as month, cast(sum(-l.amount_cents) as bigint) as cents
               from ledger_lines l join ledger_entries e on e.id = l.entry_id
               where l.account in ('revenue', 'credits') and l.day >= $1
               group by e.contractor_id, substr(l.day, 1, 7)";
    Ok(fetch_all!(conn, Revenue, sql, since.format("%Y-%m-%d").to_string())?)
}

/// The ZIP codes that a contractor serves, with who else does and how many leads came since.
pub async fn list_area(conn: &mut Conn, id: &str, since: DateTime<Utc>) -> Outcome<Vec<ServedZip>> {
    let sql = "select z.zip, (select max(l.customer_city) from leads l where l.customer_zip = z.zip) as city,
                 (select count(*) from contractor_zips o join contractors c on c.id = o.contractor_id
                  where o.zip = z.zip and c.status = 'active' and c.is_approved) as contractors,
                 (select count(*) from leads l where l.customer_zip = z.zip and l.created_at >= $2 and l.merged_into is null) as leads
               from contractor_zips z where z.contractor_id = $1 order by z.zip";
    Ok(fetch_all!(conn, ServedZip, sql, id, since)?)
}
