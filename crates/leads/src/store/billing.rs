//! The table `billing_records`.

use crate::billing::BillingStatus;
use crate::store::leads::day;
use crate::views::BillView;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome};
use platform::{Conn, execute, fetch_optional};

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

/// Charges a lead, once per lead and once per call. `false`: it was charged before.
pub async fn insert(conn: &mut Conn, new: &NewRecord<'_>) -> Outcome<bool> {
    let inserted = execute!(
        conn,
        "insert into billing_records (id, lead_id, contractor_id, call_sid, amount_cents, original_cents, status, incurred_at, incurred_day)
         values ($1, $2, $3, $4, $5, $6, 'pending', $7, $8) on conflict do nothing",
        new.id,
        new.lead_id,
        new.contractor_id,
        new.call_sid,
        new.amount.0,
        new.original.0,
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
