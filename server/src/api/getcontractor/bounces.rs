//! Addresses that get no more mail (seed 000, Get Bounced Emails; decision 34).

use super::callers::AdminCaller;
use super::error::Answer;
use super::stamp;
use crate::http::body::Json;
use crate::http::params::{Asked, Checked, PathId, next_page};
use crate::state::AppState;
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use kernel::Order;
use leads::bounces::{self, BounceSort, Bounced};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An address that gets no more mail.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BouncedEmail {
    #[schema(example = "contractor@example.com")]
    pub email: String,
    /// Whose it is: `Contractor`, `Customer` or `Other`.
    #[serde(rename = "type")]
    #[schema(example = "Contractor")]
    pub owner: &'static str,
    /// The contractor's.
    pub business_name: Option<String>,
    #[schema(format = DateTime)]
    pub bounced_at: String,
    #[schema(example = "550 5.1.1 Mailbox does not exist")]
    pub reason: Option<String>,
    /// `bounce`, `dropped` or `spamreport`.
    #[schema(example = "bounce")]
    pub event: String,
}

impl From<Bounced> for BouncedEmail {
    fn from(bounced: Bounced) -> BouncedEmail {
        let owner = match (&bounced.business_name, bounced.is_customer) {
            (Some(_), _) => "Contractor",
            (None, true) => "Customer",
            (None, false) => "Other",
        };
        BouncedEmail {
            email: bounced.email,
            owner,
            business_name: bounced.business_name,
            bounced_at: stamp(bounced.bounced_at),
            reason: bounced.reason,
            event: bounced.kind,
        }
    }
}

/// Which addresses.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct BounceQuery {
    /// How many, 1–500; 100 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// One page of addresses.
#[derive(Debug, Serialize, ToSchema)]
pub struct BounceList {
    pub bounced: Vec<BouncedEmail>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// The addresses that get no more mail, newest first.
#[utoipa::path(get, path = "/api/admin/bounced-emails", tag = "Admin", params(BounceQuery), security(("admin" = [])), responses(
    (status = 200, description = "One page of addresses; a header `Link` leads to the next", body = BounceList),
))]
pub async fn list_bounced_emails(
    State(state): State<AppState>,
    caller: AdminCaller,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<BounceQuery>,
) -> Answer<(HeaderMap, Json<BounceList>)> {
    let mut checked = Checked::default();
    let page = checked.page(query.limit.as_deref(), query.offset.as_deref(), 100);
    checked.finish()?;
    let listed = bounces::list(&state.ctx, &caller.caller(), None, Order::down(BounceSort::When), page).await?;
    let bounced = listed.items.into_iter().map(BouncedEmail::from).collect();
    let body = BounceList { bounced, total: listed.total, limit: page.limit, offset: page.offset };
    Ok((next_page(&uri, page, listed.total), Json(body)))
}

/// An address that gets mail again.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiftedBounce {
    pub success: bool,
    pub email: String,
}

/// Let mail go to an address again.
#[utoipa::path(delete, path = "/api/admin/bounced-emails/{email}", tag = "Admin",
    params(("email" = String, Path, description = "The address")), security(("admin" = [])), responses(
    (status = 200, description = "It gets mail again", body = LiftedBounce),
))]
pub async fn lift_bounced_email(State(state): State<AppState>, caller: AdminCaller, PathId(email): PathId) -> Answer<Json<LiftedBounce>> {
    let email = bounces::lift(&state.ctx, &caller.caller(), &email).await?;
    Ok(Json(LiftedBounce { success: true, email }))
}
