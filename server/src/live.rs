//! Live events for open pages: what changes elsewhere appears without a reload.

use crate::api::getcontractor::error::Refusal;
use crate::api::getcontractor::stamp;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, future};
use kernel::{Id, Outcome, Problem};
use platform::auth::{self, Audience};
use platform::events::MISSED;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;

/// The pages' session cookie: a token for contractors or administrators.
pub const SESSION_COOKIE: &str = "plumbline_session";

/// After this long the browser connects anew, and shows again that it may listen.
const LONGEST: Duration = Duration::from_secs(3600);

/// Who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Listener {
    Admin,
    Contractor(Id),
}

impl Listener {
    fn may_hear(&self, event: &platform::Event) -> bool {
        match self {
            Listener::Admin => true,
            Listener::Contractor(id) => event.contractor_id.as_ref() == Some(id) || event.kind == MISSED,
        }
    }
}

/// `GET /rpc/events`: `{kind, subjectId, at}` of what happens, to whom may know. `missed` as a kind
/// means that some were lost, and the page must load again what it shows.
pub async fn events(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    // Listening begins before the check, so that nothing falls between.
    let heard = BroadcastStream::new(state.ctx.bus.subscribe());
    let listener = identify(&state, &headers).await?;
    let now = state.ctx.clone();
    let stream = heard.filter_map(move |heard| {
        let message = match heard {
            Ok(event) if !listener.may_hear(&event) => None,
            Ok(event) => Some(json!({ "kind": event.kind, "subjectId": event.subject_id, "at": stamp(event.at) })),
            Err(_) => Some(json!({ "kind": MISSED, "subjectId": "", "at": stamp(now.now()) })),
        };
        future::ready(message.map(|m| Ok(Event::default().data(m.to_string()))))
    });
    let end = async move {
        tokio::select! {
            () = state.stopped() => {}
            () = tokio::time::sleep(LONGEST) => {}
        }
    };
    Ok(Sse::new(stream.take_until(Box::pin(end))).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

async fn identify(state: &AppState, headers: &HeaderMap) -> Outcome<Listener> {
    let token = session_of(headers).ok_or(Problem::Unauthenticated("Invalid authentication credentials"))?;
    match leads::contractors::authenticate(&state.ctx, token).await {
        Ok(contractor) => Ok(Listener::Contractor(contractor.id)),
        // Perhaps it is an administrator's.
        Err(Problem::Forbidden(why)) => {
            auth::authenticate(&state.ctx, token, Audience::Admin).await.map_err(|problem| match problem {
                Problem::Forbidden(_) => Problem::Forbidden(why),
                other => other,
            })?;
            Ok(Listener::Admin)
        }
        Err(other) => Err(other),
    }
}

/// The token in the session cookie.
pub fn session_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(session_of(&headers), None);
        headers.append(header::COOKIE, "theme=dark; plumbline_session=a.b.c; x=y".parse().expect("a header"));
        assert_eq!(session_of(&headers), Some("a.b.c"));
    }
}
