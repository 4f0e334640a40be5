//! The schedule: each occurrence once, whatever the clock and the neighbours do.

use super::*;
use futures::future::join_all;

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
