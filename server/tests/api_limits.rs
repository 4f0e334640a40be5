//! Limits, versions and sessions; what several nodes share; what is reported.

use crate::common::{ADMIN_PASSWORD, Reply, Server, contractor_body, lead_body, send, server_with, servers, servers_with};
use axum::Router;
use axum::extract::Request;
use chrono::Duration;
use http_body_util::BodyExt as _;
use platform::auth::{self, Audience};
use platform::settings::SentryDsn;
use platform::{Ctx, Db, execute};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server::{AppState, sentry};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tracing_subscriber::layer::SubscriberExt as _;

#[tokio::test]
async fn every_api_answer_names_its_version_and_others_are_refused() {
    let server = server_with(|_| {}).await;
    for (method, path, status) in [
        (Method::GET, "/api/nothing", 404),
        (Method::GET, "/api", 404),
        (Method::GET, "/api/admin/leads", 401),
        (Method::GET, "/api/leads/submit", 405),
        (Method::POST, "/api/leads/submit", 400),
    ] {
        let reply = send(server.request(method.clone(), path)).await.expect(status);
        assert_eq!(reply.header("x-api-version"), "1.0", "{path}");
        let asked = |version: &str| server.request(method.clone(), path).header("x-api-version", version);
        send(asked("1")).await.expect(status);
        send(asked("1.0")).await.expect(status);
        for version in ["2", "2.0", "1.1", "v1", "latest"] {
            let refused = send(asked(version)).await.refused(400, "Validation failed", "X-API-Version must be 1 or 1.0");
            assert_eq!(refused.header("x-api-version"), "1.0");
        }
    }
    let admin = server.admin(Method::GET, "/api/admin/leads", None).await.expect(200);
    assert_eq!((admin.header("x-api-version"), admin.header("deprecation"), admin.header("sunset")), ("1.0", "", ""));
    let health = send(server.request(Method::GET, "/health").header("x-api-version", "2")).await.expect(200);
    assert_eq!(health.header("x-api-version"), "1.0", "a monitor gets its answer");
    for page in ["/", "/apiary"] {
        assert_eq!(server.get(page).await.header("x-api-version"), "", "{page}");
    }
    // A limited answer has it too.
    for _ in 0..10 {
        server.post("/api/leads/submit", &json!({})).await;
    }
    assert_eq!(server.post("/api/leads/submit", &json!({})).await.expect(429).header("x-api-version"), "1.0");
}

#[tokio::test]
async fn browsers_of_partners_may_send_and_read_these_headers() {
    let server = server_with(|_| {}).await;
    let origin = "https://getcontractornow.com";
    let preflight = server.request(Method::OPTIONS, "/api/leads/submit").header("origin", origin);
    let preflight = send(preflight.header("access-control-request-method", "POST")).await.expect(204);
    assert_eq!(preflight.header("x-api-version"), "1.0");
    for name in ["Idempotency-Key", "X-API-Key", "X-API-Version", "Authorization"] {
        assert!(preflight.header("access-control-allow-headers").contains(name), "{name}");
    }
    let reply = send(server.request(Method::GET, "/api/nothing").header("origin", origin)).await;
    for name in ["X-RateLimit-Remaining", "Retry-After", "X-API-Version", "Deprecation", "Sunset", "Link", "Idempotency-Replayed"] {
        assert!(reply.header("access-control-expose-headers").contains(name), "{name}");
    }
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A try to log in, from an address of its own.
fn login(server: &Server, email: &str, password: &str) -> RequestBuilder {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let request = server.request(Method::POST, "/api/contractors/login").header("x-forwarded-for", format!("192.0.2.{n}"));
    request.json(&json!({ "email": email, "password": password }))
}

/// What an answer tells of its limit.
fn shown(reply: &Reply) -> [String; 3] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(|name| reply.header(name).to_owned())
}

/// What one tells that met a limit which is free again in a quarter of an hour.
fn limit_of(server: &Server, limit: u32) -> [String; 3] {
    [limit.to_string(), "0".into(), (server.ctx.now().timestamp() + 900).to_string()]
}

#[tokio::test]
async fn every_class_shows_its_limit_and_refuses_what_is_over() {
    let server = server_with(|_| {}).await;
    let now = server.ctx.now().timestamp();
    for (n, (method, path, limit, minutes)) in [
        (Method::POST, "/api/leads/submit", 10, 60),
        (Method::POST, "/api/contractors/register", 10, 60),
        (Method::POST, "/api/contractors/login", 5, 15),
        (Method::GET, "/openapi.json", 100, 15),
        (Method::GET, "/api/feedback/none", 100, 15),
    ]
    .into_iter()
    .enumerate()
    {
        let ask = || {
            let request = server.request(method.clone(), path).header("x-forwarded-for", format!("203.0.113.{n}"));
            send(request.json(&json!({})))
        };
        let window = (now + minutes * 60).to_string();
        for left in (0..limit).rev() {
            let reply = ask().await;
            assert_ne!(reply.status, 429, "{path}");
            assert_eq!(shown(&reply), [limit.to_string(), left.to_string(), window.clone()], "{path}");
        }
        let words = format!("Too many requests. Please try again in {minutes} minutes.");
        let refused = ask().await.refused(429, "Rate limit exceeded", &words);
        assert_eq!(shown(&refused), [limit.to_string(), "0".into(), window], "{path}");
        assert_eq!(refused.header("retry-after"), (minutes * 60).to_string(), "{path}");
    }
}

#[tokio::test]
async fn an_account_is_guarded_from_many_addresses_at_once() {
    for server in servers().await {
        server.contractor("ann@example.com", json!({})).await;
        for _ in 0..9 {
            send(login(&server, "ann@example.com", "wrong")).await.refused(401, "Invalid authentication credentials", "");
        }
        send(login(&server, "ann@example.com", "password123")).await.expect(200);
        for _ in 0..10 {
            send(login(&server, "ANN@example.com", "wrong")).await.expect(401);
        }
        let refused = send(login(&server, "ann@example.com", "password123")).await;
        let refused = refused.refused(429, "Rate limit exceeded", "Please try again in 15 minutes.");
        assert_eq!(refused.header("retry-after"), "900", "{}", server.db.name());
        // The limit that was met is the account's; the address has tries left.
        assert_eq!(shown(&refused), limit_of(&server, 10));
        // An account that is not there behaves alike.
        for _ in 0..10 {
            send(login(&server, "nobody@example.com", "wrong")).await.expect(401);
        }
        send(login(&server, "nobody@example.com", "wrong")).await.expect(429);
        server.db.advance(Duration::minutes(15));
        send(login(&server, "ann@example.com", "password123")).await.expect(200);
    }
}

#[tokio::test]
async fn wrong_admin_passwords_count_against_their_address_only() {
    for server in servers().await {
        let get = |from: &'static str, password: &'static str| {
            let request = server.request(Method::GET, "/api/admin/leads?limit=1").header("x-forwarded-for", from);
            send(request.basic_auth("admin", Some(password)))
        };
        for _ in 0..20 {
            get("192.0.2.1", ADMIN_PASSWORD).await.expect(200);
            get("192.0.2.1", "wrong").await.refused(401, "Invalid authentication credentials", "");
        }
        let refused = get("192.0.2.1", "wrong").await.refused(429, "Rate limit exceeded", "");
        assert_eq!(refused.header("retry-after"), "900", "{}", server.db.name());
        assert_eq!(shown(&refused), limit_of(&server, 20));
        let refused = get("192.0.2.1", ADMIN_PASSWORD).await.expect(429);
        assert_eq!(shown(&refused), limit_of(&server, 20));
        for _ in 0..30 {
            get("192.0.2.2", ADMIN_PASSWORD).await.expect(200);
        }
        server.db.advance(Duration::minutes(15));
        get("192.0.2.1", ADMIN_PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn logging_out_ends_the_token_and_no_other() {
    for server in servers().await {
        let (_, token) = server.contractor("ann@example.com", json!({})).await;
        let other =
            send(login(&server, "ann@example.com", "password123")).await.expect(200).json()["token"].as_str().expect("one").to_owned();
        send(server.request(Method::POST, "/api/contractors/logout")).await.refused(401, "Invalid authentication credentials", "");
        let reply = server.with(&token, Method::POST, "/api/contractors/logout", None).await.expect(200).json();
        assert_eq!(reply, json!({ "success": true }));
        for (method, path) in [(Method::GET, "/api/contractors/dashboard"), (Method::POST, "/api/contractors/logout")] {
            server.with(&token, method, path, None).await.refused(401, "Invalid authentication credentials", "");
        }
        server.with(&other, Method::GET, "/api/contractors/dashboard", None).await.expect(200);
    }
}

#[tokio::test]
async fn signing_out_of_the_pages_ends_the_session_everywhere() {
    for server in servers().await {
        let (_, contractor) = server.contractor("ann@example.com", json!({})).await;
        let admin = auth::issue(&server.ctx, Audience::Admin, "admin", Duration::hours(1)).expect("a token");
        server.with(&admin, Method::GET, "/api/admin/leads", None).await.expect(200);
        for token in [&contractor, &admin] {
            let with = |method: Method, path: &str| server.request(method, path).header("cookie", format!("plumbline_session={token}"));
            let listen = async || with(Method::GET, "/rpc/events").send().await.expect("an answer").status();
            assert_eq!(listen().await, 200);
            let signed_out = send(with(Method::POST, "/rpc/sign_out").form(&[("a", "b")])).await;
            assert!(signed_out.status < 400, "{} {}", signed_out.status, signed_out.text);
            assert_eq!(listen().await, 401);
        }
        server.with(&admin, Method::GET, "/api/admin/leads", None).await.expect(401);
        server.with(&contractor, Method::GET, "/api/contractors/leads", None).await.expect(401);
    }
}

/// Another node on the same database; answers its address.
async fn second_node(server: &Server) -> (String, Ctx) {
    let plain = server.db.second_node().await;
    let ctx = Ctx::with_clock(plain.db.clone(), server.ctx.settings.clone(), plain.clock.clone()).expect("a context");
    let (_, stopping) = watch::channel(false);
    let app = server::router(AppState::new(ctx.clone(), stopping));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
    (base, ctx)
}

#[tokio::test]
async fn nodes_on_one_postgres_count_together() {
    for server in servers().await {
        let together = matches!(server.ctx.db, Db::Postgres(_));
        let (other, ctx) = second_node(&server).await;
        let submit = |base: &str| send(server.http.post(format!("{base}/api/leads/submit")).json(&json!({})));
        for n in 0..10 {
            submit(if n % 2 == 0 { &server.base } else { &other }).await.expect(400);
        }
        let next = submit(&other).await;
        assert_eq!(next.status, if together { 429 } else { 400 }, "{}", server.db.name());
        assert_eq!(next.header("x-ratelimit-remaining"), if together { "0" } else { "4" });
        // A token that was revoked there is refused here.
        let (_, token) = server.contractor("ann@example.com", json!({})).await;
        send(server.http.post(format!("{other}/api/contractors/logout")).bearer_auth(&token)).await.expect(200);
        server.with(&token, Method::GET, "/api/contractors/leads", None).await.expect(401);
        ctx.db.close().await;
    }
}

#[tokio::test]
async fn an_unreachable_count_lets_requests_through() {
    for server in servers_with(|s| s.rate_limit_store = platform::settings::RateLimitStore::Database).await {
        let mut tx = server.ctx.begin().await.expect("a transaction");
        execute!(tx, "alter table rate_limits rename to rate_limits_away").expect("away");
        tx.commit().await.expect("committed");
        server.submit(&json!({})).await.expect(404);
    }
}

/// A collector of Sentry's envelopes: its DSN, and what it was sent.
async fn collector() -> (SentryDsn, mpsc::UnboundedReceiver<(String, String, String)>) {
    let (sender, received) = mpsc::unbounded_channel();
    let app = Router::new().fallback(move |request: Request| {
        let sender = sender.clone();
        async move {
            let (path, auth) = (request.uri().path().to_owned(), request.headers()["x-sentry-auth"].to_str().expect("text").to_owned());
            let body = request.into_body().collect().await.expect("a body").to_bytes();
            sender.send((path, auth, String::from_utf8(body.to_vec()).expect("text"))).expect("the test waits");
            "{}"
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (SentryDsn::parse(&format!("http://publickey@{address}/42")).expect("a DSN"), received)
}

#[tokio::test]
async fn faults_are_reported_without_private_words() {
    let (dsn, mut received) = collector().await;
    let (reporter, reports) = sentry::channel();
    let server = server_with(|s| s.sentry_dsn = Some(dsn.clone())).await;
    let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(reporter));
    tokio::spawn(sentry::send(server.ctx.clone(), dsn, reports));
    let mut tx = server.ctx.begin().await.expect("a transaction");
    execute!(tx, "alter table leads rename to leads_away").expect("away");
    tx.commit().await.expect("committed");
    let request = server.request(Method::POST, "/api/leads/submit?token=secret-in-query").header("x-request-id", "request-1");
    let request = request.header("user-agent", "Partner/1.0 (john@example.com)").header("cookie", "plumbline_session=secret-in-cookie");
    let request = request.basic_auth("admin", Some(ADMIN_PASSWORD)).header("idempotency-key", "secret-in-key");
    send(request.json(&lead_body())).await.refused(500, "Internal server error", "");
    tracing::error!(phone = "+15551234567", mail = "john@example.com", key = "pl_3FxK9q2wAbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "a test");

    let wait = std::time::Duration::from_secs(20);
    let (path, auth, envelope) = tokio::time::timeout(wait, received.recv()).await.expect("in time").expect("a report");
    assert_eq!(path, "/api/42/envelope/");
    assert!(auth.contains("sentry_key=publickey") && auth.contains("sentry_version=7"), "{auth}");
    let lines: Vec<&str> = envelope.lines().collect();
    let (head, item, event) = (read(lines[0]), read(lines[1]), read(lines[2]));
    assert_eq!((&item["type"], &item["length"]), (&json!("event"), &json!(lines[2].len())));
    assert_eq!(head["event_id"], event["event_id"]);
    assert_eq!(head["event_id"].as_str().expect("an id").len(), 32);
    assert_eq!((&event["level"], &event["environment"]), (&json!("error"), &json!("development")));
    assert_eq!(event["message"]["formatted"], "a request failed");
    assert!(event["extra"]["error"].as_str().expect("an error").contains("leads"), "{event}");
    assert_eq!(event["tags"]["request_id"], "request-1");
    let request = &event["request"];
    assert_eq!((&request["method"], &request["url"]), (&json!("POST"), &json!("/api/leads/submit")));
    let headers: Vec<&String> = request["headers"].as_object().expect("headers").keys().collect();
    assert_eq!(headers, ["accept", "content-length", "content-type", "host", "user-agent"]);
    assert_eq!(
        (&request["headers"]["content-type"], &request["headers"]["user-agent"]),
        (&json!("application/json"), &json!("Partner/1.0 ([address])"))
    );

    let (.., second) = tokio::time::timeout(wait, received.recv()).await.expect("in time").expect("a report");
    for private in ["5551234567", "john@", "pl_3FxK9", "secret-in-", "Smith", "Basic", ADMIN_PASSWORD] {
        assert!(!envelope.contains(private) && !second.contains(private), "{private} in {envelope}{second}");
    }
    assert_eq!(read(second.lines().nth(2).expect("the event"))["extra"]["phone"], "[number]");
}

fn read(line: &str) -> Value {
    serde_json::from_str(line).expect("JSON")
}

#[tokio::test]
async fn a_collector_that_is_down_costs_nothing() {
    let (reporter, reports) = sentry::channel();
    let server = server_with(|_| {}).await;
    let dsn = SentryDsn::parse("http://key@127.0.0.1:9/1").expect("a DSN");
    let sending = tokio::spawn(sentry::send(server.ctx.clone(), dsn, reports));
    {
        let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(reporter));
        for _ in 0..500 {
            tracing::error!("again");
        }
        send(server.request(Method::POST, "/api/contractors/register").json(&contractor_body("a@example.com"))).await.expect(201);
    }
    tokio::time::timeout(std::time::Duration::from_secs(30), sending).await.expect("it ends with the log").expect("no panic");
}
