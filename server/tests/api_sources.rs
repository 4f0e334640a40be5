//! Lead sources: programs of others that submit leads with a key, and ask what became of them.

use crate::api_leads::{lead_of, submit};
use crate::common::{self, Server, assert_like, send, servers, servers_with, twilio_signature};
use platform::execute;
use reqwest::Method;
use serde_json::{Value, json};

/// A new lead source: its id and key.
pub async fn new_source(server: &Server, name: &str) -> (String, String) {
    let reply = server.admin(Method::POST, "/api/admin/lead-sources", Some(&json!({ "name": name }))).await.expect(201).json();
    assert_like(&json!({ "success": true, "id": "x", "name": name, "key": "pl_x", "keyPrefix": "pl_x" }), &reply);
    (reply["id"].as_str().expect("an id").to_owned(), reply["key"].as_str().expect("a key").to_owned())
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
