//! Refusals in this surface's shape: `{error, details?}` (seed 000, Error Codes; decision 4).

use crate::http::body::Json;
use crate::http::rate_limit;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Problem};
use leads::sign_in::CODE_REQUIRED;
use serde::Serialize;
use utoipa::ToSchema;

/// What a refused request is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorBody {
    /// Error message description.
    #[schema(example = "Lead not found")]
    pub error: String,
    /// Additional context if available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Lead ID: clxyz789 does not exist")]
    pub details: Option<String>,
}

/// A problem on its way to the caller.
#[derive(Debug)]
pub struct Refusal {
    problem: Problem,
    /// How a caller could authenticate here.
    challenge: &'static str,
}

impl Refusal {
    /// A refusal of a route that takes Basic authentication.
    pub fn basic(problem: Problem) -> Refusal {
        Refusal { problem, challenge: "Basic realm=\"admin\", charset=\"UTF-8\"" }
    }
}

/// For who asks from within.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        refusal.problem
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal { problem, challenge: "Bearer" }
    }
}

/// What a handler answers.
pub type Answer<T> = Result<T, Refusal>;

/// The documented code of a problem (seed 000, Error Codes).
pub fn status_of(problem: &Problem) -> StatusCode {
    match problem {
        Problem::NotFound { .. } => StatusCode::NOT_FOUND,
        Problem::Invalid(_) | Problem::Malformed(_) => StatusCode::BAD_REQUEST,
        Problem::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Problem::Forbidden(_) => StatusCode::FORBIDDEN,
        Problem::Conflict { .. } | Problem::Changed(_) => StatusCode::CONFLICT,
        Problem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Problem::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Problem::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Problem::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal { problem, challenge } = self;
        if let Problem::Internal(_) = &problem {
            // The request's span adds its id.
            tracing::error!(error = problem.for_log(), "a request failed");
        }
        if let Problem::Unavailable(why) = &problem {
            tracing::warn!(why, "a request could not be served");
        }
        let mut response = (status_of(&problem), Json(body_of(&problem))).into_response();
        let headers = response.headers_mut();
        match problem {
            Problem::Unauthenticated(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            Problem::TooMany { retry_after, limit, resets_at } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
                rate_limit::show(headers, limit, 0, resets_at);
            }
            _ => {}
        }
        response
    }
}

fn body_of(problem: &Problem) -> ErrorBody {
    let with = |error: &str, details: String| ErrorBody { error: error.into(), details: Some(details) };
    match problem {
        Problem::NotFound { what, id } if id.is_empty() => ErrorBody { error: format!("{what} not found"), details: None },
        Problem::NotFound { what, id } => with(&format!("{what} not found"), format!("{what} ID: {id} does not exist")),
        Problem::Invalid(errors) => of_fields(errors),
        Problem::Malformed(message) => with("Malformed request", message.clone()),
        Problem::Unauthenticated(CODE_REQUIRED) => {
            with(CODE_REQUIRED, "Send the code of the authenticator app, or a recovery code, as totpCode".into())
        }
        Problem::Unauthenticated(message) | Problem::Forbidden(message) => ErrorBody { error: (*message).into(), details: None },
        Problem::Conflict { code, message } => with(&title_of(code), message.clone()),
        Problem::Changed(fields) => with("Changed meanwhile", fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        Problem::TooMany { .. } => with("Rate limit exceeded", problem.to_string()),
        Problem::TooLarge { .. } => with("Request body too large", problem.to_string()),
        Problem::Unavailable(message) => with("Service unavailable", message.clone()),
        Problem::Internal(_) => with("Internal server error", problem.to_string()),
    }
}

/// Missing fields come first, in the document's own words; the others follow.
fn of_fields(errors: &[FieldError]) -> ErrorBody {
    let (missing, wrong): (Vec<&FieldError>, Vec<&FieldError>) = errors.iter().partition(|e| e.message == FieldError::REQUIRED);
    let mut details: Vec<String> = Vec::with_capacity(wrong.len() + 1);
    let missing: Vec<&str> = missing.iter().map(|e| e.field.as_ref()).collect();
    match missing.as_slice() {
        [] => {}
        [one] => details.push(format!("{one} is required")),
        [first @ .., last] => details.push(format!("{} and {last} are required", first.join(", "))),
    }
    details.extend(wrong.iter().map(ToString::to_string));
    let error = if missing.is_empty() { "Validation failed" } else { "Missing required fields" };
    ErrorBody { error: error.into(), details: (!details.is_empty()).then(|| details.join("; ")) }
}

/// `email_taken` → `Email taken`.
fn title_of(code: &str) -> String {
    let words = code.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or(words)
}

/// The 404 of a path that the surface does not have.
pub async fn unknown_path() -> Response {
    let body = ErrorBody { error: "Not found".into(), details: Some("There is no such path. The API is described at /docs.".into()) };
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

/// The 405 of a path that exists, for another method. The router adds `Allow`, which is all that OPTIONS asks for.
pub async fn method_not_allowed(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let details = Some(format!("{} is not possible here", request.method()));
    (StatusCode::METHOD_NOT_ALLOWED, Json(ErrorBody { error: "Method not allowed".into(), details })).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(problem: &Problem) -> (String, String) {
        let body = body_of(problem);
        (body.error, body.details.unwrap_or_default())
    }

    /// The examples of seed 000, Error Codes.
    #[test]
    fn the_documented_examples_come_out_word_for_word() {
        let missing = |names: &[&'static str]| Problem::Invalid(names.iter().map(|n| FieldError::new(*n, FieldError::REQUIRED)).collect());
        let said = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            shown(&missing(&["customerPhone", "customerZip"])),
            said("Missing required fields", "customerPhone and customerZip are required")
        );
        assert_eq!(shown(&missing(&["a"])).1, "a is required");
        assert_eq!(shown(&missing(&["a", "b", "c"])).1, "a, b and c are required");
        assert_eq!(shown(&Problem::not_found("Lead", "clxyz789")), said("Lead not found", "Lead ID: clxyz789 does not exist"));
        assert_eq!(
            shown(&Problem::TooMany { retry_after: 900, limit: 100, resets_at: 1_696_512_000 }),
            said("Rate limit exceeded", "Too many requests. Please try again in 15 minutes.")
        );
        assert_eq!(shown(&Problem::Unauthenticated("Invalid authentication credentials")), said("Invalid authentication credentials", ""));
        assert_eq!(
            shown(&Problem::conflict("duplicate_billing_record", "Billing record already exists for this call")),
            said("Duplicate billing record", "Billing record already exists for this call")
        );
    }

    #[test]
    fn missing_and_wrong_fields_are_both_told() {
        let both = Problem::Invalid(vec![FieldError::new("b", "must be x"), FieldError::new("a", FieldError::REQUIRED)]);
        assert_eq!(shown(&both), ("Missing required fields".into(), "a is required; b must be x".into()));
        assert_eq!(shown(&Problem::invalid("b", "must be x")).0, "Validation failed");
    }

    #[test]
    fn our_own_faults_stay_inside() {
        let (error, details) = shown(&Problem::internal("select * from secrets"));
        assert!(!format!("{error}{details}").contains("select"));
    }
}
