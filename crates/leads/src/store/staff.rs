//! The table `staff`.

use crate::staff::{StaffSort, StaffView};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Order, Outcome, Page, StaffRole};
use platform::auth::{Claims, Staff};
use platform::{Conn, Where, execute, fetch_all_where, fetch_optional, fetch_scalar};

/// What signing in needs to know.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub role: StaffRole,
    pub password_hash: Option<String>,
    pub password_changed_at: Option<DateTime<Utc>>,
    pub deactivated_at: Option<DateTime<Utc>>,
}

impl Account {
    pub fn staff(&self) -> Staff {
        Staff { id: self.id.clone(), name: self.name.clone(), email: self.email.clone(), role: self.role }
    }
}

macro_rules! account {
    ($more:literal) => {
        concat!("select id, name, email, role, password_hash, password_changed_at, deactivated_at", $more, " from staff")
    };
}

/// An account by its address, which is kept in lower case.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Outcome<Option<Account>> {
    Ok(fetch_optional!(conn, Account, concat!(account!(""), " where email = $1"), email)?)
}

/// An account by id.
pub async fn find_account(conn: &mut Conn, id: &str) -> Outcome<Option<Account>> {
    Ok(fetch_optional!(conn, Account, concat!(account!(""), " where id = $1"), id)?)
}

/// The account that a token names, and when its session was last seen.
#[derive(Debug, sqlx::FromRow)]
pub struct TokenAccount {
    #[sqlx(flatten)]
    pub account: Account,
    pub session_seen_at: Option<DateTime<Utc>>,
}

/// The account that a token names, unless the token was revoked.
pub async fn find_account_of_token(conn: &mut Conn, claims: &Claims) -> Outcome<Option<TokenAccount>> {
    let sql = concat!(
        account!(", (select s.seen_at from sessions s where s.id = $2) as session_seen_at"),
        " where id = $1 and not exists (select 1 from revoked_tokens where jti = $2)"
    );
    Ok(fetch_optional!(conn, TokenAccount, sql, claims.sub.as_str(), claims.jti.as_str())?)
}

macro_rules! view {
    ($end:literal) => {
        concat!(
            "select s.id, s.name, s.email, s.role, s.password_hash is not null as has_password, s.deactivated_at is null as is_active,
               exists (select 1 from two_factor t where t.account_id = s.id and t.confirmed_at is not null) as has_two_factor,
               (select max(e.seen_at) from sessions e where e.account_id = s.id) as seen_at, s.created_at
             from staff s ",
            $end
        )
    };
}

/// A member of staff as the page shows them.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<StaffView>> {
    Ok(fetch_optional!(conn, StaffView, view!("where s.id = $1"), id)?)
}

/// The staff; unless an order is asked for, those who may sign in first, the newest first.
pub async fn list(conn: &mut Conn, order: Option<Order<StaffSort>>, page: Page) -> Outcome<Listed<StaffView>> {
    let total = fetch_scalar!(conn, i64, "select count(*) from staff")?;
    let mut only = Where::default();
    let sql = format!(view!("order by {}{}"), order_of(order), only.page(page));
    Ok(Listed { items: fetch_all_where!(conn, StaffView, sql, &only.values)?, total })
}

/// The order in SQL: a company has few people, so none has an index.
fn order_of(order: Option<Order<StaffSort>>) -> &'static str {
    match order.map(|order| (order.by, order.ascending)) {
        None => "s.deactivated_at is not null, s.created_at desc, s.id desc",
        Some((StaffSort::Name, true)) => "lower(s.name), s.id",
        Some((StaffSort::Name, false)) => "lower(s.name) desc, s.id desc",
        Some((StaffSort::Role, true)) => "s.role, lower(s.name), s.id",
        Some((StaffSort::Role, false)) => "s.role desc, lower(s.name) desc, s.id desc",
        Some((StaffSort::Seen, true)) => "seen_at nulls first, s.id",
        Some((StaffSort::Seen, false)) => "seen_at desc nulls last, s.id desc",
    }
}

/// A new member of staff, without a password; `false` when the address is taken, also by a contractor.
pub async fn insert(conn: &mut Conn, staff: &Staff, now: DateTime<Utc>) -> Outcome<bool> {
    let sql = "insert into staff (id, name, email, role, created_at)
               select $1, $2, $3, $4, $5 where not exists (select 1 from contractors where email = $3) on conflict (email) do nothing";
    Ok(execute!(conn, sql, staff.id.as_str(), staff.name.as_str(), staff.email.as_str(), staff.role.as_str(), now)? == 1)
}

/// Gives somebody another role.
pub async fn update_role(conn: &mut Conn, id: &str, role: StaffRole) -> Outcome<()> {
    execute!(conn, "update staff set role = $2 where id = $1", id, role.as_str())?;
    Ok(())
}

/// Ends somebody's access, or gives it back.
pub async fn update_deactivated(conn: &mut Conn, id: &str, at: Option<DateTime<Utc>>) -> Outcome<()> {
    execute!(conn, "update staff set deactivated_at = $2 where id = $1", id, at)?;
    Ok(())
}

/// Sets a password; older tokens end.
pub async fn update_password(conn: &mut Conn, id: &str, hash: &str, now: DateTime<Utc>) -> Outcome<()> {
    execute!(conn, "update staff set password_hash = $2, password_changed_at = $3 where id = $1", id, hash, now)?;
    Ok(())
}
