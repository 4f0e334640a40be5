//! The one error of all pages and server functions.

use kernel::FieldError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of thing went wrong: pages choose their words and their way out by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorKind {
    NotFound,
    Invalid,
    Unauthenticated,
    Forbidden,
    Conflict,
    TooMany,
    Unavailable,
    Internal,
    /// The answer did not arrive: the network, not the server.
    Offline,
}

/// A sentence for the person, and the fields that need another look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    pub kind: ErrorKind,
    pub message: String,
    pub fields: Vec<FieldError>,
}

impl AppError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> AppError {
        AppError { kind, message: message.into(), fields: Vec::new() }
    }

    /// Nobody is signed in. On the server the answer gets its status, too.
    pub fn unauthenticated() -> AppError {
        #[cfg(feature = "ssr")]
        ssr::set_status(axum::http::StatusCode::UNAUTHORIZED);
        AppError::new(ErrorKind::Unauthenticated, crate::text::SIGN_IN_AGAIN)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> AppError {
        match value {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => AppError::new(ErrorKind::Offline, crate::text::OFFLINE),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                #[cfg(feature = "ssr")]
                ssr::set_status(axum::http::StatusCode::BAD_REQUEST);
                AppError::new(ErrorKind::Invalid, crate::text::FORM_INCOMPLETE)
            }
            _ => AppError::new(ErrorKind::Internal, crate::text::OUR_FAULT),
        }
    }
}

/// The fields' errors of a check that ran in the browser; other problems have none.
pub fn invalid_fields(problem: kernel::Problem) -> Vec<FieldError> {
    match problem {
        kernel::Problem::Invalid(fields) => fields,
        _ => Vec::new(),
    }
}

#[cfg(feature = "ssr")]
pub use ssr::{is_plain_form, plain_form_goes_back, plain_form_goes_to};

#[cfg(feature = "ssr")]
mod ssr {
    use super::{AppError, ErrorKind};
    use axum::http::{Method, StatusCode, header, request::Parts};
    use kernel::Problem;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    impl From<Problem> for AppError {
        /// Also gives the answer its status, and logs what is our fault.
        fn from(problem: Problem) -> AppError {
            let message = problem.to_string();
            let (kind, status) = match &problem {
                Problem::NotFound { .. } => (ErrorKind::NotFound, StatusCode::NOT_FOUND),
                Problem::Invalid(_) | Problem::Malformed(_) | Problem::TooLarge { .. } => (ErrorKind::Invalid, StatusCode::BAD_REQUEST),
                Problem::Unauthenticated(_) => (ErrorKind::Unauthenticated, StatusCode::UNAUTHORIZED),
                Problem::Forbidden(_) => (ErrorKind::Forbidden, StatusCode::FORBIDDEN),
                Problem::Conflict { .. } | Problem::Changed(_) => (ErrorKind::Conflict, StatusCode::CONFLICT),
                Problem::TooMany { .. } => (ErrorKind::TooMany, StatusCode::TOO_MANY_REQUESTS),
                Problem::Unavailable(_) => (ErrorKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
                Problem::Internal(_) => {
                    tracing::error!(error = problem.for_log(), "a page failed");
                    (ErrorKind::Internal, StatusCode::INTERNAL_SERVER_ERROR)
                }
            };
            set_status(status);
            let fields = match problem {
                Problem::Invalid(fields) | Problem::Changed(fields) => fields,
                _ => Vec::new(),
            };
            AppError { kind, message, fields }
        }
    }

    /// Whether this answers a form that was posted without script.
    pub fn is_plain_form() -> bool {
        use_context::<Parts>().is_some_and(|parts| {
            let accepts_html = parts.headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
            parts.method == Method::POST && accepts_html
        })
    }

    /// Where a form that was posted without script goes when it is done. By itself it would go back to the address that
    /// shows the form; with script the page goes on by itself.
    pub fn plain_form_goes_to(path: &str) {
        if is_plain_form() {
            leptos_axum::redirect(path);
        }
    }

    /// As `plain_form_goes_to`, to a list as it was; `back` is its query.
    pub fn plain_form_goes_back(path: &str, back: &str) {
        plain_form_goes_to(&format!("{path}?{}", back.trim_start_matches('?')));
    }

    /// A form that was posted without script is answered by a redirect to its page, which must stay one.
    pub(super) fn set_status(status: StatusCode) {
        if let Some(options) = use_context::<ResponseOptions>().filter(|_| !is_plain_form()) {
            // Somebody may be on the way to sign in: that answer's status is a redirect's.
            let redirects = options.0.read().is_ok_and(|parts| parts.headers.contains_key(header::LOCATION));
            if !redirects {
                options.set_status(status);
            }
        }
    }
}
