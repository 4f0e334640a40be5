//! The audit log as a file.

use super::file::{ANY_PAGE, download, text, words};
use crate::api::getcontractor::callers::Viewer;
use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use leads::export;
use platform::audit::{AuditFilter, Entry};
use serde::Deserialize;
use utoipa::IntoParams;

const AUDIT: &str = "Entry ID,Date,By,Action,About,Details";

fn audit_row(entry: &Entry) -> Vec<String> {
    vec![
        text(&entry.id),
        stamp(entry.at),
        text(&entry.actor),
        text(&entry.action),
        text(&entry.subject_id),
        text(&entry.detail.to_string()),
    ]
}

/// Which actions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditExportQuery {
    /// From this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// Who did it: `admin`, `contractor:<id>`, or somebody of the staff.
    actor: Option<String>,
    /// What was done: `contractor_approved`.
    action: Option<String>,
    /// The id of what it was about, or the beginning of the name or the e-mail address among its details.
    subject: Option<String>,
}

/// The audit log as a CSV file, newest first.
#[utoipa::path(get, path = "/api/admin/export/audit", tag = "Admin", params(AuditExportQuery), security(("admin" = [])), operation_id = "export_audit", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn all(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<AuditExportQuery>) -> Answer<Response> {
    let caller = viewer.admin()?;
    let mut checked = Checked::default();
    let (from, until) = checked.dates(query.start_date.as_deref(), query.end_date.as_deref());
    let actor = checked.id("actor", query.actor.as_deref());
    let action = checked.id("action", query.action.as_deref());
    let subject = words(&mut checked, "subject", query.subject.as_deref());
    checked.finish()?;
    let filter = AuditFilter { actor, action, subject, from, until, ..AuditFilter::of_page(ANY_PAGE) };
    let parts = export::audit_log(&state.ctx, &caller, filter)?;
    download("audit", state.ctx.now(), AUDIT, parts, audit_row).await
}
