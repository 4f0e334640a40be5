//! What several nodes on one database share: limits, idempotency keys, revoked tokens, events.

use chrono::Duration;
use kernel::Problem;
use platform::auth::{self, Audience};
use platform::events::{self, MISSED};
use platform::idempotency::{self, Reserved};
use platform::limits::{self, Hit, Limits, MemoryLimits, Rule};
use platform::testing::{TestDb, databases};
use platform::{Ctx, Db, Event, Job, JobError, Running, execute, fetch_scalar, jobs, nodes};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration as Pause;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

const THREE: Rule = Rule { limit: 3, window_seconds: 900 };

async fn count(ctx: &Ctx, sql: &'static str) -> i64 {
    fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, sql).expect("counted")
}

#[tokio::test]
async fn limits_hold_over_nodes_and_end_with_their_window() {
    for db in databases().await {
        let shared = limits::DatabaseLimits::default();
        let others = limits::DatabaseLimits::default();
        let other = db.second_node().await;
        let resets_at = db.ctx.now().timestamp() + 900;
        for (left, (limits, ctx)) in [(2, (&shared, &db.ctx)), (1, (&others, &other)), (0, (&shared, &db.ctx))] {
            let hit = limits.hit(ctx, "login:a", THREE).await.expect("counted");
            assert_eq!(hit, Hit { allowed: true, limit: 3, remaining: left, resets_at }, "{}", db.name());
        }
        for (limits, ctx) in [(&shared, &db.ctx), (&others, &other)] {
            let hit = limits.hit(ctx, "login:a", THREE).await.expect("counted");
            assert_eq!(hit, Hit { allowed: false, limit: 3, remaining: 0, resets_at });
            assert_eq!(limits.used_up_until("login:a", THREE, ctx.now().timestamp()), Some(resets_at), "known without asking");
            assert!(limits.hit(ctx, "login:b", THREE).await.expect("counted").allowed, "another key");
        }
        assert_eq!(count(&db.ctx, "select used from rate_limits where key = 'login:a'").await, 4, "a flood costs the database nothing");
        db.advance(Duration::seconds(900));
        assert_eq!(others.hit(&other, "login:a", THREE).await.expect("counted").remaining, 2, "a new window");
        shared.hit(&db.ctx, "login:a", THREE).await.expect("counted");
        shared.clear(&db.ctx, "login:a").await.expect("cleared");
        assert_eq!(others.hit(&other, "login:a", THREE).await.expect("counted").remaining, 2, "forgotten");
        other.db.close().await;
    }
}

#[tokio::test]
async fn a_clock_that_was_wrong_locks_nobody_out() {
    for db in databases().await {
        let (here, there) = (limits::DatabaseLimits::default(), limits::DatabaseLimits::default());
        for _ in 0..4 {
            here.hit(&db.ctx, "a", THREE).await.expect("counted");
        }
        db.advance(-Duration::seconds(60));
        assert!(!there.hit(&db.ctx, "a", THREE).await.expect("counted").allowed, "{}: clocks may be a minute apart", db.name());
        // It was an hour ahead, and is put right.
        db.advance(-Duration::hours(1));
        for (left, limits) in [(2, &here), (1, &there)] {
            assert_eq!(limits.hit(&db.ctx, "a", THREE).await.expect("counted").remaining, left, "{}", db.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_are_counted_exactly() {
    const TWENTY: Rule = Rule { limit: 20, window_seconds: 900 };
    for db in databases().await {
        let shared = std::sync::Arc::new(limits::DatabaseLimits::default());
        let hits = (0..60).map(|_| {
            let (ctx, shared) = (db.ctx.clone(), shared.clone());
            tokio::spawn(async move { shared.hit(&ctx, "a", TWENTY).await.expect("counted").allowed })
        });
        let allowed = futures::future::join_all(hits).await.into_iter().filter(|hit| *hit.as_ref().expect("no panic")).count();
        assert_eq!(allowed, 20, "{}", db.name());
    }
}

#[tokio::test]
async fn the_engine_chooses_where_limits_are_counted() {
    for db in databases().await {
        db.ctx.limits.hit(&db.ctx, "a", THREE).await.expect("counted");
        let shared = i64::from(matches!(db.ctx.db, Db::Postgres(_)));
        assert_eq!(count(&db.ctx, "select count(*) from rate_limits").await, shared, "{}", db.name());
    }
}

#[tokio::test]
async fn an_account_takes_ten_wrong_passwords() {
    for db in databases().await {
        let ctx = &db.ctx;
        for _ in 0..9 {
            limits::try_login(ctx, "Ann@example.com").await.expect("may try");
        }
        limits::login_succeeded(ctx, "ann@example.com").await.expect("cleared");
        for _ in 0..10 {
            limits::try_login(ctx, " ann@example.com").await.expect("may try");
        }
        let refused = limits::try_login(ctx, "ann@example.com").await;
        assert!(matches!(refused, Err(Problem::TooMany { retry_after: 900, limit: 10, .. })), "{}: {refused:?}", db.name());
        limits::try_login(ctx, "bob@example.com").await.expect("another account");
        db.advance(Duration::minutes(15));
        limits::try_login(ctx, "ann@example.com").await.expect("may try again");
    }
}

#[tokio::test]
async fn memory_limits_serve_one_process() {
    let limits = MemoryLimits::default();
    for db in databases().await {
        assert!(limits.hit(&db.ctx, db.name(), THREE).await.expect("counted").allowed);
        limits.clear(&db.ctx, db.name()).await.expect("cleared");
        assert_eq!(limits.hit(&db.ctx, db.name(), THREE).await.expect("counted").remaining, 2);
    }
}

#[tokio::test]
async fn a_key_stands_for_one_request_for_a_day() {
    for db in databases().await {
        let ctx = &db.ctx;
        let reserve = async |caller: &str, hash: &str| idempotency::reserve(ctx, caller, "k", hash).await.expect("reserved");
        let Reserved::Mine(id) = reserve("ann", "x").await else { panic!("it is new") };
        assert_eq!(reserve("ann", "x").await, Reserved::Running, "{}", db.name());
        assert_eq!(reserve("ann", "y").await, Reserved::OtherRequest);
        assert!(matches!(reserve("bob", "y").await, Reserved::Mine(_)), "another caller's key is another key");
        // The process died: the key opens again, for the same reservation.
        db.advance(idempotency::LEASE);
        assert_eq!(reserve("ann", "x").await, Reserved::Mine(id.clone()));
        assert_eq!(reserve("ann", "x").await, Reserved::Running);
        idempotency::release(ctx, &id).await.expect("released");
        assert_eq!(reserve("ann", "x").await, Reserved::Mine(id.clone()));
        idempotency::answer(ctx, &id, 201, "{}").await.expect("kept");
        assert_eq!(reserve("ann", "x").await, Reserved::Answered { status: 201, body: "{}".into() });
        assert_eq!(reserve("ann", "y").await, Reserved::OtherRequest);
        db.advance(idempotency::KEEP);
        let Reserved::Mine(next) = reserve("ann", "y").await else { panic!("it is free again") };
        assert_ne!(next, id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_gets_the_key() {
    for db in databases().await {
        let tries = (0..20).map(|_| {
            let ctx = db.ctx.clone();
            tokio::spawn(async move { idempotency::reserve(&ctx, "ann", "k", "x").await.expect("reserved") })
        });
        let got: Vec<Reserved> = futures::future::join_all(tries).await.into_iter().map(|r| r.expect("no panic")).collect();
        assert_eq!(got.iter().filter(|r| matches!(r, Reserved::Mine(_))).count(), 1, "{}", db.name());
        assert_eq!(got.iter().filter(|r| matches!(r, Reserved::Running)).count(), 19, "{}", db.name());
    }
}

#[tokio::test]
async fn what_is_old_is_cleared_out() {
    for db in databases().await {
        let ctx = &db.ctx;
        let registry = jobs::Registry::with_platform().expect("a schedule");
        jobs::run_crons(ctx, &registry).await.expect("seen");
        idempotency::reserve(ctx, "ann", "k", "x").await.expect("reserved");
        limits::DatabaseLimits::default().hit(ctx, "a", THREE).await.expect("counted");
        let token = auth::issue(ctx, Audience::Contractor, "c1", Duration::hours(24)).expect("issued");
        auth::revoke(ctx, &token).await.expect("revoked");
        for table in ["select count(*) from idempotency_keys", "select count(*) from rate_limits", "select count(*) from revoked_tokens"] {
            assert_eq!(count(ctx, table).await, 1);
        }
        db.advance(Duration::hours(25));
        jobs::run_crons(ctx, &registry).await.expect("ran");
        for table in ["select count(*) from idempotency_keys", "select count(*) from rate_limits", "select count(*) from revoked_tokens"] {
            assert_eq!(count(ctx, table).await, 0, "{}: {table}", db.name());
        }
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_on_every_node() {
    for db in databases().await {
        let other = db.second_node().await;
        let issue = || auth::issue(&db.ctx, Audience::Contractor, "c1", Duration::hours(24)).expect("issued");
        let (token, second) = (issue(), issue());
        auth::authenticate(&other, &token, Audience::Contractor).await.expect("good");
        auth::revoke(&db.ctx, &token).await.expect("revoked");
        auth::revoke(&db.ctx, &token).await.expect("again is harmless");
        assert!(matches!(auth::authenticate(&other, &token, Audience::Contractor).await, Err(Problem::Unauthenticated(_))));
        auth::authenticate(&other, &second, Audience::Contractor).await.expect("another session goes on");
        assert!(matches!(auth::revoke(&db.ctx, "rubbish").await, Err(Problem::Unauthenticated(_))));
        other.db.close().await;
    }
}

async fn emit(ctx: &Ctx, subject: &str) {
    let mut tx = ctx.begin().await.expect("a transaction");
    let data = serde_json::json!({ "customerName": "John Smith" });
    events::emit(ctx, &mut tx, "lead_submitted", subject, Some("c1"), "customer", data).await.expect("emitted");
    tx.commit().await.expect("committed");
}

async fn hear(heard: &mut broadcast::Receiver<Event>) -> Event {
    timeout(Pause::from_secs(20), heard.recv()).await.expect("it is heard").expect("an event")
}

/// Both nodes of each Postgres there is, connected to each other.
async fn pairs() -> Vec<(TestDb, Ctx, watch::Sender<bool>)> {
    let mut pairs = Vec::new();
    for db in databases().await.into_iter().filter(|db| matches!(db.ctx.db, Db::Postgres(_))) {
        let other = db.second_node().await;
        let (stop, stopping) = watch::channel(false);
        for ctx in [db.ctx.clone(), other.clone()] {
            tokio::spawn(nodes::connect(ctx, stopping.clone()));
        }
        // Until each is heard by the other.
        for (speaker, listener) in [(&db.ctx, &other), (&other, &db.ctx)] {
            let mut heard = listener.bus.subscribe();
            let reached = async {
                loop {
                    emit(speaker, "hello").await;
                    if timeout(Pause::from_millis(200), heard.recv()).await.is_ok() {
                        break;
                    }
                }
            };
            timeout(Pause::from_secs(30), reached).await.expect("they hear each other");
        }
        pairs.push((db, other, stop));
    }
    pairs
}

#[tokio::test]
async fn nodes_hear_of_each_others_events_once() {
    for (db, other, stop) in pairs().await {
        let (mut here, mut there) = (db.ctx.bus.subscribe(), other.bus.subscribe());
        for n in 0..300 {
            emit(&db.ctx, &format!("lead-{n}")).await;
        }
        let mut subjects = HashSet::new();
        while subjects.len() < 300 {
            let event = hear(&mut there).await;
            if event.subject_id == "hello" {
                continue;
            }
            assert_eq!((event.kind.as_str(), event.contractor_id.as_deref()), ("lead_submitted", Some("c1")));
            assert_eq!(event.data["customerName"], "John Smith", "it is read from the database");
            assert!(subjects.insert(event.subject_id), "twice");
        }
        // What is from here comes here once, and not back from the other.
        emit(&other, "last").await;
        let mut own = Vec::new();
        loop {
            match hear(&mut here).await.subject_id.as_str() {
                "last" => break,
                "hello" => {}
                subject => own.push(subject.to_owned()),
            }
        }
        assert_eq!(own, (0..300).map(|n| format!("lead-{n}")).collect::<Vec<_>>());
        stop.send(true).expect("they listen");
        other.db.close().await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_told_as_missed_and_hearing_goes_on() {
    for (db, other, stop) in pairs().await {
        let mut there = other.bus.subscribe();
        let mut tx = db.ctx.begin().await.expect("a transaction");
        execute!(tx, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%' and datname = current_database()")
            .expect("cut off");
        tx.commit().await.expect("committed");
        while hear(&mut there).await.kind != MISSED {}
        emit(&db.ctx, "after").await;
        while hear(&mut there).await.subject_id != "after" {}
        stop.send(true).expect("they listen");
        other.db.close().await;
    }
}

#[derive(Serialize, Deserialize)]
struct IdleJob {}

impl Job for IdleJob {
    const KIND: &'static str = "idle";
    async fn run(self, _ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_commit_with_a_job_wakes_the_workers_of_other_nodes() {
    for (db, other, stop) in pairs().await {
        let woken = other.wake.notified();
        let mut tx = db.ctx.begin().await.expect("a transaction");
        jobs::enqueue(&db.ctx, &mut tx, &IdleJob {}).await.expect("enqueued");
        tx.commit().await.expect("committed");
        timeout(Pause::from_secs(20), woken).await.expect("it is woken");
        stop.send(true).expect("they listen");
        other.db.close().await;
    }
}
