//! Rate limits (seed 000, Rate Limits; decision 6): fixed windows per client address, in memory.

use crate::api;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use kernel::Problem;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// What is counted together, and how much of it a window allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    bucket: &'static str,
    limit: u32,
    window_seconds: i64,
    /// Monitors must always get an answer: counted and shown, never refused.
    only_shown: bool,
}

const fn class(bucket: &'static str, limit: u32, window_seconds: i64) -> Class {
    Class { bucket, limit, window_seconds, only_shown: false }
}

const QUARTER_HOUR: i64 = 15 * 60;
const HOUR: i64 = 60 * 60;
const PUBLIC: Class = class("public", 100, QUARTER_HOUR);
const HEALTH: Class = Class { only_shown: true, ..class("health", 100, QUARTER_HOUR) };
const SUBMIT: Class = class("submit", 10, HOUR);
const REGISTER: Class = class("register", 10, HOUR);
const LOGIN: Class = class("login", 5, QUARTER_HOUR);
const RESET: Class = class("reset", 5, QUARTER_HOUR);

/// The class of a request, or none: authenticated routes, webhooks and pages have no limit.
fn class_of(method: &Method, path: &str) -> Option<Class> {
    if let Some(function) = path.strip_prefix("/rpc/") {
        // Server functions carry a number after their name.
        return match function.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "submit_lead" => Some(SUBMIT),
            "register" => Some(REGISTER),
            "sign_in" => Some(LOGIN),
            "request_password_reset" => Some(RESET),
            "set_password" => Some(PUBLIC),
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

#[derive(Clone, Copy, Debug)]
struct Window {
    used: u32,
    /// Unix seconds.
    resets_at: i64,
}

/// What one hit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hit {
    allowed: bool,
    remaining: u32,
    resets_at: i64,
}

/// Counts requests by class and client. Holds at most [`Limiter::MOST`] windows.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<(&'static str, IpAddr), Window>>);

impl Limiter {
    /// About 5 MB.
    const MOST: usize = 65_536;

    fn hit(&self, class: Class, client: IpAddr, now: i64) -> Hit {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (class.bucket, network_of(client));
        if windows.len() >= Limiter::MOST && !windows.contains_key(&key) {
            windows.retain(|_, window| window.resets_at > now);
            // Still full, under an attack from very many addresses: forget some, arbitrarily.
            let surplus: Vec<_> = windows.keys().take((windows.len() + Limiter::MOST / 8).saturating_sub(Limiter::MOST)).copied().collect();
            for key in surplus {
                windows.remove(&key);
            }
        }
        let fresh = Window { used: 0, resets_at: now + class.window_seconds };
        let window = windows.entry(key).or_insert(fresh);
        if window.resets_at <= now {
            *window = fresh;
        }
        let allowed = window.used < class.limit;
        if allowed {
            window.used += 1;
        }
        Hit { allowed: allowed || class.only_shown, remaining: class.limit - window.used, resets_at: window.resets_at }
    }
}

/// One household has one IPv4 address or one IPv6 network of 64 bits.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Counts the request, refuses it over the limit, and shows the limit in the headers.
pub async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let class = class_of(request.method(), request.uri().path()).filter(|_| state.ctx.settings.rate_limits);
    let (Some(class), Some(address)) = (class, request.extensions().get::<ClientAddress>().copied()) else {
        return next.run(request).await;
    };
    let now = state.ctx.now().timestamp();
    let hit = state.limiter.hit(class, address.client, now);
    let mut response = if hit.allowed {
        next.run(request).await
    } else {
        metrics::counter!("plumbline_rate_limited_total", "class" => class.bucket).increment(1);
        let retry_after = u64::try_from(hit.resets_at - now).unwrap_or(1).max(1);
        api::refuse(&request, Problem::TooMany { retry_after })
    };
    show(response.headers_mut(), class, hit);
    response
}

fn show(headers: &mut HeaderMap, class: Class, hit: Hit) {
    headers.insert("x-ratelimit-limit", HeaderValue::from(class.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(hit.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(hit.resets_at));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_allows_its_limit_and_then_starts_anew() {
        let limiter = Limiter::default();
        let client = IpAddr::from([203, 0, 113, 1]);
        for left in (0..5).rev() {
            assert_eq!(limiter.hit(LOGIN, client, 1000), Hit { allowed: true, remaining: left, resets_at: 1900 });
        }
        assert_eq!(limiter.hit(LOGIN, client, 1899), Hit { allowed: false, remaining: 0, resets_at: 1900 });
        assert!(limiter.hit(SUBMIT, client, 1899).allowed, "another class is another bucket");
        assert!(limiter.hit(LOGIN, IpAddr::from([203, 0, 113, 2]), 1899).allowed, "another client too");
        assert_eq!(limiter.hit(LOGIN, client, 1900), Hit { allowed: true, remaining: 4, resets_at: 2800 });
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let a: IpAddr = "2001:db8:0:1::1".parse().expect("valid");
        let b: IpAddr = "2001:db8:0:1:ffff::2".parse().expect("valid");
        let c: IpAddr = "2001:db8:0:2::1".parse().expect("valid");
        assert_eq!(network_of(a), network_of(b));
        assert_ne!(network_of(a), network_of(c));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::default();
        for n in 0..(Limiter::MOST as u32 + 10_000) {
            limiter.hit(PUBLIC, IpAddr::from(n.to_be_bytes()), 1000);
        }
        assert!(limiter.0.lock().expect("unpoisoned").len() <= Limiter::MOST);
    }

    #[test]
    fn server_functions_share_the_buckets_of_their_routes() {
        assert_eq!(class_of(&Method::POST, "/rpc/sign_in1234567890"), class_of(&Method::POST, "/api/contractors/login"));
        assert_eq!(class_of(&Method::POST, "/rpc/submit_lead"), class_of(&Method::POST, "/api/leads/submit"));
        assert_eq!(class_of(&Method::POST, "/rpc/list_leads123"), None);
        assert_eq!(class_of(&Method::GET, "/api/contractors/leads"), None);
    }
}
