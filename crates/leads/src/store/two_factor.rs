//! The tables `two_factor` and `recovery_codes`.

use chrono::{DateTime, Utc};
use kernel::Outcome;
use platform::{Conn, execute, fetch_optional, fetch_scalar, insert_rows};

/// An account's two-factor sign-in.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    pub sealed: String,
    /// Without it, it is being set up.
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// An account's two-factor sign-in, on or being set up.
pub async fn find(conn: &mut Conn, account_id: &str) -> Outcome<Option<Row>> {
    Ok(fetch_optional!(conn, Row, "select sealed, confirmed_at from two_factor where account_id = $1", account_id)?)
}

/// Begins to set it up; what there is stays.
pub async fn insert(conn: &mut Conn, account_id: &str, sealed: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "insert into two_factor (account_id, sealed, last_step, created_at) values ($1, $2, 0, $3) on conflict do nothing";
    execute!(conn, sql, account_id, sealed, now)?;
    Ok(())
}

/// Switches on what was set up; `false` when it is on already, or there is nothing.
pub async fn confirm(conn: &mut Conn, account_id: &str, sealed: &str, now: DateTime<Utc>) -> Outcome<bool> {
    let sql = "update two_factor set sealed = $2, confirmed_at = $3 where account_id = $1 and confirmed_at is null";
    Ok(execute!(conn, sql, account_id, sealed, now)? == 1)
}

/// Uses the code of a step; `false` when it, or a later one, was used before.
pub async fn use_step(conn: &mut Conn, account_id: &str, step: i64) -> Outcome<bool> {
    Ok(execute!(conn, "update two_factor set last_step = $2 where account_id = $1 and last_step < $2", account_id, step)? == 1)
}

/// Ends a set-up that was not confirmed.
pub async fn delete_unconfirmed(conn: &mut Conn, account_id: &str) -> Outcome<()> {
    execute!(conn, "delete from two_factor where account_id = $1 and confirmed_at is null", account_id)?;
    Ok(())
}

/// Switches it off; `false` when there is none.
pub async fn delete(conn: &mut Conn, account_id: &str) -> Outcome<bool> {
    execute!(conn, "delete from recovery_codes where account_id = $1", account_id)?;
    Ok(execute!(conn, "delete from two_factor where account_id = $1", account_id)? == 1)
}

/// Keeps the recovery codes.
pub async fn insert_recovery_codes(conn: &mut Conn, account_id: &str, hashes: &[String]) -> Outcome<()> {
    insert_rows!(conn, "insert into recovery_codes (code_hash, account_id) ", hashes, |row, hash| {
        row.push_bind(hash.as_str()).push_bind(account_id);
    })?;
    Ok(())
}

/// Uses a recovery code; `false` when it is none of this account's.
pub async fn use_recovery_code(conn: &mut Conn, account_id: &str, hash: &str) -> Outcome<bool> {
    Ok(execute!(conn, "delete from recovery_codes where code_hash = $1 and account_id = $2", hash, account_id)? == 1)
}

/// How many recovery codes are left.
pub async fn count_recovery_codes(conn: &mut Conn, account_id: &str) -> Outcome<i64> {
    Ok(fetch_scalar!(conn, i64, "select count(*) from recovery_codes where account_id = $1", account_id)?)
}
