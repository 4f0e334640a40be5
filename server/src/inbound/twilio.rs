//! Twilio's call and message status callbacks (seed 000, Twilio Call Status; decisions 9 and 25).

use super::{Done, Raw, Source, not_set, refuse, take};
use crate::api::getcontractor::error::{Answer, ErrorBody};
use crate::http::client_address::ClientAddress;
use crate::http::slashes::AskedUri;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Outcome, Problem};
use leads::calls::CallEvent;
use platform::sms::{self, Noted};
use platform::{Ctx, Tx, auth};
use utoipa::ToSchema;

/// What the document shows, to the byte.
const TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response></Response>";

/// The fields of a callback; Twilio sends more.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct CallStatusCallback {
    pub call_sid: String,
    /// `initiated`, `ringing`, `in-progress`, `completed`, `failed`, `busy` or `no-answer`.
    #[schema(example = "completed")]
    pub call_status: String,
    /// Seconds.
    #[schema(example = "45")]
    pub call_duration: Option<String>,
    #[schema(example = "+15551234567")]
    pub from: Option<String>,
    #[schema(example = "+15559876543")]
    pub to: Option<String>,
    pub recording_url: Option<String>,
    pub recording_sid: Option<String>,
    #[schema(example = "outbound-api")]
    pub direction: Option<String>,
}

/// Take a call's status.
///
/// A completed call of 30 seconds or more bills the lead, once. A duplicate changes nothing.
#[utoipa::path(post, path = "/api/webhooks/twilio/call-status", tag = "Webhooks", security(("twilio" = [])),
    request_body(content = CallStatusCallback, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "Taken", body = String, content_type = "text/xml"),
    (status = 403, description = "The signature is missing or wrong", body = ErrorBody),
    (status = 503, description = "TWILIO_AUTH_TOKEN is not set", body = ErrorBody),
))]
pub async fn call_status(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    Extension(asked): Extension<AskedUri>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<Response> {
    accept(&state, Source::TwilioCall, &address, &asked, &headers, &body).await
}

/// The fields of a callback; Twilio sends more.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct SmsStatusCallback {
    pub message_sid: String,
    /// `queued`, `sending`, `sent`, `delivered`, `undelivered` or `failed`.
    #[schema(example = "delivered")]
    pub message_status: String,
    /// Why it was not delivered.
    #[schema(example = "30003")]
    pub error_code: Option<String>,
}

/// Take a text message's status.
///
/// A status never moves back, whatever order the callbacks come in.
#[utoipa::path(post, path = "/api/webhooks/twilio/sms-status", tag = "Webhooks", security(("twilio" = [])),
    request_body(content = SmsStatusCallback, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "Taken", body = String, content_type = "text/xml"),
    (status = 403, description = "The signature is missing or wrong", body = ErrorBody),
    (status = 503, description = "TWILIO_AUTH_TOKEN is not set", body = ErrorBody),
))]
pub async fn sms_status(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    Extension(asked): Extension<AskedUri>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<Response> {
    accept(&state, Source::TwilioSms, &address, &asked, &headers, &body).await
}

async fn accept(
    state: &AppState,
    source: Source,
    address: &ClientAddress,
    AskedUri(asked): &AskedUri,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer<Response> {
    let settings = &state.ctx.settings;
    let Some(secret) = &settings.twilio.auth_token else { return Err(not_set("TWILIO_AUTH_TOKEN")) };
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !header(header::CONTENT_TYPE.as_str()).to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::Malformed("The body must be application/x-www-form-urlencoded".into()).into());
    }
    let url = format!("{}{}", settings.public_url, asked.path_and_query().map_or("/", |p| p.as_str()));
    accept_signed(&state.ctx, source, secret.expose(), &url, header("x-twilio-signature"), body, address).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], TWIML).into_response())
}

/// Takes a callback of `url` whose signature is right.
pub(super) async fn accept_signed(
    ctx: &Ctx,
    source: Source,
    secret: &str,
    url: &str,
    signature: &str,
    body: &[u8],
    address: &ClientAddress,
) -> Answer<()> {
    if !auth::verify_twilio(secret, url, &fields_of(body), signature) {
        let why = if signature.is_empty() { "no signature" } else { "wrong signature" };
        return Err(refuse(ctx, source, body, why, address).await);
    }
    Ok(take(ctx, source, body).await?)
}

fn fields_of(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// One field of a callback: without control characters, for Postgres takes no NUL in a text.
fn value(fields: &[(String, String)], name: &str, most: usize) -> Option<String> {
    let text = fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim())?;
    let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// The two fields that must be there. Errors: `Invalid` naming those that are not.
fn required(fields: &[(String, String)], names: [&'static str; 2]) -> Outcome<(String, String)> {
    match names.map(|name| value(fields, name, 500)) {
        [Some(first), Some(second)] => Ok((first, second)),
        values => {
            let missing = names.iter().zip(&values).filter(|(_, value)| value.is_none());
            Err(Problem::Invalid(missing.map(|(name, _)| FieldError::new(*name, FieldError::REQUIRED)).collect()))
        }
    }
}

/// The event, or none for a status that means nothing here. Errors: `Invalid` without a CallSid or CallStatus.
pub(super) fn read_call(body: &[u8]) -> Outcome<Option<CallEvent>> {
    let fields = fields_of(body);
    let (call_sid, status) = required(&fields, ["CallSid", "CallStatus"])?;
    // Signed, so Twilio means something new: not an error, for it would be sent again and again.
    let Ok(status) = status.parse() else { return Ok(None) };
    let value = |name: &str, most| value(&fields, name, most);
    Ok(Some(CallEvent {
        call_sid,
        status,
        duration: value("CallDuration", 500).and_then(|text| text.parse().ok()).filter(|seconds| (0..=86_400 * 7).contains(seconds)),
        from: value("From", 64).unwrap_or_default(),
        to: value("To", 64).unwrap_or_default(),
        recording_url: value("RecordingUrl", 500),
        recording_sid: value("RecordingSid", 500),
        direction: value("Direction", 500),
    }))
}

/// What Twilio tells about a text message.
pub(super) struct SmsStatus {
    sid: String,
    status: String,
    error: Option<String>,
}

/// Errors: `Invalid` without a MessageSid or MessageStatus.
pub(super) fn read_sms(body: &[u8]) -> Outcome<SmsStatus> {
    let fields = fields_of(body);
    let (sid, status) = required(&fields, ["MessageSid", "MessageStatus"])?;
    Ok(SmsStatus { sid, status, error: value(&fields, "ErrorCode", 40).map(|code| format!("Twilio's error {code}")) })
}

/// Keeps a message's status, in the transaction of its log entry.
pub(super) async fn process_sms(tx: &mut Tx, news: &SmsStatus) -> Outcome<Done> {
    Ok(match sms::record_status(tx, &news.sid, &news.status, news.error.as_deref()).await? {
        Noted::Changed => Done::PROCESSED,
        Noted::Old => Done::ignored("the message is further already"),
        Noted::Unknown => Done::ignored("a message or status that is not known"),
    })
}
