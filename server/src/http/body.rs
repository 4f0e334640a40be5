//! JSON bodies: what cannot be read is 400 and says where, what is too large is 413.

use crate::api::getcontractor::error::Refusal;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError};
use kernel::{FieldError, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::error::Error;

/// The most bytes that a body may have: one less than 1 MiB (decision 38).
pub const MOST: usize = 1024 * 1024 - 1;

/// A JSON body of `T`.
///
/// Errors: `Malformed` for another content type, broken JSON or invalid UTF-8; `Invalid` naming the
/// field for a value of the wrong type; `TooLarge`.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Body<T>, Refusal> {
        let is_json = is_json(request.headers());
        // Read it in any case, so that the connection stays usable.
        let bytes = request.into_body().collect().await.map_err(|error| unreadable(&error))?.to_bytes();
        if !is_json {
            return Err(Problem::Malformed("The content type must be application/json".into()).into());
        }
        Ok(Body(parse(&bytes)?))
    }
}

/// An answer in JSON. Axum's own writes into a growing `BytesMut`, piece by piece: that is much of the work of a long list.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response(),
            Err(error) => Refusal::from(Problem::internal(error)).into_response(),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()) else { return false };
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Why a body could not be received.
pub fn unreadable(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(source) = cause {
        if source.is::<LengthLimitError>() {
            return Problem::TooLarge { limit: MOST };
        }
        cause = source.source();
    }
    Problem::Malformed("The request body could not be read".into())
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::Malformed("The request body is not valid UTF-8".into()))?;
    // A list would pass for a struct, field after field.
    match text.trim_start().chars().next() {
        Some('{') => {}
        Some(_) => return Err(Problem::Malformed("The request body must be a JSON object".into())),
        None => return Err(Problem::Malformed("The request body is empty".into())),
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| explain(&error))?;
    json.end().map_err(|error| broken(&error))?;
    Ok(value)
}

fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let source = error.inner();
    if source.classify() != Category::Data {
        return broken(source);
    }
    let message = source.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let expected = message.split_once(", expected ").map(|(_, expected)| expected);
    let path = error.path().to_string();
    match (path.as_str(), expected) {
        (".", _) => Problem::Malformed(format!("The request body is not as documented: {message}")),
        (_, Some(expected)) => Problem::Invalid(vec![FieldError::new(path, format!("must be {}", in_plain_words(expected)))]),
        (_, None) => Problem::Invalid(vec![FieldError::new(path, message)]),
    }
}

fn in_plain_words(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "i64" | "u64" | "i32" | "u32" => "a whole number",
        "f64" => "a number",
        other if other.starts_with("struct ") || other == "a map" => "an object",
        other => other,
    }
}

fn broken(error: &serde_json::Error) -> Problem {
    Problem::Malformed(format!("The request body is not valid JSON (line {}, column {})", error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Sample {
        first_name: Option<String>,
        zips: Option<Vec<String>>,
    }

    fn said(json: &[u8]) -> String {
        match parse::<Sample>(json) {
            Ok(_) => "fine".into(),
            Err(Problem::Invalid(errors)) => errors[0].to_string(),
            Err(other) => other.to_string(),
        }
    }

    #[test]
    fn the_wrong_type_names_its_field() {
        assert_eq!(said(br#"{"firstName":"a","more":1}"#), "fine");
        assert_eq!(said(br#"{"firstName":5}"#), "firstName must be a string");
        assert_eq!(said(br#"{"zips":["1",2]}"#), "zips[1] must be a string");
        assert_eq!(said(br#"{"zips":"1"}"#), "zips must be a list");
    }

    #[test]
    fn what_is_not_json_says_where() {
        assert!(said(b"{").starts_with("The request body is not valid JSON (line 1"));
        assert!(said(b"{} x").starts_with("The request body is not valid JSON"));
        assert_eq!(said(b" "), "The request body is empty");
        assert_eq!(said(b"[]"), "The request body must be a JSON object");
        assert_eq!(said(b"\xff\xfe"), "The request body is not valid UTF-8");
        assert_eq!(said(b"5"), "The request body must be a JSON object");
        assert!(said(format!("{{\"x\":{}", "[".repeat(5000)).as_bytes()).contains("not valid JSON"));
    }
}
