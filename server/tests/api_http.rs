//! What holds for every answer: headers, ids, limits, slashes, origins, bodies.

use crate::common::{assert_like, lead_body, send, server_with, servers, servers_with};
use platform::settings::Secret;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let server = server_with(|_| {}).await;
    for (method, path) in [
        (Method::GET, "/health"),
        (Method::GET, "/openapi.json"),
        (Method::GET, "/docs"),
        (Method::GET, "/"),
        (Method::GET, "/no/such/page"),
        (Method::GET, "/api/nothing"),
        (Method::GET, "/api/admin/leads"),
        (Method::DELETE, "/api/leads/submit"),
        (Method::POST, "/api/leads/submit"),
        (Method::GET, "/pkg/nothing.js"),
        (Method::GET, "/metrics"),
    ] {
        let reply = send(server.request(method, path)).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "1; mode=block"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(reply.header(name), value, "{path}");
        }
        assert!(!reply.header("referrer-policy").is_empty() && !reply.header("x-request-id").is_empty(), "{path}");
        let policy = reply.header("content-security-policy");
        let is_page = reply.header("content-type").starts_with("text/html");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(policy.contains("default-src 'self'"), is_page, "{path}: {policy}");
        assert_ne!(reply.header("cache-control"), "", "{path}");
    }
}

#[tokio::test]
async fn pages_run_only_the_scripts_that_carry_their_nonce() {
    let server = server_with(|_| {}).await;
    let mut seen = Vec::new();
    for path in ["/", "/login", "/no/such/page"] {
        let page = send(server.request(Method::GET, path).header("accept", "text/html")).await;
        let policy = page.header("content-security-policy");
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).expect("a rule for scripts");
        assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{path}: {scripts}");
        assert!(policy.contains("style-src 'self';"), "{path}: {policy}");
        assert!(!page.text.contains(" style="), "{path}: blocked by the policy");
        let nonce = scripts.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert!(nonce.len() >= 16, "{nonce}");
        for script in page.text.split("<script").skip(1) {
            let tag = script.split('>').next().expect("a tag");
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: <script{tag}>");
        }
        assert!(!page.text.contains(" onclick="), "{path}");
        seen.push(nonce);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3, "a nonce is used once");
}

#[tokio::test]
async fn health_is_as_documented_and_never_refused() {
    for server in servers().await {
        let reply = server.get("/health").await.expect(200);
        let example = json!({ "status": "healthy", "timestamp": "2025-10-05T12:00:00.000Z", "database": "connected", "version": "1.0" });
        assert_like(&example, &reply.json());
        for (key, value) in example.as_object().expect("an object") {
            assert_eq!(&reply.json()[key], value);
        }
        assert_eq!((reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-remaining")), ("100", "99"));
        for _ in 0..105 {
            server.get("/health").await.expect(200);
        }
        server.ctx.db.close().await;
        let reply = server.get("/health").await.expect(503).json();
        assert_eq!(reply["status"], "unhealthy");
        assert_ne!(reply["database"], "connected");
        // What needs the database says so, in shape and without its words.
        let lead = server.submit(&json!({})).await;
        lead.refused(503, "Service unavailable", "database is not available");
    }
}

#[tokio::test]
async fn a_trailing_slash_changes_nothing() {
    let server = server_with(|_| {}).await;
    server.get("/health/").await.expect(200);
    send(server.request(Method::POST, "/api/leads/submit/").json(&json!({}))).await.expect(400);
    server.admin(Method::GET, "/api/admin/leads/?limit=1", None).await.expect(200);
    server.admin(Method::GET, "/api/admin/leads/?limit=0", None).await.expect(400);
    assert_eq!(server.get("/docs/").await.expect(200).text, server.get("/docs").await.text);
    // The limit counts both as one.
    for _ in 0..9 {
        send(server.request(Method::POST, "/api/leads/submit").json(&json!({}))).await;
    }
    send(server.request(Method::POST, "/api/leads/submit/").json(&json!({}))).await.expect(429);
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_told_in_shape() {
    let server = server_with(|_| {}).await;
    for path in ["/api", "/api/", "/api/nothing", "/api/leads", "/api/leads/submit/more", "/api/v9/leads", "/api/%ff"] {
        server.get(path).await.refused(404, "Not found", "");
        send(server.request(Method::POST, path).json(&json!({}))).await.refused(404, "Not found", "");
    }
    for (method, path, allowed) in [
        (Method::GET, "/api/leads/submit", "POST"),
        (Method::DELETE, "/api/admin/tracking-numbers", "POST"),
        (Method::POST, "/api/admin/leads", "GET"),
        (Method::PATCH, "/api/contractors/leads/x/status", "PUT"),
        (Method::POST, "/health", "GET"),
    ] {
        let reply = send(server.request(method, path)).await;
        let reply = reply.refused(405, "Method not allowed", "not possible here");
        assert!(reply.header("allow").contains(allowed), "{path}: {}", reply.header("allow"));
    }
    let page = send(server.request(Method::GET, "/no/such/page").header("accept", "text/html")).await.expect(404);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_in_shape() {
    for server in servers_with(|s| s.rate_limits = false).await {
        for (path, method) in
            [("/api/leads/submit", Method::POST), ("/api/contractors/login", Method::POST), ("/api/contractors/register", Method::POST)]
        {
            let post = || server.request(method.clone(), path);
            let raw = |bytes: &'static [u8]| post().header("content-type", "application/json").body(bytes);
            send(raw(b"{\"customerZip\":")).await.refused(400, "Malformed request", "not valid JSON");
            send(raw(b"{} {}")).await.refused(400, "Malformed request", "not valid JSON");
            send(raw(b"")).await.refused(400, "Malformed request", "empty");
            send(raw(b"[]")).await.refused(400, "Malformed request", "JSON object");
            send(raw(b"null")).await.refused(400, "Malformed request", "JSON object");
            send(raw(b"{\"email\":\"\xff\xfe\"}")).await.refused(400, "Malformed request", "UTF-8");
            send(post().body(lead_body().to_string())).await.refused(400, "Malformed request", "content type");
            send(post().header("content-type", "text/plain").body("{}")).await.refused(400, "Malformed request", "content type");
            send(post().form(&[("customerZip", "90210")])).await.refused(400, "Malformed request", "content type");
            let mut large = json!({ "x": "" });
            large["x"] = "y".repeat(1024 * 1024 - large.to_string().len()).into();
            assert_eq!(large.to_string().len(), 1024 * 1024);
            send(post().json(&large)).await.refused(413, "Request body too large", "1048575");
        }
        let mut nearly = lead_body();
        nearly["more"] = "y".repeat(1024 * 1024 - 1 - nearly.to_string().len() - ",\"more\":\"\"".len()).into();
        assert_eq!(nearly.to_string().len(), 1024 * 1024 - 1);
        let reply = server.post("/api/leads/submit", &nearly).await;
        reply.refused(404, "No contractors available in your area", "90210");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body_and_options_says_what_is_possible() {
    let server = server_with(|_| {}).await;
    for (path, status) in
        [("/health", 200), ("/openapi.json", 200), ("/api/admin/leads", 401), ("/api/nothing", 404), ("/api/leads/submit", 405)]
    {
        let (head, get) = (send(server.request(Method::HEAD, path)).await.expect(status), server.get(path).await.expect(status));
        assert_eq!(head.text, "", "{path}");
        for name in ["content-type", "x-api-version", "www-authenticate", "allow", "x-ratelimit-limit"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    let export = server.admin(Method::HEAD, "/api/admin/export/leads", None).await.expect(200);
    assert_eq!((export.text.as_str(), export.header("content-type")), ("", "text/csv; charset=utf-8"));
    for (path, allowed) in
        [("/health", "GET"), ("/api/leads/submit", "POST"), ("/api/admin/tracking-numbers", "POST"), ("/api/contractors/profile", "PUT")]
    {
        let reply = send(server.request(Method::OPTIONS, path)).await.expect(204);
        assert!(reply.header("allow").contains(allowed), "{path}: {}", reply.header("allow"));
    }
    send(server.request(Method::OPTIONS, "/api/nothing")).await.expect(404);
}

#[tokio::test]
async fn request_ids_are_kept_when_sane() {
    let server = server_with(|_| {}).await;
    let with = |id: &'static str| server.request(Method::GET, "/health").header("x-request-id", id);
    assert_eq!(send(with("abc-123")).await.header("x-request-id"), "abc-123");
    let made = send(with("a b<script>")).await;
    assert!(made.header("x-request-id").len() == 32, "{}", made.header("x-request-id"));
    let (first, second) = (server.get("/health").await, server.get("/health").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn only_known_origins_read_answers() {
    let server = server_with(|s| s.cors_allowed_origins.push("https://partner.example".into())).await;
    for origin in
        ["https://getcontractornow.com", "https://www.getcontractornow.com", "https://app.getcontractornow.com", "https://partner.example"]
    {
        let reply = send(server.request(Method::GET, "/health").header("origin", origin)).await;
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        assert!(reply.header("vary").to_lowercase().contains("origin"), "{}", reply.header("vary"));
        let preflight = server.request(Method::OPTIONS, "/api/leads/submit").header("origin", origin);
        let preflight = send(preflight.header("access-control-request-method", "POST")).await.expect(204);
        assert_eq!(preflight.header("access-control-allow-origin"), origin);
        assert!(preflight.header("access-control-allow-methods").contains("POST"));
        assert!(preflight.header("access-control-allow-headers").contains("Authorization"));
        assert_eq!(preflight.header("access-control-allow-credentials"), "");
    }
    for origin in ["https://evil.example", "http://getcontractornow.com", "https://getcontractornow.com.evil.example", "null"] {
        let reply = send(server.request(Method::GET, "/health").header("origin", origin)).await.expect(200);
        assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let server = server_with(|_| {}).await;
    let post = |origin: &'static str| server.request(Method::POST, "/rpc/sign_in").header("origin", origin).form(&[("a", "b")]);
    for origin in ["https://evil.example", "null", "http://localhost:3001"] {
        let reply = send(post(origin)).await.expect(403);
        assert_eq!(reply.json()["kind"], "Forbidden");
    }
    assert_ne!(send(post("http://localhost:3000")).await.status, 403);
    let page = send(post("https://evil.example").header("accept", "text/html,*/*")).await.expect(403);
    assert!(page.text.contains("another site") && page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn sign_in_on_pages_is_limited_like_the_api() {
    let server = server_with(|_| {}).await;
    let post = || server.request(Method::POST, "/rpc/sign_in").form(&[("email", "a@example.com"), ("password", "x")]);
    for _ in 0..5 {
        assert_ne!(send(post()).await.status, 429);
    }
    let reply = send(post()).await.expect(429);
    assert_eq!((reply.json()["kind"].as_str(), reply.header("retry-after")), (Some("TooMany"), "900"));
    let login = json!({ "email": "a@example.com", "password": "x" });
    server.post("/api/contractors/login", &login).await.expect(429);
}

#[tokio::test]
async fn behind_a_proxy_plain_http_is_redirected_or_refused() {
    let server = server_with(|s| {
        s.public_url = "https://leads.example.com".into();
        s.production = true;
    })
    .await;
    let with = |method: Method, path: &str, proto: &'static str| server.request(method, path).header("x-forwarded-proto", proto);
    let reply = send(with(Method::GET, "/api/admin/leads?limit=1", "http")).await.expect(308);
    assert_eq!(reply.header("location"), "https://leads.example.com/api/admin/leads?limit=1");
    send(with(Method::POST, "/api/leads/submit", "http").json(&lead_body())).await.refused(403, "HTTPS is required", "");
    send(with(Method::GET, "/health", "https")).await.expect(200);
    server.get("/health").await.expect(200);
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_with_the_token() {
    let server = server_with(|s| s.metrics_token = Some(Secret::new("metrics-secret"))).await;
    let get = || server.request(Method::GET, "/metrics");
    send(get()).await.expect(200);
    send(get().header("x-forwarded-for", "203.0.113.7")).await.expect(403);
    send(get().header("x-forwarded-for", "127.0.0.1")).await.expect(403);
    send(get().header("x-forwarded-for", "203.0.113.7").bearer_auth("wrong")).await.expect(403);
    send(get().header("x-forwarded-for", "203.0.113.7").bearer_auth("metrics-secret")).await.expect(200);
}

#[tokio::test]
async fn answers_are_compressed_when_asked_for() {
    let server = server_with(|_| {}).await;
    for encoding in ["br", "gzip"] {
        let reply = server.request(Method::GET, "/openapi.json").header("accept-encoding", encoding).send().await.expect("an answer");
        assert_eq!(reply.headers()["content-encoding"], encoding);
        let packed = reply.bytes().await.expect("bytes").len();
        let plain = server.get("/openapi.json").await.text.len();
        assert!(packed * 3 < plain, "{packed} of {plain}");
    }
}
