//! Rate limits (seed 000, Rate Limits; decision 6): which routes have one, and for whom it counts.

use crate::api;
use crate::api::getcontractor::callers;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use leads::sources;
use platform::limits::{self, Rule};
use std::net::{IpAddr, Ipv6Addr};

/// What is counted together, and how much of it a window allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    bucket: &'static str,
    rule: Rule,
    /// Monitors must always get an answer: counted and shown, never refused.
    only_shown: bool,
}

const fn class(bucket: &'static str, limit: u32, window_seconds: i64) -> Class {
    Class { bucket, rule: Rule { limit, window_seconds }, only_shown: false }
}

const QUARTER_HOUR: i64 = 15 * 60;
const HOUR: i64 = 60 * 60;
const PUBLIC: Class = class("public", 100, QUARTER_HOUR);
const HEALTH: Class = Class { only_shown: true, ..class("health", 100, QUARTER_HOUR) };
const SUBMIT: Class = class("submit", 10, HOUR);
const REGISTER: Class = class("register", 10, HOUR);
const LOGIN: Class = class("login", 5, QUARTER_HOUR);
const CODE: Class = class("code", 10, QUARTER_HOUR);
const RESET: Class = class("reset", 5, QUARTER_HOUR);
const UPLOAD: Class = class("upload", 60, HOUR);

/// The class of a request, or none: authenticated routes, webhooks and pages have no limit.
fn class_of(method: &Method, path: &str) -> Option<Class> {
    if let Some(function) = path.strip_prefix("/rpc/") {
        // Server functions carry a number after their name.
        return match function.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "submit_lead" => Some(SUBMIT),
            "register" => Some(REGISTER),
            "sign_in" => Some(LOGIN),
            "sign_in_code" => Some(CODE),
            "request_password_reset" => Some(RESET),
            "contractor_dispute" | "contractor_add_evidence" => Some(UPLOAD),
            "set_password" | "feedback_form" | "give_feedback" => Some(PUBLIC),
            _ => None,
        };
    }
    match (method, path) {
        (&Method::POST, "/api/leads/submit") => Some(SUBMIT),
        (&Method::POST, "/api/contractors/register") => Some(REGISTER),
        (&Method::POST, "/api/contractors/login") => Some(LOGIN),
        (&Method::GET | &Method::HEAD, "/health") => Some(HEALTH),
        (&Method::GET | &Method::HEAD, "/openapi.json") => Some(PUBLIC),
        (&Method::OPTIONS, _) => None,
        (_, path) if path.starts_with("/api/feedback/") => Some(PUBLIC),
        _ => None,
    }
}

/// Every path with a limit, for the OpenAPI document.
pub fn is_limited(method: &Method, path: &str) -> bool {
    class_of(method, path).is_some()
}

/// One household has one IPv4 address or one IPv6 network of 64 bits.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Counts the request, refuses it over the limit, and shows the limit in the headers. A lead source's submissions
/// count for the source, wherever they come from.
pub async fn limit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let ctx = &state.ctx;
    let class = class_of(request.method(), request.uri().path()).filter(|_| ctx.settings.rate_limits);
    let (Some(mut class), Some(address)) = (class, request.extensions().get::<ClientAddress>().copied()) else {
        return next.run(request).await;
    };
    let mut whose = network_of(address.client).to_string();
    // A wrong key is refused later, and counts for the address.
    if class == SUBMIT
        && let Some(key) = callers::source_key(request.headers())
        && let Ok(source) = sources::authenticate(ctx, key).await
    {
        class = Class { bucket: "source", rule: Rule { limit: ctx.settings.lead_source_limit, window_seconds: HOUR }, only_shown: false };
        whose.clone_from(&source.id);
        request.extensions_mut().insert(source);
    }
    let now = ctx.now().timestamp();
    let key = format!("{}:{whose}", class.bucket);
    let hit = if class.only_shown {
        // Not in the database: the answer must come when that is down, too.
        state.shown.count(&key, class.rule, now)
    } else {
        match ctx.limits.hit(ctx, &key, class.rule).await {
            Ok(hit) => hit,
            Err(problem) => {
                tracing::warn!(error = problem.for_log(), "the rate limit could not be counted");
                return next.run(request).await;
            }
        }
    };
    let mut response = if hit.allowed || class.only_shown {
        next.run(request).await
    } else {
        metrics::counter!("plumbline_rate_limited_total", "class" => class.bucket).increment(1);
        api::refuse(&request, limits::too_many(hit.limit, hit.resets_at, now))
    };
    // A refusal from within tells of the limit that it met: too many wrong passwords for one account.
    if !response.headers().contains_key(LIMIT) {
        show(response.headers_mut(), hit.limit, hit.remaining, hit.resets_at);
    }
    response
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");

/// The documented headers (seed 000, Rate Limit Headers).
pub fn show(headers: &mut HeaderMap, limit: u32, remaining: u32, resets_at: i64) {
    headers.insert(LIMIT, HeaderValue::from(limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(resets_at));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_network_is_one_client() {
        let a: IpAddr = "2001:db8:0:1::1".parse().expect("valid");
        let b: IpAddr = "2001:db8:0:1:ffff::2".parse().expect("valid");
        let c: IpAddr = "2001:db8:0:2::1".parse().expect("valid");
        assert_eq!(network_of(a), network_of(b));
        assert_ne!(network_of(a), network_of(c));
    }

    #[test]
    fn server_functions_share_the_buckets_of_their_routes() {
        assert_eq!(class_of(&Method::POST, "/rpc/sign_in1234567890"), class_of(&Method::POST, "/api/contractors/login"));
        assert_eq!(class_of(&Method::POST, "/rpc/submit_lead"), class_of(&Method::POST, "/api/leads/submit"));
        assert_eq!(class_of(&Method::POST, "/rpc/list_leads123"), None);
        assert_eq!(class_of(&Method::GET, "/api/contractors/leads"), None);
    }
}
