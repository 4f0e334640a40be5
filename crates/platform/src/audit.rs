//! Who changed what by hand, and what looked like an attack.

use crate::auth::Caller;
use crate::{Conn, Ctx, Tx, execute, fetch_all};
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use serde::Serialize;

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct Entry {
    pub id: Id,
    pub actor: String,
    pub action: String,
    pub subject_id: Id,
    #[sqlx(json)]
    pub detail: serde_json::Value,
    pub at: DateTime<Utc>,
}

/// Records an action in the transaction of its change.
pub async fn record(ctx: &Ctx, tx: &mut Tx, caller: &Caller, action: &str, subject_id: &str, detail: serde_json::Value) -> Outcome<()> {
    execute!(
        tx,
        "insert into audit_log (id, actor, action, subject_id, detail, at) values ($1, $2, $3, $4, $5, $6)",
        ctx.new_id(),
        caller.person(),
        action,
        subject_id,
        sqlx::types::Json(&detail),
        ctx.now(),
    )?;
    Ok(())
}

/// What was done to one subject, oldest first.
pub async fn list_of_subject(conn: &mut Conn, subject_id: &str) -> Outcome<Vec<Entry>> {
    Ok(fetch_all!(
        conn,
        Entry,
        "select id, actor, action, subject_id, detail, at from audit_log where subject_id = $1 order by at, id limit 500",
        subject_id,
    )?)
}

/// The latest actions, newest first.
pub async fn list_latest(conn: &mut Conn, limit: i64) -> Outcome<Vec<Entry>> {
    Ok(fetch_all!(
        conn,
        Entry,
        "select id, actor, action, subject_id, detail, at from audit_log order by at desc, id desc limit $1",
        limit
    )?)
}

/// Records what an administrator should know about (seed 000, Twilio Call Status: "Security events logged to database").
pub async fn security_event(ctx: &Ctx, kind: &str, detail: &str, address: Option<&str>) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(
        tx,
        "insert into security_events (id, kind, detail, address, created_at) values ($1, $2, $3, $4, $5)",
        ctx.new_id(),
        kind,
        detail,
        address,
        ctx.now(),
    )?;
    tx.commit().await
}
