//! Giving a lead to a contractor: what intake, waiting leads and missed deadlines share.

use crate::contractor::Specialization;
use crate::decisions::{LeftOut, Occasion, Weighed, weigh};
use crate::lead::{Category, LeadForm, ServiceType, Timeline};
use crate::mails;
use crate::routing::Candidate;
use crate::scoring::Score;
use crate::store::{self, assignments::NewAssignment, decisions::NewDecision, leads::Locked};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::{Id, Money, Outcome, Phone, Zip};
use platform::{Conn, Ctx, Tx, Tz, events};
use serde_json::json;

/// How long a released number rests before another lead gets it (decision 33).
pub const COOL_DOWN: Duration = Duration::hours(24);

/// What a contractor must know of a lead.
#[derive(Clone, Debug)]
pub struct Brief {
    pub id: Id,
    pub customer_name: String,
    pub customer_phone: Phone,
    pub place: String,
    pub service_type: ServiceType,
    pub timeline: Timeline,
    pub category: Category,
    pub price: Money,
}

impl Brief {
    pub fn of_form(id: &str, form: &LeadForm, score: &Score) -> Brief {
        Brief {
            id: id.into(),
            customer_name: format!("{} {}", form.customer_first_name, form.customer_last_name),
            customer_phone: form.customer_phone.clone(),
            place: place(form.customer_city.as_deref(), form.customer_state.as_deref(), &form.customer_zip),
            service_type: form.service_type,
            timeline: form.timeline,
            category: score.category,
            price: score.price,
        }
    }

    pub fn of_lead(lead: &Locked) -> Brief {
        Brief {
            id: lead.id.clone(),
            customer_name: lead.customer_name(),
            customer_phone: lead.customer_phone.clone(),
            place: place(lead.customer_city.as_deref(), lead.customer_state.as_deref(), &lead.customer_zip),
            service_type: lead.service_type,
            timeline: lead.timeline,
            category: lead.category,
            price: lead.price_cents,
        }
    }
}

/// `Beverly Hills, CA 90210`
fn place(city: Option<&str>, state: Option<&str>, zip: &Zip) -> String {
    match (city, state) {
        (Some(city), Some(state)) => format!("{city}, {state} {zip}"),
        (Some(city), None) => format!("{city} {zip}"),
        (None, Some(state)) => format!("{state} {zip}"),
        (None, None) => zip.to_string(),
    }
}

/// What of the time a choice needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Today {
    pub now: DateTime<Utc>,
    /// The start of today where the company is: daily limits begin anew then.
    pub start: DateTime<Utc>,
    /// The company's time zone, for contractors who name none.
    pub zone: Tz,
}

/// The time of a choice that is made now.
pub fn today(ctx: &Ctx) -> Today {
    let zone = ctx.settings.company_time_zone;
    Today { now: ctx.now(), start: day_start(zone, ctx.now().with_timezone(&zone).date_naive()).unwrap_or(ctx.now()), zone }
}

/// When a day begins somewhere.
pub fn day_start(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    // Where a clock change skips midnight, the day begins an hour later.
    let start =
        midnight.and_local_timezone(zone).earliest().or_else(|| (midnight + Duration::hours(1)).and_local_timezone(zone).earliest());
    start.map(|start| start.with_timezone(&Utc))
}

/// Everybody who may matter for a lead that exists.
#[derive(Debug)]
pub struct Able {
    /// How soon it is wanted.
    pub timeline: Timeline,
    /// Who can do it, those who had it too.
    pub candidates: Vec<Candidate>,
    /// All approved contractors of the ZIP code.
    serving: Vec<LeftOut>,
    /// Who has or had the request.
    pub had: Vec<Id>,
}

impl Able {
    /// `request` is the first lead of the request.
    pub async fn find(ctx: &Ctx, conn: &mut Conn, zip: &Zip, (service, timeline): (ServiceType, Timeline), request: &str) -> Outcome<Able> {
        let able = Specialization::for_service(service);
        Ok(Able {
            timeline,
            candidates: store::contractors::list_candidates(conn, zip, able, today(ctx)).await?,
            serving: store::contractors::list_serving(conn, zip, able).await?,
            had: store::assignments::list_contractors_of_request(conn, request).await?,
        })
    }

    /// As `find` for a locked lead; nobody's load changes until the transaction ends.
    pub async fn lock(ctx: &Ctx, tx: &mut Tx, lead: &Locked) -> Outcome<Able> {
        store::contractors::lock_serving(tx, &[lead.customer_zip.as_str()], lead.contractor_id.as_deref()).await?;
        Able::find(ctx, tx, &lead.customer_zip, (lead.service_type, lead.timeline), lead.request()).await
    }

    pub fn weigh(&self, chosen: Option<&Candidate>) -> Weighed {
        weigh(&self.candidates, &self.serving, &self.had, chosen, self.timeline)
    }

    /// Keeps why the lead goes to `chosen`, or to nobody.
    pub async fn record(
        &self,
        ctx: &Ctx,
        tx: &mut Tx,
        lead: &Locked,
        occasion: Occasion,
        chosen: Option<&Candidate>,
        actor: &str,
    ) -> Outcome<()> {
        let weighed = self.weigh(chosen);
        let new = NewDecision { id: ctx.new_id(), lead_id: &lead.id, occasion, actor, reason: None, weighed: &weighed, at: ctx.now() };
        store::decisions::insert(tx, &[new]).await
    }
}

/// A fresh assignment.
#[derive(Clone, Debug)]
pub struct Assigned {
    pub response_deadline: DateTime<Utc>,
    pub tracking_number: Option<Phone>,
}

/// A lead and who gets it.
#[derive(Debug)]
pub struct Match<'a> {
    pub lead: &'a Brief,
    pub to: &'a Candidate,
    /// How many could have had it.
    pub eligible_count: usize,
}

/// Gives leads to candidates: assignments, counters, tracking numbers, events, mails and SMS. The leads' own
/// status is the caller's business. `first_time`: nobody had them before. Answers in the same order.
pub async fn assign(ctx: &Ctx, tx: &mut Tx, matches: &[Match<'_>], first_time: bool) -> Outcome<Vec<Assigned>> {
    let now = ctx.now();
    let rows: Vec<NewAssignment> = matches
        .iter()
        .map(|m| NewAssignment {
            id: ctx.new_id(),
            lead_id: &m.lead.id,
            contractor_id: &m.to.contractor_id,
            is_replacement: m.to.replacement_due > 0,
            assigned_at: now,
            response_deadline: now + m.lead.timeline.response_time(),
            eligible_count: i64::try_from(m.eligible_count).unwrap_or(i64::MAX),
        })
        .collect();
    store::assignments::insert(tx, &rows).await?;
    store::contractors::count_assigned(tx, &rows, now).await?;
    let ids: Vec<&str> = matches.iter().map(|m| m.to.contractor_id.as_str()).collect();
    let recipients = store::notifications::list_recipients(tx, &ids).await?;
    let mut pool_is_empty = false;
    let mut assigned = Vec::with_capacity(matches.len());
    for (m, row) in matches.iter().zip(&rows) {
        let Match { lead, to, .. } = m;
        let mut tracking_number = None;
        if !first_time {
            tracking_number = store::tracking::move_to(tx, &lead.id, &to.contractor_id).await?;
        }
        if tracking_number.is_none() && !pool_is_empty {
            tracking_number = store::tracking::claim(tx, &lead.id, &to.contractor_id, now, now - COOL_DOWN).await?;
            pool_is_empty = tracking_number.is_none();
        }
        let data = json!({
            "leadId": lead.id,
            "customerName": lead.customer_name,
            "contractorId": to.contractor_id,
            "businessName": to.business_name,
            "category": lead.category,
            "price": lead.price.dollars(),
            "responseDeadline": row.response_deadline,
        });
        events::emit(ctx, tx, "lead_assigned", &lead.id, Some(&to.contractor_id), "system", data).await?;
        if let Some(recipient) = recipients.iter().find(|r| r.id == to.contractor_id) {
            mails::new_lead(ctx, tx, lead, recipient, row.response_deadline, tracking_number.as_ref(), row.is_replacement).await?;
        }
        assigned.push(Assigned { response_deadline: row.response_deadline, tracking_number });
    }
    Ok(assigned)
}
