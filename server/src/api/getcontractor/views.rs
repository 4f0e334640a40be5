//! Data as the document shows it. More keys than documented are allowed; fewer are not.

use super::stamp;
use leads::views::{AssignmentView, ContractorView, LeadView, TrackingNumberView};
use serde::Serialize;
use utoipa::ToSchema;

/// A lead (seed 000, Get Contractor Leads and Get All Leads).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    pub id: String,
    pub customer_first_name: String,
    pub customer_last_name: String,
    /// Ten digits.
    #[schema(example = "5551234567")]
    pub customer_phone: String,
    pub customer_email: Option<String>,
    pub customer_address: Option<String>,
    pub customer_city: Option<String>,
    pub customer_state: Option<String>,
    #[schema(example = "90210")]
    pub customer_zip: String,
    #[schema(example = "ac_repair")]
    pub service_type: &'static str,
    pub service_description: Option<String>,
    #[schema(example = "within_24_hours")]
    pub timeline: &'static str,
    pub budget_range: String,
    pub property_type: &'static str,
    #[schema(example = "assigned")]
    pub status: &'static str,
    /// 0–200.
    pub score: i64,
    #[schema(example = "PLATINUM")]
    pub category: &'static str,
    /// Dollars.
    #[schema(example = 250.0)]
    pub price: f64,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub first_contact_at: Option<String>,
    #[schema(format = DateTime)]
    pub qualified_at: Option<String>,
    pub assignment: Option<Assignment>,
    /// Ten digits of the number that is tracked for this lead.
    pub tracking_number: Option<String>,
    /// Where it came from: `web`, `api`, or a lead source's name.
    #[schema(example = "web")]
    pub source: String,
    /// The first lead of the same request, when this is not the first.
    pub duplicate_of: Option<String>,
}

/// Whose lead it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    pub contractor: AssignedContractor,
    #[schema(format = DateTime)]
    pub assigned_at: String,
    #[schema(format = DateTime)]
    pub response_deadline: String,
    #[schema(example = "assigned")]
    pub status: &'static str,
}

/// The contractor of an assignment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignedContractor {
    pub id: String,
    pub business_name: String,
}

impl From<LeadView> for Lead {
    fn from(lead: LeadView) -> Lead {
        Lead {
            id: lead.id,
            customer_first_name: lead.customer_first_name,
            customer_last_name: lead.customer_last_name,
            customer_phone: lead.customer_phone.national().into(),
            customer_email: lead.customer_email,
            customer_address: lead.customer_address,
            customer_city: lead.customer_city,
            customer_state: lead.customer_state,
            customer_zip: lead.customer_zip.as_str().into(),
            service_type: lead.service_type.as_str(),
            service_description: lead.service_description,
            timeline: lead.timeline.as_str(),
            budget_range: lead.budget_range,
            property_type: lead.property_type.as_str(),
            status: lead.status.as_str(),
            score: lead.score,
            category: lead.category.as_str(),
            price: lead.price.dollars(),
            created_at: stamp(lead.created_at),
            first_contact_at: lead.first_contact_at.map(stamp),
            qualified_at: lead.qualified_at.map(stamp),
            assignment: lead.assignment.map(Assignment::from),
            tracking_number: lead.tracking_number.map(|p| p.national().into()),
            source: lead.source,
            duplicate_of: lead.duplicate_of,
        }
    }
}

impl From<AssignmentView> for Assignment {
    fn from(assignment: AssignmentView) -> Assignment {
        Assignment {
            contractor: AssignedContractor { id: assignment.contractor_id, business_name: assignment.business_name },
            assigned_at: stamp(assignment.assigned_at),
            response_deadline: stamp(assignment.response_deadline),
            status: assignment.status.as_str(),
        }
    }
}

/// A contractor with their numbers (seed 000, Contractor Login and Get All Contractors).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contractor {
    pub id: String,
    pub email: String,
    pub business_name: String,
    pub contact_name: Option<String>,
    /// Ten digits.
    #[schema(example = "5559876543")]
    pub phone: String,
    pub service_zip_codes: Vec<String>,
    pub specializations: Vec<&'static str>,
    #[schema(example = "active")]
    pub status: &'static str,
    pub is_approved: bool,
    pub is_accepting_leads: bool,
    #[schema(format = DateTime)]
    pub approved_at: Option<String>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
    /// Minutes from assignment to first contact, on average; 0 before the first.
    pub avg_response_time: i64,
    /// Percent, one decimal.
    pub conversion_rate: f64,
    /// 1–5, one decimal; null before the first rating.
    pub customer_rating: Option<f64>,
    pub total_leads: i64,
    /// Dollars.
    pub total_revenue: f64,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<ContractorView> for Contractor {
    fn from(contractor: ContractorView) -> Contractor {
        Contractor {
            id: contractor.id,
            email: contractor.email,
            business_name: contractor.business_name,
            contact_name: contractor.contact_name,
            phone: contractor.phone.national().into(),
            service_zip_codes: contractor.service_zip_codes.iter().map(|zip| zip.as_str().into()).collect(),
            specializations: contractor.specializations.iter().map(|s| s.as_str()).collect(),
            status: contractor.status.as_str(),
            is_approved: contractor.is_approved,
            is_accepting_leads: contractor.is_accepting_leads,
            approved_at: contractor.approved_at.map(stamp),
            license_number: contractor.license_number,
            website: contractor.website,
            about: contractor.about,
            avg_response_time: contractor.average_response_time.unwrap_or(0),
            conversion_rate: contractor.conversion_rate,
            customer_rating: contractor.customer_rating,
            total_leads: contractor.total_leads,
            total_revenue: contractor.total_billed.dollars(),
            created_at: stamp(contractor.created_at),
        }
    }
}

/// The contractor of a charge or dispute (seed 000, Get Billing Records).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Debtor {
    pub id: String,
    pub business_name: String,
    pub email: String,
}

impl From<leads::billing::Debtor> for Debtor {
    fn from(contractor: leads::billing::Debtor) -> Debtor {
        Debtor { id: contractor.id, business_name: contractor.business_name, email: contractor.email }
    }
}

/// The lead of a charge or dispute (seed 000, Get Billing Records).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BilledLead {
    pub id: String,
    pub customer_first_name: String,
    pub customer_last_name: String,
    /// Ten digits.
    #[schema(example = "5551234567")]
    pub customer_phone: String,
    pub customer_city: Option<String>,
    pub customer_state: Option<String>,
    #[schema(example = "ac_repair")]
    pub service_type: &'static str,
}

impl From<leads::billing::BilledLead> for BilledLead {
    fn from(lead: leads::billing::BilledLead) -> BilledLead {
        BilledLead {
            id: lead.id,
            customer_first_name: lead.customer_first_name,
            customer_last_name: lead.customer_last_name,
            customer_phone: lead.customer_phone.national().into(),
            customer_city: lead.customer_city,
            customer_state: lead.customer_state,
            service_type: lead.service_type.as_str(),
        }
    }
}

/// A number of the pool (decision 27).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackingNumber {
    pub id: String,
    /// Ten digits.
    #[schema(example = "5550001111")]
    pub phone_number: String,
    #[schema(example = "available")]
    pub status: &'static str,
    pub lead_id: Option<String>,
    pub contractor_id: Option<String>,
    #[schema(format = DateTime)]
    pub assigned_at: Option<String>,
    #[schema(format = DateTime)]
    pub expired_at: Option<String>,
}

impl From<TrackingNumberView> for TrackingNumber {
    fn from(number: TrackingNumberView) -> TrackingNumber {
        TrackingNumber {
            id: number.id,
            phone_number: number.phone.national().into(),
            status: number.status.as_str(),
            lead_id: number.lead_id,
            contractor_id: number.contractor_id,
            assigned_at: number.assigned_at.map(stamp),
            expired_at: number.expired_at.map(stamp),
        }
    }
}

/// One page of leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadList {
    pub leads: Vec<Lead>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// The figures of a contractor's dashboard (seed 000, Get Contractor Dashboard).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractorStats {
    pub total_leads: i64,
    pub leads_this_month: i64,
    /// Percent, one decimal.
    pub conversion_rate: f64,
    /// Minutes; 0 before the first.
    pub average_response_time: i64,
    /// Dollars.
    pub total_billed: f64,
    /// Dollars.
    pub pending_payment: f64,
    /// 1–5, one decimal; null before the first rating.
    pub avg_customer_rating: Option<f64>,
}

impl From<leads::views::ContractorStats> for ContractorStats {
    fn from(stats: leads::views::ContractorStats) -> ContractorStats {
        ContractorStats {
            total_leads: stats.total_leads,
            leads_this_month: stats.leads_this_month,
            conversion_rate: stats.conversion_rate,
            average_response_time: stats.average_response_time.unwrap_or(0),
            total_billed: stats.total_billed.dollars(),
            pending_payment: stats.pending_payment.dollars(),
            avg_customer_rating: stats.avg_customer_rating,
        }
    }
}

/// The figures of the admin's dashboard (seed 000, Admin Dashboard).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminStats {
    pub total_leads: i64,
    pub leads_today: i64,
    pub total_contractors: i64,
    pub active_contractors: i64,
    pub approved_contractors: i64,
    pub pending_contractors: i64,
    /// Dollars.
    pub total_revenue: f64,
    /// Dollars.
    pub revenue_this_month: f64,
    /// Dollars.
    pub pending_billing: f64,
    pub average_lead_score: i64,
    /// Percent, one decimal.
    pub conversion_rate: f64,
}

impl From<leads::admin_views::AdminStats> for AdminStats {
    fn from(stats: leads::admin_views::AdminStats) -> AdminStats {
        AdminStats {
            total_leads: stats.total_leads,
            leads_today: stats.leads_today,
            total_contractors: stats.total_contractors,
            active_contractors: stats.active_contractors,
            approved_contractors: stats.approved_contractors,
            pending_contractors: stats.pending_contractors,
            total_revenue: stats.total_revenue.dollars(),
            revenue_this_month: stats.revenue_this_month.dollars(),
            pending_billing: stats.pending_billing.dollars(),
            average_lead_score: stats.average_lead_score,
            conversion_rate: stats.conversion_rate,
        }
    }
}

/// Something that happened (seed 000, Admin Dashboard, recentActivity).
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    #[serde(rename = "type")]
    #[schema(example = "lead_submitted")]
    pub kind: String,
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    #[schema(format = DateTime)]
    pub timestamp: String,
}
