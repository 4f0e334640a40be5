//! A lead as a customer describes it (seed 000, Submit Lead).

use crate::consent::{Consent, NewConsent};
use chrono::Duration;
use kernel::{Fields, Money, Phone, Problem, Zip, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What the customer needs (seed 000, Submit Lead).
    pub enum ServiceType {
        AcRepair => "ac_repair" "AC repair",
        HeatingRepair => "heating_repair" "Heating repair",
        Installation => "installation" "New system installation",
        Maintenance => "maintenance" "Maintenance",
        Emergency => "emergency" "Emergency repair",
    }
}

text_enum! {
    /// How soon the customer needs it (seed 000, Submit Lead).
    pub enum Timeline {
        Emergency => "emergency" "Right now",
        Within24Hours => "within_24_hours" "Within 24 hours",
        WithinWeek => "within_week" "Within a week",
        Flexible => "flexible" "I am flexible",
    }
}

impl Timeline {
    /// How long a contractor has to make first contact (decision 23).
    pub fn response_time(self) -> Duration {
        Duration::hours(match self {
            Timeline::Emergency => 1,
            Timeline::Within24Hours => 12,
            Timeline::WithinWeek => 48,
            Timeline::Flexible => 72,
        })
    }
}

text_enum! {
    /// Whose building it is (seed 000, Submit Lead).
    pub enum PropertyType {
        Residential => "residential" "Home",
        Commercial => "commercial" "Business",
    }
}

text_enum! {
    /// How far a lead has come (seed 000, Update Lead Status).
    pub enum LeadStatus {
        PendingAssignment => "pending_assignment" "Waiting",
        Assigned => "assigned" "Assigned",
        Contacted => "contacted" "Contacted",
        Qualified => "qualified" "Qualified",
    }
}

impl LeadStatus {
    /// Whether a lead may move from this status to `next`: forward only; staying is allowed.
    pub fn can_become(self, next: LeadStatus) -> bool {
        use LeadStatus::{Assigned, Contacted, PendingAssignment, Qualified};
        self == next || matches!((self, next), (PendingAssignment, Assigned) | (Assigned, Contacted | Qualified) | (Contacted, Qualified))
    }
}

text_enum! {
    /// What a lead is worth (seed 000, Lead Scoring; decision 20: this table is normative).
    pub enum Category {
        Platinum => "PLATINUM" "Platinum",
        Gold => "GOLD" "Gold",
        Silver => "SILVER" "Silver",
        Bronze => "BRONZE" "Bronze",
        Nurture => "NURTURE" "Nurture",
    }
}

impl Category {
    /// What the contractor pays when the lead qualifies by a call, unless the administrator published other prices.
    pub const fn usual_price(self) -> Money {
        Money::from_dollars(match self {
            Category::Platinum => 250,
            Category::Gold => 175,
            Category::Silver => 125,
            Category::Bronze => 85,
            Category::Nurture => 0,
        })
    }

    /// Whether such leads are offered to contractors.
    pub const fn is_sold(self) -> bool {
        !matches!(self, Category::Nurture)
    }
}

/// A lead as it was typed: nothing is checked yet (seed 000, Submit Lead, Request Body).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewLead {
    pub customer_first_name: Option<String>,
    pub customer_last_name: Option<String>,
    pub customer_email: Option<String>,
    pub customer_phone: Option<String>,
    pub customer_address: Option<String>,
    pub customer_city: Option<String>,
    pub customer_state: Option<String>,
    pub customer_zip: Option<String>,
    pub service_type: Option<String>,
    pub service_description: Option<String>,
    pub timeline: Option<String>,
    pub budget_range: Option<String>,
    pub property_type: Option<String>,
    /// Evidence that the customer agreed to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<NewConsent>,
}

/// A lead whose every field is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadForm {
    pub customer_first_name: String,
    pub customer_last_name: String,
    pub customer_email: Option<String>,
    pub customer_phone: Phone,
    pub customer_address: Option<String>,
    pub customer_city: Option<String>,
    pub customer_state: Option<String>,
    pub customer_zip: Zip,
    pub service_type: ServiceType,
    pub service_description: Option<String>,
    pub timeline: Timeline,
    pub budget_range: String,
    pub property_type: PropertyType,
    pub consent: Option<Consent>,
}

impl NewLead {
    /// Checks every field. Errors: `Invalid` with all that are wrong, under their documented names.
    pub fn check(&self) -> Result<LeadForm, Problem> {
        let mut fields = Fields::default();
        let customer_first_name = fields.text("customerFirstName", self.customer_first_name.as_deref(), 100);
        let customer_last_name = fields.text("customerLastName", self.customer_last_name.as_deref(), 100);
        let customer_email = fields.optional_email("customerEmail", self.customer_email.as_deref());
        let phone = fields.phone("customerPhone", self.customer_phone.as_deref());
        let customer_address = fields.optional_text("customerAddress", self.customer_address.as_deref(), 200);
        let customer_city = fields.optional_text("customerCity", self.customer_city.as_deref(), 100);
        let customer_state = fields.optional_state("customerState", self.customer_state.as_deref());
        let zip = fields.zip("customerZip", self.customer_zip.as_deref());
        let service_type = fields.choice::<ServiceType>("serviceType", self.service_type.as_deref());
        let service_description = fields.optional_text("serviceDescription", self.service_description.as_deref(), 2000);
        let timeline = fields.choice::<Timeline>("timeline", self.timeline.as_deref());
        let budget_range = fields.text("budgetRange", self.budget_range.as_deref(), 60);
        let property_type = fields.choice::<PropertyType>("propertyType", self.property_type.as_deref());
        let consent = self.consent.as_ref().map(|consent| consent.check(&mut fields));
        let form = match (phone, zip, service_type, timeline, property_type) {
            (Some(customer_phone), Some(customer_zip), Some(service_type), Some(timeline), Some(property_type)) => Some(LeadForm {
                customer_first_name,
                customer_last_name,
                customer_email,
                customer_phone,
                customer_address,
                customer_city,
                customer_state,
                customer_zip,
                service_type,
                service_description,
                timeline,
                budget_range,
                property_type,
                consent,
            }),
            _ => None,
        };
        fields.finish_with(form)
    }

    /// The sample body of seed 000, Submit Lead.
    pub fn sample() -> NewLead {
        NewLead {
            customer_first_name: Some("John".into()),
            customer_last_name: Some("Smith".into()),
            customer_email: Some("john@example.com".into()),
            customer_phone: Some("5551234567".into()),
            customer_address: Some("123 Main St".into()),
            customer_city: Some("Beverly Hills".into()),
            customer_state: Some("CA".into()),
            customer_zip: Some("90210".into()),
            service_type: Some("ac_repair".into()),
            service_description: Some("AC not cooling properly".into()),
            timeline: Some("within_24_hours".into()),
            budget_range: Some("500-1000".into()),
            property_type: Some("residential".into()),
            consent: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::FieldError;

    #[test]
    fn an_empty_form_names_every_required_field() {
        let Err(Problem::Invalid(errors)) = NewLead::default().check() else { panic!("must be rejected") };
        let names: Vec<&str> = errors.iter().map(|e| e.field.as_ref()).collect();
        assert_eq!(
            names,
            [
                "customerFirstName",
                "customerLastName",
                "customerPhone",
                "customerZip",
                "serviceType",
                "timeline",
                "budgetRange",
                "propertyType"
            ]
        );
        assert!(errors.iter().all(|e| e.message == FieldError::REQUIRED));
    }

    #[test]
    fn the_sample_is_accepted_and_wrong_words_are_not() {
        let form = NewLead::sample().check().expect("the documented sample");
        assert_eq!(form.customer_phone.e164(), "+15551234567");
        let wrong = NewLead { timeline: Some("soon".into()), ..NewLead::sample() };
        let Err(Problem::Invalid(errors)) = wrong.check() else { panic!("must be rejected") };
        assert_eq!(errors[0].field, "timeline");
    }

    #[test]
    fn statuses_only_move_forward() {
        use LeadStatus::{Assigned, Contacted, PendingAssignment, Qualified};
        assert!(PendingAssignment.can_become(Assigned));
        assert!(Assigned.can_become(Contacted) && Assigned.can_become(Qualified) && Contacted.can_become(Qualified));
        assert!(!Qualified.can_become(Contacted) && !Contacted.can_become(Assigned) && !Assigned.can_become(PendingAssignment));
        assert!(!PendingAssignment.can_become(Qualified));
        assert!(LeadStatus::ALL.iter().all(|s| s.can_become(*s)));
    }
}
