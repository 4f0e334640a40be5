//! The SQL, one file a table, one function a query.

pub mod assignments;
pub mod billing;
pub mod bounces;
pub mod calls;
pub mod consents;
pub mod contractors;
pub mod decisions;
pub mod disputes;
pub mod evidence;
pub mod feedback;
pub mod front_desk;
pub mod jobs;
pub mod leads;
pub mod ledger;
pub mod notes;
pub mod notifications;
pub mod numbers;
pub mod payments;
pub mod performance;
#[cfg(test)]
mod plans;
pub mod profiles;
pub mod scorecards;
pub mod scoring_versions;
pub mod sources;
pub mod staff;
pub mod tracking;
pub mod two_factor;
