//! Jobs keep their promises: they are tried again, come with their change, and run once for a key.

mod schedule;
mod workers;

use chrono::Duration;
use kernel::Outcome;
use platform::jobs::{self, Registry};
use platform::testing::{TestDb, databases};
use platform::{Ctx, Job, JobError, Running, events, fetch_one, fetch_scalar};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Leaves an event each time it runs, and fails the first times.
#[derive(Serialize, Deserialize)]
struct NoteJob {
    name: String,
    fail_first: usize,
}

impl Job for NoteJob {
    const KIND: &'static str = "note";
    const MAX_ATTEMPTS: i64 = 3;
    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        note(ctx, &self.name).await?;
        if runs(ctx, &self.name).await <= self.fail_first {
            return Err(JobError::Retry("not yet".into()));
        }
        Ok(())
    }
}

/// The first run waits to be let go and then fails; the second waits too, and succeeds. Each says when it waits.
#[derive(Serialize, Deserialize)]
struct SlowJob;
static WAITS: Notify = Notify::const_new();
static FIRST_GATE: Notify = Notify::const_new();
static SECOND_GATE: Notify = Notify::const_new();

impl Job for SlowJob {
    const KIND: &'static str = "slow";
    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        note(ctx, "slow").await?;
        let first = runs(ctx, "slow").await == 1;
        WAITS.notify_one();
        if first {
            FIRST_GATE.notified().await;
            return Err(JobError::Retry("too late".into()));
        }
        SECOND_GATE.notified().await;
        Ok(())
    }
}

/// The first run never ends; later ones succeed.
#[derive(Serialize, Deserialize)]
struct StuckJob;

impl Job for StuckJob {
    const KIND: &'static str = "stuck";
    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        note(ctx, "stuck").await?;
        if runs(ctx, "stuck").await == 1 {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

/// Waits to be let go.
#[derive(Serialize, Deserialize)]
struct LongJob;
static LONG_GATE: Notify = Notify::const_new();

impl Job for LongJob {
    const KIND: &'static str = "long";
    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        note(ctx, "long").await?;
        LONG_GATE.notified().await;
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct HopelessJob {
    panics: bool,
}

impl Job for HopelessJob {
    const KIND: &'static str = "hopeless";
    async fn run(self, _ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        assert!(!self.panics, "a job that panics");
        Err(JobError::Fail("never".into()))
    }
}

fn registry() -> Registry {
    Registry::new().on::<NoteJob>().on::<SlowJob>().on::<StuckJob>().on::<LongJob>().on::<HopelessJob>()
}

async fn note(ctx: &Ctx, name: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    events::emit(ctx, &mut tx, "ran", name, None, "system", serde_json::json!({})).await?;
    tx.commit().await
}

async fn runs(ctx: &Ctx, name: &str) -> usize {
    let mut conn = ctx.db.read().await.expect("a connection");
    events::list_of_subject(&mut conn, name).await.expect("events").len()
}

async fn enqueue<J: Job>(ctx: &Ctx, job: &J) {
    let mut tx = ctx.begin().await.expect("a transaction");
    jobs::enqueue(ctx, &mut tx, job).await.expect("enqueued");
    tx.commit().await.expect("committed");
}

fn named(name: &str, fail_first: usize) -> NoteJob {
    NoteJob { name: name.into(), fail_first }
}

/// Status, attempts, last error and payload of the only job.
async fn only_job(ctx: &Ctx) -> (String, i64, Option<String>, String) {
    let sql = "select status, attempts, last_error, cast(payload as text) from jobs where kind <> 'make_backup'";
    fetch_one!(&mut ctx.db.read().await.expect("a connection"), (String, i64, Option<String>, String), sql).expect("one job")
}

async fn drain(db: &TestDb) -> usize {
    jobs::drain(&db.ctx, &registry()).await.expect("drained")
}

#[tokio::test]
async fn a_failed_job_is_tried_again_after_a_pause() {
    for db in databases().await {
        enqueue(&db.ctx, &named("a", 2)).await;
        assert_eq!(drain(&db).await, 1, "{}", db.name());
        assert_eq!(drain(&db).await, 0, "it pauses first");
        db.advance(Duration::seconds(13));
        assert_eq!(drain(&db).await, 1);
        db.advance(Duration::seconds(13));
        assert_eq!(drain(&db).await, 0, "the second pause is longer");
        db.advance(Duration::seconds(13));
        assert_eq!(drain(&db).await, 1);
        assert_eq!(runs(&db.ctx, "a").await, 3);
        let (status, attempts, error, payload) = only_job(&db.ctx).await;
        assert_eq!((status.as_str(), attempts, error), ("done", 3, None));
        assert_eq!(payload, "{}", "a finished job forgets what it was about");
        db.advance(Duration::days(1));
        assert_eq!(drain(&db).await, 0);
    }
}

#[tokio::test]
async fn after_the_last_try_a_job_is_dead_and_says_why() {
    for db in databases().await {
        enqueue(&db.ctx, &named("a", 99)).await;
        for _ in 0..6 {
            drain(&db).await;
            db.advance(Duration::hours(2));
        }
        assert_eq!(runs(&db.ctx, "a").await, 3);
        let (status, attempts, error, payload) = only_job(&db.ctx).await;
        assert_eq!((status.as_str(), attempts, error.as_deref()), ("dead", 3, Some("not yet")));
        assert!(payload.contains("fail_first"), "an administrator can see it");
    }
}

#[tokio::test]
async fn a_hopeless_job_is_dead_at_once_and_a_panic_is_only_a_failure() {
    for db in databases().await {
        enqueue(&db.ctx, &HopelessJob { panics: false }).await;
        assert_eq!(drain(&db).await, 1);
        assert_eq!(only_job(&db.ctx).await.0, "dead");
    }
    for db in databases().await {
        enqueue(&db.ctx, &HopelessJob { panics: true }).await;
        enqueue(&db.ctx, &named("beside", 0)).await;
        assert_eq!(drain(&db).await, 2);
        assert_eq!(runs(&db.ctx, "beside").await, 1, "others go on");
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let status = fetch_scalar!(conn, String, "select status from jobs where kind = 'hopeless'").expect("a job");
        assert_eq!(status, "queued");
    }
}

#[tokio::test]
async fn a_key_is_taken_for_ever_and_no_key_is_never_taken() {
    for db in databases().await {
        for round in 0..2 {
            let mut tx = db.ctx.begin().await.expect("a transaction");
            for _ in 0..3 {
                let at = db.ctx.now();
                jobs::enqueue_at(&db.ctx, &mut tx, &named("keyed", 0), at, Some("lead1:reminder")).await.expect("enqueued");
                jobs::enqueue_at(&db.ctx, &mut tx, &named("free", 0), at, None).await.expect("enqueued");
            }
            tx.commit().await.expect("committed");
            drain(&db).await;
            assert_eq!(runs(&db.ctx, "keyed").await, 1, "round {round} on {}", db.name());
            assert_eq!(runs(&db.ctx, "free").await, 3 * (round + 1));
        }
    }
}

#[tokio::test]
async fn jobs_come_with_their_change_and_at_their_time() {
    for db in databases().await {
        let mut tx = db.ctx.begin().await.expect("a transaction");
        jobs::enqueue(&db.ctx, &mut tx, &named("undone", 0)).await.expect("enqueued");
        drop(tx);
        let mut tx = db.ctx.begin().await.expect("a transaction");
        let at = db.ctx.now() + Duration::hours(1);
        jobs::enqueue_at(&db.ctx, &mut tx, &named("later", 0), at, None).await.expect("enqueued");
        tx.commit().await.expect("committed");
        assert_eq!(drain(&db).await, 0);
        db.advance(Duration::hours(1));
        assert_eq!(drain(&db).await, 1);
        assert_eq!(runs(&db.ctx, "undone").await, 0);
    }
}
