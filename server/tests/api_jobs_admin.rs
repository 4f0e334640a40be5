//! Jobs as the administrator sees them: dead ones are visible, and can run again or go.

use crate::common::process::until;
use crate::common::{Server, assert_like, servers};
use kernel::Problem;
use platform::auth::Caller;
use platform::jobs;
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/admin/jobs";

/// A job that has died: the mail to a contractor who applied.
async fn dead(server: &Server) -> String {
    server.contractor("contractor@example.com", json!({})).await;
    server.run_jobs().await;
    server.submit(&json!({})).await.expect(201);
    server
        .change(
            "update jobs set status = 'dead', attempts = 8, last_error = 'status 500: busy' where status = 'queued' and kind = 'send_sms'",
        )
        .await;
    server.run_jobs().await;
    server.texts("select id from jobs where status = 'dead'").await.pop().expect("a dead job")
}

/// The job runs. The lock of what was refused before is gone a moment after the answer, and a worker passes over what is locked.
async fn runs(server: &Server) {
    until("the job has run", async || {
        server.run_jobs().await;
        server.db.messages().len() == 1
    })
    .await;
}

async fn list(server: &Server, query: &str) -> Value {
    server.admin(Method::GET, &format!("{PATH}{query}"), None).await.expect(200).json()
}

#[tokio::test]
async fn jobs_are_listed_without_what_they_carry() {
    for server in servers().await {
        let id = dead(&server).await;
        let page = list(&server, "?status=dead").await;
        let example = json!({ "jobs": [{
            "id": "x", "kind": "send_sms", "status": "dead", "attempts": 8, "maxAttempts": 8, "runAt": "2025-10-05T12:00:00.000Z",
            "lastError": "status 500: busy", "createdAt": "2025-10-05T12:00:00.000Z"
        }], "total": 1, "limit": 100, "offset": 0 });
        assert_like(&example, &page);
        assert_eq!((&page["jobs"][0]["id"], &page["total"]), (&json!(id), &json!(1)), "{}", server.db.name());
        let keys: Vec<&str> = page["jobs"][0].as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 8, "{keys:?}");
        assert!(!list(&server, "").await.to_string().contains("5559876543"), "no phone of a payload");
        let total = list(&server, "").await["total"].as_i64().expect("a number");
        assert_eq!(list(&server, "?status=done").await["total"], total - 1);
        assert_eq!(list(&server, "?kind=send_sms&status=dead").await["total"], 1);
        assert_eq!(list(&server, "?kind=nothing").await["total"], 0);
        let second = list(&server, "?limit=1&offset=1").await;
        assert_eq!((second["jobs"].as_array().map(Vec::len), &second["total"]), (Some(1), &json!(total)));
        for query in ["?status=lost", "?limit=0", "?limit=501", "?offset=-1"] {
            server.admin(Method::GET, &format!("{PATH}{query}"), None).await.refused(400, "Validation failed", "must");
        }
    }
}

#[tokio::test]
async fn a_dead_job_can_run_again() {
    for server in servers().await {
        let id = dead(&server).await;
        assert!(server.db.messages().is_empty());
        let retry = async || server.admin(Method::POST, &format!("{PATH}/{id}/retry"), None).await;
        let reply = retry().await;
        let body = reply.expect(200).json();
        assert_eq!((&body["success"], &body["job"]["status"], &body["job"]["attempts"]), (&json!(true), &json!("queued"), &json!(0)));
        retry().await.refused(409, "Job not dead", "queued");
        runs(&server).await;
        retry().await.refused(409, "Job not dead", "done");
        assert_eq!(server.count("select count(*) from audit_log where action = 'job_retried'").await, 1);
        server.admin(Method::POST, &format!("{PATH}/nothing/retry"), None).await.refused(404, "Job not found", "nothing");
    }
}

#[tokio::test]
async fn a_dead_job_can_be_discarded() {
    for server in servers().await {
        let id = dead(&server).await;
        let path = format!("{PATH}/{id}");
        let reply = server.admin(Method::DELETE, &path, None).await.expect(200);
        assert_eq!(reply.json(), json!({ "success": true, "id": id }));
        server.admin(Method::DELETE, &path, None).await.refused(404, "Job not found", &id);
        let done = server.texts("select id from jobs where status = 'done'").await.remove(0);
        server.admin(Method::DELETE, &format!("{PATH}/{done}"), None).await.refused(409, "Job not dead", "done");
        assert_eq!(server.count("select count(*) from audit_log where action = 'job_discarded'").await, 1, "{}", server.db.name());
        server.run_jobs().await;
        assert!(server.db.messages().is_empty());
    }
}

#[tokio::test]
async fn several_dead_jobs_run_again_or_go() {
    for server in servers().await {
        let (ctx, admin) = (&server.ctx, Caller::Admin { name: "admin".into() });
        let id = dead(&server).await;
        let done = server.texts("select id from jobs where status = 'done'").await.remove(0);
        let ids = [id, done, "nothing".into()];
        assert_eq!(jobs::retry_many(ctx, &admin, &ids).await.expect("done"), 1, "{}", server.db.name());
        assert_eq!(jobs::discard_many(ctx, &admin, &ids).await.expect("done"), 0, "it is not dead now");
        runs(&server).await;
        server.change("update jobs set status = 'dead' where kind = 'send_sms'").await;
        assert_eq!(jobs::discard_many(ctx, &admin, &ids).await.expect("done"), 1);
        assert_eq!(server.count("select count(*) from jobs where kind = 'send_sms'").await, 0);
        assert!(matches!(jobs::retry_many(ctx, &admin, &[]).await, Err(Problem::Invalid(_))));
        assert!(matches!(jobs::retry_many(ctx, &Caller::Contractor("c".into()), &ids).await, Err(Problem::Forbidden(_))));
    }
}
