//! Lead sources: partners with a key of their own, and what became of their leads.

use super::callers::{AdminCaller, SourceCaller};
use super::error::{Answer, ErrorBody};
use super::stamp;
use crate::http::body::{Body, Json};
use crate::http::params::{Asked, Checked, PathId};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::Order;
use leads::sources::{self, SourceSort};
use leads::views::{LeadSourceView, LeadView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A lead source with what became of its leads.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadSource {
    pub id: String,
    pub name: String,
    /// The first letters of its key.
    #[schema(example = "pl_3FxK9q2w")]
    pub key_prefix: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Since when its key is refused.
    #[schema(format = DateTime)]
    pub revoked_at: Option<String>,
    /// To the hour.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
    pub leads: i64,
    /// Of those, the ones that a contractor has.
    pub assigned: i64,
    pub qualified: i64,
    /// Dollars that their calls were billed, less credits.
    pub revenue: f64,
}

impl From<LeadSourceView> for LeadSource {
    fn from(source: LeadSourceView) -> LeadSource {
        LeadSource {
            id: source.id,
            name: source.name,
            key_prefix: source.key_prefix,
            created_at: stamp(source.created_at),
            revoked_at: source.revoked_at.map(stamp),
            last_used_at: source.last_used_at.map(stamp),
            leads: source.leads,
            assigned: source.assigned,
            qualified: source.qualified,
            revenue: source.revenue.dollars(),
        }
    }
}

/// One page of lead sources.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadSourceList {
    pub sources: Vec<LeadSource>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// Which lead sources.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LeadSourceQuery {
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// All lead sources with their totals, newest first.
#[utoipa::path(get, path = "/api/admin/lead-sources", tag = "Admin", params(LeadSourceQuery), security(("admin" = [])), responses(
    (status = 200, description = "One page of lead sources", body = LeadSourceList),
))]
pub async fn list_lead_sources(
    State(state): State<AppState>,
    caller: AdminCaller,
    Asked(query): Asked<LeadSourceQuery>,
) -> Answer<Json<LeadSourceList>> {
    let mut checked = Checked::default();
    let page = checked.page(query.limit.as_deref(), query.offset.as_deref(), 100);
    checked.finish()?;
    let listed = sources::list(&state.ctx, &caller.caller(), Order::down(SourceSort::Created), page).await?;
    let sources = listed.items.into_iter().map(LeadSource::from).collect();
    Ok(Json(LeadSourceList { sources, total: listed.total, limit: page.limit, offset: page.offset }))
}

/// A lead source to be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewLeadSource {
    name: Option<String>,
}

/// A lead source to be.
#[derive(Debug, ToSchema)]
pub struct CreateLeadSource {
    #[schema(max_length = 100, example = "Example Homes")]
    pub name: String,
}

/// A new lead source, with the only copy of its key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedLeadSource {
    pub success: bool,
    pub id: String,
    pub name: String,
    /// For the header `X-API-Key`. It is shown this once.
    #[schema(example = "pl_3FxK9q2w…")]
    pub key: String,
    pub key_prefix: String,
}

/// Make a lead source and its key.
#[utoipa::path(post, path = "/api/admin/lead-sources", tag = "Admin", request_body = CreateLeadSource, security(("admin" = [])), responses(
    (status = 201, description = "Made", body = CreatedLeadSource),
    (status = 409, description = "There is one with this name", body = ErrorBody),
))]
pub async fn create_lead_source(
    State(state): State<AppState>,
    caller: AdminCaller,
    Body(new): Body<NewLeadSource>,
) -> Answer<(StatusCode, Json<CreatedLeadSource>)> {
    let made = sources::create(&state.ctx, &caller.caller(), new.name.as_deref()).await?;
    let body = CreatedLeadSource { success: true, id: made.id, name: made.name, key: made.key, key_prefix: made.key_prefix };
    Ok((StatusCode::CREATED, Json(body)))
}

/// A lead source whose key has ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevokedLeadSource {
    pub success: bool,
    pub id: String,
}

/// End a lead source's key. Its leads stay.
#[utoipa::path(delete, path = "/api/admin/lead-sources/{sourceId}", tag = "Admin",
    params(("sourceId" = String, Path, description = "The lead source")), security(("admin" = [])), responses(
    (status = 200, description = "Ended", body = RevokedLeadSource),
))]
pub async fn revoke_lead_source(State(state): State<AppState>, caller: AdminCaller, PathId(id): PathId) -> Answer<Json<RevokedLeadSource>> {
    sources::revoke(&state.ctx, &caller.caller(), &id).await?;
    Ok(Json(RevokedLeadSource { success: true, id }))
}

/// How far a lead has come, without the customer's data.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadProgress {
    pub lead_id: String,
    #[schema(example = "assigned")]
    pub status: &'static str,
    #[schema(example = "PLATINUM")]
    pub category: &'static str,
    /// Dollars.
    #[schema(example = 250.0)]
    pub price: f64,
    /// 0–200.
    pub score: i64,
    /// Whether a contractor has it.
    pub assigned: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub first_contact_at: Option<String>,
    #[schema(format = DateTime)]
    pub qualified_at: Option<String>,
}

impl From<LeadView> for LeadProgress {
    fn from(lead: LeadView) -> LeadProgress {
        LeadProgress {
            lead_id: lead.id,
            status: lead.status.as_str(),
            category: lead.category.as_str(),
            price: lead.price.dollars(),
            score: lead.score,
            assigned: lead.assignment.is_some(),
            created_at: stamp(lead.created_at),
            first_contact_at: lead.first_contact_at.map(stamp),
            qualified_at: lead.qualified_at.map(stamp),
        }
    }
}

/// How far a lead has come that was submitted with this key.
#[utoipa::path(get, path = "/api/leads/{leadId}/status", tag = "Public",
    params(("leadId" = String, Path, description = "The lead")), security(("source" = [])), operation_id = "lead_status", responses(
    (status = 200, description = "How far it has come", body = LeadProgress),
))]
pub async fn lead_status(State(state): State<AppState>, caller: SourceCaller, PathId(lead_id): PathId) -> Answer<Json<LeadProgress>> {
    Ok(Json(sources::find_lead(&state.ctx, &caller.0.id, &lead_id).await?.into()))
}
