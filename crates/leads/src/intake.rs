//! Taking leads in (seed 000, Submit Lead; decisions 20–22).

use crate::assigning::{self, Brief};
use crate::contractor::Specialization;
use crate::lead::{Category, LeadForm, LeadStatus, NewLead};
use crate::routing::choose;
use crate::scoring::score;
use crate::store::leads::Provenance;
use crate::views::LeadView;
use crate::{mails, scoring_versions, store};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Money, Outcome, Phone, Problem, Zip};
use platform::auth::Caller;
use platform::{Ctx, Job, JobError, Tx, db, events};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What became of a new lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    pub lead_id: Id,
    pub score: i64,
    pub category: Category,
    pub price: Money,
    /// The first lead of the same request: same phone, service and ZIP within `DUPLICATE_WINDOW_DAYS`.
    pub duplicate_of: Option<Id>,
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
    /// A duplicate, and every contractor who could take it has or had the same request: kept, and not sold again.
    AlreadyServed,
    /// NURTURE: kept, not offered (decision 20).
    NotSold,
}

/// How a lead came here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// `web`, `api`, or a lead source's name.
    pub source: &'a str,
    /// The client's address, for the evidence of consent.
    pub address: Option<&'a str>,
    /// The request's id, when it may be repeated after a crash: the same id makes one lead.
    pub request_id: Option<&'a str>,
}

/// Takes a lead in, from one of our own pages or an anonymous program: see [`submit_from`].
pub async fn submit(ctx: &Ctx, caller: &Caller, new: &NewLead, source: &str) -> Outcome<Submitted> {
    submit_from(ctx, caller, new, &Origin { source, ..Origin::default() }).await
}

/// Takes a lead in: checks, scores, prices, chooses a contractor and assigns, in one transaction with
/// its events and messages. Errors: `Invalid` with every wrong field.
///
/// A lead with the phone, service and ZIP of one that is at most `DUPLICATE_WINDOW_DAYS` old is a duplicate of
/// it: linked to the first of them, and offered only to contractors who never had a lead of that request, now
/// and later, so that nobody pays twice for one request. It is scored and priced like any other.
pub async fn submit_from(ctx: &Ctx, caller: &Caller, new: &NewLead, origin: &Origin<'_>) -> Outcome<Submitted> {
    let form = new.check()?;
    let model = scoring_versions::current(ctx).await?;
    let a_clock_may_be_fast = ctx.now() + Duration::minutes(5);
    if form.consent.as_ref().and_then(|c| c.given_at).is_some_and(|at| at > a_clock_may_be_fast) {
        return Err(Problem::invalid("consent.givenAt", "must not be in the future"));
    }
    let lead_id = ctx.new_id();
    let mut tx = ctx.begin().await?;
    if let Some(request_id) = origin.request_id
        && let Some(lead) = store::leads::find_of_request(&mut tx, request_id).await?
    {
        return Ok(Submitted::again(lead));
    }
    let duplicate_of = find_first(ctx, &mut tx, &form).await?;
    let able = Specialization::for_service(form.service_type);
    let mut candidates = store::contractors::list_candidates(&mut tx, &form.customer_zip, able, assigning::day_start(ctx), None).await?;
    let score = score(&form, !candidates.is_empty(), &model);
    let served = match &duplicate_of {
        Some(first) => store::assignments::list_contractors_of_request(&mut tx, first).await?,
        None => Vec::new(),
    };
    candidates.retain(|c| !served.contains(&c.contractor_id));
    let brief = Brief::of_form(&lead_id, &form, &score);
    let chosen = if score.category.is_sold() { choose(&candidates) } else { None };
    let status = if chosen.is_some() { LeadStatus::Assigned } else { LeadStatus::PendingAssignment };
    let source_id = match caller {
        Caller::LeadSource(id) => Some(id.as_str()),
        _ => None,
    };
    let from = Provenance { source: origin.source, source_id, duplicate_of: duplicate_of.as_deref(), request_id: origin.request_id };
    store::leads::insert(&mut tx, &lead_id, &form, &score, status, &from, ctx.now()).await?;
    if let Some(consent) = &form.consent {
        store::consents::insert(&mut tx, &lead_id, consent, origin.address, ctx.now()).await?;
    }
    let data = json!({
        "leadId": lead_id,
        "customerName": brief.customer_name,
        "category": score.category,
        "price": brief.price.dollars(),
        "duplicateOf": duplicate_of,
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
        None if score.category.is_sold() && !served.is_empty() => SubmitOutcome::AlreadyServed,
        None if score.category.is_sold() => SubmitOutcome::NoContractor { zip: form.customer_zip.clone() },
        None => SubmitOutcome::NotSold,
    };
    if let Some(email) = &form.customer_email {
        mails::request_received(ctx, &mut tx, &lead_id, &form, email, &outcome).await?;
    }
    tx.commit().await?;
    Ok(Submitted { lead_id, score: score.total, category: score.category, price: brief.price, duplicate_of, outcome })
}

/// The first lead of the request that this one repeats. Two at once wait for one another, so that one is the first.
async fn find_first(ctx: &Ctx, tx: &mut Tx, form: &LeadForm) -> Outcome<Option<Id>> {
    let days = ctx.settings.duplicate_window_days;
    if days == 0 {
        return Ok(None);
    }
    db::lock_name(tx, &format!("{} {} {}", form.customer_phone.e164(), form.service_type, form.customer_zip)).await?;
    store::leads::find_first(tx, form, ctx.now() - Duration::days(days.into())).await
}

impl Submitted {
    /// What is told of a lead that its request had made before: what holds now.
    fn again(lead: LeadView) -> Submitted {
        let outcome = match lead.assignment {
            Some(assignment) => SubmitOutcome::Assigned {
                contractor_id: assignment.contractor_id,
                business_name: assignment.business_name,
                response_deadline: assignment.response_deadline,
                tracking_number: lead.tracking_number,
            },
            None if !lead.category.is_sold() => SubmitOutcome::NotSold,
            None if lead.duplicate_of.is_some() => SubmitOutcome::AlreadyServed,
            None => SubmitOutcome::NoContractor { zip: lead.customer_zip },
        };
        Submitted {
            lead_id: lead.id,
            score: lead.score,
            category: lead.category,
            price: lead.price,
            duplicate_of: lead.duplicate_of,
            outcome,
        }
    }
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
    let mut candidates = store::contractors::list_candidates(&mut tx, &lead.customer_zip, able, assigning::day_start(ctx), None).await?;
    let served = store::assignments::list_contractors_of_request(&mut tx, lead.request()).await?;
    candidates.retain(|c| !served.contains(&c.contractor_id));
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
