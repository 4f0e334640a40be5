//! Jobs: work that must happen after a change, written in the change's own transaction (an outbox).
//!
//! A worker claims a job by a lease, and renews it while the job runs; a process that dies loses its
//! lease and another worker takes over. A job therefore runs at least once, and makes itself harmless when it runs twice (by its
//! id, by a unique key). Failures are retried with growing pauses; after the last try the job is
//! `dead` and stays for an administrator.
//!
//! Here is what a job is, how it is asked for, and the schedule; `worker` runs them, `desk` shows them.

mod desk;
mod worker;

pub use desk::{JobFilter, JobStatus, JobView, discard, discard_many, list, retry, retry_many};
pub use worker::{drain, run_worker};

use crate::notifications::Entry;
use crate::{CLOCK_SKEW, Conn, Ctx, Tx, execute, fetch_optional, insert_rows};
use chrono::{DateTime, Duration, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kernel::{Id, Outcome, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::Json;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// Why a job did not succeed.
#[derive(Debug)]
pub enum JobError {
    /// Try again later.
    Retry(String),
    /// Trying again cannot help.
    Fail(String),
    /// It was not tried, and this run does not count: a provider is down for everybody.
    Later(String),
}

impl From<Problem> for JobError {
    fn from(problem: Problem) -> JobError {
        match problem {
            Problem::Internal(source) => JobError::Retry(source.to_string()),
            Problem::Unavailable(message) => JobError::Retry(message),
            other => JobError::Fail(other.to_string()),
        }
    }
}

/// A kind of job. Its fields are the payload.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name under which it is stored; never change it.
    const KIND: &'static str;
    /// Tries before it is `dead`.
    const MAX_ATTEMPTS: i64 = 8;
    /// How long a try may take.
    const LONGEST_RUN: std::time::Duration = std::time::Duration::from_secs(100);

    /// Runs it.
    fn run(self, ctx: &Ctx, job: &mut Running) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// A try of a job.
pub struct Running {
    /// The same at each try.
    pub id: Id,
    message: Option<Entry>,
}

impl Running {
    /// Has the log of messages told what became of one, in the transaction that ends the try.
    pub(crate) fn log(&mut self, message: Entry) {
        self.message = Some(message);
    }
}

/// Asks for a job as soon as the transaction commits.
pub async fn enqueue<J: Job>(ctx: &Ctx, tx: &mut Tx, job: &J) -> Outcome<()> {
    enqueue_at(ctx, tx, job, ctx.now(), None).await
}

/// Asks for a job at a time. With a `dedupe_key` that exists already (finished jobs too) nothing is added.
pub async fn enqueue_at<J: Job>(ctx: &Ctx, tx: &mut Tx, job: &J, run_at: DateTime<Utc>, dedupe_key: Option<&str>) -> Outcome<()> {
    tx.add_job(NewJob {
        id: ctx.new_id(),
        kind: J::KIND,
        payload: serde_json::to_value(job)?,
        run_at,
        max_attempts: J::MAX_ATTEMPTS,
        dedupe_key: dedupe_key.map(Into::into),
        created_at: ctx.now(),
    });
    Ok(())
}

/// A job that its transaction has not written yet.
pub(crate) struct NewJob {
    id: Id,
    kind: &'static str,
    payload: serde_json::Value,
    run_at: DateTime<Utc>,
    max_attempts: i64,
    dedupe_key: Option<String>,
    created_at: DateTime<Utc>,
}

/// Writes a transaction's jobs, all at once.
pub(crate) async fn insert(conn: &mut Conn, jobs: &[NewJob]) -> Outcome<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let sql = "insert into jobs (id, kind, payload, status, run_at, attempts, max_attempts, dedupe_key, created_at) ";
    let once = " on conflict (dedupe_key) do nothing";
    insert_rows!(
        conn,
        sql,
        jobs,
        |row, job| {
            row.push_bind(job.id.as_str())
                .push_bind(job.kind)
                .push_bind(Json(&job.payload))
                .push("'queued'")
                .push_bind(job.run_at)
                .push("0")
                .push_bind(job.max_attempts)
                .push_bind(job.dedupe_key.as_deref())
                .push_bind(job.created_at);
        },
        once
    )?;
    Ok(())
}

type Runner = Arc<dyn for<'a> Fn(&'a Ctx, &'a mut Running, serde_json::Value) -> BoxFuture<'a, Result<(), JobError>> + Send + Sync>;
type CronRunner = Arc<dyn for<'a> Fn(&'a Ctx) -> BoxFuture<'a, Outcome<()>> + Send + Sync>;

/// What this process knows to run: the kinds of jobs, and the schedule.
#[derive(Clone, Default)]
pub struct Registry {
    /// With how long each may run.
    runners: HashMap<&'static str, (Runner, std::time::Duration)>,
    crons: Vec<Cron>,
}

#[derive(Clone)]
struct Cron {
    name: &'static str,
    pattern: croner::Cron,
    run: CronRunner,
}

impl Registry {
    /// Nothing yet.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// The jobs of this crate: mail, SMS, push, payments, backups, and clearing out what is long done.
    pub fn with_platform() -> anyhow::Result<Registry> {
        Registry::new()
            .on::<crate::mail::SendMailJob>()
            .on::<crate::sms::SendSmsJob>()
            .on::<crate::push::SendPushJob>()
            .on::<crate::payments::ExpireCheckoutJob>()
            .on::<crate::backup::MakeBackupJob>()
            // Seed 000, Get Backup Status: "Daily at 2 AM UTC".
            .cron("make_backup", "0 2 * * *", |ctx| Box::pin(crate::backup::queue(ctx)))?
            .cron("delete_old_jobs", "17 3 * * *", |ctx| Box::pin(async move { delete_old(ctx).await.map(|_| ()) }))?
            .cron("delete_old_idempotency_keys", "21 * * * *", |ctx| Box::pin(crate::idempotency::delete_old(ctx)))?
            .cron("delete_old_rate_limits", "23 * * * *", |ctx| Box::pin(crate::limits::delete_old(ctx)))?
            .cron("delete_old_revocations", "27 3 * * *", |ctx| Box::pin(crate::auth::delete_old_revocations(ctx)))?
            .cron("prune_webhooks", "37 * * * *", |ctx| Box::pin(async move { crate::webhooks::prune(ctx).await.map(|_| ()) }))
    }

    /// Adds a kind of job.
    pub fn on<J: Job>(mut self) -> Registry {
        let runner: Runner = Arc::new(|ctx, running, payload| {
            Box::pin(async move {
                let job: J = serde_json::from_value(payload).map_err(|e| JobError::Fail(format!("unreadable payload: {e}")))?;
                job.run(ctx, running).await
            })
        });
        self.runners.insert(J::KIND, (runner, J::LONGEST_RUN));
        self
    }

    /// Adds a scheduled task: a cron pattern in UTC. Of all nodes one runs each occurrence.
    pub fn cron<F>(mut self, name: &'static str, pattern: &str, run: F) -> anyhow::Result<Registry>
    where
        F: for<'a> Fn(&'a Ctx) -> BoxFuture<'a, Outcome<()>> + Send + Sync + 'static,
    {
        self.crons.push(Cron { name, pattern: pattern.parse()?, run: Arc::new(run) });
        Ok(self)
    }
}

/// How long finished jobs are kept.
const KEEP_DONE: Duration = Duration::days(30);

/// Deletes jobs that were done 30 days ago; those with a key stay, so that the key stays taken.
async fn delete_old(ctx: &Ctx) -> Outcome<u64> {
    let mut tx = ctx.begin().await?;
    let before = ctx.now() - KEEP_DONE;
    let deleted = execute!(tx, "delete from jobs where status = 'done' and run_at < $1 and dedupe_key is null", before)?;
    tx.commit().await?;
    Ok(deleted)
}

/// Runs the scheduled tasks whose time has come since they last ran. The row in `cron_runs` is moved
/// forward first and by one node only, so that an occurrence is never run twice at once.
pub async fn run_crons(ctx: &Ctx, registry: &Registry) -> Outcome<()> {
    for cron in &registry.crons {
        let now = ctx.now();
        let mut conn = ctx.db.read().await?;
        let known = fetch_optional!(conn, (DateTime<Utc>,), "select next_at from cron_runs where name = $1", cron.name)?;
        drop(conn);
        let next_after = |time: DateTime<Utc>| cron.pattern.find_next_occurrence(&time, false).map_err(Problem::internal);
        if let Some((at,)) = known.filter(|(at,)| *at > now) {
            // Also by a clock that is ahead a little no later time is written: this one was by a clock that was wrong, and
            // the task would wait for it.
            if at > next_after(now + CLOCK_SKEW)? {
                tracing::warn!(cron = cron.name, %at, "the next time of a scheduled task was too far away");
                let mut tx = ctx.begin().await?;
                let sql = "update cron_runs set next_at = $2 where name = $1 and next_at = $3";
                execute!(tx, sql, cron.name, next_after(now)?, at)?;
                tx.commit().await?;
            }
            continue;
        }
        let next = next_after(now)?;
        let mut tx = ctx.begin().await?;
        let mine = if let Some((at,)) = known {
            let sql = "update cron_runs set next_at = $2, last_at = $3 where name = $1 and next_at = $4";
            execute!(tx, sql, cron.name, next, now, at)? == 1
        } else {
            // Seen for the first time: it runs at its next occurrence.
            execute!(tx, "insert into cron_runs (name, next_at) values ($1, $2) on conflict (name) do nothing", cron.name, next)?;
            false
        };
        tx.commit().await?;
        if mine {
            match AssertUnwindSafe((cron.run)(ctx)).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(problem)) => tracing::error!(cron = cron.name, error = problem.for_log(), "scheduled task failed"),
                Err(_) => tracing::error!(cron = cron.name, "scheduled task panicked"),
            }
        }
    }
    Ok(())
}
