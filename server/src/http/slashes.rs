//! With and without a trailing slash serve the same, with no redirect (decision 3).

use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::Response;

/// The path and query as the client wrote them: signatures are over these.
#[derive(Clone, Debug)]
pub struct AskedUri(pub Uri);

/// Cuts trailing slashes off the path before it is routed.
pub async fn cut(mut request: Request, next: Next) -> Response {
    let asked = request.uri().clone();
    if let Some(uri) = without_slash(&asked) {
        *request.uri_mut() = uri;
    }
    request.extensions_mut().insert(AskedUri(asked));
    next.run(request).await
}

fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path.len() <= 1 || !path.ends_with('/') {
        return None;
    }
    let path = path.trim_end_matches('/');
    // The site's folders of static files have no index pages.
    let path = if path.is_empty() { "/" } else { path };
    let mut parts = uri.clone().into_parts();
    let text = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    parts.path_and_query = Some(text.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_go_and_queries_stay() {
        let cut = |text: &str| without_slash(&text.parse().expect("a uri")).map(|u| u.to_string());
        assert_eq!(cut("/api/leads/"), Some("/api/leads".into()));
        assert_eq!(cut("/api/leads//?a=/"), Some("/api/leads?a=/".into()));
        assert_eq!(cut("/"), None);
        assert_eq!(cut("//"), Some("/".into()));
        assert_eq!(cut("/api/leads"), None);
    }
}
