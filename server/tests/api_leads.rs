//! A lead is submitted (seed 000, Submit Lead): the documented example, every field and every refusal; and evidence of
//! consent, and duplicates.

use crate::common::{Reply, Server, assert_like, lead_body, send, servers, servers_with};
use chrono::Duration;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// The documented sample with changes, for a caller who adds headers.
pub fn submit(server: &Server, change: &Value) -> RequestBuilder {
    let mut body = lead_body();
    for (key, value) in change.as_object().expect("an object") {
        body[key] = value.clone();
    }
    server.request(Method::POST, "/api/leads/submit").json(&body)
}

/// The id of the lead that was made.
pub fn lead_of(reply: &Reply) -> String {
    reply.json()["leadId"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn the_documented_lead_is_taken_scored_and_assigned() {
    for server in servers().await {
        let (id, token) = server.contractor("contractor@example.com", json!({})).await;
        let reply = server.submit(&json!({})).await.expect(201).json();
        let example = json!({ "success": true, "message": "Lead submitted successfully", "leadId": "clxyz456", "score": 145, "category": "PLATINUM", "price": 250.00 });
        assert_like(&example, &reply);
        assert_eq!(reply["message"], "Lead submitted successfully");
        // Decision 20: the sample scores 150.
        assert_eq!((&reply["score"], &reply["category"], &reply["price"]), (&json!(150), &json!("PLATINUM"), &json!(250.0)));

        let leads = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        assert_eq!(leads["leads"][0]["id"], reply["leadId"], "on {}", server.db.name());
        assert_eq!(leads["leads"][0]["assignment"]["contractor"]["id"], id);
    }
}

#[tokio::test]
async fn without_a_contractor_the_lead_is_kept_and_offered_later() {
    for server in servers().await {
        let reply = server.submit(&json!({ "customerZip": "99999" })).await;
        let body = reply.refused(404, "No contractors available in your area", "Zip code: 99999").json();
        assert_eq!(body["success"], false);
        let leads = server.admin(Method::GET, "/api/admin/leads?status=pending_assignment", None).await.expect(200).json();
        assert_eq!((&leads["total"], &leads["leads"][0]["customerZip"]), (&json!(1), &json!("99999")));
        assert_eq!(leads["leads"][0]["assignment"], Value::Null);

        let (_, token) = server.contractor("late@example.com", json!({ "serviceZipCodes": ["99999"] })).await;
        server.run_jobs().await;
        let leads = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        assert_eq!(leads["total"], 1, "on {}", server.db.name());
    }
}

#[tokio::test]
async fn a_lead_of_little_worth_is_kept_but_not_sold() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({ "specializations": ["maintenance"] })).await;
        // Decision 38: also where nobody serves the ZIP code.
        for zip in ["90210", "99999"] {
            let little = json!({
                "customerEmail": null, "serviceType": "maintenance", "timeline": "flexible", "budgetRange": "0-100", "customerZip": zip
            });
            let reply = server.submit(&little).await.expect(201).json();
            assert_eq!((&reply["success"], &reply["category"], &reply["price"]), (&json!(true), &json!("NURTURE"), &json!(0.0)), "{zip}");
            let leads = server.admin(Method::GET, "/api/admin/leads?limit=1", None).await.expect(200).json();
            assert_eq!(
                (&leads["leads"][0]["id"], &leads["leads"][0]["status"], &leads["leads"][0]["assignment"]),
                (&reply["leadId"], &json!("pending_assignment"), &Value::Null)
            );
            server.db.advance(Duration::seconds(1));
        }
    }
}

#[tokio::test]
async fn every_field_of_a_lead_is_checked() {
    const REQUIRED: [&str; 8] =
        ["customerFirstName", "customerLastName", "customerPhone", "customerZip", "serviceType", "timeline", "budgetRange", "propertyType"];
    let long = "x".repeat(5000);
    let wrong: [(&str, Value); 14] = [
        ("customerPhone", json!("555123456")),
        ("customerPhone", json!("not a phone")),
        ("customerZip", json!("9021")),
        ("customerZip", json!("abcde")),
        ("customerEmail", json!("nobody")),
        ("customerState", json!("XX")),
        ("serviceType", json!("plumbing")),
        ("timeline", json!("soon")),
        ("propertyType", json!("castle")),
        ("customerFirstName", json!("a\u{0}b")),
        ("serviceDescription", json!("a\u{0}b")),
        ("budgetRange", json!("much\u{7}")),
        ("customerAddress", json!("a\u{1b}[2J")),
        ("customerCity", json!("a\u{0}")),
    ];
    for server in servers().await {
        for field in REQUIRED {
            for nothing in [json!(null), json!(""), json!("   ")] {
                let reply = server.submit(&json!({ field: nothing })).await;
                reply.refused(400, "Missing required fields", &format!("{field} is required"));
            }
            let mut absent = lead_body();
            absent.as_object_mut().expect("an object").remove(field);
            let request = server.request(Method::POST, "/api/leads/submit").header("x-forwarded-for", format!("192.0.2.{}", field.len()));
            send(request.json(&absent)).await.refused(400, "Missing required fields", &format!("{field} is required"));
        }
        let two = server.submit(&json!({ "customerPhone": null, "customerZip": null })).await;
        two.refused(400, "Missing required fields", "customerPhone and customerZip are required");
        for (field, value) in &wrong {
            server.submit(&json!({ *field: value })).await.refused(400, "Validation failed", field);
        }
        for field in lead_body().as_object().expect("an object").keys() {
            server.submit(&json!({ field: long })).await.refused(400, "Validation failed", field);
            for value in [json!(5), json!(true), json!(["x"]), json!({ "a": 1 })] {
                let reply = server.submit(&json!({ field: value })).await;
                reply.refused(400, "Validation failed", &format!("{field} must be a string"));
            }
        }
        let leads = server.admin(Method::GET, "/api/admin/leads", None).await.expect(200).json();
        assert_eq!(leads["total"], 0, "nothing that was refused is kept");
    }
}

#[tokio::test]
async fn submissions_are_limited_to_ten_an_hour_for_each_address() {
    for server in servers().await {
        let submit =
            |from: &'static str| server.request(Method::POST, "/api/leads/submit").header("x-forwarded-for", from).json(&json!({}));
        let now = server.ctx.now().timestamp();
        for left in (0..10).rev() {
            let reply = send(submit("203.0.113.7")).await.expect(400);
            assert_eq!(reply.header("x-ratelimit-limit"), "10");
            assert_eq!(reply.header("x-ratelimit-remaining"), left.to_string());
            assert_eq!(reply.header("x-ratelimit-reset"), (now + 3600).to_string());
        }
        let reply =
            send(submit("203.0.113.7")).await.refused(429, "Rate limit exceeded", "Too many requests. Please try again in 60 minutes.");
        assert_eq!((reply.header("retry-after"), reply.header("x-ratelimit-remaining")), ("3600", "0"));
        assert_eq!((reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-reset")), ("10", (now + 3600).to_string().as_str()));
        send(submit("203.0.113.8")).await.expect(400);
        // What the client itself writes on the left does not make it another.
        send(submit("6.6.6.6, 203.0.113.7")).await.expect(429);
        server.db.advance(Duration::hours(1));
        send(submit("203.0.113.7")).await.expect(400);
    }
}

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
        let page = server.lead_page(&lead).await.consent.expect("evidence");
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
        assert_eq!(server.count("select count(*) from lead_consents").await, 1);
        assert_eq!(server.count("select count(*) from leads").await, 2);
    }
}

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
