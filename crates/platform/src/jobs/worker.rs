//! The worker: claims jobs, runs them side by side, keeps its lease on each, and writes down how each try ended.

use super::{JobError, Registry, Running, run_crons};
use crate::batch::Batcher;
use crate::notifications::{self, Entry};
use crate::{Ctx, execute, fetch_all, fetch_optional, on_engine};
use chrono::{DateTime, Duration, Utc};
use futures::FutureExt as _;
use kernel::{Id, Outcome, mask};
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Debug, sqlx::FromRow)]
struct Claimed {
    id: Id,
    kind: String,
    #[sqlx(json)]
    payload: serde_json::Value,
    attempts: i64,
    max_attempts: i64,
}

/// Jobs that one worker runs at once.
const AT_ONCE: usize = 64;
/// How long the next jobs wait while requests do: these come first, and 320 messages a second leave nevertheless.
const GIVE_WAY: std::time::Duration = std::time::Duration::from_millis(200);
/// How long jobs wait for others.
const GATHER: std::time::Duration = std::time::Duration::from_millis(20);

/// Runs jobs and the schedule until `shutdown` becomes true; then finishes what it has begun.
pub async fn run_worker(ctx: Ctx, registry: Registry, mut shutdown: watch::Receiver<bool>) {
    // A slow job keeps its own place only.
    let mut running = JoinSet::new();
    let mut crons_at = Instant::now();
    while !*shutdown.borrow() {
        // A claim is a transaction: not for every single place that becomes free.
        let free = if running.len() > AT_ONCE / 2 { 0 } else { AT_ONCE - running.len() };
        let claimed = claim(&ctx, free).await.unwrap_or_else(|problem| {
            tracing::error!(error = problem.for_log(), "claiming jobs failed");
            Vec::new()
        });
        let began = !claimed.is_empty();
        for job in claimed {
            let (ctx, registry) = (ctx.clone(), registry.clone());
            running.spawn(async move { run_one(&ctx, &registry, job).await });
        }
        if Instant::now() >= crons_at {
            crons_at = Instant::now() + std::time::Duration::from_secs(1);
            if let Err(problem) = run_crons(&ctx, &registry).await {
                tracing::error!(error = problem.for_log(), "the schedule failed");
            }
        }
        if !began {
            tokio::select! {
                _ = running.join_next(), if !running.is_empty() => {}
                // What follows in a moment is claimed, and settled, together with it.
                () = async { ctx.wake.notified().await; tokio::time::sleep(GATHER).await } => {}
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                _ = shutdown.changed() => {}
            }
        } else if ctx.is_busy() {
            tokio::time::sleep(GIVE_WAY).await;
        }
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// Runs every job that is due, until none is: for tests and `plumbline demo`. Returns how many ran.
pub async fn drain(ctx: &Ctx, registry: &Registry) -> Outcome<usize> {
    let mut total = 0;
    loop {
        match run_batch(ctx, registry).await? {
            0 => return Ok(total),
            ran => total += ran,
        }
    }
}

async fn run_batch(ctx: &Ctx, registry: &Registry) -> Outcome<usize> {
    let claimed = claim(ctx, AT_ONCE).await?;
    let count = claimed.len();
    futures::future::join_all(claimed.into_iter().map(|job| run_one(ctx, registry, job))).await;
    Ok(count)
}

/// Claims due jobs. Several workers never get the same one: SQLite has one writer, Postgres skips locked rows.
async fn claim(ctx: &Ctx, most: usize) -> Outcome<Vec<Claimed>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let now = ctx.now();
    // Look first without the writer's lock: most looks find nothing.
    let due = "select id from jobs where status = 'queued' and run_at <= $1 and (locked_until is null or locked_until < $1) limit 1";
    let found = match ctx.db.near() {
        Some(near) => near.fetch(due, &[now.into()])?.pop(),
        None => fetch_optional!(&mut ctx.db.read().await?, (String,), due, now)?,
    };
    if found.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = ctx.begin().await?;
    let sql = if tx.is_postgres() {
        "update jobs set locked_until = $2, attempts = attempts + 1 where id = any (array
           (select id from jobs where status = 'queued' and run_at <= $1 and (locked_until is null or locked_until < $1)
            order by run_at limit $3 for update skip locked))
         returning id, kind, payload, attempts, max_attempts"
    } else {
        "update jobs set locked_until = $2, attempts = attempts + 1 where id in
           (select id from jobs where status = 'queued' and run_at <= $1 and (locked_until is null or locked_until < $1)
            order by run_at limit $3)
         returning id, kind, payload, attempts, max_attempts"
    };
    let jobs = fetch_all!(tx, Claimed, sql, now, now + ctx.settings.job_lease, i64::try_from(most).unwrap_or(i64::MAX))?;
    tx.commit().await?;
    Ok(jobs)
}

async fn run_one(ctx: &Ctx, registry: &Registry, job: Claimed) {
    let mut this = Running { id: job.id.clone(), message: None };
    let result = match registry.runners.get(job.kind.as_str()) {
        // Its workers died every time: it may be what kills them.
        _ if job.attempts > job.max_attempts => Err(JobError::Fail("every try ended with the worker".into())),
        Some((run, longest)) => {
            let running = AssertUnwindSafe(run(ctx, &mut this, job.payload)).catch_unwind();
            tokio::select! {
                ended = tokio::time::timeout(*longest, running) => match ended {
                    Ok(Ok(result)) => result,
                    Ok(Err(_)) => Err(JobError::Retry("it panicked".into())),
                    Err(_) => Err(JobError::Retry("it took too long".into())),
                },
                () = keep_lease(ctx, (&job.id, job.attempts)) => Err(JobError::Retry("its lease was lost".into())),
            }
        }
        None => Err(JobError::Retry(format!("this version does not know jobs of kind {}", job.kind))),
    };
    metrics::counter!("plumbline_jobs_total", "kind" => job.kind.clone(), "result" => if result.is_ok() { "done" } else { "failed" })
        .increment(1);
    let ended = |status, run_at, error| Ended { id: job.id.clone(), attempt: job.attempts, status, run_at, error, message: this.message };
    // Providers repeat in their refusals whom a message was for.
    let settled = match result {
        Ok(()) => settle(ctx, ended("done", ctx.now(), None)).await,
        Err(JobError::Retry(why)) if job.attempts < job.max_attempts => {
            tracing::warn!(job = %job.id, kind = %job.kind, attempt = job.attempts, why = mask(&why), "job will be retried");
            settle(ctx, ended("queued", ctx.now() + back_off(&job.id, job.attempts), Some(why))).await
        }
        Err(JobError::Later(why)) => {
            tracing::info!(job = %job.id, kind = %job.kind, why = mask(&why), "job waits for its provider");
            postpone(ctx, (&job.id, job.attempts), &why).await
        }
        Err(JobError::Retry(why) | JobError::Fail(why)) => {
            tracing::error!(job = %job.id, kind = %job.kind, why = mask(&why), "job is dead");
            settle(ctx, ended("dead", ctx.now(), Some(why))).await
        }
    };
    if let Err(problem) = settled {
        // Its lease runs out, and it runs again.
        tracing::error!(job = %job.id, error = problem.for_log(), "the job's end could not be written");
    }
}

/// Renews a job's lease until it cannot: another worker has the job, or the database has been away for too long.
/// Two thirds of a lease remain at any time, so that a neighbour's clock may be ahead a little.
async fn keep_lease(ctx: &Ctx, (id, attempt): (&str, i64)) {
    let lease = ctx.settings.job_lease;
    let pause = (lease / 3).to_std().unwrap_or_default();
    let sql = "update jobs set locked_until = $3 where id = $1 and attempts = $2 and status = 'queued'";
    let mut failures = 0;
    while failures < 2 {
        tokio::time::sleep(pause).await;
        let renewed = async {
            let mut tx = ctx.begin().await?;
            let rows = execute!(tx, sql, id, attempt, ctx.now() + lease)?;
            tx.commit().await?;
            Outcome::Ok(rows == 1)
        };
        match renewed.await {
            Ok(true) => failures = 0,
            Ok(false) => return,
            Err(problem) => {
                tracing::warn!(job = id, error = problem.for_log(), "a lease could not be renewed");
                failures += 1;
            }
        }
    }
}

/// How a try ended.
struct Ended {
    id: Id,
    attempt: i64,
    /// `done`, `queued` for another try, or `dead`.
    status: &'static str,
    run_at: DateTime<Utc>,
    error: Option<String>,
    /// What became of the message that it sent.
    message: Option<Entry>,
}

/// Ends a try, unless another worker took the job over meanwhile. Tries that end at once share a transaction.
async fn settle(ctx: &Ctx, ended: Ended) -> Outcome<()> {
    ctx.kept.get_or_default::<Batcher<Ended, ()>>().run(ctx, ended, |ctx, all| Box::pin(settle_all(ctx, all))).await
}

async fn settle_all(ctx: &Ctx, all: &[Ended]) -> Outcome<Vec<()>> {
    let mut tx = ctx.begin().await?;
    // Whoever has the job now: this message has left.
    notifications::log(ctx, &mut tx, all.iter().filter_map(|ended| ended.message.as_ref())).await?;
    let (done, other): (Vec<&Ended>, Vec<&Ended>) = all.iter().partition(|ended| ended.status == "done");
    if !done.is_empty() {
        // The usual end, for all of them at once. A finished job forgets its payload: it may hold a person's data or a link.
        on_engine!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new(
                "update jobs set status = 'done', last_error = null, locked_until = null, payload = '{}', run_at = ",
            );
            query.push_bind(ctx.now()).push(" where status = 'queued' and (id, attempts) in (");
            query.push_values(done, |mut pair, ended| {
                pair.push_bind(ended.id.as_str()).push_bind(ended.attempt);
            });
            query.push(")");
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    for Ended { id, attempt, status, run_at, error, .. } in other {
        execute!(
            tx,
            "update jobs set status = $3, run_at = $4, last_error = $5, locked_until = null
             where id = $1 and attempts = $2 and status = 'queued'",
            id.as_str(),
            attempt,
            *status,
            run_at,
            error.as_deref(),
        )?;
    }
    tx.commit().await?;
    Ok(vec![(); all.len()])
}

/// Gives a try back: the job waits as long as its provider is left alone, and up to as long again so that jobs do not
/// return in step.
async fn postpone(ctx: &Ctx, (id, attempt): (&str, i64), why: &str) -> Outcome<()> {
    let pause = crate::breaker::PAUSE;
    let mut tx = ctx.begin().await?;
    execute!(
        tx,
        "update jobs set attempts = attempts - 1, run_at = $3, last_error = $4, locked_until = null
         where id = $1 and attempts = $2 and status = 'queued'",
        id,
        attempt,
        ctx.now() + pause + pause * spread(id) / 100,
        why,
    )?;
    tx.commit().await
}

/// 10 s, 20 s, 40 s … up to an hour, spread by up to a quarter so that failures do not return in step.
fn back_off(id: &str, attempts: i64) -> Duration {
    let seconds = (10_i64 << attempts.clamp(1, 10).saturating_sub(1)).min(3600);
    Duration::milliseconds(seconds * 1000 + seconds * 250 * i64::from(spread(id)) / 100)
}

/// 0 to 99, another for another job.
fn spread(id: &str) -> i32 {
    id.bytes().map(i32::from).sum::<i32>() % 100
}

#[cfg(test)]
mod tests {
    use super::back_off;

    #[test]
    fn pauses_grow_and_stay_under_75_minutes() {
        assert!(back_off("a", 1).num_seconds() >= 10);
        assert!(back_off("a", 2) > back_off("a", 1));
        assert!(back_off("zzz", 60).num_minutes() <= 75);
    }
}
