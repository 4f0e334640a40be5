//! Submitting a lead (seed 000, Submit Lead).

use super::error::Answer;
use crate::http::body::Body;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leads::intake::{self, SubmitOutcome};
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
}

/// Submit a lead.
///
/// Scores and prices it, and assigns it to one contractor.
#[utoipa::path(post, path = "/api/leads/submit", tag = "Public", request_body = SubmitLead, responses(
    (status = 201, description = "Taken", body = SubmittedLead),
    (status = 404, description = "No contractor serves the area; the lead is kept", body = NoContractor),
))]
pub async fn submit(State(state): State<AppState>, Body(new): Body<NewLead>) -> Answer<Response> {
    let submitted = intake::submit(&state.ctx, &Caller::Anyone, &new, "api").await?;
    if let SubmitOutcome::NoContractor { zip } = &submitted.outcome {
        let body = NoContractor { success: false, error: "No contractors available in your area", details: format!("Zip code: {zip}") };
        return Ok((StatusCode::NOT_FOUND, Json(json!(body))).into_response());
    }
    let body = SubmittedLead {
        success: true,
        message: "Lead submitted successfully",
        lead_id: submitted.lead_id,
        score: submitted.score,
        category: submitted.category.as_str(),
        price: submitted.price.dollars(),
    };
    Ok((StatusCode::CREATED, Json(json!(body))).into_response())
}
