//! What programs of others use: cron routes, lead sources, consent, duplicates, repeated requests.

use crate::common::{
    self, ADMIN_PASSWORD, Reply, Server, assert_like, lead_body, send, server_with, servers, servers_with, twilio_signature,
};
use chrono::Duration;
use platform::{execute, fetch_scalar};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};

const CRON_SECRET: &str = "test-cron-secret";

async fn count(server: &Server, sql: &'static str) -> i64 {
    fetch_scalar!(&mut server.ctx.db.read().await.expect("a connection"), i64, sql).expect("counted")
}

async fn change(server: &Server, sql: &'static str) {
    let mut tx = server.ctx.begin().await.expect("a transaction");
    execute!(tx, sql).expect("changed");
    tx.commit().await.expect("committed");
}

// ---- Cron routes

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
        assert_eq!(count(&server, "select count(*) from events where kind = 'tracking_numbers_recycled'").await, 1, "{}", server.db.name());

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
        assert!(count(&server, "select count(*) from security_events where kind = 'wrong_secret'").await > 0);
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
    let text = String::from_utf8(log.0.lock().expect("unpoisoned").clone()).expect("text");
    assert!(text.contains("/api/cron/recycle-numbers") && text.contains("answered"), "{text}");
    for secret in [CRON_SECRET, "almost-right", "secret=", &key, ADMIN_PASSWORD, &phone, "john@example.com"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

// ---- Lead sources

/// A new lead source: its id and key.
async fn new_source(server: &Server, name: &str) -> (String, String) {
    let reply = server.admin(Method::POST, "/api/admin/lead-sources", Some(&json!({ "name": name }))).await.expect(201).json();
    assert_like(&json!({ "success": true, "id": "x", "name": name, "key": "pl_x", "keyPrefix": "pl_x" }), &reply);
    (reply["id"].as_str().expect("an id").to_owned(), reply["key"].as_str().expect("a key").to_owned())
}

/// The documented sample with changes, submitted by a source.
fn submit(server: &Server, change: &Value) -> RequestBuilder {
    let mut body = lead_body();
    for (key, value) in change.as_object().expect("an object") {
        body[key] = value.clone();
    }
    server.request(Method::POST, "/api/leads/submit").json(&body)
}

fn lead_of(reply: &Reply) -> String {
    reply.json()["leadId"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_source_submits_leads_and_asks_what_became_of_them() {
    for server in servers().await {
        let (contractor, token) = server.contractor("contractor@example.com", json!({})).await;
        let (id, key) = new_source(&server, "Example Homes").await;
        let other = new_source(&server, "Other").await.1;
        let with_key = || submit(&server, &json!({})).header("x-api-key", &key);
        let lead = lead_of(&send(with_key()).await.expect(201));
        let bearer = lead_of(&send(submit(&server, &json!({})).bearer_auth(&key)).await.expect(201));
        let unserved = send(submit(&server, &json!({ "customerZip": "99999" })).header("x-api-key", &key)).await;
        unserved.refused(404, "No contractors available in your area", "Zip code: 99999");
        let leads = server.admin(Method::GET, "/api/admin/leads", None).await.expect(200).json();
        assert!(leads["leads"].as_array().expect("leads").iter().all(|l| l["source"] == "Example Homes"), "{leads}");

        let status =
            |lead: &str, key: &str| send(server.request(Method::GET, &format!("/api/leads/{lead}/status")).header("x-api-key", key));
        let shown = status(&lead, &key).await.expect(200).json();
        assert_eq!(
            shown,
            json!({
                "leadId": lead, "status": "assigned", "category": "PLATINUM", "price": 250.0, "score": 150, "assigned": true,
                "createdAt": "2025-10-05T12:00:00.000Z", "firstContactAt": null, "qualifiedAt": null
            })
        );
        send(server.request(Method::GET, &format!("/api/leads/{bearer}/status")).bearer_auth(&key)).await.expect(200);

        // Others' leads are not there: those of another source, and those of nobody.
        let own = lead_of(&server.submit(&json!({})).await.expect(201));
        for (lead, key) in [(&lead, &other), (&own, &key), (&"clxyz789".to_owned(), &key)] {
            status(lead, key).await.refused(404, "Lead not found", &format!("Lead ID: {lead} does not exist"));
        }
        server.get(&format!("/api/leads/{lead}/status")).await.refused(401, "Invalid authentication credentials", "");
        for wrong in ["", "pl_wrong", "pl_", &key[..key.len() - 1], &format!("{key}x")] {
            status(&lead, wrong).await.refused(401, "Invalid authentication credentials", "");
            send(submit(&server, &json!({})).header("x-api-key", wrong)).await.refused(401, "Invalid authentication credentials", "");
        }
        server.with(&token, Method::GET, &format!("/api/leads/{lead}/status"), None).await.expect(401);
        server.admin(Method::GET, &format!("/api/leads/{lead}/status"), None).await.expect(401);

        // A call qualifies one: the totals and the status say so.
        let path = format!("/api/contractors/leads/{lead}/status");
        server.with(&token, Method::PUT, &path, Some(&json!({ "status": "contacted" }))).await.expect(200);
        let leads = server.admin(Method::GET, &format!("/api/admin/leads?contractorId={contractor}"), None).await.expect(200).json();
        let called = leads["leads"].as_array().expect("leads").iter().find(|l| l["id"] == bearer.as_str()).expect("there").clone();
        assert_eq!(called["status"], "assigned");
        call(&server, &token, &lead).await;
        let shown = status(&lead, &key).await.expect(200).json();
        assert_like(&json!({ "firstContactAt": "2025-10-05T12:00:00.000Z", "qualifiedAt": "2025-10-05T12:00:00.000Z" }), &shown);
        assert_eq!(shown["status"], "qualified");
        let listed = server.admin(Method::GET, "/api/admin/lead-sources", None).await.expect(200).json();
        assert_eq!((&listed["total"], &listed["limit"], &listed["offset"]), (&json!(2), &json!(100), &json!(0)));
        let source = listed["sources"].as_array().expect("sources").iter().find(|s| s["id"] == id.as_str()).expect("there").clone();
        assert_eq!(
            source,
            json!({
                "id": id, "name": "Example Homes", "keyPrefix": &key[..11], "createdAt": "2025-10-05T12:00:00.000Z", "revokedAt": null,
                "lastUsedAt": "2025-10-05T12:00:00.000Z", "leads": 3, "assigned": 2, "qualified": 1, "revenue": 250.0
            }),
            "{}",
            server.db.name()
        );
        assert!(!listed.to_string().contains(&key), "the key is shown once");
        // A credit is no revenue.
        let billed = server.admin(Method::GET, "/api/admin/billing", None).await.expect(200).json();
        let record = billed["billingRecords"][0]["id"].as_str().expect("a charge").to_owned();
        let contested = json!({ "reason": "wrong_info" });
        let dispute = server.with(&token, Method::POST, &format!("/api/contractors/billing/{record}/dispute"), Some(&contested)).await;
        let dispute = dispute.expect(201).json()["dispute"]["id"].as_str().expect("an id").to_owned();
        let credit = json!({ "resolution": "partial_credit", "creditAmount": 50.5 });
        server.admin(Method::POST, &format!("/api/admin/disputes/{dispute}/resolve"), Some(&credit)).await.expect(200);
        let listed = server.admin(Method::GET, "/api/admin/lead-sources", None).await.expect(200).json();
        let revenues: f64 = listed["sources"].as_array().expect("sources").iter().map(|s| s["revenue"].as_f64().expect("dollars")).sum();
        assert_eq!(revenues, 199.5, "on {}", server.db.name());

        let path = format!("/api/admin/lead-sources/{id}");
        let revoke = || server.admin(Method::DELETE, &path, None);
        assert_eq!(revoke().await.expect(200).json(), json!({ "success": true, "id": id }));
        revoke().await.expect(200);
        send(with_key()).await.refused(401, "Invalid authentication credentials", "");
        status(&lead, &key).await.refused(401, "Invalid authentication credentials", "");
        let listed = server.admin(Method::GET, "/api/admin/lead-sources", None).await.expect(200).json();
        assert_like(&json!({ "sources": [], "total": 2 }), &listed);
        // The name is free again.
        new_source(&server, "Example Homes").await;
    }
}

/// A call of a minute between the lead's customer and its contractor.
async fn call(server: &Server, token: &str, lead: &str) {
    let shown = server.with(token, Method::GET, &format!("/api/contractors/leads/{lead}"), None).await.expect(200).json();
    // By the phones alone the newest lead would be found: a number of its own says which.
    server.admin(Method::POST, "/api/admin/tracking-numbers", Some(&json!({ "phoneNumbers": ["2135550100"] }))).await.expect(201);
    let mut tx = server.ctx.begin().await.expect("a transaction");
    execute!(
        tx,
        "update tracking_numbers set status = 'active', lead_id = $1, contractor_id = $2",
        lead,
        shown["assignment"]["contractor"]["id"].as_str().expect("an id"),
    )
    .expect("changed");
    tx.commit().await.expect("committed");
    let fields =
        [("CallSid", "CA1"), ("CallStatus", "completed"), ("CallDuration", "60"), ("From", "+15559876543"), ("To", "+12135550100")];
    let path = "/api/webhooks/twilio/call-status";
    let signature = twilio_signature(common::TWILIO_TOKEN, &format!("http://localhost:3000{path}"), &fields);
    send(server.request(Method::POST, path).header("x-twilio-signature", signature).form(&fields)).await.expect(200);
}

#[tokio::test]
async fn lead_sources_are_checked() {
    for server in servers().await {
        let make = |body: Value| {
            let server = &server;
            async move { server.admin(Method::POST, "/api/admin/lead-sources", Some(&body)).await }
        };
        make(json!({})).await.refused(400, "Missing required fields", "name is required");
        make(json!({ "name": "  " })).await.refused(400, "Missing required fields", "name is required");
        make(json!({ "name": "x".repeat(101) })).await.refused(400, "Validation failed", "name must be at most 100 characters");
        make(json!({ "name": 5 })).await.refused(400, "Validation failed", "name must be a string");
        make(json!({ "name": "a\u{0}b" })).await.refused(400, "Validation failed", "name");
        make(json!({ "name": "Example Homes" })).await.expect(201);
        make(json!({ "name": "Example Homes" })).await.refused(409, "Name taken", "already");
        let missing = server.admin(Method::DELETE, "/api/admin/lead-sources/clxyz789", None).await;
        missing.refused(404, "Lead source not found", "Lead source ID: clxyz789 does not exist");
        for query in ["?limit=0", "?limit=501", "?offset=-1", "?limit=x"] {
            server.admin(Method::GET, &format!("/api/admin/lead-sources{query}"), None).await.expect(400);
        }
        let page = server.admin(Method::GET, "/api/admin/lead-sources?limit=1&offset=1", None).await.expect(200).json();
        assert_eq!((&page["sources"], &page["total"]), (&json!([]), &json!(1)), "{}", server.db.name());
    }
}

#[tokio::test]
async fn a_source_has_a_limit_of_its_own() {
    for server in servers_with(|s| s.lead_source_limit = 15).await {
        server.contractor("contractor@example.com", json!({})).await;
        let (_, key) = new_source(&server, "Example Homes").await;
        let from = |address: &str| submit(&server, &json!({})).header("x-forwarded-for", address);
        for left in (0..15).rev() {
            let reply = send(from("192.0.2.1").header("x-api-key", &key)).await.expect(201);
            assert_eq!((reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-remaining")), ("15", left.to_string().as_str()));
        }
        send(from("192.0.2.9").header("x-api-key", &key)).await.refused(429, "Rate limit exceeded", "");
        // The address itself is as free as ever.
        let reply = send(from("192.0.2.1")).await.expect(201);
        assert_eq!((reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-remaining")), ("10", "9"));
        // Wrong keys count for it.
        let wrong = send(from("192.0.2.1").header("x-api-key", "pl_wrong")).await.expect(401);
        assert_eq!(wrong.header("x-ratelimit-remaining"), "8", "{}", server.db.name());
    }
}

// ---- Consent

#[tokio::test]
async fn evidence_of_consent_is_taken_and_checked() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        let with = |consent: Value| {
            let server = &server;
            async move { send(submit(server, &json!({ "consent": consent })).header("x-forwarded-for", "203.0.113.7")).await }
        };
        let consent = json!({ "text": "I agree to be called.", "page": "https://example.com/hvac", "givenAt": "2025-10-05T11:59:00Z" });
        let lead = lead_of(&with(consent).await.expect(201));
        let page = leads::admin_desk::get_lead(&server.ctx, &lead).await.expect("there").consent.expect("evidence");
        assert_eq!((page.text.as_str(), page.address.as_deref()), ("I agree to be called.", Some("203.0.113.7")), "{}", server.db.name());
        assert_eq!(page.given_at.to_rfc3339(), "2025-10-05T11:59:00+00:00");
        with(Value::Null).await.expect(201);

        let long = |n: usize| "x".repeat(n);
        for (consent, said) in [
            (json!({}), "consent.text and consent.page are required"),
            (json!({ "text": "a" }), "consent.page is required"),
            (json!({ "text": long(5001), "page": "p" }), "consent.text must be at most 5000 characters"),
            (json!({ "text": "a", "page": long(2001) }), "consent.page must be at most 2000 characters"),
            (json!({ "text": 5, "page": "p" }), "consent.text must be a string"),
            (json!({ "text": "a", "page": ["p"] }), "consent.page must be a string"),
            (json!("yes"), "consent must be an object"),
            (json!(true), "consent must be an object"),
            (json!({ "text": "a\u{0}", "page": "p" }), "consent.text"),
            (json!({ "text": "a", "page": "p", "givenAt": "yesterday" }), "consent.givenAt must be a time"),
            (json!({ "text": "a", "page": "p", "givenAt": 5 }), "consent.givenAt must be a string"),
            (json!({ "text": "a", "page": "p", "givenAt": "2025-10-05T12:06:00Z" }), "consent.givenAt must not be in the future"),
        ] {
            let reply = with(consent).await.expect(400).json();
            assert!(reply["details"].as_str().expect("details").contains(said), "{reply} should say {said}");
        }
        assert_eq!(count(&server, "select count(*) from lead_consents").await, 1);
        assert_eq!(count(&server, "select count(*) from leads").await, 2);
    }
}

// ---- Duplicates

#[tokio::test]
async fn the_caller_is_told_of_a_duplicate() {
    for server in servers_with(|s| s.duplicate_window_days = 30).await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let first = server.submit(&json!({})).await.expect(201);
        assert!(first.json().get("duplicate").is_none(), "only said of duplicates");
        let second = server.submit(&json!({ "customerPhone": "(555) 123-4567", "customerFirstName": "Johnny" })).await.expect(201);
        let example = json!({ "success": true, "message": "Lead submitted successfully", "leadId": "clxyz456", "score": 145, "category": "PLATINUM", "price": 250.00 });
        assert_like(&example, &second.json());
        assert_eq!((&second.json()["duplicate"], &second.json()["duplicateOf"]), (&json!(true), &json!(lead_of(&first))));
        let own = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        assert_eq!(own["total"], 1, "{}: not sold twice to the same contractor", server.db.name());
        let all = server.admin(Method::GET, "/api/admin/leads?status=pending_assignment", None).await.expect(200).json();
        assert_eq!((&all["total"], &all["leads"][0]["duplicateOf"]), (&json!(1), &json!(lead_of(&first))));
        // Nor does it become theirs later.
        server.run_jobs().await;
        server.with(&token, Method::PUT, "/api/contractors/profile", Some(&json!({ "isAcceptingLeads": false }))).await.expect(200);
        server.with(&token, Method::PUT, "/api/contractors/profile", Some(&json!({ "isAcceptingLeads": true }))).await.expect(200);
        server.run_jobs().await;
        let own = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        assert_eq!(own["total"], 1);

        let nowhere = json!({ "customerZip": "99999" });
        server.submit(&nowhere).await.refused(404, "No contractors available in your area", "Zip code: 99999");
        let again = server.submit(&nowhere).await.expect(404).json();
        assert_eq!((&again["success"], &again["duplicate"]), (&json!(false), &json!(true)));
    }
}

// ---- Idempotency-Key

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
        assert_eq!(count(&server, "select count(*) from leads").await, 1, "{}", server.db.name());
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
        assert_eq!(count(&server, "select count(*) from leads where customer_zip = '99999'").await, 1);
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
        assert_eq!(count(&server, "select count(*) from leads").await, 1, "{}", server.db.name());
        assert_eq!(lead_of(&send(keyed(&server, "k", &json!({}))).await.expect(201)), taken[0]);
    }
}

#[tokio::test]
async fn a_crash_before_the_answer_was_kept_neither_blocks_nor_doubles() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        let first = send(keyed(&server, "k", &json!({}))).await.expect(201);
        // As if the process had died after the lead's commit.
        change(&server, "update idempotency_keys set status = null, body = null").await;
        let waiting = send(keyed(&server, "k", &json!({}))).await.refused(409, "Request in progress", "");
        assert_eq!(waiting.header("retry-after"), "1");
        server.db.advance(platform::idempotency::LEASE);
        let again = send(keyed(&server, "k", &json!({}))).await.expect(201);
        assert_eq!(again.json(), first.json(), "{}", server.db.name());
        assert_eq!(again.header("idempotency-replayed"), "", "it ran, and found what it had made");
        assert_eq!(count(&server, "select count(*) from leads").await, 1);
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
        assert_eq!(count(&server, "select count(*) from disputes").await, 1, "{}", server.db.name());
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_not_kept() {
    for server in servers_with(|s| s.rate_limits = false).await {
        server.contractor("contractor@example.com", json!({})).await;
        change(&server, "alter table lead_assignments rename to assignments_away").await;
        send(keyed(&server, "k", &json!({}))).await.refused(500, "Internal server error", "");
        change(&server, "alter table assignments_away rename to lead_assignments").await;
        send(keyed(&server, "k", &json!({}))).await.expect(201);
        assert_eq!(count(&server, "select count(*) from leads").await, 1, "{}", server.db.name());
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
        assert_eq!(count(&server, "select count(*) from idempotency_keys where key = 's'").await, 0);
    }
}
