//! How much a lead is worth, and why (seed 000, Lead Scoring; decision 20).

mod budget;
mod model;
mod weights;

pub use budget::{Budget, parse_budget};
pub use model::{Answers, ScoringModel, Tier, Tiers};
pub use weights::{BudgetStep, BudgetWeights, PropertyWeights, ServiceWeights, TimelineWeights, Weights};

use crate::lead::{Category, LeadForm, PropertyType, ServiceType, Timeline};
use kernel::Money;
use serde::{Deserialize, Serialize};

/// One reason for a score, with the points it gave of the most it could give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub label: String,
    pub points: i64,
    pub max: i64,
    /// A sentence for people.
    pub reason: String,
}

/// The label of the factor that says whether the ZIP code was served.
pub const SERVICE_AREA: &str = "Service area";

/// A score with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub total: i64,
    pub factors: Vec<Factor>,
    pub category: Category,
    /// What the contractor pays when the lead qualifies by a call.
    pub price: Money,
    /// The version of the model that it was made with.
    pub weights_version: i64,
}

/// Scores a lead. `zip_served`: at least one eligible contractor serves its ZIP (decision 20).
pub fn score(form: &LeadForm, zip_served: bool, model: &ScoringModel) -> Score {
    let weights = &model.weights;
    let budget = parse_budget(&form.budget_range);
    let factors = vec![
        Factor {
            label: "Budget".into(),
            points: weights.of_budget(budget),
            max: weights.budget.above,
            reason: match budget {
                Some(budget) if weights.of_budget(Some(budget)) < 0 => {
                    format!("The budget is {}, which hardly pays for a visit.", budget.describe())
                }
                Some(budget) => format!("The budget is {}; a higher one earns more.", budget.describe()),
                None => format!("The budget “{}” names no amount, so it earns the fewest points.", form.budget_range),
            },
        },
        Factor {
            label: "Timeline".into(),
            points: weights.of_timeline(form.timeline),
            max: weights.timeline.emergency,
            reason: match form.timeline {
                Timeline::Emergency => "The customer needs help right now.",
                Timeline::Within24Hours => "The customer needs help within 24 hours.",
                Timeline::WithinWeek => "The customer can wait up to a week.",
                Timeline::Flexible => "The customer is flexible about the date.",
            }
            .into(),
        },
        Factor {
            label: "Property".into(),
            points: weights.of_property(form.property_type),
            max: weights.property.commercial,
            reason: match form.property_type {
                PropertyType::Commercial => "It is a business property: larger systems, larger jobs.",
                PropertyType::Residential => "It is a home.",
            }
            .into(),
        },
        Factor {
            label: "E-mail".into(),
            points: if form.customer_email.is_some() { weights.email } else { 0 },
            max: weights.email,
            reason: match form.customer_email {
                Some(_) => "The customer left an e-mail address.",
                None => "The customer left no e-mail address.",
            }
            .into(),
        },
        Factor {
            label: "Service".into(),
            points: weights.of_service(form.service_type),
            max: weights.most_for_service(),
            reason: match form.service_type {
                ServiceType::Emergency => "An emergency repair is the most demanding work.",
                ServiceType::Installation => "A new system is a large job.",
                ServiceType::AcRepair => "An AC repair is skilled work.",
                ServiceType::HeatingRepair => "A heating repair is skilled work.",
                ServiceType::Maintenance => "Maintenance is routine work.",
            }
            .into(),
        },
        Factor {
            label: SERVICE_AREA.into(),
            points: if zip_served { weights.zip } else { 0 },
            max: weights.zip,
            reason: if zip_served {
                format!("A contractor for this work serves ZIP {}.", form.customer_zip)
            } else {
                format!("No contractor for this work serves ZIP {} yet.", form.customer_zip)
            },
        },
    ];
    let total = factors.iter().map(|f| f.points).sum();
    let (category, price) = model.tiers.of_score(total);
    Score { total, factors, category, price, weights_version: model.version }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::NewLead;
    use proptest::prelude::*;

    fn sample() -> LeadForm {
        NewLead::sample().check().expect("the documented sample")
    }

    #[test]
    fn the_documented_sample_scores_150_platinum() {
        let score = score(&sample(), true, &ScoringModel::default());
        assert_eq!((score.total, score.category, score.price.dollars()), (150, Category::Platinum, 250.0));
        assert_eq!(score.factors.iter().map(|f| f.points).collect::<Vec<_>>(), [30, 40, 20, 10, 30, 20]);
        assert_eq!(score.factors.iter().map(|f| f.max).sum::<i64>(), 200);
        assert!(score.factors.iter().all(|f| f.reason.ends_with('.')));
    }

    #[test]
    fn a_small_flexible_maintenance_without_mail_is_nurture() {
        let form = LeadForm {
            budget_range: "0-100".into(),
            timeline: Timeline::Flexible,
            service_type: ServiceType::Maintenance,
            customer_email: None,
            ..sample()
        };
        for served in [true, false] {
            assert_eq!(score(&form, served, &ScoringModel::default()).category, Category::Nurture, "served: {served}");
        }
    }

    #[test]
    fn every_category_is_reachable_and_a_higher_budget_never_scores_less() {
        let model = ScoringModel::default();
        let weights = &model.weights;
        let mut seen: Vec<Category> = Vec::new();
        for timeline in Timeline::ALL {
            for service in ServiceType::ALL {
                for email in [None, Some("a@b.example".to_owned())] {
                    for budget in ["0-100", "300-400", "500-1000", "2000-3000", "10000+"] {
                        for served in [false, true] {
                            let form = LeadForm {
                                timeline: *timeline,
                                service_type: *service,
                                customer_email: email.clone(),
                                budget_range: budget.into(),
                                ..sample()
                            };
                            seen.push(score(&form, served, &model).category);
                        }
                    }
                }
            }
        }
        assert!(Category::ALL.iter().all(|c| seen.contains(c)));
        let points =
            [5, 20, 100, 250, 400, 700, 1_400, 1_600, 4_000, 6_000, 90_000].map(|b| weights.of_budget(parse_budget(&b.to_string())));
        assert!(points.is_sorted());
        assert_eq!(weights.of_budget(None), points[0], "an unreadable budget scores the lowest");
    }

    fn any<T: Copy + std::fmt::Debug>(all: &'static [T]) -> impl Strategy<Value = T> {
        (0..all.len()).prop_map(|i| all[i])
    }

    proptest! {
        #[test]
        fn scores_stay_in_range_and_a_faster_timeline_scores_strictly_more(
            budget in ".{0,30}",
            service in any(ServiceType::ALL),
            property in any(PropertyType::ALL),
            email in proptest::bool::ANY,
            served in proptest::bool::ANY,
        ) {
            let model = ScoringModel::default();
            let mut last = i64::MAX;
            // Timeline::ALL runs from the fastest to the slowest.
            for timeline in Timeline::ALL {
                let form = LeadForm {
                    budget_range: budget.clone(),
                    service_type: service,
                    property_type: property,
                    customer_email: email.then(|| "a@b.example".to_owned()),
                    timeline: *timeline,
                    ..sample()
                };
                let result = score(&form, served, &model);
                prop_assert!((0..=200).contains(&result.total));
                prop_assert!(result.total < last);
                prop_assert_eq!(result.total, model.total(&Answers::of_form(&form, served)));
                prop_assert_eq!(result.total, result.factors.iter().map(|f| f.points).sum::<i64>());
                prop_assert!(result.factors.iter().all(|f| (-10..=f.max).contains(&f.points) && !f.reason.is_empty()));
                last = result.total;
            }
        }
    }
}
