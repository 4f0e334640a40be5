//! A running server on a real port, and what tests ask of it.

pub mod process;
pub mod rows;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::testing::TestDb;
use platform::{Ctx, Settings, jobs};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server::AppState;
use server::http::connections;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub const ADMIN_PASSWORD: &str = "test-admin-password";
pub const TWILIO_TOKEN: &str = "test-twilio-token";
pub const STRIPE_SECRET: &str = "whsec_test_secret";

/// A server over a fresh database; it ends when it is dropped.
pub struct Server {
    pub db: TestDb,
    pub ctx: Ctx,
    pub base: String,
    pub http: reqwest::Client,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server over each engine's fresh database.
pub async fn servers() -> Vec<Server> {
    servers_with(|_| {}).await
}

/// As `servers`, with changed settings.
pub async fn servers_with(change: impl Fn(&mut Settings)) -> Vec<Server> {
    let mut all = Vec::new();
    for db in platform::testing::databases().await {
        all.push(start(db, &change).await);
    }
    all
}

/// A server over SQLite alone, for what has nothing to do with the database.
pub async fn server_with(change: impl Fn(&mut Settings)) -> Server {
    start(platform::testing::sqlite().await, &change).await
}

/// A server over a database, with changed settings.
#[expect(clippy::disallowed_methods, reason = "this client is a browser's part, not the server's")]
pub async fn start(db: TestDb, change: &impl Fn(&mut Settings)) -> Server {
    // Faults of the server are shown with the test that met them.
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "error".into());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
    let mut settings = db.ctx.settings.clone();
    // So that a test chooses its client's address.
    settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    change(&mut settings);
    let ctx = Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context");
    let (stop, stopping) = watch::channel(false);
    let state = AppState::new(ctx.clone(), stopping.clone()).with_heartbeat(Duration::from_millis(200));
    let app = server::router(state);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let mut stopping = stopping;
        let end = async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        connections::serve(listener, app, connections::HEAD, end).await;
    });
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    Server { db, ctx, base, http, stop, task }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("not JSON ({e}): {} {}", self.status, self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }

    /// Fails unless the status is the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Fails unless it is this refusal in the documented shape.
    #[track_caller]
    pub fn refused(self, status: u16, error: &str, details: &str) -> Reply {
        assert_eq!(self.status, status, "{}", self.text);
        let body = self.json();
        let keys: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert!(keys.iter().all(|k| ["error", "details", "success"].contains(&k.as_str())), "{body}");
        assert_eq!(body["error"], error, "{body}");
        assert!(body["details"].as_str().unwrap_or_default().contains(details), "{body} should say {details}");
        self
    }
}

pub async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply { status, headers, text: response.text().await.expect("text") }
}

impl Server {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// As the administrator.
    pub async fn admin(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let request = self.request(method, path).basic_auth("admin", Some(ADMIN_PASSWORD));
        send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// With a token.
    pub async fn with(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let request = self.request(method, path).bearer_auth(token);
        send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Runs the jobs that are due.
    pub async fn run_jobs(&self) {
        let registry = server::serve::registry().expect("the registry");
        jobs::drain(&self.ctx, &registry).await.expect("jobs run");
    }

    /// An approved contractor with a password; returns its id and a token.
    pub async fn contractor(&self, email: &str, change: Value) -> (String, String) {
        let mut body = contractor_body(email);
        for (key, value) in change.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let id = {
            // Every contractor has an address of its own, so that no limit is met.
            let request = self.request(Method::POST, "/api/contractors/register").header("x-forwarded-for", address_of(email));
            let reply = send(request.json(&body)).await.expect(201);
            reply.json()["contractor"]["id"].as_str().expect("an id").to_owned()
        };
        self.admin(Method::POST, &format!("/api/admin/contractors/{id}/approve"), None).await.expect(200);
        let login = json!({ "email": email, "password": "password123" });
        let request = self.request(Method::POST, "/api/contractors/login").header("x-forwarded-for", address_of(email));
        let reply = send(request.json(&login)).await.expect(200);
        (id, reply.json()["token"].as_str().expect("a token").to_owned())
    }

    /// As `contractor`, with a token that outlives a test that moves the clock on by days.
    pub async fn lasting_contractor(&self, email: &str, change: Value) -> (String, String) {
        let (id, _) = self.contractor(email, change).await;
        let token = platform::auth::issue(&self.ctx, platform::auth::Audience::Contractor, &id, chrono::Duration::days(365));
        (id, token.expect("a token"))
    }

    /// Submits the documented sample with changes, from an address of its own.
    pub async fn submit(&self, change: &Value) -> Reply {
        let mut body = lead_body();
        for (key, value) in change.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let address = format!("198.51.{}.{}", n / 250 % 250, n % 250);
        send(self.request(Method::POST, "/api/leads/submit").header("x-forwarded-for", address).json(&body)).await
    }

    /// A lead with the documented sample's changes that a call of a minute charged: the lead's id and the record's.
    pub async fn charge(&self, change: &Value) -> (String, String) {
        let lead = self.submit(change).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let leads = self.admin(Method::GET, "/api/admin/leads?limit=500", None).await.expect(200).json();
        let leads = leads["leads"].as_array().expect("a list").clone();
        let of = leads.iter().find(|l| l["id"] == lead.as_str()).expect("the lead");
        let contractor = of["assignment"]["contractor"]["id"].as_str().expect("a contractor");
        let contractor = leads::contractors::get(&self.ctx, contractor).await.expect("there");
        let call = leads::calls::CallEvent {
            call_sid: format!("CA{lead}"),
            status: leads::calls::CallStatus::Completed,
            duration: Some(60),
            from: contractor.phone.e164().into(),
            to: of["customerPhone"].as_str().expect("a phone").into(),
            recording_url: None,
            recording_sid: None,
            direction: None,
        };
        leads::calls::record(&self.ctx, &call).await.expect("recorded");
        let bill = self.lead_page(&lead).await.bill.expect("charged");
        (lead, bill.id)
    }

    /// All about a lead, as the administrator sees it.
    pub async fn lead_page(&self, id: &str) -> leads::views::LeadPage {
        let admin = platform::auth::Caller::Admin { name: "admin".into() };
        leads::admin_desk::get_lead(&self.ctx, &admin, id).await.expect("there")
    }

    /// Tells the server to end, and waits until it has.
    pub async fn stop(mut self) {
        self.stop.send(true).expect("it listens");
        (&mut self.task).await.expect("it ends");
    }
}

static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

fn address_of(email: &str) -> String {
    let n = email.bytes().fold(0_u32, |n, b| n.wrapping_mul(31).wrapping_add(u32::from(b)));
    format!("203.0.{}.{}", n / 250 % 250, n % 250)
}

/// Seed 000, Submit Lead, Request Body.
pub fn lead_body() -> Value {
    json!({
        "customerFirstName": "John", "customerLastName": "Smith", "customerEmail": "john@example.com", "customerPhone": "5551234567",
        "customerAddress": "123 Main St", "customerCity": "Beverly Hills", "customerState": "CA", "customerZip": "90210",
        "serviceType": "ac_repair", "serviceDescription": "AC not cooling properly", "timeline": "within_24_hours",
        "budgetRange": "500-1000", "propertyType": "residential"
    })
}

/// The contractor of seed 000's examples.
pub fn contractor_body(email: &str) -> Value {
    json!({
        "businessName": "HVAC Pros", "email": email, "phone": "5559876543", "serviceZipCodes": ["90210", "90211"],
        "specializations": ["ac_repair", "heating_repair"], "password": "password123"
    })
}

/// Fails unless `actual` has every key of `example`, with values of the same type and look.
#[track_caller]
pub fn assert_like(example: &Value, actual: &Value) {
    let mut differences = Vec::new();
    compare(example, actual, "$", &mut differences);
    assert!(differences.is_empty(), "{}\nin {actual:#}", differences.join("\n"));
}

fn compare(example: &Value, actual: &Value, at: &str, differences: &mut Vec<String>) {
    match (example, actual) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (key, value) in wanted {
                match given.get(key) {
                    Some(found) => compare(value, found, &format!("{at}.{key}"), differences),
                    None => differences.push(format!("{at}.{key} is missing")),
                }
            }
        }
        (Value::Array(wanted), Value::Array(given)) => {
            if given.is_empty() && !wanted.is_empty() {
                differences.push(format!("{at} is empty"));
            }
            if let Some(wanted) = wanted.first() {
                for (n, given) in given.iter().enumerate() {
                    compare(wanted, given, &format!("{at}[{n}]"), differences);
                }
            }
        }
        (Value::String(wanted), Value::String(given)) => {
            let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit());
            let is_time = |t: &str| t.len() == 24 && t.as_bytes()[10] == b'T' && t.as_bytes()[19] == b'.' && t.ends_with('Z');
            if is_time(wanted) != is_time(given) || (digits(wanted) && (!digits(given) || wanted.len() != given.len())) {
                differences.push(format!("{at} is {given:?}, the document shows {wanted:?}"));
            }
        }
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) | (Value::Null, _) => {}
        _ => differences.push(format!("{at} is {actual}, the document shows {example}")),
    }
}

/// The signature that Twilio makes, computed here independently of the server's code.
pub fn twilio_signature(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut sorted: Vec<_> = fields.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).expect("a key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Stripe's header for a body signed at a time, computed here independently of the server's code.
pub fn stripe_signature(secret: &str, seconds: i64, body: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

impl Server {
    /// One number.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut conn = self.ctx.db.read().await.expect("a connection");
        platform::fetch_scalar!(conn, i64, sql).expect("a count")
    }

    /// The texts of one column.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        let mut conn = self.ctx.db.read().await.expect("a connection");
        platform::fetch_all!(conn, (String,), sql).expect("texts").into_iter().map(|(text,)| text).collect()
    }

    /// Changes rows behind the server's back.
    pub async fn change(&self, sql: &'static str) {
        let mut tx = self.ctx.begin().await.expect("a transaction");
        platform::execute!(tx, sql).expect("changed");
        tx.commit().await.expect("committed");
    }

    /// What Stripe sends, signed now.
    pub async fn stripe(&self, event: &Value) -> Reply {
        let body = event.to_string();
        let signature = stripe_signature(STRIPE_SECRET, self.ctx.now().timestamp(), &body);
        let request = self.request(Method::POST, "/api/webhooks/stripe").header("stripe-signature", signature);
        send(request.header("content-type", "application/json").body(body)).await
    }

    /// Bills that many leads, $250 each, to a contractor, and answers the ids of the billing records, in order.
    pub async fn billed(&self, contractor: &str, leads: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..leads {
            let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let phone = format!("310555{n:04}");
            self.submit(&json!({ "customerPhone": phone })).await.expect(201);
            let event = leads::calls::CallEvent {
                call_sid: format!("CA{n}"),
                status: leads::calls::CallStatus::Completed,
                duration: Some(45),
                from: format!("+1{phone}"),
                to: "+15559876543".into(),
                recording_url: None,
                recording_sid: None,
                direction: None,
            };
            leads::calls::record(&self.ctx, &event).await.expect("recorded");
            let mut conn = self.ctx.db.read().await.expect("a connection");
            let sql = "select id from billing_records where contractor_id = $1 and call_sid = $2";
            ids.push(platform::fetch_scalar!(conn, String, sql, contractor, event.call_sid.as_str()).expect("it is billed"));
        }
        ids.sort();
        ids
    }
}
