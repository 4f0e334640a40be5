//! Workers: those that die, those that are late, and several at once.

use super::*;
use futures::future::join_all;
use platform::{Settings, execute};
use tokio::sync::watch;

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
