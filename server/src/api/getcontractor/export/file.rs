//! How a list becomes a file, and what all of them are asked.

use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::Checked;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kernel::{Outcome, Page, Problem};
use leads::export::Parts;

/// What an export ignores: it has all pages.
pub(super) const ANY_PAGE: Page = Page { limit: Page::MAX_LIMIT, offset: 0 };

/// What people typed, harmless in a spreadsheet: a cell that would be read as a formula begins with an apostrophe.
pub(super) fn text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() }
}

/// A time, or an empty cell.
pub(super) fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(stamp).unwrap_or_default()
}

fn to_csv(rows: impl Iterator<Item = Vec<String>>) -> Outcome<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(|error| Problem::internal(error.to_string()))
}

/// A file of a list. What fails before the first part is refused as usual; what fails later breaks the connection,
/// so that nobody takes a part for the whole.
pub(super) async fn download<T: Send + 'static>(
    name: &str,
    today: DateTime<Utc>,
    columns: &str,
    mut parts: Parts<T>,
    row: fn(&T) -> Vec<String>,
) -> Answer<Response> {
    let mut first = format!("{columns}\r\n").into_bytes();
    if let Some(rows) = parts.try_next().await? {
        first.extend(to_csv(rows.iter().map(row))?);
    }
    let rest = parts.map(move |rows| rows.and_then(|rows| to_csv(rows.iter().map(row))));
    let bytes = stream::once(std::future::ready(Ok(first))).chain(rest).map_err(|problem| {
        tracing::error!(error = problem.for_log(), "an export broke off");
        std::io::Error::other(problem.to_string())
    });
    let file = format!("attachment; filename=\"{name}-{}.csv\"", today.format("%Y-%m-%d"));
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&file).map_err(Problem::internal)?);
    Ok(response)
}

/// What somebody looks for.
pub(super) fn words(checked: &mut Checked, name: &'static str, q: Option<&str>) -> Option<String> {
    checked.read(name, q, "at most 200 characters", |t| (t.chars().count() <= 200 && !t.contains('\0')).then(|| t.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    fn cells(row: &&'static str) -> Vec<String> {
        row.split('|').map(text).collect()
    }

    async fn body(parts: Vec<Outcome<Vec<&'static str>>>) -> Result<String, String> {
        let now = DateTime::UNIX_EPOCH;
        let answer = download("x", now, "A,B", stream::iter(parts).boxed(), cells).await.map_err(|_| "refused".to_owned())?;
        assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"x-1970-01-01.csv\"");
        let bytes = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }

    #[tokio::test]
    async fn cells_are_quoted_where_they_must_be_and_are_no_formulas() {
        let said = body(vec![Ok(vec!["a,b|say \"hi\"", "two\nlines|=1+1"]), Ok(vec!["-1|@x", "+1|\tx", "Zoë|plain"])]).await;
        let wanted = "A,B\r\n\"a,b\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",'=1+1\r\n'-1,'@x\r\n'+1,'\tx\r\nZoë,plain\r\n";
        assert_eq!(said.as_deref(), Ok(wanted));
    }

    #[tokio::test]
    async fn an_empty_list_has_its_header_and_a_fault_breaks_it_off() {
        assert_eq!(body(vec![Ok(vec![])]).await.as_deref(), Ok("A,B\r\n"));
        let fault = || Err(Problem::internal("the disk is gone"));
        assert_eq!(body(vec![fault()]).await, Err("refused".to_owned()), "before the first byte: an answer as usual");
        let broken = body(vec![Ok(vec!["1|2"]), fault()]).await.expect_err("broken off");
        assert!(!broken.contains("disk"), "{broken}");
    }
}
