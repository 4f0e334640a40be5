//! What holds for every answer: headers, ids, limits, slashes, origins; and who may do what.

use crate::api_downloads::{PNG, dispute};
use crate::api_payments::owing;
use crate::common::{ADMIN_PASSWORD, Server, assert_like, lead_body, send, server_with, servers, servers_with};
use platform::auth::{self, Audience};
use platform::settings::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

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

// ---- Live events

#[tokio::test]
async fn contractors_hear_of_their_own_leads_and_the_admin_of_all() {
    for server in servers().await {
        let (_, first) = server.contractor("first@example.com", json!({ "serviceZipCodes": ["90210"] })).await;
        let (id, second) = server.contractor("second@example.com", json!({ "serviceZipCodes": ["90211"] })).await;
        let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
        let listen =
            |token: &str| server.request(Method::GET, "/rpc/events").header("cookie", format!("theme=dark; plumbline_session={token}"));
        send(server.request(Method::GET, "/rpc/events")).await.expect(401);
        send(listen("rubbish")).await.expect(401);
        let customer = auth::issue(&server.ctx, Audience::Customer, &id, chrono::Duration::hours(1)).expect("a token");
        send(listen(&customer)).await.expect(403);

        let mut streams = Vec::new();
        for token in [&first, &second, &admin] {
            let response = listen(token).header("accept-encoding", "br, gzip").send().await.expect("an answer");
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            assert!(!response.headers().contains_key("content-encoding"), "streams are not compressed");
            streams.push(response);
        }
        let lead = server.submit(&json!({ "customerZip": "90211" })).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let own = server.submit(&json!({ "customerZip": "90210" })).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let mut streams = streams.into_iter();
        let heard_first = until(streams.next().expect("a stream"), &own).await;
        assert!(!heard_first.contains(&lead), "another's lead: {heard_first}");
        let heard_second = until(streams.next().expect("a stream"), &lead).await;
        assert!(!heard_second.contains(&own), "another's lead: {heard_second}");
        let heard_admin = until(streams.next().expect("a stream"), &own).await;
        assert!(heard_admin.contains(&lead) && heard_admin.contains("lead_submitted"), "{heard_admin}");
        let data = heard_admin.lines().find_map(|l| l.strip_prefix("data:")).expect("data");
        let event: Value = serde_json::from_str(data).expect("JSON");
        assert_like(&json!({ "kind": "lead_submitted", "subjectId": "x", "at": "2025-10-05T12:00:00.000Z" }), &event);
    }
}

/// Reads a stream until it names `id`.
async fn until(mut stream: reqwest::Response, id: &str) -> String {
    let mut heard = String::new();
    let reading = async {
        while !heard.contains(id) {
            let chunk = stream.chunk().await.expect("a chunk").expect("it goes on");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), reading).await.unwrap_or_else(|_| panic!("{id} was not heard"));
    heard
}

#[tokio::test]
async fn the_end_of_the_server_ends_the_streams() {
    let server = server_with(|_| {}).await;
    let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
    let mut stream =
        server.request(Method::GET, "/rpc/events").header("cookie", format!("plumbline_session={admin}")).send().await.expect("an answer");
    let (ended, end) = oneshot::channel();
    let reader = tokio::spawn(async move {
        while let Ok(Some(_)) = stream.chunk().await {}
        let _ = ended.send(());
    });
    tokio::time::timeout(std::time::Duration::from_secs(20), server.stop()).await.expect("the server ends though a stream is open");
    end.await.expect("the stream ended");
    reader.await.expect("the reader ended");
}

// ---- The document, and who may do what

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Anyone,
    Contractor,
    Admin,
    Signed,
    /// A contractor or an administrator.
    Viewer,
    /// With a lead source's key.
    Source,
    /// With the cron secret.
    Cron,
}

const ACCESS: &[(&str, &str, Access)] = &[
    ("get", "/health", Access::Anyone),
    ("post", "/api/leads/submit", Access::Anyone),
    ("post", "/api/contractors/register", Access::Anyone),
    ("get", "/api/leads/{leadId}/status", Access::Source),
    ("post", "/api/contractors/login", Access::Anyone),
    ("get", "/api/contractors/dashboard", Access::Contractor),
    ("get", "/api/contractors/leads", Access::Contractor),
    ("get", "/api/contractors/leads/{leadId}", Access::Contractor),
    ("put", "/api/contractors/leads/{leadId}/status", Access::Contractor),
    ("put", "/api/contractors/profile", Access::Contractor),
    ("put", "/api/contractors/password", Access::Contractor),
    ("get", "/api/admin/dashboard", Access::Admin),
    ("get", "/api/admin/leads", Access::Admin),
    ("get", "/api/admin/contractors", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/approve", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/suspend", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/reactivate", Access::Admin),
    ("get", "/api/admin/scoring", Access::Admin),
    ("put", "/api/admin/scoring/draft", Access::Admin),
    ("delete", "/api/admin/scoring/draft", Access::Admin),
    ("post", "/api/admin/scoring/draft/what-if", Access::Admin),
    ("post", "/api/admin/scoring/draft/publish", Access::Admin),
    ("get", "/api/admin/backup-status", Access::Admin),
    ("get", "/api/admin/tracking-numbers", Access::Admin),
    ("post", "/api/admin/tracking-numbers", Access::Admin),
    ("get", "/api/admin/lead-sources", Access::Admin),
    ("post", "/api/admin/lead-sources", Access::Admin),
    ("delete", "/api/admin/lead-sources/{sourceId}", Access::Admin),
    ("post", "/api/cron/recycle-numbers", Access::Cron),
    ("post", "/api/cron/send-feedback-emails", Access::Cron),
    ("post", "/api/contractors/billing/pay", Access::Contractor),
    ("get", "/api/contractors/payments", Access::Contractor),
    ("get", "/api/admin/bounced-emails", Access::Admin),
    ("delete", "/api/admin/bounced-emails/{email}", Access::Admin),
    ("get", "/api/admin/webhooks", Access::Admin),
    ("get", "/api/admin/webhooks/{webhookId}", Access::Admin),
    ("post", "/api/admin/webhooks/{webhookId}/replay", Access::Admin),
    ("get", "/api/admin/jobs", Access::Admin),
    ("post", "/api/admin/jobs/{jobId}/retry", Access::Admin),
    ("delete", "/api/admin/jobs/{jobId}", Access::Admin),
    ("get", "/api/contractors/billing", Access::Contractor),
    ("post", "/api/contractors/billing/{recordId}/dispute", Access::Contractor),
    ("get", "/api/contractors/disputes", Access::Contractor),
    ("get", "/api/feedback/{token}", Access::Anyone),
    ("post", "/api/feedback/{token}", Access::Anyone),
    ("get", "/api/admin/billing", Access::Admin),
    ("put", "/api/admin/billing/{recordId}", Access::Admin),
    ("post", "/api/admin/billing/invoice-run", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/refund", Access::Admin),
    ("get", "/api/admin/disputes", Access::Admin),
    ("post", "/api/admin/disputes/{disputeId}/review", Access::Admin),
    ("post", "/api/admin/disputes/{disputeId}/resolve", Access::Admin),
    ("get", "/api/admin/export/leads", Access::Admin),
    ("get", "/api/admin/export/contractors", Access::Admin),
    ("get", "/api/admin/export/billing", Access::Admin),
    ("get", "/api/admin/export/disputes", Access::Admin),
    ("get", "/api/admin/export/ledger", Access::Admin),
    ("get", "/api/admin/export/audit", Access::Admin),
    ("get", "/api/contractors/export/leads", Access::Viewer),
    ("get", "/api/contractors/export/billing", Access::Viewer),
    ("get", "/api/contractors/export/disputes", Access::Viewer),
    ("get", "/api/invoices/{recordId}", Access::Viewer),
    ("get", "/api/evidence/{evidenceId}", Access::Viewer),
    ("post", "/api/webhooks/twilio/call-status", Access::Signed),
    ("post", "/api/webhooks/twilio/sms-status", Access::Signed),
    ("post", "/api/webhooks/stripe", Access::Signed),
    ("post", "/api/webhooks/sendgrid", Access::Signed),
    // The last one, because it ends the token that the others are tried with.
    ("post", "/api/contractors/logout", Access::Contractor),
];

/// Every documented operation, with the security that it declares.
fn operations(document: &Value) -> BTreeMap<(String, String), Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            all.insert((path.clone(), method.clone()), operation.clone());
        }
    }
    all
}

#[tokio::test]
async fn every_operation_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let server = server_with(|s| s.rate_limits = false).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    let mut documented: Vec<_> = operations(&document).into_keys().collect();
    let mut expected: Vec<_> = ACCESS.iter().map(|(method, path, _)| ((*path).to_owned(), (*method).to_owned())).collect();
    documented.sort();
    expected.sort();
    assert_eq!(documented, expected, "an operation is missing in the table of access, or in the document");

    let (id, token) = server.contractor("contractor@example.com", json!({})).await;
    let suspended = auth::issue(&server.ctx, Audience::Customer, &id, chrono::Duration::hours(1)).expect("a token");
    for &(method, path, access) in ACCESS {
        let declared = &operations(&document)[&(path.to_owned(), method.to_owned())]["security"];
        let scheme = declared[0].as_object().and_then(|s| s.keys().next().cloned());
        let wanted = match access {
            Access::Anyone => None,
            Access::Contractor | Access::Viewer => Some("contractor"),
            Access::Admin => Some("admin"),
            Access::Signed => path.split('/').nth(3),
            Access::Source => Some("source"),
            Access::Cron => Some("cron"),
        };
        assert_eq!(scheme.as_deref(), wanted, "{method} {path} in the document");
        let status = async |who: &str| {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect();
            let path = path.join("/");
            let request = server.request(method.clone(), &path);
            let request = match who {
                "contractor" => request.bearer_auth(&token),
                "stranger" => request.bearer_auth(&suspended),
                "admin" => request.basic_auth("admin", Some(ADMIN_PASSWORD)),
                _ => request,
            };
            let request = if method == Method::GET { request } else { request.json(&json!({ "status": "contacted" })) };
            send(request).await.status
        };
        let seen = (status("nobody").await, status("contractor").await, status("stranger").await, status("admin").await);
        let open = |code: u16| ![401, 403].contains(&code) && code < 500;
        match access {
            Access::Anyone => assert!(open(seen.0) && open(seen.1), "{method} {path}: {seen:?}"),
            Access::Contractor => {
                assert!(seen.0 == 401 && open(seen.1) && seen.2 == 403 && seen.3 == 401, "{method} {path}: {seen:?}");
            }
            Access::Admin => assert!(seen.0 == 401 && seen.1 == 403 && seen.2 == 403 && open(seen.3), "{method} {path}: {seen:?}"),
            Access::Viewer => {
                assert!(seen.0 == 401 && open(seen.1) && seen.2 == 403 && open(seen.3), "{method} {path}: {seen:?}");
            }
            Access::Source | Access::Cron => assert_eq!(seen, (401, 401, 401, 401), "{method} {path}"),
            // A JSON body is no form: nothing gets as far as the signature.
            Access::Signed => assert!([400, 403].contains(&seen.0) && [400, 403].contains(&seen.3), "{method} {path}: {seen:?}"),
        }
    }
}

/// The table above asks for things that do not exist. Here they exist, and belong to another contractor.
#[tokio::test]
async fn what_is_another_contractors_is_not_found() {
    for server in servers_with(|s| s.rate_limits = false).await {
        let (owner, records) = owing(&server, "owner@example.com", 3).await;
        dispute(&server, &owner, &records[0], &[("photo.png", PNG)]).await.expect(200);
        let evidence = server.texts("select id from dispute_evidence").await.remove(0);
        let change = json!({ "status": "invoiced" });
        server.admin(Method::PUT, &format!("/api/admin/billing/{}", records[1]), Some(&change)).await.expect(200);
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let (_, other) = server.contractor("other@example.com", json!({})).await;
        let owned = BTreeMap::from([
            ("/api/contractors/leads/{leadId}", &lead),
            ("/api/contractors/leads/{leadId}/status", &lead),
            ("/api/contractors/billing/{recordId}/dispute", &records[2]),
            ("/api/invoices/{recordId}", &records[1]),
            ("/api/evidence/{evidenceId}", &evidence),
        ]);
        for &(method, path, access) in ACCESS {
            if !matches!(access, Access::Contractor | Access::Viewer) || !path.contains('{') {
                continue;
            }
            let id = owned.get(path).unwrap_or_else(|| panic!("{path} is missing in the table of what the owner has"));
            let real: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part }).collect();
            let asked = async |token: &str| {
                let method: Method = method.to_uppercase().parse().expect("a method");
                let body = (method != Method::GET).then(|| json!({ "status": "contacted", "reason": "duplicate" }));
                server.with(token, method, &real.join("/"), body.as_ref()).await
            };
            assert_eq!(asked(&other).await.status, 404, "{method} {path} on {}", server.db.name());
            // It was there, and the request was in order.
            let reply = asked(&owner).await;
            assert!((200..300).contains(&reply.status), "{method} {path} on {}: {} {}", server.db.name(), reply.status, reply.text);
        }
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let server = server_with(|_| {}).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
    assert_eq!(document, server::api::openapi::document());
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(schemas.contains_key(name), "{name} is referred to, and missing");
    }
    let mut ids = Vec::new();
    for ((path, method), operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.contains_key("500"), "{method} {path}");
        assert!(responses.keys().any(|k| k.starts_with('2')), "{method} {path}");
        for parameter in path.split('{').skip(1).map(|p| p.split('}').next().expect("a name")) {
            let described =
                operation["parameters"].as_array().expect("parameters").iter().any(|p| p["name"] == parameter && p["in"] == "path");
            assert!(described, "{method} {path}: {parameter}");
        }
        assert!(operation["summary"].is_string(), "{method} {path} has a summary");
        ids.push(operation["operationId"].as_str().expect("an id").to_owned());
    }
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique: {ids:?}");
    let submit = &document["paths"]["/api/leads/submit"]["post"];
    for status in ["201", "400", "404", "413", "429"] {
        assert!(submit["responses"][status].is_object(), "submit answers {status}");
    }
    assert!(submit["responses"]["201"]["headers"]["X-RateLimit-Limit"].is_object());
    let docs = server.get("/docs").await.expect(200);
    assert!(docs.text.contains("/openapi.json") && docs.text.contains("/rapidoc-min.js"));
}

#[tokio::test]
async fn no_request_makes_a_server_error() {
    let server: Server = server_with(|s| s.rate_limits = false).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    let nasty = ["'; drop table leads; --", "%00", "%ff%fe", "../../etc/passwd", "%F0%9F%98%80", "-1", "1e999", "{}", "%0d%0aX: y"];
    for ((path, method), operation) in operations(&document) {
        for text in nasty {
            let encoded = text.replace(' ', "%20").replace(['{', '}'], "%7B").replace('"', "%22");
            let mut path = path.clone();
            while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
                path.replace_range(from..=to, &encoded.replace('/', "%2F"));
            }
            let names = operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query");
            let query: Vec<String> = names.map(|p| format!("{}={encoded}", p["name"].as_str().expect("a name"))).collect();
            let request = server.request(method.to_uppercase().parse().expect("a method"), &format!("{path}?{}", query.join("&")));
            let request = request.basic_auth("admin", Some(ADMIN_PASSWORD));
            let request =
                if method == "get" { request } else { request.json(&json!({ "email": text, "status": text, "phoneNumbers": [text] })) };
            let reply = send(request).await;
            assert!(reply.status < 500, "{method} {path}: {} {}", reply.status, reply.text);
        }
    }
}
