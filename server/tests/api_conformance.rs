//! What the document names and no other test had tried: every word, every default, every relation.

use crate::common::process::{PROGRAM_PASSWORD, Plumbline};
use crate::common::{self, Server, TWILIO_TOKEN, contractor_body, lead_body, send, server_with, servers, twilio_signature};
use platform::{execute, fetch_all, jobs};
use reqwest::Method;
use serde_json::{Value, json};

async fn total(server: &Server, path: &str) -> i64 {
    server.admin(Method::GET, path, None).await.expect(200).json()["total"].as_i64().expect("a number")
}

#[tokio::test]
async fn every_documented_word_of_a_lead_is_accepted() {
    let words: [(&str, &[&str]); 3] = [
        ("serviceType", &["ac_repair", "heating_repair", "installation", "maintenance", "emergency"]),
        ("timeline", &["emergency", "within_24_hours", "within_week", "flexible"]),
        ("propertyType", &["residential", "commercial"]),
    ];
    const OPTIONAL: [&str; 5] = ["customerEmail", "customerAddress", "customerCity", "customerState", "serviceDescription"];
    for server in servers().await {
        let able = json!({ "specializations": ["ac_repair", "heating_repair", "installation", "maintenance"] });
        server.contractor("contractor@example.com", able).await;
        for (field, all) in words {
            for word in all {
                let id = server.submit(&json!({ field: word })).await.expect(201).json()["leadId"].clone();
                let leads = server.admin(Method::GET, "/api/admin/leads?limit=500", None).await.expect(200).json();
                let kept = leads["leads"].as_array().expect("a list").iter().find(|lead| lead["id"] == id).expect("kept");
                assert_eq!(kept[field], *word, "on {}", server.db.name());
            }
        }
        for field in OPTIONAL {
            for nothing in [json!(null), json!("")] {
                server.submit(&json!({ field: nothing })).await.expect(201);
            }
        }
        let mut without = lead_body();
        for field in OPTIONAL {
            without.as_object_mut().expect("an object").remove(field);
        }
        server.post("/api/leads/submit", &without).await.expect(201);
    }
}

#[tokio::test]
async fn every_documented_status_of_a_lead_filters() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        for (n, status) in ["assigned", "contacted", "qualified"].iter().enumerate() {
            let change = json!({ "customerPhone": format!("555123456{n}") });
            let id = server.submit(&change).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
            let body = json!({ "status": status });
            server.with(&token, Method::PUT, &format!("/api/contractors/leads/{id}/status"), Some(&body)).await.expect(200);
        }
        server.submit(&json!({ "customerZip": "99999" })).await.expect(404);
        for (status, own) in [("pending_assignment", 0), ("assigned", 1), ("contacted", 1), ("qualified", 1)] {
            let path = format!("/api/contractors/leads?status={status}");
            let reply = server.with(&token, Method::GET, &path, None).await.expect(200).json();
            assert_eq!(reply["total"], own, "{status} on {}", server.db.name());
            let reply = server.admin(Method::GET, &format!("/api/admin/leads?status={status}"), None).await.expect(200).json();
            assert_eq!((&reply["total"], &reply["leads"][0]["status"]), (&json!(1), &json!(status)));
        }
    }
}

#[tokio::test]
async fn every_documented_category_filters() {
    for server in servers().await {
        let able = json!({ "specializations": ["ac_repair", "heating_repair", "installation", "maintenance"] });
        server.contractor("contractor@example.com", able).await;
        for (category, price, change) in [
            ("PLATINUM", 250.0, json!({ "serviceType": "emergency", "timeline": "emergency", "budgetRange": "5000+" })),
            ("GOLD", 175.0, json!({ "timeline": "within_week" })),
            ("SILVER", 125.0, json!({ "timeline": "flexible", "customerEmail": null })),
            ("BRONZE", 85.0, json!({ "timeline": "flexible", "customerEmail": null, "budgetRange": "?" })),
            (
                "NURTURE",
                0.0,
                json!({ "timeline": "flexible", "customerEmail": null, "budgetRange": "0-100", "serviceType": "maintenance" }),
            ),
        ] {
            let reply = server.submit(&change).await.expect(201).json();
            assert_eq!((&reply["category"], &reply["price"]), (&json!(category), &json!(price)), "{reply}");
            let leads = server.admin(Method::GET, &format!("/api/admin/leads?category={category}"), None).await.expect(200).json();
            assert_eq!((&leads["total"], &leads["leads"][0]["id"]), (&json!(1), &reply["leadId"]), "on {}", server.db.name());
        }
    }
}

#[tokio::test]
async fn every_documented_state_of_a_contractor_filters() {
    for server in servers().await {
        server.contractor("active@example.com", json!({})).await;
        let (suspended, _) = server.contractor("suspended@example.com", json!({})).await;
        server.admin(Method::POST, &format!("/api/admin/contractors/{suspended}/suspend"), None).await.expect(200);
        server.post("/api/contractors/register", &contractor_body("new@example.com")).await.expect(201);
        for (query, found) in
            [("status=active", 1), ("status=suspended", 1), ("status=inactive", 1), ("isApproved=true", 2), ("isApproved=false", 1)]
        {
            assert_eq!(total(&server, &format!("/api/admin/contractors?{query}")).await, found, "{query} on {}", server.db.name());
        }
    }
}

#[tokio::test]
async fn the_admins_lists_have_the_documented_defaults() {
    for server in servers().await {
        let reply = server.admin(Method::GET, "/api/admin/leads", None).await.expect(200).json();
        assert_eq!((&reply["limit"], &reply["offset"], &reply["leads"]), (&json!(100), &json!(0), &json!([])), "on {}", server.db.name());
        server.submit(&json!({})).await.expect(404);
        server.submit(&json!({})).await.expect(404);
        let reply = server.admin(Method::GET, "/api/admin/leads?limit=1&offset=1", None).await.expect(200).json();
        assert_eq!((&reply["total"], reply["leads"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    }
}

#[tokio::test]
async fn every_documented_factor_moves_the_score() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({ "specializations": ["ac_repair", "installation", "maintenance"] })).await;
        let score = async |change: Value| server.submit(&change).await.expect(201).json()["score"].as_i64().expect("a number");
        let sample = score(json!({})).await;
        assert!(score(json!({ "budgetRange": "5000+" })).await > sample, "a higher budget");
        assert!(score(json!({ "timeline": "emergency" })).await > sample && score(json!({ "timeline": "flexible" })).await < sample);
        assert!(score(json!({ "propertyType": "commercial" })).await > sample);
        assert!(score(json!({ "customerEmail": null })).await < sample);
        assert!(score(json!({ "serviceType": "installation" })).await > sample);
        server.submit(&json!({ "customerZip": "99999" })).await.expect(404);
        let leads = server.admin(Method::GET, "/api/admin/leads?status=pending_assignment", None).await.expect(200).json();
        assert!(leads["leads"][0]["score"].as_i64().expect("a number") < sample, "on {}", server.db.name());
    }
}

/// A call of the sample's customer with the contractor, as Twilio tells it.
async fn call(server: &Server, more: &[(&str, &str)]) -> u16 {
    call_from(server, "+15551234567", more).await
}

async fn call_from(server: &Server, phone: &str, more: &[(&str, &str)]) -> u16 {
    let url = "http://localhost:3000/api/webhooks/twilio/call-status";
    let fields = [&[("From", phone), ("To", "+15559876543")], more].concat();
    let request = server.request(Method::POST, "/api/webhooks/twilio/call-status").form(&fields);
    send(request.header("x-twilio-signature", twilio_signature(TWILIO_TOKEN, url, &fields))).await.status
}

#[tokio::test]
async fn a_call_keeps_everything_that_twilio_tells() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let fields = [
            ("CallSid", "CA0123456789abcdef0123456789abcdef"),
            ("CallStatus", "completed"),
            ("CallDuration", "45"),
            ("RecordingUrl", "https://api.twilio.com/recordings/RE1"),
            ("RecordingSid", "RE1"),
            ("Direction", "outbound-api"),
        ];
        assert_eq!(call(&server, &fields).await, 200);
        let mut conn = server.ctx.db.read().await.expect("a connection");
        let kept = fetch_all!(
            conn,
            (String, String, i64, String, String, String, String, String, String),
            "select call_sid, status, duration_seconds, from_phone, to_phone, recording_url, recording_sid, direction, lead_id from call_logs"
        )
        .expect("calls");
        let text = |name: &str| fields.iter().find(|(n, _)| *n == name).expect("a field").1.to_owned();
        let wanted = (
            text("CallSid"),
            text("CallStatus"),
            45,
            "+15551234567".to_owned(),
            "+15559876543".to_owned(),
            text("RecordingUrl"),
            text("RecordingSid"),
            text("Direction"),
            lead,
        );
        assert_eq!(kept, [wanted], "on {}", server.db.name());
        let own = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        assert_eq!(own["leads"][0]["status"], "qualified");
    }
}

#[tokio::test]
async fn the_documented_relationships_hold() {
    for server in servers().await {
        let numbers = json!({ "phoneNumbers": ["5550001111", "5550002222", "5550003333"] });
        server.admin(Method::POST, "/api/admin/tracking-numbers", Some(&numbers)).await.expect(201);
        let (id, _) = server.contractor("contractor@example.com", json!({})).await;
        for n in 0..2 {
            server.submit(&json!({ "customerPhone": format!("555123456{n}") })).await.expect(201);
        }
        for (sid, from) in [("CA1", "+15551234560"), ("CA2", "+15551234560"), ("CA3", "+15551234561")] {
            assert_eq!(call_from(&server, from, &[("CallSid", sid), ("CallStatus", "completed"), ("CallDuration", "45")]).await, 200);
        }
        let mut conn = server.ctx.db.read().await.expect("a connection");
        let mut counts = Vec::new();
        for sql in [
            "select count(*) from lead_assignments where contractor_id = $1 and ended_at is null",
            "select count(distinct lead_id) from lead_assignments where contractor_id = $1",
            "select count(*) from billing_records where contractor_id = $1",
            "select count(*) from call_logs where contractor_id = $1 and lead_id is not null",
            "select count(*) from tracking_numbers where contractor_id = $1 and status = 'active'",
        ] {
            counts.push(platform::fetch_scalar!(conn, i64, sql, id.as_str()).expect("counted"));
        }
        drop(conn);
        assert_eq!(counts, [2, 2, 2, 3, 2], "{}: a contractor's assignments, leads, bills, calls, numbers", server.db.name());
        // One assignment and one active number at a time: the database itself refuses a second.
        for sql in [
            "insert into lead_assignments (id, lead_id, contractor_id, status, is_open, assigned_at, response_deadline, eligible_count)
             select 'second', lead_id, contractor_id, status, is_open, assigned_at, response_deadline, eligible_count
             from lead_assignments limit 1",
            "update tracking_numbers set status = 'active', lead_id = (select lead_id from lead_assignments limit 1) where status = 'available'",
        ] {
            let mut tx = server.ctx.begin().await.expect("a transaction");
            assert!(execute!(tx, sql).is_err(), "{}: {sql}", server.db.name());
        }
    }
}

#[tokio::test]
async fn the_documented_schedule_is_kept() {
    for server in servers().await {
        let registry = server::serve::registry().expect("the registry");
        jobs::run_crons(&server.ctx, &registry).await.expect("looked");
        let mut conn = server.ctx.db.read().await.expect("a connection");
        for (name, at) in [
            ("recycle_tracking_numbers", "2025-10-06T00:00:00+00:00"),
            ("make_backup", "2025-10-06T02:00:00+00:00"),
            ("send_feedback_mails", "2025-10-06T12:00:00+00:00"),
        ] {
            let sql = "select next_at from cron_runs where name = $1";
            let next = platform::fetch_scalar!(conn, chrono::DateTime<chrono::Utc>, sql, name).expect("it is there");
            assert_eq!(next.to_rfc3339(), at, "{name} on {}", server.db.name());
        }
    }
}

#[tokio::test]
async fn public_endpoints_allow_a_hundred_requests_in_a_quarter_hour() {
    let server = server_with(|_| {}).await;
    for left in (0..100).rev() {
        let reply = server.get("/openapi.json").await.expect(200);
        assert_eq!((reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-remaining")), ("100", left.to_string().as_str()));
    }
    let reply = server.get("/openapi.json").await;
    let reply = reply.refused(429, "Rate limit exceeded", "Too many requests. Please try again in 15 minutes.");
    assert_eq!(reply.header("retry-after"), "900");
    server.db.advance(chrono::Duration::minutes(15));
    server.get("/openapi.json").await.expect(200);
}

#[tokio::test]
async fn callers_with_a_login_and_webhooks_are_not_limited() {
    let server = server_with(|_| {}).await;
    let (_, token) = server.contractor("contractor@example.com", json!({})).await;
    for n in 0..120 {
        let own = server.with(&token, Method::GET, "/api/contractors/leads?limit=1", None).await.expect(200);
        assert_eq!(own.header("x-ratelimit-limit"), "");
        server.admin(Method::GET, "/api/admin/leads?limit=1", None).await.expect(200);
        let sid = format!("CA{n}");
        assert_eq!(call(&server, &[("CallSid", &sid), ("CallStatus", "ringing")]).await, 200);
    }
}

#[tokio::test]
async fn every_documented_log_level_is_a_setting() {
    for level in ["error", "warn", "info", "debug"] {
        let lookup = |name: &str| match name {
            "LOG_LEVEL" => Some(level.to_owned()),
            "ADMIN_PASSWORD" | "JWT_SECRET" | "CRON_SECRET" | "ENCRYPTION_KEY" => Some("x".to_owned()),
            _ => None,
        };
        assert_eq!(platform::Settings::from_lookup(lookup).expect("right").log_level, level);
    }
}

/// The program's own log at its most talkative.
#[tokio::test]
async fn logs_hold_no_phone_no_address_and_no_secret() {
    let db = platform::testing::sqlite().await;
    let program = Plumbline::start(&db, &[("LOG_LEVEL", "debug")]).await;
    let (http, base) = (&program.http, &program.base);
    let post = async |path: &str, body: &Value| {
        let answer =
            http.post(format!("{base}{path}")).basic_auth("admin", Some(PROGRAM_PASSWORD)).json(body).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str::<Value>(&answer.text().await.expect("text")).unwrap_or_default())
    };
    let (status, reply) = post("/api/contractors/register", &contractor_body("secret.person@example.com")).await;
    assert_eq!(status, 201, "{reply}");
    let id = reply["contractor"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(post(&format!("/api/admin/contractors/{id}/approve"), &json!({})).await.0, 200);
    let login = json!({ "email": "secret.person@example.com", "password": "password123" });
    let (_, reply) = post("/api/contractors/login", &login).await;
    let token = reply["token"].as_str().expect("a token").to_owned();
    assert_eq!(post("/api/leads/submit", &lead_body()).await.0, 201);
    assert_eq!(post("/api/leads/submit", &json!({ "customerPhone": "5551234567", "customerEmail": "john@example.com" })).await.0, 400);
    for path in ["/api/contractors/leads?secret=query-secret", "/api/contractors/leads?limit=5551234567"] {
        http.get(format!("{base}{path}")).bearer_auth(&token).send().await.expect("an answer");
    }
    // The mails are written by jobs, which log too.
    common::process::until("mails are written", async || db.mails().len() >= 3).await;
    drop(program);
    let log = std::fs::read_to_string(db.folder().join("server.log")).expect("a log");
    assert!(log.contains("/api/leads/submit") && log.lines().count() > 5, "{log}");
    for secret in [
        "5551234567",
        "555-123-4567",
        "(555) 123-4567",
        "5559876543",
        "john@example.com",
        "secret.person@",
        "query-secret",
        "password123",
        &token,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

/// Those of the program as it is started: tests take fewer rounds.
#[tokio::test]
async fn passwords_are_hashed_with_twelve_rounds() {
    let db = platform::testing::sqlite().await;
    let program = Plumbline::start(&db, &[]).await;
    let request = program.http.post(format!("{}/api/contractors/register", program.base)).json(&contractor_body("contractor@example.com"));
    assert_eq!(request.send().await.expect("an answer").status().as_u16(), 201);
    let mut conn = db.ctx.db.read().await.expect("a connection");
    let hash = platform::fetch_scalar!(conn, String, "select password_hash from contractors").expect("a hash");
    assert!(hash.starts_with("$2b$12$"), "{hash}");
}

#[tokio::test]
async fn card_data_never_reaches_the_database() {
    for server in servers().await {
        let (contractor, _) = server.contractor("contractor@example.com", json!({})).await;
        let records = server.billed(&contractor, 1).await;
        let card = json!({
            "type": "card",
            "card": { "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2031, "fingerprint": "Xt5EWLLDS7FJjR1c", "country": "US" }
        });
        let event = json!({
            "id": "evt_1", "type": "payment_intent.succeeded",
            "data": { "object": {
                "id": "pi_123abc", "amount": 25000, "status": "succeeded", "payment_method_details": card,
                "charges": { "data": [{ "payment_method_details": card }] },
                "metadata": { "billingRecordId": records[0], "contractorId": contractor }
            } }
        });
        server.stripe(&event).await.expect(200);
        server.run_jobs().await;
        let rows = common::rows::of(&server.ctx.db).await;
        for (table, rows) in &rows {
            for secret in ["Xt5EWLLDS7FJjR1c", "last4", "exp_month"] {
                assert!(!rows.iter().any(|row| row.contains(secret)), "{secret} is in {table} on {}", server.db.name());
            }
        }
        assert!(rows["billing_records"][0].contains("paid"));
    }
}
