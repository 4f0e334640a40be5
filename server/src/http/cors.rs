//! Which other sites' scripts may call the API (seed 000, CORS). Without credentials: the API takes
//! its callers from the `Authorization` header, never from a cookie.

use crate::http::api_version;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Request-Id, \
    X-API-Version, Deprecation, Sunset, Link, Idempotency-Replayed";

/// Answers preflights, and allows the answer to be read by the known origins.
pub async fn allow(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !(path.starts_with("/api/") || path == "/health" || path == "/openapi.json") {
        return next.run(request).await;
    }
    let origin = allowed(request.headers(), &state.ctx.settings.cors_allowed_origins);
    let is_preflight = request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else { return response };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    if is_preflight {
        headers.insert(api_version::NAME, HeaderValue::from_static(api_version::CURRENT));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"));
        let allowed = HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, X-API-Key, X-API-Version, X-Request-Id");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}

/// Seed 000's three are among the known ones; `CORS_ALLOWED_ORIGINS` adds others.
fn allowed(headers: &HeaderMap, known: &[String]) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    known.iter().any(|k| k.trim_end_matches('/') == text).then(|| origin.clone())
}
