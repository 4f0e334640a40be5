//! The process: REST surfaces, inbound webhooks, middleware, pages, jobs.

// The types of nested routers and pages are long.
#![recursion_limit = "256"]

pub mod api;
pub mod health;
pub mod http;
pub mod inbound;
pub mod live;
pub mod metrics_page;
pub mod pages;
pub mod sentry;
pub mod serve;
pub mod state;

pub use serve::router;
pub use state::AppState;
