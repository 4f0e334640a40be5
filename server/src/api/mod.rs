//! The REST surfaces. Each has its routes, its data shapes and its error shape.

pub mod docs;
pub mod getcontractor;
pub mod openapi;

use crate::http::body::Json;
use crate::state::AppState;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use getcontractor::error::{Refusal, status_of};
use kernel::Problem;
use serde_json::{Value, json};

/// Every documented route, with the document that describes them.
pub fn routes() -> (Router<AppState>, Value) {
    let (router, described) = openapi::start()
        .routes(utoipa_axum::routes!(crate::health::health))
        .merge(getcontractor::routes())
        .routes(utoipa_axum::routes!(crate::inbound::twilio::call_status))
        .routes(utoipa_axum::routes!(crate::inbound::twilio::sms_status))
        .routes(utoipa_axum::routes!(crate::inbound::stripe::events))
        .routes(utoipa_axum::routes!(crate::inbound::sendgrid::events))
        .split_for_parts();
    let document = openapi::complete(described);
    let served = document.to_string();
    let router = router
        .route("/openapi.json", get(move || std::future::ready(([(header::CONTENT_TYPE, "application/json")], served))))
        .route("/docs", get(docs::page))
        .method_not_allowed_fallback(getcontractor::error::method_not_allowed)
        .route("/api", any(getcontractor::error::unknown_path))
        .route("/api/{*rest}", any(getcontractor::error::unknown_path));
    (router, document)
}

/// Answers for a route that the request does not reach, in the shape of that route's surface.
pub fn refuse(request: &Request, problem: Problem) -> Response {
    if !request.uri().path().starts_with("/rpc/") {
        return Refusal::from(problem).into_response();
    }
    let status = status_of(&problem);
    let sentence = problem.to_string();
    let wants_page = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    let mut response = if wants_page {
        // A form that was sent without script: a page of its own, with fixed text only.
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>Please try again</title><h1>That did not work</h1><p>{sentence}</p><p><a href=\"/\">Back to the start</a></p></html>"
        );
        (status, Html(page)).into_response()
    } else {
        // As server functions encode their errors.
        let kind = match problem {
            Problem::TooMany { .. } => "TooMany",
            Problem::Forbidden(_) => "Forbidden",
            Problem::TooLarge { .. } | Problem::Malformed(_) | Problem::Invalid(_) => "Invalid",
            Problem::Unavailable(_) => "Unavailable",
            _ => "Internal",
        };
        (status, Json(json!({ "kind": kind, "message": sentence, "fields": [] }))).into_response()
    };
    if let Problem::TooMany { retry_after, .. } = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
    }
    response
}
