//! Contractors register, sign in and work at their desk (seed 000): every documented example, key by key, and every refusal.

use crate::common::{Server, assert_like, contractor_body, send, servers, servers_with};
use chrono::Duration;
use platform::auth::{self, Audience};
use reqwest::Method;
use serde_json::{Value, json};

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
