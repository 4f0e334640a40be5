//! When the database cannot: 503, nothing half done, and work goes on afterwards.

use crate::common::{Server, servers, start};
use platform::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use platform::sqlx::{self, AssertSqlSafe, Connection as _, PgConnection};
use platform::{Ctx, Db, Settings};
use reqwest::Method;
use serde_json::json;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

async fn count(server: &Server, sql: &'static str) -> i64 {
    platform::fetch_scalar!(&mut server.ctx.db.read().await.expect("a connection"), i64, sql).expect("counted")
}

/// SQLite meets its page limit as it meets the end of a disk.
#[tokio::test]
async fn a_full_disk_refuses_with_503_and_harms_nothing() {
    // Whenever the program opens the database, the disk is as small as this says.
    let room = Arc::new(AtomicI64::new(1_000_000));
    let mut db = platform::testing::sqlite().await;
    let options = SqliteConnectOptions::from_str(&db.ctx.settings.database_url).expect("an address");
    let limit = room.clone();
    let writer = SqlitePoolOptions::new().max_connections(1).after_connect(move |conn, _| {
        let sql = AssertSqlSafe(format!("pragma max_page_count = {}", limit.load(Ordering::SeqCst)));
        Box::pin(async move { sqlx::query(sql).execute(conn).await.map(|_| ()) })
    });
    let options = options.journal_mode(SqliteJournalMode::Wal).foreign_keys(true);
    let writer = writer.connect_with(options.clone()).await.expect("it opens");
    let readers = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await.expect("it opens");
    let Db::Sqlite { near, .. } = &db.ctx.db else { unreachable!("made above") };
    let full = Db::Sqlite { readers, writer: writer.clone(), near: near.clone() };
    db.ctx = Ctx::with_clock(full, db.ctx.settings.clone(), db.ctx.clock.clone()).expect("a context");
    let server = start(db, &|s: &mut Settings| s.rate_limits = false).await;
    let (_, token) = server.contractor("contractor@example.com", json!({})).await;
    server.submit(&json!({})).await.expect(201);
    let (pages,): (i64,) = sqlx::query_as("pragma page_count").fetch_one(&writer).await.expect("pages");
    room.store(pages, Ordering::SeqCst);
    let full = AssertSqlSafe(format!("pragma max_page_count = {pages}"));
    sqlx::query(full).execute(&writer).await.expect("limited");

    let (mut taken, mut refused) = (1, 0);
    let long = "x".repeat(2000);
    for _ in 0..40 {
        let reply = server.submit(&json!({ "serviceDescription": long })).await;
        match reply.status {
            // What is left of the last pages.
            201 => taken += 1,
            _ => {
                reply.refused(503, "Service unavailable", "no room");
                refused += 1;
            }
        }
    }
    assert!(refused > 20, "{refused} of 40");
    assert_eq!(count(&server, "select count(*) from leads").await, taken, "what was refused left nothing");
    assert_eq!(count(&server, "select count(*) from events where kind = 'lead_submitted'").await, taken);
    let leads = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
    assert_eq!(leads["total"], taken, "reading goes on");
    server.get("/health").await.expect(200);
    // A webhook is not taken either, so that its provider sends it again.
    let event = json!({ "id": "evt_1", "type": "customer.created", "data": {}, "more": "y".repeat(200_000) });
    server.stripe(&event).await.refused(503, "Service unavailable", "no room");
    assert_eq!(count(&server, "select count(*) from webhook_events").await, 0);

    room.store(1_000_000, Ordering::SeqCst);
    sqlx::query("pragma max_page_count = 1000000").execute(&writer).await.expect("room again");
    server.submit(&json!({ "serviceDescription": long })).await.expect(201);
    server.stripe(&event).await.expect(200);
    assert_eq!(count(&server, "select count(*) from inbound_webhooks where result = 'ignored'").await, 1, "as if it came first now");
    server.run_jobs().await;
    let (found,): (String,) = sqlx::query_as("pragma integrity_check").fetch_one(&writer).await.expect("checked");
    assert_eq!(found, "ok");
    assert_eq!(count(&server, "select count(*) from leads").await, taken + 1);
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_everywhere_and_not_an_error_of_ours() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        server.ctx.db.close().await;
        server.submit(&json!({})).await.refused(503, "Service unavailable", "not available right now");
        server.admin(Method::GET, "/api/admin/leads", None).await.refused(503, "Service unavailable", "not available right now");
        server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(503);
        assert_eq!(server.get("/health").await.expect(503).json()["status"], "unhealthy", "on {}", server.db.name());
    }
}

/// Only Postgres can go without our hearing of it.
#[tokio::test]
async fn health_tells_of_a_database_that_has_gone_since_the_last_look() {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else { return };
    for server in servers().await.into_iter().filter(|server| server.db.name() == "postgres") {
        let name = server.ctx.settings.database_url.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("a name").to_owned();
        let mut outside = PgConnection::connect(&url).await.expect("connected");
        server.get("/health").await.expect(200);
        for sql in [
            format!("alter database {name} allow_connections false"),
            format!("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut outside).await.expect("done");
        }
        assert_eq!(server.get("/health").await.expect(503).json()["status"], "unhealthy");
    }
}
