//! Two leads that are one request: an administrator merges them.

use crate::assigning::Brief;
use crate::lead::LeadStatus;
use crate::store::leads::Locked;
use crate::views::LeadView;
use crate::{mails, progress, store};
use kernel::{Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::{Ctx, Tx, audit, events, notifications};
use serde_json::json;

/// Merges two leads of one customer into the older, which keeps its answers and its price, and gets the calls, the
/// messages and the history of both. Of two contractors the one who has come further keeps it; the other is told.
/// A charge goes along. Errors: `NotFound`; `Conflict` (`both_billed`,
/// `lead_merged`, `not_alike`); `Forbidden` for others than admins.
pub async fn merge(ctx: &Ctx, caller: &Caller, lead_id: &str, other_id: &str) -> Outcome<LeadView> {
    caller.may(Permission::Leads)?;
    let mut tx = ctx.begin().await?;
    let (kept, gone) = lock_both(&mut tx, lead_id, other_id).await?;
    let mut contractors: Vec<&str> = [&kept, &gone].into_iter().filter_map(|lead| lead.contractor_id.as_deref()).collect();
    contractors.sort_unstable();
    for id in &contractors {
        store::contractors::lock_account(&mut tx, id).await?;
    }
    let kept_bill = store::billing::find_of_lead(&mut tx, &kept.id).await?;
    let gone_bill = store::billing::find_of_lead(&mut tx, &gone.id).await?;
    if kept_bill.is_some() && gone_bill.is_some() {
        return Err(Problem::conflict("both_billed", "Both leads were charged, so they stay apart."));
    }
    // Whose work goes on: a charge counts most, then how far they came; of equals the older lead's.
    let gone_goes_on = (gone_bill.is_some(), gone.status) > (kept_bill.is_some(), kept.status);
    let (goes_on, ends) = if gone_goes_on { (&gone, &kept) } else { (&kept, &gone) };
    if ends.assignment_id.is_some() {
        progress::take_away(ctx, &mut tx, ends, "merged").await?;
        if ends.contractor_id != goes_on.contractor_id {
            tell(ctx, &mut tx, ends).await?;
        }
    }
    if gone_goes_on && let Some(assignment_id) = &gone.assignment_id {
        store::assignments::move_to(&mut tx, assignment_id, &kept.id).await?;
        store::leads::restart(&mut tx, &kept.id, gone.status).await?;
        store::leads::update_status(&mut tx, &kept.id, gone.status, gone.first_contact_at, gone.qualified_at).await?;
    }
    store::leads::restart(&mut tx, &gone.id, LeadStatus::PendingAssignment).await?;
    if let Some(bill) = gone_bill {
        store::billing::lock(&mut tx, &bill.id).await?;
        store::billing::move_to(&mut tx, &bill.id, &kept.id).await?;
        store::disputes::move_to(&mut tx, &gone.id, &kept.id).await?;
    }
    merge_numbers(ctx, &mut tx, &kept, goes_on, ends).await?;
    store::feedback::move_to(&mut tx, &gone.id, &kept.id).await?;
    store::notes::move_to(&mut tx, &gone.id, &kept.id).await?;
    store::calls::move_to(&mut tx, &gone.id, &kept.id).await?;
    store::decisions::move_to(&mut tx, &gone.id, &kept.id).await?;
    events::move_to(&mut tx, &gone.id, &kept.id).await?;
    notifications::move_to_lead(&mut tx, &gone.id, &kept.id).await?;
    store::leads::merge(&mut tx, &gone.id, &kept.id, kept.request()).await?;
    let data = json!({ "leadId": kept.id, "mergedLeadId": gone.id, "customerName": gone.customer_name(), "receivedAt": gone.created_at });
    events::emit(ctx, &mut tx, "lead_merged", &kept.id, None, &caller.actor(), data.clone()).await?;
    audit::record(ctx, &mut tx, caller, "lead_merged", &kept.id, data).await?;
    let view = store::leads::find(&mut tx, &kept.id).await?.ok_or_else(|| Problem::not_found("Lead", &kept.id))?;
    tx.commit().await?;
    Ok(view)
}

/// Both leads locked, the older first, after their calls.
async fn lock_both(tx: &mut Tx, one: &str, other: &str) -> Outcome<(Locked, Locked)> {
    if one == other {
        return Err(Problem::conflict("not_alike", "A lead cannot be merged with itself"));
    }
    store::calls::lock_of_leads(tx, one, other).await?;
    let mut locked = Vec::with_capacity(2);
    for id in [one.min(other), one.max(other)] {
        let lead = store::leads::lock(tx, id).await?.ok_or_else(|| Problem::not_found("Lead", id))?;
        if lead.merged_into.is_some() {
            return Err(Problem::conflict("lead_merged", "This lead was merged into another already"));
        }
        locked.push(lead);
    }
    locked.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let (Some(gone), Some(kept)) = (locked.pop(), locked.pop()) else { return Err(Problem::internal("two leads were locked")) };
    if kept.request() != gone.request() && kept.customer_phone != gone.customer_phone {
        return Err(Problem::conflict("not_alike", "These leads are of different customers"));
    }
    Ok((kept, gone))
}

/// One tracking number stays: the one that the contractor who goes on has used.
async fn merge_numbers(ctx: &Ctx, tx: &mut Tx, kept: &Locked, goes_on: &Locked, ends: &Locked) -> Outcome<()> {
    let mut from = ends;
    if store::tracking::find_active(tx, &goes_on.id).await?.is_some() {
        store::tracking::release(tx, &ends.id, ctx.now()).await?;
        from = goes_on;
    }
    store::tracking::move_to_lead(tx, &from.id, &kept.id, goes_on.contractor_id.as_deref()).await
}

/// The contractor whose lead ends hears of it.
async fn tell(ctx: &Ctx, tx: &mut Tx, lead: &Locked) -> Outcome<()> {
    if let Some(id) = lead.contractor_id.as_deref()
        && let Some(former) = store::contractors::find_account(tx, id).await?
    {
        let why = "It was the same request as another one, and went together with it.";
        mails::lead_taken(ctx, tx, &Brief::of_lead(lead), &former, why).await?;
    }
    Ok(())
}
