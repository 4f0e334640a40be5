//! What is refused before any route sees it: plain http behind a proxy, forms that other sites
//! post, bodies that are too large, requests that take too long; and what becomes of a panic.

use crate::api;
use crate::http::body;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use kernel::Problem;
use platform::files;
use std::any::Any;
use std::time::Duration;

/// How long an answer may take. Live events answer at once, and stream afterwards.
const LONGEST: Duration = Duration::from_secs(30);

/// Phones in the field send photos slowly.
const LONGEST_UPLOAD: Duration = Duration::from_secs(300);

/// HTTPS only (seed 000, HTTPS Only; decision 38): what a trusted proxy received over plain http is
/// redirected when it reads, and refused when it writes, for then its secrets have been seen already.
pub async fn https_only(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let settings = &state.ctx.settings;
    let through_proxy = request.extensions().get::<ClientAddress>().is_some_and(|a| a.through_proxy);
    let is_plain = request.headers().get("x-forwarded-proto").is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"http"));
    if !(settings.production && through_proxy && is_plain) {
        return next.run(request).await;
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Ok(target) = HeaderValue::from_str(&format!("{}{path}", settings.public_url))
    {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target)]).into_response();
    }
    api::refuse(&request, Problem::Forbidden("HTTPS is required"))
}

/// Server functions act on a cookie; a page of another site must not post to them.
pub async fn same_site(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && request.uri().path().starts_with("/rpc/") && is_foreign(request.headers(), &state.ctx.settings.public_url) {
        return api::refuse(&request, Problem::Forbidden("This form was sent from another site"));
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
        Some(Ok(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            let is_ours = origin == origin_of(public_url) || (host.is_some() && host == text(header::HOST));
            !is_ours
        }
        Some(Err(_)) => true,
        None => text(header::HeaderName::from_static("sec-fetch-site")).is_some_and(|site| site == "cross-site"),
    }
}

/// `https://example.com` of `https://example.com/below`.
fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    url[after_scheme..].find('/').map_or(url, |at| &url[..after_scheme + at])
}

/// The server functions that take files.
const UPLOADS: [&str; 2] = ["/rpc/contractor_dispute", "/rpc/contractor_add_evidence"];

fn is_upload(request: &Request) -> bool {
    UPLOADS.contains(&request.uri().path())
}

/// How large a body may be: 1 MiB (decision 38), and where files are sent as much as they may have in all.
fn most_of(request: &Request) -> usize {
    if is_upload(request) { leads::evidence::MOST_FILES * files::MOST_BYTES + body::MOST } else { body::MOST }
}

/// Refuses a form with files that is none: what reads such forms counts on it.
pub async fn whole_forms(request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let is_form = kind.to_ascii_lowercase().starts_with("multipart/form-data") && kind.contains("boundary=");
    if is_upload(&request) && request.method() == Method::POST && (!is_form || multer::parse_boundary(kind).is_err()) {
        return api::refuse(&request, Problem::Malformed("The content type must be multipart/form-data with a boundary".into()));
    }
    next.run(request).await
}

/// Refuses a body that is too large, whether it says so or not.
pub async fn body_limit(request: Request, next: Next) -> Response {
    let most = most_of(&request);
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    let (parts, content) = request.into_parts();
    if announced.is_some_and(|length| length > most) {
        // Clients that write first and read later would miss the answer on a connection closed too early.
        let _ = tokio::time::timeout(Duration::from_secs(5), Limited::new(content, most + 16 * body::MOST).collect()).await;
        return api::refuse(&Request::from_parts(parts, Body::empty()), Problem::TooLarge { limit: most });
    }
    next.run(Request::from_parts(parts, Body::new(Limited::new(content, most)))).await
}

/// Ends a request that takes too long.
pub async fn time_limit(request: Request, next: Next) -> Response {
    let head = head_of(&request);
    let longest = if is_upload(&request) { LONGEST_UPLOAD } else { LONGEST };
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("the answer took too long");
            api::refuse(&head, Problem::Unavailable("The answer took too long. Please try again.".into()))
        }
    }
}

/// The request without its body, to shape a refusal after the request is gone.
fn head_of(request: &Request) -> Request {
    let mut head = Request::new(Body::empty());
    *head.uri_mut() = request.uri().clone();
    *head.method_mut() = request.method().clone();
    if let Some(accept) = request.headers().get(header::ACCEPT) {
        head.headers_mut().insert(header::ACCEPT, accept.clone());
    }
    head
}

/// A bug in a handler ends one request, not the process.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    api::getcontractor::error::Refusal::from(Problem::internal(format!("panic: {}", what.unwrap_or("unknown")))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, routing::get};
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;
    use tracing_subscriber::layer::SubscriberExt as _;

    async fn broken() -> &'static str {
        panic!("words of ours")
    }

    #[tokio::test]
    async fn a_panic_ends_one_request_in_shape_and_is_reported() {
        let (reporter, mut reports) = crate::sentry::channel();
        let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(reporter));
        let app = Router::new().route("/api/broken", get(broken)).layer(CatchPanicLayer::custom(after_panic));
        let request = Request::builder().uri("/api/broken").body(Body::empty()).expect("a request");
        let response = app.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let sentence = "Something went wrong on our side. Please try again.";
        assert_eq!(body, serde_json::json!({ "error": "Internal server error", "details": sentence }));
        let report = reports.try_recv().expect("a report");
        assert_eq!(report["extra"]["error"], "panic: words of ours");
    }

    fn foreign(pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs.iter().map(|(n, v)| (header::HeaderName::from_static(n), v.parse().expect("a value"))).collect();
        is_foreign(&headers, "https://leads.example.com/below")
    }

    #[test]
    fn only_forms_of_this_site_pass() {
        assert!(!foreign(&[("host", "localhost:3000"), ("origin", "http://localhost:3000")]));
        assert!(!foreign(&[("host", "10.0.0.5:3000"), ("origin", "https://leads.example.com")]));
        assert!(!foreign(&[("host", "localhost:3000")]), "a program without Origin has no cookie of a browser");
        assert!(foreign(&[("host", "localhost:3000"), ("origin", "https://evil.example")]));
        assert!(foreign(&[("host", "localhost:3000"), ("origin", "http://localhost:3001")]));
        assert!(foreign(&[("host", "localhost:3000"), ("origin", "null")]));
        assert!(foreign(&[("host", "localhost:3000"), ("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[("host", "leads.example.com"), ("origin", "https://leads.example.com.evil.example")]));
    }
}
