//! Twilio's call status callbacks: real signatures pass, forged ones fail, and each call counts once.

use crate::common::{Reply, Server, TWILIO_TOKEN, send, server_with, servers, twilio_signature};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/webhooks/twilio/call-status";
const URL: &str = "http://localhost:3000/api/webhooks/twilio/call-status";
const TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response></Response>";

/// A server with a lead that has a tracking number.
struct Setting {
    server: Server,
    token: String,
    /// E.164.
    tracking: String,
}

async fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    for server in servers().await {
        let numbers = json!({ "phoneNumbers": ["5550001111"] });
        server.admin(Method::POST, "/api/admin/tracking-numbers", Some(&numbers)).await.expect(201);
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        server.submit(&json!({})).await.expect(201);
        all.push(Setting { server, token, tracking: "+15550001111".into() });
    }
    all
}

impl Setting {
    /// A callback as Twilio sends it.
    async fn call(&self, sid: &str, status: &str, seconds: Option<&str>) -> Reply {
        let mut fields = vec![
            ("CallSid", sid),
            ("CallStatus", status),
            ("From", "+15551234567"),
            ("To", self.tracking.as_str()),
            ("Direction", "outbound-api"),
            ("AccountSid", "AC123"),
        ];
        if let Some(seconds) = seconds {
            fields.push(("CallDuration", seconds));
        }
        post(&self.server, &fields, Some(&twilio_signature(TWILIO_TOKEN, URL, &fields))).await
    }

    async fn lead(&self) -> Value {
        let leads = self.server.with(&self.token, Method::GET, "/api/contractors/leads", None).await.expect(200).json();
        leads["leads"][0].clone()
    }

    /// Dollars.
    async fn billed(&self) -> f64 {
        let dashboard = self.server.with(&self.token, Method::GET, "/api/contractors/dashboard", None).await.expect(200).json();
        dashboard["stats"]["totalBilled"].as_f64().expect("a number")
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut conn = self.server.ctx.db.read().await.expect("a connection");
        platform::fetch_scalar!(conn, i64, sql).expect("a count")
    }
}

async fn post(server: &Server, fields: &[(&str, &str)], signature: Option<&str>) -> Reply {
    let request = server.request(Method::POST, PATH).form(fields);
    send(match signature {
        Some(signature) => request.header("x-twilio-signature", signature),
        None => request,
    })
    .await
}

#[tokio::test]
async fn a_call_of_thirty_seconds_qualifies_the_lead_and_bills_it_once() {
    for s in settings().await {
        let engine = s.server.db.name();
        for status in ["initiated", "ringing"] {
            s.call("CA1", status, None).await.expect(200);
        }
        assert_eq!(s.lead().await["status"], "assigned", "{engine}");
        let reply = s.call("CA1", "in-progress", None).await.expect(200);
        assert_eq!(reply.text, TWIML);
        assert!(reply.header("content-type").starts_with("text/xml"));
        let lead = s.lead().await;
        assert_eq!((&lead["status"], &lead["firstContactAt"]), (&json!("contacted"), &json!("2025-10-05T12:00:00.000Z")), "{engine}");
        s.server.db.advance(Duration::minutes(1));
        s.call("CA1", "completed", Some("45")).await.expect(200);
        let lead = s.lead().await;
        assert_eq!((&lead["status"], &lead["firstContactAt"]), (&json!("qualified"), &json!("2025-10-05T12:00:00.000Z")));
        assert_eq!(s.billed().await, 250.0);

        // The same again, and a second call of the same lead: nothing more is billed.
        assert_eq!(s.call("CA1", "completed", Some("45")).await.expect(200).text, TWIML);
        assert_eq!(s.call("CA2", "completed", Some("90")).await.expect(200).text, TWIML);
        assert_eq!(s.billed().await, 250.0, "{engine}");
        assert_eq!(s.count("select count(*) from call_logs").await, 2);
        assert_eq!(s.count("select count(*) from billing_records").await, 1);
    }
}

#[tokio::test]
async fn short_and_unanswered_calls_do_not_bill() {
    for s in settings().await {
        for status in ["busy", "failed", "no-answer"] {
            s.call(&format!("CA-{status}"), status, Some("0")).await.expect(200);
        }
        assert_eq!(s.lead().await["status"], "assigned", "on {}", s.server.db.name());
        s.call("CA29", "completed", Some("29")).await.expect(200);
        assert_eq!((s.lead().await["status"].clone(), s.billed().await), (json!("contacted"), 0.0));
        s.call("CA30", "completed", Some("30")).await.expect(200);
        assert_eq!((s.lead().await["status"].clone(), s.billed().await), (json!("qualified"), 250.0));
    }
}

#[tokio::test]
async fn callbacks_out_of_order_or_late_leave_the_truth() {
    for s in settings().await {
        s.call("CA1", "completed", Some("45")).await.expect(200);
        for status in ["in-progress", "ringing", "initiated"] {
            s.server.db.advance(Duration::minutes(1));
            s.call("CA1", status, None).await.expect(200);
        }
        let lead = s.lead().await;
        assert_eq!((&lead["status"], &lead["firstContactAt"]), (&json!("qualified"), &json!("2025-10-05T12:00:00.000Z")));
        assert_eq!(s.billed().await, 250.0, "on {}", s.server.db.name());
        assert_eq!(s.count("select count(*) from call_logs where status = 'completed' and duration_seconds = 45").await, 1);
    }
}

#[tokio::test]
async fn the_same_callback_many_times_at_once_counts_once() {
    for s in settings().await {
        let calls = (0..12).map(|n| {
            let s = &s;
            async move { s.call(if n % 2 == 0 { "CA1" } else { "CA2" }, "completed", Some("45")).await.expect(200) }
        });
        futures::future::join_all(calls).await;
        assert_eq!(s.count("select count(*) from billing_records").await, 1, "on {}", s.server.db.name());
        assert_eq!(s.count("select count(*) from call_logs").await, 2);
        assert_eq!(s.billed().await, 250.0);
    }
}

#[tokio::test]
async fn forged_callbacks_are_refused_and_noted() {
    for s in settings().await {
        let fields =
            [("CallSid", "CA1"), ("CallStatus", "completed"), ("CallDuration", "45"), ("From", "+15551234567"), ("To", "+15550001111")];
        let right = twilio_signature(TWILIO_TOKEN, URL, &fields);
        let wrong_token = twilio_signature("another-token", URL, &fields);
        let wrong_url = twilio_signature(TWILIO_TOKEN, "http://localhost:3000/", &fields);
        for signature in [None, Some(""), Some("rubbish"), Some(wrong_token.as_str()), Some(wrong_url.as_str()), Some(&right[1..])] {
            post(&s.server, &fields, signature).await.refused(403, "Invalid webhook signature", "");
        }
        let mut changed = fields;
        changed[2].1 = "4500";
        post(&s.server, &changed, Some(&right)).await.refused(403, "Invalid webhook signature", "");
        // Another host in the request does not change what was signed.
        let request = s.server.request(Method::POST, PATH).header("host", "evil.example").form(&fields);
        send(request.header("x-twilio-signature", twilio_signature(TWILIO_TOKEN, &URL.replace("localhost:3000", "evil.example"), &fields)))
            .await
            .expect(403);
        assert_eq!(s.count("select count(*) from security_events").await, 8, "on {}", s.server.db.name());
        assert_eq!(s.count("select count(*) from call_logs").await, 0);
        assert_eq!(s.lead().await["status"], "assigned");
        post(&s.server, &fields, Some(&right)).await.expect(200);
    }
}

#[tokio::test]
async fn the_address_is_signed_as_twilio_was_given_it() {
    let server = server_with(|_| {}).await;
    let fields = [("CallSid", "CA1"), ("CallStatus", "ringing"), ("From", "+15551234567"), ("To", "+15550001111")];
    for tail in ["/", "?company=1&b=%20", "/?a=b"] {
        let signature = twilio_signature(TWILIO_TOKEN, &format!("{URL}{tail}"), &fields);
        let request = server.request(Method::POST, &format!("{PATH}{tail}")).header("x-twilio-signature", signature).form(&fields);
        assert_eq!(send(request).await.expect(200).text, TWIML, "{tail}");
    }
}

#[tokio::test]
async fn odd_but_signed_callbacks_do_no_harm() {
    let server = server_with(|_| {}).await;
    let signed = |fields: Vec<(&'static str, &'static str)>| {
        let server = &server;
        async move { post(server, &fields, Some(&twilio_signature(TWILIO_TOKEN, URL, &fields))).await }
    };
    let without_sid = signed(vec![("CallStatus", "completed")]).await;
    without_sid.refused(400, "Missing required fields", "CallSid is required");
    let empty = signed(vec![]).await;
    empty.refused(400, "Missing required fields", "CallSid and CallStatus are required");
    for fields in [
        vec![("CallSid", "CA1"), ("CallStatus", "teleported")],
        vec![("CallSid", "CA2"), ("CallStatus", "completed"), ("CallDuration", "many")],
        vec![("CallSid", "CA3"), ("CallStatus", "completed"), ("CallDuration", "-5")],
        vec![("CallSid", "CA4"), ("CallStatus", "completed"), ("CallDuration", "99999999999999999999")],
        vec![("CallSid", "CA5"), ("CallStatus", "completed"), ("From", "client:anonymous"), ("To", "sip:x@example.com")],
        vec![("CallSid", "CA6"), ("CallStatus", "completed"), ("CallDuration", "45"), ("From", "+445551234567"), ("To", "+266696687")],
        vec![("CallSid", "CA\u{0}7"), ("CallStatus", "completed"), ("RecordingUrl", "https://api.twilio.com/\u{0}x")],
    ] {
        assert_eq!(signed(fields).await.expect(200).text, TWIML);
    }
    let json = server.request(Method::POST, PATH).json(&json!({ "CallSid": "CA1" }));
    send(json).await.refused(400, "Malformed request", "form");
}

#[tokio::test]
async fn every_callback_is_in_the_log_of_webhooks() {
    for s in settings().await {
        s.call("CA1", "ringing", None).await.expect(200);
        s.call("CA1", "completed", Some("45")).await.expect(200);
        s.call("CA1", "completed", Some("45")).await.expect(200);
        s.call("CA1", "teleported", None).await.expect(200);
        post(&s.server, &[("CallSid", "CA1")], Some("rubbish")).await.expect(403);
        let fields = [("CallStatus", "completed")];
        post(&s.server, &fields, Some(&twilio_signature(TWILIO_TOKEN, URL, &fields))).await.expect(400);
        let results = s.server.texts("select result from inbound_webhooks where kind = 'call-status' order by received_at, id").await;
        assert_eq!(results, ["processed", "processed", "duplicate", "ignored", "rejected", "failed"], "on {}", s.server.db.name());
        let bodies = "select count(*) from inbound_webhooks where result = 'processed' and body like '%CallSid=CA1%From=%2B15551234567%'";
        assert_eq!(s.count(bodies).await, 2, "as they were sent, for a replay");
    }
}

// ---- Text messages

const SMS_PATH: &str = "/api/webhooks/twilio/sms-status";
const SMS_URL: &str = "http://localhost:3000/api/webhooks/twilio/sms-status";

async fn tell_sms(server: &Server, sid: &str, status: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![("MessageSid", sid), ("MessageStatus", status), ("To", "+15559876543"), ("AccountSid", "AC123")];
    fields.extend(more);
    let signature = twilio_signature(TWILIO_TOKEN, SMS_URL, &fields);
    send(server.request(Method::POST, SMS_PATH).header("x-twilio-signature", signature).form(&fields)).await
}

#[tokio::test]
async fn a_messages_status_moves_on_and_never_back() {
    for s in settings().await {
        let server = &s.server;
        server.run_jobs().await;
        let sid = server.texts("select provider_id from sms_logs").await.pop().expect("a message was sent");
        let status = || server.texts("select status from sms_logs");
        // In any order.
        for (news, expected) in [
            ("queued", "sent"),
            ("undelivered", "undelivered"),
            ("sent", "undelivered"),
            ("delivered", "delivered"),
            ("failed", "delivered"),
            ("sending", "delivered"),
            ("teleported", "delivered"),
        ] {
            let reply = tell_sms(server, &sid, news, &[]).await.expect(200);
            assert_eq!(reply.text, TWIML);
            assert!(reply.header("content-type").starts_with("text/xml"));
            assert_eq!(status().await, [expected], "after {news}, on {}", server.db.name());
        }
        assert_eq!(tell_sms(server, "SM-unknown", "delivered", &[]).await.expect(200).text, TWIML);
        tell_sms(server, &sid, "delivered", &[]).await.expect(200);
        let results = server.texts("select result from inbound_webhooks where kind = 'sms-status' order by received_at, id").await;
        let expected = ["ignored", "processed", "ignored", "processed", "ignored", "ignored", "ignored", "ignored", "duplicate"];
        assert_eq!(results, expected);
    }
}

#[tokio::test]
async fn why_a_message_was_not_delivered_is_kept() {
    for s in settings().await {
        s.server.run_jobs().await;
        let sid = s.server.texts("select provider_id from sms_logs").await.pop().expect("a message was sent");
        tell_sms(&s.server, &sid, "undelivered", &[("ErrorCode", "30003")]).await.expect(200);
        assert_eq!(s.server.texts("select error from sms_logs").await, ["Twilio's error 30003"], "on {}", s.server.db.name());
    }
}

#[tokio::test]
async fn forged_and_odd_message_callbacks_are_refused() {
    let server = server_with(|_| {}).await;
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    // A signature of the other webhook's address does not count here.
    for signature in [String::new(), "rubbish".into(), twilio_signature(TWILIO_TOKEN, URL, &fields)] {
        let request = server.request(Method::POST, SMS_PATH).header("x-twilio-signature", signature).form(&fields);
        send(request).await.refused(403, "Invalid webhook signature", "");
    }
    let signed = twilio_signature(TWILIO_TOKEN, SMS_URL, &[]);
    let empty = server.request(Method::POST, SMS_PATH).header("x-twilio-signature", &signed);
    send(empty.form(&[("", ""); 0])).await.refused(400, "Missing required fields", "MessageSid and MessageStatus are required");
    let json = server.request(Method::POST, SMS_PATH).json(&json!({ "MessageSid": "SM1" }));
    send(json).await.refused(400, "Malformed request", "form");
    let server = server_with(|s| s.twilio.auth_token = None).await;
    tell_sms(&server, "SM1", "delivered", &[]).await.refused(503, "Service unavailable", "TWILIO_AUTH_TOKEN");
}

#[tokio::test]
async fn without_a_token_nothing_is_taken() {
    let server = server_with(|s| s.twilio.auth_token = None).await;
    let fields = [("CallSid", "CA1"), ("CallStatus", "completed")];
    for signature in [None, Some(twilio_signature("", URL, &fields)), Some(twilio_signature(TWILIO_TOKEN, URL, &fields))] {
        let reply = post(&server, &fields, signature.as_deref()).await;
        reply.refused(503, "Service unavailable", "TWILIO_AUTH_TOKEN");
    }
}
