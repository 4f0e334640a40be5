//! The SQL, one file a table, one function a query.

pub mod assignments;
pub mod billing;
pub mod bounces;
pub mod calls;
pub mod contractors;
pub mod leads;
pub mod numbers;
pub mod payments;
pub mod tracking;
