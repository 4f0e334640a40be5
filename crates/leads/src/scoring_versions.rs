//! Versions of the scoring model: a draft is tried on the leads of the last 90 days before it is published
//! (seed 000, Lead Scoring). Leads keep the version, the score and the price that they were taken in with.

#[cfg(feature = "ssr")]
use crate::lead::Category;
use crate::scoring::{ScoringModel, Tiers, Weights};
use chrono::{DateTime, Utc};
use kernel::{Money, text_enum};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod publishing;
#[cfg(feature = "ssr")]
pub use publishing::{current, desk, discard_draft, publish, save_draft, what_if};

text_enum! {
    /// What a version is for.
    pub enum VersionStatus {
        Draft => "draft" "Draft",
        Published => "published" "Published",
        Retired => "retired" "Retired",
    }
}

/// A version of the model, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoringVersion {
    pub model: ScoringModel,
    pub status: VersionStatus,
    pub note: Option<String>,
    /// Changes with each change of a draft.
    pub etag: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
}

/// All versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoringDesk {
    pub published: ScoringVersion,
    pub draft: Option<ScoringVersion>,
    /// Those that were published before, the latest first.
    pub history: Vec<ScoringVersion>,
}

/// What a draft is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDraft {
    pub weights: Weights,
    pub tiers: Tiers,
    /// At most 500 characters.
    pub note: Option<String>,
    /// The etag of the draft that the administrator saw, empty for none. `None` replaces any.
    pub seen: Option<String>,
}

/// How the last 90 days would have been with the draft. `before` is what the leads were scored when they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// The draft that was tried.
    pub etag: String,
    pub leads: i64,
    /// Leads that would be of another category.
    pub changed: i64,
    /// In the order of `Category::ALL`.
    pub before: [Tally; 5],
    pub after: [Tally; 5],
    /// Leads by category: rows are before, columns after, both in the order of `Category::ALL`.
    pub moves: [[i64; 5]; 5],
}

/// The leads of one category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub leads: i64,
    /// The sum of their prices.
    pub value: Money,
    /// Of that, what contractors were charged for: leads billed by a call, before credits. A lead that only the
    /// draft would sell adds nothing, for nobody knows what would have become of it.
    pub revenue: Money,
}

impl WhatIf {
    pub fn revenue_before(&self) -> Money {
        self.before.iter().map(|tally| tally.revenue).sum()
    }

    pub fn revenue_after(&self) -> Money {
        self.after.iter().map(|tally| tally.revenue).sum()
    }

    /// Counts one lead that was `before` and would be `after`.
    #[cfg(feature = "ssr")]
    fn count(&mut self, before: (Category, Money), after: (Category, Money), is_billed: bool) {
        let (from, to) = (place(before.0), place(after.0));
        self.leads += 1;
        self.changed += i64::from(from != to);
        self.moves[from][to] += 1;
        for (tally, price) in [(&mut self.before[from], before.1), (&mut self.after[to], after.1)] {
            tally.leads += 1;
            tally.value = tally.value + price;
            if is_billed {
                tally.revenue = tally.revenue + price;
            }
        }
    }
}

#[cfg(feature = "ssr")]
fn place(category: Category) -> usize {
    Category::ALL.iter().position(|c| *c == category).unwrap_or(0)
}
