//! How much a lead is worth, and why (seed 000, Lead Scoring; decision 20).

use crate::lead::{Category, LeadForm, PropertyType, ServiceType, Timeline};
use serde::{Deserialize, Serialize};

/// The points that each answer earns. Stored scores name the version they were made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    pub version: i64,
    /// Points for budgets whose typical amount is below so many dollars, in rising order.
    pub budget: Vec<(i64, i64)>,
    /// Points for any higher budget.
    pub budget_max: i64,
    /// Points when the budget cannot be read.
    pub budget_unknown: i64,
    pub emergency: i64,
    pub within_24_hours: i64,
    pub within_week: i64,
    pub flexible: i64,
    pub commercial: i64,
    pub residential: i64,
    pub email: i64,
    pub service_emergency: i64,
    pub installation: i64,
    pub ac_repair: i64,
    pub heating_repair: i64,
    pub maintenance: i64,
    pub zip_served: i64,
}

impl Default for Weights {
    /// Decision 20: at most 200 in all; the document's sample body scores exactly 150. A budget that
    /// cannot pay for a visit costs points, so that the smallest jobs are NURTURE even where they
    /// could be served (decision 38: `0-100`, flexible, maintenance without mail).
    fn default() -> Weights {
        Weights {
            version: 1,
            budget: vec![(150, -10), (250, 10), (500, 20), (1_500, 30), (5_000, 40)],
            budget_max: 50,
            budget_unknown: -10,
            emergency: 50,
            within_24_hours: 40,
            within_week: 25,
            flexible: 10,
            commercial: 30,
            residential: 20,
            email: 10,
            service_emergency: 40,
            installation: 35,
            ac_repair: 30,
            heating_repair: 30,
            maintenance: 15,
            zip_served: 20,
        }
    }
}

impl Weights {
    fn of_timeline(&self, timeline: Timeline) -> i64 {
        match timeline {
            Timeline::Emergency => self.emergency,
            Timeline::Within24Hours => self.within_24_hours,
            Timeline::WithinWeek => self.within_week,
            Timeline::Flexible => self.flexible,
        }
    }

    fn of_property(&self, property: PropertyType) -> i64 {
        match property {
            PropertyType::Commercial => self.commercial,
            PropertyType::Residential => self.residential,
        }
    }

    fn of_service(&self, service: ServiceType) -> i64 {
        match service {
            ServiceType::Emergency => self.service_emergency,
            ServiceType::Installation => self.installation,
            ServiceType::AcRepair => self.ac_repair,
            ServiceType::HeatingRepair => self.heating_repair,
            ServiceType::Maintenance => self.maintenance,
        }
    }

    fn of_budget(&self, budget: Option<Budget>) -> i64 {
        let Some(budget) = budget else { return self.budget_unknown };
        let typical = budget.typical();
        self.budget.iter().find(|(below, _)| typical < *below).map_or(self.budget_max, |(_, points)| *points)
    }
}

/// One reason for a score, with the points it gave of the most it could give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub label: String,
    pub points: i64,
    pub max: i64,
    /// A sentence for people.
    pub reason: String,
}

/// A score with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub total: i64,
    pub factors: Vec<Factor>,
    pub category: Category,
    pub weights_version: i64,
}

/// Scores a lead. `zip_served`: at least one eligible contractor serves its ZIP (decision 20).
pub fn score(form: &LeadForm, zip_served: bool, weights: &Weights) -> Score {
    let budget = parse_budget(&form.budget_range);
    let factors = vec![
        Factor {
            label: "Budget".into(),
            points: weights.of_budget(budget),
            max: weights.budget_max,
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
            max: weights.emergency,
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
            max: weights.commercial,
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
            max: weights.service_emergency,
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
            label: "Service area".into(),
            points: if zip_served { weights.zip_served } else { 0 },
            max: weights.zip_served,
            reason: if zip_served {
                format!("A contractor for this work serves ZIP {}.", form.customer_zip)
            } else {
                format!("No contractor for this work serves ZIP {} yet.", form.customer_zip)
            },
        },
    ];
    let total = factors.iter().map(|f| f.points).sum();
    Score { total, factors, category: Category::of_score(total), weights_version: weights.version }
}

/// A budget in whole dollars; an open end is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Budget {
    /// The amount that stands for the range: its middle, or its one end.
    pub fn typical(self) -> i64 {
        match (self.from, self.to) {
            (Some(from), Some(to)) => from.midpoint(to),
            (Some(from), None) => from,
            // "Under 500" can be anything below.
            (None, Some(to)) => to / 2,
            (None, None) => 0,
        }
    }

    fn describe(self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("${from}"),
            (Some(from), Some(to)) => format!("${from} to ${to}"),
            (Some(from), None) => format!("${from} or more"),
            (None, Some(to)) => format!("under ${to}"),
            (None, None) => "open".into(),
        }
    }
}

/// Reads budgets as people write them: `500-1000`, `$1,000–$2,500`, `5000+`, `under 500`, `2k to 3k`.
/// What cannot be read is `None`, never an error (decision 20).
pub fn parse_budget(text: &str) -> Option<Budget> {
    let lower = text.to_lowercase();
    let amounts = amounts_in(&lower);
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match amounts.as_slice() {
        [] => None,
        [one] if has(&["under", "less", "below", "up to", "upto", "up_to", "max", "at most", "<", "≤"]) => {
            Some(Budget { from: None, to: Some(*one) })
        }
        [one] if has(&["+", "over", "more", "above", "min", "at least", "at_least", "from", "plus", ">", "≥"]) => {
            Some(Budget { from: Some(*one), to: None })
        }
        [one] => Some(Budget { from: Some(*one), to: Some(*one) }),
        [a, b, ..] => Some(Budget { from: Some(*a.min(b)), to: Some(*a.max(b)) }),
    }
}

/// The dollar amounts in a text, in order. Thousands separators, cents and a `k` are understood;
/// an amount beyond a billion counts as a billion.
fn amounts_in(text: &str) -> Vec<i64> {
    const MOST: i64 = 1_000_000_000;
    let mut amounts = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(first) = c.to_digit(10) else { continue };
        let mut amount = i64::from(first);
        // Digits after a decimal point, as thousandths.
        let (mut thousandths, mut unit) = (0, 0);
        while let Some(next) = chars.peek().copied() {
            if let Some(digit) = next.to_digit(10) {
                if unit == 0 {
                    amount = (amount * 10 + i64::from(digit)).min(MOST);
                } else {
                    thousandths += i64::from(digit) * (unit / 10);
                    unit /= 10;
                    if unit == 0 {
                        unit = 1;
                    }
                }
            } else if next == '.' && unit == 0 {
                unit = 1000;
            } else if next != ',' {
                break;
            }
            chars.next();
        }
        if chars.peek() == Some(&'k') {
            amount = (amount * 1000 + thousandths).min(MOST);
            chars.next();
        }
        amounts.push(amount);
    }
    amounts
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
        let score = score(&sample(), true, &Weights::default());
        assert_eq!((score.total, score.category, score.category.price().dollars()), (150, Category::Platinum, 250.0));
        assert_eq!(score.factors.iter().map(|f| f.points).collect::<Vec<_>>(), [30, 40, 20, 10, 30, 20]);
        assert_eq!(score.factors.iter().map(|f| f.max).sum::<i64>(), 200);
        assert!(score.factors.iter().all(|f| f.reason.ends_with('.')));
    }

    #[test]
    fn budgets_are_read_as_people_write_them() {
        let range = |from, to| Some(Budget { from, to });
        for (text, budget) in [
            ("500-1000", range(Some(500), Some(1000))),
            ("$1,000–$2,500", range(Some(1000), Some(2500))),
            ("$1,000 to $2,500", range(Some(1000), Some(2500))),
            ("2500-1000", range(Some(1000), Some(2500))),
            ("5000+", range(Some(5000), None)),
            ("over $10,000", range(Some(10000), None)),
            ("under 500", range(None, Some(500))),
            ("<500", range(None, Some(500))),
            ("1.5k-3k", range(Some(1500), Some(3000))),
            ("$750.50", range(Some(750), Some(750))),
            ("99999999999999999999", range(Some(1_000_000_000), Some(1_000_000_000))),
            ("0-100", range(Some(0), Some(100))),
            ("no idea", None),
            ("", None),
        ] {
            assert_eq!(parse_budget(text), budget, "{text}");
        }
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
            assert_eq!(score(&form, served, &Weights::default()).category, Category::Nurture, "served: {served}");
        }
    }

    #[test]
    fn every_category_is_reachable_and_a_higher_budget_never_scores_less() {
        let weights = Weights::default();
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
                            seen.push(score(&form, served, &weights).category);
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
            let weights = Weights::default();
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
                let result = score(&form, served, &weights);
                prop_assert!((0..=200).contains(&result.total));
                prop_assert!(result.total < last);
                prop_assert_eq!(result.total, result.factors.iter().map(|f| f.points).sum::<i64>());
                prop_assert!(result.factors.iter().all(|f| (-10..=f.max).contains(&f.points) && !f.reason.is_empty()));
                last = result.total;
            }
        }
    }
}
