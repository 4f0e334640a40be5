//! Files that pages link to: invoices, and what contractors sent with disputes. Whoever is signed in to a portal needs
//! no other key than the session's cookie.

use super::callers::Viewer;
use super::error::{Answer, ErrorBody};
use crate::http::params::PathId;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::{FileKind, Problem};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

/// What was sent by others is shown as what it is, and can do nothing: it runs no script and loads nothing.
const SANDBOX: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

/// The invoice of a charge as a PDF file: for its contractor, and for administrators.
#[utoipa::path(get, path = "/api/invoices/{recordId}", tag = "Invoices", security(("contractor" = []), ("admin" = [])),
    params(("recordId" = String, Path, description = "The charge")), operation_id = "invoice_pdf", responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/pdf"),
    (status = 404, description = "There is no such charge, it is somebody else's, or it has no invoice yet", body = ErrorBody),
))]
pub async fn invoice(State(state): State<AppState>, viewer: Viewer, PathId(record_id): PathId) -> Answer<Response> {
    let document = leads::billing::invoice_document(&state.ctx, &viewer.0, &record_id).await?;
    let mut response = Body::from(document.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CONTENT_DISPOSITION, disposition("inline", &document.file_name)?);
    Ok(response)
}

/// A file that a contractor sent with a dispute: for them, and for administrators.
///
/// Parts of it can be asked for (`Range`), as players of videos do.
#[utoipa::path(get, path = "/api/evidence/{evidenceId}", tag = "Disputes", security(("contractor" = []), ("admin" = [])),
    params(("evidenceId" = String, Path, description = "The file")), operation_id = "dispute_evidence", responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, description = "There is no such file, or it is somebody else's", body = ErrorBody),
))]
pub async fn evidence(State(state): State<AppState>, viewer: Viewer, PathId(id): PathId, request: Request) -> Answer<Response> {
    let (file, path) = leads::evidence::find(&state.ctx, &viewer.0, &id).await?;
    let served = ServeFile::new(&path).oneshot(request).await.map_err(Problem::internal)?;
    if served.status() == axum::http::StatusCode::NOT_FOUND {
        tracing::error!(path = %path.display(), "an uploaded file is missing");
        return Err(Problem::not_found("File", id).into());
    }
    let mut response = served.map(Body::new);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind.as_str()));
    // Readers of PDF run in the page and would be shut out by its sandbox.
    let way = if file.kind == FileKind::Pdf { "attachment" } else { "inline" };
    headers.insert(header::CONTENT_DISPOSITION, disposition(way, &file.name)?);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    Ok(response)
}

/// `inline; filename="a.png"; filename*=UTF-8''a.png` (RFC 6266).
fn disposition(way: &str, name: &str) -> Result<HeaderValue, Problem> {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' { c } else { '_' }).collect();
    let exact = utf8_percent_encode(name, NON_ALPHANUMERIC);
    HeaderValue::from_str(&format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{exact}")).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_stays_inside_its_header() {
        let header = disposition("inline", "Größe \"1\".png").expect("a header");
        assert_eq!(header.to_str().expect("text"), "inline; filename=\"Gr__e _1_.png\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%2Epng");
    }
}
