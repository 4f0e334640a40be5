//! Who calls (seed 000, Authentication Methods).

use super::error::Refusal;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Id, Outcome, Problem};
use platform::Ctx;
use platform::auth::{self, Audience, Caller};

const BAD: Problem = Problem::Unauthenticated("Invalid authentication credentials");

/// The id of a contractor with a valid token, whose account may be used now.
#[derive(Clone, Debug)]
pub struct ContractorCaller(pub Id);

impl ContractorCaller {
    pub fn caller(&self) -> Caller {
        Caller::Contractor(self.0.clone())
    }
}

impl FromRequestParts<AppState> for ContractorCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<ContractorCaller, Refusal> {
        let token = authorization(&parts.headers, "bearer").ok_or(BAD)?;
        Ok(ContractorCaller(leads::contractors::authenticate_id(&state.ctx, token).await?))
    }
}

/// The administrator: Basic authentication, or a token of the admin portal.
#[derive(Clone, Copy, Debug)]
pub struct AdminCaller;

impl AdminCaller {
    pub fn caller(self) -> Caller {
        Caller::Admin { name: "admin".into() }
    }
}

impl FromRequestParts<AppState> for AdminCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<AdminCaller, Refusal> {
        identify_admin(&state.ctx, &parts.headers).map_err(Refusal::basic)
    }
}

fn identify_admin(ctx: &Ctx, headers: &HeaderMap) -> Outcome<AdminCaller> {
    if let Some(token) = authorization(headers, "bearer") {
        // A contractor's token is 403 here (decision 7).
        auth::verify(ctx, token, Audience::Admin)?;
        return Ok(AdminCaller);
    }
    let encoded = authorization(headers, "basic").ok_or(BAD)?;
    let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(BAD)?;
    let (name, password) = decoded.split_once(':').ok_or(BAD)?;
    let is_known = name == "admin" || name.eq_ignore_ascii_case(&ctx.settings.admin_email);
    // Both are looked at in any case, in a time that tells nothing.
    if ctx.settings.admin_password.matches(password) & is_known { Ok(AdminCaller) } else { Err(BAD) }
}

/// What follows the scheme in `Authorization`.
fn authorization<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let (given, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}
