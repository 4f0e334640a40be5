//! The header Idempotency-Key: what is sent again is answered alike and done once.

use crate::api_leads::{lead_of, submit};
use crate::api_sources::new_source;
use crate::common::{self, ADMIN_PASSWORD, Server, send, servers_with};
use chrono::Duration;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// The documented sample with a key; always from the same address.
fn keyed(server: &Server, key: &str, change: &Value) -> RequestBuilder {
    submit(server, change).header("idempotency-key", key).header("x-forwarded-for", "203.0.113.7")
}

#[tokio::test]
async fn a_repeated_submission_is_answered_alike_and_done_once() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        let first = send(keyed(&server, "k1", &json!({}))).await.expect(201);
        let again = send(keyed(&server, "k1", &json!({}))).await.expect(201);
        assert_eq!((&again.text, again.header("content-type")), (&first.text, first.header("content-type")));
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
        assert_eq!(server.count("select count(*) from leads").await, 1, "{}", server.db.name());
        let other = send(keyed(&server, "k1", &json!({ "customerFirstName": "Jane" }))).await;
        other.refused(409, "Idempotency key reused", "another request");
        assert_ne!(lead_of(&send(keyed(&server, "k2", &json!({}))).await.expect(201)), lead_of(&first));
        // Another caller's key is another key.
        let elsewhere = submit(&server, &json!({})).header("idempotency-key", "k1").header("x-forwarded-for", "203.0.113.8");
        assert_ne!(lead_of(&send(elsewhere).await.expect(201)), lead_of(&first));
        let source = new_source(&server, "Example Homes").await.1;
        assert_ne!(lead_of(&send(keyed(&server, "k1", &json!({})).header("x-api-key", &source)).await.expect(201)), lead_of(&first));

        // Every decision is kept: also that nobody serves the area, and that the body is wrong.
        let nowhere = json!({ "customerZip": "99999" });
        let unserved = send(keyed(&server, "k3", &nowhere)).await.expect(404);
        assert_eq!(send(keyed(&server, "k3", &nowhere)).await.expect(404).text, unserved.text);
        assert_eq!(server.count("select count(*) from leads where customer_zip = '99999'").await, 1);
        let wrong = json!({ "customerZip": "9" });
        send(keyed(&server, "k4", &wrong)).await.expect(400);
        send(keyed(&server, "k4", &wrong)).await.refused(400, "Validation failed", "customerZip");
        // But not that the key was wrong: the next may be right.
        send(keyed(&server, "k5", &json!({})).header("x-api-key", "pl_wrong")).await.expect(401);
        send(keyed(&server, "k5", &json!({})).header("x-api-key", "pl_wrong")).await.expect(401);

        server.db.advance(Duration::hours(24));
        let next_day = send(keyed(&server, "k1", &json!({ "customerFirstName": "Jane" }))).await.expect(201);
        assert_ne!(lead_of(&next_day), lead_of(&first));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_at_once_with_one_key_make_one_lead() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        let replies = futures::future::join_all((0..20).map(|_| send(keyed(&server, "k", &json!({}))))).await;
        let taken: Vec<String> = replies.iter().filter(|r| r.status == 201).map(lead_of).collect();
        assert!(!taken.is_empty() && taken.iter().all(|lead| lead == &taken[0]), "{taken:?}");
        for reply in replies.into_iter().filter(|r| r.status != 201) {
            let reply = reply.refused(409, "Request in progress", "not finished");
            assert_eq!(reply.header("retry-after"), "1");
        }
        assert_eq!(server.count("select count(*) from leads").await, 1, "{}", server.db.name());
        assert_eq!(lead_of(&send(keyed(&server, "k", &json!({}))).await.expect(201)), taken[0]);
    }
}

#[tokio::test]
async fn a_crash_before_the_answer_was_kept_neither_blocks_nor_doubles() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        let first = send(keyed(&server, "k", &json!({}))).await.expect(201);
        // As if the process had died after the lead's commit.
        server.change("update idempotency_keys set status = null, body = null").await;
        let waiting = send(keyed(&server, "k", &json!({}))).await.refused(409, "Request in progress", "");
        assert_eq!(waiting.header("retry-after"), "1");
        server.db.advance(platform::idempotency::LEASE);
        let again = send(keyed(&server, "k", &json!({}))).await.expect(201);
        assert_eq!(again.json(), first.json(), "{}", server.db.name());
        assert_eq!(again.header("idempotency-replayed"), "", "it ran, and found what it had made");
        assert_eq!(server.count("select count(*) from leads").await, 1);
        assert_eq!(send(keyed(&server, "k", &json!({}))).await.expect(201).header("idempotency-replayed"), "true");
    }
}

/// A kept answer is for who may still have it: not for a token that was signed out, a suspended account or a revoked key.
#[tokio::test]
async fn who_may_no_longer_enter_is_not_answered_again() {
    for server in servers_with(|s| s.rate_limits = false).await {
        let (id, token) = server.contractor("contractor@example.com", json!({})).await;
        let (_, record) = server.charge(&json!({})).await;
        let path = format!("/api/contractors/billing/{record}/dispute");
        let dispute = |token: &str| {
            let request = server.request(Method::POST, &path).header("idempotency-key", "d").bearer_auth(token);
            send(request.json(&json!({ "reason": "wrong_info" })))
        };
        let (source, key) = new_source(&server, "Example Homes").await;
        let with_key = || send(keyed(&server, "k", &json!({})).header("x-api-key", &key));
        let approve = || {
            let request = server.request(Method::POST, &format!("/api/admin/contractors/{id}/approve"));
            send(request.header("idempotency-key", "a").basic_auth("admin", Some(ADMIN_PASSWORD)))
        };
        let first = dispute(&token).await.expect(201);
        assert_eq!(dispute(&token).await.expect(201).text, first.text);
        let login = json!({ "email": "contractor@example.com", "password": "password123" });
        let fresh = server.post("/api/contractors/login", &login).await.expect(200).json()["token"].as_str().expect("one").to_owned();
        let again = dispute(&fresh).await.expect(201);
        assert_eq!((&again.text, again.header("idempotency-replayed")), (&first.text, "true"), "a new login is the same caller");
        with_key().await.expect(201);
        assert_eq!(with_key().await.expect(201).header("idempotency-replayed"), "true");
        approve().await.expect(200);
        assert_eq!(approve().await.expect(200).header("idempotency-replayed"), "true");

        server.with(&token, Method::POST, "/api/contractors/logout", None).await.expect(200);
        dispute(&token).await.refused(401, "Invalid authentication credentials", "");
        dispute(&fresh).await.expect(201);
        server.admin(Method::POST, &format!("/api/admin/contractors/{id}/suspend"), None).await.expect(200);
        dispute(&fresh).await.expect(403);
        server.admin(Method::DELETE, &format!("/api/admin/lead-sources/{source}"), None).await.expect(200);
        with_key().await.refused(401, "Invalid authentication credentials", "");
        assert_eq!(server.count("select count(*) from disputes").await, 1, "{}", server.db.name());
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_not_kept() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        server.change("alter table lead_assignments rename to assignments_away").await;
        send(keyed(&server, "k", &json!({}))).await.refused(500, "Internal server error", "");
        server.change("alter table assignments_away rename to lead_assignments").await;
        send(keyed(&server, "k", &json!({}))).await.expect(201);
        assert_eq!(server.count("select count(*) from leads").await, 1, "{}", server.db.name());
    }
}

#[tokio::test]
async fn keys_are_checked_and_honoured_by_every_post_that_makes_something() {
    for server in servers_with(|s| s.rate_limits = false).await {
        for bad in ["", "   ", &"k".repeat(256), "schlüssel"] {
            let request = submit(&server, &json!({})).header("idempotency-key", bad.as_bytes());
            send(request).await.refused(400, "Validation failed", "Idempotency-Key must be 1 to 255");
        }
        send(keyed(&server, &"k".repeat(255), &json!({}))).await.expect(404);

        let register = || {
            let request = server.request(Method::POST, "/api/contractors/register").header("idempotency-key", "r");
            send(request.json(&common::contractor_body("ann@example.com")))
        };
        let first = register().await.expect(201);
        assert_eq!(register().await.expect(201).text, first.text, "not 409 for the own account");

        let add = |key: &'static str| {
            let request = server.request(Method::POST, "/api/admin/tracking-numbers").header("idempotency-key", key);
            send(request.basic_auth("admin", Some(ADMIN_PASSWORD)).json(&json!({ "phoneNumbers": ["2135550100"] })))
        };
        assert_eq!(add("n").await.expect(201).json()["added"], 1);
        assert_eq!(add("n").await.expect(201).json()["added"], 1, "{}", server.db.name());
        assert_eq!(add("m").await.expect(201).json()["added"], 0);

        // An answer with a secret is not kept.
        let make = || {
            let request = server.request(Method::POST, "/api/admin/lead-sources").header("idempotency-key", "s");
            send(request.basic_auth("admin", Some(ADMIN_PASSWORD)).json(&json!({ "name": "Example Homes" })))
        };
        make().await.expect(201);
        make().await.refused(409, "Name taken", "");
        assert_eq!(server.count("select count(*) from idempotency_keys where key = 's'").await, 0);
    }
}
