//! API versions (seed 000, API Versioning): every answer of `/api` and `/health` says which one it is, a request may
//! ask for one, and deprecated routes say until when they exist.

use crate::api;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::DateTime;
use kernel::Problem;

pub const NAME: HeaderName = HeaderName::from_static("x-api-version");
pub const CURRENT: &str = "1.0";

/// A route that will go. Times are in Unix seconds; between the two lie 90 days at least.
#[derive(Clone, Debug)]
pub struct Deprecated {
    pub method: Method,
    /// As the router has it: `/api/leads/{leadId}`.
    pub path: &'static str,
    pub since: i64,
    pub sunset: i64,
    /// What to use instead: an address.
    pub successor: &'static str,
}

/// The routes that will go.
pub const DEPRECATED: &[Deprecated] = &[];

/// Names the version, refuses others, and warns of routes in `table` (RFC 9745, RFC 8594).
pub async fn name(State(table): State<&'static [Deprecated]>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let is_api = path == "/api" || path.starts_with("/api/");
    if !is_api && path != "/health" {
        return next.run(request).await;
    }
    let is_asked = |wanted: &Method| wanted == method || (*wanted == Method::GET && *method == Method::HEAD);
    let going = table.iter().find(|route| is_asked(&route.method) && matches(route.path, path));
    // Monitors get their answer, whatever they ask for.
    let asked = request.headers().get(NAME).filter(|_| is_api).map(|v| v.to_str().unwrap_or_default().trim().to_owned());
    let mut response = match asked.as_deref() {
        None | Some("1" | CURRENT) => next.run(request).await,
        Some(_) => api::refuse(&request, Problem::invalid("X-API-Version", format!("must be 1 or {CURRENT}: there is no other version"))),
    };
    let headers = response.headers_mut();
    headers.insert(NAME, HeaderValue::from_static(CURRENT));
    if let Some(route) = going {
        let date = DateTime::from_timestamp(route.sunset, 0).unwrap_or_default().format("%a, %d %b %Y %H:%M:%S GMT");
        let warnings = [
            (HeaderName::from_static("deprecation"), format!("@{}", route.since)),
            (HeaderName::from_static("sunset"), date.to_string()),
            (header::LINK, format!("<{}>; rel=\"successor-version\"", route.successor)),
        ];
        for (name, value) in warnings {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
    }
    response
}

/// Whether a path is of a route; `{…}` stands for one segment.
fn matches(route: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || (a.starts_with('{') && !b.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use axum::{Router, http::StatusCode};
    use tower::ServiceExt as _;

    const TABLE: &[Deprecated] =
        &[Deprecated { method: Method::GET, path: "/api/old/{id}", since: 1_759_276_800, sunset: 1_767_225_600, successor: "/api/v2/new" }];

    async fn asked(method: Method, path: &str, version: Option<&str>) -> Response {
        let app = Router::new()
            .route("/api/old/{id}", get(|| async { "old" }).post(|| async { "old" }))
            .route("/health", get(|| async { "fine" }))
            .layer(from_fn_with_state(TABLE, name));
        let mut request = Request::builder().method(method).uri(path);
        if let Some(version) = version {
            request = request.header("x-api-version", version);
        }
        app.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
    }

    fn header_of<'r>(response: &'r Response, name: &str) -> &'r str {
        response.headers().get(name).map_or("", |v| v.to_str().expect("text"))
    }

    #[tokio::test]
    async fn a_deprecated_route_says_until_when_it_exists() {
        for method in [Method::GET, Method::HEAD] {
            let old = asked(method, "/api/old/7", None).await;
            assert_eq!(header_of(&old, "deprecation"), "@1759276800");
            assert_eq!(header_of(&old, "sunset"), "Thu, 01 Jan 2026 00:00:00 GMT");
            assert_eq!(header_of(&old, "link"), "</api/v2/new>; rel=\"successor-version\"");
            assert_eq!(header_of(&old, "x-api-version"), "1.0");
        }
        for (method, path) in
            [(Method::POST, "/api/old/7"), (Method::GET, "/api/old"), (Method::GET, "/api/old/7/8"), (Method::GET, "/health")]
        {
            let other = asked(method, path, None).await;
            assert!(!other.headers().contains_key("deprecation") && !other.headers().contains_key("sunset"), "{path}");
        }
    }

    #[tokio::test]
    async fn an_unknown_version_is_refused_but_only_under_api() {
        for (version, status) in [("1", 200), ("1.0", 200), ("2", 400), ("1.1", 400), ("", 400), ("x", 400)] {
            let response = asked(Method::GET, "/api/old/7", Some(version)).await;
            assert_eq!(response.status().as_u16(), status, "{version}");
            assert_eq!(header_of(&response, "x-api-version"), "1.0");
        }
        let health = asked(Method::GET, "/health", Some("2")).await;
        assert_eq!((health.status(), header_of(&health, "x-api-version")), (StatusCode::OK, "1.0"));
    }

    #[test]
    fn every_deprecated_route_has_ninety_days() {
        assert!(DEPRECATED.iter().chain(TABLE).all(|route| route.sunset - route.since >= 90 * 24 * 3600));
    }
}
