//! Submitting a lead (seed 000, Submit Lead).

use super::callers::MaybeSource;
use super::error::{Answer, ErrorBody};
use crate::http::body::{Body, Json};
use crate::http::client_address::ClientAddress;
use crate::http::idempotency::RequestId;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leads::intake::{self, Origin, SubmitOutcome};
use leads::lead::NewLead;
use platform::auth::Caller;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// A request for service.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SubmitLead {
    #[schema(max_length = 100, example = "John")]
    pub customer_first_name: String,
    #[schema(max_length = 100, example = "Smith")]
    pub customer_last_name: String,
    #[schema(format = Email, example = "john@example.com")]
    pub customer_email: Option<String>,
    /// Ten digits; spaces, hyphens, parentheses and +1 are accepted.
    #[schema(example = "5551234567")]
    pub customer_phone: String,
    #[schema(max_length = 200, example = "123 Main St")]
    pub customer_address: Option<String>,
    #[schema(max_length = 100, example = "Beverly Hills")]
    pub customer_city: Option<String>,
    /// Two letters.
    #[schema(example = "CA")]
    pub customer_state: Option<String>,
    /// Five digits.
    #[schema(example = "90210")]
    pub customer_zip: String,
    /// `ac_repair`, `heating_repair`, `installation`, `maintenance` or `emergency`.
    #[schema(example = "ac_repair")]
    pub service_type: String,
    #[schema(max_length = 2000, example = "AC not cooling properly")]
    pub service_description: Option<String>,
    /// `emergency`, `within_24_hours`, `within_week` or `flexible`.
    #[schema(example = "within_24_hours")]
    pub timeline: String,
    #[schema(max_length = 60, example = "500-1000")]
    pub budget_range: String,
    /// `residential` or `commercial`.
    #[schema(example = "residential")]
    pub property_type: String,
    pub consent: Option<SubmitConsent>,
}

/// Evidence that the customer agreed to be called; it is kept with the lead, the client's address and the time.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SubmitConsent {
    /// What the customer agreed to, word for word.
    #[schema(max_length = 5000, example = "I agree to be called about my request.")]
    pub text: String,
    /// The page that showed it.
    #[schema(max_length = 2000, example = "https://example.com/hvac")]
    pub page: String,
    /// The time of the request when absent.
    #[schema(format = DateTime)]
    pub given_at: Option<String>,
}

/// Said only of a lead whose phone, service and ZIP are those of a recent one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    /// Always true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<bool>,
    /// The first lead of this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
}

/// A lead that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmittedLead {
    pub success: bool,
    #[schema(example = "Lead submitted successfully")]
    pub message: &'static str,
    #[schema(example = "clxyz456")]
    pub lead_id: String,
    /// 0–200.
    #[schema(example = 150)]
    pub score: i64,
    /// PLATINUM, GOLD, SILVER, BRONZE or NURTURE.
    #[schema(example = "PLATINUM")]
    pub category: &'static str,
    /// Dollars.
    #[schema(example = 250.0)]
    pub price: f64,
    #[serde(flatten)]
    pub duplicate: Duplicate,
}

/// Nobody serves the area yet; the lead is kept and offered later (decision 21).
#[derive(Debug, Serialize, ToSchema)]
pub struct NoContractor {
    #[schema(example = false)]
    pub success: bool,
    #[schema(example = "No contractors available in your area")]
    pub error: &'static str,
    #[schema(example = "Zip code: 99999")]
    pub details: String,
    #[serde(flatten)]
    pub duplicate: Duplicate,
}

/// Submit a lead.
///
/// Scores and prices it, and assigns it to one contractor. A lead source's key (`X-API-Key`) marks the lead as the
/// source's. A lead whose phone, service and ZIP are those of a recent one is linked to it, and is not sold to a
/// contractor who had it. With an `Idempotency-Key` the request may be repeated for a day: it is done once.
#[utoipa::path(post, path = "/api/leads/submit", tag = "Public", request_body = SubmitLead, security((), ("source" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters of your choice, new for each lead")), responses(
    (status = 201, description = "Taken", body = SubmittedLead),
    (status = 401, description = "The key is wrong or revoked", body = ErrorBody),
    (status = 404, description = "No contractor serves the area; the lead is kept", body = NoContractor),
    (status = 409, description = "The Idempotency-Key was used for another request, or its request is not finished", body = ErrorBody),
))]
pub async fn submit(
    State(state): State<AppState>,
    MaybeSource(partner): MaybeSource,
    address: Option<Extension<ClientAddress>>,
    request_id: Option<Extension<RequestId>>,
    Body(new): Body<NewLead>,
) -> Answer<Response> {
    let origin = Origin {
        source: partner.as_ref().map_or_else(|| "api".into(), |p| p.name.clone()),
        address: address.map(|Extension(address)| address.client.to_string()),
        request_id: request_id.map(|Extension(RequestId(id))| id),
    };
    let caller = partner.as_ref().map_or(Caller::Anyone, |p| Caller::LeadSource(p.id.clone()));
    let submitted = intake::submit_from(&state.ctx, &caller, &new, origin).await?;
    let duplicate = Duplicate { duplicate: submitted.duplicate_of.is_some().then_some(true), duplicate_of: submitted.duplicate_of };
    if let SubmitOutcome::NoContractor { zip } = &submitted.outcome {
        let details = format!("Zip code: {zip}");
        let body = NoContractor { success: false, error: "No contractors available in your area", details, duplicate };
        return Ok((StatusCode::NOT_FOUND, Json(json!(body))).into_response());
    }
    let body = SubmittedLead {
        success: true,
        message: "Lead submitted successfully",
        lead_id: submitted.lead_id,
        score: submitted.score,
        category: submitted.category.as_str(),
        price: submitted.price.dollars(),
        duplicate,
    };
    Ok((StatusCode::CREATED, Json(json!(body))).into_response())
}
