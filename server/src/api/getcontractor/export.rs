//! CSV downloads (seed 000, Export Data; decision 36): RFC 4180, the documented headers, streamed part by part.

use super::callers::Viewer;
use super::error::Answer;
use super::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kernel::{Money, Outcome, Page, Problem, Zip};
use leads::billing::{BillingFilter, RecordView};
use leads::disputes::{DisputeFilter, DisputeView};
use leads::export::{self, Parts};
use leads::ledger::{Account, EntryFilter, EntryView};
use leads::views::{ContractorFilter, ContractorView, LeadFilter, LeadView};
use platform::audit::{AuditFilter, Entry};
use serde::Deserialize;
use utoipa::IntoParams;

/// What an export ignores: it has all pages.
const ANY_PAGE: Page = Page { limit: Page::MAX_LIMIT, offset: 0 };

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

/// What people typed, harmless in a spreadsheet: a cell that would be read as a formula begins with an apostrophe.
fn text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(stamp).unwrap_or_default()
}

fn to_csv(rows: impl Iterator<Item = Vec<String>>) -> Outcome<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(|error| Problem::internal(error.to_string()))
}

/// A file of a list. What fails before the first part is refused as usual; what fails later breaks the connection,
/// so that nobody takes a part for the whole.
async fn download<T: Send + 'static>(
    name: &str,
    today: DateTime<Utc>,
    columns: &str,
    mut parts: Parts<T>,
    row: fn(&T) -> Vec<String>,
) -> Answer<Response> {
    let mut first = format!("{columns}\r\n").into_bytes();
    if let Some(rows) = parts.try_next().await? {
        first.extend(to_csv(rows.iter().map(row))?);
    }
    let rest = parts.map(move |rows| rows.and_then(|rows| to_csv(rows.iter().map(row))));
    let bytes = stream::once(std::future::ready(Ok(first))).chain(rest).map_err(|problem| {
        tracing::error!(error = ?problem, "an export broke off");
        std::io::Error::other(problem.to_string())
    });
    let file = format!("attachment; filename=\"{name}-{}.csv\"", today.format("%Y-%m-%d"));
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&file).map_err(Problem::internal)?);
    Ok(response)
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

/// What somebody looks for.
fn words(checked: &mut Checked, name: &'static str, q: Option<&str>) -> Option<String> {
    checked.read(name, q, "at most 200 characters", |t| (t.chars().count() <= 200 && !t.contains('\0')).then(|| t.to_owned()))
}

/// All leads as a CSV file, newest first.
#[utoipa::path(get, path = "/api/admin/export/leads", tag = "Admin", params(LeadExportQuery), security(("admin" = [])), operation_id = "export_leads", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn leads(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<LeadExportQuery>) -> Answer<Response> {
    let parts = export::leads(&state.ctx, &caller.admin()?, query.check()?)?;
    download("leads", state.ctx.now(), LEADS, parts, lead_row).await
}

/// A contractor's own leads as a CSV file, newest first; for an administrator those of all.
#[utoipa::path(get, path = "/api/contractors/export/leads", tag = "Contractors", params(LeadExportQuery), security(("contractor" = []), ("admin" = [])), operation_id = "export_own_leads", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn own_leads(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<LeadExportQuery>) -> Answer<Response> {
    let parts = export::leads(&state.ctx, &viewer.0, query.check()?)?;
    download("leads", state.ctx.now(), LEADS, parts, lead_row).await
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
pub async fn contractors(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<ContractorExportQuery>) -> Answer<Response> {
    let parts = export::contractors(&state.ctx, &caller.admin()?, query.check()?)?;
    download("contractors", state.ctx.now(), CONTRACTORS, parts, contractor_row).await
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
pub async fn billing(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<BillingExportQuery>) -> Answer<Response> {
    let parts = export::billing(&state.ctx, &caller.admin()?, query.check()?)?;
    download("billing", state.ctx.now(), BILLING, parts, billing_row).await
}

/// A contractor's own charges as a CSV file, newest first; for an administrator those of all.
#[utoipa::path(get, path = "/api/contractors/export/billing", tag = "Contractors", params(BillingExportQuery), security(("contractor" = []), ("admin" = [])), operation_id = "export_own_billing", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn own_billing(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<BillingExportQuery>) -> Answer<Response> {
    let parts = export::billing(&state.ctx, &viewer.0, query.check()?)?;
    download("billing", state.ctx.now(), BILLING, parts, billing_row).await
}

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
pub async fn disputes(State(state): State<AppState>, caller: Viewer, Asked(query): Asked<DisputeExportQuery>) -> Answer<Response> {
    let parts = export::disputes(&state.ctx, &caller.admin()?, query.check()?)?;
    download("disputes", state.ctx.now(), DISPUTES, parts, dispute_row).await
}

/// A contractor's own disputes as a CSV file, newest first; for an administrator those of all.
#[utoipa::path(get, path = "/api/contractors/export/disputes", tag = "Contractors", params(DisputeExportQuery), security(("contractor" = []), ("admin" = [])), operation_id = "export_own_disputes", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn own_disputes(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<DisputeExportQuery>) -> Answer<Response> {
    let parts = export::disputes(&state.ctx, &viewer.0, query.check()?)?;
    download("disputes", state.ctx.now(), DISPUTES, parts, dispute_row).await
}

const LEDGER: &str = "Entry ID,Date,Kind,Contractor,Contractor Email,Customer Name,Invoice Number,Reference,Memo,Account,Debit,Credit";

/// One side of an entry.
fn ledger_row((entry, account, amount): &(EntryView, Account, Money)) -> Vec<String> {
    let side = |amount: Money| if amount > Money::ZERO { amount.plain() } else { String::new() };
    vec![
        text(&entry.id),
        stamp(entry.at),
        entry.kind.to_string(),
        text(&entry.contractor.business_name),
        text(&entry.contractor.email),
        text(entry.customer_name.as_deref().unwrap_or_default()),
        entry.invoice_number.clone().unwrap_or_default(),
        text(entry.reference.as_deref().unwrap_or_default()),
        text(&entry.memo),
        account.to_string(),
        side(*amount),
        side(-*amount),
    ]
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct LedgerExportQuery {
    /// From this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// `charge`, `credit`, `payment` or `refund`.
    kind: Option<String>,
    contractor_id: Option<String>,
    /// The beginning of an invoice's number, a contractor's name or a customer's.
    q: Option<String>,
}

/// The ledger as a CSV file, newest first: one row for each side of an entry, so that debits and credits sum to the same.
#[utoipa::path(get, path = "/api/admin/export/ledger", tag = "Admin", params(LedgerExportQuery), security(("admin" = [])), operation_id = "export_ledger", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn ledger(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<LedgerExportQuery>) -> Answer<Response> {
    let caller = viewer.admin()?;
    let mut checked = Checked::default();
    let (start_date, end_date) = checked.dates(query.start_date.as_deref(), query.end_date.as_deref());
    let kind = checked.choice("kind", query.kind.as_deref());
    let contractor_id = checked.id("contractorId", query.contractor_id.as_deref());
    let q = words(&mut checked, "q", query.q.as_deref());
    checked.finish()?;
    let filter = EntryFilter { kind, contractor_id, start_date, end_date, q, ..EntryFilter::of_page(ANY_PAGE) };
    let sides = |entry: EntryView| {
        let lines = entry.lines.clone();
        lines.into_iter().map(move |(account, amount)| (entry.clone(), account, amount))
    };
    let parts = export::ledger(&state.ctx, &caller, filter)?;
    let parts = parts.map_ok(move |entries| entries.into_iter().flat_map(sides).collect()).boxed();
    download("ledger", state.ctx.now(), LEDGER, parts, ledger_row).await
}

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
pub async fn audit(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<AuditExportQuery>) -> Answer<Response> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    fn cells(row: &&'static str) -> Vec<String> {
        row.split('|').map(text).collect()
    }

    async fn body(parts: Vec<Outcome<Vec<&'static str>>>) -> Result<String, String> {
        let now = DateTime::UNIX_EPOCH;
        let answer = download("x", now, "A,B", stream::iter(parts).boxed(), cells).await.map_err(|_| "refused".to_owned())?;
        assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"x-1970-01-01.csv\"");
        let bytes = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }

    #[tokio::test]
    async fn cells_are_quoted_where_they_must_be_and_are_no_formulas() {
        let said = body(vec![Ok(vec!["a,b|say \"hi\"", "two\nlines|=1+1"]), Ok(vec!["-1|@x", "+1|\tx", "Zoë|plain"])]).await;
        let wanted = "A,B\r\n\"a,b\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",'=1+1\r\n'-1,'@x\r\n'+1,'\tx\r\nZoë,plain\r\n";
        assert_eq!(said.as_deref(), Ok(wanted));
    }

    #[tokio::test]
    async fn an_empty_list_has_its_header_and_a_fault_breaks_it_off() {
        assert_eq!(body(vec![Ok(vec![])]).await.as_deref(), Ok("A,B\r\n"));
        let fault = || Err(Problem::internal("the disk is gone"));
        assert_eq!(body(vec![fault()]).await, Err("refused".to_owned()), "before the first byte: an answer as usual");
        let broken = body(vec![Ok(vec!["1|2"]), fault()]).await.expect_err("broken off");
        assert!(!broken.contains("disk"), "{broken}");
    }
}
