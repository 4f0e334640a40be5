//! Signed webhooks of providers: proven, written down, and processed at most once (decision 9).
//!
//! A webhook's way is one transaction: its event is claimed, what it tells is done, and the log says what became of it.

pub mod sandbox;
pub mod sendgrid;
pub mod simulator;
pub mod stripe;
pub mod twilio;

use crate::api::getcontractor::error::Refusal;
use crate::http::body;
use crate::http::client_address::ClientAddress;
use axum::extract::{FromRequest, Request};
use http_body_util::BodyExt as _;
use kernel::{Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::webhooks::{self, Entry, Provider, Stored, Webhook, WebhookResult};
use platform::{Ctx, Tx, audit};
use serde_json::json;
use std::borrow::Cow;
use std::fmt::Display;

/// A body as it was signed. Errors: `TooLarge`, `Malformed`.
#[derive(Clone, Debug)]
pub struct Raw(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Raw, Refusal> {
        let bytes = request.into_body().collect().await.map_err(|error| body::unreadable(&error))?.to_bytes();
        Ok(Raw(bytes.into()))
    }
}

/// Which webhook was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Stripe,
    SendGrid,
    TwilioCall,
    TwilioSms,
}

impl Source {
    fn provider(self) -> Provider {
        match self {
            Source::Stripe => Provider::Stripe,
            Source::SendGrid => Provider::SendGrid,
            Source::TwilioCall | Source::TwilioSms => Provider::Twilio,
        }
    }

    /// The kind in the log when the body does not tell one.
    fn kind(self) -> &'static str {
        match self {
            Source::Stripe => "event",
            Source::SendGrid => "batch",
            Source::TwilioCall => "call-status",
            Source::TwilioSms => "sms-status",
        }
    }

    fn of(webhook: &Webhook) -> Source {
        match webhook.provider {
            Provider::Stripe => Source::Stripe,
            Provider::SendGrid => Source::SendGrid,
            Provider::Twilio if webhook.kind == Source::TwilioSms.kind() => Source::TwilioSms,
            Provider::Twilio => Source::TwilioCall,
        }
    }

    /// What is kept of a body: all, but nothing about cards (seed 000, Data Privacy; decision 38).
    fn kept(self, body: &[u8]) -> Cow<'_, str> {
        let text = String::from_utf8_lossy(body);
        match self {
            Source::Stripe => stripe::without_cards(text),
            _ => text,
        }
    }

    /// Errors: what is wrong with the body.
    fn read(self, body: &[u8]) -> Outcome<Message> {
        let text = std::str::from_utf8(body).map_err(|_| Problem::Malformed("The body is not valid UTF-8".into()))?;
        match self {
            Source::Stripe => stripe::read(text).map(Message::Stripe),
            Source::SendGrid => sendgrid::read(text).map(Message::SendGrid),
            Source::TwilioCall => twilio::read_call(body).map(Message::Call),
            Source::TwilioSms => twilio::read_sms(body).map(Message::Sms),
        }
    }
}

/// What a webhook tells.
enum Message {
    Stripe(stripe::Event),
    SendGrid(sendgrid::Batch),
    /// None for a status that means nothing here.
    Call(Option<leads::calls::CallEvent>),
    Sms(twilio::SmsStatus),
}

impl Message {
    fn kind(&self, source: Source) -> String {
        match self {
            Message::Stripe(event) => event.kind.clone(),
            Message::SendGrid(batch) => batch.kind.clone(),
            Message::Call(_) | Message::Sms(_) => source.kind().into(),
        }
    }

    /// The provider's id of it, or what it says; none for a batch, whose entries have their own.
    fn event_id(&self, source: Source, body: &[u8]) -> Option<String> {
        let digest = || webhooks::digest(&format!("{}\n{}", source.kind(), String::from_utf8_lossy(body)));
        match self {
            Message::Stripe(event) => Some(event.id.clone().unwrap_or_else(digest)),
            Message::SendGrid(_) => None,
            Message::Call(_) | Message::Sms(_) => Some(digest()),
        }
    }

    async fn process(&self, ctx: &Ctx, tx: &mut Tx, is_replay: bool) -> Outcome<Done> {
        match self {
            Message::Stripe(event) => stripe::process(ctx, tx, event).await,
            Message::SendGrid(batch) => sendgrid::process(ctx, tx, batch, is_replay).await,
            Message::Call(None) => Ok(Done::ignored("a call status that is not known")),
            Message::Call(Some(event)) => leads::calls::record_in(ctx, tx, event).await.map(|()| Done::PROCESSED),
            Message::Sms(status) => twilio::process_sms(tx, status).await,
        }
    }
}

/// What became of a webhook, and why.
#[derive(Debug)]
struct Done {
    result: WebhookResult,
    why: Option<String>,
}

impl Done {
    const PROCESSED: Done = Done { result: WebhookResult::Processed, why: None };
    const DUPLICATE: Done = Done { result: WebhookResult::Duplicate, why: None };

    fn ignored(why: impl Into<String>) -> Done {
        Done { result: WebhookResult::Ignored, why: Some(why.into()) }
    }
}

/// Processes a webhook whose signature is right. A failure is written down too, so that somebody sees it; the answer
/// makes the provider send it again. Errors: `Malformed` or `Invalid` for a body that cannot be read.
async fn take(ctx: &Ctx, source: Source, body: &[u8]) -> Outcome<()> {
    let failed = match source.read(body) {
        Ok(message) => {
            let (kind, event_id) = (message.kind(source), message.event_id(source, body));
            match process_and_log(ctx, source, body, &message, &kind, event_id.as_deref()).await {
                Ok(()) => return Ok(()),
                Err(problem) => (problem, kind, event_id),
            }
        }
        Err(problem) => (problem, source.kind().to_owned(), None),
    };
    let (problem, kind, event_id) = failed;
    let why = reason_of(&problem);
    if let Err(error) = log(ctx, source, body, &kind, event_id.as_deref(), WebhookResult::Failed, Some(&why)).await {
        tracing::error!(error = error.for_log(), "a webhook that failed could not be written down");
    }
    Err(problem)
}

async fn process_and_log(ctx: &Ctx, source: Source, body: &[u8], message: &Message, kind: &str, event_id: Option<&str>) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    let is_new = match event_id {
        Some(event_id) => webhooks::claim(ctx, &mut tx, source.provider(), event_id).await?,
        None => true,
    };
    let done = if is_new { message.process(ctx, &mut tx, false).await? } else { Done::DUPLICATE };
    let body = source.kept(body);
    let entry = entry_of(source, &body, kind, event_id, done.result, done.why.as_deref());
    webhooks::record(ctx, &mut tx, &entry).await?;
    tx.commit().await
}

async fn log(
    ctx: &Ctx,
    source: Source,
    body: &[u8],
    kind: &str,
    event_id: Option<&str>,
    result: WebhookResult,
    why: Option<&str>,
) -> Outcome<()> {
    let body = source.kept(body);
    let mut tx = ctx.begin().await?;
    webhooks::record(ctx, &mut tx, &entry_of(source, &body, kind, event_id, result, why)).await?;
    tx.commit().await
}

fn entry_of<'a>(
    source: Source,
    body: &'a str,
    kind: &'a str,
    event_id: Option<&'a str>,
    result: WebhookResult,
    error: Option<&'a str>,
) -> Entry<'a> {
    Entry { provider: source.provider(), event_id, kind, body, is_signed: true, result, error }
}

/// For an administrator: an internal fault with its source.
fn reason_of(problem: &Problem) -> String {
    match problem {
        Problem::Internal(source) => source.to_string(),
        Problem::Invalid(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// Writes down a webhook that nobody has signed, and refuses it (seed 000: "Invalid signatures return 403 Forbidden").
async fn refuse(ctx: &Ctx, source: Source, body: &[u8], why: impl Display, address: &ClientAddress) -> Refusal {
    let (why, from) = (why.to_string(), address.client.to_string());
    if let Err(error) = webhooks::reject(ctx, source.provider(), source.kind(), source.kept(body).as_bytes(), &why, &from).await {
        tracing::error!(error = error.for_log(), "a rejected webhook could not be written down");
    }
    Problem::Forbidden("Invalid webhook signature").into()
}

/// What a provider is told whose secret is not set.
fn not_set(setting: &str) -> Refusal {
    Problem::Unavailable(format!("Webhooks are not taken: the setting {setting} is missing")).into()
}

/// Processes a stored webhook again. Errors: `NotFound`, `Conflict` (`not_replayable`) without a right signature or the
/// whole body; what processing it meets is written down as its result.
pub async fn replay(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<Webhook> {
    caller.may(Permission::Settings)?;
    let mut tx = ctx.begin().await?;
    let Stored { webhook, body } = webhooks::lock(&mut tx, id).await?;
    if !webhook.is_signed || webhook.is_cut {
        let message = "Only a webhook with a right signature and its whole body can be processed again";
        return Err(Problem::conflict("not_replayable", message));
    }
    let done = match process_again(ctx, &mut tx, &webhook, body.as_bytes()).await {
        Ok(done) => done,
        Err(problem) => {
            tracing::warn!(webhook = id, error = problem.for_log(), "a webhook failed again");
            // What it did so far is undone.
            drop(tx);
            tx = ctx.begin().await?;
            Done { result: WebhookResult::Failed, why: Some(reason_of(&problem)) }
        }
    };
    webhooks::record_replay(ctx, &mut tx, id, done.result, done.why.as_deref()).await?;
    let detail = json!({ "provider": webhook.provider, "kind": webhook.kind, "result": done.result });
    audit::record(ctx, &mut tx, caller, "webhook_replayed", id, detail).await?;
    tx.commit().await?;
    Ok(Webhook { result: done.result, error: done.why, replayed_at: Some(ctx.now()), ..webhook })
}

async fn process_again(ctx: &Ctx, tx: &mut Tx, webhook: &Webhook, body: &[u8]) -> Outcome<Done> {
    let message = Source::of(webhook).read(body)?;
    if let Some(event_id) = &webhook.event_id {
        // If it failed before, the provider's own repetition is now a duplicate.
        webhooks::claim(ctx, tx, webhook.provider, event_id).await?;
    }
    message.process(ctx, tx, true).await
}
