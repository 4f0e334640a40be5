//! The log of webhooks, as the administrator sees it, and replaying one.

use crate::common::{STRIPE_SECRET, Server, TWILIO_TOKEN, assert_like, send, servers, stripe_signature, twilio_signature};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/admin/webhooks";

fn success(contractor: &str, record: &str) -> Value {
    json!({ "id": "evt_1", "type": "payment_intent.succeeded", "data": { "object": {
        "id": "pi_1", "amount": 25000, "metadata": { "billingRecordId": record, "contractorId": contractor }
    } } })
}

async fn list(server: &Server, query: &str) -> Value {
    server.admin(Method::GET, &format!("{PATH}{query}"), None).await.expect(200).json()
}

async fn replay(server: &Server, id: &Value) -> crate::common::Reply {
    server.admin(Method::POST, &format!("{PATH}/{}/replay", id.as_str().expect("an id")), None).await
}

#[tokio::test]
async fn every_webhook_is_listed_and_can_be_read() {
    for server in servers().await {
        let (contractor, token) = server.contractor("contractor@example.com", json!({})).await;
        let record = server.billed(&contractor, 1).await.remove(0);
        let event = success(&contractor, &record);
        server.stripe(&event).await.expect(200);
        server.db.advance(Duration::minutes(1));
        server.stripe(&event).await.expect(200);
        server.stripe(&json!({ "id": "evt_2", "type": "charge.refunded" })).await.expect(200);
        server.db.advance(Duration::minutes(1));
        send(server.request(Method::POST, "/api/webhooks/stripe").body("x".repeat(9000))).await.expect(403);
        server.db.advance(Duration::minutes(1));
        let fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")];
        let signature = twilio_signature(TWILIO_TOKEN, "http://localhost:3000/api/webhooks/twilio/sms-status", &fields);
        let request = server.request(Method::POST, "/api/webhooks/twilio/sms-status").form(&fields);
        send(request.header("x-twilio-signature", signature)).await.expect(200);

        let all = list(&server, "").await;
        let example = json!({ "webhooks": [{
            "id": "x", "provider": "stripe", "eventId": null, "kind": "x", "signatureValid": true, "result": "x", "error": null,
            "receivedAt": "2025-10-05T12:00:00.000Z", "replayedAt": null, "bodyTruncated": false
        }], "total": 5, "limit": 100, "offset": 0 });
        assert_like(&example, &all);
        let seen: Vec<String> =
            all["webhooks"].as_array().expect("a list").iter().map(|w| format!("{} {}", w["kind"], w["result"]).replace('"', "")).collect();
        assert_eq!(
            (seen[0].as_str(), seen[1].as_str(), seen[4].as_str()),
            ("sms-status ignored", "event rejected", "payment_intent.succeeded processed"),
            "{}",
            server.db.name()
        );
        assert!(all["webhooks"][0].get("body").is_none(), "lists are light");
        for (query, total) in [
            ("?provider=stripe", 4),
            ("?provider=twilio", 1),
            ("?provider=sendgrid", 0),
            ("?result=rejected", 1),
            ("?provider=stripe&result=duplicate", 1),
            ("?provider=twilio&result=duplicate", 0),
            ("?limit=1&offset=4", 5),
        ] {
            assert_eq!(list(&server, query).await["total"], total, "{query}");
        }
        for query in ["?provider=paypal", "?result=lost", "?limit=0", "?limit=501", "?offset=-1"] {
            server.admin(Method::GET, &format!("{PATH}{query}"), None).await.refused(400, "Validation failed", "must");
        }
        let details = async |query: &str| {
            let id = list(&server, query).await["webhooks"][0]["id"].as_str().expect("an id").to_owned();
            server.admin(Method::GET, &format!("{PATH}/{id}"), None).await.expect(200).json()["webhook"].clone()
        };
        let processed = details("?result=processed").await;
        assert_eq!(processed["body"], event.to_string());
        assert_eq!((&processed["eventId"], &processed["signatureValid"]), (&json!("evt_1"), &json!(true)));
        let rejected = details("?result=rejected").await;
        assert_eq!((rejected["body"].as_str().expect("text").len(), &rejected["bodyTruncated"]), (4096, &json!(true)));
        assert_eq!((&rejected["signatureValid"], &rejected["error"]), (&json!(false), &json!("no signature")));
        server.admin(Method::GET, &format!("{PATH}/nothing"), None).await.refused(404, "Webhook not found", "nothing");
        server.with(&token, Method::GET, PATH, None).await.expect(403);
    }
}

#[tokio::test]
async fn a_signed_webhook_can_be_processed_again() {
    for server in servers().await {
        let (contractor, _) = server.contractor("contractor@example.com", json!({})).await;
        let record = server.billed(&contractor, 1).await.remove(0);
        // It did not fit; the administrator puts the record right.
        server.change("update billing_records set amount_cents = 10000").await;
        server.stripe(&success(&contractor, &record)).await.expect(200);
        server.change("update billing_records set amount_cents = 25000").await;
        let id = list(&server, "?result=mismatch").await["webhooks"][0]["id"].clone();
        server.db.advance(Duration::minutes(10));
        let replayed = replay(&server, &id).await.expect(200).json();
        assert_eq!((&replayed["success"], &replayed["webhook"]["result"]), (&json!(true), &json!("processed")), "{}", server.db.name());
        assert_eq!(replayed["webhook"]["replayedAt"], "2025-10-05T12:10:00.000Z");
        assert_eq!(server.texts("select status from billing_records").await, ["paid"]);
        assert_eq!(server.count("select count(*) from audit_log where action = 'webhook_replayed'").await, 1);
        // Once more: it is paid, and stays paid since then.
        assert_eq!(replay(&server, &id).await.expect(200).json()["webhook"]["result"], "ignored");
        assert_eq!(server.count("select count(*) from payments").await, 1);

        // What Stripe repeats is a duplicate; that one has no body of its own.
        server.stripe(&success(&contractor, &record)).await.expect(200);
        let duplicate = list(&server, "?result=duplicate").await["webhooks"][0]["id"].clone();
        replay(&server, &duplicate).await.refused(409, "Not replayable", "right signature");
        send(server.request(Method::POST, "/api/webhooks/stripe").body(success(&contractor, &record).to_string())).await.expect(403);
        let rejected = list(&server, "?result=rejected").await["webhooks"][0]["id"].clone();
        replay(&server, &rejected).await.refused(409, "Not replayable", "right signature");
        replay(&server, &json!("nothing")).await.refused(404, "Webhook not found", "nothing");

        // One that cannot be read fails again, and says so.
        let now = server.ctx.now().timestamp();
        let request =
            server.request(Method::POST, "/api/webhooks/stripe").header("stripe-signature", stripe_signature(STRIPE_SECRET, now, "{}"));
        send(request.body("{}")).await.expect(400);
        let failed = list(&server, "?result=failed").await["webhooks"][0].clone();
        assert!(failed["error"].as_str().expect("a reason").contains("no type"), "{failed}");
        let again = replay(&server, &failed["id"]).await.expect(200).json();
        assert_eq!((&again["success"], &again["webhook"]["result"]), (&json!(false), &json!("failed")));
    }
}

#[tokio::test]
async fn a_failure_of_ours_is_kept_and_the_repetition_is_processed() {
    for server in servers().await {
        let (contractor, _) = server.contractor("contractor@example.com", json!({})).await;
        let record = server.billed(&contractor, 1).await.remove(0);
        server.change("alter table payments rename to payments_away").await;
        server.stripe(&success(&contractor, &record)).await.refused(500, "Internal server error", "");
        server.change("alter table payments_away rename to payments").await;
        let failed = list(&server, "?result=failed").await["webhooks"][0].clone();
        assert_eq!((&failed["eventId"], &failed["signatureValid"]), (&json!("evt_1"), &json!(true)), "{}", server.db.name());
        assert_eq!(server.texts("select status from billing_records").await, ["pending"]);
        server.stripe(&success(&contractor, &record)).await.expect(200);
        assert_eq!(server.texts("select status from billing_records").await, ["paid"]);
        assert_eq!(replay(&server, &failed["id"]).await.expect(200).json()["webhook"]["result"], "ignored");
    }
}

#[tokio::test]
async fn webhooks_are_forgotten_after_thirty_days() {
    for server in servers().await {
        server.stripe(&json!({ "id": "evt_1", "type": "x" })).await.expect(200);
        server.db.advance(Duration::days(29));
        server.stripe(&json!({ "id": "evt_2", "type": "x" })).await.expect(200);
        server.db.advance(Duration::days(2));
        assert_eq!(platform::webhooks::prune(&server.ctx).await.expect("pruned"), 1, "{}", server.db.name());
        assert_eq!(server.texts("select event_id from inbound_webhooks").await, ["evt_2"]);
        assert_eq!(server.texts("select event_id from webhook_events").await, ["evt_2"]);
    }
}
