//! Pages that follow what happens elsewhere: one stream of server-sent events for the whole portal.

use leptos::prelude::*;
use std::collections::HashSet;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Where the server sends its events.
const STREAM: &str = "/rpc/events";
/// The kind that says: some were lost, load everything again.
const MISSED: &str = "missed";
/// How long a row stays marked as new.
const FRESH_FOR: Duration = Duration::from_secs(20);

/// One event, as far as pages need it.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heard {
    kind: String,
    #[serde(default, rename = "subjectId")]
    subject_id: String,
}

/// The portal's stream: the latest event, and how many there were.
#[derive(Clone, Copy)]
struct Stream(RwSignal<Option<(u64, Heard)>>);

/// What a page watches.
#[derive(Clone, Copy)]
pub struct Live {
    /// Goes up with each event that matters: put it into a resource's source.
    pub version: Signal<u64>,
    /// The ids of what changed in the last seconds, to mark their rows.
    pub fresh: Signal<HashSet<String>>,
}

/// Opens the stream for everything below; the portal's frame calls it once.
/// The browser reconnects by itself, except when the server refused: then we try again later.
pub fn provide_live() {
    provide_live_of(STREAM.to_owned());
}

/// As [`provide_live`], with a stream of another address.
pub fn provide_live_of(address: String) {
    let heard = RwSignal::new(None::<(u64, Heard)>);
    provide_context(Stream(heard));
    Effect::new(move |_| {
        let source = StoredValue::new_local(None::<EventSource>);
        connect(address.clone(), heard, source);
        on_cleanup(move || {
            if let Some(source) = source.try_update_value(Option::take).flatten() {
                source.close();
            }
        });
    });
}

fn connect(address: String, heard: RwSignal<Option<(u64, Heard)>>, kept: StoredValue<Option<EventSource>, LocalStorage>) {
    let Ok(source) = EventSource::new(&address) else { return };
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(text) = event.data().as_string() else { return };
        if let Ok(event) = serde_json::from_str::<Heard>(&text) {
            heard.try_update(|latest| {
                let n = latest.as_ref().map_or(0, |(n, _)| *n) + 1;
                *latest = Some((n, event));
            });
        }
    });
    source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let watched = source.clone();
    let on_error = Closure::<dyn Fn()>::new(move || {
        if watched.ready_state() == EventSource::CLOSED {
            let address = address.clone();
            set_timeout(
                move || {
                    if !kept.is_disposed() {
                        connect(address, heard, kept);
                    }
                },
                Duration::from_secs(5),
            );
        }
    });
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    on_error.forget();
    kept.try_set_value(Some(source));
}

/// Follows events of these kinds; of every kind when the list is empty. Outside a portal nothing ever comes.
pub fn use_live(kinds: &'static [&'static str]) -> Live {
    let version = RwSignal::new(0_u64);
    let fresh = RwSignal::new(HashSet::<String>::new());
    if let Some(Stream(heard)) = use_context::<Stream>() {
        Effect::new(move |previous: Option<Option<u64>>| {
            let latest = heard.get();
            let number = latest.as_ref().map(|(n, _)| *n);
            // The first run only takes note of where the stream stands.
            if let (Some(_), Some((_, event))) = (previous, latest)
                && previous.flatten() != number
                && (kinds.is_empty() || event.kind == MISSED || kinds.contains(&event.kind.as_str()))
            {
                version.update(|v| *v += 1);
                if !event.subject_id.is_empty() {
                    let id = event.subject_id;
                    fresh.update(|ids| {
                        ids.insert(id.clone());
                    });
                    set_timeout(
                        move || {
                            fresh.try_update(|ids| ids.remove(&id));
                        },
                        FRESH_FOR,
                    );
                }
            }
            number
        });
    }
    Live { version: version.into(), fresh: fresh.into() }
}
