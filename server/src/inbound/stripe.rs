//! Stripe's payment events (seed 000, Stripe Payment Events; decisions 9 and 38).

use super::{Done, Raw, Source, not_set, refuse, take};
use crate::api::getcontractor::error::{Answer, ErrorBody};
use crate::http::body::Json;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use kernel::{Money, Outcome, Problem};
use leads::payments::{self, PaymentNews, Settled};
use platform::webhooks::WebhookResult;
use platform::{Ctx, Tx, signatures};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use utoipa::ToSchema;

const SUCCEEDED: &str = "payment_intent.succeeded";
const FAILED: &str = "payment_intent.payment_failed";

/// The webhook was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    pub received: bool,
}

/// What matters of Stripe's event; Stripe sends more.
#[derive(Debug, ToSchema)]
pub struct StripeEvent {
    /// An event is processed once.
    pub id: Option<String>,
    /// `payment_intent.succeeded` or `payment_intent.payment_failed`; others are ignored.
    #[schema(rename = "type", example = "payment_intent.succeeded")]
    pub kind: String,
    /// `object` is the payment intent, with `billingRecordId` (or `billingRecordIds`, with commas between) and
    /// `contractorId` in its metadata.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// Take a payment's end.
///
/// A payment that fits its billing records marks them as paid, once. One that does not is kept for the administrator and
/// answered 200 all the same.
#[utoipa::path(post, path = "/api/webhooks/stripe", tag = "Webhooks", security(("stripe" = [])), request_body = StripeEvent,
    operation_id = "stripe_events", responses(
    (status = 200, description = "Taken", body = Received),
    (status = 403, description = "The signature is missing, wrong, or of another time", body = ErrorBody),
    (status = 503, description = "STRIPE_WEBHOOK_SECRET is not set", body = ErrorBody),
))]
pub async fn events(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<Json<Received>> {
    let Some(secret) = &state.ctx.settings.stripe.webhook_secret else { return Err(not_set("STRIPE_WEBHOOK_SECRET")) };
    let signature = headers.get("stripe-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept(&state.ctx, secret.expose(), signature, &body, &address).await?;
    Ok(Json(Received { received: true }))
}

/// Takes what Stripe, or the sandbox in its place, has signed.
pub(super) async fn accept(ctx: &Ctx, secret: &str, signature: &str, body: &[u8], address: &ClientAddress) -> Answer<()> {
    if let Err(why) = signatures::verify_stripe(secret, signature, body, ctx.now()) {
        return Err(refuse(ctx, Source::Stripe, body, why, address).await);
    }
    Ok(take(ctx, Source::Stripe, body).await?)
}

/// An event's text without what it tells of cards; nothing of that is needed here.
pub(super) fn without_cards(body: Cow<'_, str>) -> Cow<'_, str> {
    if !CARDS.iter().any(|name| body.contains(name)) {
        return body;
    }
    match serde_json::from_str::<Value>(&body) {
        Ok(mut event) => {
            remove_cards(&mut event);
            event.to_string().into()
        }
        // It is no event, and cannot be processed again.
        Err(_) => Cow::Borrowed(""),
    }
}

const CARDS: [&str; 6] = ["payment_method_details", "payment_method_data", "card", "charges", "source", "latest_charge"];

fn remove_cards(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !CARDS.contains(&name.as_str()));
            members.values_mut().for_each(remove_cards);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_cards),
        _ => {}
    }
}

/// One event.
pub(super) struct Event {
    pub id: Option<String>,
    pub kind: String,
    /// None for a kind that is ignored.
    news: Option<PaymentNews>,
}

/// Errors: `Malformed` for what is no event.
pub(super) fn read(body: &str) -> Outcome<Event> {
    let event: Value = serde_json::from_str(body).map_err(|_| Problem::Malformed("The body is not valid JSON".into()))?;
    let kind = text(&event["type"]).ok_or_else(|| Problem::Malformed("The body is not an event: it has no type".into()))?;
    let intent = &event["data"]["object"];
    // The bank wants to hear the payer: ours goes on, on Stripe's page.
    let goes_on = intent["last_payment_error"]["code"] == "authentication_required" && intent["metadata"]["paymentId"].is_string();
    let news = match kind.as_str() {
        FAILED if goes_on => None,
        SUCCEEDED | FAILED => Some(read_payment(intent, kind == SUCCEEDED)),
        _ => None,
    };
    Ok(Event { id: text(&event["id"]), kind, news })
}

fn read_payment(intent: &Value, succeeded: bool) -> PaymentNews {
    let metadata = &intent["metadata"];
    let several = text(&metadata["billingRecordIds"]).unwrap_or_default();
    let records = several.split(',').map(|id| id.trim().to_owned()).chain(text(&metadata["billingRecordId"]));
    PaymentNews {
        provider_id: text(&intent["id"]).unwrap_or_default(),
        amount: intent["amount"].as_i64().map(Money),
        currency: text(&intent["currency"]).map(|currency| currency.to_lowercase()),
        succeeded,
        reason: text(&intent["last_payment_error"]["message"]).filter(|_| !succeeded),
        payment_id: text(&metadata["paymentId"]),
        contractor_id: text(&metadata["contractorId"]),
        record_ids: records.filter(|id| !id.is_empty()).take(payments::MOST_RECORDS + 1).collect(),
    }
}

/// A text that can be kept: not blank, not endless, without NUL, which Postgres does not take.
fn text(value: &Value) -> Option<String> {
    let text: String = value.as_str()?.chars().filter(|c| !c.is_control()).take(5000).collect();
    (!text.trim().is_empty()).then_some(text)
}

/// Does what an event tells, in the transaction of its log entry.
pub(super) async fn process(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Outcome<Done> {
    let Some(news) = &event.news else { return Ok(Done::ignored("an event of a kind that is not used here")) };
    Ok(match payments::settle(ctx, tx, news).await? {
        Settled::Done => Done::PROCESSED,
        Settled::Known(why) => Done::ignored(why),
        Settled::Mismatch(why) => Done { result: WebhookResult::Mismatch, why: Some(why) },
    })
}
