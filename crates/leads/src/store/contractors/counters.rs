//! The counters of a contractor's leads, kept by what changes them.

use crate::lead::LeadStatus;
use crate::store::assignments::NewAssignment;
use chrono::{DateTime, Utc};
use kernel::Outcome;
use platform::db::Near;
use platform::{Conn, execute, fetch_optional, on_engine};
use sqlx::QueryBuilder;
use std::collections::BTreeMap;

/// Counts leads that were just assigned, and uses up promised replacements.
pub async fn count_assigned(conn: &mut Conn, rows: &[NewAssignment<'_>], now: DateTime<Utc>) -> Outcome<()> {
    let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let (leads, replacements) = counts.entry(row.contractor_id).or_default();
        *leads += 1;
        *replacements += i64::from(row.is_replacement);
    }
    if counts.is_empty() {
        return Ok(());
    }
    on_engine!(conn, |c| {
        let mut sql = QueryBuilder::new(
            "update contractors set open_leads = open_leads + n.column2, total_leads = total_leads + n.column2,
               replacement_due = replacement_due - n.column3, last_lead_at = ",
        );
        sql.push_bind(now).push(" from (");
        sql.push_values(&counts, |mut row, (id, (leads, replacements))| {
            row.push_bind(*id).push_bind(*leads).push_bind(*replacements);
        });
        sql.push(") as n where contractors.id = n.column1").build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Promises a free lead: the contractor is first for the next one that fits (decision 29).
pub async fn promise_replacement(conn: &mut Conn, id: &str) -> Outcome<()> {
    execute!(conn, "update contractors set replacement_due = replacement_due + 1 where id = $1", id)?;
    Ok(())
}

/// Takes back what a lead that was taken away had counted; `was_late`: it counts as lost.
pub async fn count_lost(conn: &mut Conn, id: &str, progress: Progress, was_replacement: bool, was_late: bool) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set open_leads = open_leads - $2, total_leads = total_leads - 1, lost_leads = lost_leads + $8,
           replacement_due = replacement_due + $3, contacted_leads = contacted_leads - $4, qualified_leads = qualified_leads - $5,
           response_minutes_sum = response_minutes_sum - $6, responded_leads = responded_leads - $7 where id = $1",
        id,
        i64::from(progress.closed),
        i64::from(was_replacement),
        progress.contacted,
        progress.qualified,
        progress.response_minutes.unwrap_or(0),
        i64::from(progress.response_minutes.is_some()),
        i64::from(was_late),
    )?;
    Ok(())
}

/// What a lead's way on changes in its contractor's counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Minutes to the first contact, when this was it.
    pub response_minutes: Option<i64>,
    /// How many more contacted leads there are, and qualified ones.
    pub contacted: i64,
    pub qualified: i64,
    /// It no longer counts as work to do.
    pub closed: bool,
}

/// Counts progress.
pub async fn count_progress(conn: &mut Conn, id: &str, progress: Progress) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set response_minutes_sum = response_minutes_sum + $2, responded_leads = responded_leads + $3,
           contacted_leads = contacted_leads + $4, qualified_leads = qualified_leads + $5, open_leads = open_leads - $6 where id = $1",
        id,
        progress.response_minutes.unwrap_or(0),
        i64::from(progress.response_minutes.is_some()),
        progress.contacted,
        progress.qualified,
        i64::from(progress.closed),
    )?;
    Ok(())
}

/// How many leads a contractor has now, of one status or in all, as the counters say.
pub async fn count_leads(conn: &mut Conn, id: &str, status: Option<LeadStatus>) -> Outcome<i64> {
    let count = fetch_optional!(conn, (i64,), COUNT_LEADS, id, status.map_or("", LeadStatus::as_str))?;
    Ok(count.map_or(0, |(count,)| count))
}

/// As `count_leads`, on the caller's own thread.
pub fn count_leads_near(near: &Near, id: &str, status: Option<LeadStatus>) -> Outcome<i64> {
    let count = near.fetch(COUNT_LEADS, &[id.into(), status.map_or("", LeadStatus::as_str).into()])?.pop();
    Ok(count.unwrap_or(0))
}

const COUNT_LEADS: &str = "select case $2 when 'assigned' then total_leads - contacted_leads - qualified_leads
       when 'contacted' then contacted_leads when 'qualified' then qualified_leads when 'pending_assignment' then 0 else total_leads end
     from contractors where id = $1";
