//! A page that plays Stripe where no key of Stripe's is set: for trying out and for tests, never in production.
//! Its events are signed and taken like Stripe's own.

use super::stripe;
use crate::api::getcontractor::error::Answer;
use crate::http::client_address::ClientAddress;
use crate::http::params::PathId;
use crate::http::security_headers;
use crate::pages;
use crate::state::AppState;
use app::sandbox::{self, BILLING};
use axum::extract::{Form, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use axum::{Extension, Router};
use kernel::Problem;
use leads::payments::{self, PaymentStatus, PaymentView};
use platform::signatures;
use serde::Deserialize;
use serde_json::json;

/// The page, which `app::sandbox` draws, and its form.
pub fn routes() -> Router<AppState> {
    Router::new().route("/pay/sandbox/{id}", get(page).post(play))
}

async fn page(State(state): State<AppState>, PathId(id): PathId) -> Answer<impl IntoResponse> {
    let payment = payments::find_in_sandbox(&state.ctx, &id).await?;
    let nonce = state.ctx.new_secret();
    let policy = security_headers::policy_of_page(Some(&nonce), None);
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(sandbox::page(pages::options(), nonce, &payment))))
}

/// Which end the payment is to have.
#[derive(Debug, Deserialize)]
struct Play {
    outcome: String,
    card: Option<String>,
}

async fn play(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    PathId(id): PathId,
    Form(play): Form<Play>,
) -> Answer<Redirect> {
    let ctx = &state.ctx;
    let payment = payments::find_in_sandbox(ctx, &id).await?;
    let succeeded = match play.outcome.as_str() {
        "succeeded" => true,
        "failed" => false,
        _ => return Err(Problem::invalid("outcome", "must be one of succeeded, failed").into()),
    };
    let body = event_of(&ctx.new_id(), &payment, succeeded);
    let secret = ctx.settings.stripe.webhook_secret.as_ref().map_or_else(|| ctx.new_secret(), |secret| secret.expose().to_owned());
    let signature = signatures::stripe_signature(&secret, ctx.now(), body.as_bytes());
    stripe::accept(ctx, &secret, &signature, body.as_bytes(), &address).await?;
    if let Some(card) = play.card.filter(|_| succeeded && payment.saves_card && payment.status != PaymentStatus::Succeeded) {
        payments::save_sandbox_card(ctx, &payment, &card).await?;
    }
    Ok(Redirect::to(&format!("{BILLING}?payment={id}")))
}

/// The event that Stripe would send.
fn event_of(event_id: &str, payment: &PaymentView, succeeded: bool) -> String {
    let (kind, status) = match succeeded {
        true => ("payment_intent.succeeded", "succeeded"),
        false => ("payment_intent.payment_failed", "requires_payment_method"),
    };
    json!({
        "id": format!("evt_sandbox_{event_id}"),
        "type": kind,
        "data": { "object": {
            "id": format!("pi_sandbox_{}", payment.id),
            "amount": payment.amount.0,
            "currency": "usd",
            "status": status,
            "last_payment_error": (!succeeded).then(|| json!({ "message": "The sandbox declined the card." })),
            "metadata": {
                "paymentId": payment.id, "contractorId": payment.contractor_id, "billingRecordIds": payment.record_ids.join(","),
            },
        } },
    })
    .to_string()
}
