//! The surface of seed 000: `/api/leads`, `/api/contractors`, `/api/feedback`, `/api/admin`, `/api/cron`.

pub mod admin;
pub mod backup;
pub mod billing;
pub mod bounces;
pub mod callers;
pub mod contractors;
pub mod cron;
pub mod disputes;
pub mod downloads;
pub mod error;
pub mod export;
pub mod feedback;
pub mod jobs;
pub mod leads;
pub mod payments;
pub mod scoring;
pub mod sources;
pub mod views;
pub mod webhooks;

use crate::state::AppState;
use chrono::{DateTime, SecondsFormat, Utc};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this surface.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(leads::submit))
        .routes(routes!(sources::lead_status))
        .routes(routes!(contractors::register))
        .routes(routes!(contractors::login))
        .routes(routes!(contractors::logout))
        .routes(routes!(contractors::dashboard))
        .routes(routes!(contractors::list_leads))
        .routes(routes!(contractors::get_lead))
        .routes(routes!(contractors::set_lead_status))
        .routes(routes!(contractors::update_profile))
        .routes(routes!(contractors::change_password))
        .routes(routes!(payments::start_payment))
        .routes(routes!(payments::list_payments))
        .routes(routes!(admin::dashboard))
        .routes(routes!(admin::list_leads))
        .routes(routes!(admin::list_contractors))
        .routes(routes!(admin::approve_contractor))
        .routes(routes!(admin::suspend_contractor))
        .routes(routes!(admin::reactivate_contractor))
        .routes(routes!(backup::status))
        .routes(routes!(scoring::get))
        .routes(routes!(scoring::save_draft, scoring::discard_draft))
        .routes(routes!(scoring::what_if))
        .routes(routes!(scoring::publish_draft))
        .routes(routes!(admin::list_tracking_numbers, admin::add_tracking_numbers))
        .routes(routes!(sources::list_lead_sources, sources::create_lead_source))
        .routes(routes!(sources::revoke_lead_source))
        .routes(routes!(cron::recycle_numbers))
        .routes(routes!(cron::send_feedback_emails))
        .routes(routes!(bounces::list_bounced_emails))
        .routes(routes!(bounces::lift_bounced_email))
        .routes(routes!(webhooks::list_webhooks))
        .routes(routes!(webhooks::get_webhook))
        .routes(routes!(webhooks::replay_webhook))
        .routes(routes!(jobs::list_jobs))
        .routes(routes!(jobs::retry_job))
        .routes(routes!(jobs::discard_job))
        .routes(routes!(billing::list_own))
        .routes(routes!(billing::list))
        .routes(routes!(billing::update))
        .routes(routes!(billing::invoice_run))
        .routes(routes!(billing::refund))
        .routes(routes!(disputes::submit))
        .routes(routes!(disputes::list_own))
        .routes(routes!(disputes::list))
        .routes(routes!(disputes::review))
        .routes(routes!(disputes::resolve))
        .routes(routes!(feedback::form, feedback::give))
        .routes(routes!(export::leads::all))
        .routes(routes!(export::contractors::all))
        .routes(routes!(export::billing::all))
        .routes(routes!(export::leads::own))
        .routes(routes!(export::billing::own))
        .routes(routes!(export::disputes::own))
        .routes(routes!(export::disputes::all))
        .routes(routes!(export::ledger::all))
        .routes(routes!(export::audit::all))
        .routes(routes!(downloads::invoice))
        .routes(routes!(downloads::evidence))
}

/// A time as the document writes it: `2025-10-05T10:30:00.000Z`.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
