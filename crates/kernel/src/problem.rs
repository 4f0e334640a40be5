use crate::{FieldError, mask};
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
    /// Somebody else changed the same thing since the caller looked at it: what the fields that differ hold now.
    Changed(Vec<FieldError>),
    /// Ask again after so many seconds: `limit` is used up until `resets_at`, in seconds since 1970.
    TooMany {
        retry_after: u64,
        limit: u32,
        resets_at: i64,
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

    /// As the log may hold it: a database tells in its errors which values it met.
    pub fn for_log(&self) -> String {
        match self {
            Problem::Internal(source) => mask(&source.to_string()),
            other => mask(&format!("{other:?}")),
        }
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
            Problem::Changed(_) => {
                f.write_str("Somebody else changed this while you were here. Look at what is there now, then save again.")
            }
            Problem::Malformed(message) | Problem::Conflict { message, .. } | Problem::Unavailable(message) => f.write_str(message),
            Problem::Unauthenticated(message) | Problem::Forbidden(message) => f.write_str(message),
            Problem::TooMany { retry_after, .. } => {
                write!(f, "Too many requests. Please try again in {} minutes.", retry_after.div_ceil(60))
            }
            Problem::TooLarge { limit } => write!(f, "The request body is larger than {limit} bytes"),
            Problem::Internal(_) => f.write_str("Something went wrong on our side. Please try again."),
        }
    }
}

#[cfg(feature = "ssr")]
const FULL: &str = "There is no room to keep this right now. Please try again later.";

/// Of files: a disk that is full or became read-only takes them later.
#[cfg(feature = "ssr")]
impl From<std::io::Error> for Problem {
    fn from(source: std::io::Error) -> Problem {
        use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        match source.kind() {
            StorageFull | QuotaExceeded | ReadOnlyFilesystem => Problem::Unavailable(FULL.into()),
            _ => Problem::internal(source),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<sqlx::Error> for Problem {
    fn from(source: sqlx::Error) -> Problem {
        const AWAY: &str = "The database is not available right now. Please try again.";
        let sentence = match &source {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                AWAY
            }
            sqlx::Error::Database(error) => match error.code().as_deref().map(fault_of) {
                Some(Fault::Full) => FULL,
                Some(Fault::Away) => AWAY,
                Some(Fault::Ours) | None => return Problem::internal(source),
            },
            _ => return Problem::internal(source),
        };
        Problem::Unavailable(sentence.into())
    }
}

/// What a database's error code means for the caller.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing more can be written.
    Full,
    /// It is away, busy, or its disk fails: nothing was written, and later it may work.
    Away,
    /// The query is wrong.
    Ours,
}

/// Reads SQLSTATE (five characters) and SQLite's codes (numbers, extended ones too).
#[cfg(feature = "ssr")]
fn fault_of(code: &str) -> Fault {
    if let Some(number) = code.parse::<i64>().ok().filter(|_| code.len() < 5) {
        return match number & 0xff {
            13 => Fault::Full,
            // Busy, locked, read-only, input/output, cannot open.
            5 | 6 | 8 | 10 | 14 => Fault::Away,
            _ => Fault::Ours,
        };
    }
    match code {
        "53100" => Fault::Full,
        // Two transactions in each other's way.
        "40001" | "40P01" => Fault::Away,
        // Connections, lack of resources, shutting down or starting, the system's own errors.
        _ if ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => Fault::Away,
        // A standby, or a disk that became read-only.
        "25006" => Fault::Away,
        _ => Fault::Ours,
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{Fault, Problem, fault_of};
    use std::io::{Error, ErrorKind};

    #[test]
    fn a_full_disk_is_told_from_a_fault_of_ours() {
        let comes_back = |kind: ErrorKind| matches!(Problem::from(Error::from(kind)), Problem::Unavailable(_));
        assert!(comes_back(ErrorKind::StorageFull) && comes_back(ErrorKind::QuotaExceeded) && comes_back(ErrorKind::ReadOnlyFilesystem));
        assert!(!comes_back(ErrorKind::PermissionDenied));
    }

    #[test]
    fn a_full_disk_is_told_from_a_wrong_query() {
        for (code, fault) in [
            ("13", Fault::Full),
            ("53100", Fault::Full),
            ("10", Fault::Away),
            ("778", Fault::Away),
            ("5", Fault::Away),
            ("517", Fault::Away),
            ("53300", Fault::Away),
            ("57P01", Fault::Away),
            ("08006", Fault::Away),
            ("40P01", Fault::Away),
            ("1", Fault::Ours),
            ("2067", Fault::Ours),
            ("23505", Fault::Ours),
            ("42601", Fault::Ours),
            ("22021", Fault::Ours),
        ] {
            assert_eq!(fault_of(code), fault, "{code}");
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(source: serde_json::Error) -> Problem {
        Problem::internal(source)
    }
}
