//! Twilio's call status callbacks (seed 000, Twilio Call Status; decisions 9 and 25).

use crate::api::getcontractor::error::{Answer, ErrorBody};
use crate::http::client_address::ClientAddress;
use crate::http::slashes::AskedUri;
use crate::state::AppState;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Problem};
use leads::calls::{self, CallEvent};
use platform::{audit, auth};
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
    Extension(AskedUri(asked)): Extension<AskedUri>,
    headers: HeaderMap,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Answer<Response> {
    let Some(secret) = &state.ctx.settings.twilio.auth_token else {
        let why = "Calls are not taken: the setting TWILIO_AUTH_TOKEN is missing";
        return Err(Problem::Unavailable(why.into()).into());
    };
    let Form(fields) = form.map_err(|rejection| unreadable(&rejection))?;
    let signature = headers.get("x-twilio-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path = asked.path_and_query().map_or("/", |p| p.as_str());
    let url = format!("{}{path}", state.ctx.settings.public_url);
    if !auth::verify_twilio(secret.expose(), &url, &fields, signature) {
        let what = if signature.is_empty() { "no signature" } else { "wrong signature" };
        let from = address.client.to_string();
        audit::security_event(&state.ctx, "twilio_signature", &format!("call status callback with {what}"), Some(&from)).await?;
        return Err(Problem::Forbidden("Invalid webhook signature").into());
    }
    if let Some(event) = read(&fields)? {
        calls::record(&state.ctx, &event).await?;
    }
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], TWIML).into_response())
}

fn unreadable(rejection: &FormRejection) -> Problem {
    let status = rejection.status();
    if status == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge { limit: crate::http::body::MOST };
    }
    Problem::Malformed("The body must be application/x-www-form-urlencoded".into())
}

/// The event, or none for a status that means nothing here. Errors: `Invalid` without a CallSid or CallStatus.
fn read(fields: &[(String, String)]) -> Result<Option<CallEvent>, Problem> {
    let cut = |name: &str, most: usize| {
        let text = fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim())?;
        // Postgres takes no NUL in a text.
        let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
        (!text.is_empty()).then_some(text)
    };
    let value = |name: &str| cut(name, 500);
    let (call_sid, status) = match (value("CallSid"), value("CallStatus")) {
        (Some(sid), Some(status)) => (sid, status),
        (sid, status) => {
            let missing = [("CallSid", sid.is_none()), ("CallStatus", status.is_none())];
            let errors = missing.iter().filter(|(_, gone)| *gone).map(|(name, _)| FieldError::new(*name, FieldError::REQUIRED));
            return Err(Problem::Invalid(errors.collect()));
        }
    };
    let Ok(status) = status.parse() else {
        // Signed, so Twilio means something new: not an error, for it would be sent again and again.
        tracing::warn!(call_sid, status, "a call status that is not known");
        return Ok(None);
    };
    Ok(Some(CallEvent {
        call_sid,
        status,
        duration: value("CallDuration").and_then(|text| text.parse().ok()).filter(|seconds| (0..=86_400 * 7).contains(seconds)),
        from: cut("From", 64).unwrap_or_default(),
        to: cut("To", 64).unwrap_or_default(),
        recording_url: value("RecordingUrl"),
        recording_sid: value("RecordingSid"),
        direction: value("Direction"),
    }))
}
