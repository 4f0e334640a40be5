//! Stripe's payment events: signed ones pay, once; forged ones, and ones that do not fit, pay nothing.

use crate::common::{Reply, STRIPE_SECRET, Server, send, server_with, servers, stripe_signature};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/webhooks/stripe";

/// A server with a contractor who owes $250 for each of several leads.
struct Setting {
    server: Server,
    contractor: String,
    records: Vec<String>,
}

async fn settings(leads: usize) -> Vec<Setting> {
    let mut all = Vec::new();
    for server in servers().await {
        let (contractor, _) = server.contractor("contractor@example.com", json!({})).await;
        let records = server.billed(&contractor, leads).await;
        all.push(Setting { server, contractor, records });
    }
    all
}

impl Setting {
    /// The example of seed 000, Stripe Payment Events, for the first record.
    fn example(&self) -> Value {
        json!({
            "type": "payment_intent.succeeded",
            "data": { "object": {
                "id": "pi_123abc", "amount": 25000, "status": "succeeded",
                "metadata": { "billingRecordId": self.records[0], "contractorId": self.contractor }
            } }
        })
    }

    /// The example as an event with an id, changed.
    fn event(&self, id: &str, change: impl Fn(&mut Value)) -> Value {
        let mut event = self.example();
        event["id"] = json!(id);
        change(&mut event["data"]["object"]);
        event
    }

    async fn paid(&self) -> Vec<String> {
        self.server.texts("select id from billing_records where status = 'paid' and paid_at is not null order by id").await
    }

    async fn results(&self) -> Vec<String> {
        self.server.texts("select result from inbound_webhooks where provider = 'stripe' order by received_at, id").await
    }

    /// How many mails to the contractor have this in their subject.
    async fn mails(&self, subject: &str) -> usize {
        self.server.run_jobs().await;
        self.server.db.mails().iter().filter(|mail| mail.contains(&format!("Subject: {subject}"))).count()
    }
}

async fn signed(server: &Server, body: &str, signature: &str) -> Reply {
    let request = server.request(Method::POST, PATH).header("content-type", "application/json").header("stripe-signature", signature);
    send(request.body(body.to_owned())).await
}

#[tokio::test]
async fn the_documented_event_pays_the_record_once() {
    for s in settings(2).await {
        let engine = s.server.db.name();
        let reply = s.server.stripe(&s.example()).await.expect(200);
        assert_eq!(reply.json(), json!({ "received": true }), "{engine}");
        assert_eq!(s.paid().await, s.records[..1], "{engine}");
        assert_eq!(s.mails("Payment received: $250.00").await, 1);
        let payments = "select provider_id from payments where status = 'succeeded' and amount_cents = 25000";
        assert_eq!(s.server.texts(payments).await, ["pi_123abc"]);

        // The same again, and the same payment told by another event: the first time of payment stays.
        let paid_at = "select count(*) from billing_records where paid_at is not null and status = 'paid'";
        s.server.db.advance(Duration::minutes(3));
        s.server.stripe(&s.example()).await.expect(200);
        s.server.stripe(&s.event("evt_2", |_| {})).await.expect(200);
        assert_eq!(s.results().await, ["processed", "duplicate", "ignored"], "{engine}");
        assert_eq!((s.server.count(paid_at).await, s.mails("Payment received").await), (1, 1));
        assert_eq!(s.server.count("select count(*) from events where kind = 'payment_received'").await, 1);
        let mut conn = s.server.ctx.db.read().await.expect("a connection");
        let sql = "select paid_at from billing_records where id = $1";
        let at = platform::fetch_scalar!(conn, chrono::DateTime<chrono::Utc>, sql, s.records[0].as_str()).expect("a time");
        assert_eq!(at, platform::testing::start(), "{engine}");
    }
}

#[tokio::test]
async fn one_payment_pays_several_records_or_none() {
    for s in settings(3).await {
        let several = |amount: i64| {
            move |object: &mut Value| {
                object["amount"] = json!(amount);
                object["metadata"] = json!({});
            }
        };
        let ids = format!("{}, {}", s.records[1], s.records[2]);
        let with_ids = |amount| {
            let (ids, contractor) = (ids.clone(), s.contractor.clone());
            move |object: &mut Value| {
                several(amount)(object);
                object["metadata"] = json!({ "billingRecordIds": ids, "contractorId": contractor });
            }
        };
        s.server.stripe(&s.event("evt_1", with_ids(25_000))).await.expect(200);
        assert!(s.paid().await.is_empty(), "half of what is owed pays nothing, on {}", s.server.db.name());
        s.server.stripe(&s.event("evt_2", with_ids(50_000))).await.expect(200);
        assert_eq!(s.paid().await, s.records[1..]);
        assert_eq!(s.results().await, ["mismatch", "processed"]);
        assert_eq!(s.mails("Payment received: $500.00").await, 1);
    }
}

#[tokio::test]
async fn what_does_not_fit_pays_nothing_and_is_shown_to_the_administrator() {
    for s in settings(1).await {
        let (other, _) = s.server.contractor("other@example.com", json!({})).await;
        type Change = Box<dyn Fn(&mut Value)>;
        let changes: Vec<(&str, Change)> = vec![
            ("owed are $250.00", Box::new(|o| o["amount"] = json!(24_999))),
            ("owed are $250.00", Box::new(|o| o["amount"] = json!(25_001))),
            ("amount", Box::new(|o| o["amount"] = json!("25000"))),
            ("amount", Box::new(|o| o["amount"] = json!(250.5))),
            ("eur", Box::new(|o| o["currency"] = json!("EUR"))),
            ("no billing record nothing", Box::new(|o| o["metadata"]["billingRecordId"] = json!("nothing"))),
            ("names no billing record", Box::new(|o| o["metadata"]["billingRecordId"] = json!(""))),
            ("names no billing record", Box::new(|o| o["metadata"] = json!(null))),
            ("names no billing record", Box::new(|o| *o = json!("nothing"))),
            ("names no contractor", Box::new(|o| o["metadata"]["contractorId"] = json!(5))),
            ("is not contractor", Box::new(move |o| o["metadata"]["contractorId"] = json!(other))),
            ("is not contractor", Box::new(|o| o["metadata"]["contractorId"] = json!("a\u{0}b"))),
        ];
        for (n, (_, change)) in changes.iter().enumerate() {
            let reply = s.server.stripe(&s.event(&format!("evt_{n}"), change)).await.expect(200);
            assert_eq!(reply.json(), json!({ "received": true }));
        }
        assert!(s.paid().await.is_empty(), "on {}", s.server.db.name());
        let reasons = s.server.texts("select error from inbound_webhooks where result = 'mismatch' order by received_at, id").await;
        assert_eq!(reasons.len(), changes.len(), "{reasons:?}");
        for ((expected, _), reason) in changes.iter().zip(&reasons) {
            assert!(reason.contains(expected), "{reason} should say {expected}");
        }
        let dashboard = s.server.admin(Method::GET, "/api/admin/dashboard", None).await.expect(200).json();
        let seen = dashboard["recentActivity"].as_array().expect("a list").iter().filter(|a| a["type"] == "payment_mismatch").count();
        assert_eq!(seen, changes.len());
        assert_eq!(s.mails("Payment").await, 0);

        // Credited meanwhile, or paid in another way.
        s.server.change("update billing_records set status = 'credited', amount_cents = 0").await;
        s.server.stripe(&s.event("evt_a", |_| {})).await.expect(200);
        s.server.change("update billing_records set status = 'paid', amount_cents = 25000").await;
        s.server.stripe(&s.event("evt_b", |_| {})).await.expect(200);
        assert_eq!(s.results().await[changes.len()..], ["mismatch", "mismatch"]);
    }
}

#[tokio::test]
async fn a_failure_is_told_and_a_later_success_still_counts() {
    for s in settings(1).await {
        let failed = |id: &str| {
            let mut event = s.event(id, |o| o["last_payment_error"] = json!({ "message": "Your card was declined." }));
            event["type"] = json!("payment_intent.payment_failed");
            event
        };
        for id in ["evt_1", "evt_2"] {
            s.server.stripe(&failed(id)).await.expect(200);
        }
        assert!(s.paid().await.is_empty());
        assert_eq!(s.mails("Payment failed: $250.00").await, 1, "of several failures the first, on {}", s.server.db.name());
        assert!(s.server.db.mails().iter().any(|mail| mail.contains("Your card was declined.")));
        assert_eq!(s.server.count("select count(*) from events where kind = 'payment_failed'").await, 2);
        s.server.stripe(&s.event("evt_3", |_| {})).await.expect(200);
        assert_eq!(s.paid().await, s.records);
        // A failure that was late on its way.
        s.server.stripe(&failed("evt_4")).await.expect(200);
        assert_eq!(s.results().await, ["processed", "processed", "processed", "ignored"]);
        assert_eq!((s.paid().await, s.mails("Payment failed").await), (s.records.clone(), 1));
        assert_eq!(s.server.texts("select status from payments").await, ["succeeded"]);
    }
}

#[tokio::test]
async fn the_same_payment_many_times_at_once_counts_once() {
    for s in settings(1).await {
        let events: Vec<Value> = (0..12).map(|n| s.event(&format!("evt_{}", n % 3), |_| {})).collect();
        let replies = futures::future::join_all(events.iter().map(|event| s.server.stripe(event))).await;
        for reply in replies {
            reply.expect(200);
        }
        let mut results = s.results().await;
        results.sort();
        let expected = [vec!["duplicate"; 9], vec!["ignored"; 2], vec!["processed"]].concat();
        assert_eq!(results, expected, "on {}", s.server.db.name());
        assert_eq!((s.paid().await, s.mails("Payment received").await), (s.records.clone(), 1));
        assert_eq!(s.server.count("select count(*) from payments").await, 1);
    }
}

#[tokio::test]
async fn forged_and_old_signatures_are_refused_and_noted() {
    for s in settings(1).await {
        let (body, now) = (s.example().to_string(), s.server.ctx.now().timestamp());
        let right = stripe_signature(STRIPE_SECRET, now, &body);
        let hex = right.split_once("v1=").expect("a signature").1.to_owned();
        let wrong = [
            String::new(),
            "rubbish".into(),
            format!("t={now}"),
            format!("v1={hex}"),
            format!("t={},v1={hex}", now + 1),
            format!("t={now},v0={hex}"),
            format!("t={now},v1={}", &hex[1..]),
            stripe_signature("whsec_of_another", now, &body),
            stripe_signature(STRIPE_SECRET, now, &body.replace("25000", "1")),
            stripe_signature(STRIPE_SECRET, now - 301, &body),
            stripe_signature(STRIPE_SECRET, now + 301, &body),
        ];
        for signature in &wrong {
            signed(&s.server, &body, signature).await.refused(403, "Invalid webhook signature", "");
        }
        send(s.server.request(Method::POST, PATH).body(body.clone())).await.refused(403, "Invalid webhook signature", "");
        let refused = i64::try_from(wrong.len()).expect("few") + 1;
        assert_eq!(s.server.count("select count(*) from security_events where kind = 'stripe_signature'").await, refused);
        let logged = "select count(*) from inbound_webhooks where result = 'rejected' and not is_signed";
        assert_eq!((s.server.count(logged).await, s.paid().await.len()), (refused, 0), "on {}", s.server.db.name());

        // While the secret is exchanged, one right signature of several is enough.
        let old = stripe_signature("whsec_of_another", now, &body);
        signed(&s.server, &body, &format!("{old},v1={hex}")).await.expect(200);
        assert_eq!(s.paid().await, s.records);
    }
}

#[tokio::test]
async fn a_flood_of_forged_webhooks_is_kept_in_bounds() {
    for server in servers().await {
        let body = "x".repeat(100_000);
        for _ in 0..3 {
            futures::future::join_all((0..40).map(|_| signed(&server, &body, "t=1,v1=00"))).await;
        }
        let kept = server.count("select count(*) from inbound_webhooks").await;
        assert!((100..140).contains(&kept), "{kept} on {}", server.db.name());
        assert_eq!(server.count("select count(*) from security_events").await, kept);
        assert!(server.count("select cast(max(length(body)) as bigint) from inbound_webhooks").await <= 4096);
        server.db.advance(Duration::minutes(61));
        signed(&server, &body, "t=1,v1=00").await.expect(403);
        assert_eq!(server.count("select count(*) from inbound_webhooks").await, kept + 1, "an hour later there is room again");
    }
}

#[tokio::test]
async fn odd_but_signed_bodies_do_no_harm() {
    let server = server_with(|_| {}).await;
    let now = server.ctx.now().timestamp();
    for body in ["", "{", "[]", "5", "{\"type\":5}", "{\"type\":\" \"}", "null"] {
        signed(&server, body, &stripe_signature(STRIPE_SECRET, now, body)).await.refused(400, "Malformed request", "body");
    }
    assert_eq!(server.count("select count(*) from inbound_webhooks where result = 'failed' and is_signed").await, 7);
    for event in [
        json!({ "id": "evt_1", "type": "customer.created", "data": {} }),
        json!({ "id": "evt_2", "type": "payment_intent.succeeded" }),
        json!({ "id": 5, "type": "payment_intent.payment_failed", "data": { "object": [] } }),
        json!({ "id": "evt\u{0}", "type": "x\u{0}y" }),
    ] {
        assert_eq!(server.stripe(&event).await.expect(200).json(), json!({ "received": true }));
    }
    let results = server.texts("select result from inbound_webhooks where result <> 'failed' order by received_at, id").await;
    assert_eq!(results, ["ignored", "mismatch", "mismatch", "ignored"]);
    let large = json!({ "type": "x", "more": "y".repeat(1024 * 1024) }).to_string();
    signed(&server, &large, &stripe_signature(STRIPE_SECRET, now, &large)).await.expect(413);
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let server = server_with(|s| s.stripe.webhook_secret = None).await;
    let now = server.ctx.now().timestamp();
    for signature in [String::new(), stripe_signature("", now, "{}"), stripe_signature(STRIPE_SECRET, now, "{}")] {
        signed(&server, "{}", &signature).await.refused(503, "Service unavailable", "STRIPE_WEBHOOK_SECRET");
    }
    assert_eq!(server.count("select count(*) from inbound_webhooks").await, 0);
}
