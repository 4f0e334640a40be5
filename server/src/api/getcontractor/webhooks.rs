//! The webhooks that arrived, for the administrator (decision 9).

use super::callers::AdminCaller;
use super::error::{Answer, ErrorBody};
use super::stamp;
use crate::http::body::Json;
use crate::http::params::{Asked, Checked, PathId};
use crate::inbound;
use crate::state::AppState;
use axum::extract::State;
use kernel::Outcome;
use platform::webhooks::{self, Stored, WebhookFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A webhook that arrived.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    pub id: String,
    /// `stripe`, `sendgrid` or `twilio`.
    #[schema(example = "stripe")]
    pub provider: &'static str,
    /// The provider's id of the event, or a digest of what it says.
    pub event_id: Option<String>,
    #[schema(example = "payment_intent.succeeded")]
    pub kind: String,
    pub signature_valid: bool,
    /// `processed`, `duplicate`, `ignored`, `mismatch`, `rejected` or `failed`.
    #[schema(example = "processed")]
    pub result: &'static str,
    /// Why it was not processed.
    pub error: Option<String>,
    #[schema(format = DateTime)]
    pub received_at: String,
    #[schema(format = DateTime)]
    pub replayed_at: Option<String>,
    /// The beginning only of the body is kept.
    pub body_truncated: bool,
    /// As it was sent; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl From<webhooks::Webhook> for Webhook {
    fn from(webhook: webhooks::Webhook) -> Webhook {
        Webhook {
            id: webhook.id,
            provider: webhook.provider.as_str(),
            event_id: webhook.event_id,
            kind: webhook.kind,
            signature_valid: webhook.is_signed,
            result: webhook.result.as_str(),
            error: webhook.error,
            received_at: stamp(webhook.received_at),
            replayed_at: webhook.replayed_at.map(stamp),
            body_truncated: webhook.is_cut,
            body: None,
        }
    }
}

/// Which webhooks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct WebhookQuery {
    /// `stripe`, `sendgrid` or `twilio`.
    provider: Option<String>,
    /// `processed`, `duplicate`, `ignored`, `mismatch`, `rejected` or `failed`.
    result: Option<String>,
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

impl WebhookQuery {
    fn check(&self) -> Outcome<WebhookFilter> {
        let mut checked = Checked::default();
        let provider = checked.choice("provider", self.provider.as_deref());
        let result = checked.choice("result", self.result.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), 100);
        checked.finish()?;
        Ok(WebhookFilter { provider, result, ..WebhookFilter::of_page(page) })
    }
}

/// One page of webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    pub webhooks: Vec<Webhook>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// The webhooks of the last 30 days, newest first.
#[utoipa::path(get, path = "/api/admin/webhooks", tag = "Admin", params(WebhookQuery), security(("admin" = [])), responses(
    (status = 200, description = "One page of webhooks", body = WebhookList),
))]
pub async fn list_webhooks(
    State(state): State<AppState>,
    caller: AdminCaller,
    Asked(query): Asked<WebhookQuery>,
) -> Answer<Json<WebhookList>> {
    let filter = query.check()?;
    let listed = webhooks::list(&state.ctx, &caller.caller(), &filter).await?;
    let webhooks = listed.items.into_iter().map(Webhook::from).collect();
    Ok(Json(WebhookList { webhooks, total: listed.total, limit: filter.page.limit, offset: filter.page.offset }))
}

/// One webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDetails {
    pub webhook: Webhook,
}

/// One webhook with its body.
#[utoipa::path(get, path = "/api/admin/webhooks/{webhookId}", tag = "Admin",
    params(("webhookId" = String, Path, description = "The webhook")), security(("admin" = [])), responses(
    (status = 200, description = "The webhook", body = WebhookDetails),
))]
pub async fn get_webhook(State(state): State<AppState>, caller: AdminCaller, PathId(id): PathId) -> Answer<Json<WebhookDetails>> {
    let Stored { webhook, body } = webhooks::get(&state.ctx, &caller.caller(), &id).await?;
    Ok(Json(WebhookDetails { webhook: Webhook { body: Some(body), ..webhook.into() } }))
}

/// What became of a webhook that was processed again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayedWebhook {
    /// False when it failed again.
    pub success: bool,
    pub webhook: Webhook,
}

/// Process a stored webhook again.
#[utoipa::path(post, path = "/api/admin/webhooks/{webhookId}/replay", tag = "Admin",
    params(("webhookId" = String, Path, description = "The webhook")), security(("admin" = [])), responses(
    (status = 200, description = "What became of it", body = ReplayedWebhook),
    (status = 409, description = "Its signature was wrong, or its body is not whole", body = ErrorBody),
))]
pub async fn replay_webhook(State(state): State<AppState>, caller: AdminCaller, PathId(id): PathId) -> Answer<Json<ReplayedWebhook>> {
    let webhook = inbound::replay(&state.ctx, &caller.caller(), &id).await?;
    Ok(Json(ReplayedWebhook { success: webhook.result != webhooks::WebhookResult::Failed, webhook: webhook.into() }))
}
