//! The jobs and the schedule of this crate.

use crate::intake::AssignWaitingLeadsJob;
use crate::mails::SendInvoicesJob;
use crate::profile::ResumeLeadsJob;
use crate::sign_in::SendPasswordLinkJob;
use crate::{billing, deadlines, evidence, feedback, intake, payments, tracking};
use kernel::{Outcome, Problem};
use platform::auth::Caller;
use platform::jobs::Registry;

/// Adds the jobs of this crate.
pub fn jobs(registry: Registry) -> Registry {
    registry.on::<AssignWaitingLeadsJob>().on::<ResumeLeadsJob>().on::<SendPasswordLinkJob>().on::<SendInvoicesJob>()
}

/// Adds the schedule of this crate, in UTC.
pub fn crons(registry: Registry) -> Outcome<Registry> {
    registry
        .cron("watch_deadlines", "* * * * *", |ctx| Box::pin(deadlines::watch(ctx)))
        .and_then(|r| r.cron("assign_waiting_leads", "7 * * * *", |ctx| Box::pin(intake::assign_waiting_to_capped(ctx))))
        .and_then(|r| {
            r.cron("recycle_tracking_numbers", "0 0 * * *", |ctx| Box::pin(async move { tracking::recycle(ctx).await.map(|_| ()) }))
        })
        .and_then(|r| r.cron("expire_payments", "27 * * * *", |ctx| Box::pin(payments::expire(ctx))))
        .and_then(|r| {
            r.cron("send_feedback_mails", "0 12 * * *", |ctx| Box::pin(async move { feedback::send_requests(ctx).await.map(|_| ()) }))
        })
        .and_then(|r| {
            r.cron("invoice_run", "0 6 1 * *", |ctx| Box::pin(async move { billing::invoice_run(ctx, &Caller::System).await.map(|_| ()) }))
        })
        .and_then(|r| r.cron("sweep_uploads", "47 4 * * *", |ctx| Box::pin(evidence::sweep(ctx))))
        .and_then(|r| r.cron("remind_of_invoices", "0 15 * * *", |ctx| Box::pin(async move { billing::remind(ctx).await.map(|_| ()) })))
        .map_err(Problem::internal)
}
