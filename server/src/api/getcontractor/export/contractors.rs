//! Contractors as a file.

use super::file::{ANY_PAGE, download, text, words};
use crate::api::getcontractor::callers::Viewer;
use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use kernel::{Outcome, Zip};
use leads::export;
use leads::views::{ContractorFilter, ContractorView};
use serde::Deserialize;
use utoipa::IntoParams;

const CONTRACTORS: &str = "Contractor ID,Business Name,Email,Phone,Service Zip Codes,Status,Approved,Total Leads,Conversion Rate,\
    Customer Rating,Total Revenue,Created At";

fn contractor_row(contractor: &ContractorView) -> Vec<String> {
    vec![
        text(&contractor.id),
        text(&contractor.business_name),
        text(&contractor.email),
        contractor.phone.national().into(),
        contractor.service_zip_codes.iter().map(Zip::as_str).collect::<Vec<_>>().join(","),
        contractor.status.to_string(),
        contractor.is_approved.to_string(),
        contractor.total_leads.to_string(),
        format!("{:.1}", contractor.conversion_rate),
        contractor.customer_rating.map(|rating| format!("{rating:.1}")).unwrap_or_default(),
        contractor.total_billed.plain(),
        stamp(contractor.created_at),
    ]
}

/// Which contractors.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct ContractorExportQuery {
    /// `active`, `inactive` or `suspended`.
    status: Option<String>,
    #[param(value_type = Option<bool>)]
    is_approved: Option<String>,
    /// Who serves this ZIP code.
    zip_code: Option<String>,
    /// What they do: `ac_repair`.
    work: Option<String>,
    /// Whether they take leads, or have paused.
    #[param(value_type = Option<bool>)]
    accepting: Option<String>,
    /// A part of the business name, the e-mail address or the phone.
    q: Option<String>,
}

impl ContractorExportQuery {
    fn check(&self) -> Outcome<ContractorFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let is_approved = checked.parsed("isApproved", self.is_approved.as_deref(), "true or false");
        let zip_code = checked.read("zipCode", self.zip_code.as_deref(), "a ZIP code of 5 digits", Zip::parse);
        let specialization = checked.choice("work", self.work.as_deref());
        let is_accepting = checked.parsed("accepting", self.accepting.as_deref(), "true or false");
        let q = words(&mut checked, "q", self.q.as_deref());
        checked.finish()?;
        Ok(ContractorFilter { status, is_approved, zip_code, specialization, is_accepting, q, ..ContractorFilter::of_page(ANY_PAGE) })
    }
}

/// All contractors as a CSV file, newest first.
#[utoipa::path(get, path = "/api/admin/export/contractors", tag = "Admin", params(ContractorExportQuery), security(("admin" = [])), operation_id = "export_contractors", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn all(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<ContractorExportQuery>) -> Answer<Response> {
    let parts = export::contractors(&state.ctx, &caller.admin()?, query.check()?)?;
    download("contractors", state.ctx.now(), CONTRACTORS, parts, contractor_row).await
}
