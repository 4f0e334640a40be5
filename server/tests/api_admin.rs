//! The administrator's lists, filters and pool of tracking numbers (seed 000), and who enters there.

use crate::common::{self, assert_like, contractor_body, send, servers};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

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
