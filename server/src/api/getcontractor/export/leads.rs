//! Leads as a file.

use super::file::{ANY_PAGE, download, text, time, words};
use crate::api::getcontractor::callers::Viewer;
use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use kernel::Outcome;
use leads::export;
use leads::views::{LeadFilter, LeadView};
use serde::Deserialize;
use utoipa::IntoParams;

const LEADS: &str =
    "Lead ID,Customer Name,Email,Phone,City,State,Zip,Service Type,Timeline,Status,Category,Price,Score,Created At,Assigned At";

fn lead_row(lead: &LeadView) -> Vec<String> {
    vec![
        text(&lead.id),
        text(&lead.customer_name()),
        text(lead.customer_email.as_deref().unwrap_or_default()),
        lead.customer_phone.national().into(),
        text(lead.customer_city.as_deref().unwrap_or_default()),
        text(lead.customer_state.as_deref().unwrap_or_default()),
        lead.customer_zip.to_string(),
        lead.service_type.to_string(),
        lead.timeline.to_string(),
        lead.status.to_string(),
        lead.category.to_string(),
        lead.price.plain(),
        lead.score.to_string(),
        stamp(lead.created_at),
        time(lead.assignment.as_ref().map(|a| a.assigned_at)),
    ]
}

/// Which leads.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct LeadExportQuery {
    /// From this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// `pending_assignment`, `assigned`, `contacted` or `qualified`.
    status: Option<String>,
    /// `PLATINUM`, `GOLD`, `SILVER`, `BRONZE` or `NURTURE`.
    category: Option<String>,
    contractor_id: Option<String>,
    /// A phone number, an e-mail address, or the beginning of a name.
    q: Option<String>,
}

impl LeadExportQuery {
    fn check(&self) -> Outcome<LeadFilter> {
        let mut checked = Checked::default();
        let (start_date, end_date) = checked.dates(self.start_date.as_deref(), self.end_date.as_deref());
        let status = checked.choice("status", self.status.as_deref());
        let category = checked.choice("category", self.category.as_deref());
        let contractor_id = checked.id("contractorId", self.contractor_id.as_deref());
        let q = words(&mut checked, "q", self.q.as_deref());
        checked.finish()?;
        Ok(LeadFilter { start_date, end_date, status, category, contractor_id, q, ..LeadFilter::of_page(ANY_PAGE) })
    }
}

/// All leads as a CSV file, newest first.
#[utoipa::path(get, path = "/api/admin/export/leads", tag = "Admin", params(LeadExportQuery), security(("admin" = [])), operation_id = "export_leads", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn all(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<LeadExportQuery>) -> Answer<Response> {
    let parts = export::leads(&state.ctx, &caller.admin()?, query.check()?)?;
    download("leads", state.ctx.now(), LEADS, parts, lead_row).await
}

/// A contractor's own leads as a CSV file, newest first; for an administrator those of all.
#[utoipa::path(get, path = "/api/contractors/export/leads", tag = "Contractors", params(LeadExportQuery), security(("contractor" = []), ("admin" = [])), operation_id = "export_own_leads", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn own(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<LeadExportQuery>) -> Answer<Response> {
    let parts = export::leads(&state.ctx, &viewer.0, query.check()?)?;
    download("leads", state.ctx.now(), LEADS, parts, lead_row).await
}
