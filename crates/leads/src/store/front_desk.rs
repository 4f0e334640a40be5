//! What the public pages count, of the tables `leads`, `contractor_zips` and `customer_feedback`.

use chrono::{DateTime, Utc};
use kernel::{Outcome, Zip};
use platform::{Conn, fetch_all, fetch_one, fetch_scalar};

/// Leads since then that somebody got.
pub async fn count_routed(conn: &mut Conn, since: DateTime<Utc>) -> Outcome<i64> {
    Ok(fetch_scalar!(conn, i64, "select count(*) from leads where created_at >= $1 and status <> 'pending_assignment'", since)?)
}

/// When the latest leads since then came to their contractor, and when they were first contacted.
pub async fn list_contacts(conn: &mut Conn, since: DateTime<Utc>, limit: i64) -> Outcome<Vec<(DateTime<Utc>, DateTime<Utc>)>> {
    Ok(fetch_all!(
        conn,
        (DateTime<Utc>, DateTime<Utc>),
        "select a.assigned_at, l.first_contact_at from leads l join lead_assignments a on a.lead_id = l.id and a.ended_at is null
         where l.first_contact_at >= $1 order by l.first_contact_at desc limit $2",
        since,
        limit,
    )?)
}

/// The mean of the ratings since then, and how many there are.
pub async fn rating(conn: &mut Conn, since: DateTime<Utc>) -> Outcome<(Option<f64>, i64)> {
    Ok(fetch_one!(
        conn,
        (Option<f64>, i64),
        "select cast(avg(rating) as double precision), count(*) from customer_feedback where created_at >= $1",
        since,
    )?)
}

/// Approved contractors who take leads in a ZIP code.
pub async fn count_serving(conn: &mut Conn, zip: &Zip) -> Outcome<i64> {
    Ok(fetch_scalar!(
        conn,
        i64,
        "select count(*) from contractor_zips z join contractors c on c.id = z.contractor_id
         where z.zip = $1 and c.status = 'active' and c.is_approved and c.is_accepting_leads",
        zip.as_str(),
    )?)
}
