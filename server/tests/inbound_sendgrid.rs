//! SendGrid's mail events: signed ones hold back mail, once; and what the administrator sees of that.

use crate::common::{Reply, Server, assert_like, send, server_with, servers_with};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const PATH: &str = "/api/webhooks/sendgrid";
const BOUNCED: &str = "/api/admin/bounced-emails";

/// A server that trusts a key of its own.
struct Setting {
    server: Server,
    key: Arc<EcdsaKeyPair>,
}

fn new_key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key")
}

async fn settings() -> Vec<Setting> {
    let key = Arc::new(new_key());
    let public: Vec<u8> = key.public_key().as_der().expect("DER").as_ref().to_vec();
    let servers = servers_with(|s| s.sendgrid_webhook_key = Some(public.clone())).await;
    servers.into_iter().map(|server| Setting { server, key: key.clone() }).collect()
}

fn sign(key: &EcdsaKeyPair, timestamp: i64, body: &str) -> String {
    let signature = key.sign(&SystemRandom::new(), format!("{timestamp}{body}").as_bytes()).expect("signed");
    STANDARD.encode(signature.as_ref())
}

async fn post(server: &Server, body: &str, signature: &str, timestamp: &str) -> Reply {
    let request = server.request(Method::POST, PATH).header("content-type", "application/json");
    let request = request.header("x-twilio-email-event-webhook-signature", signature);
    send(request.header("x-twilio-email-event-webhook-timestamp", timestamp).body(body.to_owned())).await
}

impl Setting {
    async fn send_text(&self, body: &str) -> Reply {
        let now = self.server.ctx.now().timestamp();
        post(&self.server, body, &sign(&self.key, now, body), &now.to_string()).await
    }

    async fn send(&self, events: &Value) -> Reply {
        self.send_text(&events.to_string()).await
    }

    async fn bounced(&self) -> Value {
        self.server.admin(Method::GET, BOUNCED, None).await.expect(200).json()
    }

    async fn results(&self) -> Vec<String> {
        self.server.texts("select result from inbound_webhooks order by received_at, id").await
    }
}

/// Seed 000, SendGrid Email Events, Request Body.
fn example() -> Value {
    json!([{
        "email": "contractor@example.com", "event": "bounce", "reason": "550 5.1.1 Mailbox does not exist",
        "timestamp": 1_696_512_000, "type": "bounce"
    }])
}

#[tokio::test]
async fn the_documented_event_holds_back_mail_until_the_administrator_lifts_that() {
    for s in settings().await {
        let (server, engine) = (&s.server, s.server.db.name());
        server.contractor("contractor@example.com", json!({})).await;
        server.run_jobs().await;
        s.send(&example()).await.expect(200);
        // Seed 000, Get Bounced Emails, Response.
        let documented = json!({ "bounced": [{
            "email": "contractor@example.com", "type": "Contractor", "businessName": "HVAC Pros",
            "bouncedAt": "2025-10-05T15:00:00.000Z", "reason": "550 5.1.1 Mailbox does not exist"
        }] });
        let bounced = s.bounced().await;
        assert_like(&documented, &bounced);
        let first = &bounced["bounced"][0];
        assert_eq!(
            (&first["email"], &first["type"], &first["businessName"]),
            (&json!("contractor@example.com"), &json!("Contractor"), &json!("HVAC Pros"))
        );
        assert_eq!(
            (&first["reason"], &first["bouncedAt"]),
            (&json!("550 5.1.1 Mailbox does not exist"), &json!("2023-10-05T13:20:00.000Z"))
        );

        server.submit(&json!({})).await.expect(201);
        server.run_jobs().await;
        let skipped = "select count(*) from notification_logs where recipient = 'contractor@example.com' and status = 'skipped'";
        assert_eq!(server.count(skipped).await, 1, "{engine}");

        let path = format!("{BOUNCED}/Contractor%40example.com");
        let lifted = server.admin(Method::DELETE, &path, None).await.expect(200).json();
        assert_eq!(lifted, json!({ "success": true, "email": "contractor@example.com" }));
        server.admin(Method::DELETE, &path, None).await.refused(404, "Bounced email not found", "");
        assert_eq!(server.count("select count(*) from audit_log where action = 'bounce_lifted'").await, 1);
        server.submit(&json!({})).await.expect(201);
        server.run_jobs().await;
        let sent = "select count(*) from notification_logs where recipient = 'contractor@example.com' and status = 'sent' and template = 'new_lead'";
        assert_eq!(server.count(sent).await, 1, "{engine}");

        // SendGrid tells it again: what was lifted stays lifted.
        s.send(&example()).await.expect(200);
        assert_eq!(
            (s.bounced().await["total"].clone(), s.results().await),
            (json!(0), vec!["processed".into(), "duplicate".into()]),
            "{engine}"
        );
    }
}

#[tokio::test]
async fn everybodys_addresses_are_listed_with_whose_they_are() {
    for s in settings().await {
        s.server.contractor("contractor@example.com", json!({})).await;
        s.server.submit(&json!({ "customerEmail": "Customer@Example.com" })).await.expect(201);
        let event = |email: &str, event: &str, at: i64| json!({ "email": email, "event": event, "timestamp": at, "sg_event_id": format!("id-{email}") });
        s.send(&json!([
            event("CONTRACTOR@example.com", "bounce", 1_759_000_003),
            event("customer@example.com", "spamreport", 1_759_000_002),
            event("nobody@example.com", "dropped", 1_759_000_001),
        ]))
        .await
        .expect(200);
        let bounced = s.bounced().await;
        let seen: Vec<_> = bounced["bounced"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|b| (b["email"].clone(), b["type"].clone(), b["businessName"].clone(), b["event"].clone()))
            .collect();
        let expected = [
            (json!("contractor@example.com"), json!("Contractor"), json!("HVAC Pros"), json!("bounce")),
            (json!("customer@example.com"), json!("Customer"), Value::Null, json!("spamreport")),
            (json!("nobody@example.com"), json!("Other"), Value::Null, json!("dropped")),
        ];
        assert_eq!(seen, expected, "on {}", s.server.db.name());
        let page = s.server.admin(Method::GET, &format!("{BOUNCED}?limit=1&offset=1"), None).await.expect(200);
        assert_eq!(page.header("link"), "</api/admin/bounced-emails?limit=1&offset=2>; rel=\"next\"");
        let page = page.json();
        assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(1), &json!(1)));
        assert_eq!(page["bounced"][0]["email"], "customer@example.com");
        for query in ["limit=0", "limit=501", "limit=x", "offset=-1"] {
            s.server.admin(Method::GET, &format!("{BOUNCED}?{query}"), None).await.refused(400, "Validation failed", "must");
        }
    }
}

#[tokio::test]
async fn of_a_batch_every_entry_that_can_be_read_counts() {
    for s in settings().await {
        let batch = json!([
            { "email": "a@example.com", "event": "bounce", "type": "bounce", "sg_event_id": "1" },
            { "email": "b@example.com", "event": "delivered", "sg_event_id": "2" },
            { "email": "c@example.com", "event": "teleported" },
            { "email": "d@example.com", "event": "bounce", "type": "blocked", "reason": "greylisted" },
            { "email": "nobody", "event": "bounce" },
            { "email": 5, "event": "bounce" },
            { "event": "dropped" },
            { "email": "e@example.com" },
            "rubbish", null, 7,
            { "email": "f\u{0}@example.com", "event": "bounce" },
            { "email": "g@example.com", "event": "spamreport", "reason": "a\u{0}b", "timestamp": "soon", "sg_event_id": 9 },
            { "email": "h@example.com", "event": "dropped", "timestamp": 99_999_999_999_999_999_i64 },
            { "email": "a@example.com", "event": "dropped", "sg_event_id": "3" },
        ]);
        let reply = s.send(&batch).await.expect(200);
        assert_eq!(reply.json(), json!({ "received": true }));
        let held = s.server.texts("select address from email_bounces order by address").await;
        assert_eq!(held, ["a@example.com", "g@example.com", "h@example.com"], "on {}", s.server.db.name());
        assert_eq!(s.server.texts("select error from inbound_webhooks").await, ["8 of its entries could not be read"]);
        s.send(&json!([])).await.expect(200);
        s.send(&json!([{ "email": "b@example.com", "event": "open" }])).await.expect(200);
        assert_eq!(s.results().await, ["processed", "ignored", "ignored"]);
        for body in ["", "{", "{}", "5", "null", "\"x\""] {
            s.send_text(body).await.refused(400, "Malformed request", "list");
        }
    }
}

#[tokio::test]
async fn overlapping_batches_at_once_count_each_event_once() {
    for s in settings().await {
        let batch = |from: usize| -> Value {
            let mut events: Vec<Value> = (from..from + 10)
                .map(|n| json!({ "email": format!("{n}@example.com"), "event": "bounce", "sg_event_id": format!("e{n}") }))
                .collect();
            if from % 2 == 1 {
                events.reverse();
            }
            json!(events)
        };
        let batches: Vec<Value> = (0..8).map(batch).collect();
        for reply in futures::future::join_all(batches.iter().map(|batch| s.send(batch))).await {
            reply.expect(200);
        }
        assert_eq!(s.server.count("select count(*) from email_bounces").await, 17, "on {}", s.server.db.name());
        assert_eq!(s.server.count("select count(*) from events where kind = 'email_bounced'").await, 17);
    }
}

#[tokio::test]
async fn forged_and_old_signatures_are_refused_and_noted() {
    for s in settings().await {
        let (body, now) = (example().to_string(), s.server.ctx.now().timestamp());
        let right = sign(&s.key, now, &body);
        let at = |seconds: i64| (sign(&s.key, now + seconds, &body), (now + seconds).to_string());
        let wrong = [
            (String::new(), now.to_string()),
            (right.clone(), String::new()),
            ("rubbish".into(), now.to_string()),
            ("AAAA".into(), now.to_string()),
            (right.clone(), "soon".into()),
            (right.clone(), (now + 1).to_string()),
            (sign(&new_key(), now, &body), now.to_string()),
            (sign(&s.key, now, &body.replace("contractor", "another")), now.to_string()),
            at(-601),
            at(601),
        ];
        for (signature, timestamp) in &wrong {
            post(&s.server, &body, signature, timestamp).await.refused(403, "Invalid webhook signature", "");
        }
        assert_eq!(s.server.count("select count(*) from email_bounces").await, 0, "on {}", s.server.db.name());
        let noted = "select count(*) from security_events where kind = 'sendgrid_signature'";
        assert_eq!(s.server.count(noted).await, i64::try_from(wrong.len()).expect("few"));
        let (signature, timestamp) = at(-600);
        post(&s.server, &body, &signature, &timestamp).await.expect(200);
        assert_eq!(s.server.count("select count(*) from email_bounces").await, 1);
    }
}

/// The example that SendGrid's own libraries are tested with; its key is the one in the settings of tests.
#[tokio::test]
async fn sendgrids_own_example_passes() {
    let server = server_with(|_| {}).await;
    server.ctx.clock.set(DateTime::from_timestamp(1_600_112_502, 0).expect("a time") + Duration::seconds(30));
    let body = concat!(
        r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
        r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
        r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
        r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
        "\r\n"
    );
    let signature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    post(&server, body, signature, "1600112502").await.expect(200);
    assert_eq!(server.texts("select address from email_bounces").await, ["hello@world.com"]);
}

#[tokio::test]
async fn without_a_key_nothing_is_taken() {
    let server = server_with(|s| s.sendgrid_webhook_key = None).await;
    post(&server, "[]", "AAAA", "1").await.refused(503, "Service unavailable", "SENDGRID_WEBHOOK_PUBLIC_KEY");
}
