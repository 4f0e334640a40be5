//! What the administrator does with scoring, and the model that intake uses.

use super::{NewDraft, ScoringDesk, ScoringVersion, Tally, WhatIf};
use crate::scoring::{Answers, BudgetStep, ScoringModel, parse_budget};
use crate::store::scoring_versions as store;
use chrono::{DateTime, Duration, Utc};
use kernel::{Changes, Fields, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::{Ctx, audit, events};
use serde_json::json;
use std::sync::Arc;

/// How long another node's version may be used after a new one was published.
const FRESH_FOR: Duration = Duration::seconds(5);
/// How many days a what-if looks back.
const DAYS: i64 = 90;

/// The published model as this process last saw it.
struct Seen {
    model: Arc<ScoringModel>,
    at: DateTime<Utc>,
}

/// The model that leads are scored with now: from memory, read again after five seconds. The node that publishes
/// uses the new one at once.
pub async fn current(ctx: &Ctx) -> Outcome<Arc<ScoringModel>> {
    if let Some(seen) = ctx.kept.get::<Seen>()
        && (ctx.now() - seen.at).abs() < FRESH_FOR
    {
        return Ok(seen.model.clone());
    }
    let published = store::find_published(&mut ctx.db.read().await?).await?;
    Ok(remember(ctx, published.model))
}

fn remember(ctx: &Ctx, model: ScoringModel) -> Arc<ScoringModel> {
    let model = Arc::new(model);
    // Of two at once the later version stays.
    if ctx.kept.get::<Seen>().is_none_or(|seen| seen.model.version <= model.version) {
        ctx.kept.set(Seen { model: model.clone(), at: ctx.now() });
    }
    model
}

/// All versions. Errors: `Forbidden`.
pub async fn desk(ctx: &Ctx, caller: &Caller) -> Outcome<ScoringDesk> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    Ok(ScoringDesk {
        published: store::find_published(&mut conn).await?,
        draft: store::find_draft(&mut conn).await?,
        history: store::list_retired(&mut conn, 100).await?,
    })
}

/// Makes or replaces the draft. Errors: `Forbidden`; `Invalid` with every rule that it breaks; `Changed` when there is another
/// draft than was seen, with all in which it differs from this one.
pub async fn save_draft(ctx: &Ctx, caller: &Caller, new: &NewDraft) -> Outcome<ScoringVersion> {
    caller.may(Permission::Settings)?;
    let mut fields = Fields::default();
    let note = fields.optional_text("note", new.note.as_deref(), 500);
    fields.finish()?;
    let model = ScoringModel { version: 0, weights: new.weights.clone(), tiers: new.tiers.clone() };
    model.check()?;
    let draft = store::NewVersion {
        weights: &new.weights,
        tiers: &new.tiers,
        note: note.as_deref(),
        etag: &ctx.new_id(),
        created_by: &caller.person(),
        now: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    // First of all, so that of two who begin one at once the second waits here, and finds it.
    if !store::insert_draft(&mut tx, &draft).await? {
        let now = store::lock_draft(&mut tx).await?.ok_or_else(no_draft)?;
        if new.seen.as_ref().is_some_and(|seen| *seen != now.etag) {
            compare(&model, note.as_deref(), &now)?;
        }
        store::update_draft(&mut tx, &draft).await?;
    }
    let saved = store::find_draft(&mut tx).await?.ok_or_else(no_draft)?;
    audit::record(ctx, &mut tx, caller, "scoring_draft_saved", &saved.model.version.to_string(), json!({ "etag": saved.etag })).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Errors: `Changed` when the draft that is there now has other numbers or another note.
fn compare(model: &ScoringModel, note: Option<&str>, now: &ScoringVersion) -> Outcome<()> {
    let mut changes = Changes::default();
    for ((field, own, ..), (_, theirs, ..)) in model.weights.named().into_iter().zip(now.model.weights.named()) {
        changes.compare(field, &own.to_string(), &theirs.to_string());
    }
    let (own, theirs) = (&model.weights.budget, &now.model.weights.budget);
    changes.compare("weights.budget.above", &own.above.to_string(), &theirs.above.to_string());
    changes.compare("weights.budget.unknown", &own.unknown.to_string(), &theirs.unknown.to_string());
    let words =
        |steps: &[BudgetStep]| steps.iter().map(|s| format!("{} points below ${}", s.points, s.below)).collect::<Vec<_>>().join(", ");
    changes.compare("weights.budget.steps", &words(&own.steps), &words(&theirs.steps));
    for ((category, own), (_, theirs)) in model.tiers.all().into_iter().zip(now.model.tiers.all()) {
        changes.compare(format!("categories.{category}.from"), &own.from.to_string(), &theirs.from.to_string());
        changes.compare(format!("categories.{category}.price"), &own.price.to_string(), &theirs.price.to_string());
    }
    changes.compare("note", note.unwrap_or_default(), now.note.as_deref().unwrap_or_default());
    changes.finish()
}

/// Throws the draft away. Errors: `Forbidden`, `NotFound`.
pub async fn discard_draft(ctx: &Ctx, caller: &Caller) -> Outcome<()> {
    caller.may(Permission::Settings)?;
    let mut tx = ctx.begin().await?;
    let version = store::delete_draft(&mut tx).await?.ok_or_else(no_draft)?;
    audit::record(ctx, &mut tx, caller, "scoring_draft_discarded", &version.to_string(), json!({})).await?;
    tx.commit().await
}

/// Publishes the draft that has this etag: leads are scored with it from now on, older leads stay as they are.
/// Errors: `Forbidden`; `NotFound` without a draft; `Conflict` (`draft_changed`) when it is no longer that draft.
pub async fn publish(ctx: &Ctx, caller: &Caller, etag: &str) -> Outcome<ScoringVersion> {
    caller.may(Permission::Settings)?;
    let mut tx = ctx.begin().await?;
    let draft = store::find_draft(&mut tx).await?.ok_or_else(no_draft)?;
    let changed = || Problem::conflict("draft_changed", "The draft has been changed since. Please look at it again.");
    if draft.etag != etag {
        return Err(changed());
    }
    store::retire_published(&mut tx).await?;
    if !store::publish_draft(&mut tx, etag, ctx.now()).await? {
        return Err(changed());
    }
    let version = draft.model.version;
    let data = json!({ "version": version, "note": draft.note });
    events::emit(ctx, &mut tx, "scoring_published", &version.to_string(), None, &caller.actor(), data.clone()).await?;
    audit::record(ctx, &mut tx, caller, "scoring_published", &version.to_string(), data).await?;
    let published = store::find_published(&mut tx).await?;
    tx.commit().await?;
    remember(ctx, published.model.clone());
    Ok(published)
}

/// Scores the leads of the last 90 days with the draft, a page at a time: the memory it takes does not grow with
/// them, and nobody waits for it. Errors: `Forbidden`, `NotFound` without a draft.
pub async fn what_if(ctx: &Ctx, caller: &Caller) -> Outcome<WhatIf> {
    caller.may(Permission::View)?;
    let draft = store::find_draft(&mut ctx.db.read().await?).await?.ok_or_else(no_draft)?;
    let to = ctx.now();
    let from = to - Duration::days(DAYS);
    let mut result = WhatIf {
        from,
        to,
        etag: draft.etag,
        leads: 0,
        changed: 0,
        before: [Tally::default(); 5],
        after: [Tally::default(); 5],
        moves: [[0; 5]; 5],
    };
    let mut last = (from, String::new());
    loop {
        let page = store::list_scored(&mut ctx.reports.read().await?, (last.0, &last.1), to).await?;
        for lead in &page {
            let answers = Answers {
                budget: parse_budget(&lead.budget_range),
                timeline: lead.timeline,
                property: lead.property_type,
                service: lead.service_type,
                has_email: lead.has_email,
                zip_served: lead.zip_served(),
            };
            let after = draft.model.tiers.of_score(draft.model.total(&answers));
            result.count((lead.category, lead.price_cents), after, lead.is_billed);
        }
        match page.last() {
            Some(lead) if page.len() >= store::SCORED_PAGE => last = (lead.created_at, lead.id.clone()),
            _ => return Ok(result),
        }
    }
}

fn no_draft() -> Problem {
    Problem::not_found("Draft", "")
}
