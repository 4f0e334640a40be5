//! Security headers on every response (seed 000, Security Headers), and what a page may load.

use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const DOCUMENTED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_XSS_PROTECTION, "1; mode=block"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
];

/// Data is not a page: it loads nothing and is framed nowhere.
const OF_DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// What a page may load: from here only, and of inline scripts those that carry the page's nonce. Its forms may lead on
/// to `pay_origin`, where payment pages are. Recordings of calls are played
/// from where the provider keeps them.
pub fn policy_of_page(nonce: Option<&str>, pay_origin: Option<&str>) -> String {
    let inline = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // The page of the API, which has no nonce, writes its styles itself.
    let styles = if nonce.is_none() { " 'unsafe-inline'" } else { "" };
    let pay = pay_origin.map(|origin| format!(" {origin}")).unwrap_or_default();
    // Under `cargo leptos watch` the page also listens on the reload socket.
    let sockets = if is_watched() { " connect-src 'self' ws:;" } else { "" };
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{inline}; style-src 'self'{styles}; img-src 'self' data:; media-src 'self' https:;{sockets} \
         object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'{pay}"
    )
}

/// Adds the headers, whatever the answer is.
pub async fn add(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_page = is_html(response.headers());
    let headers = response.headers_mut();
    for (name, value) in DOCUMENTED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = || match is_page {
        true => HeaderValue::from_str(&policy_of_page(None, None)).unwrap_or(HeaderValue::from_static(OF_DATA)),
        false => HeaderValue::from_static(OF_DATA),
    };
    // A rendered page has set its own, with its nonce.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(policy);
    let caching = if is_page { "private, no-cache" } else { "no-store" };
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    response
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("text/html"))
}

fn is_watched() -> bool {
    static WATCHED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *WATCHED.get_or_init(|| std::env::var_os("LEPTOS_WATCH").is_some())
}
