//! What another program's schedule may start (seed 000, Cron Endpoints). The built-in schedule does the same by
//! itself; a second run finds nothing left to do.

use super::callers::CronCaller;
use super::error::Answer;
use crate::http::body::Json;
use crate::state::AppState;
use axum::extract::State;
use leads::{feedback, tracking};
use serde::Serialize;
use utoipa::ToSchema;

/// What was released.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recycled {
    pub success: bool,
    /// How many numbers.
    #[schema(example = 12)]
    pub recycled: i64,
    #[schema(example = "Recycled 12 tracking numbers from expired leads")]
    pub message: String,
}

/// Release the tracking numbers of leads older than seven days.
#[utoipa::path(post, path = "/api/cron/recycle-numbers", tag = "Cron", security(("cron" = [])), responses(
    (status = 200, description = "Done; 0 when there was nothing to do", body = Recycled),
))]
pub async fn recycle_numbers(State(state): State<AppState>, _caller: CronCaller) -> Answer<Json<Recycled>> {
    let recycled = i64::try_from(tracking::recycle(&state.ctx).await?).unwrap_or(i64::MAX);
    let message = format!("Recycled {recycled} tracking {} from expired leads", plural(recycled, "number"));
    Ok(Json(Recycled { success: true, recycled, message }))
}

/// Who was asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedbackAsked {
    pub success: bool,
    /// How many mails were handed to the outbox.
    #[schema(example = 8)]
    pub sent: i64,
    #[schema(example = "Sent 8 feedback request emails")]
    pub message: String,
}

/// Ask customers who were contacted a day ago for feedback, once each.
#[utoipa::path(post, path = "/api/cron/send-feedback-emails", tag = "Cron", security(("cron" = [])), responses(
    (status = 200, description = "Done; 0 when there was nobody to ask", body = FeedbackAsked),
))]
pub async fn send_feedback_emails(State(state): State<AppState>, _caller: CronCaller) -> Answer<Json<FeedbackAsked>> {
    let sent = feedback::send_requests(&state.ctx).await?;
    let message = format!("Sent {sent} feedback request {}", plural(sent, "email"));
    Ok(Json(FeedbackAsked { success: true, sent, message }))
}

fn plural(count: i64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
