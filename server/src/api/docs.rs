//! `GET /docs`: the API's document, readable, and open to try.

use axum::response::Html;

/// The page. RapiDoc is served from the site's own files.
pub async fn page() -> Html<&'static str> {
    Html(PAGE)
}

const PAGE: &str = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plumbline API</title>
<link rel="icon" href="/favicon.svg">
<script type="module" src="/rapidoc-min.js"></script>
</head>
<body>
<rapi-doc spec-url="/openapi.json" load-fonts="false" render-style="read" theme="light" show-header="false"
 regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace" primary-color="#0f62a8"
 schema-style="table" persist-auth="false" allow-spec-url-load="false" allow-spec-file-load="false">
<nav slot="nav-logo"><a href="/">Plumbline</a></nav>
</rapi-doc>
<noscript><p>This page needs JavaScript. The same description, for programs, is at <a href="/openapi.json">/openapi.json</a>.</p></noscript>
</body>
</html>
"##;
