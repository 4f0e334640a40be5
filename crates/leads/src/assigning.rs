//! Giving a lead to a contractor: what intake, waiting leads and missed deadlines share.

use crate::lead::{Category, LeadForm, ServiceType, Timeline};
use crate::mails;
use crate::routing::Candidate;
use crate::scoring::Score;
use crate::store::{self, assignments::NewAssignment, leads::Locked};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Money, Outcome, Phone, Zip};
use platform::{Ctx, Tx, events};
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

/// The start of today where the company is: daily limits begin anew then.
pub fn day_start(ctx: &Ctx) -> DateTime<Utc> {
    let now = ctx.now();
    let zone = ctx.settings.company_time_zone;
    let midnight = now.with_timezone(&zone).date_naive().and_time(chrono::NaiveTime::MIN);
    // Where a clock change skips midnight, the day begins an hour later.
    let start =
        midnight.and_local_timezone(zone).earliest().or_else(|| (midnight + Duration::hours(1)).and_local_timezone(zone).earliest());
    start.map_or(now, |start| start.with_timezone(&Utc))
}

/// A fresh assignment.
#[derive(Clone, Debug)]
pub struct Assigned {
    pub response_deadline: DateTime<Utc>,
    pub tracking_number: Option<Phone>,
}

/// Gives the lead to the candidate: assignment, counters, tracking number, event, mail and SMS.
/// The lead's own status is the caller's business. `first_time`: nobody had the lead before.
pub async fn assign(ctx: &Ctx, tx: &mut Tx, lead: &Brief, to: &Candidate, eligible_count: usize, first_time: bool) -> Outcome<Assigned> {
    let now = ctx.now();
    let response_deadline = now + lead.timeline.response_time();
    let is_replacement = to.replacement_due > 0;
    let new = NewAssignment {
        id: &ctx.new_id(),
        lead_id: &lead.id,
        contractor_id: &to.contractor_id,
        is_replacement,
        assigned_at: now,
        response_deadline,
        eligible_count: i64::try_from(eligible_count).unwrap_or(i64::MAX),
    };
    store::assignments::insert(tx, &new).await?;
    store::contractors::count_assigned(tx, &to.contractor_id, is_replacement, now).await?;
    let mut tracking_number = None;
    if !first_time {
        tracking_number = store::tracking::move_to(tx, &lead.id, &to.contractor_id).await?;
    }
    if tracking_number.is_none() {
        tracking_number = store::tracking::claim(tx, &lead.id, &to.contractor_id, now, now - COOL_DOWN).await?;
    }
    let data = json!({
        "leadId": lead.id,
        "customerName": lead.customer_name,
        "contractorId": to.contractor_id,
        "businessName": to.business_name,
        "category": lead.category,
        "price": lead.price.dollars(),
        "responseDeadline": response_deadline,
    });
    events::emit(ctx, tx, "lead_assigned", &lead.id, Some(&to.contractor_id), "system", data).await?;
    mails::new_lead(ctx, tx, lead, to, response_deadline, tracking_number.as_ref(), is_replacement).await?;
    Ok(Assigned { response_deadline, tracking_number })
}
