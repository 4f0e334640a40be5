//! The table `payments`.

use crate::payments::{PaymentStatus, PaymentView};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Money, Outcome, Page};
use platform::{Conn, execute, fetch_all, fetch_optional, fetch_scalar};

/// A contractor's address.
pub async fn find_email(conn: &mut Conn, contractor_id: &str) -> Outcome<Option<String>> {
    let sql = "select email from contractors where id = $1";
    Ok(fetch_optional!(conn, (String,), sql, contractor_id)?.map(|(email,)| email))
}

#[derive(Debug, sqlx::FromRow)]
struct PaymentRow {
    id: Id,
    contractor_id: Id,
    record_ids: String,
    amount_cents: Money,
    status: PaymentStatus,
    checkout_url: Option<String>,
    provider_id: Option<String>,
    error: Option<String>,
    card_id: Option<String>,
    saves_card: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<PaymentRow> for PaymentView {
    fn from(row: PaymentRow) -> PaymentView {
        PaymentView {
            id: row.id,
            contractor_id: row.contractor_id,
            record_ids: row.record_ids.split(',').map(Into::into).collect(),
            amount: row.amount_cents,
            status: row.status,
            checkout_url: row.checkout_url,
            provider_id: row.provider_id,
            error: row.error,
            card_id: row.card_id,
            saves_card: row.saves_card,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

macro_rules! select {
    () => {
        "select id, contractor_id, record_ids, amount_cents, status, checkout_url, provider_id, error, card_id, saves_card, created_at,
           updated_at from payments"
    };
}

/// Keeps a new payment.
pub async fn insert(conn: &mut Conn, new: &PaymentView) -> Outcome<()> {
    execute!(
        conn,
        "insert into payments (id, contractor_id, record_ids, amount_cents, status, created_at, updated_at, card_id, saves_card)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
        new.id.as_str(),
        new.contractor_id.as_str(),
        new.record_ids.join(","),
        new.amount.0,
        new.status,
        new.created_at,
        new.card_id.as_deref(),
        new.saves_card,
    )?;
    Ok(())
}

/// A payment by its id.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<PaymentView>> {
    Ok(fetch_optional!(conn, PaymentRow, concat!(select!(), " where id = $1"), id)?.map(Into::into))
}

/// The payment of exactly the same records in the same way that was started since `since`.
pub async fn find_open(conn: &mut Conn, like: &PaymentView, since: DateTime<Utc>) -> Outcome<Option<PaymentView>> {
    let sql = concat!(
        select!(),
        " where contractor_id = $1 and created_at > $2 and record_ids = $3 and amount_cents = $4 and status = 'started'
            and coalesce(card_id, '') = $5 and saves_card = $6
          order by created_at desc limit 1"
    );
    let (records, card) = (like.record_ids.join(","), like.card_id.as_deref().unwrap_or_default());
    let found = fetch_optional!(conn, PaymentRow, sql, like.contractor_id.as_str(), since, records, like.amount.0, card, like.saves_card)?;
    Ok(found.map(Into::into))
}

/// A payment that may still be made.
#[derive(Debug, sqlx::FromRow)]
pub struct Open {
    pub id: Id,
    /// With commas between.
    pub record_ids: String,
    pub session_id: Option<String>,
}

/// A contractor's payments that may still be made.
pub async fn list_open(conn: &mut Conn, contractor_id: &str) -> Outcome<Vec<Open>> {
    let sql = "select id, record_ids, session_id from payments where contractor_id = $1 and status = 'started' order by id";
    Ok(fetch_all!(conn, Open, sql, contractor_id)?)
}

/// Ends a payment that was not made.
pub async fn close(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Outcome<()> {
    execute!(conn, "update payments set status = 'expired', updated_at = $2 where id = $1 and status = 'started'", id, now)?;
    Ok(())
}

/// The payment that the provider tells of, by its own id of it or by ours, locked until the transaction ends.
pub async fn lock_told(conn: &mut Conn, id: Option<&str>, provider_id: &str) -> Outcome<Option<PaymentView>> {
    // The one that carries the provider's id first.
    let sql = if conn.is_postgres() {
        concat!(select!(), " where provider_id = $1 or id = $2 order by provider_id nulls last limit 1 for update")
    } else {
        concat!(select!(), " where provider_id = $1 or id = $2 order by provider_id nulls last limit 1")
    };
    Ok(fetch_optional!(conn, PaymentRow, sql, provider_id, id)?.map(Into::into))
}

/// Keeps the page where it is paid.
pub async fn update_session(conn: &mut Conn, id: &str, session_id: &str, url: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "update payments set session_id = $2, checkout_url = $3, updated_at = $4 where id = $1";
    execute!(conn, sql, id, session_id, url, now)?;
    Ok(())
}

/// Ends a payment whose page could not be made, unless another request has made it meanwhile.
pub async fn fail_unopened(conn: &mut Conn, id: &str, error: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "update payments set status = 'failed', error = $2, updated_at = $3
         where id = $1 and status = 'started' and checkout_url is null";
    execute!(conn, sql, id, error, now)?;
    Ok(())
}

/// Keeps how it ended, by the provider's id of it.
pub async fn update_status(
    conn: &mut Conn,
    id: &str,
    status: PaymentStatus,
    provider_id: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let sql = "update payments set status = $2, provider_id = $3, error = $4, updated_at = $5 where id = $1";
    execute!(conn, sql, id, status, provider_id, error, now)?;
    Ok(())
}

/// How a payment provider knows a contractor: its id of them, and the card that is offered first.
pub async fn find_customer(conn: &mut Conn, contractor_id: &str, provider: &str) -> Outcome<Option<(String, Option<String>)>> {
    let sql = "select customer_id, default_card from payment_customers where contractor_id = $1 and provider = $2";
    Ok(fetch_optional!(conn, (String, Option<String>), sql, contractor_id, provider)?)
}

/// Keeps the provider's id of a contractor; the first one stays.
pub async fn insert_customer(conn: &mut Conn, contractor_id: &str, provider: &str, customer_id: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "insert into payment_customers (contractor_id, provider, customer_id, created_at) values ($1, $2, $3, $4)
               on conflict do nothing";
    execute!(conn, sql, contractor_id, provider, customer_id, now)?;
    Ok(())
}

/// Keeps which card is offered first.
pub async fn update_default_card(conn: &mut Conn, contractor_id: &str, provider: &str, card_id: Option<&str>) -> Outcome<()> {
    let sql = "update payment_customers set default_card = $3 where contractor_id = $1 and provider = $2";
    execute!(conn, sql, contractor_id, provider, card_id)?;
    Ok(())
}

pub(super) const LIST: &str = concat!(select!(), " where contractor_id = $1 order by created_at desc, id desc limit $2 offset $3");

/// A contractor's payments, newest first.
pub async fn list(conn: &mut Conn, contractor_id: &str, page: Page) -> Outcome<Listed<PaymentView>> {
    let total = fetch_scalar!(conn, i64, "select count(*) from payments where contractor_id = $1", contractor_id)?;
    let rows = fetch_all!(conn, PaymentRow, LIST, contractor_id, page.limit, page.offset)?;
    Ok(Listed { items: rows.into_iter().map(Into::into).collect(), total })
}

/// Ends the payments that were started before `before` and never tried.
pub async fn expire(conn: &mut Conn, before: DateTime<Utc>, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "update payments set status = 'expired', updated_at = $2 where status = 'started' and created_at < $1";
    execute!(conn, sql, before, now)?;
    Ok(())
}
