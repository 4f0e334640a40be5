//! Versions of the scoring model: try a draft on the last 90 days, then publish it (seed 000, Lead Scoring).

use super::callers::AdminCaller;
use super::error::Answer;
use super::stamp;
use crate::http::body::{Body, Json};
use crate::state::AppState;
use axum::extract::State;
use kernel::{Fields, Money, Outcome, Problem};
use leads::lead::Category;
use leads::scoring::{self as rules, Tiers};
use leads::scoring_versions::{self, NewDraft, ScoringVersion, Tally, WhatIf};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The points that each answer earns: at most 200 in all.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what `leads::scoring::Weights` reads and writes")]
pub struct ScoringWeights {
    budget: BudgetWeights,
    timeline: TimelineWeights,
    property: PropertyWeights,
    /// For leaving an e-mail address.
    #[schema(minimum = 1, maximum = 10, example = 10)]
    email: i64,
    service: ServiceWeights,
    /// For a ZIP code that an eligible contractor serves.
    #[schema(minimum = 1, maximum = 20, example = 20)]
    zip: i64,
}

/// Points by budget.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as ScoringWeights")]
pub struct BudgetWeights {
    /// In rising order.
    #[schema(max_items = 20)]
    steps: Vec<BudgetStep>,
    /// For any higher budget.
    #[schema(minimum = -10, maximum = 50, example = 50)]
    above: i64,
    /// When the budget cannot be read.
    #[schema(minimum = -10, maximum = 50, example = -10)]
    unknown: i64,
}

/// Points for budgets whose typical amount is below so many dollars.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as ScoringWeights")]
pub struct BudgetStep {
    #[schema(minimum = 1, maximum = 1_000_000_000, example = 500)]
    below: i64,
    #[schema(minimum = -10, maximum = 50, example = 20)]
    points: i64,
}

/// Points by timeline; a faster one earns more.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as ScoringWeights")]
pub struct TimelineWeights {
    #[schema(minimum = 0, maximum = 50, example = 50)]
    emergency: i64,
    #[schema(minimum = 0, maximum = 50, example = 40)]
    within_24_hours: i64,
    #[schema(minimum = 0, maximum = 50, example = 25)]
    within_week: i64,
    #[schema(minimum = 0, maximum = 50, example = 10)]
    flexible: i64,
}

/// Points by property; a business earns more.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as ScoringWeights")]
pub struct PropertyWeights {
    #[schema(minimum = 0, maximum = 30, example = 30)]
    commercial: i64,
    #[schema(minimum = 0, maximum = 30, example = 20)]
    residential: i64,
}

/// Points by service.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as ScoringWeights")]
pub struct ServiceWeights {
    #[schema(minimum = 0, maximum = 40, example = 40)]
    emergency: i64,
    #[schema(minimum = 0, maximum = 40, example = 35)]
    installation: i64,
    #[schema(minimum = 0, maximum = 40, example = 30)]
    ac_repair: i64,
    #[schema(minimum = 0, maximum = 40, example = 30)]
    heating_repair: i64,
    #[schema(minimum = 0, maximum = 40, example = 15)]
    maintenance: i64,
}

/// From which score on a lead is of a category, and its price.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tier {
    #[schema(minimum = 1, maximum = 200, example = 150)]
    pub from: i64,
    /// Dollars, in whole cents.
    #[schema(minimum = 0, maximum = 10000, example = 250.0)]
    pub price: f64,
}

/// The categories that are sold; what scores less is NURTURE, and free.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub struct Categories {
    pub platinum: Tier,
    pub gold: Tier,
    pub silver: Tier,
    pub bronze: Tier,
}

impl From<&Tiers> for Categories {
    fn from(tiers: &Tiers) -> Categories {
        let shown = |tier: rules::Tier| Tier { from: tier.from, price: tier.price.dollars() };
        Categories { platinum: shown(tiers.platinum), gold: shown(tiers.gold), silver: shown(tiers.silver), bronze: shown(tiers.bronze) }
    }
}

impl Categories {
    fn check(self) -> Outcome<Tiers> {
        let mut fields = Fields::default();
        let mut tier = |field: &'static str, tier: Tier| {
            let cents = (tier.price * 100.0).round();
            // Beyond any price that is allowed, numbers stop being exact.
            if (tier.price * 100.0 - cents).abs() > 1e-6 || cents.abs() > 1e12 {
                fields.reject(field, "must be dollars and whole cents");
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked above; out of range it saturates, and is refused")]
            rules::Tier { from: tier.from, price: Money(cents as i64) }
        };
        let tiers = Tiers {
            platinum: tier("categories.PLATINUM.price", self.platinum),
            gold: tier("categories.GOLD.price", self.gold),
            silver: tier("categories.SILVER.price", self.silver),
            bronze: tier("categories.BRONZE.price", self.bronze),
        };
        fields.finish()?;
        Ok(tiers)
    }
}

/// A version of the scoring model.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScoringVersionBody {
    #[schema(example = 2)]
    pub version: i64,
    /// `draft`, `published` or `retired`.
    #[schema(example = "draft")]
    pub status: &'static str,
    #[schema(value_type = ScoringWeights)]
    pub weights: rules::Weights,
    pub categories: Categories,
    pub note: Option<String>,
    /// Changes with each change of a draft; publishing names it.
    pub etag: String,
    pub created_by: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    #[schema(format = DateTime)]
    pub published_at: Option<String>,
}

impl From<ScoringVersion> for ScoringVersionBody {
    fn from(version: ScoringVersion) -> ScoringVersionBody {
        ScoringVersionBody {
            version: version.model.version,
            status: version.status.as_str(),
            categories: Categories::from(&version.model.tiers),
            weights: version.model.weights,
            note: version.note,
            etag: version.etag,
            created_by: version.created_by,
            created_at: stamp(version.created_at),
            updated_at: stamp(version.updated_at),
            published_at: version.published_at.map(stamp),
        }
    }
}

/// All versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoringVersions {
    pub published: ScoringVersionBody,
    pub draft: Option<ScoringVersionBody>,
    /// Those that were published before, the latest first.
    pub history: Vec<ScoringVersionBody>,
}

/// The scoring model that holds, its draft, and those that held before.
#[utoipa::path(get, path = "/api/admin/scoring", tag = "Admin", security(("admin" = [])), operation_id = "get_scoring", responses(
    (status = 200, description = "All versions", body = ScoringVersions),
))]
pub async fn get(State(state): State<AppState>, caller: AdminCaller) -> Answer<Json<ScoringVersions>> {
    let desk = scoring_versions::desk(&state.ctx, &caller.caller()).await?;
    Ok(Json(ScoringVersions {
        published: desk.published.into(),
        draft: desk.draft.map(Into::into),
        history: desk.history.into_iter().map(Into::into).collect(),
    }))
}

/// What the draft is to be: all of it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SaveScoringDraft {
    #[schema(value_type = ScoringWeights)]
    weights: rules::Weights,
    categories: Categories,
    #[schema(max_length = 500)]
    note: Option<String>,
}

/// A version that was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoringSaved {
    pub success: bool,
    pub version: ScoringVersionBody,
}

/// Make or replace the draft. Nothing is scored with it before it is published.
#[utoipa::path(put, path = "/api/admin/scoring/draft", tag = "Admin", security(("admin" = [])), operation_id = "save_scoring_draft",
    request_body = SaveScoringDraft, responses((status = 200, description = "Saved", body = ScoringSaved)))]
pub async fn save_draft(
    State(state): State<AppState>,
    caller: AdminCaller,
    Body(new): Body<SaveScoringDraft>,
) -> Answer<Json<ScoringSaved>> {
    let new = NewDraft { weights: new.weights, tiers: new.categories.check()?, note: new.note, seen: None };
    let draft = scoring_versions::save_draft(&state.ctx, &caller.caller(), &new).await?;
    Ok(Json(ScoringSaved { success: true, version: draft.into() }))
}

/// The draft is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoringDiscarded {
    pub success: bool,
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/api/admin/scoring/draft", tag = "Admin", security(("admin" = [])), operation_id = "discard_scoring_draft", responses(
    (status = 200, description = "It is gone", body = ScoringDiscarded),
    (status = 404, description = "There is no draft", body = super::error::ErrorBody),
))]
pub async fn discard_draft(State(state): State<AppState>, caller: AdminCaller) -> Answer<Json<ScoringDiscarded>> {
    scoring_versions::discard_draft(&state.ctx, &caller.caller()).await?;
    Ok(Json(ScoringDiscarded { success: true }))
}

/// Which draft to publish.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublishDraft {
    etag: Option<String>,
}

/// Which draft to publish.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what `PublishDraft` reads")]
pub struct PublishScoringDraft {
    /// The draft's, as it was last seen.
    etag: String,
}

/// Publish the draft: new leads are scored with it, older ones stay as they are.
#[utoipa::path(post, path = "/api/admin/scoring/draft/publish", tag = "Admin", security(("admin" = [])), operation_id = "publish_scoring_draft",
    request_body = PublishScoringDraft, responses(
    (status = 200, description = "Published", body = ScoringSaved),
    (status = 404, description = "There is no draft", body = super::error::ErrorBody),
    (status = 409, description = "The draft has been changed since", body = super::error::ErrorBody),
))]
pub async fn publish_draft(
    State(state): State<AppState>,
    caller: AdminCaller,
    Body(publish): Body<PublishDraft>,
) -> Answer<Json<ScoringSaved>> {
    let etag = publish.etag.filter(|e| !e.is_empty()).ok_or_else(|| Problem::invalid("etag", kernel::FieldError::REQUIRED))?;
    let published = scoring_versions::publish(&state.ctx, &caller.caller(), &etag).await?;
    Ok(Json(ScoringSaved { success: true, version: published.into() }))
}

/// The leads of one category.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryTally {
    #[schema(example = "PLATINUM")]
    pub category: &'static str,
    pub leads: i64,
    /// The sum of their prices, in dollars.
    pub value: f64,
    /// Of that, what was charged for: leads billed by a call, before credits, in dollars.
    pub revenue: f64,
}

/// Leads that would move from one category to another, or stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryMove {
    #[schema(example = "GOLD")]
    pub from: &'static str,
    #[schema(example = "PLATINUM")]
    pub to: &'static str,
    pub leads: i64,
}

/// The last 90 days as they were, and as they would have been.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScoringWhatIf {
    #[schema(format = DateTime)]
    pub from: String,
    #[schema(format = DateTime)]
    pub to: String,
    /// The draft that was tried.
    pub etag: String,
    pub leads: i64,
    /// Leads that would be of another category.
    pub changed: i64,
    pub before: Vec<CategoryTally>,
    pub after: Vec<CategoryTally>,
    /// Every pair of categories, also those without leads.
    pub matrix: Vec<CategoryMove>,
    /// Dollars, as all amounts.
    pub revenue_before: f64,
    pub revenue_after: f64,
    pub revenue_difference: f64,
}

impl From<WhatIf> for ScoringWhatIf {
    fn from(result: WhatIf) -> ScoringWhatIf {
        let (before, after) = (result.revenue_before(), result.revenue_after());
        let shown = |tallies: [Tally; 5]| {
            let with_name = Category::ALL.iter().zip(tallies);
            let tally = |(category, tally): (&Category, Tally)| CategoryTally {
                category: category.as_str(),
                leads: tally.leads,
                value: tally.value.dollars(),
                revenue: tally.revenue.dollars(),
            };
            with_name.map(tally).collect()
        };
        let matrix = Category::ALL.iter().zip(result.moves).flat_map(|(from, row)| {
            Category::ALL.iter().zip(row).map(|(to, leads)| CategoryMove { from: from.as_str(), to: to.as_str(), leads })
        });
        ScoringWhatIf {
            from: stamp(result.from),
            to: stamp(result.to),
            etag: result.etag,
            leads: result.leads,
            changed: result.changed,
            before: shown(result.before),
            after: shown(result.after),
            matrix: matrix.collect(),
            revenue_before: before.dollars(),
            revenue_after: after.dollars(),
            revenue_difference: (after - before).dollars(),
        }
    }
}

/// Try the draft on the leads of the last 90 days. Nothing is changed.
#[utoipa::path(post, path = "/api/admin/scoring/draft/what-if", tag = "Admin", security(("admin" = [])), operation_id = "try_scoring_draft", responses(
    (status = 200, description = "How they would have been scored, priced and charged", body = ScoringWhatIf),
    (status = 404, description = "There is no draft", body = super::error::ErrorBody),
))]
pub async fn what_if(State(state): State<AppState>, caller: AdminCaller) -> Answer<Json<ScoringWhatIf>> {
    Ok(Json(scoring_versions::what_if(&state.ctx, &caller.caller()).await?.into()))
}
