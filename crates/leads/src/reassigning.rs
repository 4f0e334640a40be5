//! An administrator gives leads to contractors by hand.

use crate::admin_views::BulkLine;
use crate::assigning::{self, Able, Brief, Match};
use crate::decisions::{Considered, Occasion, Rule, Verdict, Weighed};
use crate::lead::LeadStatus;
use crate::store::decisions::NewDecision;
use crate::store::leads::Locked;
use crate::views::LeadView;
use crate::{bulk, intake, mails, progress, store};
use kernel::{Changes, Fields, Id, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::{Conn, Ctx, audit, events};
use serde_json::json;

/// Who gets a lead, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassignment {
    pub contractor_id: Option<Id>,
    /// Both contractors read it. Not needed for a lead that nobody has.
    pub reason: Option<String>,
    /// Whose it was when the administrator looked; empty for nobody's.
    pub seen: Option<Id>,
}

/// Who could take the lead now, the best first, and who could not and why. Errors: `NotFound`, `Forbidden`.
pub async fn options(ctx: &Ctx, caller: &Caller, lead_id: &str) -> Outcome<Vec<Considered>> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let lead = find(&mut conn, lead_id).await?;
    let request = lead.duplicate_of.as_deref().unwrap_or(&lead.id);
    let able = Able::find(ctx, &mut conn, &lead.customer_zip, (lead.service_type, lead.timeline), request).await?;
    Ok(able.weigh(None).considered)
}

/// Gives a lead to a contractor whom the administrator chose among the eligible, also when another one has it: they lose it,
/// and both are told. The new one's time for first contact begins. Errors: `Invalid`, `NotFound`; `Changed` when somebody
/// else has it than was seen; `Conflict` (`lead_qualified`, `not_sold`, `lead_merged`); `Forbidden` for others than admins.
pub async fn reassign(ctx: &Ctx, caller: &Caller, lead_id: &str, order: &Reassignment) -> Outcome<LeadView> {
    caller.may(Permission::Leads)?;
    let mut tx = ctx.begin().await?;
    let lead = store::leads::lock(&mut tx, lead_id).await?.ok_or_else(|| Problem::not_found("Lead", lead_id))?;
    let former = match lead.contractor_id.as_deref() {
        Some(id) => store::contractors::find_account(&mut tx, id).await?,
        None => None,
    };
    if let Some(seen) = &order.seen {
        let mut changes = Changes::default();
        let words = former.as_ref().map_or("nobody's", |c| c.business_name.as_str());
        changes.compare_as("contractorId", seen, lead.contractor_id.as_deref().unwrap_or_default(), words);
        changes.finish()?;
    }
    let mut fields = Fields::default();
    let to = fields.text("contractorId", order.contractor_id.as_deref(), 100);
    let mut reason = fields.optional_text("reason", order.reason.as_deref(), 500);
    if lead.contractor_id.is_some() {
        reason = fields.required("reason", reason);
    }
    fields.finish()?;
    may_move(&lead)?;
    let able = Able::lock(ctx, &mut tx, &lead).await?;
    let is_eligible = |verdict: Verdict| verdict == Verdict::Eligible;
    let listed = able.weigh(None).considered.into_iter().find(|c| c.contractor_id == to);
    let chosen = able.candidates.iter().find(|c| c.contractor_id == to).filter(|c| c.has_room() && !able.had.contains(&c.contractor_id));
    let Some(chosen) = chosen else {
        let why = listed
            .filter(|c| !is_eligible(c.verdict))
            .map_or("does not serve this ZIP code".to_owned(), |c| c.verdict.label().to_lowercase());
        return Err(Problem::invalid("contractorId", format!("cannot take it: {why}")));
    };
    let weighed = Weighed { rule: Rule::ByHand, ..able.weigh(Some(chosen)) };
    let actor = caller.actor();
    let (occasion, at) = (Occasion::ByHand, ctx.now());
    let person = caller.person();
    let decision = NewDecision { id: ctx.new_id(), lead_id, occasion, actor: &person, reason: reason.as_deref(), weighed: &weighed, at };
    store::decisions::insert(&mut tx, &[decision]).await?;
    let brief = Brief::of_lead(&lead);
    if let Some(former) = &former {
        progress::take_away(ctx, &mut tx, &lead, "reassigned").await?;
        let data = json!({
            "leadId": lead.id, "customerName": brief.customer_name, "fromBusinessName": former.business_name,
            "businessName": chosen.business_name, "reason": reason,
        });
        events::emit(ctx, &mut tx, "lead_reassigned", &lead.id, None, &actor, data).await?;
        mails::lead_taken(ctx, &mut tx, &brief, former, reason.as_deref().unwrap_or_default()).await?;
    }
    store::leads::restart(&mut tx, lead_id, LeadStatus::Assigned).await?;
    let eligible_count = able.candidates.iter().filter(|c| c.has_room() && !able.had.contains(&c.contractor_id)).count();
    assigning::assign(ctx, &mut tx, &[Match { lead: &brief, to: chosen, eligible_count }], former.is_none()).await?;
    let action = if former.is_some() { "lead_reassigned" } else { "lead_assigned" };
    let detail = json!({ "from": lead.contractor_id, "to": to, "businessName": chosen.business_name, "reason": reason });
    audit::record(ctx, &mut tx, caller, action, lead_id, detail).await?;
    let view = find(&mut tx, lead_id).await?;
    tx.commit().await?;
    Ok(view)
}

fn may_move(lead: &Locked) -> Outcome<()> {
    if lead.merged_into.is_some() {
        return Err(Problem::conflict("lead_merged", "This lead was merged into another"));
    }
    if !lead.category.is_sold() {
        return Err(Problem::conflict("not_sold", "Nurture leads are not given to contractors"));
    }
    if lead.status == LeadStatus::Qualified {
        return Err(Problem::conflict("lead_qualified", "This lead is qualified: it stays with its contractor"));
    }
    Ok(())
}

/// Gives waiting leads to one contractor, or each to the best of those who can take it. Each on its own: what does not work
/// for one is told in its line. Errors: `Invalid` (`ids`) for none or more than [`MAX_BULK`](bulk::MAX_BULK); `Forbidden`.
pub async fn assign_many(ctx: &Ctx, caller: &Caller, ids: &[Id], to: Option<&str>) -> Outcome<Vec<BulkLine>> {
    caller.may(Permission::Leads)?;
    bulk::check("ids", ids, "leads")?;
    let mut lines: Vec<BulkLine> = Vec::with_capacity(ids.len());
    for id in ids {
        if lines.iter().all(|line| line.id != *id) {
            lines.push(assign_one(ctx, caller, id, to).await?);
        }
    }
    Ok(lines)
}

async fn assign_one(ctx: &Ctx, caller: &Caller, id: &str, to: Option<&str>) -> Outcome<BulkLine> {
    let lead = match find(&mut ctx.db.read().await?, id).await {
        Ok(lead) => lead,
        Err(Problem::NotFound { .. }) => {
            return Ok(BulkLine { id: id.into(), name: "A lead".into(), is_done: false, words: "is gone".into() });
        }
        Err(problem) => return Err(problem),
    };
    let line = |is_done: bool, words: String| BulkLine { id: id.into(), name: lead.customer_name(), is_done, words };
    if let Some(has) = &lead.assignment {
        return Ok(line(false, format!("has a contractor already: {}", has.business_name)));
    }
    let Some(to) = to else {
        if let Some(business) = intake::assign_if_waiting(ctx, caller, id).await? {
            return Ok(line(true, format!("went to {business}")));
        }
        let words = if lead.category.is_sold() { "still waits: nobody can take it now" } else { "is a nurture lead, and is not sold" };
        return Ok(line(false, words.into()));
    };
    let order = Reassignment { contractor_id: Some(to.into()), seen: Some(String::new()), reason: None };
    match reassign(ctx, caller, id, &order).await {
        Ok(lead) => Ok(line(true, format!("went to {}", lead.assignment.map(|a| a.business_name).unwrap_or_default()))),
        Err(Problem::Invalid(fields)) => Ok(line(false, fields.into_iter().map(|f| f.message).collect::<Vec<_>>().join(", "))),
        Err(problem @ (Problem::Conflict { .. } | Problem::Changed(_))) => Ok(line(false, problem.to_string())),
        Err(problem) => Err(problem),
    }
}

/// How things stand with these leads, for a page that was not there when they were assigned. Unknown ones are left out.
pub async fn describe_many(ctx: &Ctx, caller: &Caller, ids: &[Id]) -> Outcome<Vec<BulkLine>> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let mut lines = Vec::new();
    for id in ids.iter().take(bulk::MAX_BULK) {
        let Some(lead) = store::leads::find(&mut conn, id).await? else { continue };
        let words = lead.assignment.as_ref().map_or("still waits for a contractor".into(), |a| format!("is with {}", a.business_name));
        lines.push(BulkLine { id: id.clone(), name: lead.customer_name(), is_done: lead.assignment.is_some(), words });
    }
    Ok(lines)
}

async fn find(conn: &mut Conn, id: &str) -> Outcome<LeadView> {
    store::leads::find(conn, id).await?.ok_or_else(|| Problem::not_found("Lead", id))
}
