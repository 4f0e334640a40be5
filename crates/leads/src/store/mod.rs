//! The SQL, one file a table, one function a query.

pub mod assignments;
pub mod billing;
pub mod calls;
pub mod contractors;
pub mod leads;
pub mod numbers;
pub mod scoring_versions;
pub mod tracking;
