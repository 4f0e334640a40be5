//! A lead's way from assigned to qualified: by hand and by calls alike.

use crate::lead::LeadStatus;
use crate::store::{self, contractors::Progress, leads::Locked};
use chrono::{DateTime, Utc};
use kernel::{Outcome, Problem};
use platform::{Ctx, Tx, events};
use serde_json::json;

/// Moves a locked lead on, with its assignment, its contractor's counters and its events. The same
/// status again changes nothing. Errors: `Conflict` (`illegal_transition`) for a way that does not exist.
pub async fn advance(ctx: &Ctx, tx: &mut Tx, lead: &mut Locked, next: LeadStatus, actor: &str) -> Outcome<()> {
    if lead.status == next {
        return Ok(());
    }
    let illegal = || {
        let (from, to) = (lead.status.as_str(), next.as_str());
        Problem::conflict("illegal_transition", format!("A lead cannot go from {from} to {to}"))
    };
    let (Some(assignment_id), Some(contractor_id), Some(assigned_at)) = (&lead.assignment_id, &lead.contractor_id, lead.assigned_at) else {
        return Err(illegal());
    };
    if !lead.status.can_become(next) {
        return Err(illegal());
    }
    let now = ctx.now();
    let is_open = lead.is_open.unwrap_or(false);
    let first_contact = lead.first_contact_at.is_none() && matches!(next, LeadStatus::Contacted | LeadStatus::Qualified);
    let minutes = first_contact.then(|| minutes_between(assigned_at, now));
    let qualified = next == LeadStatus::Qualified;
    let closed = qualified && is_open;

    store::assignments::update_status(tx, assignment_id, next, is_open && !closed).await?;
    let count = |status| i64::from(next == status) - i64::from(lead.status == status);
    let progress =
        Progress { response_minutes: minutes, contacted: count(LeadStatus::Contacted), qualified: count(LeadStatus::Qualified), closed };
    store::contractors::count_progress(tx, contractor_id, progress).await?;
    store::leads::update_status(tx, &lead.id, next, first_contact.then_some(now), qualified.then_some(now)).await?;
    let data =
        json!({ "leadId": lead.id, "customerName": lead.customer_name(), "contractorId": contractor_id, "responseMinutes": minutes });
    if first_contact {
        events::emit(ctx, tx, "lead_contacted", &lead.id, Some(contractor_id), actor, data.clone()).await?;
    }
    if qualified {
        events::emit(ctx, tx, "lead_qualified", &lead.id, Some(contractor_id), actor, data).await?;
    }
    lead.status = next;
    lead.is_open = Some(is_open && !closed);
    if first_contact {
        lead.first_contact_at = Some(now);
    }
    Ok(())
}

/// Why an assignment ended that the contractor lost by being late. Other reasons are not their doing.
pub const DEADLINE_MISSED: &str = "deadline_missed";

/// Takes a locked lead from its contractor: ends the assignment, and takes back what it counted. The lead's own
/// status is the caller's business.
pub async fn take_away(ctx: &Ctx, tx: &mut Tx, lead: &Locked, why: &str) -> Outcome<()> {
    let (Some(assignment_id), Some(contractor_id), Some(assigned_at)) = (&lead.assignment_id, &lead.contractor_id, lead.assigned_at) else {
        return Ok(());
    };
    store::assignments::end(tx, assignment_id, why, ctx.now()).await?;
    let progress = Progress {
        response_minutes: lead.first_contact_at.map(|at| minutes_between(assigned_at, at)),
        contacted: i64::from(lead.status == LeadStatus::Contacted),
        qualified: i64::from(lead.status == LeadStatus::Qualified),
        closed: lead.is_open.unwrap_or(false),
    };
    store::contractors::count_lost(tx, contractor_id, progress, lead.is_replacement.unwrap_or(false), why == DEADLINE_MISSED).await
}

/// Rounded; a contact that another machine's clock saw before the assignment took no time.
fn minutes_between(assigned_at: DateTime<Utc>, contact_at: DateTime<Utc>) -> i64 {
    ((contact_at - assigned_at).num_seconds().max(0) + 30) / 60
}
