//! The process's wiring: routes, middleware, jobs, and an orderly end.

use crate::http::{api_version, client_address, connections, cors, guard, idempotency, rate_limit, request_id, security_headers, slashes};
use crate::state::AppState;
use crate::{api, inbound, live, metrics_page, pages};
use anyhow::Context as _;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use platform::jobs::{self, Registry};
use platform::{Ctx, backup, nodes};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// How long requests and jobs may take to finish after the process was told to end.
const FINISHING: Duration = Duration::from_secs(20);

/// Everything that the process answers.
pub fn router(state: AppState) -> Router {
    let (api, _) = api::routes();
    let routes = api
        .route("/metrics", get(metrics_page::metrics))
        .route("/rpc/events", get(live::events))
        .route("/rpc/request-events/{key}", get(live::request_events))
        .merge(inbound::sandbox::routes())
        .with_state(state.clone())
        .merge(pages::routes(&state.ctx));
    with_middleware(routes, state)
}

/// The REST surfaces without the pages, for tests of these alone.
pub fn rest_router(state: AppState) -> Router {
    let (api, _) = api::routes();
    let routes = api
        .route("/metrics", get(metrics_page::metrics))
        .route("/rpc/events", get(live::events))
        .route("/rpc/request-events/{key}", get(live::request_events))
        .with_state(state.clone());
    with_middleware(routes.fallback(api::getcontractor::error::unknown_path), state)
}

/// What every request passes, the outermost first. One layer for the router: with each `Router::layer` of its own a
/// request copies all that are below.
fn with_middleware(routes: Router, state: AppState) -> Router {
    // Dynamic answers are compressed fast rather than small; event streams, images and small answers not at all.
    let compression = CompressionLayer::new().quality(CompressionLevel::Precise(4));
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), client_address::find))
        .layer(from_fn_with_state(state.clone(), request_id::name_and_log))
        .layer(from_fn(security_headers::add))
        .layer(compression)
        .layer(from_fn_with_state(state.clone(), cors::allow))
        .layer(from_fn_with_state(api_version::DEPRECATED, api_version::name))
        .layer(from_fn_with_state(state.clone(), guard::https_only))
        .layer(from_fn_with_state(state.clone(), guard::same_site))
        .layer(from_fn_with_state(state.clone(), rate_limit::limit))
        .layer(from_fn(guard::body_limit))
        .layer(from_fn(guard::whole_forms))
        .layer(from_fn(guard::time_limit))
        .layer(from_fn_with_state(state, idempotency::once))
        .layer(CatchPanicLayer::custom(guard::after_panic));
    let routes = routes.layer(layers);
    // Outside of the routes, so that it comes before the choice of one.
    Router::new().fallback_service(routes).layer(from_fn(slashes::cut))
}

/// The jobs and the schedule of all rooms.
pub fn registry() -> anyhow::Result<Registry> {
    leads::crons(leads::jobs(Registry::with_platform()?)).map_err(|problem| anyhow::anyhow!("the schedule is wrong: {problem:?}"))
}

/// Serves until it is told to end, then finishes what has begun.
pub async fn serve(ctx: Ctx) -> anyhow::Result<()> {
    let _held = backup::hold(&ctx.settings)?;
    let (stop, stopping) = watch::channel(false);
    let metrics = metrics_page::install()?;
    let state = AppState::new(ctx.clone(), stopping.clone()).with_metrics(metrics.clone());
    let settings = &ctx.settings;
    let listener = listen("PLUMBLINE_LISTEN", settings.listen).await?;
    let address = listener.local_addr().context("the listening address is unknown")?;
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    tokio::spawn(stop_on_signal(stop));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            metrics.run_upkeep();
        }
    });
    if let Some(address) = settings.metrics_listen {
        let app = Router::new()
            .route("/metrics", get(metrics_page::metrics))
            .layer(from_fn_with_state(state.clone(), client_address::find))
            .with_state(state.clone());
        let listener = listen("METRICS_LISTEN", address).await?;
        tracing::info!(%address, "metrics");
        tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
    }
    tokio::spawn(nodes::connect(ctx.clone(), stopping.clone()));
    let worker = if settings.run_jobs { Some(tokio::spawn(jobs::run_worker(ctx.clone(), registry()?, stopping))) } else { None };
    tracing::info!(%address, public_url = settings.public_url, database = settings.database_shown(), "Plumbline is ready");

    let finish = async {
        connections::serve(listener, router(state.clone()), connections::HEAD, state.stopped()).await;
        if let Some(worker) = worker {
            worker.await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        done = finish => done?,
        () = async { state.stopped().await; tokio::time::sleep(FINISHING).await } => {
            tracing::warn!("some requests or jobs did not finish in {} seconds; jobs will be taken up again", FINISHING.as_secs());
        }
    }
    ctx.db.close().await;
    tracing::info!("Plumbline has ended");
    Ok(())
}

/// Runs jobs and the schedule alone, until it is told to end.
pub async fn work(ctx: Ctx) -> anyhow::Result<()> {
    let _held = backup::hold(&ctx.settings)?;
    let (stop, mut stopping) = watch::channel(false);
    tokio::spawn(stop_on_signal(stop));
    tracing::info!(database = ctx.settings.database_shown(), "Plumbline runs jobs");
    tokio::spawn(nodes::connect(ctx.clone(), stopping.clone()));
    let worker = jobs::run_worker(ctx.clone(), registry()?, stopping.clone());
    tokio::select! {
        () = worker => {}
        () = async { let _ = stopping.wait_for(|stop| *stop).await; tokio::time::sleep(FINISHING).await } => {
            tracing::warn!("some jobs did not finish in {} seconds; they will be taken up again", FINISHING.as_secs());
        }
    }
    ctx.db.close().await;
    Ok(())
}

async fn listen(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another program using it? {setting} chooses another"))
}

/// Says so when the process is asked to end: Ctrl-C, or a service manager's SIGTERM.
async fn stop_on_signal(stop: watch::Sender<bool>) {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("ending: what has begun is finished first");
    let _ = stop.send(true);
    // Kept until the process ends, so that nobody takes a closed channel for a word.
    stop.closed().await;
}
