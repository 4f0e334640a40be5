//! Requests that carry an `Idempotency-Key`: the first is carried out, its repetitions get the same
//! answer for a day (decision 9).
//!
//! A request reserves its key by a lease, so that a process that dies blocks nobody for long. What a
//! reservation makes can carry its id (unique), so that a second run after a crash finds it.

use crate::{Ctx, execute, fetch_one};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Outcome};

/// How long an answer is kept.
pub const KEEP: Duration = Duration::hours(24);
/// How long a request may run before another may take its key: longer than any request takes.
pub const LEASE: Duration = Duration::seconds(60);

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Carry it out under this id; a repetition after a crash gets the same id.
    Mine(Id),
    /// It was carried out, and this was answered.
    Answered { status: i64, body: String },
    /// It is being carried out.
    Running,
    /// The key stands for another request.
    OtherRequest,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id,
    request_hash: String,
    status: Option<i64>,
    body: Option<String>,
    leased_until: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// Reserves a caller's key for a request. Of several at once one gets it.
pub async fn reserve(ctx: &Ctx, caller: &str, key: &str, request_hash: &str) -> Outcome<Reserved> {
    let now = ctx.now();
    let id = ctx.new_id();
    let mut tx = ctx.begin().await?;
    let inserted = execute!(
        tx,
        "insert into idempotency_keys (id, caller, key, request_hash, leased_until, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (caller, key) do nothing",
        id.as_str(),
        caller,
        key,
        request_hash,
        now + LEASE,
        now,
    )?;
    if inserted == 1 {
        tx.commit().await?;
        return Ok(Reserved::Mine(id));
    }
    let sql = if tx.is_postgres() {
        "select id, request_hash, status, body, leased_until, created_at from idempotency_keys where caller = $1 and key = $2 for update"
    } else {
        "select id, request_hash, status, body, leased_until, created_at from idempotency_keys where caller = $1 and key = $2"
    };
    let row = fetch_one!(tx, Row, sql, caller, key)?;
    if row.created_at + KEEP <= now {
        execute!(
            tx,
            "update idempotency_keys set id = $2, request_hash = $3, status = null, body = null, leased_until = $4, created_at = $5 where id = $1",
            row.id,
            id.as_str(),
            request_hash,
            now + LEASE,
            now,
        )?;
        tx.commit().await?;
        return Ok(Reserved::Mine(id));
    }
    if row.request_hash != request_hash {
        return Ok(Reserved::OtherRequest);
    }
    if let Some(status) = row.status {
        return Ok(Reserved::Answered { status, body: row.body.unwrap_or_default() });
    }
    if row.leased_until > now {
        return Ok(Reserved::Running);
    }
    execute!(tx, "update idempotency_keys set leased_until = $2 where id = $1", row.id.as_str(), now + LEASE)?;
    tx.commit().await?;
    Ok(Reserved::Mine(row.id))
}

/// Keeps the answer of a reservation.
pub async fn answer(ctx: &Ctx, id: &str, status: i64, body: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "update idempotency_keys set status = $2, body = $3 where id = $1", id, status, body)?;
    tx.commit().await
}

/// Gives a reservation up: the request may be tried again. What it made keeps its id, so the key's row keeps it too.
pub async fn release(ctx: &Ctx, id: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "update idempotency_keys set leased_until = $2 where id = $1", id, ctx.now())?;
    tx.commit().await
}

/// Deletes what has been kept for long enough; the schedule runs it each hour.
pub(crate) async fn delete_old(ctx: &Ctx) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "delete from idempotency_keys where created_at < $1", ctx.now() - KEEP)?;
    tx.commit().await
}
