//! The tables `ledger_entries`, `ledger_lines` and `ledger_balances`. Entries and lines are only ever added:
//! there is no function that changes or deletes one.

use crate::ledger::{Account, Balance, NewEntry};
use crate::store::leads::day;
use chrono::{DateTime, Utc};
use kernel::{Money, Outcome};
use platform::{Conn, execute, fetch_one};

/// An entry without its lines. `false`: one with its kind, reference and record is there already.
pub async fn insert(conn: &mut Conn, id: &str, new: &NewEntry<'_>) -> Outcome<bool> {
    let inserted = execute!(
        conn,
        "insert into ledger_entries (id, kind, contractor_id, billing_record_id, reference, memo, at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        id,
        new.kind.as_str(),
        new.contractor_id,
        new.billing_record_id,
        new.reference,
        new.memo,
        new.at,
    )?;
    Ok(inserted == 1)
}

/// One side of an entry.
pub async fn insert_line(conn: &mut Conn, entry_id: &str, account: Account, amount: Money, at: DateTime<Utc>) -> Outcome<()> {
    execute!(
        conn,
        "insert into ledger_lines (entry_id, account, amount_cents, day) values ($1, $2, $3, $4)",
        entry_id,
        account.as_str(),
        amount.0,
        day(at),
    )?;
    Ok(())
}

/// Moves the kept sum of a contractor's lines.
pub async fn add_to_balance(conn: &mut Conn, contractor_id: &str, account: Account, amount: Money) -> Outcome<()> {
    execute!(
        conn,
        "insert into ledger_balances (contractor_id, account, cents) values ($1, $2, $3)
         on conflict (contractor_id, account) do update set cents = ledger_balances.cents + excluded.cents",
        contractor_id,
        account.as_str(),
        amount.0,
    )?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
struct BalanceRow {
    receivable: Money,
    billed: Money,
    received: Money,
}

/// What a contractor's account comes to; zero before the first entry.
pub async fn find_balance(conn: &mut Conn, contractor_id: &str) -> Outcome<Balance> {
    let row = fetch_one!(
        conn,
        BalanceRow,
        "select coalesce(cast(sum(case when account = 'receivable' then cents end) as bigint), 0) as receivable,
           coalesce(cast(sum(case when account in ('revenue', 'credits') then -cents end) as bigint), 0) as billed,
           coalesce(cast(sum(case when account = 'cash' then cents end) as bigint), 0) as received
         from ledger_balances where contractor_id = $1",
        contractor_id,
    )?;
    Ok(Balance { receivable: row.receivable, billed: row.billed, received: row.received })
}

/// As `find_balance`, and nobody else posts to the contractor's account until the transaction ends: every entry
/// begins with its receivable.
pub async fn lock_balance(conn: &mut Conn, contractor_id: &str) -> Outcome<Balance> {
    if conn.is_postgres() {
        execute!(
            conn,
            "select cents from ledger_balances where contractor_id = $1 and account = $2 for update",
            contractor_id,
            Account::Receivable.as_str()
        )?;
    }
    find_balance(conn, contractor_id).await
}
