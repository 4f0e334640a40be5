//! Do the use cases keep their promises, alone and under concurrency, on both engines?
#![cfg(feature = "ssr")]

mod account_model;
mod accounts;
mod admin_pages;
mod billing;
mod books;
mod calls;
mod deadlines;
mod demo;
mod desks;
mod disputes;
mod documents;
mod evidence;
mod feedback;
mod find;
mod front_desk;
mod intake;
mod ledger;
mod merging;
mod migration;
mod operations;
mod portal;
mod requests;
mod routing;
mod scoring;
mod security;
mod staff;
mod support;
mod two_factor;
