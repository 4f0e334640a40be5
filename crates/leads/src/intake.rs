//! Taking leads in (seed 000, Submit Lead; decisions 20–22).

use crate::assigning::{self, Brief};
use crate::contractor::Specialization;
use crate::lead::{Category, LeadStatus, NewLead};
use crate::routing::choose;
use crate::scoring::score;
use crate::{mails, scoring_versions, store};
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome, Phone, Zip};
use platform::auth::Caller;
use platform::{Ctx, Job, JobError, events};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What became of a new lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    pub lead_id: Id,
    pub score: i64,
    pub category: Category,
    pub price: Money,
    pub outcome: SubmitOutcome,
}

/// Who has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubmitOutcome {
    Assigned {
        contractor_id: Id,
        business_name: String,
        response_deadline: DateTime<Utc>,
        /// `None` when the pool is empty (decision 27).
        tracking_number: Option<Phone>,
    },
    /// Kept, and assigned as soon as somebody can take it (decision 21).
    NoContractor { zip: Zip },
    /// NURTURE: kept, not offered (decision 20).
    NotSold,
}

/// Takes a lead in: checks, scores, prices, chooses a contractor and assigns, in one transaction with
/// its events and messages. Errors: `Invalid` with every wrong field.
pub async fn submit(ctx: &Ctx, caller: &Caller, new: &NewLead, source: &str) -> Outcome<Submitted> {
    let form = new.check()?;
    let model = scoring_versions::current(ctx).await?;
    let lead_id = ctx.new_id();
    let mut tx = ctx.begin().await?;
    let able = Specialization::for_service(form.service_type);
    let candidates = store::contractors::list_candidates(&mut tx, &form.customer_zip, able, assigning::day_start(ctx), None).await?;
    let score = score(&form, !candidates.is_empty(), &model);
    let brief = Brief::of_form(&lead_id, &form, &score);
    let chosen = if score.category.is_sold() { choose(&candidates) } else { None };
    let status = if chosen.is_some() { LeadStatus::Assigned } else { LeadStatus::PendingAssignment };
    store::leads::insert(&mut tx, &lead_id, &form, &score, status, source, ctx.now()).await?;
    let data = json!({
        "leadId": lead_id,
        "customerName": brief.customer_name,
        "category": score.category,
        "price": brief.price.dollars(),
    });
    events::emit(ctx, &mut tx, "lead_submitted", &lead_id, None, &caller.actor(), data).await?;
    let outcome = match chosen {
        Some(contractor) => {
            let assigned = assigning::assign(ctx, &mut tx, &brief, contractor, candidates.len(), true).await?;
            SubmitOutcome::Assigned {
                contractor_id: contractor.contractor_id.clone(),
                business_name: contractor.business_name.clone(),
                response_deadline: assigned.response_deadline,
                tracking_number: assigned.tracking_number,
            }
        }
        None if score.category.is_sold() => SubmitOutcome::NoContractor { zip: form.customer_zip.clone() },
        None => SubmitOutcome::NotSold,
    };
    if let Some(email) = &form.customer_email {
        mails::request_received(ctx, &mut tx, &lead_id, &form, email, &outcome).await?;
    }
    tx.commit().await?;
    Ok(Submitted { lead_id, score: score.total, category: score.category, price: brief.price, outcome })
}

/// Assigns leads that have waited, when this contractor has become able to take them (decision 21).
/// They are offered to all who are eligible, by the same rules. Answers how many were assigned.
pub async fn assign_waiting(ctx: &Ctx, contractor_id: &str) -> Outcome<usize> {
    const BATCH: i64 = 100;
    let mut total = 0;
    loop {
        let waiting = store::leads::list_waiting_for(&mut ctx.db.read().await?, contractor_id, BATCH).await?;
        let mut assigned = 0;
        for lead_id in &waiting {
            assigned += usize::from(assign_if_waiting(ctx, lead_id).await?);
        }
        total += assigned;
        // When none of a batch could be assigned, every able contractor has reached their daily cap.
        if assigned == 0 || waiting.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(total);
        }
    }
}

async fn assign_if_waiting(ctx: &Ctx, lead_id: &str) -> Outcome<bool> {
    let mut tx = ctx.begin().await?;
    let Some(lead) = store::leads::lock(&mut tx, lead_id).await? else { return Ok(false) };
    if lead.status != LeadStatus::PendingAssignment || !lead.category.is_sold() {
        return Ok(false);
    }
    let able = Specialization::for_service(lead.service_type);
    let candidates = store::contractors::list_candidates(&mut tx, &lead.customer_zip, able, assigning::day_start(ctx), None).await?;
    let Some(contractor) = choose(&candidates) else { return Ok(false) };
    store::leads::update_status(&mut tx, lead_id, LeadStatus::Assigned, None, None).await?;
    assigning::assign(ctx, &mut tx, &Brief::of_lead(&lead), contractor, candidates.len(), true).await?;
    tx.commit().await?;
    Ok(true)
}

/// Assigns waiting leads to contractors whose daily limit has begun anew; the schedule runs it each hour.
pub async fn assign_waiting_to_capped(ctx: &Ctx) -> Outcome<()> {
    let capped = store::contractors::list_capped(&mut ctx.db.read().await?).await?;
    for contractor_id in capped {
        assign_waiting(ctx, &contractor_id).await?;
    }
    Ok(())
}

/// A contractor can take leads that they could not before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssignWaitingLeadsJob {
    pub contractor_id: Id,
}

impl Job for AssignWaitingLeadsJob {
    const KIND: &'static str = "assign_waiting_leads";

    async fn run(self, ctx: &Ctx, _job_id: &str) -> Result<(), JobError> {
        let assigned = assign_waiting(ctx, &self.contractor_id).await?;
        if assigned > 0 {
            tracing::info!(contractor = %self.contractor_id, assigned, "waiting leads assigned");
        }
        Ok(())
    }
}
