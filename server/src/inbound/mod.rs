//! Signed webhooks of providers.

pub mod twilio;
