//! A contractor's account: what signing in, and every change of it, needs to know.

use crate::contractor::ContractorStatus;
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use platform::auth::Claims;
use platform::db::Near;
use platform::{Conn, fetch_optional, on_engine};
use serde::Deserialize;
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, BTreeSet};

/// What signing in needs to know.
#[derive(Clone, Debug, sqlx::FromRow, Deserialize)]
pub struct Account {
    pub id: Id,
    pub email: String,
    pub business_name: String,
    pub password_hash: Option<String>,
    pub password_changed_at: Option<DateTime<Utc>>,
    pub status: ContractorStatus,
    pub is_approved: bool,
    pub weight: i64,
    pub daily_cap: Option<i64>,
}

macro_rules! account {
    () => {
        "select id, email, business_name, password_hash, password_changed_at, status, is_approved, weight, daily_cap from contractors"
    };
}

/// An account by its address, which is kept in lower case.
pub async fn find_account_by_email(conn: &mut Conn, email: &str) -> Outcome<Option<Account>> {
    Ok(fetch_optional!(conn, Account, concat!(account!(), " where email = $1"), email)?)
}

/// An account by id.
pub async fn find_account(conn: &mut Conn, id: &str) -> Outcome<Option<Account>> {
    Ok(fetch_optional!(conn, Account, concat!(account!(), " where id = $1"), id)?)
}

/// The account that a token names, and when its session was last seen.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TokenAccount {
    jti: Id,
    #[sqlx(flatten)]
    pub account: Account,
    pub session_seen_at: Option<DateTime<Utc>>,
}

/// The account that each token names, unless the token was revoked (signed out).
pub async fn find_accounts_of_tokens(conn: &mut Conn, all: &[Claims]) -> Outcome<Vec<Option<TokenAccount>>> {
    let tokens: BTreeSet<(&str, &str)> = all.iter().map(|claims| (claims.sub.as_str(), claims.jti.as_str())).collect();
    let found = on_engine!(conn, |c| {
        let mut query = QueryBuilder::new(
            "select t.jti, (select s.seen_at from sessions s where s.id = t.jti) as session_seen_at, a.*
             from (select column1 as sub, column2 as jti from (",
        );
        query.push_values(tokens, |mut row, (sub, jti)| {
            row.push_bind(sub).push_bind(jti);
        });
        query.push(concat!(
            ") v) t join (",
            account!(),
            ") a on a.id = t.sub where not exists (select 1 from revoked_tokens r where r.jti = t.jti)"
        ));
        query.build_query_as::<TokenAccount>().fetch_all(c).await
    })?;
    let accounts: BTreeMap<Id, TokenAccount> = found.into_iter().map(|found| (found.jti.clone(), found)).collect();
    Ok(all.iter().map(|claims| accounts.get(&claims.jti).cloned()).collect())
}

/// The account that a token names, unless the token was revoked, read on the caller's own thread.
pub fn find_account_of_token(near: &Near, claims: &Claims) -> Outcome<Option<TokenAccount>> {
    let sql = concat!(account!(), " where id = $1 and not exists (select 1 from revoked_tokens r where r.jti = $2)");
    let Some(account) = near.fetch(sql, &[claims.sub.as_str().into(), claims.jti.as_str().into()])?.pop() else { return Ok(None) };
    let seen = near.fetch("select seen_at from sessions where id = $1", &[claims.jti.as_str().into()])?.pop();
    Ok(Some(TokenAccount { jti: claims.jti.clone(), account, session_seen_at: seen.flatten() }))
}

/// An account by id, locked until the transaction ends.
pub async fn lock_account(conn: &mut Conn, id: &str) -> Outcome<Option<Account>> {
    if conn.is_postgres() {
        return Ok(fetch_optional!(conn, Account, concat!(account!(), " where id = $1 for no key update"), id)?);
    }
    find_account(conn, id).await
}
