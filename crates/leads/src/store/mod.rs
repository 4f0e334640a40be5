//! The SQL, one file a table, one function a query.

pub mod assignments;
pub mod billing;
pub mod bounces;
pub mod calls;
pub mod consents;
pub mod contractors;
pub mod decisions;
pub mod disputes;
pub mod feedback;
pub mod leads;
pub mod ledger;
pub mod numbers;
pub mod payments;
pub mod scorecards;
pub mod scoring_versions;
pub mod sources;
pub mod tracking;
