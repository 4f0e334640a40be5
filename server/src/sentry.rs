//! Errors go to Sentry, or what understands its envelopes, when `SENTRY_DSN` is set (seed 000, Error Tracking).
//!
//! Whatever is logged as an error is reported, with the request's id, method, route and headers: failed requests,
//! panics, dead jobs. Numbers, addresses and secrets are masked. A report never holds up a request.

use axum::http::HeaderMap;
use kernel::mask;
use platform::Ctx;
use platform::settings::SentryDsn;
use serde_json::{Map, Value, json};
use std::fmt;
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Id, Level, Span, Subscriber, span};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// Reports that wait to be sent; more at once are dropped, for they are the same few.
const WAITING: usize = 100;

/// The span that names a request.
const REQUEST: &str = "request";

/// Takes errors from the log.
struct Reporter(mpsc::Sender<Value>);

/// The reporter for the log, and what [`send`] takes from.
pub fn channel<S: Subscriber + for<'a> LookupSpan<'a>>() -> (impl Layer<S>, mpsc::Receiver<Value>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    // Whatever the log's own level is.
    let wanted = FilterFn::new(|about| *about.level() == Level::ERROR || (about.is_span() && about.name() == REQUEST));
    (Reporter(sender).with_filter(wanted.with_max_level_hint(Level::INFO)), receiver)
}

/// Logs panics, wherever they happen, so that they are reported too.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("unknown");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(what, place, "panic");
    }));
}

/// Sends reports until nobody is left who could make one.
pub async fn send(ctx: Ctx, dsn: SentryDsn, mut reports: mpsc::Receiver<Value>) {
    let auth = format!("Sentry sentry_version=7, sentry_client=plumbline/{}, sentry_key={}", env!("CARGO_PKG_VERSION"), dsn.key.expose());
    while let Some(report) = reports.recv().await {
        let envelope = envelope(&ctx, report);
        let Ok(client) = platform::http::client() else { return };
        let request = client.post(&dsn.envelope_url).header("x-sentry-auth", &auth);
        let sent = request.header("content-type", "application/x-sentry-envelope").body(envelope).send().await;
        // Not as errors: they would be reported.
        match sent {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "Sentry refused a report"),
            Err(error) => tracing::warn!(error = %error.without_url(), "Sentry was not reached"),
        }
    }
}

/// One event in the form that Sentry takes: a line for the envelope, a line for the item, the item.
fn envelope(ctx: &Ctx, mut event: Value) -> String {
    let (id, now) = (ctx.new_id(), ctx.now().to_rfc3339());
    event["event_id"] = id.clone().into();
    event["timestamp"] = now.clone().into();
    event["platform"] = "native".into();
    event["release"] = concat!("plumbline@", env!("CARGO_PKG_VERSION")).into();
    event["environment"] = if ctx.settings.production { "production" } else { "development" }.into();
    let item = event.to_string();
    format!("{}\n{}\n{item}\n", json!({ "event_id": id, "sent_at": now }), json!({ "type": "event", "length": item.len() }))
}

/// The headers that a report shows: none tells who asks.
const SHOWN: [&str; 8] = ["accept", "content-length", "content-type", "host", "origin", "user-agent", "x-api-version", "x-forwarded-proto"];

/// Keeps the headers of a request with its span, for what is reported from there.
pub fn keep_headers(span: &Span, headers: &HeaderMap) {
    let shown = |name: &str| Some((name.to_owned(), Value::from(mask(headers.get(name)?.to_str().ok()?))));
    span.with_subscriber(|(id, log)| {
        if let Some(span) = log.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) {
            span.extensions_mut().replace(Headers(SHOWN.into_iter().filter_map(shown).collect()));
        }
    });
}

/// A request's headers, kept with its span.
struct Headers(Map<String, Value>);

/// A span's fields, kept with it.
struct Kept(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Reporter {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id).filter(|span| span.name() == REQUEST) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(Kept(fields.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let (mut request, mut headers) = (Map::new(), Map::new());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(Kept(kept)) = span.extensions().get::<Kept>() {
                request.clone_from(kept);
            }
            if let Some(Headers(kept)) = span.extensions().get::<Headers>() {
                headers.clone_from(kept);
            }
        }
        let report = json!({
            "level": "error",
            "logger": event.metadata().target(),
            "message": { "formatted": message },
            "tags": { "request_id": request.get("id") },
            "request": { "method": request.get("method"), "url": request.get("route"), "headers": headers },
            "extra": fields.0,
        });
        // Full: what is reported already tells what is wrong.
        let _ = self.0.try_send(report);
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().into(), mask(&format!("{value:?}")).into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), mask(value).into());
    }
}
