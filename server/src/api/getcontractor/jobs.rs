//! Jobs that wait, and those that are dead, for the administrator.

use super::callers::AdminCaller;
use super::error::{Answer, ErrorBody};
use super::stamp;
use crate::http::body::Json;
use crate::http::params::{Asked, Checked, PathId};
use crate::state::AppState;
use axum::extract::State;
use kernel::Outcome;
use platform::jobs::{self, JobFilter, JobView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A job; what it carries stays inside.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub id: String,
    #[schema(example = "send_mail")]
    pub kind: String,
    /// `queued`, `done` or `dead`.
    #[schema(example = "dead")]
    pub status: &'static str,
    /// Tries so far.
    pub attempts: i64,
    pub max_attempts: i64,
    /// When it runs next, or when it ended.
    #[schema(format = DateTime)]
    pub run_at: String,
    pub last_error: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<JobView> for Job {
    fn from(job: JobView) -> Job {
        Job {
            id: job.id,
            kind: job.kind,
            status: job.status.as_str(),
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            run_at: stamp(job.run_at),
            last_error: job.last_error,
            created_at: stamp(job.created_at),
        }
    }
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct JobQuery {
    /// `queued`, `done` or `dead`.
    status: Option<String>,
    /// `send_mail`, `send_sms` …
    kind: Option<String>,
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

impl JobQuery {
    fn check(&self) -> Outcome<JobFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let kind = checked.id("kind", self.kind.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), 100);
        checked.finish()?;
        Ok(JobFilter { status, kind, ..JobFilter::of_page(page) })
    }
}

/// One page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    pub jobs: Vec<Job>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// The jobs, newest first.
#[utoipa::path(get, path = "/api/admin/jobs", tag = "Admin", params(JobQuery), security(("admin" = [])), responses(
    (status = 200, description = "One page of jobs", body = JobList),
))]
pub async fn list_jobs(State(state): State<AppState>, caller: AdminCaller, Asked(query): Asked<JobQuery>) -> Answer<Json<JobList>> {
    let filter = query.check()?;
    let listed = jobs::list(&state.ctx, &caller.caller(), &filter).await?;
    let jobs = listed.items.into_iter().map(Job::from).collect();
    Ok(Json(JobList { jobs, total: listed.total, limit: filter.page.limit, offset: filter.page.offset }))
}

/// A job that runs again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetriedJob {
    pub success: bool,
    pub job: Job,
}

/// Let a dead job run again, with all its tries.
#[utoipa::path(post, path = "/api/admin/jobs/{jobId}/retry", tag = "Admin",
    params(("jobId" = String, Path, description = "The job")), security(("admin" = [])), responses(
    (status = 200, description = "It runs again", body = RetriedJob),
    (status = 409, description = "It is not dead", body = ErrorBody),
))]
pub async fn retry_job(State(state): State<AppState>, caller: AdminCaller, PathId(id): PathId) -> Answer<Json<RetriedJob>> {
    let job = jobs::retry(&state.ctx, &caller.caller(), &id).await?;
    Ok(Json(RetriedJob { success: true, job: job.into() }))
}

/// A job that is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscardedJob {
    pub success: bool,
    pub id: String,
}

/// Remove a dead job for good.
#[utoipa::path(delete, path = "/api/admin/jobs/{jobId}", tag = "Admin",
    params(("jobId" = String, Path, description = "The job")), security(("admin" = [])), responses(
    (status = 200, description = "It is gone", body = DiscardedJob),
    (status = 409, description = "It is not dead", body = ErrorBody),
))]
pub async fn discard_job(State(state): State<AppState>, caller: AdminCaller, PathId(id): PathId) -> Answer<Json<DiscardedJob>> {
    jobs::discard(&state.ctx, &caller.caller(), &id).await?;
    Ok(Json(DiscardedJob { success: true, id }))
}
