//! Live events for open pages: what changes elsewhere appears without a reload.

use crate::api::getcontractor::callers::session_of;
use crate::api::getcontractor::error::Refusal;
use crate::api::getcontractor::stamp;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, future};
use kernel::{Id, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::events::MISSED;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;

/// After this long the browser connects anew, and shows again that it may listen.
const LONGEST: Duration = Duration::from_secs(3600);

/// Who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Listener {
    Admin,
    Contractor(Id),
    /// Who sent a request, on its page.
    Homeowner {
        lead_id: Id,
    },
}

/// All that a homeowner hears: look again.
const REQUEST_CHANGED: &str = "request_changed";

impl Listener {
    fn may_hear(&self, event: &platform::Event) -> bool {
        match self {
            Listener::Admin => true,
            Listener::Contractor(id) => event.contractor_id.as_ref() == Some(id) || event.kind == MISSED,
            Listener::Homeowner { lead_id } => event.subject_id == *lead_id || event.kind == MISSED,
        }
    }

    /// What is told of an event that may be heard.
    fn message(&self, event: &platform::Event) -> Value {
        let (kind, subject) = match self {
            Listener::Homeowner { .. } => (REQUEST_CHANGED, ""),
            _ => (event.kind.as_str(), event.subject_id.as_str()),
        };
        json!({ "kind": kind, "subjectId": subject, "at": stamp(event.at) })
    }
}

/// `GET /rpc/events`: `{kind, subjectId, at}` of what happens, to whom may know. `missed` as a kind
/// means that some were lost, and the page must load again what it shows.
pub async fn events(State(state): State<AppState>, headers: HeaderMap) -> Result<Sse<impl Stream<Item = Told>>, Refusal> {
    // Listening begins before the check, so that nothing falls between.
    let heard = BroadcastStream::new(state.ctx.bus.subscribe());
    let token = session_of(&headers).ok_or(Problem::Unauthenticated("Invalid authentication credentials"))?.to_owned();
    let listener = identify(&state, &token).await?;
    Ok(tell(state, heard, listener, Some(token)))
}

/// `GET /rpc/request-events/{key}`: tells the page of one request that there is something new to see.
pub async fn request_events(State(state): State<AppState>, Path(key): Path<String>) -> Result<Sse<impl Stream<Item = Told>>, Refusal> {
    let heard = BroadcastStream::new(state.ctx.bus.subscribe());
    let lead_id = leads::front_desk::lead_of_key(&state.ctx, &key)?;
    Ok(tell(state, heard, Listener::Homeowner { lead_id }, None))
}

type Told = Result<Event, Infallible>;

/// With a `token` only for as long as it is good.
fn tell(
    state: AppState,
    heard: BroadcastStream<platform::Event>,
    listener: Listener,
    token: Option<String>,
) -> Sse<impl Stream<Item = Told>> {
    let (now, who, heartbeat) = (state.ctx.clone(), listener.clone(), state.heartbeat);
    let stream = heard.filter_map(move |heard| {
        let message = match heard {
            Ok(event) => listener.may_hear(&event).then(|| listener.message(&event)),
            Err(_) => Some(json!({ "kind": MISSED, "subjectId": "", "at": stamp(now.now()) })),
        };
        future::ready(message.map(|m| Ok(Event::default().data(m.to_string()))))
    });
    let end = async move {
        tokio::select! {
            () = state.stopped() => {}
            () = tokio::time::sleep(LONGEST) => {}
            () = signed_out(&state, token.as_deref(), &who) => {}
        }
    };
    Sse::new(stream.take_until(Box::pin(end))).keep_alive(KeepAlive::new().interval(heartbeat))
}

/// Returns soon after the token ended, or lets somebody hear something else than before.
async fn signed_out(state: &AppState, token: Option<&str>, who: &Listener) {
    let Some(token) = token else { return future::pending().await };
    loop {
        tokio::time::sleep(state.heartbeat).await;
        match identify(state, token).await {
            Ok(now) if now == *who => {}
            Ok(_) | Err(Problem::Unauthenticated(_) | Problem::Forbidden(_)) => return,
            // A fault of ours ends nothing.
            Err(problem) => tracing::warn!(error = problem.for_log(), "whether a listener may still listen is not known"),
        }
    }
}

async fn identify(state: &AppState, token: &str) -> Outcome<Listener> {
    match leads::sign_in::identify(&state.ctx, token).await? {
        Caller::Contractor(id) => Ok(Listener::Contractor(id)),
        caller => caller.may(Permission::View).map(|()| Listener::Admin),
    }
}
