//! Where somebody is signed in: one row for each token that a sign-in gave out. Whether a token is good the list of
//! revoked tokens says ([`crate::auth`]); these rows are for people to look at, and to end from elsewhere.

use crate::auth::{self, Audience};
use crate::{Conn, Ctx, Tx, execute, fetch_all, fetch_optional};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Outcome};
use std::net::IpAddr;

/// How long a token is good (seed 000, Security).
pub const TOKEN_TTL: Duration = Duration::hours(24);
/// `seen_at` is as exact as this, so that few requests write it.
const COARSE: Duration = Duration::minutes(5);
/// A user agent may be of any length.
const MOST_AGENT: usize = 300;

/// What a sign-in came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The request's `User-Agent`.
    pub agent: String,
    pub address: Option<IpAddr>,
}

/// One place where an account is signed in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    pub id: Id,
    /// The user agent.
    pub device: String,
    /// Without its last part.
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
}

/// Signs an account in: its token, and the row that shows it. `changed_at` as for [`auth::issue_after`].
pub async fn begin(
    ctx: &Ctx,
    tx: &mut Tx,
    aud: Audience,
    account_id: &str,
    changed_at: Option<DateTime<Utc>>,
    device: &Device,
) -> Outcome<String> {
    let token = auth::issue_after(ctx, aud, account_id, TOKEN_TTL, changed_at)?;
    let agent: String = device.agent.chars().filter(|c| !c.is_control()).take(MOST_AGENT).collect();
    let now = ctx.now();
    execute!(
        tx,
        "insert into sessions (id, account_id, device, address, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $5, $6)",
        auth::read(ctx, &token)?.jti,
        account_id,
        agent,
        device.address.map(masked).unwrap_or_default(),
        now,
        now + TOKEN_TTL,
    )?;
    Ok(token)
}

/// Where an account is signed in, the latest seen first.
pub async fn list(conn: &mut Conn, account_id: &str, now: DateTime<Utc>) -> Outcome<Vec<Session>> {
    let sql = "select id, device, address, created_at, seen_at from sessions where account_id = $1 and expires_at > $2
               order by seen_at desc, id desc limit 100";
    Ok(fetch_all!(conn, Session, sql, account_id, now)?)
}

/// Ends one session of an account. `false`: it has no such session.
pub async fn end(tx: &mut Tx, account_id: &str, id: &str) -> Outcome<bool> {
    let sql = "delete from sessions where id = $1 and account_id = $2 returning expires_at";
    let Some((expires_at,)) = fetch_optional!(tx, (DateTime<Utc>,), sql, id, account_id)? else { return Ok(false) };
    auth::revoke_in(tx, id, expires_at).await?;
    Ok(true)
}

/// Ends every session of an account but `keep`, and says how many.
pub async fn end_others(tx: &mut Tx, account_id: &str, keep: Option<&str>) -> Outcome<usize> {
    let sql = "delete from sessions where account_id = $1 and id <> $2 returning id, expires_at";
    let ended = fetch_all!(tx, (Id, DateTime<Utc>), sql, account_id, keep.unwrap_or_default())?;
    for (id, expires_at) in &ended {
        auth::revoke_in(tx, id, *expires_at).await?;
    }
    Ok(ended.len())
}

/// Notes that a session was used, if that was not noted a moment ago. A token without a row has nothing to note, and
/// nobody is refused because it could not be noted.
pub async fn seen(ctx: &Ctx, id: &str, seen_at: Option<DateTime<Utc>>) {
    if seen_at.is_some_and(|at| at + COARSE <= ctx.now())
        && let Err(problem) = note(ctx, id).await
    {
        tracing::warn!(error = problem.for_log(), "a session's use was not noted");
    }
}

async fn note(ctx: &Ctx, id: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "update sessions set seen_at = $2 where id = $1", id, ctx.now())?;
    tx.commit().await
}

/// Enough to recognise the own address, too little to follow somebody: `203.0.113.x`, `2001:db8:1:…`.
fn masked(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.x")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:…")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn addresses_are_kept_without_their_end() {
        assert_eq!(masked("203.0.113.77".parse().expect("valid")), "203.0.113.x");
        assert_eq!(masked("::ffff:203.0.113.77".parse().expect("valid")), "203.0.113.x");
        assert_eq!(masked("2001:db8:1:2::3".parse().expect("valid")), "2001:db8:1:…");
    }
}
