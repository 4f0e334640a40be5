//! What every route shares.

use metrics_exporter_prometheus::PrometheusHandle;
use platform::Ctx;
use platform::limits::MemoryLimits;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The process's context and its own memory. Cheap to clone: each layer around the routes does at each request.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The parts of an [`AppState`].
#[derive(Clone)]
pub struct Parts {
    pub ctx: Ctx,
    /// Counts of requests that are never refused.
    pub shown: Arc<MemoryLimits>,
    pub metrics: Option<PrometheusHandle>,
    /// How often an open event stream says that it lives, and looks whether its listener may still listen.
    pub heartbeat: Duration,
    stopping: watch::Receiver<bool>,
}

impl AppState {
    /// `stopping` becomes true when the process is to end.
    pub fn new(ctx: Ctx, stopping: watch::Receiver<bool>) -> AppState {
        AppState(Arc::new(Parts { ctx, shown: Arc::default(), metrics: None, heartbeat: Duration::from_secs(15), stopping }))
    }

    #[must_use]
    pub fn with_metrics(mut self, metrics: PrometheusHandle) -> AppState {
        Arc::make_mut(&mut self.0).metrics = Some(metrics);
        self
    }

    #[must_use]
    pub fn with_heartbeat(mut self, heartbeat: Duration) -> AppState {
        Arc::make_mut(&mut self.0).heartbeat = heartbeat;
        self
    }

    /// Returns when the process is to end.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        if stopping.wait_for(|stop| *stop).await.is_err() {
            // Nobody is left who could say so.
            std::future::pending::<()>().await;
        }
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
