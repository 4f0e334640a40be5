//! Seed 000's surface: every documented example, key by key, and every refusal.

use crate::common::{self, Server, assert_like, contractor_body, lead_body, send, servers, servers_with};
use chrono::Duration;
use platform::auth::{self, Audience};
use reqwest::Method;
use serde_json::{Value, json};

// ---- Submit Lead

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
async fn bodies_that_cannot_be_read_are_refused_in_shape() {
    for server in servers_with(|s| s.rate_limits = false).await {
        for (path, method) in
            [("/api/leads/submit", Method::POST), ("/api/contractors/login", Method::POST), ("/api/contractors/register", Method::POST)]
        {
            let post = || server.request(method.clone(), path);
            let raw = |bytes: &'static [u8]| post().header("content-type", "application/json").body(bytes);
            send(raw(b"{\"customerZip\":")).await.refused(400, "Malformed request", "not valid JSON");
            send(raw(b"{} {}")).await.refused(400, "Malformed request", "not valid JSON");
            send(raw(b"")).await.refused(400, "Malformed request", "empty");
            send(raw(b"[]")).await.refused(400, "Malformed request", "JSON object");
            send(raw(b"null")).await.refused(400, "Malformed request", "JSON object");
            send(raw(b"{\"email\":\"\xff\xfe\"}")).await.refused(400, "Malformed request", "UTF-8");
            send(post().body(lead_body().to_string())).await.refused(400, "Malformed request", "content type");
            send(post().header("content-type", "text/plain").body("{}")).await.refused(400, "Malformed request", "content type");
            send(post().form(&[("customerZip", "90210")])).await.refused(400, "Malformed request", "content type");
            let mut large = json!({ "x": "" });
            large["x"] = "y".repeat(1024 * 1024 - large.to_string().len()).into();
            assert_eq!(large.to_string().len(), 1024 * 1024);
            send(post().json(&large)).await.refused(413, "Request body too large", "1048575");
        }
        let mut nearly = lead_body();
        nearly["more"] = "y".repeat(1024 * 1024 - 1 - nearly.to_string().len() - ",\"more\":\"\"".len()).into();
        assert_eq!(nearly.to_string().len(), 1024 * 1024 - 1);
        let reply = server.post("/api/leads/submit", &nearly).await;
        reply.refused(404, "No contractors available in your area", "90210");
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

// ---- Contractors

#[tokio::test]
async fn a_contractor_registers_is_approved_and_logs_in() {
    for server in servers().await {
        let body = contractor_body("contractor@example.com");
        let reply = server.post("/api/contractors/register", &body).await.expect(201).json();
        assert_eq!((&reply["success"], &reply["contractor"]["isApproved"]), (&json!(true), &json!(false)));
        let id = reply["contractor"]["id"].as_str().expect("an id");
        let again = server.post("/api/contractors/register", &body).await.expect(409).json();
        assert!(again["error"].is_string() && again["details"].is_string(), "{again}");

        let reply = server.admin(Method::POST, &format!("/api/admin/contractors/{id}/approve"), None).await.expect(200).json();
        let example = json!({
            "success": true, "message": "Contractor approved and onboarding email sent",
            "contractor": { "id": "clxyz123", "isApproved": true, "status": "active", "approvedAt": "2025-10-05T14:00:00.000Z" }
        });
        assert_like(&example, &reply);
        assert_eq!(reply["message"], example["message"]);
        server.run_jobs().await;
        assert!(server.db.mails().iter().any(|m| m.contains("contractor@example.com")), "the onboarding mail");

        let login = json!({ "email": "contractor@example.com", "password": "password123" });
        let reply = server.post("/api/contractors/login", &login).await.expect(200).json();
        let example = json!({
            "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
            "contractor": {
                "id": "clxyz123", "email": "contractor@example.com", "businessName": "HVAC Pros", "phone": "5559876543",
                "serviceZipCodes": ["90210", "90211"], "specializations": ["ac_repair", "heating_repair"],
                "status": "active", "isApproved": true, "isAcceptingLeads": true
            }
        });
        assert_like(&example, &reply);
        for key in ["email", "businessName", "phone", "serviceZipCodes", "specializations", "status", "isApproved", "isAcceptingLeads"] {
            assert_eq!(reply["contractor"][key], example["contractor"][key], "{key}");
        }
        assert!(!reply.to_string().contains("$2b$"), "no hash leaves");
    }
}

#[tokio::test]
async fn wrong_logins_are_told_apart_from_incomplete_ones_only() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        let login = |body: Value| server.request(Method::POST, "/api/contractors/login").header("x-forwarded-for", "192.0.2.1").json(&body);
        send(login(json!({}))).await.refused(400, "Missing required fields", "email and password are required");
        let wrong = send(login(json!({ "email": "contractor@example.com", "password": "wrong" }))).await;
        let wrong = wrong.refused(401, "Invalid authentication credentials", "");
        let unknown = send(login(json!({ "email": "nobody@example.com", "password": "wrong" }))).await.expect(401);
        assert_eq!(wrong.text, unknown.text, "nobody learns which accounts exist");
        send(login(json!({ "email": 5, "password": "x" }))).await.refused(400, "Validation failed", "email must be a string");
        let long = "x".repeat(100_000);
        send(login(json!({ "email": "contractor@example.com", "password": long }))).await.expect(401);
        // The sixth attempt within 15 minutes.
        let reply = send(login(json!({}))).await;
        let reply = reply.refused(429, "Rate limit exceeded", "Too many requests. Please try again in 15 minutes.");
        assert_eq!((reply.header("x-ratelimit-limit"), reply.header("retry-after")), ("5", "900"));
        server.db.advance(Duration::minutes(15));
        send(login(json!({ "email": "CONTRACTOR@example.com", "password": "password123" }))).await.expect(200);
    }
}

#[tokio::test]
async fn the_dashboard_and_leads_are_as_documented() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        server.submit(&json!({})).await.expect(201);
        let reply = server.with(&token, Method::GET, "/api/contractors/dashboard", None).await.expect(200).json();
        let example = json!({
            "stats": {
                "totalLeads": 45, "leadsThisMonth": 12, "conversionRate": 67.5, "averageResponseTime": 120, "totalBilled": 2250.00,
                "pendingPayment": 375.00, "avgCustomerRating": null
            },
            "recentLeads": [{
                "id": "clxyz789", "customerFirstName": "John", "customerLastName": "Smith", "customerPhone": "5551234567",
                "customerCity": "Beverly Hills", "customerState": "CA", "customerZip": "90210", "serviceType": "ac_repair",
                "timeline": "within_24_hours", "status": "assigned", "category": "PLATINUM", "price": 250.00, "createdAt": "2025-10-05T10:30:00.000Z"
            }]
        });
        assert_like(&example, &reply);
        assert_eq!((&reply["stats"]["totalLeads"], &reply["stats"]["leadsThisMonth"]), (&json!(1), &json!(1)));

        let reply = server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        let example = json!({
            "leads": [{
                "id": "clxyz789", "customerFirstName": "John", "customerLastName": "Smith", "customerPhone": "5551234567",
                "customerEmail": "john@example.com", "customerAddress": "123 Main St", "customerCity": "Beverly Hills",
                "customerState": "CA", "customerZip": "90210", "serviceType": "ac_repair", "serviceDescription": "AC not cooling",
                "timeline": "within_24_hours", "budgetRange": "500-1000", "propertyType": "residential", "status": "assigned",
                "score": 145, "category": "PLATINUM", "price": 250.00, "createdAt": "2025-10-05T10:30:00.000Z",
                "assignment": { "assignedAt": "2025-10-05T10:31:00.000Z", "responseDeadline": "2025-10-05T22:31:00.000Z", "status": "assigned" }
            }],
            "total": 45, "limit": 50, "offset": 0
        });
        assert_like(&example, &reply);
        assert_eq!((&reply["total"], &reply["limit"], &reply["offset"]), (&json!(1), &json!(50), &json!(0)));
        let lead = &reply["leads"][0];
        assert_eq!(lead["customerPhone"], "5551234567");
        assert_eq!(lead["assignment"]["responseDeadline"], "2025-10-06T00:00:00.000Z", "12 hours after assignment");
    }
}

#[tokio::test]
async fn own_leads_are_paged_and_filtered() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        for n in 0..3 {
            server.submit(&json!({ "customerPhone": format!("555123456{n}") })).await.expect(201);
            server.db.advance(Duration::minutes(1));
        }
        let get = |query: &'static str| {
            let token = token.clone();
            let server = &server;
            async move { server.with(&token, Method::GET, &format!("/api/contractors/leads{query}"), None).await }
        };
        let all = get("?limit=500").await.expect(200).json();
        assert_eq!(all["total"], 3);
        assert_eq!(all["leads"][0]["customerPhone"], "5551234562", "newest first");
        let one = get("?limit=1&offset=1").await.expect(200).json();
        assert_eq!((&one["leads"][0]["id"], one["leads"].as_array().map(Vec::len)), (&all["leads"][1]["id"], Some(1)));
        assert_eq!((&one["total"], &one["limit"], &one["offset"]), (&json!(3), &json!(1), &json!(1)));
        assert_eq!(get("?status=contacted").await.expect(200).json()["total"], 0);
        assert_eq!(get("?status=assigned").await.expect(200).json()["total"], 3);
        // Decision 24.
        assert_eq!(get("?status=pending_assignment").await.expect(200).json()["leads"], json!([]));
        for (query, said) in [
            ("?limit=0", "limit must be between 1 and 500"),
            ("?limit=501", "limit must be between 1 and 500"),
            ("?limit=-1", "limit"),
            ("?limit=ten", "limit must be a whole number"),
            ("?limit=99999999999999999999", "limit"),
            ("?offset=-1", "offset must not be negative"),
            ("?status=won", "status must be one of"),
            ("?status=%00", "status"),
        ] {
            get(query).await.refused(400, "Validation failed", said);
        }
        get("?limit=1&limit=2").await.refused(400, "Malformed request", "limit");
    }
}

#[tokio::test]
async fn a_status_moves_forward_and_is_as_documented() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let path = format!("/api/contractors/leads/{lead}/status");
        let put = |body: Value| {
            let (token, path, server) = (token.clone(), path.clone(), &server);
            async move { server.with(&token, Method::PUT, &path, Some(&body)).await }
        };
        server.db.advance(Duration::minutes(30));
        let reply = put(json!({ "status": "contacted" })).await.expect(200).json();
        let example =
            json!({ "success": true, "lead": { "id": "clxyz789", "status": "contacted", "firstContactAt": "2025-10-05T11:00:00.000Z" } });
        assert_like(&example, &reply);
        assert_eq!((&reply["lead"]["status"], &reply["lead"]["firstContactAt"]), (&json!("contacted"), &json!("2025-10-05T12:30:00.000Z")));
        put(json!({ "status": "contacted" })).await.expect(200);
        for bad in [json!("pending_assignment"), json!("won"), json!("CONTACTED")] {
            put(json!({ "status": bad })).await.refused(400, "Validation failed", "status must be one of assigned, contacted, qualified");
        }
        put(json!({})).await.refused(400, "Missing required fields", "status is required");
        put(json!({ "status": 1 })).await.refused(400, "Validation failed", "status must be a string");
        let back = put(json!({ "status": "assigned" })).await.expect(409).json();
        assert!(back["error"].is_string(), "{back}");
        put(json!({ "status": "qualified" })).await.expect(200);
        let dashboard = server.with(&token, Method::GET, "/api/contractors/dashboard", None).await.expect(200).json();
        // Decision 24: by hand, so nothing is billed. Decision 31: minutes.
        assert_eq!((&dashboard["stats"]["totalBilled"], &dashboard["stats"]["averageResponseTime"]), (&json!(0.0), &json!(30)));
        assert_eq!(dashboard["stats"]["conversionRate"], 100.0);
    }
}

#[tokio::test]
async fn another_contractors_lead_does_not_exist() {
    for server in servers().await {
        let (_, owner) = server.contractor("owner@example.com", json!({})).await;
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let (_, other) = server.contractor("other@example.com", json!({})).await;
        let body = json!({ "status": "contacted" });
        let path = format!("/api/contractors/leads/{lead}/status");
        let details = format!("Lead ID: {lead} does not exist");
        server.with(&other, Method::PUT, &path, Some(&body)).await.refused(404, "Lead not found", &details);
        let missing = server.with(&owner, Method::PUT, "/api/contractors/leads/clxyz789/status", Some(&body)).await;
        missing.refused(404, "Lead not found", "Lead ID: clxyz789 does not exist");
        let own = server.with(&owner, Method::GET, &format!("/api/contractors/leads/{lead}"), None).await.expect(200).json();
        assert_eq!((&own["id"], &own["customerPhone"]), (&json!(lead), &json!("5551234567")));
        let others = server.with(&other, Method::GET, &format!("/api/contractors/leads/{lead}"), None).await;
        others.refused(404, "Lead not found", &details);
        for odd in ["%00", "%ff", "%0a"] {
            let reply = server.with(&owner, Method::PUT, &format!("/api/contractors/leads/{odd}/status"), Some(&body)).await;
            reply.refused(400, "Malformed request", "path");
        }
        assert_eq!(server.with(&other, Method::GET, "/api/contractors/leads", None).await.expect(200).json()["total"], 0);
    }
}

#[tokio::test]
async fn only_a_contractors_own_valid_token_opens_their_desk() {
    for server in servers().await {
        let (id, token) = server.contractor("contractor@example.com", json!({})).await;
        let path = "/api/contractors/dashboard";
        let refused = server.get(path).await.refused(401, "Invalid authentication credentials", "");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        for bad in ["", "x", "a.b.c", &format!("{token}x"), &token[..token.len() - 2]] {
            server.with(bad, Method::GET, path, None).await.refused(401, "Invalid authentication credentials", "");
        }
        // `alg: none`, with the claims of the valid one.
        let claims = token.split('.').nth(1).expect("claims");
        server.with(&format!("eyJhbGciOiJub25lIn0.{claims}."), Method::GET, path, None).await.expect(401);
        server.admin(Method::GET, path, None).await.expect(401);
        for other in [Audience::Admin, Audience::Customer, Audience::Office] {
            let foreign = auth::issue(&server.ctx, other, &id, Duration::hours(1)).expect("a token");
            server.with(&foreign, Method::GET, path, None).await.expect(403);
        }
        let nobody = auth::issue(&server.ctx, Audience::Contractor, "nobody", Duration::hours(1)).expect("a token");
        server.with(&nobody, Method::GET, path, None).await.expect(401);
        server.db.advance(Duration::hours(24) - Duration::seconds(1));
        server.with(&token, Method::GET, path, None).await.expect(200);
        server.db.advance(Duration::seconds(2));
        server.with(&token, Method::GET, path, None).await.refused(401, "Invalid authentication credentials", "");
    }
}

#[tokio::test]
async fn a_profile_is_changed_in_part_and_is_as_documented() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let put = |body: Value| {
            let (token, server) = (token.clone(), &server);
            async move { server.with(&token, Method::PUT, "/api/contractors/profile", Some(&body)).await }
        };
        let body = json!({
            "businessName": "HVAC Pros LLC", "phone": "5559876543", "serviceZipCodes": ["90210", "90211", "90212"],
            "specializations": ["ac_repair", "heating_repair", "installation"], "isAcceptingLeads": true
        });
        let reply = put(body.clone()).await.expect(200).json();
        let mut example = json!({ "success": true, "contractor": body });
        example["contractor"]["id"] = "clxyz123".into();
        assert_like(&example, &reply);
        for key in body.as_object().expect("an object").keys() {
            assert_eq!(reply["contractor"][key], body[key], "{key}");
        }
        let reply = put(json!({ "isAcceptingLeads": false })).await.expect(200).json();
        assert_eq!(
            (&reply["contractor"]["isAcceptingLeads"], &reply["contractor"]["businessName"]),
            (&json!(false), &json!("HVAC Pros LLC"))
        );
        server.submit(&json!({})).await.expect(404);
        for (change, said) in [
            (json!({ "phone": "12" }), "phone"),
            (json!({ "serviceZipCodes": [] }), "serviceZipCodes"),
            (json!({ "specializations": ["plumbing"] }), "specializations"),
            (json!({ "isAcceptingLeads": "yes" }), "isAcceptingLeads must be a boolean"),
        ] {
            put(change).await.refused(400, "Validation failed", said);
        }
    }
}

#[tokio::test]
async fn a_new_password_ends_older_tokens() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let path = "/api/contractors/password";
        server.with(&token, Method::PUT, path, Some(&json!({}))).await.refused(
            400,
            "Missing required fields",
            "currentPassword and newPassword are required",
        );
        let wrong = json!({ "currentPassword": "wrong", "newPassword": "another password" });
        server.with(&token, Method::PUT, path, Some(&wrong)).await.refused(400, "Validation failed", "currentPassword");
        let short = json!({ "currentPassword": "password123", "newPassword": "short" });
        server.with(&token, Method::PUT, path, Some(&short)).await.refused(400, "Validation failed", "newPassword");
        server.db.advance(Duration::seconds(1));
        let right = json!({ "currentPassword": "password123", "newPassword": "another password" });
        let reply = server.with(&token, Method::PUT, path, Some(&right)).await.expect(200).json();
        let fresh = reply["token"].as_str().expect("a token");
        server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(401);
        server.with(fresh, Method::GET, "/api/contractors/leads", None).await.expect(200);
        let login = json!({ "email": "contractor@example.com", "password": "another password" });
        server.post("/api/contractors/login", &login).await.expect(200);
    }
}

#[tokio::test]
async fn a_suspended_contractor_is_out_until_reactivated() {
    for server in servers().await {
        let (id, token) = server.contractor("contractor@example.com", json!({})).await;
        let reply = server.admin(Method::POST, &format!("/api/admin/contractors/{id}/suspend"), None).await.expect(200).json();
        assert_eq!(reply["contractor"]["status"], "suspended");
        server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(403);
        let login = json!({ "email": "contractor@example.com", "password": "password123" });
        server.post("/api/contractors/login", &login).await.expect(403);
        server.submit(&json!({})).await.expect(404);
        let reply = server.admin(Method::POST, &format!("/api/admin/contractors/{id}/reactivate"), None).await.expect(200).json();
        assert_eq!(reply["contractor"]["status"], "active");
        server.post("/api/contractors/login", &login).await.expect(200);
    }
}

// ---- Admin

#[tokio::test]
async fn the_admins_lists_are_as_documented() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        server.submit(&json!({})).await.expect(201);
        let reply = server.admin(Method::GET, "/api/admin/dashboard", None).await.expect(200).json();
        let example = json!({
            "stats": {
                "totalLeads": 1250, "leadsToday": 45, "totalContractors": 87, "activeContractors": 72, "approvedContractors": 65,
                "pendingContractors": 7, "totalRevenue": 125_000.00, "revenueThisMonth": 32500.00, "pendingBilling": 4500.00,
                "averageLeadScore": 132, "conversionRate": 68.5
            },
            "recentActivity": [{ "type": "lead_submitted", "data": {}, "timestamp": "2025-10-05T10:30:00.000Z" }]
        });
        assert_like(&example, &reply);
        let activity = reply["recentActivity"].as_array().expect("a list");
        let submitted = activity.iter().find(|a| a["type"] == "lead_submitted").expect("the lead");
        assert_like(
            &json!({ "leadId": "clxyz789", "customerName": "John Smith", "category": "PLATINUM", "price": 250.00 }),
            &submitted["data"],
        );
        assert_eq!((&submitted["data"]["customerName"], &submitted["data"]["price"]), (&json!("John Smith"), &json!(250.0)));
        assert_eq!((&reply["stats"]["leadsToday"], &reply["stats"]["averageLeadScore"]), (&json!(1), &json!(150)));

        let reply = server.admin(Method::GET, "/api/admin/leads", None).await.expect(200).json();
        let example = json!({
            "leads": [{
                "id": "clxyz789", "customerFirstName": "John", "customerLastName": "Smith", "customerPhone": "5551234567",
                "customerEmail": "john@example.com", "customerCity": "Beverly Hills", "customerState": "CA", "customerZip": "90210",
                "serviceType": "ac_repair", "timeline": "within_24_hours", "status": "qualified", "score": 145, "category": "PLATINUM",
                "price": 250.00,
                "assignment": { "contractor": { "id": "clxyz123", "businessName": "HVAC Pros" }, "assignedAt": "2025-10-05T10:31:00.000Z" },
                "createdAt": "2025-10-05T10:30:00.000Z"
            }],
            "total": 1250, "limit": 100, "offset": 0
        });
        assert_like(&example, &reply);
        assert_eq!((&reply["total"], &reply["limit"], &reply["offset"]), (&json!(1), &json!(100), &json!(0)));
        assert_eq!(reply["leads"][0]["assignment"]["contractor"]["businessName"], "HVAC Pros");

        let reply = server.admin(Method::GET, "/api/admin/contractors", None).await.expect(200).json();
        let example = json!({
            "contractors": [{
                "id": "clxyz123", "businessName": "HVAC Pros", "email": "contractor@example.com", "phone": "5559876543",
                "serviceZipCodes": ["90210", "90211"], "specializations": ["ac_repair", "heating_repair"], "status": "active",
                "isApproved": true, "isAcceptingLeads": true, "avgResponseTime": 120, "conversionRate": 67.5, "customerRating": null,
                "totalLeads": 45, "totalRevenue": 2250.00, "createdAt": "2025-08-01T00:00:00.000Z"
            }],
            "total": 87
        });
        assert_like(&example, &reply);
        assert_eq!((&reply["total"], &reply["contractors"][0]["totalLeads"]), (&json!(1), &json!(1)));
    }
}

#[tokio::test]
async fn the_admin_filters_leads_and_contractors() {
    for server in servers().await {
        let (id, _) = server.contractor("contractor@example.com", json!({})).await;
        server.submit(&json!({})).await.expect(201);
        server.submit(&json!({ "customerZip": "99999" })).await.expect(404);
        server.db.advance(Duration::days(1));
        server.submit(&json!({ "customerPhone": "5551234568" })).await.expect(201);
        let total = |path: String| {
            let server = &server;
            async move { server.admin(Method::GET, &path, None).await.expect(200).json()["total"].clone() }
        };
        for (query, count) in [
            ("", 3),
            ("?status=assigned", 2),
            ("?status=pending_assignment", 1),
            ("?category=PLATINUM&limit=1", 2),
            ("?category=NURTURE", 0),
            ("?startDate=2025-10-06", 1),
            ("?endDate=2025-10-05", 2),
            ("?startDate=2025-10-05&endDate=2025-10-05", 2),
            ("?startDate=2025-10-05T12:00:00Z&endDate=2025-10-05T12:00:00Z", 2),
            ("?startDate=2025-10-05T12:00:00.001Z&endDate=2025-10-05", 0),
            ("?contractorId=nobody", 0),
        ] {
            assert_eq!(total(format!("/api/admin/leads{query}")).await, count, "{query} on {}", server.db.name());
        }
        assert_eq!(total(format!("/api/admin/leads?contractorId={id}")).await, 2);
        let unapproved = contractor_body("second@example.com");
        server.post("/api/contractors/register", &unapproved).await.expect(201);
        for (query, count) in [
            ("", 2),
            ("?isApproved=true", 1),
            ("?isApproved=false", 1),
            ("?zipCode=90211", 2),
            ("?zipCode=90219", 0),
            ("?status=suspended", 0),
            ("?limit=1", 2),
        ] {
            assert_eq!(total(format!("/api/admin/contractors{query}")).await, count, "{query} on {}", server.db.name());
        }
        let page = server.admin(Method::GET, "/api/admin/contractors?status=active&limit=1", None).await.expect(200);
        assert_eq!(page.header("link"), "", "one is active");
        let page = server.admin(Method::GET, "/api/admin/contractors?zipCode=90211&limit=1", None).await.expect(200);
        assert_eq!(page.header("link"), "</api/admin/contractors?zipCode=90211&limit=1&offset=1>; rel=\"next\"");
        for (path, said) in [
            ("/api/admin/leads?limit=0", "limit must be between 1 and 500"),
            ("/api/admin/leads?limit=501", "limit"),
            ("/api/admin/leads?category=platinum", "category must be one of"),
            ("/api/admin/leads?startDate=yesterday", "startDate must be an ISO date"),
            ("/api/admin/leads?endDate=2025-02-30", "endDate"),
            ("/api/admin/leads?startDate=2025-10-06&endDate=2025-10-05", "endDate must not be before startDate"),
            ("/api/admin/leads?contractorId=%00", "contractorId"),
            ("/api/admin/contractors?isApproved=maybe", "isApproved must be true or false"),
            ("/api/admin/contractors?zipCode=1", "zipCode"),
            ("/api/admin/contractors?status=gone", "status must be one of"),
            ("/api/admin/contractors?limit=501", "limit"),
        ] {
            server.admin(Method::GET, path, None).await.refused(400, "Validation failed", said);
        }
    }
}

#[tokio::test]
async fn the_pool_of_tracking_numbers_is_filled_and_used() {
    for server in servers().await {
        let path = "/api/admin/tracking-numbers";
        assert_eq!(server.admin(Method::GET, path, None).await.expect(200).json()["trackingNumbers"], json!([]));
        let numbers = json!({ "phoneNumbers": ["5550001111", "(555) 000-2222", "5550001111"] });
        let reply = server.admin(Method::POST, path, Some(&numbers)).await.expect(201).json();
        assert_eq!(reply["added"], 2, "{reply}");
        let reply = server.admin(Method::POST, path, Some(&numbers)).await.expect(201).json();
        assert_eq!(reply["added"], 0);
        let one = server.admin(Method::GET, "/api/admin/tracking-numbers?limit=1&status=available", None).await.expect(200).json();
        assert_eq!((&one["total"], one["trackingNumbers"].as_array().map(Vec::len)), (&json!(2), Some(1)));
        for bad in [json!({}), json!({ "phoneNumbers": [] })] {
            server.admin(Method::POST, path, Some(&bad)).await.refused(400, "Missing required fields", "phoneNumbers is required");
        }
        server.admin(Method::POST, path, Some(&json!({ "phoneNumbers": ["12"] }))).await.expect(400);
        server.admin(Method::POST, path, Some(&json!({ "phoneNumbers": [5] }))).await.refused(400, "Validation failed", "phoneNumbers[0]");

        let (id, _) = server.contractor("contractor@example.com", json!({})).await;
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].clone();
        let reply = server.admin(Method::GET, path, None).await.expect(200).json();
        let active: Vec<&Value> = reply["trackingNumbers"].as_array().expect("a list").iter().filter(|n| n["status"] == "active").collect();
        assert_eq!(active.len(), 1, "{reply}");
        assert_eq!((&active[0]["leadId"], &active[0]["contractorId"]), (&lead, &json!(id)));
        let leads = server.admin(Method::GET, "/api/admin/leads", None).await.expect(200).json();
        assert_eq!(leads["leads"][0]["trackingNumber"], active[0]["phoneNumber"]);
    }
}

#[tokio::test]
async fn only_the_administrator_enters() {
    for server in servers().await {
        let (id, token) = server.contractor("contractor@example.com", json!({})).await;
        let path = "/api/admin/leads";
        let refused = server.get(path).await.refused(401, "Invalid authentication credentials", "");
        assert!(refused.header("www-authenticate").starts_with("Basic"));
        let basic = |name: &'static str, password: &'static str| server.request(Method::GET, path).basic_auth(name, Some(password));
        for (name, password) in [("admin", "wrong"), ("admin", ""), ("root", common::ADMIN_PASSWORD), ("", common::ADMIN_PASSWORD)] {
            send(basic(name, password)).await.expect(401);
        }
        for header in ["Basic", "Basic ", "Basic !!!", "Basic YWRtaW4=", "Digest x", "Basic /////w=="] {
            send(server.request(Method::GET, path).header("authorization", header)).await.expect(401);
        }
        send(basic("admin", common::ADMIN_PASSWORD)).await.expect(200);
        send(basic("Admin@example.com", common::ADMIN_PASSWORD)).await.expect(200);
        // A contractor's token is for another portal.
        server.with(&token, Method::GET, path, None).await.expect(403);
        server.with(&token, Method::POST, &format!("/api/admin/contractors/{id}/approve"), None).await.expect(403);
        let missing = server.admin(Method::POST, "/api/admin/contractors/clxyz123/approve", None).await;
        missing.refused(404, "Contractor not found", "Contractor ID: clxyz123 does not exist");
        // Twice is harmless.
        server.admin(Method::POST, &format!("/api/admin/contractors/{id}/approve"), None).await;
    }
}

#[tokio::test]
async fn registrations_are_checked_field_by_field() {
    for server in servers_with(|s| s.rate_limits = false).await {
        let register = |change: Value| {
            let mut body = contractor_body("new@example.com");
            for (key, value) in change.as_object().expect("an object") {
                body[key] = value.clone();
            }
            let server: &Server = &server;
            async move { server.post("/api/contractors/register", &body).await }
        };
        for field in ["businessName", "email", "phone"] {
            register(json!({ field: null })).await.refused(400, "Missing required fields", &format!("{field} is required"));
            register(json!({ field: 5 })).await.refused(400, "Validation failed", &format!("{field} must be a string"));
        }
        for (change, said) in [
            (json!({ "email": "nobody" }), "email"),
            (json!({ "phone": "12" }), "phone"),
            (json!({ "serviceZipCodes": ["9021"] }), "serviceZipCodes"),
            (json!({ "serviceZipCodes": [] }), "serviceZipCodes"),
            (json!({ "serviceZipCodes": "90210" }), "serviceZipCodes must be a list"),
            (json!({ "specializations": ["plumbing"] }), "specializations"),
            (json!({ "password": "short" }), "password"),
            (json!({ "website": "javascript:alert(1)" }), "website"),
        ] {
            register(change).await.refused(400, "Validation failed", said);
        }
        let list = server.admin(Method::GET, "/api/admin/contractors", None).await.expect(200).json();
        assert_eq!(list["total"], 0);
    }
}
