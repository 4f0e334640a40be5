//! The points that each answer earns.

use super::Budget;
use crate::lead::{PropertyType, ServiceType, Timeline};
use serde::{Deserialize, Serialize};

/// The points that each answer earns. A stored score names the version of the model it was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    pub budget: BudgetWeights,
    pub timeline: TimelineWeights,
    pub property: PropertyWeights,
    /// For leaving an e-mail address.
    pub email: i64,
    pub service: ServiceWeights,
    /// For a ZIP code that an eligible contractor serves.
    pub zip: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetWeights {
    /// In rising order.
    pub steps: Vec<BudgetStep>,
    /// For any higher budget.
    pub above: i64,
    /// When the budget cannot be read.
    pub unknown: i64,
}

/// The points of budgets whose typical amount is below so many dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetStep {
    pub below: i64,
    pub points: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineWeights {
    pub emergency: i64,
    pub within_24_hours: i64,
    pub within_week: i64,
    pub flexible: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyWeights {
    pub commercial: i64,
    pub residential: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceWeights {
    pub emergency: i64,
    pub installation: i64,
    pub ac_repair: i64,
    pub heating_repair: i64,
    pub maintenance: i64,
}

impl Default for Weights {
    /// Decision 20: at most 200 in all; the document's sample body scores exactly 150. A budget that
    /// cannot pay for a visit costs points, so that the smallest jobs are NURTURE even where they
    /// could be served (decision 38: `0-100`, flexible, maintenance without mail).
    fn default() -> Weights {
        let step = |below, points| BudgetStep { below, points };
        Weights {
            budget: BudgetWeights {
                steps: vec![step(150, -10), step(250, 10), step(500, 20), step(1_500, 30), step(5_000, 40)],
                above: 50,
                unknown: -10,
            },
            timeline: TimelineWeights { emergency: 50, within_24_hours: 40, within_week: 25, flexible: 10 },
            property: PropertyWeights { commercial: 30, residential: 20 },
            email: 10,
            service: ServiceWeights { emergency: 40, installation: 35, ac_repair: 30, heating_repair: 30, maintenance: 15 },
            zip: 20,
        }
    }
}

impl Weights {
    pub(super) fn of_timeline(&self, timeline: Timeline) -> i64 {
        match timeline {
            Timeline::Emergency => self.timeline.emergency,
            Timeline::Within24Hours => self.timeline.within_24_hours,
            Timeline::WithinWeek => self.timeline.within_week,
            Timeline::Flexible => self.timeline.flexible,
        }
    }

    pub(super) fn of_property(&self, property: PropertyType) -> i64 {
        match property {
            PropertyType::Commercial => self.property.commercial,
            PropertyType::Residential => self.property.residential,
        }
    }

    pub(super) fn of_service(&self, service: ServiceType) -> i64 {
        match service {
            ServiceType::Emergency => self.service.emergency,
            ServiceType::Installation => self.service.installation,
            ServiceType::AcRepair => self.service.ac_repair,
            ServiceType::HeatingRepair => self.service.heating_repair,
            ServiceType::Maintenance => self.service.maintenance,
        }
    }

    pub(super) fn most_for_service(&self) -> i64 {
        ServiceType::ALL.iter().map(|service| self.of_service(*service)).max().unwrap_or(0)
    }

    pub(super) fn of_budget(&self, budget: Option<Budget>) -> i64 {
        let Some(budget) = budget else { return self.budget.unknown };
        let typical = budget.typical();
        self.budget.steps.iter().find(|step| typical < step.below).map_or(self.budget.above, |step| step.points)
    }

    /// Points by their fields, with the least and the most of each; the budget's are checked together.
    pub(crate) fn named(&self) -> [(&'static str, i64, i64, i64); 13] {
        let Weights { timeline, property, service, email, zip, .. } = self;
        [
            ("weights.timeline.emergency", timeline.emergency, 0, 50),
            ("weights.timeline.within_24_hours", timeline.within_24_hours, 0, 50),
            ("weights.timeline.within_week", timeline.within_week, 0, 50),
            ("weights.timeline.flexible", timeline.flexible, 0, 50),
            ("weights.property.commercial", property.commercial, 0, 30),
            ("weights.property.residential", property.residential, 0, 30),
            // These two are bonuses: without points they would not be factors.
            ("weights.email", *email, 1, 10),
            ("weights.zip", *zip, 1, 20),
            ("weights.service.emergency", service.emergency, 0, 40),
            ("weights.service.installation", service.installation, 0, 40),
            ("weights.service.ac_repair", service.ac_repair, 0, 40),
            ("weights.service.heating_repair", service.heating_repair, 0, 40),
            ("weights.service.maintenance", service.maintenance, 0, 40),
        ]
    }
}
