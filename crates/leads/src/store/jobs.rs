//! The table `jobs`, as the demo fills it: the queue writes its own.

use chrono::{DateTime, Utc};
use kernel::Outcome;
use platform::{Conn, Job, execute};

/// A job that was tried as often as it may be, and when it was tried last.
pub async fn insert_dead<J: Job>(
    conn: &mut Conn,
    id: &str,
    job: &J,
    error: &str,
    created_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
) -> Outcome<()> {
    let payload = serde_json::to_value(job)?;
    execute!(
        conn,
        "insert into jobs (id, kind, payload, status, run_at, attempts, max_attempts, last_error, created_at)
         values ($1, $2, $3, 'dead', $4, $5, $5, $6, $7)",
        id,
        J::KIND,
        sqlx::types::Json(&payload),
        ended_at,
        J::MAX_ATTEMPTS,
        error,
        created_at,
    )?;
    Ok(())
}
