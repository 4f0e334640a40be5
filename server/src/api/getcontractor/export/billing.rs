//! Charges as a file.

use super::file::{ANY_PAGE, download, text, time, words};
use crate::api::getcontractor::callers::Viewer;
use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use kernel::Outcome;
use leads::billing::{BillingFilter, RecordView};
use leads::export;
use serde::Deserialize;
use utoipa::IntoParams;

const BILLING: &str = "Billing ID,Date Incurred,Contractor,Contractor Email,Customer Name,Phone,City,State,Service Type,Amount,Status,\
    Invoice Number,Invoiced At,Paid At";

fn billing_row(record: &RecordView) -> Vec<String> {
    vec![
        text(&record.id),
        stamp(record.incurred_at),
        text(&record.contractor.business_name),
        text(&record.contractor.email),
        text(&record.lead.customer_name()),
        record.lead.customer_phone.national().into(),
        text(record.lead.customer_city.as_deref().unwrap_or_default()),
        text(record.lead.customer_state.as_deref().unwrap_or_default()),
        record.lead.service_type.to_string(),
        record.amount.plain(),
        record.status.to_string(),
        record.invoice_number.clone().unwrap_or_default(),
        time(record.invoiced_at),
        time(record.paid_at),
    ]
}

/// Which charges.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct BillingExportQuery {
    /// Incurred from this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// `pending`, `invoiced`, `paid` or `credited`.
    status: Option<String>,
    contractor_id: Option<String>,
    /// The beginning of an invoice's number, or of the contractor's or the customer's name.
    q: Option<String>,
}

impl BillingExportQuery {
    fn check(&self) -> Outcome<BillingFilter> {
        let mut checked = Checked::default();
        let (start_date, end_date) = checked.dates(self.start_date.as_deref(), self.end_date.as_deref());
        let status = checked.choice("status", self.status.as_deref());
        let contractor_id = checked.id("contractorId", self.contractor_id.as_deref());
        let q = words(&mut checked, "q", self.q.as_deref());
        checked.finish()?;
        Ok(BillingFilter { status, contractor_id, start_date, end_date, q, ..BillingFilter::of_page(ANY_PAGE) })
    }
}

/// All charges as a CSV file, newest first.
#[utoipa::path(get, path = "/api/admin/export/billing", tag = "Admin", params(BillingExportQuery), security(("admin" = [])), operation_id = "export_billing", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn all(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<BillingExportQuery>) -> Answer<Response> {
    let parts = export::billing(&state.ctx, &caller.admin()?, query.check()?)?;
    download("billing", state.ctx.now(), BILLING, parts, billing_row).await
}

/// A contractor's own charges as a CSV file, newest first; for an administrator those of all.
#[utoipa::path(get, path = "/api/contractors/export/billing", tag = "Contractors", params(BillingExportQuery), security(("contractor" = []), ("admin" = [])), operation_id = "export_own_billing", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn own(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<BillingExportQuery>) -> Answer<Response> {
    let parts = export::billing(&state.ctx, &viewer.0, query.check()?)?;
    download("billing", state.ctx.now(), BILLING, parts, billing_row).await
}
