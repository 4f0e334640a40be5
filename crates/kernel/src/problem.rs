use crate::FieldError;
use std::fmt;

/// What a use case answers.
pub type Outcome<T> = Result<T, Problem>;

/// The one error of all use cases. Each surface turns it into its documented shape in one place.
#[derive(Debug)]
pub enum Problem {
    /// There is no such thing, or the caller may not know of it. `what` ("Lead"), and its id.
    NotFound {
        what: &'static str,
        id: String,
    },
    /// Fields that break a rule, all of them.
    Invalid(Vec<FieldError>),
    /// The request itself cannot be read: syntax, content type, encoding.
    Malformed(String),
    Unauthenticated(&'static str),
    Forbidden(&'static str),
    /// The state of things does not allow it. A stable code for programs, a sentence for people.
    Conflict {
        code: &'static str,
        message: String,
    },
    /// Ask again after so many seconds.
    TooMany {
        retry_after: u64,
    },
    TooLarge {
        limit: usize,
    },
    /// A dependency is down or not configured; the sentence says which.
    Unavailable(String),
    /// Our fault: logged with the request id, never shown.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Problem {
    pub fn not_found(what: &'static str, id: impl Into<String>) -> Problem {
        Problem::NotFound { what, id: id.into() }
    }

    pub fn invalid(field: &'static str, message: impl Into<String>) -> Problem {
        Problem::Invalid(vec![FieldError::new(field, message)])
    }

    pub fn conflict(code: &'static str, message: impl Into<String>) -> Problem {
        Problem::Conflict { code, message: message.into() }
    }

    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
        Problem::Internal(source.into())
    }
}

/// A sentence that may be shown to the caller.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NotFound { what, .. } => write!(f, "{what} not found"),
            Problem::Invalid(errors) => match errors.as_slice() {
                [one] => write!(f, "{one}"),
                _ => f.write_str("Please check the fields marked below"),
            },
            Problem::Malformed(message) | Problem::Conflict { message, .. } | Problem::Unavailable(message) => f.write_str(message),
            Problem::Unauthenticated(message) | Problem::Forbidden(message) => f.write_str(message),
            Problem::TooMany { retry_after } => {
                write!(f, "Too many requests. Please try again in {} minutes.", retry_after.div_ceil(60))
            }
            Problem::TooLarge { limit } => write!(f, "The request body is larger than {limit} bytes"),
            Problem::Internal(_) => f.write_str("Something went wrong on our side. Please try again."),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<sqlx::Error> for Problem {
    fn from(source: sqlx::Error) -> Problem {
        match source {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Problem::Unavailable("The database is not available right now. Please try again.".into())
            }
            other => Problem::internal(other),
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(source: serde_json::Error) -> Problem {
        Problem::internal(source)
    }
}
