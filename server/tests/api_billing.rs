//! Seed 000, Get Billing History, Get Billing Records and Update Billing Record: the examples key by key, the refusals.

use crate::common::{self, Server, assert_like, servers, servers_with};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const OWN: &str = "/api/contractors/billing";
const ALL: &str = "/api/admin/billing";

async fn put(server: &Server, id: &str, body: Value) -> common::Reply {
    server.admin(Method::PUT, &format!("{ALL}/{id}"), Some(&body)).await
}

/// Three charges a day apart: paid, invoiced and pending.
async fn three(server: &Server) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for n in 0..3 {
        made.push(server.charge(&json!({ "customerPhone": format!("555123456{n}") })).await);
        server.db.advance(Duration::days(1));
    }
    put(server, &made[0].1, json!({ "status": "invoiced" })).await.expect(200);
    server.db.advance(Duration::hours(1));
    put(server, &made[0].1, json!({ "status": "paid" })).await.expect(200);
    put(server, &made[1].1, json!({ "status": "invoiced" })).await.expect(200);
    made
}

#[tokio::test]
async fn the_billing_history_is_as_documented() {
    for server in servers().await {
        let (_, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        let empty = server.with(&token, Method::GET, OWN, None).await.expect(200).json();
        assert_eq!((&empty["billingRecords"], &empty["summary"]["totalBilled"]), (&json!([]), &json!(0.0)));
        let made = three(&server).await;
        let reply = server.with(&token, Method::GET, &format!("{OWN}?status=paid"), None).await.expect(200).json();
        let example = json!({
            "billingRecords": [{
                "id": "clxyz999", "leadId": "clxyz789", "amountOwed": 250.00, "status": "paid",
                "dateIncurred": "2025-10-05T12:00:00.000Z", "invoicedAt": "2025-10-06T00:00:00.000Z", "paidAt": "2025-10-10T15:00:00.000Z",
                "lead": {
                    "customerFirstName": "John", "customerLastName": "Smith", "serviceType": "ac_repair",
                    "customerCity": "Beverly Hills", "customerState": "CA"
                }
            }],
            "summary": { "totalBilled": 2250.00, "totalPaid": 1875.00, "totalPending": 375.00 }
        });
        assert_like(&example, &reply);
        let record = &reply["billingRecords"][0];
        assert_eq!((&record["id"], &record["leadId"]), (&json!(made[0].1), &json!(made[0].0)));
        for key in ["amountOwed", "status", "lead"] {
            if key == "lead" {
                assert_like(&example["billingRecords"][0]["lead"], &record["lead"]);
            } else {
                assert_eq!(record[key], example["billingRecords"][0][key], "{key}");
            }
        }
        assert!(record.get("notes").is_none(), "an administrator's notes are theirs");

        let reply = server.with(&token, Method::GET, OWN, None).await.expect(200);
        assert_eq!(reply.header("link"), "");
        let reply = reply.json();
        let statuses: Vec<&str> = reply["billingRecords"].as_array().expect("a list").iter().filter_map(|r| r["status"].as_str()).collect();
        assert_eq!(statuses, ["pending", "invoiced", "paid"], "newest first, on {}", server.db.name());
        assert_eq!(reply["summary"], json!({ "totalBilled": 750.0, "totalPaid": 250.0, "totalPending": 500.0 }));
        assert_eq!((&reply["accountBalance"], &reply["total"]), (&json!(500.0), &json!(3)));
    }
}

#[tokio::test]
async fn both_lists_filter_and_their_sums_follow() {
    for server in servers().await {
        let (first, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        let elsewhere = json!({ "serviceZipCodes": ["90299"] });
        let (second, other) = server.lasting_contractor("other@example.com", elsewhere).await;
        three(&server).await;
        server.charge(&json!({ "customerZip": "90299", "customerPhone": "5551239999" })).await;
        for (query, count, billed, paid) in [
            ("", 3, 750.0, 250.0),
            ("?status=pending", 1, 250.0, 0.0),
            ("?status=invoiced", 1, 250.0, 0.0),
            ("?status=credited", 0, 0.0, 0.0),
            ("?startDate=2025-10-06", 2, 500.0, 0.0),
            ("?endDate=2025-10-05", 1, 250.0, 250.0),
            ("?startDate=2025-10-05&endDate=2025-10-06", 2, 500.0, 250.0),
            ("?startDate=2025-10-06T12:00:00Z&endDate=2025-10-06T12:00:00.000Z", 1, 250.0, 0.0),
            ("?startDate=2025-10-06T12:00:00.001Z&status=invoiced", 0, 0.0, 0.0),
        ] {
            let own = server.with(&token, Method::GET, &format!("{OWN}{query}"), None).await.expect(200).json();
            assert_eq!(own["billingRecords"].as_array().map(Vec::len), Some(count), "{query} on {}", server.db.name());
            assert_eq!((&own["summary"]["totalBilled"], &own["summary"]["totalPaid"]), (&json!(billed), &json!(paid)), "{query}");
            let sign = if query.is_empty() { "?" } else { "&" };
            let all = server.admin(Method::GET, &format!("{ALL}{query}{sign}contractorId={first}"), None).await.expect(200).json();
            assert_eq!((&all["total"], &all["summary"]["totalRevenue"]), (&json!(count), &json!(billed)), "{query}");
        }
        let of_other = server.with(&other, Method::GET, &format!("{OWN}?contractorId={first}"), None).await.expect(200).json();
        assert_eq!((&of_other["total"], &of_other["summary"]["totalBilled"]), (&json!(1), &json!(250.0)), "nobody sees another's");
        let of_other = server.admin(Method::GET, &format!("{ALL}?contractorId={second}"), None).await.expect(200).json();
        assert_eq!(of_other["billingRecords"][0]["contractor"]["id"], json!(second));
        let page = server.with(&token, Method::GET, &format!("{OWN}?status=pending&limit=1"), None).await.expect(200);
        assert_eq!(page.header("link"), "");
        let page = server.with(&token, Method::GET, &format!("{OWN}?limit=1&offset=1&startDate=2025-10-01"), None).await.expect(200);
        assert_eq!(page.header("link"), "</api/contractors/billing?startDate=2025-10-01&limit=1&offset=2>; rel=\"next\"");
        assert_eq!(page.json()["summary"]["totalBilled"], 750.0, "of all pages");
        for (path, said) in [
            (format!("{ALL}?limit=0"), "limit must be between 1 and 500"),
            (format!("{ALL}?limit=501"), "limit"),
            (format!("{ALL}?offset=-1"), "offset must not be negative"),
            (format!("{ALL}?status=void"), "status must be one of"),
            (format!("{ALL}?startDate=yesterday"), "startDate must be an ISO date"),
            (format!("{ALL}?endDate=2025-02-30"), "endDate"),
            (format!("{ALL}?startDate=2025-10-06&endDate=2025-10-05"), "endDate must not be before startDate"),
            (format!("{ALL}?contractorId=%00"), "contractorId"),
        ] {
            server.admin(Method::GET, &path, None).await.refused(400, "Validation failed", said);
        }
        for query in ["?limit=501", "?status=void", "?startDate=x", "?startDate=2025-10-06&endDate=2025-10-05"] {
            server.with(&token, Method::GET, &format!("{OWN}{query}"), None).await.refused(400, "Validation failed", "");
        }
    }
}

#[tokio::test]
async fn the_admins_records_and_changes_are_as_documented() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        let made = three(&server).await;
        let reply = server.admin(Method::GET, &format!("{ALL}?status=paid"), None).await.expect(200).json();
        let example = json!({
            "billingRecords": [{
                "id": "clxyz999",
                "contractor": { "id": "clxyz123", "businessName": "HVAC Pros", "email": "contractor@example.com" },
                "lead": {
                    "id": "clxyz789", "customerFirstName": "John", "customerLastName": "Smith", "customerPhone": "5551234567",
                    "customerCity": "Beverly Hills", "customerState": "CA", "serviceType": "ac_repair"
                },
                "amountOwed": 250.00, "status": "paid", "dateIncurred": "2025-10-05T12:00:00.000Z",
                "invoicedAt": "2025-10-06T00:00:00.000Z", "paidAt": "2025-10-10T15:00:00.000Z", "invoiceNumber": "INV-2025-001"
            }],
            "summary": { "totalRevenue": 125_000.00, "pendingBilling": 4500.00, "invoicedNotPaid": 2250.00, "totalPaid": 118_250.00 },
            "total": 1100, "limit": 100, "offset": 0
        });
        assert_like(&example, &reply);
        assert_eq!((&reply["limit"], &reply["offset"]), (&json!(100), &json!(0)));
        assert_eq!(reply["billingRecords"][0]["contractor"]["email"], "contractor@example.com");
        assert_eq!(reply["billingRecords"][0]["invoiceNumber"], "INV-2025-001");
        let all = server.admin(Method::GET, ALL, None).await.expect(200).json();
        let sums = json!({ "totalRevenue": 750.0, "pendingBilling": 250.0, "invoicedNotPaid": 250.0, "totalPaid": 250.0 });
        assert_eq!(all["summary"], sums, "on {}", server.db.name());

        let pending = made[2].1.as_str();
        let body = json!({ "status": "invoiced", "invoiceNumber": "INV-2025-003", "notes": "Invoice sent via email" });
        let reply = put(&server, pending, body).await.expect(200).json();
        let example = json!({
            "success": true,
            "billingRecord": {
                "id": "clxyz999", "status": "invoiced", "invoiceNumber": "INV-2025-001", "invoicedAt": "2025-10-06T00:00:00.000Z",
                "notes": "Invoice sent via email"
            }
        });
        assert_like(&example, &reply);
        let record = &reply["billingRecord"];
        assert_eq!(
            (&record["id"], &record["status"], &record["notes"]),
            (&json!(pending), &json!("invoiced"), &json!("Invoice sent via email"))
        );
        assert_eq!(record["invoiceNumber"], "INV-2025-003");
        server.run_jobs().await;
        assert!(server.db.mails().iter().any(|m| m.contains("Subject: Invoice INV-2025-003: $250.00")));
    }
}

#[tokio::test]
async fn changes_that_break_a_rule_are_refused() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        let made = three(&server).await;
        let (paid, invoiced, pending) = (made[0].1.as_str(), made[1].1.as_str(), made[2].1.as_str());
        for body in [json!({}), json!({ "status": "" }), json!({ "status": null })] {
            put(&server, pending, body).await.refused(400, "Missing required fields", "status is required");
        }
        for (body, said) in [
            (json!({ "status": "credited" }), "status must be one of pending, invoiced, paid"),
            (json!({ "status": "PAID" }), "status must be one of"),
            (json!({ "status": 5 }), "status must be a string"),
            (json!({ "status": "invoiced", "invoiceNumber": "INV-25-1" }), "invoiceNumber must be like INV-2025-001"),
            (json!({ "status": "invoiced", "invoiceNumber": "INV-2025-0001" }), "invoiceNumber must be like"),
            (json!({ "status": "invoiced", "invoiceNumber": 7 }), "invoiceNumber must be a string"),
            (json!({ "status": "pending", "invoiceNumber": "INV-2025-009" }), "invoiceNumber needs status"),
            (json!({ "status": "invoiced", "notes": "x".repeat(2001) }), "notes must be at most 2000"),
            (json!({ "status": "invoiced", "notes": "a\u{0}b" }), "notes contains"),
        ] {
            put(&server, pending, body).await.refused(400, "Validation failed", said);
        }
        for (id, body, title) in [
            (paid, json!({ "status": "invoiced" }), "Illegal transition"),
            (paid, json!({ "status": "pending" }), "Illegal transition"),
            (invoiced, json!({ "status": "pending" }), "Illegal transition"),
            (invoiced, json!({ "status": "invoiced", "invoiceNumber": "INV-2025-050" }), "Invoice number set"),
            (pending, json!({ "status": "invoiced", "invoiceNumber": "INV-2025-001" }), "Invoice number taken"),
        ] {
            put(&server, id, body).await.refused(409, title, "");
        }
        put(&server, "clxyz999", json!({ "status": "paid" })).await.refused(404, "Billing record not found", "clxyz999");
        let all = server.admin(Method::GET, ALL, None).await.expect(200).json();
        let statuses: Vec<&str> = all["billingRecords"].as_array().expect("a list").iter().filter_map(|r| r["status"].as_str()).collect();
        assert_eq!(statuses, ["pending", "invoiced", "paid"], "nothing that was refused is kept, on {}", server.db.name());
    }
}

#[tokio::test]
async fn the_invoice_run_and_refunds_are_for_the_administrator() {
    for server in servers_with(|s| s.dispute_window_days = 2).await {
        let (contractor, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        let (_, record) = server.charge(&json!({})).await;
        let run = || server.admin(Method::POST, "/api/admin/billing/invoice-run", None);
        let none = json!({ "success": true, "invoiced": 0, "contractors": 0, "total": 0.0 });
        assert_eq!(run().await.expect(200).json(), none);
        let dispute = server.with(&token, Method::POST, &format!("{OWN}/{record}/dispute"), Some(&json!({ "reason": "duplicate" }))).await;
        let dispute = dispute.expect(201).json()["dispute"]["id"].as_str().expect("an id").to_owned();
        server.db.advance(Duration::days(3));
        assert_eq!(run().await.expect(200).json(), none, "it is disputed");
        server.charge(&json!({ "customerPhone": "5550009999" })).await;
        put(&server, &record, json!({ "status": "paid" })).await.expect(200);
        let resolve = json!({ "resolution": "partial_credit", "creditAmount": 50.5 });
        server.admin(Method::POST, &format!("/api/admin/disputes/{dispute}/resolve"), Some(&resolve)).await.expect(200);
        server.db.advance(Duration::days(3));
        assert_eq!(run().await.expect(200).json(), json!({ "success": true, "invoiced": 1, "contractors": 1, "total": 250.0 }));

        let path = format!("/api/admin/contractors/{contractor}/refund");
        let refund = async |body: Value| server.admin(Method::POST, &path, Some(&body)).await;
        refund(json!({ "amount": 10, "reference": "ACH 1" })).await.refused(409, "No credit", "no credit in its favour");
        let second = server.admin(Method::GET, ALL, None).await.expect(200).json()["billingRecords"][0]["id"].clone();
        put(&server, second.as_str().expect("an id"), json!({ "status": "paid" })).await.expect(200);
        let own = server.with(&token, Method::GET, OWN, None).await.expect(200).json();
        assert_eq!((&own["accountBalance"], &own["summary"]["totalPaid"]), (&json!(-50.5), &json!(449.5)));
        let reply = refund(json!({ "amount": 50.5, "reference": "ACH 1" })).await.expect(200).json();
        assert_eq!(reply, json!({ "success": true, "accountBalance": 0.0 }), "on {}", server.db.name());
        refund(json!({})).await.refused(400, "Missing required fields", "reference and amount are required");
        refund(json!({ "amount": 0, "reference": "x" })).await.refused(400, "Validation failed", "amount must be more than 0");
        refund(json!({ "amount": 1.005, "reference": "x" })).await.refused(400, "Validation failed", "two decimals");
        refund(json!({ "amount": "1", "reference": "x" })).await.refused(400, "Validation failed", "amount");
        let nobody = json!({ "amount": 1, "reference": "x" });
        let missing = server.admin(Method::POST, "/api/admin/contractors/none/refund", Some(&nobody)).await;
        missing.refused(404, "Contractor not found", "none");
    }
}
