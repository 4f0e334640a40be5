//! What contractors owe (seed 000, Get Billing History, Get Billing Records, Update Billing Record).

use super::callers::{AdminCaller, ContractorCaller};
use super::error::Answer;
use super::stamp;
use super::views::{BilledLead, Debtor};
use crate::http::body::{Body, Json};
use crate::http::params::{Asked, Checked, PathId, next_page};
use crate::state::AppState;
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use kernel::{Fields, Money, Outcome, Page};
use leads::billing::{self, BillingFilter, BillingSummary, RecordChange, RecordView};
use leads::disputes::DisputeStatus;
use leads::ledger::{self, Balance};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which of the own charges.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnBillingQuery {
    /// Incurred from this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// `pending`, `invoiced`, `paid` or `credited`.
    status: Option<String>,
    /// How many, 1–500; 500 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

impl OwnBillingQuery {
    fn check(&self) -> Outcome<BillingFilter> {
        let mut checked = Checked::default();
        let (start_date, end_date) = checked.dates(self.start_date.as_deref(), self.end_date.as_deref());
        let status = checked.choice("status", self.status.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), Page::MAX_LIMIT);
        checked.finish()?;
        Ok(BillingFilter { status, start_date, end_date, ..BillingFilter::of_page(page) })
    }
}

/// A charge, as its contractor sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnBillingRecord {
    pub id: String,
    pub lead_id: String,
    /// Dollars: the charge less its credits.
    #[schema(example = 250.0)]
    pub amount_owed: f64,
    /// Dollars: the lead's price.
    pub original_amount: f64,
    #[schema(example = "paid")]
    pub status: &'static str,
    #[schema(format = DateTime)]
    pub date_incurred: String,
    #[schema(format = DateTime)]
    pub invoiced_at: Option<String>,
    #[schema(format = DateTime)]
    pub paid_at: Option<String>,
    #[schema(example = "INV-2025-001")]
    pub invoice_number: Option<String>,
    /// Of the latest dispute; null when it was never disputed.
    pub dispute_status: Option<&'static str>,
    pub lead: BilledLead,
}

impl From<RecordView> for OwnBillingRecord {
    fn from(record: RecordView) -> OwnBillingRecord {
        OwnBillingRecord {
            id: record.id,
            lead_id: record.lead.id.clone(),
            amount_owed: record.amount.dollars(),
            original_amount: record.original_amount.dollars(),
            status: record.status.as_str(),
            date_incurred: stamp(record.incurred_at),
            invoiced_at: record.invoiced_at.map(stamp),
            paid_at: record.paid_at.map(stamp),
            invoice_number: record.invoice_number,
            dispute_status: record.dispute_status.map(DisputeStatus::as_str),
            lead: record.lead.into(),
        }
    }
}

/// The sums of all the charges that the filter asks for, on all pages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnBillingSummary {
    /// Dollars: the sum of `amountOwed`, paid or not.
    pub total_billed: f64,
    /// Dollars: of those, what is paid.
    pub total_paid: f64,
    /// Dollars: of those, what is not, invoiced or not.
    pub total_pending: f64,
}

impl From<BillingSummary> for OwnBillingSummary {
    fn from(summary: BillingSummary) -> OwnBillingSummary {
        OwnBillingSummary {
            total_billed: summary.billed().dollars(),
            total_paid: summary.paid.dollars(),
            total_pending: summary.open().dollars(),
        }
    }
}

/// The own charges, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnBillingList {
    pub billing_records: Vec<OwnBillingRecord>,
    pub summary: OwnBillingSummary,
    /// Dollars that the whole account owes, whatever the filter; negative when it has credit.
    pub account_balance: f64,
    /// How many there are on all pages.
    pub total: i64,
}

/// Own charges, newest first, with their sums.
#[utoipa::path(get, path = "/api/contractors/billing", tag = "Contractors", params(OwnBillingQuery), security(("contractor" = [])),
    operation_id = "list_own_billing", responses(
    (status = 200, description = "The charges; a header `Link` leads to those after the first 500", body = OwnBillingList),
))]
pub async fn list_own(
    State(state): State<AppState>,
    caller: ContractorCaller,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<OwnBillingQuery>,
) -> Answer<(HeaderMap, Json<OwnBillingList>)> {
    let filter = query.check()?;
    let (list, balance) = billing::list_own(&state.ctx, &caller.0, &filter).await?;
    let billing_records = list.records.into_iter().map(OwnBillingRecord::from).collect();
    let (summary, account_balance) = (list.summary.into(), balance.receivable.dollars());
    let body = OwnBillingList { billing_records, summary, account_balance, total: list.total };
    Ok((next_page(&uri, filter.page, list.total), Json(body)))
}

/// Which charges.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct BillingQuery {
    /// `pending`, `invoiced`, `paid` or `credited`.
    status: Option<String>,
    contractor_id: Option<String>,
    /// Incurred from this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

impl BillingQuery {
    fn check(&self) -> Outcome<BillingFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let contractor_id = checked.id("contractorId", self.contractor_id.as_deref());
        let (start_date, end_date) = checked.dates(self.start_date.as_deref(), self.end_date.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), 100);
        checked.finish()?;
        Ok(BillingFilter { status, contractor_id, start_date, end_date, ..BillingFilter::of_page(page) })
    }
}

/// A charge.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingRecord {
    pub id: String,
    pub contractor: Debtor,
    pub lead: BilledLead,
    /// Dollars: the charge less its credits.
    #[schema(example = 250.0)]
    pub amount_owed: f64,
    /// Dollars: the lead's price.
    pub original_amount: f64,
    #[schema(example = "paid")]
    pub status: &'static str,
    #[schema(format = DateTime)]
    pub date_incurred: String,
    #[schema(format = DateTime)]
    pub invoiced_at: Option<String>,
    #[schema(format = DateTime)]
    pub paid_at: Option<String>,
    #[schema(example = "INV-2025-001")]
    pub invoice_number: Option<String>,
    pub notes: Option<String>,
    /// Of the latest dispute; null when it was never disputed.
    pub dispute_status: Option<&'static str>,
}

impl From<RecordView> for BillingRecord {
    fn from(record: RecordView) -> BillingRecord {
        BillingRecord {
            id: record.id,
            contractor: record.contractor.into(),
            lead: record.lead.into(),
            amount_owed: record.amount.dollars(),
            original_amount: record.original_amount.dollars(),
            status: record.status.as_str(),
            date_incurred: stamp(record.incurred_at),
            invoiced_at: record.invoiced_at.map(stamp),
            paid_at: record.paid_at.map(stamp),
            invoice_number: record.invoice_number,
            notes: record.notes,
            dispute_status: record.dispute_status.map(DisputeStatus::as_str),
        }
    }
}

/// The sums of all the charges that the filter asks for, on all pages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingSums {
    /// Dollars: the sum of `amountOwed`, paid or not.
    pub total_revenue: f64,
    /// Dollars: not invoiced yet.
    pub pending_billing: f64,
    /// Dollars.
    pub invoiced_not_paid: f64,
    /// Dollars.
    pub total_paid: f64,
}

/// One page of charges.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingList {
    pub billing_records: Vec<BillingRecord>,
    pub summary: BillingSums,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// All charges, newest first, with their sums.
#[utoipa::path(get, path = "/api/admin/billing", tag = "Admin", params(BillingQuery), security(("admin" = [])), operation_id = "admin_list_billing", responses(
    (status = 200, description = "One page of charges", body = BillingList),
))]
pub async fn list(State(state): State<AppState>, caller: AdminCaller, Asked(query): Asked<BillingQuery>) -> Answer<Json<BillingList>> {
    let filter = query.check()?;
    let list = billing::list(&state.ctx, &caller.caller(), &filter).await?;
    let summary = BillingSums {
        total_revenue: list.summary.billed().dollars(),
        pending_billing: list.summary.pending.dollars(),
        invoiced_not_paid: list.summary.invoiced.dollars(),
        total_paid: list.summary.paid.dollars(),
    };
    let billing_records = list.records.into_iter().map(BillingRecord::from).collect();
    Ok(Json(BillingList { billing_records, summary, total: list.total, limit: filter.page.limit, offset: filter.page.offset }))
}

/// What to change; what is absent stays.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct UpdateBillingRecord {
    /// `pending`, `invoiced` or `paid`; forward only.
    #[schema(example = "invoiced")]
    pub status: String,
    /// Must be free, and is final. Without one, invoicing gives the next number of the year.
    #[schema(example = "INV-2025-001")]
    pub invoice_number: Option<String>,
    #[schema(max_length = 2000, example = "Invoice sent via email")]
    pub notes: Option<String>,
}

/// A charge that was changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedBillingRecord {
    pub success: bool,
    pub billing_record: BillingRecord,
}

/// Move a charge forward: invoice it, or note its payment.
#[utoipa::path(put, path = "/api/admin/billing/{recordId}", tag = "Admin", request_body = UpdateBillingRecord,
    params(("recordId" = String, Path, description = "The charge")), security(("admin" = [])), operation_id = "update_billing_record", responses(
    (status = 200, description = "The charge", body = ChangedBillingRecord),
    (status = 409, description = "A charge does not go back, or the invoice number is taken", body = super::error::ErrorBody),
))]
pub async fn update(
    State(state): State<AppState>,
    caller: AdminCaller,
    PathId(record_id): PathId,
    Body(change): Body<RecordChange>,
) -> Answer<Json<ChangedBillingRecord>> {
    let record = billing::update(&state.ctx, &caller.caller(), &record_id, &change, None).await?;
    Ok(Json(ChangedBillingRecord { success: true, billing_record: record.into() }))
}

/// What an invoice run did.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceRun {
    pub success: bool,
    /// How many charges were invoiced.
    pub invoiced: i64,
    /// To how many contractors.
    pub contractors: i64,
    /// Dollars.
    pub total: f64,
}

/// Invoice every pending charge that can no longer be disputed, as the schedule does each month.
#[utoipa::path(post, path = "/api/admin/billing/invoice-run", tag = "Admin", security(("admin" = [])), operation_id = "run_invoices", responses(
    (status = 200, description = "What was invoiced; a second run finds nothing", body = InvoiceRun),
))]
pub async fn invoice_run(State(state): State<AppState>, caller: AdminCaller) -> Answer<Json<InvoiceRun>> {
    let run = billing::invoice_run(&state.ctx, &caller.caller()).await?;
    Ok(Json(InvoiceRun { success: true, invoiced: run.invoiced, contractors: run.contractors, total: run.total.dollars() }))
}

/// Credit to pay out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewRefund {
    amount: Option<f64>,
    reference: Option<String>,
}

/// Credit to pay out.
#[derive(Debug, ToSchema)]
pub struct RefundCredit {
    /// Dollars, at most the credit of the account.
    #[schema(example = 100.0)]
    pub amount: f64,
    /// The transfer or cheque; used once.
    #[schema(max_length = 100, example = "ACH 2025-10-12")]
    pub reference: String,
}

/// The account after the refund.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundedCredit {
    pub success: bool,
    /// Dollars that the account owes; negative when it has credit.
    pub account_balance: f64,
}

/// Pay out credit that disputes of paid charges left in a contractor's favour.
#[utoipa::path(post, path = "/api/admin/contractors/{contractorId}/refund", tag = "Admin", request_body = RefundCredit,
    params(("contractorId" = String, Path, description = "The contractor")), security(("admin" = [])), operation_id = "refund_credit", responses(
    (status = 200, description = "Booked", body = RefundedCredit),
    (status = 409, description = "There is not so much credit, or the reference was used", body = super::error::ErrorBody),
))]
pub async fn refund(
    State(state): State<AppState>,
    caller: AdminCaller,
    PathId(contractor_id): PathId,
    Body(new): Body<NewRefund>,
) -> Answer<Json<RefundedCredit>> {
    let (amount, reference) = new.check()?;
    let Balance { receivable, .. } = ledger::refund(&state.ctx, &caller.caller(), &contractor_id, amount, &reference).await?;
    Ok(Json(RefundedCredit { success: true, account_balance: receivable.dollars() }))
}

impl NewRefund {
    fn check(self) -> Outcome<(Money, String)> {
        let mut fields = Fields::default();
        let reference = fields.text("reference", self.reference.as_deref(), 100);
        let amount = fields.required("amount", self.amount).and_then(|dollars| amount("amount", dollars, &mut fields));
        fields.finish_with(amount.map(|amount| (amount, reference)))
    }
}

/// Dollars of a body, as money.
pub fn amount(field: &'static str, dollars: f64, fields: &mut Fields) -> Option<Money> {
    let amount = Money::of_dollars(dollars);
    if amount.is_none() && !fields.has(field) {
        fields.reject(field, "must be dollars with at most two decimals");
    }
    amount
}
