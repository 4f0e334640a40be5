//! Do the use cases keep their promises, alone and under concurrency, on both engines?
#![cfg(feature = "ssr")]

mod accounts;
mod admin_pages;
mod billing;
mod calls;
mod deadlines;
mod demo;
mod desks;
mod disputes;
mod feedback;
mod intake;
mod ledger;
mod merging;
mod migration;
mod requests;
mod routing;
mod scoring;
mod support;
