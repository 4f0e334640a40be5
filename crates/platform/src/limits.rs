//! How often somebody may do something: fixed windows, counted in memory or in the database that
//! several nodes share (seed 000, Rate Limits; decision 6).

use crate::settings::RateLimitStore;
use crate::{CLOCK_SKEW, Ctx, Db, Settings, execute, fetch_one};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use kernel::{Outcome, Problem};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub limit: u32,
    pub window_seconds: i64,
}

/// What one use found. `resets_at` is in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    pub allowed: bool,
    pub limit: u32,
    pub remaining: u32,
    pub resets_at: i64,
}

impl Hit {
    fn of(used: u32, rule: Rule, resets_at: i64) -> Hit {
        Hit { allowed: used <= rule.limit, limit: rule.limit, remaining: rule.limit.saturating_sub(used), resets_at }
    }

    /// Errors: `TooMany` when it was one too many.
    pub fn check(self, now: i64) -> Outcome<Hit> {
        if self.allowed { Ok(self) } else { Err(too_many(self.limit, self.resets_at, now)) }
    }
}

/// The refusal of a window that is used up and ends at `resets_at`.
pub fn too_many(limit: u32, resets_at: i64, now: i64) -> Problem {
    Problem::TooMany { retry_after: u64::try_from(resets_at - now).unwrap_or(1).max(1), limit, resets_at }
}

/// Counts uses by key.
pub trait Limits: Send + Sync {
    /// Counts one use of `key`. Errors: the database's.
    fn hit<'a>(&'a self, ctx: &'a Ctx, key: &'a str, rule: Rule) -> BoxFuture<'a, Outcome<Hit>>;

    /// Forgets what was counted under `key`. Errors: the database's.
    fn clear<'a>(&'a self, ctx: &'a Ctx, key: &'a str) -> BoxFuture<'a, Outcome<()>>;

    /// When a window ends that this process knows to be used up: asks nobody, counts nothing.
    fn used_up_until(&self, key: &str, rule: Rule, now: i64) -> Option<i64>;
}

/// In memory, unless several nodes share a Postgres; `RATE_LIMIT_STORE` decides otherwise.
pub fn of_settings(settings: &Settings, db: &Db) -> Box<dyn Limits> {
    match (settings.rate_limit_store, db) {
        (RateLimitStore::Memory, _) | (RateLimitStore::Auto, Db::Sqlite { .. }) => Box::new(MemoryLimits::default()),
        (RateLimitStore::Database, _) | (RateLimitStore::Auto, Db::Postgres(_)) => Box::new(DatabaseLimits::default()),
    }
}

/// When a window that counts ends at the latest. One that ends later was begun by a clock that was wrong, and put right
/// since: it must lock nobody out for as long as that.
fn latest_end(rule: Rule, now: i64) -> i64 {
    now + rule.window_seconds + CLOCK_SKEW.num_seconds()
}

fn is_over(resets_at: i64, rule: Rule, now: i64) -> bool {
    resets_at <= now || resets_at > latest_end(rule, now)
}

#[derive(Clone, Copy, Debug)]
struct Window {
    used: u32,
    resets_at: i64,
}

/// In this process. Holds at most [`MemoryLimits::MOST`] windows.
#[derive(Debug, Default)]
pub struct MemoryLimits(Mutex<HashMap<String, Window>>);

impl MemoryLimits {
    /// About 8 MB.
    const MOST: usize = 65_536;

    /// Counts one use of `key`, which never fails here.
    pub fn count(&self, key: &str, rule: Rule, now: i64) -> Hit {
        self.change(key, rule, now, |window| window.used = window.used.saturating_add(1).min(rule.limit.saturating_add(1)))
    }

    fn change(&self, key: &str, rule: Rule, now: i64, change: impl FnOnce(&mut Window)) -> Hit {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MemoryLimits::MOST && !windows.contains_key(key) {
            windows.retain(|_, window| window.resets_at > now);
            // Still full, under an attack from very many addresses: forget some, arbitrarily.
            let surplus = (windows.len() + MemoryLimits::MOST / 8).saturating_sub(MemoryLimits::MOST);
            let surplus: Vec<String> = windows.keys().take(surplus).cloned().collect();
            for key in surplus {
                windows.remove(&key);
            }
        }
        let fresh = Window { used: 0, resets_at: now + rule.window_seconds };
        let window = windows.entry(key.to_owned()).or_insert(fresh);
        if is_over(window.resets_at, rule, now) {
            *window = fresh;
        }
        change(window);
        Hit::of(window.used, rule, window.resets_at)
    }

    fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Limits for MemoryLimits {
    fn hit<'a>(&'a self, ctx: &'a Ctx, key: &'a str, rule: Rule) -> BoxFuture<'a, Outcome<Hit>> {
        ready(Ok(self.count(key, rule, ctx.now().timestamp()))).boxed()
    }

    fn clear<'a>(&'a self, _ctx: &'a Ctx, key: &'a str) -> BoxFuture<'a, Outcome<()>> {
        self.forget(key);
        ready(Ok(())).boxed()
    }

    fn used_up_until(&self, key: &str, rule: Rule, now: i64) -> Option<i64> {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used_up = windows.get(key).filter(|window| window.used >= rule.limit && !is_over(window.resets_at, rule, now));
        used_up.map(|window| window.resets_at)
    }
}

/// In the database, so that nodes count together. Windows that are used up are remembered here too:
/// a flood costs the database nothing.
#[derive(Debug, Default)]
pub struct DatabaseLimits {
    used_up: MemoryLimits,
}

impl Limits for DatabaseLimits {
    fn hit<'a>(&'a self, ctx: &'a Ctx, key: &'a str, rule: Rule) -> BoxFuture<'a, Outcome<Hit>> {
        async move {
            let now = ctx.now().timestamp();
            if let Some(resets_at) = self.used_up_until(key, rule, now) {
                return Ok(Hit { allowed: false, limit: rule.limit, remaining: 0, resets_at });
            }
            let mut tx = ctx.begin().await?;
            let (used, resets_at) = fetch_one!(
                tx,
                (i64, i64),
                "insert into rate_limits (key, used, resets_at) values ($1, 1, $2)
                 on conflict (key) do update set
                   used = case when rate_limits.resets_at > $3 and rate_limits.resets_at <= $4 then rate_limits.used + 1 else 1 end,
                   resets_at = case when rate_limits.resets_at > $3 and rate_limits.resets_at <= $4 then rate_limits.resets_at
                                    else excluded.resets_at end
                 returning used, resets_at",
                key,
                now + rule.window_seconds,
                now,
                latest_end(rule, now),
            )?;
            tx.commit().await?;
            let hit = Hit::of(u32::try_from(used).unwrap_or(u32::MAX), rule, resets_at);
            if hit.remaining == 0 {
                self.used_up.change(key, rule, now, |window| *window = Window { used: rule.limit, resets_at });
            }
            Ok(hit)
        }
        .boxed()
    }

    fn clear<'a>(&'a self, ctx: &'a Ctx, key: &'a str) -> BoxFuture<'a, Outcome<()>> {
        async move {
            self.used_up.forget(key);
            let mut tx = ctx.begin().await?;
            execute!(tx, "delete from rate_limits where key = $1", key)?;
            tx.commit().await
        }
        .boxed()
    }

    fn used_up_until(&self, key: &str, rule: Rule, now: i64) -> Option<i64> {
        self.used_up.used_up_until(key, rule, now)
    }
}

/// Wrong passwords that one account takes in a quarter of an hour, from wherever they come.
const LOGINS: Rule = Rule { limit: 10, window_seconds: 15 * 60 };

fn login_key(account: &str) -> String {
    use base64::Engine as _;
    let hash = Sha256::digest(account.trim().to_lowercase().as_bytes());
    format!("account:{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash))
}

/// Counts a try to sign in to an account, there or not; to be called before the password is looked at, so
/// that tries at once count too. Errors: `TooMany` after ten that failed.
pub async fn try_login(ctx: &Ctx, account: &str) -> Outcome<()> {
    if ctx.settings.rate_limits {
        ctx.limits.hit(ctx, &login_key(account), LOGINS).await?.check(ctx.now().timestamp())?;
    }
    Ok(())
}

/// The password was right: the account's failures are forgotten.
pub async fn login_succeeded(ctx: &Ctx, account: &str) -> Outcome<()> {
    if ctx.settings.rate_limits { ctx.limits.clear(ctx, &login_key(account)).await } else { Ok(()) }
}

/// Deletes windows that have ended; the schedule runs it each hour.
pub(crate) async fn delete_old(ctx: &Ctx) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "delete from rate_limits where resets_at <= $1", ctx.now().timestamp())?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Rule = Rule { limit: 5, window_seconds: 900 };

    #[test]
    fn a_window_allows_its_limit_and_then_starts_anew() {
        let limits = MemoryLimits::default();
        for left in (0..5).rev() {
            assert_eq!(limits.count("a", FIVE, 1000), Hit { allowed: true, limit: 5, remaining: left, resets_at: 1900 });
        }
        assert_eq!(limits.used_up_until("a", FIVE, 1899), Some(1900));
        assert_eq!(limits.count("a", FIVE, 1899), Hit { allowed: false, limit: 5, remaining: 0, resets_at: 1900 });
        assert!(limits.count("b", FIVE, 1899).allowed, "another key is another window");
        assert_eq!(limits.used_up_until("a", FIVE, 1900), None);
        assert_eq!(limits.count("a", FIVE, 1900), Hit { allowed: true, limit: 5, remaining: 4, resets_at: 2800 });
    }

    #[test]
    fn a_clock_that_was_wrong_locks_nobody_out() {
        let limits = MemoryLimits::default();
        for _ in 0..6 {
            limits.count("a", FIVE, 1_000_000);
        }
        assert!(!limits.count("a", FIVE, 1_000_000 - 60).allowed, "clocks may be a minute apart");
        assert_eq!(limits.used_up_until("a", FIVE, 1000), None);
        assert_eq!(limits.count("a", FIVE, 1000), Hit { allowed: true, limit: 5, remaining: 4, resets_at: 1900 });
    }

    #[test]
    fn memory_is_bounded() {
        let limits = MemoryLimits::default();
        for n in 0..(MemoryLimits::MOST + 10_000) {
            limits.count(&n.to_string(), FIVE, 1000);
        }
        assert!(limits.0.lock().expect("unpoisoned").len() <= MemoryLimits::MOST);
    }
}
