//! Queries and path parameters, refused in the surface's shape.

use crate::api::getcontractor::error::Refusal;
use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use kernel::{FieldError, Page, Problem};
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// A query whose parameters are all optional text; [`Checked`] reads them.
#[derive(Clone, Copy, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Asked<T>, Refusal> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(query)) => Ok(Asked(query)),
            Err(rejection) => Err(Problem::Malformed(format!("The query cannot be read: {rejection}")).into()),
        }
    }
}

/// The id in the path.
#[derive(Clone, Debug)]
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<PathId, Refusal> {
        match parts.extract::<Path<String>>().await {
            // Postgres refuses text with a NUL in it; no id has any control character.
            Ok(Path(id)) if !id.chars().any(char::is_control) => Ok(PathId(id)),
            _ => Err(Problem::Malformed("The id in the path cannot be read".into()).into()),
        }
    }
}

/// Reads query parameters and keeps every error. A blank one counts as absent.
#[derive(Debug, Default)]
pub struct Checked {
    errors: Vec<FieldError>,
}

impl Checked {
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, text: Option<&str>, wanted: &str) -> Option<T> {
        self.read(name, text, wanted, |t| t.parse().ok())
    }

    /// A word of a `text_enum!`.
    pub fn choice<T: FromStr<Err = String>>(&mut self, name: &'static str, text: Option<&str>) -> Option<T> {
        let text = text.map(str::trim).filter(|t| !t.is_empty())?;
        text.parse().map_err(|message| self.errors.push(FieldError::new(name, message))).ok()
    }

    pub fn read<T>(&mut self, name: &'static str, text: Option<&str>, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = text.map(str::trim).filter(|t| !t.is_empty())?;
        let value = parse(text);
        if value.is_none() {
            self.errors.push(FieldError::new(name, format!("must be {wanted}")));
        }
        value
    }

    /// An id of anything.
    pub fn id(&mut self, name: &'static str, text: Option<&str>) -> Option<String> {
        self.read(name, text, "an id", |t| (t.len() <= 100 && !t.chars().any(char::is_control)).then(|| t.to_owned()))
    }

    /// The first moment that counts: of a date, its UTC midnight (decision 31).
    pub fn start(&mut self, name: &'static str, text: Option<&str>) -> Option<DateTime<Utc>> {
        self.read(name, text, DATE, |t| day_of(t).map(midnight).or_else(|| time_of(t)))
    }

    /// The first moment that no longer counts: a date and a time both count themselves (decision 31).
    pub fn end(&mut self, name: &'static str, text: Option<&str>) -> Option<DateTime<Utc>> {
        self.read(name, text, DATE, |t| match day_of(t) {
            Some(day) => day.succ_opt().map(midnight),
            None => time_of(t)?.checked_add_signed(Duration::microseconds(1)),
        })
    }

    /// `startDate` and `endDate`: the first moment that counts, and the first that no longer does.
    pub fn dates(&mut self, start: Option<&str>, end: Option<&str>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let range = (self.start("startDate", start), self.end("endDate", end));
        if matches!(range, (Some(start), Some(end)) if end <= start) {
            self.reject("endDate", "must not be before startDate");
        }
        range
    }

    /// `limit` and `offset` (decision 10).
    pub fn page(&mut self, limit: Option<&str>, offset: Option<&str>, default_limit: i64) -> Page {
        let limit = self.parsed("limit", limit, "a whole number");
        let offset = self.parsed("offset", offset, "a whole number");
        Page::new(limit, offset, default_limit).unwrap_or_else(|problem| {
            if let Problem::Invalid(errors) = problem {
                self.errors.extend(errors);
            }
            Page { limit: default_limit, offset: 0 }
        })
    }

    pub fn reject(&mut self, name: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    /// Errors: `Invalid` with every parameter that was refused.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.errors)) }
    }
}

/// `Link` to the next page, for lists that the document shows without one (decision 10); nothing after the last.
pub fn next_page(uri: &Uri, page: Page, total: i64) -> HeaderMap {
    let offset = page.offset.saturating_add(page.limit);
    let mut headers = HeaderMap::new();
    if offset < total {
        let others = uri.query().unwrap_or_default().split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !matches!(name, "" | "limit" | "offset")
        });
        let query = others.map(str::to_owned).chain([format!("limit={}", page.limit), format!("offset={offset}")]).collect::<Vec<_>>();
        let link = format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"));
        if let Ok(link) = HeaderValue::from_str(&link) {
            headers.insert(header::LINK, link);
        }
    }
    headers
}

const DATE: &str = "an ISO date like 2025-10-05 or time like 2025-10-05T10:30:00Z";

fn day_of(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn time_of(text: &str) -> Option<DateTime<Utc>> {
    // An unescaped plus sign in a query is a space.
    let text = text.replace(' ', "+");
    DateTime::parse_from_rfc3339(&text).ok().map(|t| t.with_timezone(&Utc))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_whole_utc_days_and_inclusive() {
        let mut checked = Checked::default();
        let start = checked.start("startDate", Some("2025-10-05")).expect("a date");
        let end = checked.end("endDate", Some("2025-10-05")).expect("a date");
        assert_eq!(start.to_rfc3339(), "2025-10-05T00:00:00+00:00");
        assert_eq!(end.to_rfc3339(), "2025-10-06T00:00:00+00:00");
        let exact = checked.start("startDate", Some("2025-10-05T10:30:00 02:00")).expect("a time");
        assert_eq!(exact.to_rfc3339(), "2025-10-05T08:30:00+00:00");
        assert!(checked.finish().is_ok());
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let mut checked = Checked::default();
        checked.start("startDate", Some("yesterday"));
        checked.end("endDate", Some("2025-02-30"));
        checked.page(Some("0"), Some("-1"), 50);
        checked.page(Some("x"), None, 50);
        checked.parsed::<bool>("isApproved", Some("maybe"), "true or false");
        checked.id("contractorId", Some("a\u{0}"));
        let Err(Problem::Invalid(errors)) = checked.finish() else { panic!("must be refused") };
        let names: Vec<&str> = errors.iter().map(|e| e.field.as_ref()).collect();
        assert_eq!(names, ["startDate", "endDate", "limit", "offset", "limit", "isApproved", "contractorId"]);
    }

    #[test]
    fn the_next_page_keeps_the_filter() {
        let link = |uri: &str, limit, offset, total| {
            let uri: Uri = uri.parse().expect("a path");
            next_page(&uri, Page { limit, offset }, total).get(header::LINK).map(|l| l.to_str().expect("text").to_owned())
        };
        assert_eq!(link("/x", 500, 0, 500), None);
        assert_eq!(link("/x", 500, 0, 501).as_deref(), Some("</x?limit=500&offset=500>; rel=\"next\""));
        assert_eq!(link("/x?status=paid&offset=2&limit=2", 2, 2, 9).as_deref(), Some("</x?status=paid&limit=2&offset=4>; rel=\"next\""));
        assert_eq!(link("/x", 1, i64::MAX, 9), None);
    }

    #[test]
    fn blank_parameters_are_absent() {
        let mut checked = Checked::default();
        assert_eq!(checked.start("startDate", Some(" ")), None);
        assert_eq!(checked.page(Some(""), None, 50), Page { limit: 50, offset: 0 });
        assert!(checked.finish().is_ok());
    }
}
