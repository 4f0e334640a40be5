//! Saved cards: kept while paying, listed, offered first, removed, and charged with one tap; in the sandbox, and at a
//! stand-in of Stripe on a real port.

use crate::api_payments::{PAY, form_of, owing, pay, stand_in, with_stripe};
use crate::common::{self, Reply, Server, send, servers};
use reqwest::Method;
use serde_json::{Value, json};

/// A server function of the contractor's pages, as a page with script calls it.
async fn rpc(server: &Server, token: &str, name: &str, form: &[(&str, &str)]) -> Reply {
    let request = server.request(Method::POST, &format!("/rpc/{name}")).header("accept", "application/json");
    send(request.header("cookie", format!("plumbline_session={token}")).form(form)).await
}

async fn cards(server: &Server, token: &str) -> Vec<Value> {
    rpc(server, token, "contractor_cards", &[]).await.expect(200).json().as_array().expect("a list").clone()
}

/// Pays one record on the sandbox's page, and keeps the card with these last digits.
async fn keep(server: &Server, token: &str, record: &str, last4: &str) {
    let url = rpc(server, token, "contractor_pay", &[("record_ids[0]", record), ("save", "true")]).await.expect(200).json();
    let path = url.as_str().and_then(|url| url.strip_prefix("http://localhost:3000")).expect("the sandbox").to_owned();
    assert!(server.get(&path).await.expect(200).text.contains("Card to keep"));
    send(server.request(Method::POST, &path).form(&[("outcome", "succeeded"), ("card", last4)])).await.expect(303);
}

async fn charge(server: &Server, token: &str, record: &str, card: &Value) -> Reply {
    let card = card["id"].as_str().expect("an id");
    rpc(server, token, "contractor_pay", &[("record_ids[0]", record), ("card", card)]).await
}

#[tokio::test]
async fn in_the_sandbox_a_card_is_kept_and_charged_with_one_tap() {
    for server in servers().await {
        let engine = server.db.name();
        let (token, records) = owing(&server, "contractor@example.com", 6).await;
        assert!(cards(&server, &token).await.is_empty());
        keep(&server, &token, &records[0], "4242").await;
        keep(&server, &token, &records[1], "0341").await;
        keep(&server, &token, &records[2], "3184").await;
        let kept = cards(&server, &token).await;
        let last4: Vec<&str> = kept.iter().map(|card| card["last4"].as_str().expect("digits")).collect();
        assert_eq!(last4, ["3184", "0341", "4242"], "the newest first, on {engine}");
        let [confirmed, declined, good] = [&kept[0], &kept[1], &kept[2]];

        // Which is offered first is chosen.
        rpc(&server, &token, "contractor_default_card", &[("id", good["id"].as_str().expect("an id"))]).await.expect(200);
        let first = cards(&server, &token).await.remove(0);
        assert_eq!((&first["last4"], &first["is_default"]), (&json!("4242"), &json!(true)));

        // One tap.
        let next = charge(&server, &token, &records[3], good).await.expect(200).json();
        assert!(next.as_str().is_some_and(|path| path.starts_with("/app/contractor/billing?payment=")), "{next}");
        assert_eq!(server.texts("select status from payments where card_id is not null").await, ["succeeded"]);
        charge(&server, &token, &records[3], good).await.expect(409);

        // A refusal is told in the bank's words, and nothing is paid.
        let refused = charge(&server, &token, &records[4], declined).await.expect(409);
        assert!(refused.text.contains("insufficient funds") && refused.text.contains("Nothing was charged"), "{}", refused.text);
        assert_eq!(server.count("select count(*) from billing_records where status = 'paid'").await, 4, "on {engine}");

        // A bank that wants to hear the payer: on the payment page, where it works.
        let page = charge(&server, &token, &records[5], confirmed).await.expect(200).json();
        assert_eq!(charge(&server, &token, &records[5], confirmed).await.expect(200).json(), page, "the same payment");
        let path = page.as_str().and_then(|url| url.strip_prefix("http://localhost:3000")).expect("the sandbox").to_owned();
        send(server.request(Method::POST, &path).form(&[("outcome", "succeeded")])).await.expect(303);
        assert_eq!(server.count("select count(*) from billing_records where status = 'paid'").await, 5);
        assert_eq!(cards(&server, &token).await.len(), 3, "it was saved before");

        // Nobody else's card can be seen, charged or removed.
        let (other, own) = owing(&server, "other@example.com", 0).await;
        assert!(own.is_empty() && cards(&server, &other).await.is_empty());
        let id = good["id"].as_str().expect("an id");
        for name in ["contractor_remove_card", "contractor_default_card"] {
            rpc(&server, &other, name, &[("id", id)]).await.expect(404);
        }
        charge(&server, &other, &records[4], good).await.expect(404);
        rpc(&server, &token, "contractor_remove_card", &[("id", id)]).await.expect(200);
        assert_eq!(cards(&server, &token).await.len(), 2);
        charge(&server, &token, &records[4], good).await.expect(404);
        server.run_jobs().await;
        assert_eq!(server.count("select count(*) from jobs where status = 'dead'").await, 0);
    }
}

#[tokio::test]
async fn without_script_the_form_leads_on_to_where_it_is_paid() {
    let server = common::server_with(|_| {}).await;
    let (token, records) = owing(&server, "contractor@example.com", 2).await;
    keep(&server, &token, &records[0], "4242").await;
    let card = cards(&server, &token).await.remove(0);
    let request = server.request(Method::POST, "/rpc/contractor_pay").header("accept", "text/html");
    let form = [("record_ids[0]", records[1].as_str()), ("card", card["id"].as_str().expect("an id"))];
    let reply = send(request.header("cookie", format!("plumbline_session={token}")).form(&form)).await.expect(302);
    assert!(reply.header("location").starts_with("/app/contractor/billing?payment="), "{}", reply.header("location"));
}

#[tokio::test]
async fn stripe_keeps_the_card_and_charges_it() {
    let list = r#"{"data":[{"id":"pm_1","card":{"brand":"visa","last4":"4242","exp_month":4,"exp_year":2031}}]}"#.to_owned();
    let page = |n: usize| (200, format!(r#"{{"id":"cs_{n}","url":"https://checkout.stripe.com/{n}"}}"#));
    let declined = r#"{"error":{"code":"card_declined","message":"Your card has insufficient funds.","payment_intent":{"id":"pi_2"}}}"#;
    let asks = r#"{"error":{"code":"authentication_required","message":"This card asks.","payment_intent":{"id":"pi_3"}}}"#;
    for db in platform::testing::databases().await {
        let (base, requests) = stand_in(vec![
            (200, r#"{"id":"cus_1"}"#.into()),
            page(1),
            (200, list.clone()),
            (200, r#"{"id":"pi_1","status":"succeeded"}"#.into()),
            (200, list.clone()),
            (402, declined.into()),
            (200, list.clone()),
            (402, asks.into()),
            page(2),
            (200, list.clone()),
            (500, "busy".into()),
            (200, list.clone()),
            (200, r#"{"id":"pi_4","status":"succeeded"}"#.into()),
            (200, list.clone()),
            (200, "{}".into()),
        ]);
        let server = common::start(db, &with_stripe(&base)).await;
        let engine = server.db.name();
        let (token, records) = owing(&server, "contractor@example.com", 5).await;
        let next = || requests.recv().expect("a request");
        let value = |request: &str, name: &str| form_of(request).into_iter().find(|(n, _)| n == name).map(|(_, value)| value);

        // While paying: a customer is made, and the page keeps the card.
        rpc(&server, &token, "contractor_pay", &[("record_ids[0]", &records[0]), ("save", "true")]).await.expect(200);
        let customer = next();
        assert!(customer.starts_with("POST /v1/customers HTTP/1.1") && customer.to_lowercase().contains("idempotency-key: customer-"));
        assert_eq!(value(&customer, "email").as_deref(), Some("contractor@example.com"));
        let checkout = next();
        assert_eq!(value(&checkout, "customer").as_deref(), Some("cus_1"), "on {engine}");
        assert_eq!(value(&checkout, "payment_intent_data[setup_future_usage]").as_deref(), Some("off_session"));
        assert_eq!(value(&checkout, "customer_email"), None);

        // One tap: a payment intent off session, with a key of its own.
        let card = json!({ "id": "pm_1" });
        charge(&server, &token, &records[1], &card).await.expect(200);
        assert!(next().starts_with("GET /v1/payment_methods?customer=cus_1&type=card"));
        let intent = next();
        let payment = server.texts("select id from payments where card_id = 'pm_1'").await.remove(0);
        assert!(intent.starts_with("POST /v1/payment_intents HTTP/1.1") && intent.contains(&format!("{payment}-card")), "{intent}");
        for (name, expected) in [
            ("amount", "25000"),
            ("currency", "usd"),
            ("customer", "cus_1"),
            ("payment_method", "pm_1"),
            ("off_session", "true"),
            ("confirm", "true"),
            ("metadata[paymentId]", &payment),
        ] {
            assert_eq!(value(&intent, name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(server.texts("select id from billing_records where status = 'paid'").await, [records[1].clone()]);
        // Stripe tells it once more.
        let metadata = json!({ "paymentId": payment, "contractorId": server.texts("select id from contractors").await.remove(0) });
        let object = json!({ "id": "pi_1", "amount": 25_000, "currency": "usd", "metadata": metadata });
        server.stripe(&json!({ "id": "evt_1", "type": "payment_intent.succeeded", "data": { "object": object } })).await.expect(200);
        assert_eq!(server.texts("select result from inbound_webhooks").await, ["ignored"]);

        // Refused, and asked for: the second goes on on the page, whatever Stripe tells of the first try.
        let refused = charge(&server, &token, &records[2], &card).await.expect(409);
        assert!(refused.text.contains("Visa ending in 4242 was declined: Your card has insufficient funds."), "{}", refused.text);
        let page = charge(&server, &token, &records[3], &card).await.expect(200).json();
        assert_eq!(page, "https://checkout.stripe.com/2");
        let asked = server.texts("select id from payments where checkout_url like '%/2'").await.remove(0);
        let metadata = json!({ "paymentId": asked, "contractorId": metadata["contractorId"] });
        let error = json!({ "code": "authentication_required", "message": "This card asks." });
        let object = json!({ "id": "pi_3", "amount": 25_000, "last_payment_error": error, "metadata": metadata });
        server.stripe(&json!({ "id": "evt_2", "type": "payment_intent.payment_failed", "data": { "object": object } })).await.expect(200);
        assert_eq!(server.texts("select status from payments where checkout_url like '%/2'").await, ["started"]);

        // What became of it is not known: the next try is the same payment with the same key.
        requests.try_iter().count();
        charge(&server, &token, &records[4], &card).await.expect(503);
        charge(&server, &token, &records[4], &card).await.expect(200);
        let keys: Vec<String> = requests
            .try_iter()
            .filter_map(|request| request.lines().find(|line| line.to_lowercase().starts_with("idempotency-key")).map(str::to_owned))
            .collect();
        assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");

        rpc(&server, &token, "contractor_remove_card", &[("id", "pm_1")]).await.expect(200);
        assert!(requests.try_iter().any(|request| request.starts_with("POST /v1/payment_methods/pm_1/detach")));
        let columns = server.texts("select payment_customers.customer_id from payment_customers").await;
        assert_eq!(columns, ["cus_1"], "of cards nothing is kept here");
    }
}

#[tokio::test]
async fn a_payment_that_is_asked_for_twice_with_one_key_is_one() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 2).await;
        let ask = |ids: Vec<String>| {
            let request = server.request(Method::POST, PAY).bearer_auth(&token).header("idempotency-key", "pay-1");
            send(request.json(&json!({ "recordIds": ids })))
        };
        let first = ask(records[..1].to_vec()).await.expect(200);
        let again = ask(records[..1].to_vec()).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), again.json()), ("true", first.json()), "on {}", server.db.name());
        ask(records.clone()).await.refused(409, "Idempotency key reused", "another request");
        assert_eq!(server.count("select count(*) from payments").await, 1);
        pay(&server, &token, &records).await.expect(200);
    }
}

#[tokio::test]
async fn forms_may_lead_to_stripes_pages_and_nowhere_else() {
    let policy = async |server: &Server| server.get("/login").await.expect(200).header("content-security-policy").to_owned();
    assert!(policy(&common::server_with(|_| {}).await).await.ends_with("form-action 'self'"), "without Stripe");
    assert!(
        policy(&common::server_with(with_stripe("http://127.0.0.1:9")).await)
            .await
            .ends_with("form-action 'self' https://checkout.stripe.com")
    );
    let own = common::server_with(|s| {
        with_stripe("http://127.0.0.1:9")(s);
        s.stripe.checkout_origin = "https://pay.example.com".into();
    })
    .await;
    assert!(policy(&own).await.ends_with("form-action 'self' https://pay.example.com"));
}
