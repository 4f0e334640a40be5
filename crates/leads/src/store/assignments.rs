//! The table `lead_assignments`.

use crate::lead::LeadStatus;
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use platform::{Conn, execute, fetch_all, insert_rows};

/// The part of the time that is left when a contractor is reminded: a quarter.
const REMIND_BEFORE: i32 = 4;

/// A new assignment.
#[derive(Debug)]
pub struct NewAssignment<'a> {
    pub id: Id,
    pub lead_id: &'a str,
    pub contractor_id: &'a str,
    pub is_replacement: bool,
    pub assigned_at: DateTime<Utc>,
    pub response_deadline: DateTime<Utc>,
    pub eligible_count: i64,
}

/// Gives leads to contractors. Fails when somebody has one already (unique index).
pub async fn insert(conn: &mut Conn, rows: &[NewAssignment<'_>]) -> Outcome<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "insert into lead_assignments (id, lead_id, contractor_id, status, is_open, is_replacement, assigned_at, response_deadline,
               remind_at, eligible_count) ";
    insert_rows!(conn, sql, rows, |row, new| {
        row.push_bind(new.id.as_str())
            .push_bind(new.lead_id)
            .push_bind(new.contractor_id)
            .push_bind(LeadStatus::Assigned.as_str())
            .push_bind(true)
            .push_bind(new.is_replacement)
            .push_bind(new.assigned_at)
            .push_bind(new.response_deadline)
            .push_bind(new.response_deadline - (new.response_deadline - new.assigned_at) / REMIND_BEFORE)
            .push_bind(new.eligible_count);
    })?;
    Ok(())
}

/// Repeats the lead's status; a closed one no longer counts as work to do.
pub async fn update_status(conn: &mut Conn, id: &str, status: LeadStatus, is_open: bool) -> Outcome<()> {
    execute!(conn, "update lead_assignments set status = $2, is_open = $3 where id = $1", id, status.as_str(), is_open)?;
    Ok(())
}

/// Takes the lead away.
pub async fn end(conn: &mut Conn, id: &str, reason: &str, now: DateTime<Utc>) -> Outcome<()> {
    execute!(
        conn,
        "update lead_assignments set ended_at = $2, end_reason = $3, is_open = $4 where id = $1 and ended_at is null",
        id,
        now,
        reason,
        false,
    )?;
    Ok(())
}

/// Assignments whose contractor is to be told that the time runs out: the lead of each, and its deadline.
pub async fn list_to_remind(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Outcome<Vec<(Id, DateTime<Utc>)>> {
    Ok(fetch_all!(
        conn,
        (Id, DateTime<Utc>),
        "select lead_id, response_deadline from lead_assignments
         where ended_at is null and remind_at is not null and status = 'assigned' and remind_at <= $1 and response_deadline > $1
         order by remind_at limit $2",
        now,
        limit,
    )?)
}

/// Marks a contractor as told. `false`: they were already, or have made contact.
pub async fn note_reminder(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Outcome<bool> {
    let changed = execute!(
        conn,
        "update lead_assignments set remind_at = null
         where id = $1 and ended_at is null and remind_at is not null and status = 'assigned' and remind_at <= $2",
        id,
        now,
    )?;
    Ok(changed == 1)
}

/// Assignments whose deadline passed by `at` without first contact, and nobody has noticed: the lead of each.
pub async fn list_overdue(conn: &mut Conn, at: DateTime<Utc>, limit: i64) -> Outcome<Vec<Id>> {
    let rows = fetch_all!(
        conn,
        (Id,),
        "select lead_id from lead_assignments
         where ended_at is null and overdue_noticed_at is null and status = 'assigned' and response_deadline <= $1
         order by response_deadline limit $2",
        at,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Marks a deadline that passed by `at` as noticed. `false`: it was already, or is not missed, or contact was made.
pub async fn notice_overdue(conn: &mut Conn, id: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> Outcome<bool> {
    let changed = execute!(
        conn,
        "update lead_assignments set overdue_noticed_at = $2
         where id = $1 and ended_at is null and overdue_noticed_at is null and status = 'assigned' and response_deadline <= $3",
        id,
        now,
        at,
    )?;
    Ok(changed == 1)
}

/// Who has or had this lead or one of its duplicates; `first` is the id of the first of them.
pub async fn list_contractors_of_request(conn: &mut Conn, first: &str) -> Outcome<Vec<Id>> {
    let sql = "select contractor_id from lead_assignments
               where lead_id in (select id from leads where id = $1 union all select id from leads where duplicate_of = $1)";
    Ok(fetch_all!(conn, (Id,), sql, first)?.into_iter().map(|(id,)| id).collect())
}

/// Leads of assignments that have counted as work to do since before `before`.
pub async fn list_stale(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> Outcome<Vec<Id>> {
    let sql = "select lead_id from lead_assignments where is_open and assigned_at < $1 order by assigned_at limit $2";
    Ok(fetch_all!(conn, (Id,), sql, before, limit)?.into_iter().map(|(id,)| id).collect())
}

/// The assignment now is of another lead, with which its own was merged.
pub async fn move_to(conn: &mut Conn, id: &str, lead_id: &str) -> Outcome<()> {
    execute!(conn, "update lead_assignments set lead_id = $2 where id = $1", id, lead_id)?;
    Ok(())
}
