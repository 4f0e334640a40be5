//! Who calls (seed 000, Authentication Methods).

use super::error::Refusal;
use crate::http::client_address::ClientAddress;
use crate::http::rate_limit;
use crate::state::AppState;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Id, Outcome, Permission, Problem};
use leads::sign_in;
use leads::sources::{self, LeadSource};
use platform::auth::Caller;
use platform::sessions::Device;
use platform::{Settings, audit, limits};
use serde::Deserialize;

/// The pages' session cookie: a token for contractors or administrators.
pub const SESSION_COOKIE: &str = "plumbline_session";

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
        let token = bearer(&parts.headers).ok_or(BAD)?;
        Ok(ContractorCaller(leads::contractors::authenticate_id(&state.ctx, token).await?))
    }
}

/// Somebody of the admin portal: the administrator by Basic authentication, or a token of the portal. What their role
/// allows the use cases ask.
#[derive(Clone, Debug)]
pub struct AdminCaller(Caller);

impl AdminCaller {
    pub fn caller(self) -> Caller {
        self.0
    }
}

impl FromRequestParts<AppState> for AdminCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<AdminCaller, Refusal> {
        identify_admin(state, parts).await.map_err(Refusal::basic)
    }
}

async fn identify_admin(state: &AppState, parts: &Parts) -> Outcome<AdminCaller> {
    if let Some(token) = bearer(&parts.headers) {
        // A contractor's token is 403 here (decision 7).
        return Ok(AdminCaller(sign_in::authenticate_admin(&state.ctx, token).await?));
    }
    let right = is_administrator(&state.ctx.settings, &parts.headers).ok_or(BAD)?;
    check_guess(state, parts, "the administrator's password", right).await?;
    Ok(AdminCaller(Caller::Admin { name: sign_in::ADMINISTRATOR.into() }))
}

/// Whether the Basic authentication is the administrator's; `None` without any that can be read.
pub fn is_administrator(settings: &Settings, headers: &HeaderMap) -> Option<bool> {
    let decoded = STANDARD.decode(authorization(headers, "basic")?).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
    let (name, password) = decoded.split_once(':')?;
    let is_known = name == "admin" || name.eq_ignore_ascii_case(&settings.admin_email);
    // Both are looked at in any case, in a time that tells nothing.
    Some(settings.admin_password.matches(password) & is_known)
}

/// A contractor or somebody of the admin portal who reads: by what the API asks for, or by the cookie of a portal's
/// session, so that a page's link can be opened. The cookie counts only for GET, and not when another site sends the browser here.
#[derive(Clone, Debug)]
pub struct Viewer(pub Caller);

impl Viewer {
    /// Somebody of the admin portal. Errors: `Forbidden` for contractors.
    pub fn admin(self) -> Outcome<Caller> {
        self.0.may(Permission::View).map(|()| self.0)
    }
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Viewer, Refusal> {
        let is_foreign = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        let by_cookie = parts.method == Method::GET && !is_foreign && !parts.headers.contains_key(header::AUTHORIZATION);
        let Some(token) = bearer(&parts.headers).or_else(|| session_of(&parts.headers).filter(|_| by_cookie)) else {
            return Ok(Viewer(identify_admin(state, parts).await.map_err(Refusal::basic)?.caller()));
        };
        Ok(Viewer(sign_in::identify(&state.ctx, token).await?))
    }
}

/// The token in the pages' session cookie, of whichever portal.
pub fn session_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let session = cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == SESSION_COOKIE);
    session.map(|(_, value)| value).filter(|token| !token.is_empty())
}

/// The schedule of another program, with `CRON_SECRET` (seed 000, Cron Secrets; decision 8).
#[derive(Clone, Copy, Debug)]
pub struct CronCaller;

#[derive(Deserialize)]
struct CronQuery {
    secret: Option<String>,
}

impl FromRequestParts<AppState> for CronCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<CronCaller, Refusal> {
        let asked = Query::<CronQuery>::try_from_uri(&parts.uri).ok().and_then(|Query(query)| query.secret);
        let given = asked.as_deref().or_else(|| bearer(&parts.headers)).filter(|secret| !secret.is_empty()).ok_or(BAD)?;
        let right = state.ctx.settings.cron_secret.matches(given);
        check_guess(state, parts, "the cron secret", right).await?;
        Ok(CronCaller)
    }
}

/// A partner with a lead source's key.
#[derive(Clone, Debug)]
pub struct SourceCaller(pub LeadSource);

impl FromRequestParts<AppState> for SourceCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SourceCaller, Refusal> {
        let MaybeSource(source) = MaybeSource::from_request_parts(parts, state).await?;
        Ok(SourceCaller(source.ok_or(BAD)?))
    }
}

/// A partner with a lead source's key, or anybody without one.
#[derive(Clone, Debug)]
pub struct MaybeSource(pub Option<LeadSource>);

impl FromRequestParts<AppState> for MaybeSource {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<MaybeSource, Refusal> {
        // The rate limit may have looked the key up already.
        if let Some(known) = parts.extensions.get::<LeadSource>() {
            return Ok(MaybeSource(Some(known.clone())));
        }
        match source_key(&parts.headers) {
            Some(key) => Ok(MaybeSource(Some(sources::authenticate(&state.ctx, key).await?))),
            None => Ok(MaybeSource(None)),
        }
    }
}

/// What stands where a lead source's key belongs. A token of a portal (`a.b.c`) is none: it is for other routes.
pub fn source_key(headers: &HeaderMap) -> Option<&str> {
    match headers.get("x-api-key") {
        Some(value) => Some(value.to_str().unwrap_or_default()),
        None => bearer(headers).filter(|token| token.split('.').count() != 3),
    }
}

/// What a request comes from, for the list of places where somebody is signed in.
pub fn device_of(parts: &Parts) -> Device {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Device { agent: agent.to_owned(), address: parts.extensions.get::<ClientAddress>().map(|address| address.client) }
}

/// As an extractor: [`device_of`].
#[derive(Clone, Debug)]
pub struct FromDevice(pub Device);

impl FromRequestParts<AppState> for FromDevice {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &AppState) -> Result<FromDevice, Self::Rejection> {
        Ok(FromDevice(device_of(parts)))
    }
}

/// The token of `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    authorization(headers, "bearer")
}

/// What follows the scheme in `Authorization`.
fn authorization<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let (given, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Lets nobody try secret after secret: each wrong one counts against the address, and after twenty in a
/// quarter of an hour the right one is refused too. A right one costs nothing. Errors: `Unauthenticated`, `TooMany`.
async fn check_guess(state: &AppState, parts: &Parts, what: &str, right: bool) -> Outcome<()> {
    const GUESSES: limits::Rule = limits::Rule { limit: 20, window_seconds: 15 * 60 };
    let ctx = &state.ctx;
    let address = parts.extensions.get::<ClientAddress>().map(|a| a.client).filter(|_| ctx.settings.rate_limits);
    let Some(address) = address else { return if right { Ok(()) } else { Err(BAD) } };
    let (key, now) = (format!("guess:{}", rate_limit::network_of(address)), ctx.now().timestamp());
    if let Some(until) = ctx.limits.used_up_until(&key, GUESSES, now) {
        return Err(limits::too_many(GUESSES.limit, until, now));
    }
    if right {
        return Ok(());
    }
    audit::security_event(ctx, "wrong_secret", &format!("wrong: {what}"), Some(&address.to_string())).await?;
    ctx.limits.hit(ctx, &key, GUESSES).await?.check(now)?;
    Err(BAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(session_of(&headers), None);
        headers.append(header::COOKIE, "theme=dark; plumbline_session=a.b.c; x=y".parse().expect("a header"));
        assert_eq!(session_of(&headers), Some("a.b.c"));
    }
}
