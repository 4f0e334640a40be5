//! What contractors do (seed 000, Contractor Endpoints).

use super::callers::{ContractorCaller, FromDevice, bearer};
use super::error::Answer;
use super::views::{Contractor, ContractorStats, Lead, LeadList};
use crate::http::body::{Body, Json};
use crate::http::params::{Asked, Checked, PathId};
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kernel::{FieldError, Fields, Outcome, Problem};
use leads::contractor::{NewContractor, ProfileChange};
use leads::lead::LeadStatus;
use leads::views::LeadFilter;
use leads::{contractor_desk, contractors, sign_in};
use platform::auth;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A contractor who wants to join.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterContractor {
    #[schema(max_length = 150, example = "HVAC Pros")]
    pub business_name: String,
    pub contact_name: Option<String>,
    #[schema(format = Email, example = "contractor@example.com")]
    pub email: String,
    #[schema(example = "5559876543")]
    pub phone: String,
    #[schema(example = json!(["90210", "90211"]))]
    pub service_zip_codes: Vec<String>,
    /// Of `ac_repair`, `heating_repair`, `installation`, `maintenance`.
    #[schema(example = json!(["ac_repair", "heating_repair"]))]
    pub specializations: Vec<String>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
    /// At least 8 characters. Without one, the mail that follows the approval has a link to set it.
    pub password: Option<String>,
}

/// A contractor who now waits for approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredContractor {
    pub success: bool,
    pub message: &'static str,
    pub contractor: Contractor,
}

/// Register as a contractor.
#[utoipa::path(post, path = "/api/contractors/register", tag = "Public", request_body = RegisterContractor, responses(
    (status = 201, description = "Registered; an administrator approves", body = RegisteredContractor),
    (status = 409, description = "There is an account with this e-mail address", body = super::error::ErrorBody),
))]
pub async fn register(State(state): State<AppState>, Body(new): Body<NewContractor>) -> Answer<(StatusCode, Json<RegisteredContractor>)> {
    let contractor = contractors::register(&state.ctx, &new).await?;
    let message = "Registration received. You will get an e-mail when your account is approved.";
    Ok((StatusCode::CREATED, Json(RegisteredContractor { success: true, message, contractor: contractor.into() })))
}

/// E-mail address and password.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    email: Option<String>,
    password: Option<String>,
    #[serde(rename = "totpCode")]
    totp_code: Option<String>,
}

/// E-mail address and password.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Login {
    #[schema(format = Email, example = "contractor@example.com")]
    pub email: String,
    #[schema(format = Password, example = "password123")]
    pub password: String,
    /// The code of the authenticator app, or a recovery code; only for accounts with two-factor sign-in.
    #[schema(example = "123456")]
    pub totp_code: Option<String>,
}

/// A token, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedIn {
    /// For the header `Authorization: Bearer …`, good for 24 hours.
    pub token: String,
    pub contractor: Contractor,
}

/// Log in.
#[utoipa::path(post, path = "/api/contractors/login", tag = "Contractors", request_body = Login, responses(
    (status = 200, description = "The token", body = LoggedIn),
    (status = 401, description = "E-mail address or password is wrong; `Two-factor code required` or `Two-factor code is wrong` for an account with two-factor sign-in", body = super::error::ErrorBody),
    (status = 403, description = "The account may not be used", body = super::error::ErrorBody),
))]
pub async fn login(
    State(state): State<AppState>,
    FromDevice(device): FromDevice,
    Body(given): Body<Credentials>,
) -> Answer<Json<LoggedIn>> {
    let code = given.totp_code.clone().filter(|code| !code.trim().is_empty());
    let (email, password) = given.check()?;
    let (contractor, token) = contractors::login(&state.ctx, &email, &password, code.as_deref(), &device).await?;
    Ok(Json(LoggedIn { token, contractor: contractor.into() }))
}

/// A token that has ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedOut {
    pub success: bool,
}

/// Log out: the token ends before its time.
#[utoipa::path(post, path = "/api/contractors/logout", tag = "Contractors", security(("contractor" = [])), responses(
    (status = 200, description = "The token has ended", body = LoggedOut),
))]
pub async fn logout(State(state): State<AppState>, _caller: ContractorCaller, headers: HeaderMap) -> Answer<Json<LoggedOut>> {
    auth::revoke(&state.ctx, bearer(&headers).unwrap_or_default()).await?;
    Ok(Json(LoggedOut { success: true }))
}

impl Credentials {
    fn check(self) -> Outcome<(String, String)> {
        let mut fields = Fields::default();
        let email = fields.text("email", self.email.as_deref(), 254);
        // Never trimmed.
        let password = fields.required("password", self.password.filter(|p| !p.is_empty()));
        fields.finish_with(password.map(|password| (email, password)))
    }
}

/// A contractor's dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    pub stats: ContractorStats,
    /// The newest ten.
    pub recent_leads: Vec<Lead>,
}

/// Own figures and newest leads.
#[utoipa::path(get, path = "/api/contractors/dashboard", tag = "Contractors", security(("contractor" = [])), responses(
    (status = 200, description = "The dashboard", body = Dashboard),
))]
pub async fn dashboard(State(state): State<AppState>, caller: ContractorCaller) -> Answer<Json<Dashboard>> {
    let dashboard = contractor_desk::dashboard(&state.ctx, &caller.0).await?;
    let recent_leads = dashboard.recent_leads.into_iter().map(Lead::from).collect();
    Ok(Json(Dashboard { stats: dashboard.stats.into(), recent_leads }))
}

/// Which of the own leads.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LeadQuery {
    /// `pending_assignment`, `assigned`, `contacted` or `qualified`.
    status: Option<String>,
    /// How many, 1–500; 50 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// Own leads, newest first.
#[utoipa::path(get, path = "/api/contractors/leads", tag = "Contractors", params(LeadQuery), security(("contractor" = [])), responses(
    (status = 200, description = "One page of leads", body = LeadList),
))]
pub async fn list_leads(State(state): State<AppState>, caller: ContractorCaller, Asked(query): Asked<LeadQuery>) -> Answer<Json<LeadList>> {
    let filter = query.check()?;
    let listed = contractor_desk::list_leads(&state.ctx, &caller.0, &filter, contractor_desk::LATEST).await?;
    let leads = listed.items.into_iter().map(Lead::from).collect();
    Ok(Json(LeadList { leads, total: listed.total, limit: filter.page.limit, offset: filter.page.offset }))
}

impl LeadQuery {
    fn check(&self) -> Outcome<LeadFilter> {
        let mut checked = Checked::default();
        let status = checked.choice("status", self.status.as_deref());
        let page = checked.page(self.limit.as_deref(), self.offset.as_deref(), 50);
        checked.finish()?;
        Ok(LeadFilter { status, ..LeadFilter::of_page(page) })
    }
}

/// One own lead, by its id.
#[utoipa::path(get, path = "/api/contractors/leads/{leadId}", tag = "Contractors",
    params(("leadId" = String, Path, description = "The lead")), security(("contractor" = [])), responses(
    (status = 200, description = "The lead", body = Lead),
))]
pub async fn get_lead(State(state): State<AppState>, caller: ContractorCaller, PathId(lead_id): PathId) -> Answer<Json<Lead>> {
    Ok(Json(contractor_desk::find_lead(&state.ctx, &caller.0, &lead_id).await?.into()))
}

/// A lead's new status.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewStatus {
    status: Option<String>,
}

/// A lead's new status.
#[derive(Debug, ToSchema)]
pub struct SetLeadStatus {
    /// `assigned`, `contacted` or `qualified`; forward only.
    #[schema(example = "contacted")]
    pub status: String,
}

/// A lead that was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedLead {
    pub success: bool,
    pub lead: Lead,
}

/// Say how far an own lead has come.
#[utoipa::path(put, path = "/api/contractors/leads/{leadId}/status", tag = "Contractors", request_body = SetLeadStatus,
    params(("leadId" = String, Path, description = "The lead")), security(("contractor" = [])), responses(
    (status = 200, description = "The lead", body = ChangedLead),
    (status = 409, description = "A lead does not go back", body = super::error::ErrorBody),
))]
pub async fn set_lead_status(
    State(state): State<AppState>,
    caller: ContractorCaller,
    PathId(lead_id): PathId,
    Body(new): Body<NewStatus>,
) -> Answer<Json<ChangedLead>> {
    let status = new.check()?;
    let lead = contractor_desk::set_status(&state.ctx, &caller.caller(), &lead_id, status).await?;
    Ok(Json(ChangedLead { success: true, lead: lead.into() }))
}

impl NewStatus {
    /// The three that a contractor may set (decision 24).
    fn check(&self) -> Outcome<LeadStatus> {
        match self.status.as_deref().map(str::trim) {
            None | Some("") => Err(Problem::Invalid(vec![FieldError::new("status", FieldError::REQUIRED)])),
            Some(word) => match word.parse() {
                Ok(LeadStatus::PendingAssignment) | Err(_) => {
                    Err(Problem::invalid("status", "must be one of assigned, contacted, qualified"))
                }
                Ok(status) => Ok(status),
            },
        }
    }
}

/// What to change; what is absent stays.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct UpdateProfile {
    #[schema(example = "HVAC Pros LLC")]
    pub business_name: Option<String>,
    pub contact_name: Option<String>,
    #[schema(example = "5559876543")]
    pub phone: Option<String>,
    #[schema(example = json!(["90210", "90211", "90212"]))]
    pub service_zip_codes: Option<Vec<String>>,
    #[schema(example = json!(["ac_repair", "heating_repair", "installation"]))]
    pub specializations: Option<Vec<String>>,
    pub is_accepting_leads: Option<bool>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
}

/// The contractor after the change.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedProfile {
    pub success: bool,
    pub contractor: Contractor,
}

/// Change the own profile.
#[utoipa::path(put, path = "/api/contractors/profile", tag = "Contractors", request_body = UpdateProfile, security(("contractor" = [])), responses(
    (status = 200, description = "The profile", body = ChangedProfile),
))]
pub async fn update_profile(
    State(state): State<AppState>,
    caller: ContractorCaller,
    Body(change): Body<ProfileChange>,
) -> Answer<Json<ChangedProfile>> {
    let contractor = contractors::update_profile(&state.ctx, &caller.caller(), &change).await?;
    Ok(Json(ChangedProfile { success: true, contractor: contractor.into() }))
}

/// The own password, old and new.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewPassword {
    current_password: Option<String>,
    new_password: Option<String>,
}

/// The own password, old and new.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ChangePassword {
    #[schema(format = Password)]
    pub current_password: String,
    /// 8 characters at least, 72 bytes at most.
    #[schema(format = Password)]
    pub new_password: String,
}

/// The token that replaces all older ones.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedPassword {
    pub success: bool,
    pub token: String,
}

/// Change the own password. Older tokens end.
#[utoipa::path(put, path = "/api/contractors/password", tag = "Contractors", request_body = ChangePassword, security(("contractor" = [])), responses(
    (status = 200, description = "Changed", body = ChangedPassword),
))]
pub async fn change_password(
    State(state): State<AppState>,
    caller: ContractorCaller,
    FromDevice(device): FromDevice,
    Body(new): Body<NewPassword>,
) -> Answer<Json<ChangedPassword>> {
    let (current, new) = new.check()?;
    let token = sign_in::change_password(&state.ctx, &caller.caller(), &current, &new, &device).await?;
    Ok(Json(ChangedPassword { success: true, token }))
}

impl NewPassword {
    fn check(self) -> Outcome<(String, String)> {
        let mut fields = Fields::default();
        let current = fields.required("currentPassword", self.current_password.filter(|p| !p.is_empty()));
        let new = fields.required("newPassword", self.new_password.filter(|p| !p.is_empty()));
        fields.finish_with(current.zip(new))
    }
}
