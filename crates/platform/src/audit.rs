//! Who changed what by hand, and what looked like an attack.

use crate::auth::Caller;
use crate::{Conn, Ctx, Tx, Where, execute, fetch_all, fetch_all_where, fetch_scalar_where};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Outcome, Page, Permission};
use serde::Serialize;

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct Entry {
    pub id: Id,
    pub actor: String,
    pub action: String,
    pub subject_id: Id,
    #[sqlx(json)]
    pub detail: serde_json::Value,
    pub at: DateTime<Utc>,
}

/// Records an action in the transaction of its change.
pub async fn record(ctx: &Ctx, tx: &mut Tx, caller: &Caller, action: &str, subject_id: &str, detail: serde_json::Value) -> Outcome<()> {
    execute!(
        tx,
        "insert into audit_log (id, actor, action, subject_id, detail, at) values ($1, $2, $3, $4, $5, $6)",
        ctx.new_id(),
        caller.person(),
        action,
        subject_id,
        sqlx::types::Json(&detail),
        ctx.now(),
    )?;
    Ok(())
}

/// What was done to one subject, oldest first.
pub async fn list_of_subject(conn: &mut Conn, subject_id: &str) -> Outcome<Vec<Entry>> {
    Ok(fetch_all!(
        conn,
        Entry,
        "select id, actor, action, subject_id, detail, at from audit_log where subject_id = $1 order by at, id limit 500",
        subject_id,
    )?)
}

/// The latest actions, newest first.
pub async fn list_latest(conn: &mut Conn, limit: i64) -> Outcome<Vec<Entry>> {
    Ok(fetch_all!(
        conn,
        Entry,
        "select id, actor, action, subject_id, detail, at from audit_log order by at desc, id desc limit $1",
        limit
    )?)
}

/// Which actions.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    pub actor: Option<String>,
    pub action: Option<String>,
    /// The id of what it was about, or the beginning of the name or the e-mail address among its details.
    pub subject: Option<String>,
    /// Inclusive.
    pub from: Option<DateTime<Utc>>,
    /// Exclusive.
    pub until: Option<DateTime<Utc>>,
    /// Else the newest come first.
    pub oldest_first: bool,
    pub page: Page,
}

impl AuditFilter {
    pub fn of_page(page: Page) -> AuditFilter {
        AuditFilter { actor: None, action: None, subject: None, from: None, until: None, oldest_first: false, page }
    }
}

/// The actions that the filter asks for, in its order. Errors: `Forbidden` unless an administrator asks, as below.
pub async fn list(ctx: &Ctx, caller: &Caller, filter: &AuditFilter) -> Outcome<Listed<Entry>> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let mut only = wanted(filter);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from audit_log{}", only.clause()), &only.values)?;
    let sql = page_query(&mut only, filter.oldest_first, filter.page);
    Ok(Listed { items: fetch_all_where!(conn, Entry, sql, &only.values)?, total })
}

/// The actions that come after one, newest first, or the first: for exports, which read them part by part.
pub async fn list_after(conn: &mut Conn, filter: &AuditFilter, after: Option<(DateTime<Utc>, Id)>, limit: i64) -> Outcome<Vec<Entry>> {
    let mut only = wanted(filter);
    if let Some((at, id)) = after {
        only.and_both("(at, id) < (?, ?)", at, id);
    }
    let sql = page_query(&mut only, false, Page { limit, offset: 0 });
    Ok(fetch_all_where!(conn, Entry, sql, &only.values)?)
}

macro_rules! begins {
    ($text:literal) => {
        concat!("substr(lower(", $text, "), 1, 2) = substr(lower(?), 1, 2) and substr(lower(", $text, "), 1, length(?)) = lower(?)")
    };
}

/// The ids of actions about this id, name or e-mail address, in small letters or large. Each part goes through an index.
macro_rules! about {
    () => {
        concat!(
            "select x.id from audit_log x where x.subject_id = lower(?) union select x.id from audit_log x where ",
            begins!("coalesce(x.detail ->> 'businessName', x.detail ->> 'name')"),
            " union select x.id from audit_log x where ",
            begins!("coalesce(x.detail ->> 'email', x.detail ->> 'address')")
        )
    };
}

fn wanted(filter: &AuditFilter) -> Where {
    let mut only = Where::default();
    only.and_some("actor = ?", filter.actor.as_deref())
        .and_some("action = ?", filter.action.as_deref())
        .and_some(concat!("id in (", about!(), ")"), filter.subject.as_deref())
        .and_some("at >= ?", filter.from)
        .and_some("at < ?", filter.until);
    only
}

fn page_query(only: &mut Where, oldest_first: bool, page: Page) -> String {
    let order = if oldest_first { "at, id" } else { "at desc, id desc" };
    let sql = format!("select id, actor, action, subject_id, detail, at from audit_log{} order by {order}", only.clause());
    sql + &only.page(page)
}

/// Who has ever done something, and what was done: what the list can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditWords {
    pub actors: Vec<String>,
    pub actions: Vec<String>,
}

/// The words to filter by. Both lists jump from one word to the next in an index, so that a long log costs no more.
pub async fn words(ctx: &Ctx, caller: &Caller) -> Outcome<AuditWords> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let actors = "with recursive words (word) as (select min(actor) from audit_log
                  union all select (select min(actor) from audit_log where actor > words.word) from words where words.word is not null)
                  select word from words where word is not null limit 200";
    let actions = "with recursive words (word) as (select min(action) from audit_log
                   union all select (select min(action) from audit_log where action > words.word) from words where words.word is not null)
                   select word from words where word is not null limit 200";
    let plain = |rows: Vec<(String,)>| rows.into_iter().map(|(word,)| word).collect();
    Ok(AuditWords { actors: plain(fetch_all!(conn, (String,), actors)?), actions: plain(fetch_all!(conn, (String,), actions)?) })
}

/// Records what an administrator should know about (seed 000, Twilio Call Status: "Security events logged to database").
pub async fn security_event(ctx: &Ctx, kind: &str, detail: &str, address: Option<&str>) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(
        tx,
        "insert into security_events (id, kind, detail, address, created_at) values ($1, $2, $3, $4, $5)",
        ctx.new_id(),
        kind,
        detail,
        address,
        ctx.now(),
    )?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Whatever is asked for is read through an index, and in its order unless somebody searches: what a search finds is few.
    #[tokio::test]
    async fn no_list_scans_the_log() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let all = AuditFilter::of_page(Page { limit: 50, offset: 0 });
        for filter in [
            all.clone(),
            AuditFilter { actor: Some("admin".into()), ..all.clone() },
            AuditFilter { action: Some("contractor_approved".into()), ..all.clone() },
            AuditFilter { from: Some(DateTime::UNIX_EPOCH), ..all.clone() },
            AuditFilter { until: Some(DateTime::UNIX_EPOCH), ..all.clone() },
            AuditFilter { subject: Some("hvac".into()), ..all.clone() },
        ] {
            for oldest_first in [false, true] {
                let mut only = wanted(&filter);
                let sql = format!("explain query plan {}", page_query(&mut only, oldest_first, filter.page));
                let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
                let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
                let is_search = filter.subject.is_some();
                let scans = steps.iter().any(|s| s.starts_with("SCAN") && (is_search || !s.contains(" USING ")));
                let sorts = !is_search && steps.iter().any(|s| s.contains("ORDER BY"));
                assert!(!scans && !sorts, "{filter:?}: {steps:#?}");
            }
        }
    }
}
