//! A name for each request, in its log lines and in its answer.

use crate::sentry;
use crate::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument;

use super::client_address::ClientAddress;

const NAME: &str = "x-request-id";

/// Counts the request while it is answered, accepts a sane `X-Request-Id` or makes one, echoes it, and writes one log line. Neither the query
/// nor a token, a page's key or an address in the path is logged (decisions 8 and 12).
pub async fn name_and_log(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let _under_way = state.ctx.begin_request();
    let id = accepted(request.headers()).unwrap_or_else(|| state.ctx.new_id());
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let path = match route.as_str() {
        "unmatched" => request.uri().path().chars().take(100).collect(),
        secret if ["{token}", "{key}", "{email}", "{*"].iter().any(|part| secret.contains(part)) => route.clone(),
        _ => request.uri().path().to_owned(),
    };
    let client = request.extensions().get::<ClientAddress>().map(|a| a.client.to_string()).unwrap_or_default();
    let span = tracing::info_span!("request", id = %id, %method, route);
    if state.ctx.settings.sentry_dsn.is_some() {
        sentry::keep_headers(&span, request.headers());
    }
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(path, status, ms = took.as_millis(), client, "answered"));
    let labels = [("method", label(&method)), ("route", route), ("status", status.to_string())];
    metrics::counter!("plumbline_http_requests_total", &labels).increment(1);
    metrics::histogram!("plumbline_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(NAME, value);
    }
    response
}

/// Only the methods that exist, so that a client cannot make series without end.
fn label(method: &axum::http::Method) -> String {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    }
}

fn accepted(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(NAME)?.to_str().ok()?;
    let sane = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    sane.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_accepted() {
        let given = |text: &str| accepted(&HeaderMap::from_iter([(NAME.parse().expect("a name"), text.parse().expect("a value"))]));
        assert_eq!(given("req-1.a:b_C"), Some("req-1.a:b_C".into()));
        for bad in ["", "a b", "<script>", &"x".repeat(65)] {
            assert_eq!(given(bad), None, "{bad}");
        }
    }
}
