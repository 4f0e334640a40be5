//! Stripe: Checkout for cards that are typed, and payment intents for cards that are saved.
//! <https://docs.stripe.com/api/checkout/sessions/create>, <https://docs.stripe.com/api/payment_intents/create>.

use super::{Card, Charge, Charged, Checkout, Payments, Session};
use crate::Ctx;
use crate::mail::SendError;
use futures::future::BoxFuture;
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

pub(super) struct Stripe {
    pub client: reqwest::Client,
    /// `https://api.stripe.com/v1`
    pub base: String,
    pub secret_key: String,
}

type Form = Vec<(String, String)>;

impl Payments for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn checkout<'a>(&'a self, order: &'a Checkout) -> BoxFuture<'a, Result<Session, SendError>> {
        Box::pin(async move {
            let session: Session = self.post("checkout/sessions", Some(&order.payment_id), &checkout_form(order)).await?;
            match session.url.starts_with("https://") || session.url.starts_with("http://") {
                true => Ok(session),
                false => Err(unreadable()),
            }
        })
    }

    fn expire<'a>(&'a self, session_id: &'a str) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(
            async move { self.ask(self.client.post(format!("{}/checkout/sessions/{session_id}/expire", self.base))).await.map(|_| ()) },
        )
    }

    fn customer<'a>(&'a self, contractor_id: &'a str, email: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        #[derive(Deserialize)]
        struct Made {
            id: String,
        }
        Box::pin(async move {
            let form = vec![("email".into(), email.to_owned()), ("metadata[contractorId]".into(), contractor_id.to_owned())];
            let made: Made = self.post("customers", Some(&format!("customer-{contractor_id}-{email}")), &form).await?;
            Ok(made.id)
        })
    }

    fn cards<'a>(&'a self, _ctx: &'a Ctx, customer_id: &'a str) -> BoxFuture<'a, Result<Vec<Card>, SendError>> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Method>,
        }
        #[derive(Deserialize)]
        struct Method {
            id: String,
            card: Shown,
        }
        #[derive(Deserialize)]
        struct Shown {
            brand: String,
            last4: String,
            exp_month: i64,
            exp_year: i64,
        }
        Box::pin(async move {
            // A page waits for them.
            let request = self.client.get(format!("{}/payment_methods", self.base)).timeout(Duration::from_secs(4));
            let body = self.ask(request.query(&[("customer", customer_id), ("type", "card"), ("limit", "20")])).await?;
            let list: List = serde_json::from_str(&body).map_err(|_| unreadable())?;
            let card = |Method { id, card: Shown { brand, last4, exp_month, exp_year } }| Card { id, brand, last4, exp_month, exp_year };
            Ok(list.data.into_iter().map(card).collect())
        })
    }

    fn remove_card<'a>(&'a self, _ctx: &'a Ctx, card_id: &'a str) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { self.ask(self.client.post(format!("{}/payment_methods/{card_id}/detach", self.base))).await.map(|_| ()) })
    }

    fn charge<'a>(&'a self, _ctx: &'a Ctx, charge: &'a Charge) -> BoxFuture<'a, Result<Charged, SendError>> {
        Box::pin(async move {
            let request = self.client.post(format!("{}/payment_intents", self.base)).form(&charge_form(charge));
            let (status, body) = self.send(request.header("Idempotency-Key", format!("{}-card", charge.payment_id))).await?;
            let answer: Value = serde_json::from_str(&body).unwrap_or_default();
            if status.is_success() {
                return read_intent(&answer);
            }
            let error = &answer["error"];
            // 402: the card was refused. Everything else is wrong with the request, or with Stripe.
            match (status, error["code"].as_str()) {
                (StatusCode::PAYMENT_REQUIRED, Some("authentication_required")) => Ok(Charged::NeedsPayer),
                (StatusCode::PAYMENT_REQUIRED, _) => Ok(Charged::Declined {
                    provider_id: error["payment_intent"]["id"].as_str().map(Into::into),
                    reason: error["message"].as_str().unwrap_or("The card was declined.").chars().take(300).collect(),
                }),
                _ => Err(SendError::of_status(status, &body)),
            }
        })
    }
}

fn unreadable() -> SendError {
    SendError::Retry("Stripe's answer cannot be read".into())
}

fn read_intent(intent: &Value) -> Result<Charged, SendError> {
    let provider_id = intent["id"].as_str().unwrap_or_default().to_owned();
    match intent["status"].as_str() {
        Some("succeeded") if !provider_id.is_empty() => Ok(Charged::Succeeded { provider_id }),
        Some("processing" | "requires_capture") => Ok(Charged::Processing),
        Some("requires_action" | "requires_confirmation") => Ok(Charged::NeedsPayer),
        Some("requires_payment_method" | "canceled") => {
            Ok(Charged::Declined { provider_id: Some(provider_id), reason: "The card was declined.".into() })
        }
        _ => Err(unreadable()),
    }
}

impl Stripe {
    async fn post<T: for<'de> Deserialize<'de>>(&self, path: &str, key: Option<&str>, form: &Form) -> Result<T, SendError> {
        let mut request = self.client.post(format!("{}/{path}", self.base)).form(form);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        serde_json::from_str(&self.ask(request).await?).map_err(|_| unreadable())
    }

    /// The body of a good answer.
    async fn ask(&self, request: RequestBuilder) -> Result<String, SendError> {
        let (status, body) = self.send(request).await?;
        if status.is_success() { Ok(body) } else { Err(SendError::of_status(status, &body)) }
    }

    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, String), SendError> {
        let unreachable = |e: reqwest::Error| SendError::Retry(format!("Stripe cannot be reached: {}", e.without_url()));
        let response = request.bearer_auth(&self.secret_key).send().await.map_err(unreachable)?;
        let status = response.status();
        Ok((status, response.text().await.map_err(unreachable)?))
    }
}

fn checkout_form(order: &Checkout) -> Form {
    let mut form: Form = [
        ("mode", "payment"),
        ("client_reference_id", &order.payment_id),
        ("success_url", &order.return_url),
        ("cancel_url", &order.return_url),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    form.push(match &order.customer_id {
        Some(id) => ("customer".into(), id.clone()),
        None => ("customer_email".into(), order.email.clone()),
    });
    if order.save_card && order.customer_id.is_some() {
        form.push(("payment_intent_data[setup_future_usage]".into(), "off_session".into()));
    }
    for (n, (what, amount)) in order.lines.iter().enumerate() {
        form.push((format!("line_items[{n}][quantity]"), "1".into()));
        form.push((format!("line_items[{n}][price_data][currency]"), "usd".into()));
        form.push((format!("line_items[{n}][price_data][unit_amount]"), amount.0.to_string()));
        form.push((format!("line_items[{n}][price_data][product_data][name]"), what.clone()));
    }
    for (name, value) in &order.metadata {
        form.push((format!("payment_intent_data[metadata][{name}]"), value.clone()));
    }
    form
}

fn charge_form(charge: &Charge) -> Form {
    let mut form: Form = [
        ("amount", charge.amount.0.to_string()),
        ("currency", "usd".into()),
        ("customer", charge.customer_id.clone()),
        ("payment_method", charge.card_id.clone()),
        ("description", charge.what.clone()),
        // The payer is on our page, not on Stripe's: a bank that wants to hear them refuses, and they go to Checkout.
        ("off_session", "true".into()),
        ("confirm", "true".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (name, value) in &charge.metadata {
        form.push((format!("metadata[{name}]"), value.clone()));
    }
    form
}
