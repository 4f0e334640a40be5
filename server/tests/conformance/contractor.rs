//! Contractor Endpoints.

use super::Kind::{Endpoint, Error, Field, Key, Note, Parameter, Value};
use super::Section;

const LOGIN: &str = "api_contractors::a_contractor_registers_is_approved_and_logs_in";
const TOKEN: &str = "api_contractors::only_a_contractors_own_valid_token_opens_their_desk";
const DESK: &str = "api_contractors::the_dashboard_and_leads_are_as_documented";
const PAGES: &str = "api_contractors::own_leads_are_paged_and_filtered";
const STATUS: &str = "api_contractors::a_status_moves_forward_and_is_as_documented";
const PROFILE: &str = "api_contractors::a_profile_is_changed_in_part_and_is_as_documented";
const BILLING: &str = "api_billing::the_billing_history_is_as_documented";
const BILLING_FILTERS: &str = "api_billing::both_lists_filter_and_their_sums_follow";
const DISPUTE: &str = "api_disputes::a_dispute_goes_its_documented_way";
const REASONS: &str = "api_disputes::every_reason_is_taken_and_nothing_else";
const OTHER: &str = "api_disputes::every_reason_is_taken_and_nothing_else";
const DISPUTES: &str = "api_disputes::a_dispute_goes_its_documented_way";
const DISPUTE_FILTERS: &str = "api_disputes::every_resolution_answers_its_arithmetic";

pub const SECTIONS: &[Section] = &[
    Section {
        title: "Contractor Login",
        rows: &[
            (Endpoint, &["POST /api/contractors/login"], LOGIN),
            (Field, &["email", "password"], LOGIN),
            (
                Key,
                &[
                    "token",
                    "contractor.id",
                    "contractor.email",
                    "contractor.businessName",
                    "contractor.phone",
                    "contractor.serviceZipCodes",
                    "contractor.specializations",
                    "contractor.status",
                    "contractor.isApproved",
                    "contractor.isAcceptingLeads",
                ],
                LOGIN,
            ),
            (Error, &["wrong e-mail or password"], "api_contractors::wrong_logins_are_told_apart_from_incomplete_ones_only"),
        ],
    },
    Section {
        title: "Get Contractor Dashboard",
        rows: &[
            (Endpoint, &["GET /api/contractors/dashboard"], DESK),
            (Parameter, &["`Authorization: Bearer {token}`"], TOKEN),
            (
                Key,
                &[
                    "stats.totalLeads",
                    "stats.leadsThisMonth",
                    "stats.conversionRate",
                    "stats.averageResponseTime",
                    "stats.totalBilled",
                    "stats.pendingPayment",
                    "stats.avgCustomerRating",
                    "recentLeads.id",
                    "recentLeads.customerFirstName",
                    "recentLeads.customerLastName",
                    "recentLeads.customerPhone",
                    "recentLeads.customerCity",
                    "recentLeads.customerState",
                    "recentLeads.customerZip",
                    "recentLeads.serviceType",
                    "recentLeads.timeline",
                    "recentLeads.status",
                    "recentLeads.category",
                    "recentLeads.price",
                    "recentLeads.createdAt",
                ],
                DESK,
            ),
        ],
    },
    Section {
        title: "Get Contractor Leads",
        rows: &[
            (Endpoint, &["GET /api/contractors/leads"], DESK),
            (Parameter, &["`Authorization: Bearer {token}`"], TOKEN),
            (Parameter, &["status (optional)", "limit (optional, default 50)", "offset (optional, default 0)"], PAGES),
            (
                Value,
                &["status `pending_assignment`", "status `assigned`", "status `contacted`", "status `qualified`"],
                "api_conformance::every_documented_status_of_a_lead_filters",
            ),
            (
                Key,
                &[
                    "leads.id",
                    "leads.customerFirstName",
                    "leads.customerLastName",
                    "leads.customerPhone",
                    "leads.customerEmail",
                    "leads.customerAddress",
                    "leads.customerCity",
                    "leads.customerState",
                    "leads.customerZip",
                    "leads.serviceType",
                    "leads.serviceDescription",
                    "leads.timeline",
                    "leads.budgetRange",
                    "leads.propertyType",
                    "leads.status",
                    "leads.score",
                    "leads.category",
                    "leads.price",
                    "leads.createdAt",
                    "leads.assignment.assignedAt",
                    "leads.assignment.responseDeadline",
                    "leads.assignment.status",
                    "total",
                    "limit",
                    "offset",
                ],
                DESK,
            ),
        ],
    },
    Section {
        title: "Update Lead Status",
        rows: &[
            (Endpoint, &["PUT /api/contractors/leads/:leadId/status"], STATUS),
            (Parameter, &["`Authorization: Bearer {token}`"], TOKEN),
            (Parameter, &["leadId"], "api_contractors::another_contractors_lead_does_not_exist"),
            (Field, &["status"], STATUS),
            (Value, &["status `assigned`", "status `contacted`", "status `qualified`"], STATUS),
            (Key, &["success", "lead.id", "lead.status", "lead.firstContactAt"], STATUS),
        ],
    },
    Section {
        title: "Get Billing History",
        rows: &[
            (Endpoint, &["GET /api/contractors/billing"], BILLING),
            (
                Parameter,
                &["`Authorization: Bearer {token}`"],
                "api_access::every_operation_is_open_to_whom_the_table_says_and_to_nobody_else",
            ),
            (Parameter, &["startDate (optional)", "endDate (optional)", "status (optional)"], BILLING_FILTERS),
            (Value, &["status `pending`", "status `invoiced`", "status `paid`"], BILLING_FILTERS),
            (
                Key,
                &[
                    "billingRecords.id",
                    "billingRecords.leadId",
                    "billingRecords.amountOwed",
                    "billingRecords.status",
                    "billingRecords.dateIncurred",
                    "billingRecords.invoicedAt",
                    "billingRecords.paidAt",
                    "billingRecords.lead.customerFirstName",
                    "billingRecords.lead.customerLastName",
                    "billingRecords.lead.serviceType",
                    "billingRecords.lead.customerCity",
                    "billingRecords.lead.customerState",
                    "summary.totalBilled",
                    "summary.totalPaid",
                    "summary.totalPending",
                ],
                BILLING,
            ),
        ],
    },
    Section {
        title: "Submit Dispute",
        rows: &[
            (Endpoint, &["POST /api/contractors/billing/:recordId/dispute"], DISPUTE),
            (
                Parameter,
                &["`Authorization: Bearer {token}`"],
                "api_access::every_operation_is_open_to_whom_the_table_says_and_to_nobody_else",
            ),
            (Parameter, &["recordId"], DISPUTE),
            (Field, &["reason", "description"], DISPUTE),
            (
                Value,
                &[
                    "reason `invalid_phone`",
                    "reason `customer_no_contact`",
                    "reason `wrong_info`",
                    "reason `duplicate`",
                    "reason `out_of_area`",
                    "reason `other`",
                ],
                REASONS,
            ),
            (Note, &["`other` requires a description"], OTHER),
            (
                Key,
                &[
                    "success",
                    "dispute.id",
                    "dispute.billingRecordId",
                    "dispute.leadId",
                    "dispute.status",
                    "dispute.reason",
                    "dispute.description",
                    "dispute.submittedAt",
                ],
                DISPUTE,
            ),
        ],
    },
    Section {
        title: "Get Disputes",
        rows: &[
            (Endpoint, &["GET /api/contractors/disputes"], DISPUTES),
            (
                Parameter,
                &["`Authorization: Bearer {token}`"],
                "api_access::every_operation_is_open_to_whom_the_table_says_and_to_nobody_else",
            ),
            (Parameter, &["status (optional)"], DISPUTE_FILTERS),
            (Value, &["status `pending`", "status `under_review`", "status `approved`", "status `denied`"], DISPUTE_FILTERS),
            (
                Key,
                &[
                    "disputes.id",
                    "disputes.billingRecord.id",
                    "disputes.billingRecord.amountOwed",
                    "disputes.lead.customerFirstName",
                    "disputes.lead.customerLastName",
                    "disputes.lead.customerPhone",
                    "disputes.reason",
                    "disputes.description",
                    "disputes.status",
                    "disputes.submittedAt",
                ],
                DISPUTES,
            ),
        ],
    },
    Section {
        title: "Update Profile",
        rows: &[
            (Endpoint, &["PUT /api/contractors/profile"], PROFILE),
            (
                Parameter,
                &["`Authorization: Bearer {token}`"],
                "api_access::every_operation_is_open_to_whom_the_table_says_and_to_nobody_else",
            ),
            (Field, &["businessName", "phone", "serviceZipCodes", "specializations", "isAcceptingLeads"], PROFILE),
            (
                Key,
                &[
                    "success",
                    "contractor.id",
                    "contractor.businessName",
                    "contractor.phone",
                    "contractor.serviceZipCodes",
                    "contractor.specializations",
                    "contractor.isAcceptingLeads",
                ],
                PROFILE,
            ),
        ],
    },
];
