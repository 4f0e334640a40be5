//! Do the use cases keep their promises, alone and under concurrency, on both engines?
#![cfg(feature = "ssr")]

mod accounts;
mod calls;
mod deadlines;
mod demo;
mod desks;
mod intake;
mod requests;
mod support;
