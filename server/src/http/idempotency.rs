//! `Idempotency-Key`: a POST that is sent again is answered again, and done once (decision 9).

use crate::api;
use crate::api::getcontractor::callers;
use crate::http::body;
use crate::http::client_address::ClientAddress;
use crate::http::rate_limit::network_of;
use crate::state::AppState;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use kernel::{Outcome, Problem};
use leads::sign_in;
use leads::sources::{self, LeadSource};
use platform::idempotency::{self, Reserved};
use platform::{Ctx, auth};
use tracing::Instrument as _;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key, as Stripe has it.
const LONGEST: usize = 255;

/// The id of a request that carries a key, among its extensions: what the request makes can carry it, so that
/// a second run after a crash finds what the first one made.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Not the answers that carry a secret, which must not be kept; nor what is safe to repeat by itself.
fn honours_keys(method: &Method, path: &str) -> bool {
    const WITHOUT: [&str; 5] =
        ["/api/contractors/login", "/api/contractors/logout", "/api/admin/lead-sources", "/api/webhooks/", "/api/cron/"];
    *method == Method::POST && path.starts_with("/api/") && !WITHOUT.iter().any(|start| path.starts_with(start))
}

/// Answers a repeated request as before; carries out a new one, to its end even when the client is gone.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(KEY).cloned().filter(|_| honours_keys(request.method(), request.uri().path())) else {
        return next.run(request).await;
    };
    let key = key.to_str().unwrap_or_default().trim().to_owned();
    if key.is_empty() || key.len() > LONGEST {
        return api::refuse(&request, Problem::invalid("Idempotency-Key", format!("must be 1 to {LONGEST} visible ASCII characters")));
    }
    let (mut parts, content) = request.into_parts();
    let content = match content.collect().await {
        Ok(content) => content.to_bytes(),
        Err(error) => return api::refuse(&Request::from_parts(parts, Body::empty()), body::unreadable(&error)),
    };
    let address = parts.extensions.get::<ClientAddress>().map(|a| network_of(a.client).to_string()).unwrap_or_default();
    let hash = auth::token_hash(&format!("{} {} {}", parts.method, parts.uri, hash_of(&content)));
    let refuse = |problem| api::refuse(&Request::new(Body::empty()), problem);
    let caller = match caller_of(&state.ctx, &parts, &address).await {
        Ok(caller) => caller,
        Err(problem) => return refuse(problem),
    };
    let id = match idempotency::reserve(&state.ctx, &caller, &key, &hash).await {
        Ok(Reserved::Mine(id)) => id,
        Ok(Reserved::Answered { status, body }) => return replay(status, body),
        Ok(Reserved::Running) => {
            let mut response =
                refuse(Problem::conflict("request_in_progress", "The first request with this Idempotency-Key is not finished"));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            return response;
        }
        Ok(Reserved::OtherRequest) => {
            return refuse(Problem::conflict("idempotency_key_reused", "This Idempotency-Key was used for another request"));
        }
        Err(problem) => return refuse(problem),
    };
    parts.extensions.insert(RequestId(id.clone()));
    let request = Request::from_parts(parts, Body::from(content));
    let task = async move { keep(&state.ctx, &id, next.run(request).await).await };
    match tokio::spawn(task.in_current_span()).await {
        Ok(response) => response,
        Err(error) => refuse(Problem::internal(error)),
    }
}

/// Keeps what was decided. What another try could change is given up instead: faults, and missing rights.
async fn keep(ctx: &Ctx, id: &str, response: Response) -> Response {
    let (parts, content) = response.into_parts();
    let content = match content.collect().await {
        Ok(content) => content.to_bytes(),
        Err(error) => return api::refuse(&Request::new(Body::empty()), Problem::internal(error)),
    };
    let passing = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS];
    let kept = match std::str::from_utf8(&content) {
        Ok(text) if !parts.status.is_server_error() && !passing.contains(&parts.status) => {
            idempotency::answer(ctx, id, parts.status.as_u16().into(), text).await
        }
        _ => idempotency::release(ctx, id).await,
    };
    if let Err(problem) = kept {
        // The lease runs out; a repetition then finds by the id what was made.
        tracing::error!(error = problem.for_log(), "the answer to an idempotent request could not be kept");
    }
    Response::from_parts(parts, Body::from(content))
}

fn replay(status: i64, body: String) -> Response {
    let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json")), (REPLAYED, HeaderValue::from_static("true"))];
    (status, headers, body).into_response()
}

/// Whose keys they are: two callers never share one. Who may enter now keeps theirs over a new login, key or password.
/// Who may not is a caller of their own, whom the route refuses: what was answered before a token was revoked is not
/// said again. Errors: the database's.
async fn caller_of(ctx: &Ctx, parts: &Parts, address: &str) -> Outcome<String> {
    let headers = &parts.headers;
    if let Some(token) = callers::bearer(headers)
        && let Ok(claims) = auth::read(ctx, token)
        && is_let_in(sign_in::identify(ctx, token).await)?.is_some()
    {
        return Ok(format!("account:{:?}:{}", claims.aud, claims.sub));
    }
    if let Some(key) = callers::source_key(headers) {
        // The rate limit may have looked the key up already.
        let source = match parts.extensions.get::<LeadSource>() {
            Some(known) => Some(known.clone()),
            None => is_let_in(sources::authenticate(ctx, key).await)?,
        };
        if let Some(source) = source {
            return Ok(format!("source:{}", source.id));
        }
    }
    if callers::is_administrator(&ctx.settings, headers) == Some(true) {
        return Ok("administrator".into());
    }
    let credentials = headers.get("x-api-key").or_else(|| headers.get(header::AUTHORIZATION)).and_then(|v| v.to_str().ok());
    Ok(match credentials {
        Some(text) => format!("credentials:{}", auth::token_hash(text)),
        None => format!("address:{address}"),
    })
}

/// `None` for who is refused.
fn is_let_in<T>(entered: Outcome<T>) -> Outcome<Option<T>> {
    match entered {
        Ok(found) => Ok(Some(found)),
        Err(Problem::Unauthenticated(_) | Problem::Forbidden(_)) => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn hash_of(content: &Bytes) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    sha2::Sha256::digest(content).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
