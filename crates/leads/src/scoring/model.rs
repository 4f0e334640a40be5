//! What an administrator may change of scoring, and its rules: the weights of the answers, and the categories with their prices.

use super::{Budget, BudgetWeights, Weights, parse_budget};
use crate::lead::{Category, LeadForm, PropertyType, ServiceType, Timeline};
use kernel::{FieldError, Money, Problem};
use serde::{Deserialize, Serialize};

/// From which score on a lead is of a category, and what the contractor then pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    pub from: i64,
    pub price: Money,
}

/// The categories that are sold, the best first. What scores less is NURTURE, and free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiers {
    #[serde(rename = "PLATINUM")]
    pub platinum: Tier,
    #[serde(rename = "GOLD")]
    pub gold: Tier,
    #[serde(rename = "SILVER")]
    pub silver: Tier,
    #[serde(rename = "BRONZE")]
    pub bronze: Tier,
}

impl Default for Tiers {
    /// The table of seed 000, Lead Scoring (normative: decision 20).
    fn default() -> Tiers {
        let tier = |from, category: Category| Tier { from, price: category.usual_price() };
        Tiers {
            platinum: tier(150, Category::Platinum),
            gold: tier(120, Category::Gold),
            silver: tier(90, Category::Silver),
            bronze: tier(60, Category::Bronze),
        }
    }
}

impl Tiers {
    /// Each with its category, the best first.
    pub fn all(&self) -> [(Category, Tier); 4] {
        [(Category::Platinum, self.platinum), (Category::Gold, self.gold), (Category::Silver, self.silver), (Category::Bronze, self.bronze)]
    }

    /// The category of a score, and its price.
    pub fn of_score(&self, score: i64) -> (Category, Money) {
        let tier = self.all().into_iter().find(|(_, tier)| score >= tier.from);
        tier.map_or((Category::Nurture, Money::ZERO), |(category, tier)| (category, tier.price))
    }
}

/// All that turns a lead into a score, a category and a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoringModel {
    pub version: i64,
    pub weights: Weights,
    pub tiers: Tiers,
}

impl Default for ScoringModel {
    fn default() -> ScoringModel {
        ScoringModel { version: 1, weights: Weights::default(), tiers: Tiers::default() }
    }
}

/// What of a lead counts.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    pub budget: Option<Budget>,
    pub timeline: Timeline,
    pub property: PropertyType,
    pub service: ServiceType,
    pub has_email: bool,
    pub zip_served: bool,
}

impl Answers {
    pub fn of_form(form: &LeadForm, zip_served: bool) -> Answers {
        Answers {
            budget: parse_budget(&form.budget_range),
            timeline: form.timeline,
            property: form.property_type,
            service: form.service_type,
            has_email: form.customer_email.is_some(),
            zip_served,
        }
    }
}

impl ScoringModel {
    /// The score of these answers: 0–200.
    pub fn total(&self, answers: &Answers) -> i64 {
        let weights = &self.weights;
        let when = |given: bool, points: i64| if given { points } else { 0 };
        weights.of_budget(answers.budget)
            + weights.of_timeline(answers.timeline)
            + weights.of_property(answers.property)
            + when(answers.has_email, weights.email)
            + weights.of_service(answers.service)
            + when(answers.zip_served, weights.zip)
    }

    /// Checks a draft. The most points of each factor are decision 20's, so that no score is above 200;
    /// none is below 0. Errors: `Invalid` with every rule that is broken.
    pub fn check(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        self.check_budget(&mut errors);
        let Weights { timeline, property, .. } = &self.weights;
        for (field, points, least, most) in self.weights.named() {
            if !(least..=most).contains(&points) {
                errors.push(FieldError::new(field, format!("must be between {least} and {most}")));
            }
        }
        let faster = [timeline.emergency, timeline.within_24_hours, timeline.within_week, timeline.flexible];
        if !faster.windows(2).all(|pair| pair[0] > pair[1]) {
            errors.push(FieldError::new("weights.timeline", "must give each faster timeline more points"));
        }
        if property.commercial <= property.residential {
            errors.push(FieldError::new("weights.property.commercial", "must be more than residential"));
        }
        self.check_tiers(&mut errors);
        if errors.is_empty() {
            self.check_reach(&mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid(errors)) }
    }

    fn check_budget(&self, errors: &mut Vec<FieldError>) {
        /// What a budget that cannot pay for a visit may cost.
        const LEAST: i64 = -10;
        let BudgetWeights { steps, above, unknown } = &self.weights.budget;
        let mut reject = |field: &'static str, message: &str| errors.push(FieldError::new(field, message));
        if steps.len() > 20 || steps.iter().any(|step| !(1..=1_000_000_000).contains(&step.below)) {
            reject("weights.budget.steps", "must be at most 20 amounts of 1 to 1000000000 dollars");
        }
        if !steps.windows(2).all(|pair| pair[0].below < pair[1].below) {
            reject("weights.budget.steps", "must rise by their amounts");
        }
        let points: Vec<i64> = steps.iter().map(|step| step.points).chain([*above]).collect();
        if points.iter().chain([unknown]).any(|points| !(LEAST..=50).contains(points)) {
            reject("weights.budget", "must have points between -10 and 50");
        }
        if !points.is_sorted() {
            reject("weights.budget", "must give a higher budget at least as many points");
        }
        if points.iter().any(|points| unknown > points) {
            reject("weights.budget.unknown", "must not be more than a budget that can be read earns");
        }
    }

    fn check_tiers(&self, errors: &mut Vec<FieldError>) {
        let tiers = self.tiers.all();
        for (category, tier) in tiers {
            let field = |name: &str| format!("categories.{category}.{name}");
            if !(1..=200).contains(&tier.from) {
                errors.push(FieldError::new(field("from"), "must be between 1 and 200"));
            }
            if !(Money::ZERO..=Money::from_dollars(10_000)).contains(&tier.price) {
                errors.push(FieldError::new(field("price"), "must be between 0 and 10000 dollars"));
            }
        }
        if !tiers.windows(2).all(|pair| pair[0].1.from > pair[1].1.from) {
            errors.push(FieldError::new("categories", "must need strictly fewer points from PLATINUM down to BRONZE"));
        }
    }

    /// Tries every combination of answers.
    fn check_reach(&self, errors: &mut Vec<FieldError>) {
        let amounts = self.weights.budget.steps.iter().map(|step| Some(step.below - 1)).chain([Some(i64::MAX), None]);
        let (mut seen, mut least) = (Vec::new(), i64::MAX);
        for amount in amounts {
            let budget = amount.map(|amount| Budget { from: Some(amount), to: Some(amount) });
            for &timeline in Timeline::ALL {
                for &property in PropertyType::ALL {
                    for &service in ServiceType::ALL {
                        for (has_email, zip_served) in [(false, false), (false, true), (true, false), (true, true)] {
                            let total = self.total(&Answers { budget, timeline, property, service, has_email, zip_served });
                            least = least.min(total);
                            seen.push(self.tiers.of_score(total).0);
                        }
                    }
                }
            }
        }
        if least < 0 {
            errors.push(FieldError::new("weights", "must not let a score fall below 0"));
        }
        for category in Category::ALL.iter().filter(|category| !seen.contains(category)) {
            errors.push(FieldError::new("categories", format!("must be reachable: no answers make {category}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::ServiceWeights;

    fn refused(change: impl Fn(&mut ScoringModel)) -> Vec<String> {
        let mut model = ScoringModel::default();
        change(&mut model);
        match model.check() {
            Ok(()) => Vec::new(),
            Err(Problem::Invalid(errors)) => errors.iter().map(ToString::to_string).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_category_table_holds_at_its_edges() {
        let tiers = Tiers::default();
        for (score, category, dollars) in [
            (200, Category::Platinum, 250),
            (150, Category::Platinum, 250),
            (149, Category::Gold, 175),
            (120, Category::Gold, 175),
            (119, Category::Silver, 125),
            (90, Category::Silver, 125),
            (89, Category::Bronze, 85),
            (60, Category::Bronze, 85),
            (59, Category::Nurture, 0),
            (0, Category::Nurture, 0),
        ] {
            assert_eq!(tiers.of_score(score), (category, Money::from_dollars(dollars)), "{score}");
        }
    }

    #[test]
    fn every_broken_rule_of_a_draft_is_told() {
        assert!(refused(|_| {}).is_empty());
        type Spoil = fn(&mut ScoringModel);
        let told: &[(Spoil, &str)] = &[
            (|m| m.weights.timeline.emergency = 51, "weights.timeline.emergency must be between 0 and 50"),
            (|m| m.weights.timeline.flexible = -1, "weights.timeline.flexible must be between 0 and 50"),
            (|m| m.weights.timeline.within_24_hours = 50, "weights.timeline must give each faster timeline more points"),
            (|m| m.weights.property.commercial = 31, "weights.property.commercial must be between 0 and 30"),
            (|m| m.weights.property.residential = 30, "weights.property.commercial must be more than residential"),
            (|m| m.weights.email = 0, "weights.email must be between 1 and 10"),
            (|m| m.weights.email = 11, "weights.email must be between 1 and 10"),
            (|m| m.weights.zip = 21, "weights.zip must be between 1 and 20"),
            (|m| m.weights.service.maintenance = 41, "weights.service.maintenance must be between 0 and 40"),
            (|m| m.weights.budget.above = 51, "weights.budget must have points between -10 and 50"),
            (|m| m.weights.budget.unknown = 0, "weights.budget.unknown must not be more"),
            (|m| m.weights.budget.steps[1].points = 45, "weights.budget must give a higher budget at least as many points"),
            (|m| m.weights.budget.steps[1].below = 100, "weights.budget.steps must rise by their amounts"),
            (|m| m.weights.budget.steps[0].below = 0, "weights.budget.steps must be at most 20 amounts"),
            (|m| m.tiers.gold.from = 150, "categories must need strictly fewer points"),
            (|m| m.tiers.bronze.from = 0, "categories.BRONZE.from must be between 1 and 200"),
            (|m| m.tiers.silver.price = Money(-1), "categories.SILVER.price must be between 0 and 10000 dollars"),
            (|m| m.tiers.bronze.from = 5, "categories must be reachable: no answers make NURTURE"),
        ];
        for (change, expected) in told {
            let errors = refused(change);
            assert!(errors.iter().any(|e| e.starts_with(expected)), "{expected}: {errors:?}");
        }
    }

    #[test]
    fn a_model_whose_best_score_is_below_platinum_is_refused() {
        let errors = refused(|m| {
            m.weights.budget = BudgetWeights { steps: Vec::new(), above: 0, unknown: 0 };
            m.weights.service = ServiceWeights { emergency: 1, installation: 1, ac_repair: 1, heating_repair: 1, maintenance: 0 };
        });
        assert!(errors.iter().any(|e| e.contains("no answers make PLATINUM")), "{errors:?}");
    }

    #[test]
    fn stored_models_are_read_again() {
        let model = ScoringModel::default();
        let weights: Weights = serde_json::from_value(serde_json::to_value(&model.weights).expect("JSON")).expect("read");
        let tiers: Tiers = serde_json::from_value(serde_json::to_value(&model.tiers).expect("JSON")).expect("read");
        assert_eq!((weights, tiers), (model.weights, model.tiers));
    }
}
