//! Taking leads in (seed 000, Submit Lead; decisions 20–22).

use crate::assigning::{self, Able, Brief, Match};
use crate::contractor::Specialization;
use crate::decisions::{LeftOut, Occasion, Weighed, weigh};
use crate::lead::{Category, LeadForm, LeadStatus, NewLead, ServiceType};
use crate::routing::{self, Candidate, choose};
use crate::scoring::{Score, score};
use crate::store::decisions::NewDecision;
use crate::store::leads::{FirstLead, Provenance};
use crate::views::LeadView;
use crate::{mails, scoring_versions, store};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Money, Outcome, Phone, Problem, Zip};
use platform::auth::{self, Caller};
use platform::batch::Batcher;
use platform::{Ctx, Job, JobError, Running, Tx, audit, db, events};
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
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// `web`, `api`, or a lead source's name.
    pub source: String,
    /// The client's address, for the evidence of consent.
    pub address: Option<String>,
    /// The request's id, when it may be repeated after a crash: the same id makes one lead.
    pub request_id: Option<String>,
}

impl Origin {
    /// Of the form on our own page. The same form from the same address is one request for a day: without script a second
    /// press of the button sends it again, and so does a browser that missed the answer.
    pub fn of_page(ctx: &Ctx, new: &NewLead, address: Option<String>) -> Origin {
        let sent = format!("{} {address:?} {new:?}", ctx.now().date_naive());
        Origin { source: "web".into(), request_id: Some(format!("form:{}", auth::token_hash(&sent))), address }
    }
}

/// Takes a lead in without evidence of where it came from: see [`submit_from`].
pub async fn submit(ctx: &Ctx, caller: &Caller, new: &NewLead, source: &str) -> Outcome<Submitted> {
    submit_from(ctx, caller, new, Origin { source: source.into(), ..Origin::default() }).await
}

/// Takes a lead in: checks, scores, prices, chooses a contractor and assigns, in one transaction with its
/// events and messages. Leads that arrive at once share a transaction. Errors: `Invalid` with every wrong field.
///
/// A lead with the phone, service and ZIP of one that is at most `DUPLICATE_WINDOW_DAYS` old is a duplicate of
/// it: linked to the first of them, and offered only to contractors who never had a lead of that request, now
/// and later, so that nobody pays twice for one request. It is scored and priced like any other.
pub async fn submit_from(ctx: &Ctx, caller: &Caller, new: &NewLead, origin: Origin) -> Outcome<Submitted> {
    let form = new.check()?;
    let a_clock_may_be_fast = ctx.now() + Duration::minutes(5);
    if form.consent.as_ref().and_then(|c| c.given_at).is_some_and(|at| at > a_clock_may_be_fast) {
        return Err(Problem::invalid("consent.givenAt", "must not be in the future"));
    }
    let request_id = origin.request_id.clone();
    if let Some(request_id) = &request_id
        && let Some(submitted) = made_by(ctx, request_id).await?
    {
        return Ok(submitted);
    }
    let source_id = match caller {
        Caller::LeadSource(id) => Some(id.clone()),
        _ => None,
    };
    let asked = Asked { form, actor: caller.actor(), origin, source_id };
    let batcher = ctx.kept.get_or_default::<Batcher<Asked, Submitted>>();
    match (batcher.run(ctx, asked, |ctx, all| Box::pin(submit_all(ctx, all))).await, request_id) {
        // It came twice at once, or it was kept and the database did not live to say so.
        (Err(problem), Some(request_id)) => made_by(ctx, &request_id).await.ok().flatten().ok_or(problem),
        (submitted, _) => submitted,
    }
}

/// What became of the lead that a request has made already.
async fn made_by(ctx: &Ctx, request_id: &str) -> Outcome<Option<Submitted>> {
    let lead = store::leads::find_of_request(&mut ctx.db.read().await?, request_id).await?;
    Ok(lead.map(Submitted::again))
}

/// A checked form, and who sent it.
#[derive(Debug)]
struct Asked {
    form: LeadForm,
    actor: String,
    origin: Origin,
    source_id: Option<Id>,
}

impl Asked {
    /// What the customer asks for: two of the same are duplicates.
    fn request(&self) -> (&str, ServiceType, &str) {
        (self.form.customer_phone.e164(), self.form.service_type, self.form.customer_zip.as_str())
    }
}

/// What was decided about a lead.
struct Decided {
    brief: Brief,
    score: Score,
    duplicate_of: Option<Id>,
    /// The contractor as they stood when they were chosen, and how many were eligible.
    chosen: Option<(Candidate, usize)>,
    /// Who could take it has or had the same request.
    already_served: bool,
    /// Why it went there; nothing was weighed for a lead that is not sold.
    weighed: Option<Weighed>,
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
    for (asked, decided) in all.iter().zip(&decided) {
        let Decided { brief, score, duplicate_of, chosen, .. } = decided;
        let status = if chosen.is_some() { LeadStatus::Assigned } else { LeadStatus::PendingAssignment };
        let from = Provenance {
            source: &asked.origin.source,
            source_id: asked.source_id.as_deref(),
            duplicate_of: duplicate_of.as_deref(),
            request_id: asked.origin.request_id.as_deref(),
        };
        rows.push(store::leads::Row { id: &brief.id, form: &asked.form, score, status, from, created_at: now });
        let data = json!({
            "leadId": brief.id,
            "customerName": brief.customer_name,
            "category": score.category,
            "price": brief.price.dollars(),
            "duplicateOf": duplicate_of,
        });
        events::emit(ctx, &mut tx, "lead_submitted", &brief.id, None, &asked.actor, data).await?;
    }
    store::leads::insert(&mut tx, &rows).await?;
    let decisions: Vec<NewDecision<'_>> = decided
        .iter()
        .filter_map(|decided| {
            let (occasion, actor) = (Occasion::Submitted, "system");
            let weighed = decided.weighed.as_ref()?;
            Some(NewDecision { id: ctx.new_id(), lead_id: &decided.brief.id, occasion, actor, reason: None, weighed, at: now })
        })
        .collect();
    store::decisions::insert(&mut tx, &decisions).await?;
    let matches: Vec<Match<'_>> = decided.iter().filter_map(Decided::as_match).collect();
    let mut assigned = assigning::assign(ctx, &mut tx, &matches, true).await?.into_iter();
    let mut submitted = Vec::with_capacity(all.len());
    for (Asked { form, origin, .. }, decided) in all.iter().zip(&decided) {
        let Decided { brief, score, duplicate_of, chosen, already_served, .. } = decided;
        let outcome = match chosen.as_ref().and_then(|(contractor, _)| Some((contractor, assigned.next()?))) {
            Some((contractor, assigned)) => SubmitOutcome::Assigned {
                contractor_id: contractor.contractor_id.clone(),
                business_name: contractor.business_name.clone(),
                response_deadline: assigned.response_deadline,
                tracking_number: assigned.tracking_number,
            },
            None if score.category.is_sold() && *already_served => SubmitOutcome::AlreadyServed,
            None if score.category.is_sold() => SubmitOutcome::NoContractor { zip: form.customer_zip.clone() },
            None => SubmitOutcome::NotSold,
        };
        if let Some(consent) = &form.consent {
            store::consents::insert(&mut tx, &brief.id, consent, origin.address.as_deref(), now).await?;
        }
        if let Some(email) = &form.customer_email {
            mails::request_received(ctx, &mut tx, &brief.id, form, email, &outcome).await?;
        }
        submitted.push(Submitted {
            lead_id: brief.id.clone(),
            score: score.total,
            category: score.category,
            price: brief.price,
            duplicate_of: duplicate_of.clone(),
            outcome,
        });
    }
    tx.commit().await?;
    Ok(submitted)
}

/// Scores the leads and chooses their contractors, one after the other: each choice sees the loads and the
/// requests that the ones before it left.
async fn decide(ctx: &Ctx, tx: &mut Tx, all: &[Asked]) -> Outcome<Vec<Decided>> {
    let mut requests = known_requests(ctx, tx, all).await?;
    let zips = BTreeSet::from_iter(all.iter().map(|asked| asked.form.customer_zip.as_str()));
    store::contractors::lock_serving(tx, &Vec::from_iter(zips), None).await?;
    let model = scoring_versions::current(ctx).await?;
    let mut candidates: BTreeMap<(&Zip, ServiceType), Vec<Candidate>> = BTreeMap::new();
    let mut serving: BTreeMap<(&Zip, ServiceType), Vec<LeftOut>> = BTreeMap::new();
    // All lists first: they show the loads before this transaction.
    for Asked { form, .. } in all {
        if let Entry::Vacant(unknown) = candidates.entry((&form.customer_zip, form.service_type)) {
            let able = Specialization::for_service(form.service_type);
            unknown.insert(store::contractors::list_candidates(tx, &form.customer_zip, able, assigning::today(ctx)).await?);
            let all = store::contractors::list_serving(tx, &form.customer_zip, able).await?;
            serving.insert((&form.customer_zip, form.service_type), all);
        }
    }
    let mut decided = Vec::with_capacity(all.len());
    for asked in all {
        let form = &asked.form;
        let key = (&form.customer_zip, form.service_type);
        let able = candidates.get(&key).map_or(&[][..], Vec::as_slice);
        let score = score(form, !able.is_empty(), &model);
        let brief = Brief::of_form(&ctx.new_id(), form, &score);
        let request = requests.get(&asked.request());
        let served = request.map_or(&[][..], |request| &request.served);
        let eligible: Vec<&Candidate> = able.iter().filter(|c| !served.contains(&c.contractor_id)).collect();
        let chosen = if score.category.is_sold() { choose(eligible.iter().copied(), form.timeline) } else { None };
        let all = serving.get(&key).map_or(&[][..], Vec::as_slice);
        let weighed = score.category.is_sold().then(|| weigh(able, all, served, chosen, form.timeline));
        let chosen = chosen.map(|contractor| (contractor.clone(), eligible.len()));
        let already_served = !served.is_empty();
        let duplicate_of = request.map(|request| request.first.clone());
        if ctx.settings.duplicate_window_days > 0 {
            let request = requests.entry(asked.request()).or_insert_with(|| Request { first: brief.id.clone(), served: Vec::new() });
            request.served.extend(chosen.iter().map(|(contractor, _)| contractor.contractor_id.clone()));
        }
        if let Some((contractor, _)) = &chosen {
            routing::count(candidates.values_mut().flatten(), &contractor.contractor_id, ctx.now());
        }
        decided.push(Decided { brief, score, duplicate_of, chosen, already_served, weighed });
    }
    Ok(decided)
}

/// The first lead of a request, and the contractors who have or had one of its leads.
struct Request {
    first: Id,
    served: Vec<Id>,
}

/// Which of these requests have come before. Two at once wait for one another, so that one is the first.
async fn known_requests<'a>(ctx: &Ctx, tx: &mut Tx, all: &'a [Asked]) -> Outcome<BTreeMap<(&'a str, ServiceType, &'a str), Request>> {
    let mut known = BTreeMap::new();
    let days = ctx.settings.duplicate_window_days;
    if days == 0 {
        return Ok(known);
    }
    db::lock_names(tx, all.iter().map(|asked| format!("{:?}", asked.request()))).await?;
    let firsts = store::leads::list_first(tx, all.iter().map(|asked| &asked.form), ctx.now() - Duration::days(days.into())).await?;
    for asked in all {
        let is_same = |lead: &&FirstLead| (lead.customer_phone.e164(), lead.service_type, lead.customer_zip.as_str()) == asked.request();
        if let Some(first) = firsts.iter().find(is_same)
            && let Entry::Vacant(unknown) = known.entry(asked.request())
        {
            let served = store::assignments::list_contractors_of_request(tx, &first.id).await?;
            unknown.insert(Request { first: first.id.clone(), served });
        }
    }
    Ok(known)
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
            assigned += usize::from(assign_if_waiting(ctx, &Caller::System, lead_id).await?.is_some());
        }
        total += assigned;
        // When none of a batch could be assigned, every able contractor has reached their daily cap.
        if assigned == 0 || waiting.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(total);
        }
    }
}

/// Gives a waiting lead to the best of those who can take it. Answers to whom, if anybody.
pub(crate) async fn assign_if_waiting(ctx: &Ctx, caller: &Caller, lead_id: &str) -> Outcome<Option<String>> {
    let mut tx = ctx.begin().await?;
    let Some(lead) = store::leads::lock(&mut tx, lead_id).await? else { return Ok(None) };
    if lead.status != LeadStatus::PendingAssignment || !lead.category.is_sold() || lead.merged_into.is_some() {
        return Ok(None);
    }
    let able = Able::lock(ctx, &mut tx, &lead).await?;
    let others = || able.candidates.iter().filter(|c| !able.had.contains(&c.contractor_id));
    let Some(to) = choose(others(), lead.timeline) else { return Ok(None) };
    store::leads::update_status(&mut tx, lead_id, LeadStatus::Assigned, None, None).await?;
    able.record(ctx, &mut tx, &lead, Occasion::Waiting, Some(to), &caller.person()).await?;
    let brief = Brief::of_lead(&lead);
    assigning::assign(ctx, &mut tx, &[Match { lead: &brief, to, eligible_count: others().count() }], true).await?;
    if caller.role().is_some() {
        let detail = json!({ "to": to.contractor_id, "businessName": to.business_name });
        audit::record(ctx, &mut tx, caller, "lead_routed", lead_id, detail).await?;
    }
    tx.commit().await?;
    Ok(Some(to.business_name.clone()))
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

    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        let assigned = assign_waiting(ctx, &self.contractor_id).await?;
        if assigned > 0 {
            tracing::info!(contractor = %self.contractor_id, assigned, "waiting leads assigned");
        }
        Ok(())
    }
}
