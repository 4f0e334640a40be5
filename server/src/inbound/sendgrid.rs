//! SendGrid's mail events (seed 000, SendGrid Email Events; decision 34).

use super::stripe::Received;
use super::{Done, Raw, Source, not_set, refuse, take};
use crate::api::getcontractor::error::{Answer, ErrorBody};
use crate::http::body::Json;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use kernel::{Outcome, Problem};
use platform::webhooks::{self, Provider, WebhookResult};
use platform::{Ctx, Tx, mail, signatures};
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The events after which an address gets no more mail.
const HANDLED: [&str; 3] = ["bounce", "dropped", "spamreport"];

/// One entry of a batch; SendGrid sends more.
#[derive(Debug, ToSchema)]
pub struct MailEvent {
    #[schema(example = "contractor@example.com")]
    pub email: String,
    /// `bounce`, `dropped` or `spamreport`; others are ignored.
    #[schema(example = "bounce")]
    pub event: String,
    #[schema(example = "550 5.1.1 Mailbox does not exist")]
    pub reason: Option<String>,
    /// Seconds since 1970.
    #[schema(example = 1_696_512_000)]
    pub timestamp: Option<i64>,
    /// Of a bounce: `bounce`, or `blocked` for a passing one, which is ignored.
    #[schema(rename = "type", example = "bounce")]
    pub kind: Option<String>,
    /// An event is processed once.
    pub sg_event_id: Option<String>,
}

/// Take mail events.
///
/// An address that bounced, was dropped or complained gets no more mail until an administrator lifts that.
#[utoipa::path(post, path = "/api/webhooks/sendgrid", tag = "Webhooks", security(("sendgrid" = [])), request_body = Vec<MailEvent>,
    operation_id = "sendgrid_events", responses(
    (status = 200, description = "Taken", body = Received),
    (status = 403, description = "The signature is missing, wrong, or of another time", body = ErrorBody),
    (status = 503, description = "SENDGRID_WEBHOOK_PUBLIC_KEY is not set", body = ErrorBody),
))]
pub async fn events(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<Json<Received>> {
    let ctx = &state.ctx;
    let Some(key) = &ctx.settings.sendgrid_webhook_key else { return Err(not_set("SENDGRID_WEBHOOK_PUBLIC_KEY")) };
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let signature = header("x-twilio-email-event-webhook-signature");
    let timestamp = header("x-twilio-email-event-webhook-timestamp");
    if let Err(why) = signatures::verify_sendgrid(key, signature, timestamp, &body, ctx.now()) {
        return Err(refuse(ctx, Source::SendGrid, &body, why, &address).await);
    }
    take(ctx, Source::SendGrid, &body).await?;
    Ok(Json(Received { received: true }))
}

/// What one call brings.
pub(super) struct Batch {
    /// The events in it, each named once.
    pub kind: String,
    bounces: Vec<Bounce>,
    /// Entries that are no events.
    unreadable: usize,
}

struct Bounce {
    event_id: String,
    address: String,
    kind: String,
    reason: Option<String>,
    at: Option<DateTime<Utc>>,
}

/// Errors: `Malformed` for what is no list.
pub(super) fn read(body: &str) -> Outcome<Batch> {
    let Ok(entries) = serde_json::from_str::<Vec<Value>>(body) else {
        return Err(Problem::Malformed("The body must be a JSON list of events".into()));
    };
    let (mut names, mut bounces, mut unreadable) = (BTreeSet::new(), Vec::new(), 0);
    for entry in &entries {
        let Some(event) = entry["event"].as_str() else {
            unreadable += 1;
            continue;
        };
        names.insert(event.chars().filter(|c| !c.is_control()).take(40).collect::<String>());
        // A block is a passing fault of the receiver; the document means hard bounces.
        if !HANDLED.contains(&event) || entry["type"] == "blocked" {
            continue;
        }
        match read_bounce(entry, event) {
            Some(bounce) => bounces.push(bounce),
            None => unreadable += 1,
        }
    }
    let kind = if names.is_empty() { Source::SendGrid.kind().into() } else { names.into_iter().collect::<Vec<_>>().join(", ") };
    // In one order everywhere, so that two batches at once never wait for each other.
    bounces.sort_by(|a, b| a.event_id.cmp(&b.event_id));
    Ok(Batch { kind, bounces, unreadable })
}

fn read_bounce(entry: &Value, event: &str) -> Option<Bounce> {
    let address = entry["email"].as_str()?.trim();
    if !address.contains('@') || address.len() > 254 || address.chars().any(char::is_control) {
        return None;
    }
    let clean = |value: &Value| -> Option<String> {
        let text: String = value.as_str()?.chars().filter(|c| !c.is_control()).take(500).collect();
        (!text.trim().is_empty()).then_some(text)
    };
    let seconds = entry["timestamp"].as_i64().or_else(|| entry["timestamp"].as_str()?.parse().ok());
    Some(Bounce {
        event_id: clean(&entry["sg_event_id"]).unwrap_or_else(|| webhooks::digest(&entry.to_string())),
        address: address.to_lowercase(),
        kind: event.to_owned(),
        reason: clean(&entry["reason"]).or_else(|| clean(&entry["response"])),
        at: seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    })
}

/// Holds back mail to the addresses of a batch; an entry that was processed before changes nothing.
pub(super) async fn process(ctx: &Ctx, tx: &mut Tx, batch: &Batch, is_replay: bool) -> Outcome<Done> {
    let now = ctx.now();
    let mut fresh = Vec::new();
    for bounce in &batch.bounces {
        if webhooks::claim(ctx, tx, Provider::SendGrid, &bounce.event_id).await? || is_replay {
            fresh.push(bounce);
        }
    }
    fresh.sort_by(|a, b| (&a.address, a.at).cmp(&(&b.address, b.at)));
    for bounce in &fresh {
        let at = bounce.at.filter(|at| *at <= now).unwrap_or(now);
        mail::record_bounce(ctx, tx, &bounce.address, &bounce.kind, bounce.reason.as_deref(), at).await?;
    }
    let result = match (batch.bounces.len(), fresh.len()) {
        (0, _) => WebhookResult::Ignored,
        (_, 0) => WebhookResult::Duplicate,
        _ => WebhookResult::Processed,
    };
    let why = (batch.unreadable > 0).then(|| format!("{} of its entries could not be read", batch.unreadable));
    Ok(Done { result, why })
}
