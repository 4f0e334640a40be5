//! The jobs and the schedule of this crate.

use crate::intake::AssignWaitingLeadsJob;
use crate::sign_in::SendPasswordLinkJob;
use crate::{deadlines, intake, payments, tracking};
use kernel::{Outcome, Problem};
use platform::jobs::Registry;

/// Adds the jobs of this crate.
pub fn jobs(registry: Registry) -> Registry {
    registry.on::<AssignWaitingLeadsJob>().on::<SendPasswordLinkJob>()
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
        .map_err(Problem::internal)
}
