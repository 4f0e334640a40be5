//! Response deadlines (decision 23).

use crate::assigning::{self, Able, Brief, Match};
use crate::decisions::Occasion;
use crate::lead::LeadStatus;
use crate::routing::{Candidate, choose};
use crate::store::contractors::Progress;
use crate::{mails, progress, store};
use chrono::Duration;
use kernel::Outcome;
use platform::{CLOCK_SKEW, Ctx, events};
use serde_json::json;

/// How long an assignment counts as open work when nothing comes of it.
pub const STALE_AFTER: Duration = Duration::days(30);
const BATCH: i64 = 100;

/// Tells whose time runs out. Records missed deadlines, reminds their contractors, and offers the leads to the next; run each
/// minute. Each missed deadline is handled once, by one node. A contractor whose machine or ours is a minute off loses
/// nothing: a deadline counts as missed a minute later.
pub async fn watch(ctx: &Ctx) -> Outcome<()> {
    remind(ctx).await?;
    loop {
        let overdue = store::assignments::list_overdue(&mut ctx.db.read().await?, ctx.now() - CLOCK_SKEW, BATCH).await?;
        for lead_id in &overdue {
            handle_missed(ctx, lead_id).await?;
        }
        if overdue.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            break;
        }
    }
    close_stale(ctx).await
}

/// Tells contractors who have a quarter of their time left, and have not called; each lead once.
async fn remind(ctx: &Ctx) -> Outcome<()> {
    for (lead_id, deadline) in store::assignments::list_to_remind(&mut ctx.db.read().await?, ctx.now(), BATCH).await? {
        let mut tx = ctx.begin().await?;
        let Some(lead) = store::leads::lock(&mut tx, &lead_id).await? else { continue };
        let (Some(assignment_id), Some(contractor_id)) = (&lead.assignment_id, &lead.contractor_id) else { continue };
        if store::assignments::note_reminder(&mut tx, assignment_id, ctx.now()).await? {
            mails::deadline_near(ctx, &mut tx, &Brief::of_lead(&lead), contractor_id, deadline).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn handle_missed(ctx: &Ctx, lead_id: &str) -> Outcome<()> {
    let now = ctx.now();
    let mut tx = ctx.begin().await?;
    let Some(lead) = store::leads::lock(&mut tx, lead_id).await? else { return Ok(()) };
    let (Some(assignment_id), Some(contractor_id)) = (lead.assignment_id.as_deref(), lead.contractor_id.as_deref()) else {
        return Ok(());
    };
    if !store::assignments::notice_overdue(&mut tx, assignment_id, now - CLOCK_SKEW, now).await? {
        return Ok(());
    }
    let Some(late) = store::contractors::find_account(&mut tx, contractor_id).await? else { return Ok(()) };
    let data = json!({
        "leadId": lead.id, "customerName": lead.customer_name(), "contractorId": contractor_id, "businessName": late.business_name,
    });
    events::emit(ctx, &mut tx, "lead_deadline_missed", &lead.id, Some(contractor_id), "system", data).await?;

    let able = Able::lock(ctx, &mut tx, &lead).await?;
    let others: Vec<&Candidate> = able.candidates.iter().filter(|c| !able.had.contains(&c.contractor_id)).collect();
    let next = if lead.status == LeadStatus::Assigned { choose(others.iter().copied(), lead.timeline) } else { None };
    let brief = Brief::of_lead(&lead);
    mails::deadline_missed(ctx, &mut tx, &brief, &late, next.is_some()).await?;
    if let Some(next) = next {
        able.record(ctx, &mut tx, &lead, Occasion::DeadlineMissed, Some(next), "system").await?;
        progress::take_away(ctx, &mut tx, &lead, progress::DEADLINE_MISSED).await?;
        let data = json!({
            "leadId": lead.id, "customerName": brief.customer_name, "fromBusinessName": late.business_name, "businessName": next.business_name,
        });
        events::emit(ctx, &mut tx, "lead_reassigned", &lead.id, None, "system", data).await?;
        assigning::assign(ctx, &mut tx, &[Match { lead: &brief, to: next, eligible_count: others.len() }], false).await?;
    }
    tx.commit().await
}

/// Work that came to nothing stops counting as a contractor's load, so that old leads do not keep new ones away.
async fn close_stale(ctx: &Ctx) -> Outcome<()> {
    let stale = store::assignments::list_stale(&mut ctx.db.read().await?, ctx.now() - STALE_AFTER, BATCH).await?;
    for lead_id in &stale {
        let mut tx = ctx.begin().await?;
        let Some(lead) = store::leads::lock(&mut tx, lead_id).await? else { continue };
        if let (Some(assignment_id), Some(contractor_id), Some(true)) = (&lead.assignment_id, &lead.contractor_id, lead.is_open) {
            store::assignments::update_status(&mut tx, assignment_id, lead.status, false).await?;
            let closed = Progress { closed: true, ..Progress::default() };
            store::contractors::count_progress(&mut tx, contractor_id, closed).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
