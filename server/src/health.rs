//! Whether the service works (seed 000, Health Check; decision 2).

use crate::api::getcontractor::stamp;
use crate::http::body::Json;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The answer of `/health`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `healthy` or `unhealthy`.
    #[schema(example = "healthy")]
    pub status: &'static str,
    #[schema(format = DateTime, example = "2025-10-05T12:00:00.000Z")]
    pub timestamp: String,
    /// `connected`, or why not.
    #[schema(example = "connected")]
    pub database: String,
    #[schema(example = "1.0")]
    pub version: &'static str,
    pub application: &'static str,
}

/// Check API status and database connectivity.
#[utoipa::path(get, path = "/health", tag = "Public", responses(
    (status = 200, description = "The service works", body = Health),
    (status = 503, description = "The database does not answer", body = Health),
))]
pub async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let answer = tokio::time::timeout(Duration::from_secs(3), state.ctx.db.ping()).await;
    // The reason is fixed text: a driver's message may hold an address or a name.
    let (code, status, database) = match answer {
        Ok(Ok(())) => (StatusCode::OK, "healthy", "connected"),
        Ok(Err(problem)) => {
            tracing::error!(error = problem.for_log(), "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unhealthy", "no connection")
        }
        Err(_) => {
            tracing::error!("the database does not answer in time");
            (StatusCode::SERVICE_UNAVAILABLE, "unhealthy", "no answer within 3 seconds")
        }
    };
    let health = Health { status, timestamp: stamp(state.ctx.now()), database: database.into(), version: "1.0", application: "plumbline" };
    (code, Json(health))
}
