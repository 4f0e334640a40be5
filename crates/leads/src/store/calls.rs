//! The table `call_logs`.

use super::containing;
use crate::calls::{CallSort, CallStatus, UnmatchedFilter};
use crate::find::phone_start;
use crate::views::CallView;
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Outcome};
use platform::{Conn, Where, execute, fetch_all, fetch_all_where, fetch_optional, fetch_scalar_where};

/// A call as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CallRow {
    pub id: Id,
    pub call_sid: String,
    pub lead_id: Option<Id>,
    pub contractor_id: Option<Id>,
    pub from_phone: String,
    pub to_phone: String,
    pub status: CallStatus,
    pub duration_seconds: Option<i64>,
    pub direction: Option<String>,
    pub recording_url: Option<String>,
    pub recording_sid: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl From<CallRow> for CallView {
    fn from(row: CallRow) -> CallView {
        CallView {
            id: row.id,
            call_sid: row.call_sid,
            from: row.from_phone,
            to: row.to_phone,
            status: row.status,
            duration_seconds: row.duration_seconds,
            direction: row.direction,
            recording_url: row.recording_url,
            answered_at: row.answered_at,
            created_at: row.created_at,
        }
    }
}

/// Makes the call known, once per `call_sid`. `true`: it is new.
pub async fn insert(
    conn: &mut Conn,
    id: &str,
    call_sid: &str,
    from: &str,
    to: &str,
    status: CallStatus,
    now: DateTime<Utc>,
) -> Outcome<bool> {
    let inserted = execute!(
        conn,
        "insert into call_logs (id, call_sid, from_phone, to_phone, status, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (call_sid) do nothing",
        id,
        call_sid,
        from,
        to,
        status.as_str(),
        now,
    )?;
    Ok(inserted == 1)
}

macro_rules! select {
    () => {
        "select id, call_sid, lead_id, contractor_id, from_phone, to_phone, status, duration_seconds, direction, recording_url, recording_sid,
           answered_at, created_at from call_logs"
    };
}

/// A call by the provider's id.
pub async fn find(conn: &mut Conn, call_sid: &str) -> Outcome<Option<CallRow>> {
    Ok(fetch_optional!(conn, CallRow, concat!(select!(), " where call_sid = $1"), call_sid)?)
}

/// Locks a call until the transaction ends.
pub async fn lock(conn: &mut Conn, call_sid: &str) -> Outcome<Option<CallRow>> {
    if conn.is_postgres() {
        return Ok(fetch_optional!(conn, CallRow, concat!(select!(), " where call_sid = $1 for update"), call_sid)?);
    }
    find(conn, call_sid).await
}

/// Writes back what a callback changed.
pub async fn update(conn: &mut Conn, call: &CallRow, now: DateTime<Utc>) -> Outcome<()> {
    execute!(
        conn,
        "update call_logs set lead_id = $2, contractor_id = $3, status = $4, duration_seconds = $5, direction = $6, recording_url = $7,
           recording_sid = $8, answered_at = $9, updated_at = $10 where id = $1",
        call.id.as_str(),
        call.lead_id.as_deref(),
        call.contractor_id.as_deref(),
        call.status.as_str(),
        call.duration_seconds,
        call.direction.as_deref(),
        call.recording_url.as_deref(),
        call.recording_sid.as_deref(),
        call.answered_at,
        now,
    )?;
    Ok(())
}

/// The latest lead between this customer and this contractor, whichever of them called (decision 26).
pub async fn find_lead_by_phones(conn: &mut Conn, from: &str, to: &str) -> Outcome<Option<Id>> {
    let sql = "select l.id from leads l
         join lead_assignments a on a.lead_id = l.id and a.ended_at is null
         join contractors c on c.id = a.contractor_id
         where l.customer_phone in ($1, $2) and c.phone in ($1, $2) and c.phone <> l.customer_phone
         order by l.created_at desc, l.id desc limit 1";
    Ok(fetch_optional!(conn, (Id,), sql, from, to)?.map(|(id,)| id))
}

pub(super) const OF_LEAD: &str =
    concat!(select!(), " where lead_id = $1 and contractor_id = coalesce($2, contractor_id) order by created_at desc, id desc limit 100");

/// A lead's calls, newest first; only one contractor's when it is named.
pub async fn list_of_lead(conn: &mut Conn, lead_id: &str, contractor_id: Option<&str>) -> Outcome<Vec<CallView>> {
    let rows = fetch_all!(conn, CallRow, OF_LEAD, lead_id, contractor_id)?;
    Ok(rows.into_iter().map(CallView::from).collect())
}

/// Without a lead, and from or to a number that holds the figures, or the words of what is no number.
pub(super) fn unmatched(q: Option<&str>) -> Where {
    let part = |q: &str| phone_start(q).map_or_else(|| containing(q), |start| containing(start.trim_start_matches("+1")));
    let mut only = Where::default();
    only.and_fixed("lead_id is null").and_some(
        "(lower(from_phone) like ? escape '\\' or lower(to_phone) like ? escape '\\')",
        q.map(str::trim).filter(|q| !q.is_empty()).map(part),
    );
    only
}

pub(super) fn unmatched_query(only: &mut Where, filter: &UnmatchedFilter) -> String {
    // No call here has a lead; that it is named lets Postgres, too, read the index in its order.
    let order = match (filter.order.by, filter.order.ascending) {
        (CallSort::When, false) => "created_at desc, id desc",
        (CallSort::When, true) => "created_at, id",
        (CallSort::Length, false) => "lead_id desc, coalesce(duration_seconds, 0) desc, created_at desc, id desc",
        (CallSort::Length, true) => "lead_id, coalesce(duration_seconds, 0), created_at, id",
    };
    format!(concat!(select!(), "{} order by {}"), only.clause(), order) + &only.page(filter.page)
}

/// Calls that belong to no lead, in the filter's order.
pub async fn list_unmatched(conn: &mut Conn, filter: &UnmatchedFilter) -> Outcome<Listed<CallView>> {
    let mut only = unmatched(filter.q.as_deref());
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from call_logs{}", only.clause()), &only.values)?;
    let sql = unmatched_query(&mut only, filter);
    let rows = fetch_all_where!(conn, CallRow, sql, &only.values)?;
    Ok(Listed { items: rows.into_iter().map(CallView::from).collect(), total })
}

/// Locks the calls of these two leads, before the leads themselves.
pub async fn lock_of_leads(conn: &mut Conn, one: &str, other: &str) -> Outcome<()> {
    if conn.is_postgres() {
        execute!(conn, "select id from call_logs where lead_id in ($1, $2) order by id for update", one, other)?;
    }
    Ok(())
}

/// A merged lead's calls go with it.
pub async fn move_to(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    execute!(conn, "update call_logs set lead_id = $2 where lead_id = $1", from, to)?;
    Ok(())
}
