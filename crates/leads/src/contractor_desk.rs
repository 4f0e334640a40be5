//! What a contractor sees and does with their leads (seed 000, Contractor Endpoints; decision 24).

use crate::lead::LeadStatus;
use crate::views::{ContractorDashboard, HistoryEntry, LeadFilter, LeadPage, LeadView};
use crate::{progress, store};
use kernel::{Id, Listed, Order, Outcome, Page, Permission, Problem};
use platform::auth::Caller;
use platform::batch::Batcher;
use platform::{Ctx, events};
use std::collections::BTreeMap;

kernel::text_enum! {
    /// What a contractor's list of leads is sorted by. Not by price: that stands with the leads, and no index has it with whose they
    /// are.
    pub enum OwnLeadSort {
        /// When they got it.
        Received => "received" "Received",
        /// Until when the first call is due; then those that were called.
        Due => "due" "First call",
    }
}

/// The order in which a contractor's leads come unless another is asked for: the latest assignment first.
pub const LATEST: Order<OwnLeadSort> = Order::down(OwnLeadSort::Received);

/// The figures and the ten newest leads.
pub async fn dashboard(ctx: &Ctx, contractor_id: &str) -> Outcome<ContractorDashboard> {
    let stats = store::numbers::of_contractor(&mut ctx.db.read().await?, contractor_id, ctx.now()).await?;
    let newest = LeadFilter::of_page(Page { limit: 10, offset: 0 });
    let recent_leads = store::leads::list_of_contractor(&ctx.db, contractor_id, &newest, LATEST).await?.items;
    Ok(ContractorDashboard { stats, recent_leads })
}

/// The contractor's own leads. `pending_assignment` is nobody's: an empty list.
pub async fn list_leads(ctx: &Ctx, contractor_id: &str, filter: &LeadFilter, order: Order<OwnLeadSort>) -> Outcome<Listed<LeadView>> {
    store::leads::list_of_contractor(&ctx.db, contractor_id, filter, order).await
}

/// One of the contractor's own leads; on Postgres those who ask at once share a query. Errors: `NotFound`, also for
/// another contractor's.
pub async fn find_lead(ctx: &Ctx, contractor_id: &str, lead_id: &str) -> Outcome<LeadView> {
    let lead = if let Some(near) = ctx.db.near() {
        store::leads::find_near(near, lead_id)?
    } else {
        let leads = ctx.kept.get_or_default::<Batcher<Id, Option<LeadView>>>();
        leads.run(ctx, lead_id.into(), |ctx, ids| Box::pin(find_leads(ctx, ids))).await?
    };
    own(lead, contractor_id, lead_id)
}

async fn find_leads(ctx: &Ctx, ids: &[Id]) -> Outcome<Vec<Option<LeadView>>> {
    let found = store::leads::find_several(&mut ctx.db.read().await?, ids).await?;
    let leads: BTreeMap<Id, LeadView> = found.into_iter().map(|lead| (lead.id.clone(), lead)).collect();
    Ok(ids.iter().map(|id| leads.get(id).cloned()).collect())
}

/// The lead, if it is theirs.
fn own(lead: Option<LeadView>, contractor_id: &str, lead_id: &str) -> Outcome<LeadView> {
    let is_own = |lead: &LeadView| lead.assignment.as_ref().is_some_and(|a| a.contractor_id == contractor_id);
    lead.filter(is_own).ok_or_else(|| Problem::not_found("Lead", lead_id))
}

/// One of the contractor's own leads with its reasons, calls, bill and history. Errors as `find_lead`.
pub async fn get_lead(ctx: &Ctx, contractor_id: &str, lead_id: &str) -> Outcome<LeadPage> {
    let mut conn = ctx.db.read().await?;
    let mut found = store::leads::find(&mut conn, lead_id).await?;
    // The links that they have go on to the lead that this one was merged into.
    if let Some(kept) = found.as_ref().and_then(|lead| lead.merged_into.clone()) {
        found = store::leads::find(&mut conn, &kept).await?;
    }
    let lead = own(found, contractor_id, lead_id)?;
    let lead_id = lead.id.as_str();
    let factors = store::leads::find_factors(&mut conn, lead_id).await?;
    let calls = store::calls::list_of_lead(&mut conn, lead_id, Some(contractor_id)).await?;
    let bill = store::billing::find_of_lead(&mut conn, lead_id).await?;
    // What happened with other contractors is not theirs to see.
    let history = events::list_of_subject(&mut conn, lead_id)
        .await?
        .into_iter()
        .filter(|event| event.kind == "lead_submitted" || event.contractor_id.as_deref() == Some(contractor_id))
        .map(|event| HistoryEntry { kind: event.kind, actor: event.actor, at: event.at, data: event.data })
        .collect();
    Ok(LeadPage { lead, factors, history, calls, bill, consent: None })
}

/// Moves a lead on by hand (seed 000, Update Lead Status). `qualified` by hand does not bill (decision 24).
/// Errors: `Invalid` for `pending_assignment`, `NotFound` also for another contractor's, `Conflict`
/// (`illegal_transition`) backwards.
pub async fn set_status(ctx: &Ctx, caller: &Caller, lead_id: &str, status: LeadStatus) -> Outcome<LeadView> {
    if status == LeadStatus::PendingAssignment {
        return Err(Problem::invalid("status", "must be one of assigned, contacted, qualified"));
    }
    let not_found = || Problem::not_found("Lead", lead_id);
    let mut tx = ctx.begin().await?;
    let mut lead = store::leads::lock(&mut tx, lead_id).await?.ok_or_else(not_found)?;
    match caller {
        Caller::Contractor(id) if lead.contractor_id.as_ref() == Some(id) => {}
        Caller::Admin { .. } | Caller::Staff(_) => caller.may(Permission::Leads)?,
        Caller::Contractor(_) => return Err(not_found()),
        Caller::Anyone | Caller::System | Caller::Twilio | Caller::LeadSource(_) => return Err(Problem::Forbidden("Access denied")),
    }
    progress::advance(ctx, &mut tx, &mut lead, status, &caller.actor()).await?;
    let view = store::leads::find(&mut tx, lead_id).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    Ok(view)
}
