//! What customers think of the work (decision 30).

use super::error::Answer;
use crate::http::body::{Body, Json};
use crate::http::params::PathId;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use leads::feedback::{self, NewFeedback};
use serde::Serialize;
use utoipa::ToSchema;

/// Whom and what the feedback is about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackForm {
    #[schema(example = "John")]
    pub customer_first_name: String,
    #[schema(example = "HVAC Pros")]
    pub business_name: String,
    #[schema(example = "ac_repair")]
    pub service_type: &'static str,
}

/// What a mailed feedback link is about.
#[utoipa::path(get, path = "/api/feedback/{token}", tag = "Public", operation_id = "feedback_form",
    params(("token" = String, Path, description = "From the mailed link")), responses(
    (status = 200, description = "Not answered yet", body = FeedbackForm),
    (status = 409, description = "The link was used, or has expired", body = super::error::ErrorBody),
))]
pub async fn form(State(state): State<AppState>, PathId(token): PathId) -> Answer<Json<FeedbackForm>> {
    let form = feedback::form(&state.ctx, &token).await?;
    let (customer_first_name, business_name) = (form.customer_first_name, form.business_name);
    Ok(Json(FeedbackForm { customer_first_name, business_name, service_type: form.service_type.as_str() }))
}

/// A customer's answer.
#[derive(Debug, ToSchema)]
pub struct GiveFeedback {
    #[schema(minimum = 1, maximum = 5, example = 5)]
    pub rating: i64,
    #[schema(max_length = 2000, example = "On time and friendly.")]
    pub comment: Option<String>,
    /// Whether the contractor came.
    pub attended: Option<bool>,
}

/// Thanks.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenFeedback {
    pub success: bool,
    #[schema(example = "Thank you for your feedback")]
    pub message: &'static str,
}

/// Give feedback; a link is good once.
#[utoipa::path(post, path = "/api/feedback/{token}", tag = "Public", request_body = GiveFeedback, operation_id = "give_feedback",
    params(("token" = String, Path, description = "From the mailed link")), responses(
    (status = 201, description = "Kept", body = GivenFeedback),
    (status = 409, description = "The link was used, or has expired", body = super::error::ErrorBody),
))]
pub async fn give(
    State(state): State<AppState>,
    PathId(token): PathId,
    Body(new): Body<NewFeedback>,
) -> Answer<(StatusCode, Json<GivenFeedback>)> {
    feedback::give(&state.ctx, &token, &new).await?;
    Ok((StatusCode::CREATED, Json(GivenFeedback { success: true, message: "Thank you for your feedback" })))
}
