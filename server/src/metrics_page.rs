//! Figures for Prometheus.

use crate::api::getcontractor::error::Refusal;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use kernel::Problem;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds, from a cached answer to one that is about to be ended.
const BUCKETS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Starts to collect this process's figures. Errors: when it is asked for twice.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let suffix = Matcher::Suffix("_seconds".into());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &BUCKETS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| anyhow::anyhow!("metrics are collected already"))?;
    Ok(handle)
}

/// `GET /metrics`: for this machine's own programs, or with `METRICS_TOKEN`.
pub async fn metrics(
    State(state): State<AppState>,
    address: Extension<ClientAddress>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let is_local = address.peer.is_loopback() && !headers.contains_key("x-forwarded-for") && !headers.contains_key("forwarded");
    let token = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let has_token = matches!((&state.ctx.settings.metrics_token, token), (Some(secret), Some(token)) if secret.matches(token));
    if !is_local && !has_token {
        return Err(Problem::Forbidden("Metrics are shown on this machine, or with METRICS_TOKEN").into());
    }
    let text = state.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
