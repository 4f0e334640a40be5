//! Seed 000, Submit Dispute, both Get Disputes, and Resolve Dispute: the examples key by key, and the refusals.

use crate::common::{Reply, Server, assert_like, servers, servers_with};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

async fn submit(server: &Server, token: &str, record: &str, body: Value) -> Reply {
    server.with(token, Method::POST, &format!("/api/contractors/billing/{record}/dispute"), Some(&body)).await
}

async fn resolve(server: &Server, dispute: &str, body: Value) -> Reply {
    server.admin(Method::POST, &format!("/api/admin/disputes/{dispute}/resolve"), Some(&body)).await
}

fn example() -> Value {
    json!({ "reason": "customer_no_contact", "description": "Called 3 times, customer never answered. No voicemail set up." })
}

#[tokio::test]
async fn a_dispute_goes_its_documented_way() {
    for server in servers().await {
        let (contractor, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        let (lead, record) = server.charge(&json!({})).await;
        server.db.advance(Duration::hours(1));
        let reply = submit(&server, &token, &record, example()).await.expect(201).json();
        let documented = json!({
            "success": true,
            "dispute": {
                "id": "clxyz111", "billingRecordId": "clxyz999", "leadId": "clxyz789", "status": "pending", "reason": "customer_no_contact",
                "description": "Called 3 times, customer never answered", "submittedAt": "2025-10-05T13:00:00.000Z"
            }
        });
        assert_like(&documented, &reply);
        let dispute = reply["dispute"]["id"].as_str().expect("an id").to_owned();
        for (key, value) in [
            ("billingRecordId", json!(record)),
            ("leadId", json!(lead)),
            ("status", json!("pending")),
            ("reason", example()["reason"].clone()),
            ("description", example()["description"].clone()),
            ("submittedAt", json!("2025-10-05T13:00:00.000Z")),
        ] {
            assert_eq!(reply["dispute"][key], value, "{key}");
        }

        let own = server.with(&token, Method::GET, "/api/contractors/disputes", None).await.expect(200).json();
        let documented = json!({
            "disputes": [{
                "id": "clxyz111", "billingRecord": { "id": "clxyz999", "amountOwed": 250.00 },
                "lead": { "customerFirstName": "John", "customerLastName": "Smith", "customerPhone": "5551234567" },
                "reason": "customer_no_contact", "description": "Called 3 times, no response", "status": "pending",
                "submittedAt": "2025-10-05T13:00:00.000Z"
            }]
        });
        assert_like(&documented, &own);
        assert_eq!((&own["disputes"][0]["id"], &own["disputes"][0]["creditAmount"]), (&json!(dispute), &Value::Null));

        let all = server.admin(Method::GET, "/api/admin/disputes", None).await.expect(200).json();
        let documented = json!({
            "disputes": [{
                "id": "clxyz111",
                "billingRecord": { "id": "clxyz999", "amountOwed": 250.00, "dateIncurred": "2025-10-05T12:00:00.000Z" },
                "contractor": { "id": "clxyz123", "businessName": "HVAC Pros", "email": "contractor@example.com" },
                "lead": { "id": "clxyz789", "customerFirstName": "John", "customerLastName": "Smith", "customerPhone": "5551234567" },
                "reason": "customer_no_contact", "description": "Called 3 times, no response", "status": "pending",
                "submittedAt": "2025-10-05T13:00:00.000Z"
            }],
            "total": 12
        });
        assert_like(&documented, &all);
        assert_eq!((&all["total"], &all["disputes"][0]["contractor"]["id"]), (&json!(1), &json!(contractor)));

        let reply = server.admin(Method::POST, &format!("/api/admin/disputes/{dispute}/review"), None).await.expect(200).json();
        assert_eq!((&reply["success"], &reply["dispute"]["status"]), (&json!(true), &json!("under_review")));
        server.db.advance(Duration::hours(3));
        let body = json!({
            "resolution": "approved", "creditAmount": 250.00, "resolutionNotes": "Valid dispute - customer confirmed no contact. Full credit issued."
        });
        let reply = resolve(&server, &dispute, body.clone()).await.expect(200).json();
        let documented = json!({
            "success": true,
            "dispute": {
                "id": "clxyz111", "status": "approved", "resolution": "approved", "creditAmount": 250.00,
                "resolutionNotes": "Valid dispute - customer confirmed no contact", "resolvedAt": "2025-10-05T16:00:00.000Z"
            },
            "billingRecord": { "id": "clxyz999", "status": "credited", "amountOwed": 0.00 }
        });
        assert_like(&documented, &reply);
        assert_eq!((&reply["billingRecord"]["status"], &reply["billingRecord"]["amountOwed"]), (&json!("credited"), &json!(0.0)));
        assert_eq!(
            (&reply["dispute"]["creditAmount"], &reply["dispute"]["resolvedAt"]),
            (&json!(250.0), &json!("2025-10-05T16:00:00.000Z"))
        );
        assert_eq!(reply["dispute"]["resolutionNotes"], body["resolutionNotes"]);
        resolve(&server, &dispute, body).await.refused(409, "Already resolved", "");
        let path = format!("/api/admin/disputes/{dispute}/review");
        server.admin(Method::POST, &path, None).await.refused(409, "Already resolved", "");
        let own = server.with(&token, Method::GET, "/api/contractors/billing", None).await.expect(200).json();
        assert_eq!((&own["billingRecords"][0]["amountOwed"], &own["billingRecords"][0]["originalAmount"]), (&json!(0.0), &json!(250.0)));
        assert_eq!((&own["summary"]["totalBilled"], &own["billingRecords"][0]["disputeStatus"]), (&json!(0.0), &json!("approved")));
        server.run_jobs().await;
        for subject in ["We received your dispute: John Smith", "Your dispute is decided: John Smith"] {
            assert!(server.db.mails().iter().any(|m| m.contains(subject)), "{subject}");
        }
    }
}

#[tokio::test]
async fn every_reason_is_taken_and_nothing_else() {
    for server in servers_with(|s| s.dispute_window_days = 3).await {
        let (_, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        let (_, other) = server.lasting_contractor("other@example.com", json!({ "serviceZipCodes": ["90299"] })).await;
        for (n, reason) in ["invalid_phone", "customer_no_contact", "wrong_info", "duplicate", "out_of_area"].iter().enumerate() {
            let (_, record) = server.charge(&json!({ "customerPhone": format!("555123456{n}") })).await;
            let reply = submit(&server, &token, &record, json!({ "reason": reason })).await.expect(201).json();
            assert_eq!((&reply["dispute"]["reason"], &reply["dispute"]["description"]), (&json!(reason), &Value::Null));
        }
        let (_, record) = server.charge(&json!({ "customerPhone": "5551234569" })).await;
        for description in [Value::Null, json!(""), json!("  ")] {
            let body = json!({ "reason": "other", "description": description });
            submit(&server, &token, &record, body).await.refused(400, "Missing required fields", "description is required");
        }
        submit(&server, &token, &record, json!({})).await.refused(400, "Missing required fields", "reason is required");
        for (body, said) in [
            (json!({ "reason": "bad_mood" }), "reason must be one of"),
            (json!({ "reason": 5 }), "reason must be a string"),
            (json!({ "reason": "duplicate", "description": "x".repeat(2001) }), "description must be at most 2000"),
        ] {
            submit(&server, &token, &record, body).await.refused(400, "Validation failed", said);
        }
        // Another's record is as if it did not exist.
        for (token, record) in [(&other, record.as_str()), (&token, "clxyz999")] {
            submit(&server, token, record, example()).await.refused(404, "Billing record not found", record);
        }
        submit(&server, &token, &record, json!({ "reason": "other", "description": "It rained." })).await.expect(201);
        submit(&server, &token, &record, example()).await.refused(409, "Dispute open", "");
        let (_, record) = server.charge(&json!({ "customerPhone": "5551234560" })).await;
        server.db.advance(Duration::days(3));
        submit(&server, &token, &record, example()).await.refused(409, "Dispute window over", "within 3 days");
    }
}

#[tokio::test]
async fn every_resolution_answers_its_arithmetic() {
    for server in servers().await {
        let (_, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        for (n, (body, status, credit, left, record_status)) in [
            (json!({ "resolution": "approved" }), "approved", 250.0, 0.0, "credited"),
            (json!({ "resolution": "partial_credit", "creditAmount": 99.99 }), "approved", 99.99, 150.01, "pending"),
            (json!({ "resolution": "denied" }), "denied", 0.0, 250.0, "pending"),
            // Last, for the lead after it is free.
            (json!({ "resolution": "replacement_lead", "resolutionNotes": "Sorry." }), "approved", 250.0, 0.0, "credited"),
        ]
        .into_iter()
        .enumerate()
        {
            let (_, record) = server.charge(&json!({ "customerPhone": format!("555123456{n}") })).await;
            let dispute = submit(&server, &token, &record, example()).await.expect(201).json();
            let dispute = dispute["dispute"]["id"].as_str().expect("an id").to_owned();
            for (wrong, said) in [
                (json!({}), "resolution is required"),
                (json!({ "resolution": "maybe" }), "resolution must be one of approved, partial_credit, replacement_lead, denied"),
                (json!({ "resolution": "approved", "creditAmount": 100 }), "creditAmount must be 250.00"),
                (json!({ "resolution": "partial_credit" }), "creditAmount is required"),
                (json!({ "resolution": "partial_credit", "creditAmount": 0 }), "creditAmount must be more than 0 and less than 250.00"),
                (json!({ "resolution": "partial_credit", "creditAmount": 250 }), "creditAmount"),
                (json!({ "resolution": "partial_credit", "creditAmount": -5 }), "creditAmount"),
                (json!({ "resolution": "partial_credit", "creditAmount": 1.005 }), "two decimals"),
                (json!({ "resolution": "partial_credit", "creditAmount": 1e300 }), "two decimals"),
                (json!({ "resolution": "partial_credit", "creditAmount": "5" }), "creditAmount"),
                (json!({ "resolution": "denied", "creditAmount": 5 }), "creditAmount must be 0"),
                (json!({ "resolution": "approved", "resolutionNotes": "x".repeat(2001) }), "resolutionNotes must be at most 2000"),
            ] {
                let reply = resolve(&server, &dispute, wrong).await.expect(400).json();
                assert!(reply["details"].as_str().expect("details").contains(said), "{reply} should say {said}");
            }
            let reply = resolve(&server, &dispute, body.clone()).await.expect(200).json();
            let what = format!("{body} on {}", server.db.name());
            assert_eq!((&reply["dispute"]["status"], &reply["dispute"]["resolution"]), (&json!(status), &body["resolution"]), "{what}");
            assert_eq!(reply["dispute"]["creditAmount"], json!(credit), "{what}");
            assert_eq!(reply["billingRecord"]["amountOwed"], json!(left), "{what}");
            assert_eq!(reply["billingRecord"]["status"], json!(record_status), "{what}");
        }
        resolve(&server, "clxyz111", json!({ "resolution": "denied" })).await.refused(404, "Dispute not found", "clxyz111");
        server.admin(Method::POST, "/api/admin/disputes/clxyz111/review", None).await.refused(404, "Dispute not found", "clxyz111");
        for (query, count) in [("", 4), ("?status=approved", 3), ("?status=denied", 1), ("?status=pending", 0), ("?status=under_review", 0)]
        {
            let own = server.with(&token, Method::GET, &format!("/api/contractors/disputes{query}"), None).await.expect(200).json();
            assert_eq!(own["disputes"].as_array().map(Vec::len), Some(count), "{query}");
            let all = server.admin(Method::GET, &format!("/api/admin/disputes{query}"), None).await.expect(200).json();
            assert_eq!(all["total"], json!(count), "{query}");
        }
        let none = server.admin(Method::GET, "/api/admin/disputes?contractorId=nobody", None).await.expect(200).json();
        assert_eq!((&none["total"], &none["disputes"]), (&json!(0), &json!([])));
        let page = server.admin(Method::GET, "/api/admin/disputes?limit=1&offset=1", None).await.expect(200);
        assert_eq!(page.header("link"), "</api/admin/disputes?limit=1&offset=2>; rel=\"next\"");
        let page = page.json();
        assert_eq!((&page["total"], page["disputes"].as_array().map(Vec::len)), (&json!(4), Some(1)));
        let next = server.with(&token, Method::GET, "/api/contractors/disputes?limit=3", None).await.expect(200);
        assert_eq!(next.header("link"), "</api/contractors/disputes?limit=3&offset=3>; rel=\"next\"");
        for query in ["?status=won", "?limit=0", "?limit=501", "?offset=-1"] {
            server.admin(Method::GET, &format!("/api/admin/disputes{query}"), None).await.refused(400, "Validation failed", "");
            server.with(&token, Method::GET, &format!("/api/contractors/disputes{query}"), None).await.refused(
                400,
                "Validation failed",
                "",
            );
        }
    }
}
