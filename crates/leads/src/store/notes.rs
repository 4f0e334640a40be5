//! The table `lead_notes`.

use crate::notes::NoteView;
use chrono::{DateTime, Utc};
use kernel::Outcome;
use platform::{Conn, execute, fetch_all};

/// A new note.
pub async fn insert(conn: &mut Conn, id: &str, lead_id: &str, contractor_id: &str, body: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "insert into lead_notes (id, lead_id, contractor_id, body, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)";
    execute!(conn, sql, id, lead_id, contractor_id, body, now)?;
    Ok(())
}

/// Changes a contractor's note. `false`: there is no such.
pub async fn update(conn: &mut Conn, id: &str, lead_id: &str, contractor_id: &str, body: &str, now: DateTime<Utc>) -> Outcome<bool> {
    let sql = "update lead_notes set body = $4, updated_at = $5 where id = $1 and lead_id = $2 and contractor_id = $3";
    Ok(execute!(conn, sql, id, lead_id, contractor_id, body, now)? == 1)
}

/// Removes a contractor's note. `false`: there is no such.
pub async fn delete(conn: &mut Conn, id: &str, lead_id: &str, contractor_id: &str) -> Outcome<bool> {
    let sql = "delete from lead_notes where id = $1 and lead_id = $2 and contractor_id = $3";
    Ok(execute!(conn, sql, id, lead_id, contractor_id)? == 1)
}

pub(super) const LIST: &str = "select n.id, c.business_name, n.body, n.created_at, n.updated_at
     from lead_notes n join contractors c on c.id = n.contractor_id
     where n.lead_id = $1 and n.contractor_id = coalesce($2, n.contractor_id) order by n.created_at desc, n.id desc limit 200";

/// A lead's notes, the newest first; only one contractor's when it is named.
pub async fn list(conn: &mut Conn, lead_id: &str, contractor_id: Option<&str>) -> Outcome<Vec<NoteView>> {
    Ok(fetch_all!(conn, NoteView, LIST, lead_id, contractor_id)?)
}

/// All notes of a lead go to another.
pub async fn move_to(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    execute!(conn, "update lead_notes set lead_id = $2 where lead_id = $1", from, to)?;
    Ok(())
}
