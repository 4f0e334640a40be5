//! Taking leads in (seed 000, Submit Lead; decisions 20–22).

use crate::assigning::{self, Brief, Match};
use crate::contractor::Specialization;
use crate::lead::{Category, LeadForm, LeadStatus, NewLead, ServiceType};
use crate::routing::{self, Candidate, choose};
use crate::scoring::{Score, score};
use crate::{mails, scoring_versions, store};
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome, Phone, Zip};
use platform::auth::Caller;
use platform::batch::Batcher;
use platform::{Ctx, Job, JobError, Tx, events};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

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

/// Takes a lead in: checks, scores, prices, chooses a contractor and assigns, in one transaction with its
/// events and messages. Leads that arrive at once share a transaction. Errors: `Invalid` with every wrong field.
pub async fn submit(ctx: &Ctx, caller: &Caller, new: &NewLead, source: &'static str) -> Outcome<Submitted> {
    let asked = Asked { form: new.check()?, actor: caller.actor(), source };
    ctx.kept.get_or_default::<Batcher<Asked, Submitted>>().run(ctx, asked, |ctx, all| Box::pin(submit_all(ctx, all))).await
}

/// A checked form, and who sent it.
#[derive(Debug)]
struct Asked {
    form: LeadForm,
    actor: String,
    source: &'static str,
}

/// What was decided about a lead.
struct Decided {
    brief: Brief,
    score: Score,
    /// The contractor as they stood when they were chosen, and how many were eligible.
    chosen: Option<(Candidate, usize)>,
}

impl Decided {
    fn as_match(&self) -> Option<Match<'_>> {
        self.chosen.as_ref().map(|(to, eligible_count)| Match { lead: &self.brief, to, eligible_count: *eligible_count })
    }
}

async fn submit_all(ctx: &Ctx, all: &[Asked]) -> Outcome<Vec<Submitted>> {
    let now = ctx.now();
    let mut tx = ctx.begin().await?;
    let decided = decide(ctx, &mut tx, all).await?;
    let mut rows = Vec::with_capacity(all.len());
    for (Asked { form, actor, source }, Decided { brief, score, chosen }) in all.iter().zip(&decided) {
        let status = if chosen.is_some() { LeadStatus::Assigned } else { LeadStatus::PendingAssignment };
        rows.push(store::leads::Row { id: &brief.id, form, score, status, source, created_at: now });
        let data = json!({
            "leadId": brief.id,
            "customerName": brief.customer_name,
            "category": score.category,
            "price": brief.price.dollars(),
        });
        events::emit(ctx, &mut tx, "lead_submitted", &brief.id, None, actor, data).await?;
    }
    store::leads::insert(&mut tx, &rows).await?;
    let matches: Vec<Match<'_>> = decided.iter().filter_map(Decided::as_match).collect();
    let mut assigned = assigning::assign(ctx, &mut tx, &matches, true).await?.into_iter();
    let mut submitted = Vec::with_capacity(all.len());
    for (Asked { form, .. }, Decided { brief, score, chosen }) in all.iter().zip(&decided) {
        let outcome = match chosen.as_ref().and_then(|(contractor, _)| Some((contractor, assigned.next()?))) {
            Some((contractor, assigned)) => SubmitOutcome::Assigned {
                contractor_id: contractor.contractor_id.clone(),
                business_name: contractor.business_name.clone(),
                response_deadline: assigned.response_deadline,
                tracking_number: assigned.tracking_number,
            },
            None if score.category.is_sold() => SubmitOutcome::NoContractor { zip: form.customer_zip.clone() },
            None => SubmitOutcome::NotSold,
        };
        if let Some(email) = &form.customer_email {
            mails::request_received(ctx, &mut tx, &brief.id, form, email, &outcome).await?;
        }
        submitted.push(Submitted { lead_id: brief.id.clone(), score: score.total, category: score.category, price: brief.price, outcome });
    }
    tx.commit().await?;
    Ok(submitted)
}

/// Scores the leads and chooses their contractors, one after the other: each choice sees the loads that the one
/// before it left.
async fn decide(ctx: &Ctx, tx: &mut Tx, all: &[Asked]) -> Outcome<Vec<Decided>> {
    let zips = BTreeSet::from_iter(all.iter().map(|asked| asked.form.customer_zip.as_str()));
    store::contractors::lock_serving(tx, &Vec::from_iter(zips), None).await?;
    let model = scoring_versions::current(ctx).await?;
    let mut candidates: BTreeMap<(&Zip, ServiceType), Vec<Candidate>> = BTreeMap::new();
    // All lists first: they show the loads before this transaction.
    for Asked { form, .. } in all {
        if let Entry::Vacant(unknown) = candidates.entry((&form.customer_zip, form.service_type)) {
            let able = Specialization::for_service(form.service_type);
            unknown.insert(store::contractors::list_candidates(tx, &form.customer_zip, able, assigning::day_start(ctx)).await?);
        }
    }
    let mut decided = Vec::with_capacity(all.len());
    for Asked { form, .. } in all {
        let eligible = candidates.get(&(&form.customer_zip, form.service_type)).map_or(&[][..], Vec::as_slice);
        let score = score(form, !eligible.is_empty(), &model);
        let chosen = if score.category.is_sold() { choose(eligible) } else { None };
        let chosen = chosen.map(|contractor| (contractor.clone(), eligible.len()));
        if let Some((contractor, _)) = &chosen {
            routing::count(candidates.values_mut().flatten(), &contractor.contractor_id, ctx.now());
        }
        decided.push(Decided { brief: Brief::of_form(&ctx.new_id(), form, &score), score, chosen });
    }
    Ok(decided)
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
    store::contractors::lock_serving(&mut tx, &[lead.customer_zip.as_str()], None).await?;
    let candidates = store::contractors::list_candidates(&mut tx, &lead.customer_zip, able, assigning::day_start(ctx)).await?;
    let Some(to) = choose(&candidates) else { return Ok(false) };
    store::leads::update_status(&mut tx, lead_id, LeadStatus::Assigned, None, None).await?;
    let brief = Brief::of_lead(&lead);
    assigning::assign(ctx, &mut tx, &[Match { lead: &brief, to, eligible_count: candidates.len() }], true).await?;
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
