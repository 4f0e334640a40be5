//! Leads: intake, scoring, routing, calls, billing, disputes and feedback (seed 000).
//!
//! Types and rules are always here and run in the browser too. Use cases and SQL are behind the
//! feature `ssr`: a use case is a free function, one transaction, its events and jobs inside it.

pub mod admin_views;
pub mod billing;
pub mod calls;
pub mod consent;
pub mod contractor;
pub mod decisions;
pub mod disputes;
pub mod evidence;
pub mod feedback;
pub mod find;
pub mod front_desk;
pub mod hours;
pub mod lead;
pub mod ledger;
pub mod notes;
pub mod notifications;
pub mod payments;
pub mod performance;
pub mod profile;
pub mod routing;
pub mod scoring;
pub mod scoring_versions;
pub mod security;
pub mod staff;
pub mod two_factor;
pub mod views;

#[cfg(feature = "ssr")]
pub mod admin_desk;
#[cfg(feature = "ssr")]
mod assigning;
#[cfg(feature = "ssr")]
pub mod bounces;
#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
pub mod contractor_desk;
#[cfg(feature = "ssr")]
pub mod contractors;
#[cfg(feature = "ssr")]
pub mod deadlines;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod intake;
#[cfg(feature = "ssr")]
mod mails;
#[cfg(feature = "ssr")]
pub mod merging;
#[cfg(feature = "ssr")]
mod progress;
#[cfg(feature = "ssr")]
pub mod reassigning;
#[cfg(feature = "ssr")]
pub mod scorecards;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod sources;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod tasks;
#[cfg(feature = "ssr")]
pub mod tracking;

#[cfg(feature = "ssr")]
pub use tasks::{crons, jobs};
