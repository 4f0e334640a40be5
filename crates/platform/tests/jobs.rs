//! Jobs and the schedule keep their promises, also when workers die or several work at once.

use chrono::Duration;
use futures::future::join_all;
use kernel::Outcome;
use platform::jobs::{self, Registry};
use platform::testing::{TestDb, databases};
use platform::{Ctx, Job, JobError, Running, Settings, events, execute, fetch_one, fetch_scalar};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

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
async fn a_dead_workers_job_is_taken_over_when_its_lease_ends() {
    for db in databases().await {
        enqueue(&db.ctx, &StuckJob).await;
        let mut heard = db.ctx.bus.subscribe();
        let ctx = db.ctx.clone();
        let worker = tokio::spawn(async move { jobs::drain(&ctx, &registry()).await });
        heard.recv().await.expect("it has begun");
        worker.abort();
        let _ = worker.await;

        let other = db.second_node().await;
        assert_eq!(jobs::drain(&other, &registry()).await.expect("drained"), 0, "the lease holds on {}", db.name());
        db.advance(Duration::seconds(121));
        assert_eq!(jobs::drain(&other, &registry()).await.expect("drained"), 1);
        let (status, attempts, ..) = only_job(&other).await;
        assert_eq!((status.as_str(), attempts), ("done", 2));
        other.db.close().await;
    }
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    for db in databases().await {
        enqueue(&db.ctx, &SlowJob).await;
        let start = || {
            let ctx = db.ctx.clone();
            tokio::spawn(async move { jobs::drain(&ctx, &registry()).await })
        };
        let late = start();
        WAITS.notified().await;
        db.advance(Duration::seconds(121));
        let second = start();
        WAITS.notified().await;
        FIRST_GATE.notify_one();
        late.await.expect("not aborted").expect("drained");
        db.advance(Duration::seconds(60));
        assert_eq!(drain(&db).await, 0, "the second worker's lease holds on {}", db.name());
        SECOND_GATE.notify_one();
        second.await.expect("not aborted").expect("drained");
        let (status, attempts, error, _) = only_job(&db.ctx).await;
        assert_eq!((status.as_str(), attempts, error), ("done", 2, None));
    }
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() {
    for db in databases().await {
        enqueue(&db.ctx, &named("a", 0)).await;
        let mut tx = db.ctx.begin().await.expect("a transaction");
        execute!(tx, "update jobs set attempts = max_attempts, locked_until = $1", db.ctx.now() - Duration::seconds(1)).expect("updated");
        tx.commit().await.expect("committed");
        assert_eq!(drain(&db).await, 1);
        assert_eq!(runs(&db.ctx, "a").await, 0);
        assert_eq!(only_job(&db.ctx).await.0, "dead");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_at_once_never_run_the_same_job_twice() {
    for db in databases().await {
        let mut tx = db.ctx.begin().await.expect("a transaction");
        for n in 0..60 {
            jobs::enqueue(&db.ctx, &mut tx, &named(&format!("job{n}"), 0)).await.expect("enqueued");
        }
        tx.commit().await.expect("committed");
        let nodes = [db.ctx.clone(), db.second_node().await];
        let workers = (0..6).map(|n| {
            let ctx = nodes[n % 2].clone();
            tokio::spawn(async move { jobs::drain(&ctx, &registry()).await.expect("drained") })
        });
        let ran: usize = join_all(workers).await.into_iter().map(|n| n.expect("no panic")).sum();
        assert_eq!(ran, 60, "{}", db.name());
        for n in 0..60 {
            assert_eq!(runs(&db.ctx, &format!("job{n}")).await, 1);
        }
        nodes[1].db.close().await;
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

#[tokio::test]
async fn a_worker_wakes_for_a_commit_and_stops_when_told() {
    for db in databases().await {
        let (stop, stopped) = watch::channel(false);
        let mut heard = db.ctx.bus.subscribe();
        let worker = tokio::spawn(jobs::run_worker(db.ctx.clone(), registry(), stopped));
        enqueue(&db.ctx, &named("a", 0)).await;
        assert_eq!(heard.recv().await.expect("it ran").subject_id, "a");
        stop.send(true).expect("it listens");
        worker.await.expect("it stopped");
    }
}

#[tokio::test]
async fn messages_leave_also_while_requests_wait() {
    for db in databases().await {
        let _requests: Vec<_> = std::iter::repeat_with(|| db.ctx.begin_request()).take(1000).collect();
        assert!(db.ctx.is_busy());
        for n in 0..100 {
            enqueue(&db.ctx, &named(&format!("job{n}"), 0)).await;
        }
        let (stop, stopped) = watch::channel(false);
        let mut heard = db.ctx.bus.subscribe();
        let worker = tokio::spawn(jobs::run_worker(db.ctx.clone(), registry(), stopped));
        for _ in 0..100 {
            heard.recv().await.expect("each ran");
        }
        stop.send(true).expect("it listens");
        worker.await.expect("it stopped");
    }
    let idle = platform::testing::sqlite().await;
    drop(idle.ctx.begin_request());
    assert!(!idle.ctx.is_busy());
}

fn schedule() -> Registry {
    Registry::new()
        .cron("every_minute", "* * * * *", |ctx| Box::pin(note(ctx, "cron")))
        .expect("a pattern")
        .cron("broken", "* * * * *", |_| Box::pin(async { Err(kernel::Problem::Unavailable("it always fails".into())) }))
        .expect("a pattern")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_occurrence_runs_once_on_all_nodes_together() {
    for db in databases().await {
        let nodes = [db.ctx.clone(), db.second_node().await];
        let run_everywhere = || async {
            let all = (0..6).map(|n| {
                let ctx = nodes[n % 2].clone();
                tokio::spawn(async move { jobs::run_crons(&ctx, &schedule()).await.expect("the schedule runs") })
            });
            join_all(all).await;
        };
        run_everywhere().await;
        assert_eq!(runs(&db.ctx, "cron").await, 0, "a new task waits for its time");
        for minute in 1..=3 {
            db.advance(Duration::seconds(60));
            run_everywhere().await;
            assert_eq!(runs(&db.ctx, "cron").await, minute, "{}", db.name());
        }
        db.advance(Duration::hours(5));
        run_everywhere().await;
        assert_eq!(runs(&db.ctx, "cron").await, 4, "what was missed runs once");
        nodes[1].db.close().await;
    }
}

#[tokio::test]
async fn a_clock_that_was_wrong_does_not_stop_the_schedule() {
    for db in databases().await {
        let run = async || {
            jobs::run_crons(&db.ctx, &schedule()).await.expect("the schedule runs");
            runs(&db.ctx, "cron").await
        };
        assert_eq!(run().await, 0);
        db.advance(Duration::days(400));
        assert_eq!(run().await, 1);
        db.advance(-Duration::days(400));
        assert_eq!(run().await, 1, "the clock is put right");
        db.advance(Duration::seconds(60));
        assert_eq!(run().await, 2, "{}: nobody waits for another year", db.name());
        // Clocks may be a minute apart: a neighbour that is behind runs nothing again.
        for back in [60, -60] {
            db.advance(-Duration::seconds(back));
            assert_eq!(run().await, 2);
        }
    }
}

#[tokio::test]
async fn long_finished_jobs_are_cleared_out() {
    for db in databases().await {
        enqueue(&db.ctx, &named("old", 0)).await;
        drain(&db).await;
        let registry = Registry::with_platform().expect("patterns");
        jobs::run_crons(&db.ctx, &registry).await.expect("the schedule runs");
        db.advance(Duration::days(29));
        jobs::run_crons(&db.ctx, &registry).await.expect("the schedule runs");
        assert_eq!(only_job(&db.ctx).await.0, "done");
        db.advance(Duration::days(2));
        jobs::run_crons(&db.ctx, &registry).await.expect("the schedule runs");
        let mut conn = db.ctx.db.read().await.expect("a connection");
        assert_eq!(fetch_scalar!(conn, i64, "select count(*) from jobs where kind <> 'make_backup'").expect("a count"), 0);
    }
}

/// Waits for a condition, at most 20 seconds.
async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

#[tokio::test]
async fn a_job_that_takes_long_keeps_its_lease_and_keeps_nobody_waiting() {
    for db in databases().await {
        let settings = Settings { job_lease: Duration::seconds(3), ..db.ctx.settings.clone() };
        let ctx = Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context");
        enqueue(&ctx, &LongJob).await;
        let (stop, stopping) = watch::channel(false);
        let worker = tokio::spawn(jobs::run_worker(ctx.clone(), registry(), stopping));
        until("it has begun", async || runs(&ctx, "long").await == 1).await;
        for _ in 0..40 {
            enqueue(&ctx, &named("short", 0)).await;
        }
        until("the others are done", async || runs(&ctx, "short").await == 40).await;

        let lease = async || {
            let sql = "select locked_until from jobs where kind = 'long'";
            let mut conn = ctx.db.read().await.expect("a connection");
            fetch_scalar!(conn, chrono::DateTime<chrono::Utc>, sql).expect("a lease")
        };
        let first = lease().await;
        db.advance(Duration::seconds(2));
        until("the lease is renewed", async || lease().await > first).await;
        db.advance(Duration::seconds(2));
        assert!(ctx.now() > first, "the first lease has ended");
        let other = db.second_node().await;
        assert_eq!(jobs::drain(&other, &registry()).await.expect("drained"), 0, "on {}", db.name());
        LONG_GATE.notify_one();
        stop.send(true).expect("it listens");
        worker.await.expect("it ends");
        let sql = "select count(*) from jobs where status = 'done' and attempts = 1";
        assert_eq!(fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, sql).expect("a count"), 41);
        other.db.close().await;
    }
}
