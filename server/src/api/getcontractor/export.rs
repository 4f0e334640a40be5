//! CSV downloads (seed 000, Export Data; decision 36): RFC 4180, the documented headers, streamed part by part.

pub mod audit;
pub mod billing;
pub mod contractors;
pub mod disputes;
mod file;
pub mod leads;
pub mod ledger;
