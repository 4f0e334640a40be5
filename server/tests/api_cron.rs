//! What a schedule elsewhere calls: the routes of seed 000, Cron Jobs, and their secret.

use crate::api_leads::lead_of;
use crate::api_sources::new_source;
use crate::common::{ADMIN_PASSWORD, Server, lead_body, send, server_with, servers, servers_with};
use axum::Router;
use axum::http::StatusCode;
use chrono::Duration;
use leads::front_desk::key_of_request;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const CRON_SECRET: &str = "test-cron-secret";

/// So many contractors' leads with a tracking number each.
async fn tracked_leads(server: &Server, many: usize) {
    let numbers: Vec<String> = (0..many).map(|n| format!("213555{n:04}")).collect();
    server.admin(Method::POST, "/api/admin/tracking-numbers", Some(&json!({ "phoneNumbers": numbers }))).await.expect(201);
    for _ in 0..many {
        server.submit(&json!({})).await.expect(201);
    }
}

#[tokio::test]
async fn tracking_numbers_are_recycled_as_documented() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        tracked_leads(&server, 12).await;
        let path = format!("/api/cron/recycle-numbers?secret={CRON_SECRET}");
        server.db.advance(Duration::days(7));
        let early = send(server.request(Method::POST, &path)).await.expect(200).json();
        assert_eq!(early["recycled"], 0, "not older than seven days");
        server.db.advance(Duration::seconds(1));
        let reply = send(server.request(Method::POST, &path)).await.expect(200).json();
        assert_eq!(reply, json!({ "success": true, "recycled": 12, "message": "Recycled 12 tracking numbers from expired leads" }));
        let expired = server.admin(Method::GET, "/api/admin/tracking-numbers?status=expired", None).await.expect(200).json();
        assert_eq!(expired["total"], 12);
        let again = send(server.request(Method::POST, &path)).await.expect(200).json();
        assert_eq!(again, json!({ "success": true, "recycled": 0, "message": "Recycled 0 tracking numbers from expired leads" }));
        assert_eq!(server.count("select count(*) from events where kind = 'tracking_numbers_recycled'").await, 1, "{}", server.db.name());

        // A day later they serve new leads; and one is one.
        server.db.advance(Duration::hours(24));
        server.submit(&json!({})).await.expect(201);
        server.db.advance(Duration::days(8));
        let bearer = server.request(Method::POST, "/api/cron/recycle-numbers/").bearer_auth(CRON_SECRET);
        let one = send(bearer).await.expect(200).json();
        assert_eq!(one["message"], "Recycled 1 tracking number from expired leads");
    }
}

#[tokio::test]
async fn two_schedules_at_once_release_each_number_once() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        tracked_leads(&server, 10).await;
        server.db.advance(Duration::days(8));
        let path = format!("/api/cron/recycle-numbers?secret={CRON_SECRET}");
        let replies = futures::future::join_all((0..8).map(|_| send(server.request(Method::POST, &path)))).await;
        let sum: i64 = replies.into_iter().map(|r| r.expect(200).json()["recycled"].as_i64().expect("a number")).sum();
        assert_eq!(sum, 10, "{}", server.db.name());
    }
}

#[tokio::test]
async fn the_schedule_does_what_the_cron_route_does() {
    for server in servers().await {
        let registry = server::serve::registry().expect("the registry");
        platform::jobs::run_crons(&server.ctx, &registry).await.expect("seen");
        server.contractor("contractor@example.com", json!({})).await;
        tracked_leads(&server, 2).await;
        server.db.advance(Duration::days(8));
        platform::jobs::run_crons(&server.ctx, &registry).await.expect("ran");
        let expired = server.admin(Method::GET, "/api/admin/tracking-numbers?status=expired", None).await.expect(200).json();
        assert_eq!(expired["total"], 2, "{}", server.db.name());
    }
}

#[tokio::test]
async fn feedback_mails_are_sent_as_documented() {
    for server in servers_with(|s| s.rate_limits = false).await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let path = format!("/api/cron/send-feedback-emails?secret={CRON_SECRET}");
        let contact = async |change: Value| {
            let lead = lead_of(&server.submit(&change).await.expect(201));
            let path = format!("/api/contractors/leads/{lead}/status");
            server.with(&token, Method::PUT, &path, Some(&json!({ "status": "contacted" }))).await.expect(200);
        };
        for n in 0..8 {
            contact(json!({ "customerEmail": format!("customer{n}@example.com") })).await;
        }
        contact(json!({ "customerEmail": null })).await;
        let post = async || send(server.request(Method::POST, &path)).await.expect(200).json();
        assert_eq!(post().await["sent"], 0, "not before a day has passed");
        server.db.advance(Duration::hours(23));
        contact(json!({ "customerEmail": "later@example.com" })).await;
        server.db.advance(Duration::hours(1) + Duration::seconds(1));
        assert_eq!(
            post().await,
            json!({ "success": true, "sent": 8, "message": "Sent 8 feedback request emails" }),
            "{}",
            server.db.name()
        );
        assert_eq!(post().await, json!({ "success": true, "sent": 0, "message": "Sent 0 feedback request emails" }));
        let before = server.db.mails().len();
        server.run_jobs().await;
        let asked = server.db.mails().iter().skip(before).filter(|m| m.contains("/feedback/")).count();
        assert_eq!(asked, 8, "each with a link to the form");
        server.db.advance(Duration::hours(23));
        // At once, as by two schedules.
        let both = futures::future::join(post(), post()).await;
        let (one, none) = if both.0["sent"] == 1 { both } else { (both.1, both.0) };
        assert_eq!((&one["message"], &none["sent"]), (&json!("Sent 1 feedback request email"), &json!(0)));
    }
}

const CRON_PATHS: [&str; 2] = ["/api/cron/recycle-numbers", "/api/cron/send-feedback-emails"];

#[tokio::test]
async fn cron_routes_need_their_secret() {
    for server in servers().await {
        for path in CRON_PATHS {
            let post = |query: &str| server.request(Method::POST, &format!("{path}{query}")).header("x-forwarded-for", "192.0.2.1");
            for query in ["", "?secret=", "?secret", "?other=test-cron-secret"] {
                send(post(query)).await.refused(401, "Invalid authentication credentials", "");
            }
            for query in ["?secret=wrong", "?secret=test-cron-secre", "?secret=test-cron-secret%00", "?secret=TEST-CRON-SECRET"] {
                send(post(query)).await.refused(401, "Invalid authentication credentials", "");
            }
            send(post("?secret=a&secret=test-cron-secret")).await.expect(401);
            send(post("").bearer_auth("wrong")).await.expect(401);
            send(post("").basic_auth("admin", Some(ADMIN_PASSWORD))).await.expect(401);
            send(post("").header("x-api-key", CRON_SECRET)).await.expect(401);
            send(post("").bearer_auth(CRON_SECRET)).await.expect(200);
            server.get(&format!("{path}?secret={CRON_SECRET}")).await.refused(405, "Method not allowed", "");
        }
        assert!(server.count("select count(*) from security_events where kind = 'wrong_secret'").await > 0);
        // Whoever goes on guessing is not heard at all.
        let guess = |secret: &str| {
            let path = format!("/api/cron/recycle-numbers?secret={secret}");
            send(server.request(Method::POST, &path).header("x-forwarded-for", "192.0.2.2"))
        };
        for _ in 0..20 {
            guess("wrong").await.expect(401);
        }
        guess("wrong").await.refused(429, "Rate limit exceeded", "");
        guess(CRON_SECRET).await.expect(429);
        send(server.request(Method::POST, &format!("/api/cron/recycle-numbers?secret={CRON_SECRET}"))).await.expect(200);
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("unpoisoned").clone()).expect("text")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_stay_out_of_the_log() {
    let server = server_with(|_| {}).await;
    let key = new_source(&server, "Example Homes").await.1;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || writer.clone()).finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let phone = lead_body()["customerPhone"].as_str().expect("a phone").to_owned();
    send(server.request(Method::POST, &format!("/api/cron/recycle-numbers?secret={CRON_SECRET}"))).await.expect(200);
    send(server.request(Method::POST, "/api/cron/recycle-numbers?secret=almost-right")).await.expect(401);
    send(server.request(Method::POST, "/api/cron/recycle-numbers").bearer_auth(CRON_SECRET)).await.expect(200);
    send(server.request(Method::POST, "/api/leads/submit").header("x-api-key", &key).json(&lead_body())).await.expect(404);
    server.admin(Method::GET, "/api/admin/leads", None).await.expect(200);
    // Who has the key of a request's page may open it.
    let page = key_of_request(&server.ctx, &server.texts("select id from leads").await.remove(0));
    server.get(&format!("/request/{page}")).await.expect(200);
    drop(server.request(Method::GET, &format!("/rpc/request-events/{page}")).send().await.expect("an answer"));
    let text = log.text();
    assert!(text.contains("/api/cron/recycle-numbers") && text.contains("answered"), "{text}");
    assert!(text.contains("/request/{key}") && text.contains("/rpc/request-events/{key}"), "{text}");
    for secret in [CRON_SECRET, "almost-right", "secret=", &key, ADMIN_PASSWORD, &phone, "john@example.com", &page] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn what_a_provider_repeats_is_masked_in_the_log() {
    const REFUSAL: &str = "The 'To' number +15559876543 of <contractor@example.com> is not valid.";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let provider = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().fallback(|| async { (StatusCode::BAD_REQUEST, REFUSAL) });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let server = server_with(|s| {
        s.twilio.account_sid = Some("AC1".into());
        s.twilio.from = Some("+15550001111".into());
        s.twilio.api_base.clone_from(&provider);
    })
    .await;
    server.contractor("contractor@example.com", json!({})).await;
    server.submit(&json!({})).await.expect(201);
    let log = Log::default();
    let writer = log.clone();
    let _log = tracing::subscriber::set_default(tracing_subscriber::fmt().with_writer(move || writer.clone()).finish());
    server.run_jobs().await;
    let text = log.text();
    assert!(text.contains("job is dead") && text.contains("The 'To' number [number] of <[address]> is not valid."), "{text}");
    assert!(!text.contains("5559876543") && !text.contains("contractor@example.com"), "{text}");
}
