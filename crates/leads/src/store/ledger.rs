//! The tables `ledger_entries`, `ledger_lines` and `ledger_balances`. Entries and lines are only ever added:
//! there is no function that changes or deletes one.

use crate::billing::Debtor;
use crate::find::invoice_start;
use crate::ledger::{Account, AccountSum, Balance, EntryFilter, EntryKind, EntryView, NewEntry, RecordEntry, StatementLine};
use crate::store::leads::day;
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Money, Outcome, Page};
use platform::{Conn, Where, execute, fetch_all, fetch_all_where, fetch_one, fetch_scalar, fetch_scalar_where};

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

// Not `join`: SQLite would read every line of the account, and look for the charge among them.
pub(super) const OF_RECORD: &str = "select e.kind, e.at, l.amount_cents from ledger_entries e cross join ledger_lines l
     where e.billing_record_id = $1 and l.entry_id = e.id and l.account = 'receivable' order by e.at, e.id";

/// What happened to one charge, oldest first.
pub async fn list_of_record(conn: &mut Conn, record_id: &str) -> Outcome<Vec<RecordEntry>> {
    let rows = fetch_all!(conn, (EntryKind, DateTime<Utc>, Money), OF_RECORD, record_id)?;
    Ok(rows.into_iter().map(|(kind, at, owed)| RecordEntry { kind, at, owed }).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct EntryRow {
    id: Id,
    kind: EntryKind,
    reference: Option<String>,
    memo: String,
    at: DateTime<Utc>,
    receivable: Money,
    revenue: Money,
    credits: Money,
    cash: Money,
    contractor_id: Id,
    business_name: String,
    email: String,
    lead_id: Option<Id>,
    customer_first_name: Option<String>,
    customer_last_name: Option<String>,
    invoice_number: Option<String>,
    /// What was owed afterwards, in a contractor's account.
    balance: Money,
}

impl From<EntryRow> for EntryView {
    fn from(row: EntryRow) -> EntryView {
        let lines = [
            (Account::Receivable, row.receivable),
            (Account::Revenue, row.revenue),
            (Account::Credits, row.credits),
            (Account::Cash, row.cash),
        ];
        EntryView {
            id: row.id,
            kind: row.kind,
            contractor: Debtor { id: row.contractor_id, business_name: row.business_name, email: row.email },
            lead_id: row.lead_id,
            customer_name: row.customer_first_name.zip(row.customer_last_name).map(|(first, last)| format!("{first} {last}")),
            invoice_number: row.invoice_number,
            reference: row.reference,
            memo: row.memo,
            at: row.at,
            lines: lines.into_iter().filter(|(_, amount)| *amount != Money::ZERO).collect(),
        }
    }
}

/// An entry with both its sides in one row; `$balance` is the column of that name.
macro_rules! entries {
    ($balance:literal) => {
        concat!(
            "select e.id, e.kind, e.reference, e.memo, e.at,
               coalesce((select l.amount_cents from ledger_lines l where l.entry_id = e.id and l.account = 'receivable'), 0) as receivable,
               coalesce((select l.amount_cents from ledger_lines l where l.entry_id = e.id and l.account = 'revenue'), 0) as revenue,
               coalesce((select l.amount_cents from ledger_lines l where l.entry_id = e.id and l.account = 'credits'), 0) as credits,
               coalesce((select l.amount_cents from ledger_lines l where l.entry_id = e.id and l.account = 'cash'), 0) as cash,
               c.id as contractor_id, c.business_name, c.email, b.lead_id, d.customer_first_name, d.customer_last_name, b.invoice_number, ",
            $balance,
            " as balance
             from ledger_entries e join contractors c on c.id = e.contractor_id left join billing_records b on b.id = e.billing_record_id
               left join leads d on d.id = b.lead_id"
        )
    };
}

pub(super) fn wanted(filter: &EntryFilter) -> Where {
    let mut only = Where::default();
    only.and_some("e.contractor_id = ?", filter.contractor_id.as_deref())
        .and_some("e.kind = ?", filter.kind.map(EntryKind::as_str))
        .and_some("e.at >= ?", filter.start_date)
        .and_some("e.at < ?", filter.end_date);
    let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) else { return only };
    if let Some(number) = invoice_start(q) {
        let sql = "e.billing_record_id in (select b.id from billing_records b where b.invoice_number >= ? and b.invoice_number < ?)";
        // Figures come before letters in every collation.
        let end = format!("{number}a");
        only.and_both(sql, number, end);
    } else {
        only.and(
            concat!(
                "e.id in (select x.id from ledger_entries x where x.contractor_id in (",
                contractors_called!(),
                ") union select x.id from ledger_entries x where x.billing_record_id in (",
                "select b.id from billing_records b where b.lead_id in (",
                leads_called!(),
                ")))"
            ),
            q.to_lowercase(),
        );
    }
    only
}

pub(super) fn page_query(only: &mut Where, oldest_first: bool, page: Page) -> String {
    let order = if oldest_first { "e.at, e.id" } else { "e.at desc, e.id desc" };
    format!(concat!(entries!("cast(0 as bigint)"), "{} order by {}"), only.clause(), order) + &only.page(page)
}

/// A page of entries in the filter's order, and how many there are.
pub async fn list(conn: &mut Conn, filter: &EntryFilter) -> Outcome<Listed<EntryView>> {
    let mut only = wanted(filter);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from ledger_entries e{}", only.clause()), &only.values)?;
    let sql = page_query(&mut only, filter.oldest_first, filter.page);
    let rows = fetch_all_where!(conn, EntryRow, sql, &only.values)?;
    Ok(Listed { items: rows.into_iter().map(EntryView::from).collect(), total })
}

/// The entries that come after one in a list, or the first: for exports, which read them part by part.
pub async fn list_after(conn: &mut Conn, filter: &EntryFilter, after: Option<(DateTime<Utc>, Id)>, limit: i64) -> Outcome<Vec<EntryView>> {
    let mut only = wanted(filter);
    if let Some((at, id)) = after {
        only.and_both("(e.at, e.id) < (?, ?)", at, id);
    }
    let sql = page_query(&mut only, false, Page { limit, offset: 0 });
    Ok(fetch_all_where!(conn, EntryRow, sql, &only.values)?.into_iter().map(EntryView::from).collect())
}

/// What every account comes to.
pub async fn sum_accounts(conn: &mut Conn) -> Outcome<Vec<AccountSum>> {
    let sql = "select account, coalesce(cast(sum(case when amount_cents > 0 then amount_cents end) as bigint), 0),
                 coalesce(cast(sum(case when amount_cents < 0 then -amount_cents end) as bigint), 0)
               from ledger_lines group by account";
    let sums = fetch_all!(conn, (Account, Money, Money), sql)?;
    let sum_of = |account: &Account| {
        let (_, debits, credits) = sums.iter().find(|(a, ..)| a == account).copied().unwrap_or((*account, Money::ZERO, Money::ZERO));
        AccountSum { account: *account, debits, credits }
    };
    Ok(Account::ALL.iter().map(sum_of).collect())
}

pub(super) const STATEMENT: &str = concat!(
    "with balances as materialized (
       select x.id as entry_id, cast(sum(l.amount_cents) over (order by x.at, x.id) as bigint) as balance
       from ledger_entries x join ledger_lines l on l.entry_id = x.id and l.account = 'receivable' where x.contractor_id = $1
     ) ",
    entries!("coalesce((select balances.balance from balances where balances.entry_id = e.id), 0)"),
    " where e.contractor_id = $1 order by e.at desc, e.id desc limit $2 offset $3"
);

/// A contractor's account with what was owed after each entry, newest first.
pub async fn list_statement(conn: &mut Conn, contractor_id: &str, page: Page) -> Outcome<Listed<StatementLine>> {
    let total = fetch_scalar!(conn, i64, "select count(*) from ledger_entries where contractor_id = $1", contractor_id)?;
    let rows = fetch_all!(conn, EntryRow, STATEMENT, contractor_id, page.limit, page.offset)?;
    let line = |row: EntryRow| StatementLine { amount: row.receivable, balance: row.balance, entry: row.into() };
    Ok(Listed { items: rows.into_iter().map(line).collect(), total })
}
