//! Payments: a page of Stripe's where the payer types the card, or a sandbox page of our own. Card data never comes here
//! (seed 000, Data Privacy); what became of a payment comes back as a signed webhook.

use crate::Ctx;
use crate::jobs::{Job, JobError};
use crate::mail::SendError;
use crate::settings::Settings;
use futures::future::BoxFuture;
use kernel::{Id, Money};
use serde::{Deserialize, Serialize};

/// What is to be paid, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Ours; the same payment asked for twice is one page.
    pub payment_id: Id,
    pub email: String,
    /// What each amount is for.
    pub lines: Vec<(String, Money)>,
    /// What the provider tells back with the payment's end.
    pub metadata: Vec<(&'static str, String)>,
    /// Where the payer goes afterwards.
    pub return_url: String,
}

/// The page where a payment is made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// The provider's id of it.
    pub id: String,
    pub url: String,
}

/// Makes pages where payments are made.
pub trait Payments: Send + Sync {
    fn checkout<'a>(&'a self, order: &'a Checkout) -> BoxFuture<'a, Result<Session, SendError>>;

    /// Closes a page, so that nobody pays there any more. Errors: `Fail` when it is closed, or paid, already.
    fn expire<'a>(&'a self, session_id: &'a str) -> BoxFuture<'a, Result<(), SendError>>;
}

/// Closes a page on which something would be paid twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExpireCheckoutJob {
    pub session_id: String,
}

impl Job for ExpireCheckoutJob {
    const KIND: &'static str = "expire_checkout";

    async fn run(self, ctx: &Ctx, _job_id: &str) -> Result<(), JobError> {
        match ctx.breakers.payments.call(ctx, ctx.payments.expire(&self.session_id)).await {
            // Closed in another way.
            Ok(()) | Err(SendError::Fail(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Stripe when there is a key, else the sandbox.
pub fn from_settings(settings: &Settings) -> anyhow::Result<Box<dyn Payments>> {
    Ok(match &settings.stripe.secret_key {
        Some(key) => Box::new(Stripe {
            client: crate::http::client()?,
            url: format!("{}/v1/checkout/sessions", settings.stripe.api_base),
            secret_key: key.expose().to_owned(),
        }),
        None => Box::new(Sandbox { public_url: settings.public_url.clone() }),
    })
}

/// A page of this server that plays Stripe; see `server::inbound::sandbox`.
struct Sandbox {
    public_url: String,
}

impl Payments for Sandbox {
    fn checkout<'a>(&'a self, order: &'a Checkout) -> BoxFuture<'a, Result<Session, SendError>> {
        let id = &order.payment_id;
        let session = Session { id: format!("cs_sandbox_{id}"), url: format!("{}/pay/sandbox/{id}", self.public_url) };
        Box::pin(std::future::ready(Ok(session)))
    }

    fn expire<'a>(&'a self, _session_id: &'a str) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Stripe Checkout: <https://docs.stripe.com/api/checkout/sessions/create>.
struct Stripe {
    client: reqwest::Client,
    url: String,
    secret_key: String,
}

impl Payments for Stripe {
    fn checkout<'a>(&'a self, order: &'a Checkout) -> BoxFuture<'a, Result<Session, SendError>> {
        Box::pin(async move {
            let request = self.client.post(&self.url).header("Idempotency-Key", &order.payment_id).form(&form_of(order));
            let session: Option<Session> = serde_json::from_str(&self.ask(request).await?).ok();
            session
                .filter(|session| session.url.starts_with("https://") || session.url.starts_with("http://"))
                .ok_or_else(|| SendError::Retry("Stripe's answer cannot be read".into()))
        })
    }

    fn expire<'a>(&'a self, session_id: &'a str) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { self.ask(self.client.post(format!("{}/{session_id}/expire", self.url))).await.map(|_| ()) })
    }
}

impl Stripe {
    /// The body of a good answer.
    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<String, SendError> {
        let unreachable = |e: reqwest::Error| SendError::Retry(format!("Stripe cannot be reached: {}", e.without_url()));
        let response = request.bearer_auth(&self.secret_key).send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.text().await.map_err(unreachable)?;
        if status.is_success() { Ok(body) } else { Err(SendError::of_status(status, &body)) }
    }
}

fn form_of(order: &Checkout) -> Vec<(String, String)> {
    let mut form: Vec<(String, String)> = [
        ("mode", "payment"),
        ("client_reference_id", &order.payment_id),
        ("customer_email", &order.email),
        ("success_url", &order.return_url),
        ("cancel_url", &order.return_url),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
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
