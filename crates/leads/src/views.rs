//! What the portals show: plain data without SQL, shared by server and browser.

use crate::billing::BillingStatus;
use crate::calls::CallStatus;
use crate::consent::ConsentView;
use crate::contractor::{ContractorStatus, Specialization};
use crate::lead::{Category, LeadStatus, PropertyType, ServiceType, Timeline};
use crate::scoring::Factor;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Order, Page, Phone, Zip};
use serde::{Deserialize, Serialize};

/// A lead with its contractor and tracking number, as lists and pages show it
/// (seed 000, Get Contractor Leads and Get All Leads).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadView {
    pub id: Id,
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
    pub status: LeadStatus,
    pub score: i64,
    pub category: Category,
    pub price: Money,
    /// Where it came from: `web`, `api`, `demo`, or a lead source's name.
    pub source: String,
    /// The first lead of the same request, when this is not the first.
    pub duplicate_of: Option<Id>,
    /// The lead that this one was merged into: it is no lead of its own any more.
    pub merged_into: Option<Id>,
    pub first_contact_at: Option<DateTime<Utc>>,
    pub qualified_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Whose it is now.
    pub assignment: Option<AssignmentView>,
    /// The active tracking number.
    pub tracking_number: Option<Phone>,
}

impl LeadView {
    pub fn customer_name(&self) -> String {
        format!("{} {}", self.customer_first_name, self.customer_last_name)
    }

    /// What the contractor dials: a call over the tracking number is seen, and counts.
    pub fn number_to_call(&self) -> &Phone {
        self.tracking_number.as_ref().unwrap_or(&self.customer_phone)
    }
}

/// Whose lead it is, since when, and until when first contact is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignmentView {
    pub contractor_id: Id,
    pub business_name: String,
    pub assigned_at: DateTime<Utc>,
    pub response_deadline: DateTime<Utc>,
    pub status: LeadStatus,
}

/// One step in a lead's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The event's word: `lead_submitted`, `lead_assigned` …
    pub kind: String,
    /// `customer`, `admin`, `contractor:<id>`, `twilio`, `system`.
    pub actor: String,
    pub at: DateTime<Utc>,
    pub data: serde_json::Value,
}

/// One call as its lead's page shows it (seed 000, Twilio Call Status).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    pub id: Id,
    pub call_sid: String,
    /// E.164, or whatever the provider sent when it is no US number.
    pub from: String,
    pub to: String,
    pub status: CallStatus,
    pub duration_seconds: Option<i64>,
    pub direction: Option<String>,
    pub recording_url: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// What a lead's call cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BillView {
    pub id: Id,
    pub amount: Money,
    /// The lead's price when it was billed.
    pub original_amount: Money,
    pub status: BillingStatus,
    pub incurred_at: DateTime<Utc>,
}

/// A lead's own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadPage {
    pub lead: LeadView,
    /// Why it scored what it did.
    pub factors: Vec<Factor>,
    /// Oldest first.
    pub history: Vec<HistoryEntry>,
    /// Newest first.
    pub calls: Vec<CallView>,
    pub bill: Option<BillView>,
    /// Evidence that the customer agreed; for administrators only.
    pub consent: Option<ConsentView>,
}

/// A partner who submits leads, and what became of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct LeadSourceView {
    pub id: Id,
    pub name: String,
    /// The first letters of its key.
    pub key_prefix: String,
    pub created_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// To the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    pub leads: i64,
    /// Of those, the ones that a contractor has.
    pub assigned: i64,
    pub qualified: i64,
    /// What their calls were billed, less credits.
    pub revenue: Money,
}

/// A contractor with their numbers (seed 000, Get All Contractors).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractorView {
    pub id: Id,
    pub business_name: String,
    pub contact_name: Option<String>,
    pub email: String,
    pub phone: Phone,
    pub status: ContractorStatus,
    pub is_approved: bool,
    pub approved_at: Option<DateTime<Utc>>,
    pub is_accepting_leads: bool,
    pub service_zip_codes: Vec<Zip>,
    pub specializations: Vec<Specialization>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
    /// The most leads a day, as the administrator sets it; `None` is any number.
    pub daily_cap: Option<i64>,
    /// The most leads a day that they want themselves. The lower of the two counts.
    pub own_daily_cap: Option<i64>,
    /// The share of leads in proportion to others' weights.
    pub weight: i64,
    /// Leads that wait for this contractor's work.
    pub open_leads: i64,
    pub total_leads: i64,
    pub qualified_leads: i64,
    /// Qualified of all leads, percent with one decimal (decision 38).
    pub conversion_rate: f64,
    /// Mean minutes from assignment to first contact; none before the first.
    pub average_response_time: Option<i64>,
    /// Mean of the customers' 1–5 with one decimal; none before the first.
    pub customer_rating: Option<f64>,
    /// Charges less credits.
    pub total_billed: Money,
    pub has_password: bool,
    pub created_at: DateTime<Utc>,
    /// When the application was refused, and why.
    pub rejected_at: Option<DateTime<Utc>>,
    pub rejection_reason: Option<String>,
    /// Why the account is suspended, when somebody said so. For administrators alone.
    pub suspension_reason: Option<String>,
}

/// The seven figures of a contractor's dashboard (seed 000, Get Contractor Dashboard).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContractorStats {
    pub total_leads: i64,
    pub leads_this_month: i64,
    /// Percent with one decimal.
    pub conversion_rate: f64,
    /// Mean minutes from assignment to first contact; none before the first.
    pub average_response_time: Option<i64>,
    /// Charges less credits.
    pub total_billed: Money,
    /// Charged and not paid.
    pub pending_payment: Money,
    /// 1–5, one decimal; none before the first.
    pub avg_customer_rating: Option<f64>,
}

/// A contractor's dashboard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContractorDashboard {
    pub stats: ContractorStats,
    /// The newest, at most ten.
    pub recent_leads: Vec<LeadView>,
}

/// A number of the pool (decision 27).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackingNumberView {
    pub id: Id,
    pub phone: Phone,
    pub status: TrackingStatus,
    pub lead_id: Option<Id>,
    pub customer_name: Option<String>,
    pub contractor_id: Option<Id>,
    pub business_name: Option<String>,
    pub assigned_at: Option<DateTime<Utc>>,
    pub expired_at: Option<DateTime<Utc>>,
}

kernel::text_enum! {
    /// What a tracking number does at the moment (seed 000, Recycle Tracking Numbers).
    pub enum TrackingStatus {
        Available => "available" "Available",
        Active => "active" "In use",
        Expired => "expired" "Resting",
    }
}

/// Which leads a list shows (seed 000, Get Contractor Leads and Get All Leads).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadFilter {
    pub status: Option<LeadStatus>,
    pub category: Option<Category>,
    pub contractor_id: Option<Id>,
    /// The first whole UTC day or exact time, inclusive.
    pub start_date: Option<DateTime<Utc>>,
    /// The time before which a lead must have been made: exclusive.
    /// For an inclusive day `D` (decision 31) pass the start of the next day.
    pub end_date: Option<DateTime<Utc>>,
    /// A phone number, an e-mail address, or the beginning of a name.
    pub q: Option<String>,
    /// Of the administrator's list alone.
    pub order: Order<LeadSort>,
    pub page: Page,
}

kernel::text_enum! {
    /// What the administrator's list of leads is sorted by.
    pub enum LeadSort {
        Received => "received" "Received",
        Price => "price" "Price",
        Score => "score" "Score",
    }
}

impl LeadFilter {
    pub fn of_page(page: Page) -> LeadFilter {
        LeadFilter {
            status: None,
            category: None,
            contractor_id: None,
            start_date: None,
            end_date: None,
            q: None,
            order: Order::down(LeadSort::Received),
            page,
        }
    }
}

/// Which contractors a list shows (seed 000, Get All Contractors).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractorFilter {
    pub status: Option<ContractorStatus>,
    pub is_approved: Option<bool>,
    pub zip_code: Option<Zip>,
    /// A part of the business name, the e-mail address or the phone.
    pub q: Option<String>,
    pub specialization: Option<Specialization>,
    /// Whether they take leads, or have paused.
    pub is_accepting: Option<bool>,
    pub order: Order<ContractorSort>,
    pub page: Page,
}

kernel::text_enum! {
    /// What a list of contractors is sorted by.
    pub enum ContractorSort {
        Created => "created" "Applied",
        Name => "name" "Name",
        Leads => "leads" "Leads",
        Charged => "charged" "Charged",
    }
}

impl ContractorFilter {
    pub fn of_page(page: Page) -> ContractorFilter {
        ContractorFilter {
            status: None,
            is_approved: None,
            zip_code: None,
            q: None,
            specialization: None,
            is_accepting: None,
            order: Order::down(ContractorSort::Created),
            page,
        }
    }
}

/// `part` of `whole` in percent with one decimal; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn percent(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 0.0 } else { (part as f64 * 1000.0 / whole as f64).round() / 10.0 }
}

/// Rounded to one decimal.
pub fn one_decimal(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// The mean rounded to a whole number; none of nothing.
pub fn mean(sum: i64, count: i64) -> Option<i64> {
    (count > 0).then(|| (sum + count / 2) / count)
}

#[cfg(test)]
mod tests {
    use super::{mean, percent};

    #[test]
    fn rates_have_one_decimal_and_never_divide_by_zero() {
        assert!((percent(2, 3) - 66.7).abs() < 1e-9);
        assert!(percent(1, 0).abs() < 1e-9);
        assert_eq!((mean(5, 2), mean(0, 2), mean(5, 0)), (Some(3), Some(0), None));
    }
}
