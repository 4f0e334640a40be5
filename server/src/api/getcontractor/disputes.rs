//! Disputes (seed 000, Submit Dispute, Get Disputes, Resolve Dispute).

use super::billing::amount;
use super::callers::{AdminCaller, ContractorCaller};
use super::error::Answer;
use super::stamp;
use super::views::{BilledLead, Debtor};
use crate::http::body::{Body, Json};
use crate::http::params::{Asked, Checked, PathId, next_page};
use crate::state::AppState;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use kernel::{Fields, Money, Outcome, Page};
use leads::disputes::{self, DisputeFilter, DisputeView, DisputedRecord, NewResolution, Resolution};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A charge that is contested.
#[derive(Debug, ToSchema)]
pub struct SubmitDispute {
    /// `invalid_phone`, `customer_no_contact`, `wrong_info`, `duplicate`, `out_of_area` or `other`.
    #[schema(example = "customer_no_contact")]
    pub reason: String,
    /// Needed for `other`.
    #[schema(max_length = 2000, example = "Called 3 times, customer never answered. No voicemail set up.")]
    pub description: Option<String>,
}

/// A dispute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    pub id: String,
    pub billing_record_id: String,
    pub lead_id: String,
    pub billing_record: DisputedCharge,
    pub contractor: Debtor,
    pub lead: BilledLead,
    #[schema(example = "customer_no_contact")]
    pub reason: &'static str,
    pub description: Option<String>,
    /// `pending`, `under_review`, `approved` or `denied`.
    #[schema(example = "pending")]
    pub status: &'static str,
    /// `approved`, `partial_credit`, `replacement_lead` or `denied`.
    pub resolution: Option<&'static str>,
    /// Dollars; null before it is resolved.
    pub credit_amount: Option<f64>,
    pub resolution_notes: Option<String>,
    #[schema(format = DateTime)]
    pub submitted_at: String,
    #[schema(format = DateTime)]
    pub resolved_at: Option<String>,
}

/// The charge of a dispute, as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisputedCharge {
    pub id: String,
    #[schema(example = "pending")]
    pub status: &'static str,
    /// Dollars: the charge less its credits.
    #[schema(example = 250.0)]
    pub amount_owed: f64,
    /// Dollars.
    pub original_amount: f64,
    #[schema(format = DateTime)]
    pub date_incurred: String,
}

impl From<DisputedRecord> for DisputedCharge {
    fn from(record: DisputedRecord) -> DisputedCharge {
        DisputedCharge {
            id: record.id,
            status: record.status.as_str(),
            amount_owed: record.amount.dollars(),
            original_amount: record.original_amount.dollars(),
            date_incurred: stamp(record.incurred_at),
        }
    }
}

impl From<DisputeView> for Dispute {
    fn from(dispute: DisputeView) -> Dispute {
        Dispute {
            id: dispute.id,
            billing_record_id: dispute.record.id.clone(),
            lead_id: dispute.lead.id.clone(),
            billing_record: dispute.record.into(),
            contractor: dispute.contractor.into(),
            lead: dispute.lead.into(),
            reason: dispute.reason.as_str(),
            description: dispute.description,
            status: dispute.status.as_str(),
            resolution: dispute.resolution.map(Resolution::as_str),
            credit_amount: dispute.credit.map(Money::dollars),
            resolution_notes: dispute.resolution_notes,
            submitted_at: stamp(dispute.submitted_at),
            resolved_at: dispute.resolved_at.map(stamp),
        }
    }
}

/// A dispute that was submitted or taken up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedDispute {
    pub success: bool,
    pub dispute: Dispute,
}

/// Contest an own charge, within the days of the dispute window.
#[utoipa::path(post, path = "/api/contractors/billing/{recordId}/dispute", tag = "Contractors", request_body = SubmitDispute,
    params(("recordId" = String, Path, description = "The charge")), security(("contractor" = [])), operation_id = "submit_dispute", responses(
    (status = 201, description = "Submitted", body = ChangedDispute),
    (status = 409, description = "It is disputed already, was credited, or is too old", body = super::error::ErrorBody),
))]
pub async fn submit(
    State(state): State<AppState>,
    caller: ContractorCaller,
    PathId(record_id): PathId,
    Body(new): Body<disputes::NewDispute>,
) -> Answer<(StatusCode, Json<ChangedDispute>)> {
    let dispute = disputes::submit(&state.ctx, &caller.caller(), &record_id, &new).await?;
    Ok((StatusCode::CREATED, Json(ChangedDispute { success: true, dispute: dispute.into() })))
}

/// Which of the own disputes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct OwnDisputeQuery {
    /// `pending`, `under_review`, `approved` or `denied`.
    status: Option<String>,
    /// How many, 1–500; 500 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// Which disputes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct DisputeQuery {
    /// `pending`, `under_review`, `approved` or `denied`.
    status: Option<String>,
    contractor_id: Option<String>,
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

impl DisputeQuery {
    fn check(&self, default_limit: i64) -> Outcome<DisputeFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let contractor_id = checked.id("contractorId", self.contractor_id.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), default_limit);
        checked.finish()?;
        Ok(DisputeFilter { status, contractor_id, ..DisputeFilter::of_page(page) })
    }
}

/// One page of disputes.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeList {
    pub disputes: Vec<Dispute>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// Own disputes, newest first.
#[utoipa::path(get, path = "/api/contractors/disputes", tag = "Contractors", params(OwnDisputeQuery), security(("contractor" = [])),
    operation_id = "list_own_disputes", responses(
    (status = 200, description = "The disputes; a header `Link` leads to those after the first 500", body = DisputeList),
))]
pub async fn list_own(
    State(state): State<AppState>,
    caller: ContractorCaller,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<OwnDisputeQuery>,
) -> Answer<(HeaderMap, Json<DisputeList>)> {
    let OwnDisputeQuery { status, limit, offset } = query;
    let DisputeFilter { status, page, .. } = DisputeQuery { status, contractor_id: None, limit, offset }.check(Page::MAX_LIMIT)?;
    let filter = DisputeFilter { status, ..DisputeFilter::of_page(page) };
    let listed = disputes::list_own(&state.ctx, &caller.0, &filter).await?;
    let disputes = listed.items.into_iter().map(Dispute::from).collect();
    let body = DisputeList { disputes, total: listed.total, limit: page.limit, offset: page.offset };
    Ok((next_page(&uri, page, listed.total), Json(body)))
}

/// All disputes, newest first.
#[utoipa::path(get, path = "/api/admin/disputes", tag = "Admin", params(DisputeQuery), security(("admin" = [])), operation_id = "admin_list_disputes", responses(
    (status = 200, description = "One page of disputes; a header `Link` leads to the next", body = DisputeList),
))]
pub async fn list(
    State(state): State<AppState>,
    caller: AdminCaller,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<DisputeQuery>,
) -> Answer<(HeaderMap, Json<DisputeList>)> {
    let filter = query.check(100)?;
    let listed = disputes::list(&state.ctx, &caller.caller(), &filter).await?;
    let disputes = listed.items.into_iter().map(Dispute::from).collect();
    let body = DisputeList { disputes, total: listed.total, limit: filter.page.limit, offset: filter.page.offset };
    Ok((next_page(&uri, filter.page, listed.total), Json(body)))
}

/// Take a dispute up: it is under review until it is resolved.
#[utoipa::path(post, path = "/api/admin/disputes/{disputeId}/review", tag = "Admin",
    params(("disputeId" = String, Path, description = "The dispute")), security(("admin" = [])), operation_id = "review_dispute", responses(
    (status = 200, description = "Under review", body = ChangedDispute),
    (status = 409, description = "It is resolved already", body = super::error::ErrorBody),
))]
pub async fn review(State(state): State<AppState>, caller: AdminCaller, PathId(dispute_id): PathId) -> Answer<Json<ChangedDispute>> {
    let dispute = disputes::review(&state.ctx, &caller.caller(), &dispute_id).await?;
    Ok(Json(ChangedDispute { success: true, dispute: dispute.into() }))
}

/// A decision.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Decision {
    resolution: Option<String>,
    credit_amount: Option<f64>,
    resolution_notes: Option<String>,
}

impl Decision {
    fn check(self) -> Outcome<NewResolution> {
        let mut fields = Fields::default();
        let resolution = fields.choice("resolution", self.resolution.as_deref());
        let resolution = fields.required("resolution", resolution);
        let credit = self.credit_amount.and_then(|dollars| amount("creditAmount", dollars, &mut fields));
        fields.finish_with(resolution.map(|resolution| NewResolution { resolution, credit, notes: self.resolution_notes }))
    }
}

/// A decision.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ResolveDispute {
    /// `approved`, `partial_credit`, `replacement_lead` or `denied`.
    #[schema(example = "approved")]
    pub resolution: String,
    /// Dollars. Needed for `partial_credit`; the whole charge for `approved` and `replacement_lead`.
    #[schema(example = 250.0)]
    pub credit_amount: Option<f64>,
    #[schema(max_length = 2000, example = "Valid dispute - customer confirmed no contact. Full credit issued.")]
    pub resolution_notes: Option<String>,
}

/// A dispute that is decided, and what became of its charge.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedDispute {
    pub success: bool,
    pub dispute: Dispute,
    pub billing_record: DisputedCharge,
}

/// Decide a dispute.
///
/// `approved` credits the whole charge, `partial_credit` a part of it; `replacement_lead` credits it and makes the
/// next matching lead free; `denied` lets it stand.
#[utoipa::path(post, path = "/api/admin/disputes/{disputeId}/resolve", tag = "Admin", request_body = ResolveDispute,
    params(("disputeId" = String, Path, description = "The dispute")), security(("admin" = [])), operation_id = "resolve_dispute", responses(
    (status = 200, description = "Decided", body = ResolvedDispute),
    (status = 409, description = "It is resolved already", body = super::error::ErrorBody),
))]
pub async fn resolve(
    State(state): State<AppState>,
    caller: AdminCaller,
    PathId(dispute_id): PathId,
    Body(decision): Body<Decision>,
) -> Answer<Json<ResolvedDispute>> {
    let dispute = disputes::resolve(&state.ctx, &caller.caller(), &dispute_id, &decision.check()?).await?;
    let billing_record = dispute.record.clone().into();
    Ok(Json(ResolvedDispute { success: true, dispute: dispute.into(), billing_record }))
}
