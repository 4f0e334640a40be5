//! Disputes as a file.

use super::file::{ANY_PAGE, download, text, time, words};
use crate::api::getcontractor::callers::Viewer;
use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use kernel::{Money, Outcome};
use leads::disputes::{DisputeFilter, DisputeView};
use leads::export;
use serde::Deserialize;
use utoipa::IntoParams;

const DISPUTES: &str = "Dispute ID,Submitted At,Contractor,Contractor Email,Customer Name,Phone,Reason,Description,Status,Resolution,Charge,\
    Credit,Notes,Resolved At";

fn dispute_row(dispute: &DisputeView) -> Vec<String> {
    vec![
        text(&dispute.id),
        stamp(dispute.submitted_at),
        text(&dispute.contractor.business_name),
        text(&dispute.contractor.email),
        text(&dispute.lead.customer_name()),
        dispute.lead.customer_phone.national().into(),
        dispute.reason.to_string(),
        text(dispute.description.as_deref().unwrap_or_default()),
        dispute.status.to_string(),
        dispute.resolution.map(|resolution| resolution.to_string()).unwrap_or_default(),
        dispute.record.original_amount.plain(),
        dispute.credit.map(Money::plain).unwrap_or_default(),
        text(dispute.resolution_notes.as_deref().unwrap_or_default()),
        time(dispute.resolved_at),
    ]
}

/// Which disputes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct DisputeExportQuery {
    /// `pending`, `under_review`, `approved` or `denied`.
    status: Option<String>,
    contractor_id: Option<String>,
    /// The beginning of the contractor's or the customer's name.
    q: Option<String>,
}

impl DisputeExportQuery {
    fn check(&self) -> Outcome<DisputeFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let contractor_id = checked.id("contractorId", self.contractor_id.as_deref());
        let q = words(&mut checked, "q", self.q.as_deref());
        checked.finish()?;
        Ok(DisputeFilter { status, contractor_id, q, ..DisputeFilter::of_page(ANY_PAGE) })
    }
}

/// All disputes as a CSV file, newest first.
#[utoipa::path(get, path = "/api/admin/export/disputes", tag = "Admin", params(DisputeExportQuery), security(("admin" = [])), operation_id = "export_disputes", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn all(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<DisputeExportQuery>) -> Answer<Response> {
    let parts = export::disputes(&state.ctx, &caller.admin()?, query.check()?)?;
    download("disputes", state.ctx.now(), DISPUTES, parts, dispute_row).await
}

/// A contractor's own disputes as a CSV file, newest first; for an administrator those of all.
#[utoipa::path(get, path = "/api/contractors/export/disputes", tag = "Contractors", params(DisputeExportQuery), security(("contractor" = []), ("admin" = [])), operation_id = "export_own_disputes", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn own(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<DisputeExportQuery>) -> Answer<Response> {
    let parts = export::disputes(&state.ctx, &viewer.0, query.check()?)?;
    download("disputes", state.ctx.now(), DISPUTES, parts, dispute_row).await
}
