//! What the surfaces promise, asked through HTTP on both engines. One program, so that there is one to link.

mod api_backup;
mod api_billing;
mod api_cards;
mod api_conformance;
mod api_disputes;
mod api_downloads;
mod api_export;
mod api_feedback;
mod api_getcontractor;
mod api_http;
mod api_integrators;
mod api_jobs_admin;
mod api_limits;
mod api_operations;
mod api_payments;
mod api_scoring;
mod api_webhooks_admin;
mod common;
mod conformance;
mod faults;
mod inbound_sendgrid;
mod inbound_stripe;
mod inbound_twilio;
mod kill;
mod portal_contractor;
mod public_pages;
