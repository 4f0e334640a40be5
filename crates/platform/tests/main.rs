//! What the plumbing promises, on both engines. One program, so that there is one to link.

mod auth;
mod batches;
mod jobs;
mod messages;
mod operations;
mod push;
mod settings;
mod shared;
