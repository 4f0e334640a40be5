//! The plumbing under the business crates, server only: database, context, events, jobs,
//! mail, SMS, push, payments, webhooks, tokens, passwords, audit, settings. Business rules live elsewhere.

pub mod audit;
pub mod auth;
pub mod backup;
pub mod batch;
pub mod breaker;
mod ctx;
pub mod db;
pub mod events;
pub mod files;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod limits;
pub mod mail;
pub mod nodes;
pub mod notifications;
pub mod page_keys;
pub mod passwords;
pub mod payments;
pub mod pdf;
pub mod places;
pub mod push;
pub mod saved_views;
pub mod sealing;
pub mod sessions;
pub mod settings;
pub mod signatures;
pub mod sms;
#[doc(hidden)]
pub mod testing;
pub mod totp;
pub mod webhooks;

pub use chrono_tz::Tz;
pub use ctx::{CLOCK_SKEW, Clock, Ctx, UnderWay};
pub use db::{Conn, Db, Tx, Value, Where};
pub use events::Event;
pub use jobs::{Job, JobError, Running};
pub use settings::Settings;
pub use sqlx;
