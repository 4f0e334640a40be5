//! What the performance page reads of many tables: a few grouped queries, none per row.

use crate::lead::LeadStatus;
use crate::performance::{DisputeCounts, Review};
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use platform::{Conn, fetch_all, fetch_one};

/// A lead that a contractor received, and that was not taken from them without their doing.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Received {
    pub contractor_id: Id,
    pub assigned_at: DateTime<Utc>,
    /// It did not go to somebody else.
    pub is_kept: bool,
    pub status: LeadStatus,
    pub first_contact_at: Option<DateTime<Utc>>,
}

macro_rules! received {
    () => {
        "select a.contractor_id, a.assigned_at, a.ended_at is null as is_kept, a.status, l.first_contact_at
         from lead_assignments a join leads l on l.id = a.lead_id
         where (a.ended_at is null or a.end_reason = 'deadline_missed') and "
    };
}

/// Contractors who share a ZIP code with contractor $1, and that one.
macro_rules! area {
    () => {
        "(select z.contractor_id from contractor_zips z join contractors c on c.id = z.contractor_id
          where c.is_approved and z.zip in (select own.zip from contractor_zips own where own.contractor_id = $1))"
    };
}

/// What a contractor received since then, the newest first.
pub async fn list_received(conn: &mut Conn, contractor_id: &str, since: DateTime<Utc>, limit: i64) -> Outcome<Vec<Received>> {
    let sql = concat!(received!(), "a.contractor_id = $1 and a.assigned_at >= $2 order by a.assigned_at desc limit $3");
    Ok(fetch_all!(conn, Received, sql, contractor_id, since, limit)?)
}

/// What the contractors of the area received since then, the newest first.
pub async fn list_received_in_area(conn: &mut Conn, contractor_id: &str, since: DateTime<Utc>, limit: i64) -> Outcome<Vec<Received>> {
    let sql = concat!(received!(), "a.contractor_id in ", area!(), " and a.assigned_at >= $2 order by a.assigned_at desc limit $3");
    Ok(fetch_all!(conn, Received, sql, contractor_id, since, limit)?)
}

/// The mean rating of each contractor of the area who was rated since then.
pub async fn list_mean_ratings(conn: &mut Conn, contractor_id: &str, since: DateTime<Utc>) -> Outcome<Vec<(Id, f64)>> {
    let sql = concat!(
        "select f.contractor_id, cast(avg(f.rating) as double precision) from customer_feedback f where f.contractor_id in ",
        area!(),
        " and f.created_at >= $2 group by f.contractor_id order by f.contractor_id"
    );
    Ok(fetch_all!(conn, (Id, f64), sql, contractor_id, since)?)
}

/// The charges of each contractor of the area since then, and how many of them were disputed.
pub async fn list_disputed(conn: &mut Conn, contractor_id: &str, since: DateTime<Utc>) -> Outcome<Vec<(Id, i64, i64)>> {
    let sql = concat!(
        "select b.contractor_id, count(distinct b.id), count(distinct d.billing_record_id)
         from billing_records b left join disputes d on d.billing_record_id = b.id where b.contractor_id in ",
        area!(),
        " and b.incurred_at >= $2 group by b.contractor_id order by b.contractor_id"
    );
    Ok(fetch_all!(conn, (Id, i64, i64), sql, contractor_id, since)?)
}

/// A contractor's ratings since then.
pub async fn list_ratings(conn: &mut Conn, contractor_id: &str, since: DateTime<Utc>) -> Outcome<Vec<(DateTime<Utc>, i64)>> {
    let sql = "select created_at, rating from customer_feedback where contractor_id = $1 and created_at >= $2";
    Ok(fetch_all!(conn, (DateTime<Utc>, i64), sql, contractor_id, since)?)
}

pub(super) const REVIEWS: &str = "select f.lead_id, l.customer_first_name, f.rating, f.comment, f.created_at
     from customer_feedback f join leads l on l.id = f.lead_id where f.contractor_id = $1
     order by f.created_at desc, f.id desc limit $2";

/// What customers said last.
pub async fn list_reviews(conn: &mut Conn, contractor_id: &str, limit: i64) -> Outcome<Vec<Review>> {
    Ok(fetch_all!(conn, Review, REVIEWS, contractor_id, limit)?)
}

/// What became of a contractor's disputes since then.
pub async fn count_disputes(conn: &mut Conn, contractor_id: &str, since: DateTime<Utc>) -> Outcome<DisputeCounts> {
    Ok(fetch_one!(
        conn,
        DisputeCounts,
        "select count(case when status in ('pending', 'under_review') then 1 end) as open,
           count(case when status = 'approved' then 1 end) as approved, count(case when status = 'denied' then 1 end) as denied
         from disputes where contractor_id = $1 and submitted_at >= $2",
        contractor_id,
        since,
    )?)
}
