//! The answers, each for anyone.

use super::{AreaCheck, Facts, RequestProgress};
use crate::lead::LeadStatus;
use crate::scoring_versions;
use crate::store::front_desk as store;
use crate::views::{LeadView, one_decimal};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Outcome, Problem, Zip};
use platform::{Ctx, page_keys, places};
use std::sync::Arc;

/// How long the figures are good for.
const FRESH_FOR: Duration = Duration::seconds(60);
/// Of so many leads the median is taken.
const SAMPLE: i64 = 1000;
/// Fewer ratings than this say nothing.
const ENOUGH_RATINGS: i64 = 5;
/// What a key of a request's page is for.
const REQUEST: &str = "Request";

struct Seen {
    facts: Arc<Facts>,
    at: DateTime<Utc>,
}

/// The first page's figures, counted at most once a minute.
pub async fn facts(ctx: &Ctx) -> Outcome<Arc<Facts>> {
    if let Some(seen) = ctx.kept.get::<Seen>()
        && (ctx.now() - seen.at).abs() < FRESH_FOR
    {
        return Ok(seen.facts.clone());
    }
    let tiers = &scoring_versions::current(ctx).await?.tiers;
    let month = ctx.now() - Duration::days(30);
    let mut conn = ctx.db.read().await?;
    let routed = store::count_routed(&mut conn, month).await?;
    let mut minutes: Vec<i64> =
        store::list_contacts(&mut conn, month, SAMPLE).await?.into_iter().map(|(from, to)| (to - from).num_minutes().max(0)).collect();
    minutes.sort_unstable();
    let (mean, ratings) = store::rating(&mut conn, ctx.now() - Duration::days(365)).await?;
    let facts = Arc::new(Facts {
        prices: tiers.all().into_iter().map(|(category, tier)| (category, tier.price)).collect(),
        routed: (routed > 0).then_some(routed),
        response_minutes: minutes.get(minutes.len() / 2).copied(),
        rating: mean.filter(|_| ratings >= ENOUGH_RATINGS).map(|mean| (one_decimal(mean), ratings)),
    });
    ctx.kept.set(Seen { facts: facts.clone(), at: ctx.now() });
    Ok(facts)
}

/// How many contractors serve a ZIP code, and where it is.
pub async fn who_serves(ctx: &Ctx, zip: &Zip) -> Outcome<AreaCheck> {
    let contractors = store::count_serving(&mut ctx.db.read().await?, zip).await?;
    Ok(AreaCheck { place: places::place_of(zip), contractors })
}

/// The key of a request's page, for the one who sent the request.
pub fn key_of_request(ctx: &Ctx, lead_id: &str) -> String {
    page_keys::key_of(ctx, REQUEST, lead_id)
}

/// Whose page a key opens. Errors: `NotFound`.
pub fn lead_of_key(ctx: &Ctx, key: &str) -> Outcome<Id> {
    page_keys::read(ctx, REQUEST, key)
}

/// How far the request with this key has come. Errors: `NotFound`.
pub async fn progress(ctx: &Ctx, key: &str) -> Outcome<RequestProgress> {
    let mut lead = find_lead(ctx, &lead_of_key(ctx, key)?).await?;
    // Their page goes on with the lead that theirs was merged into.
    if let Some(kept) = &lead.merged_into {
        lead = find_lead(ctx, kept).await?;
    }
    Ok(match (lead.status, lead.assignment) {
        (LeadStatus::PendingAssignment, _) | (_, None) => RequestProgress::Waiting,
        (LeadStatus::Assigned, Some(a)) => {
            RequestProgress::Assigned { business: a.business_name, deadline: a.response_deadline, phone: lead.tracking_number }
        }
        (_, Some(a)) => RequestProgress::Contacted { business: a.business_name, phone: lead.tracking_number },
    })
}

async fn find_lead(ctx: &Ctx, id: &str) -> Outcome<LeadView> {
    let mut conn = ctx.db.read().await?;
    crate::store::leads::find(&mut conn, id).await?.ok_or_else(|| Problem::not_found("Lead", id))
}
