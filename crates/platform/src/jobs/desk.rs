//! Jobs as an administrator sees them: what waits, what is dead, and what to do about it. Never their payload: it may
//! hold a person's data or a link.

use crate::auth::Caller;
use crate::{Ctx, Tx, Where, audit, execute, fetch_all_where, fetch_optional, fetch_scalar_where};
use chrono::{DateTime, Utc};
pub use kernel::JobStatus;
use kernel::{Id, Listed, Outcome, Page, Permission, Problem};
use serde_json::json;

/// A job without its payload.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct JobView {
    pub id: Id,
    pub kind: String,
    pub status: JobStatus,
    /// Tries so far.
    pub attempts: i64,
    pub max_attempts: i64,
    /// When it runs next, or when it ended.
    pub run_at: DateTime<Utc>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// As many are worked on at once.
const MAX_BULK: usize = 100;

/// Which jobs.
#[derive(Clone, Debug)]
pub struct JobFilter {
    pub status: Option<JobStatus>,
    /// As stored: `send_mail`.
    pub kind: Option<String>,
    /// Else the newest come first.
    pub oldest_first: bool,
    pub page: Page,
}

impl JobFilter {
    pub fn of_page(page: Page) -> JobFilter {
        JobFilter { status: None, kind: None, oldest_first: false, page }
    }
}

/// The jobs, in the filter's order. Errors: `Forbidden` unless an administrator asks, as below.
pub async fn list(ctx: &Ctx, caller: &Caller, filter: &JobFilter) -> Outcome<Listed<JobView>> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let mut only = wanted(filter);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from jobs{}", only.clause()), &only.values)?;
    let sql = page_query(&mut only, filter);
    Ok(Listed { items: fetch_all_where!(conn, JobView, sql, &only.values)?, total })
}

fn wanted(filter: &JobFilter) -> Where {
    let mut only = Where::default();
    only.and_some("status = ?", filter.status.map(JobStatus::as_str)).and_some("kind = ?", filter.kind.as_deref());
    only
}

fn page_query(only: &mut Where, filter: &JobFilter) -> String {
    let order = if filter.oldest_first { "created_at, id" } else { "created_at desc, id desc" };
    let columns = "id, kind, status, attempts, max_attempts, run_at, last_error, created_at";
    format!("select {columns} from jobs{} order by {order}", only.clause()) + &only.page(filter.page)
}

/// Lets a dead job run again, with all its tries. Errors: `NotFound`, `Conflict` (`job_not_dead`).
pub async fn retry(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<JobView> {
    let mut tx = ctx.begin().await?;
    let job = lock_dead(&mut tx, caller, id).await?;
    let now = ctx.now();
    execute!(tx, "update jobs set status = 'queued', attempts = 0, run_at = $2, locked_until = null where id = $1", id, now)?;
    audit::record(ctx, &mut tx, caller, "job_retried", id, json!({ "kind": job.kind, "error": job.last_error })).await?;
    tx.commit().await?;
    ctx.wake.notify_one();
    Ok(JobView { status: JobStatus::Queued, attempts: 0, run_at: now, ..job })
}

/// Removes a dead job for good. Errors: as `retry`.
pub async fn discard(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    let job = lock_dead(&mut tx, caller, id).await?;
    execute!(tx, "delete from jobs where id = $1", id)?;
    audit::record(ctx, &mut tx, caller, "job_discarded", id, json!({ "kind": job.kind, "error": job.last_error })).await?;
    tx.commit().await
}

/// As `retry` for several, each on its own; those that are gone or no longer dead are passed over. Answers how many run again.
/// Errors: `Invalid` (`ids`) for none or more than [`MAX_BULK`].
pub async fn retry_many(ctx: &Ctx, caller: &Caller, ids: &[Id]) -> Outcome<usize> {
    check_many(caller, ids)?;
    let mut done = 0;
    for id in ids {
        done += usize::from(is_done(retry(ctx, caller, id).await)?);
    }
    Ok(done)
}

/// As `discard` for several. Answers how many are gone. Errors: as `retry_many`.
pub async fn discard_many(ctx: &Ctx, caller: &Caller, ids: &[Id]) -> Outcome<usize> {
    check_many(caller, ids)?;
    let mut done = 0;
    for id in ids {
        done += usize::from(is_done(discard(ctx, caller, id).await)?);
    }
    Ok(done)
}

fn check_many(caller: &Caller, ids: &[Id]) -> Outcome<()> {
    caller.may(Permission::Settings)?;
    if ids.is_empty() || ids.len() > MAX_BULK {
        return Err(Problem::invalid("ids", format!("must be 1 to {MAX_BULK} jobs: tick them in the list")));
    }
    Ok(())
}

/// Whether it was done; another may have been faster.
fn is_done<T>(result: Outcome<T>) -> Outcome<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(Problem::NotFound { .. } | Problem::Conflict { .. }) => Ok(false),
        Err(problem) => Err(problem),
    }
}

async fn lock_dead(tx: &mut Tx, caller: &Caller, id: &str) -> Outcome<JobView> {
    caller.may(Permission::Settings)?;
    let sql = match tx.is_postgres() {
        true => "select id, kind, status, attempts, max_attempts, run_at, last_error, created_at from jobs where id = $1 for update",
        false => "select id, kind, status, attempts, max_attempts, run_at, last_error, created_at from jobs where id = $1",
    };
    let job = fetch_optional!(tx, JobView, sql, id)?.ok_or_else(|| Problem::not_found("Job", id))?;
    if job.status != JobStatus::Dead {
        let message = format!("Only a dead job can be retried or discarded; this one is {}", job.status);
        return Err(Problem::conflict("job_not_dead", message));
    }
    Ok(job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Whatever a page of the portal asks for goes through an index, and all of them come in its order.
    #[tokio::test]
    async fn no_list_scans_the_jobs() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        for (status, oldest_first) in [(None, false), (None, true), (Some(JobStatus::Dead), false), (Some(JobStatus::Dead), true)] {
            let filter = JobFilter { status, oldest_first, ..JobFilter::of_page(Page { limit: 50, offset: 0 }) };
            let mut only = wanted(&filter);
            let sql = format!("explain query plan {}", page_query(&mut only, &filter));
            let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
            let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
            let scans = steps.iter().any(|s| s.starts_with("SCAN") && !s.contains(" USING "));
            let sorts = status.is_none() && steps.iter().any(|s| s.contains("ORDER BY"));
            assert!(!scans && !sorts, "{filter:?}: {steps:#?}");
        }
    }
}
