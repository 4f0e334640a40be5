//! What the administrator does (seed 000, Admin Endpoints).

use super::callers::AdminCaller;
use super::error::Answer;
use super::stamp;
use super::views::{Activity, AdminStats, Contractor, Lead, LeadList, TrackingNumber};
use crate::http::body::{Body, Json};
use crate::http::params::{Asked, Checked, PathId, next_page};
use crate::state::AppState;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use kernel::{Fields, Order, Outcome, Zip};
use leads::tracking::NumberSort;
use leads::views::{ContractorFilter, LeadFilter};
use leads::{admin_desk, contractors, tracking};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The admin's dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminDashboard)]
pub struct Dashboard {
    pub stats: AdminStats,
    /// Newest first.
    pub recent_activity: Vec<Activity>,
}

/// Figures of the whole business, and what happened last.
#[utoipa::path(get, path = "/api/admin/dashboard", tag = "Admin", security(("admin" = [])), operation_id = "admin_dashboard", responses(
    (status = 200, description = "The dashboard", body = Dashboard),
))]
pub async fn dashboard(State(state): State<AppState>, caller: AdminCaller) -> Answer<Json<Dashboard>> {
    let dashboard = admin_desk::dashboard(&state.ctx, &caller.caller()).await?;
    let activity = dashboard.recent_activity.into_iter().map(|a| Activity { kind: a.kind, data: a.data, timestamp: stamp(a.at) });
    Ok(Json(Dashboard { stats: dashboard.stats.into(), recent_activity: activity.collect() }))
}

/// Which leads.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct LeadQuery {
    /// `pending_assignment`, `assigned`, `contacted` or `qualified`.
    status: Option<String>,
    /// `PLATINUM`, `GOLD`, `SILVER`, `BRONZE` or `NURTURE`.
    category: Option<String>,
    contractor_id: Option<String>,
    /// From this day or time on.
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

/// All leads, newest first.
#[utoipa::path(get, path = "/api/admin/leads", tag = "Admin", params(LeadQuery), security(("admin" = [])), operation_id = "admin_list_leads", responses(
    (status = 200, description = "One page of leads", body = LeadList),
))]
pub async fn list_leads(State(state): State<AppState>, caller: AdminCaller, Asked(query): Asked<LeadQuery>) -> Answer<Json<LeadList>> {
    let filter = query.check()?;
    let listed = admin_desk::list_leads(&state.ctx, &caller.caller(), &filter).await?;
    let leads = listed.items.into_iter().map(Lead::from).collect();
    Ok(Json(LeadList { leads, total: listed.total, limit: filter.page.limit, offset: filter.page.offset }))
}

impl LeadQuery {
    fn check(&self) -> Outcome<LeadFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let category = checked.choice("category", self.category.as_deref());
        let contractor_id = checked.id("contractorId", self.contractor_id.as_deref());
        let (start_date, end_date) = checked.dates(self.start_date.as_deref(), self.end_date.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), 100);
        checked.finish()?;
        Ok(LeadFilter { status, category, contractor_id, start_date, end_date, ..LeadFilter::of_page(page) })
    }
}

/// Which contractors.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct ContractorQuery {
    /// `active`, `inactive` or `suspended`.
    status: Option<String>,
    #[param(value_type = Option<bool>)]
    is_approved: Option<String>,
    /// Who serves this ZIP code.
    zip_code: Option<String>,
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// One page of contractors.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContractorList {
    pub contractors: Vec<Contractor>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// All contractors.
#[utoipa::path(get, path = "/api/admin/contractors", tag = "Admin", params(ContractorQuery), security(("admin" = [])), responses(
    (status = 200, description = "One page of contractors; a header `Link` leads to the next", body = ContractorList),
))]
pub async fn list_contractors(
    State(state): State<AppState>,
    caller: AdminCaller,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<ContractorQuery>,
) -> Answer<(HeaderMap, Json<ContractorList>)> {
    let filter = query.check()?;
    let listed = contractors::list(&state.ctx, &caller.caller(), &filter).await?;
    let contractors = listed.items.into_iter().map(Contractor::from).collect();
    let body = ContractorList { contractors, total: listed.total, limit: filter.page.limit, offset: filter.page.offset };
    Ok((next_page(&uri, filter.page, listed.total), Json(body)))
}

impl ContractorQuery {
    fn check(&self) -> Outcome<ContractorFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let is_approved = checked.parsed("isApproved", self.is_approved.as_deref(), "true or false");
        let zip_code = checked.read("zipCode", self.zip_code.as_deref(), "a ZIP code of 5 digits", Zip::parse);
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), 100);
        checked.finish()?;
        Ok(ContractorFilter { status, is_approved, zip_code, ..ContractorFilter::of_page(page) })
    }
}

/// A contractor who may now work.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovedContractor {
    pub success: bool,
    #[schema(example = "Contractor approved and onboarding email sent")]
    pub message: &'static str,
    pub contractor: Contractor,
}

/// Approve a contractor.
///
/// Sends the onboarding mail, and offers the leads that wait in the contractor's area.
#[utoipa::path(post, path = "/api/admin/contractors/{contractorId}/approve", tag = "Admin",
    params(("contractorId" = String, Path, description = "The contractor")), security(("admin" = [])), responses(
    (status = 200, description = "Approved", body = ApprovedContractor),
))]
pub async fn approve_contractor(
    State(state): State<AppState>,
    caller: AdminCaller,
    PathId(id): PathId,
) -> Answer<Json<ApprovedContractor>> {
    let contractor = contractors::approve(&state.ctx, &caller.caller(), &id).await?;
    let message = "Contractor approved and onboarding email sent";
    Ok(Json(ApprovedContractor { success: true, message, contractor: contractor.into() }))
}

/// A contractor whose account was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdministeredContractor {
    pub success: bool,
    pub contractor: Contractor,
}

/// Suspend a contractor: no login, no new leads.
#[utoipa::path(post, path = "/api/admin/contractors/{contractorId}/suspend", tag = "Admin",
    params(("contractorId" = String, Path, description = "The contractor")), security(("admin" = [])), responses(
    (status = 200, description = "Suspended", body = AdministeredContractor),
))]
pub async fn suspend_contractor(
    State(state): State<AppState>,
    caller: AdminCaller,
    PathId(id): PathId,
) -> Answer<Json<AdministeredContractor>> {
    let contractor = contractors::suspend(&state.ctx, &caller.caller(), &id, None).await?;
    Ok(Json(AdministeredContractor { success: true, contractor: contractor.into() }))
}

/// Let a suspended contractor work again.
#[utoipa::path(post, path = "/api/admin/contractors/{contractorId}/reactivate", tag = "Admin",
    params(("contractorId" = String, Path, description = "The contractor")), security(("admin" = [])), responses(
    (status = 200, description = "Working again", body = AdministeredContractor),
))]
pub async fn reactivate_contractor(
    State(state): State<AppState>,
    caller: AdminCaller,
    PathId(id): PathId,
) -> Answer<Json<AdministeredContractor>> {
    let contractor = contractors::reactivate(&state.ctx, &caller.caller(), &id).await?;
    Ok(Json(AdministeredContractor { success: true, contractor: contractor.into() }))
}

/// Which tracking numbers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TrackingNumberQuery {
    /// `available`, `active` or `expired`.
    status: Option<String>,
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// One page of the pool of tracking numbers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackingNumberList {
    pub tracking_numbers: Vec<TrackingNumber>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// The pool of tracking numbers (decision 27).
#[utoipa::path(get, path = "/api/admin/tracking-numbers", tag = "Admin", params(TrackingNumberQuery), security(("admin" = [])), responses(
    (status = 200, description = "One page of numbers and what they do", body = TrackingNumberList),
))]
pub async fn list_tracking_numbers(
    State(state): State<AppState>,
    caller: AdminCaller,
    Asked(query): Asked<TrackingNumberQuery>,
) -> Answer<Json<TrackingNumberList>> {
    let mut checked = Checked::default();
    let status = checked.choice("status", query.status.as_deref());
    let page = checked.page(query.limit.as_deref(), query.offset.as_deref(), 100);
    checked.finish()?;
    let listed = tracking::list(&state.ctx, &caller.caller(), status, None, Order::up(NumberSort::Number), page).await?;
    let tracking_numbers = listed.items.into_iter().map(TrackingNumber::from).collect();
    Ok(Json(TrackingNumberList { tracking_numbers, total: listed.total, limit: page.limit, offset: page.offset }))
}

/// Numbers for the pool.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewTrackingNumbers {
    phone_numbers: Option<Vec<String>>,
}

/// Numbers for the pool.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct AddTrackingNumbers {
    #[schema(example = json!(["5550001111", "5550002222"]))]
    pub phone_numbers: Vec<String>,
}

/// What was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedTrackingNumbers {
    pub success: bool,
    /// How many were new.
    pub added: usize,
}

/// Add numbers to the pool; known ones stay as they are.
#[utoipa::path(post, path = "/api/admin/tracking-numbers", tag = "Admin", request_body = AddTrackingNumbers, security(("admin" = [])), responses(
    (status = 201, description = "Added", body = AddedTrackingNumbers),
))]
pub async fn add_tracking_numbers(
    State(state): State<AppState>,
    caller: AdminCaller,
    Body(new): Body<NewTrackingNumbers>,
) -> Answer<(StatusCode, Json<AddedTrackingNumbers>)> {
    let mut fields = Fields::default();
    let numbers = fields.required("phoneNumbers", new.phone_numbers.filter(|n| !n.is_empty()));
    let numbers = fields.finish_with(numbers)?;
    let added = tracking::add_numbers(&state.ctx, &caller.caller(), &numbers).await?;
    Ok((StatusCode::CREATED, Json(AddedTrackingNumbers { success: true, added })))
}
