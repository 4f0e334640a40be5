//! Contractors pay what they owe: through Stripe's page (a stand-in on a real port), or the sandbox.

use crate::common::{self, Reply, Server, assert_like, send, server_with, servers, servers_with};
use chrono::Duration;
use platform::settings::{Secret, Settings};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

pub const PAY: &str = "/api/contractors/billing/pay";

/// A contractor with a token, and the ids of that many records of $250.
pub async fn owing(server: &Server, email: &str, leads: usize) -> (String, Vec<String>) {
    let (id, token) = server.contractor(email, json!({})).await;
    (token, server.billed(&id, leads).await)
}

pub async fn pay(server: &Server, token: &str, ids: &[String]) -> Reply {
    server.with(token, Method::POST, PAY, Some(&json!({ "recordIds": ids }))).await
}

async fn payments(server: &Server, token: &str) -> Value {
    server.with(token, Method::GET, "/api/contractors/payments", None).await.expect(200).json()
}

async fn play(server: &Server, id: &str, outcome: &str) -> Reply {
    send(server.request(Method::POST, &format!("/pay/sandbox/{id}")).form(&[("outcome", outcome)])).await
}

#[tokio::test]
async fn in_the_sandbox_a_payment_fails_and_then_succeeds() {
    for server in servers().await {
        let engine = server.db.name();
        let (token, records) = owing(&server, "contractor@example.com", 3).await;
        let started = pay(&server, &token, &records[..2]).await.expect(200).json();
        let id = started["paymentId"].as_str().expect("an id").to_owned();
        assert_eq!(started["checkoutUrl"], format!("http://localhost:3000/pay/sandbox/{id}"), "{engine}");
        let page = server.get(&format!("/pay/sandbox/{id}")).await.expect(200);
        assert!(page.text.contains("Pay $500.00") && page.header("content-type").starts_with("text/html"), "{}", page.text);
        assert!(page.text.contains("/pkg/plumbline") && !page.text.contains("<style"), "the product's looks: {}", page.text);
        let nonce = page.text.split_once("nonce=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a nonce").0;
        assert!(page.header("content-security-policy").contains(&format!("'nonce-{nonce}'")), "so that a chosen theme holds");

        // Asked again, in another order or twice over: the same payment.
        let again = [records[1].clone(), records[0].clone(), records[1].clone()];
        assert_eq!(pay(&server, &token, &again).await.expect(200).json(), started);
        // Another record is another payment.
        assert_ne!(pay(&server, &token, &records[2..]).await.expect(200).json()["paymentId"], id);

        let listed = payments(&server, &token).await;
        let example = json!({ "payments": [{
            "id": "x", "recordIds": ["x"], "amount": 500.0, "status": "started", "checkoutUrl": "x", "error": null,
            "createdAt": "2025-10-05T12:00:00.000Z", "updatedAt": "2025-10-05T12:00:00.000Z"
        }], "total": 2, "limit": 50, "offset": 0 });
        assert_like(&example, &listed);
        assert_eq!(listed["total"], 2);

        let reply = play(&server, &id, "failed").await.expect(303);
        assert_eq!(reply.header("location"), format!("/app/contractor/billing?payment={id}"));
        let failed = server.with(&token, Method::GET, "/api/contractors/payments?offset=1", None).await.expect(200).json();
        assert_eq!((&failed["payments"][0]["id"], &failed["payments"][0]["status"]), (&json!(id), &json!("failed")), "{engine}");
        assert_eq!(failed["payments"][0]["error"], "The sandbox declined the card.");
        play(&server, &id, "succeeded").await.expect(303);
        play(&server, &id, "succeeded").await.expect(303);
        play(&server, &id, "failed").await.expect(303);
        let paid = server.texts("select id from billing_records where status = 'paid' order by id").await;
        assert_eq!(paid, records[..2], "{engine}");
        assert_eq!(server.texts("select status from payments order by status").await, ["started", "succeeded"]);
        let results = server.texts("select result from inbound_webhooks where provider = 'stripe' order by received_at, id").await;
        assert_eq!(results, ["processed", "processed", "ignored", "ignored"], "the sandbox speaks through the same webhook");
        assert!(server.get(&format!("/pay/sandbox/{id}")).await.expect(200).text.contains("has been made"));
        server.run_jobs().await;
        assert_eq!(server.db.mails().iter().filter(|mail| mail.contains("Subject: Payment received: $500.00")).count(), 1);
        pay(&server, &token, &records[..1]).await.refused(409, "Not payable", "is paid already");
    }
}

#[tokio::test]
async fn only_own_records_that_are_owed_can_be_paid() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 1).await;
        let (other, _) = owing(&server, "other@example.com", 0).await;
        pay(&server, &other, &records).await.refused(404, "Billing record not found", &records[0]);
        pay(&server, &token, &["nothing".into()]).await.refused(404, "Billing record not found", "nothing");
        pay(&server, &token, &[records[0].clone(), "nothing".into()]).await.refused(404, "Billing record not found", "nothing");
        for (body, error, details) in [
            (json!({}), "Missing required fields", "recordIds is required"),
            (json!({ "recordIds": [] }), "Missing required fields", "recordIds is required"),
            (json!({ "recordIds": "x" }), "Validation failed", "recordIds must be a list"),
            (json!({ "recordIds": [5] }), "Validation failed", "must be a string"),
            (json!({ "recordIds": (0..101).map(|n| n.to_string()).collect::<Vec<_>>() }), "Validation failed", "1 to 100"),
            (json!({ "recordIds": ["a\u{0}b"] }), "Validation failed", "recordIds"),
        ] {
            server.with(&token, Method::POST, PAY, Some(&body)).await.refused(400, error, details);
        }
        for query in ["limit=0", "limit=501", "offset=-1"] {
            server.with(&token, Method::GET, &format!("/api/contractors/payments?{query}"), None).await.expect(400);
        }
        assert_eq!(server.count("select count(*) from payments").await, 0, "on {}", server.db.name());
        server.change("update billing_records set amount_cents = 0").await;
        pay(&server, &token, &records).await.refused(409, "Not payable", "costs nothing");
        server.change("update billing_records set status = 'credited'").await;
        pay(&server, &token, &records).await.refused(409, "Not payable", "was credited");
        server.change("update billing_records set status = 'invoiced', amount_cents = 12500").await;
        pay(&server, &token, &records).await.expect(200);
        assert_eq!(payments(&server, &token).await["payments"][0]["amount"], 125.0);
        assert_eq!(payments(&server, &other).await["total"], 0, "others' payments are not shown");
        let unknown =
            payments(&server, &token).await["payments"][0]["id"].as_str().expect("an id").replace(|c: char| c.is_ascii_digit(), "0");
        server.get(&format!("/pay/sandbox/{unknown}")).await.expect(404);
        play(&server, &unknown, "succeeded").await.expect(404);
    }
}

#[tokio::test]
async fn started_many_times_at_once_it_is_one_payment() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 2).await;
        let replies = futures::future::join_all((0..8).map(|_| pay(&server, &token, &records))).await;
        let mut urls: Vec<String> = replies.into_iter().map(|r| r.expect(200).json()["checkoutUrl"].to_string()).collect();
        urls.dedup();
        assert_eq!((urls.len(), server.count("select count(*) from payments").await), (1, 1), "on {}", server.db.name());
    }
}

#[tokio::test]
async fn a_payment_that_nobody_finishes_expires_and_may_still_succeed() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 1).await;
        let first = pay(&server, &token, &records).await.expect(200).json();
        server.db.advance(Duration::hours(25));
        leads::payments::expire(&server.ctx).await.expect("expired");
        // The token is over too.
        let login = json!({ "email": "contractor@example.com", "password": "password123" });
        let token = server.post("/api/contractors/login", &login).await.expect(200).json()["token"].as_str().expect("a token").to_owned();
        assert_eq!(payments(&server, &token).await["payments"][0]["status"], "expired", "on {}", server.db.name());
        assert_ne!(pay(&server, &token, &records).await.expect(200).json()["paymentId"], first["paymentId"]);
        play(&server, first["paymentId"].as_str().expect("an id"), "succeeded").await.expect(303);
        assert_eq!(server.texts("select status from billing_records").await, ["paid"]);
    }
}

#[tokio::test]
async fn there_is_no_sandbox_in_production_or_beside_stripe() {
    let production = |s: &mut Settings| {
        s.public_url = "https://leads.example.com".into();
        s.production = true;
    };
    let server = server_with(production).await;
    let (token, records) = owing(&server, "contractor@example.com", 1).await;
    pay(&server, &token, &records).await.refused(503, "Service unavailable", "STRIPE_SECRET_KEY");
    let server = server_with(|s| {
        s.stripe.secret_key = Some(Secret::new("sk_test_1"));
        s.stripe.webhook_secret = None;
    })
    .await;
    let (token, records) = owing(&server, "contractor@example.com", 1).await;
    pay(&server, &token, &records).await.refused(503, "Service unavailable", "STRIPE_WEBHOOK_SECRET");
    assert_eq!(server.count("select count(*) from payments").await, 0);
}

/// Answers each request with the next status and body, and passes the request on.
pub fn stand_in(answers: Vec<(u16, String)>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for (status, answer) in answers {
            let Ok((stream, _)) = listener.accept() else { return };
            let mut reader = BufReader::new(stream);
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                request.push_str(&line);
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            request.push_str(&String::from_utf8(body).expect("text"));
            let _ = sender.send(request);
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
            let mut stream = reader.into_inner();
            stream.write_all((head + &answer).as_bytes()).expect("answered");
        }
    });
    (base, requests)
}

pub fn with_stripe(base: &str) -> impl Fn(&mut Settings) + use<> {
    let base = base.to_owned();
    move |s| {
        s.stripe.secret_key = Some(Secret::new("sk_test_1"));
        s.stripe.api_base.clone_from(&base);
    }
}

/// The fields of a form in a request.
pub fn form_of(request: &str) -> Vec<(String, String)> {
    let body = request.split_once("\r\n\r\n").expect("a body").1;
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn stripe_is_asked_for_a_page_and_its_event_pays() {
    let page = r#"{"id":"cs_test_1","object":"checkout.session","url":"https://checkout.stripe.com/c/pay/cs_test_1"}"#;
    for db in platform::testing::databases().await {
        let (base, requests) = stand_in(vec![(200, page.to_owned())]);
        let server = common::start(db, &with_stripe(&base)).await;
        let (token, records) = owing(&server, "contractor@example.com", 2).await;
        let contractor = server.texts("select id from contractors").await.remove(0);
        let started = pay(&server, &token, &records).await.expect(200).json();
        assert_eq!(started["checkoutUrl"], "https://checkout.stripe.com/c/pay/cs_test_1", "{}", server.db.name());
        let id = started["paymentId"].as_str().expect("an id");
        // The page is shown again without asking Stripe again.
        assert_eq!(pay(&server, &token, &records).await.expect(200).json(), started);
        let request = requests.recv().expect("a request");
        assert!(request.starts_with("POST /v1/checkout/sessions HTTP/1.1"), "{request}");
        let head = request.to_lowercase();
        assert!(head.contains("authorization: bearer sk_test_1") && head.contains(&format!("idempotency-key: {id}")), "{request}");
        let form = form_of(&request);
        let value = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        for (name, expected) in [
            ("mode", "payment"),
            ("client_reference_id", id),
            ("customer_email", "contractor@example.com"),
            ("line_items[0][price_data][unit_amount]", "25000"),
            ("line_items[1][price_data][currency]", "usd"),
            ("line_items[1][price_data][product_data][name]", "Lead of 5 Oct 2025"),
            ("line_items[1][quantity]", "1"),
            ("payment_intent_data[metadata][paymentId]", id),
            ("payment_intent_data[metadata][contractorId]", &contractor),
        ] {
            assert_eq!(value(name), Some(expected), "{name}");
        }
        assert!(value("success_url").is_some_and(|url| url.ends_with(&format!("/app/contractor/billing?payment={id}"))));
        let metadata: serde_json::Map<String, Value> = form
            .iter()
            .filter_map(|(name, value)| {
                Some((name.strip_prefix("payment_intent_data[metadata][")?.trim_end_matches(']').to_owned(), json!(value)))
            })
            .collect();
        // No sandbox beside Stripe.
        server.get(&format!("/pay/sandbox/{id}")).await.expect(404);
        play(&server, id, "succeeded").await.expect(404);

        // What Stripe tells afterwards carries the metadata and nothing else of ours.
        let object = json!({ "id": "pi_1", "amount": 50_000, "currency": "usd", "status": "succeeded", "metadata": metadata });
        server.stripe(&json!({ "id": "evt_1", "type": "payment_intent.succeeded", "data": { "object": object } })).await.expect(200);
        assert_eq!(server.texts("select id from billing_records where status = 'paid' order by id").await, records);
        assert_eq!(server.texts("select provider_id from payments where status = 'succeeded'").await, ["pi_1"]);
    }
}

#[tokio::test]
async fn a_page_on_which_something_would_be_paid_twice_is_closed() {
    let page = |n: usize| (200, format!(r#"{{"id":"cs_{n}","url":"https://checkout.stripe.com/{n}"}}"#));
    for db in platform::testing::databases().await {
        let (base, requests) = stand_in(vec![page(1), page(2), page(3), (200, "{}".into()), (400, "it is closed".into())]);
        let server = common::start(db, &with_stripe(&base)).await;
        let (token, records) = owing(&server, "contractor@example.com", 3).await;
        let statuses = || server.texts("select status from payments order by created_at, id");
        pay(&server, &token, &records[..2]).await.expect(200);
        pay(&server, &token, &records[2..]).await.expect(200);
        assert_eq!(statuses().await, ["started", "started"], "they have nothing in common");
        // One of the first two alone.
        pay(&server, &token, &records[..1]).await.expect(200);
        assert_eq!(statuses().await, ["expired", "started", "started"], "on {}", server.db.name());
        server.run_jobs().await;
        let closed = requests.try_iter().nth(3).expect("four requests");
        assert!(closed.starts_with("POST /v1/checkout/sessions/cs_1/expire HTTP/1.1"), "{closed}");

        // Paid in another way: the page is closed too. That Stripe has closed it already is fine.
        let contractor = server.texts("select id from contractors").await.remove(0);
        let metadata = json!({ "billingRecordId": records[0], "contractorId": contractor });
        let object = json!({ "id": "pi_1", "amount": 25_000, "metadata": metadata });
        server.stripe(&json!({ "id": "evt_1", "type": "payment_intent.succeeded", "data": { "object": object } })).await.expect(200);
        assert_eq!(statuses().await, ["expired", "started", "expired", "succeeded"]);
        server.run_jobs().await;
        assert!(requests.try_iter().next().is_some_and(|request| request.contains("/cs_3/expire")));
        assert_eq!(server.count("select count(*) from jobs where status <> 'done'").await, 0);
    }
}

#[tokio::test]
async fn a_provider_that_is_down_or_answers_nonsense_is_told_as_such_and_then_left_alone() {
    let nonsense = [
        (500, "busy".to_owned()),
        (200, "<html>".into()),
        (200, r#"{"id":"cs_1","url":"javascript:alert(1)"}"#.into()),
        (429, "{}".into()),
    ];
    let good = (200, r#"{"id":"cs_1","url":"https://checkout.stripe.com/1"}"#.to_owned());
    let (base, requests) = stand_in([nonsense.to_vec(), vec![(503, String::new()), good]].concat());
    let server = server_with(with_stripe(&base)).await;
    let (token, records) = owing(&server, "contractor@example.com", 1).await;
    for _ in 0..7 {
        let reply = pay(&server, &token, &records).await;
        reply.refused(503, "Service unavailable", "payment provider cannot be reached");
    }
    assert_eq!(requests.try_iter().count(), 5, "after five failures Stripe is left alone");
    assert_eq!(server.texts("select distinct status from payments").await, ["failed"]);
    server.db.advance(Duration::seconds(30));
    let started = pay(&server, &token, &records).await.expect(200).json();
    assert_eq!(started["checkoutUrl"], "https://checkout.stripe.com/1");

    // Refused, which is no fault of the provider's; and nobody there.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let (refusing, _requests) = stand_in(vec![(400, r#"{"error":{"message":"bad key sk_test_1"}}"#.into())]);
    for base in [refusing, format!("http://{closed}")] {
        let server = server_with(with_stripe(&base)).await;
        let (token, records) = owing(&server, "contractor@example.com", 1).await;
        let reply = pay(&server, &token, &records).await;
        assert!(!reply.text.contains("sk_test_1"), "{}", reply.text);
        reply.refused(503, "Service unavailable", "payment provider cannot be reached");
    }
}

/// The one test that waits for a real time-out: nobody can be slow in no time.
#[tokio::test]
async fn a_provider_that_never_answers_is_not_waited_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let servers = servers_with(with_stripe(&format!("http://{}", listener.local_addr().expect("an address")))).await;
    let slow = servers.iter().map(|server| async move {
        let (token, records) = owing(server, "contractor@example.com", 1).await;
        let another = json!({ "customerPhone": "3105559999" });
        // Meanwhile others are served: no transaction is held open while Stripe is asked.
        let (reply, meanwhile) = tokio::join!(pay(server, &token, &records), server.submit(&another));
        meanwhile.expect(201);
        reply.refused(503, "Service unavailable", "payment provider cannot be reached");
    });
    futures::future::join_all(slow).await;
}
