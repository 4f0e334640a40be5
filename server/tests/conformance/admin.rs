//! Admin Endpoints.

use super::Kind::{Endpoint, Field, Key, Note, Parameter, Value};
use super::Section;

const ADMIN: &str = "api_admin::only_the_administrator_enters";
const ACCESS: &str = "api_access::every_operation_is_open_to_whom_the_table_says_and_to_nobody_else";
const LISTS: &str = "api_admin::the_admins_lists_are_as_documented";
const FILTERS: &str = "api_admin::the_admin_filters_leads_and_contractors";
const DEFAULTS: &str = "api_conformance::the_admins_lists_have_the_documented_defaults";
const APPROVE: &str = "api_contractors::a_contractor_registers_is_approved_and_logs_in";
const ONBOARDING: &str = "use_cases/accounts::joining_approval_and_the_first_password";
const BACKUP: &str = "api_backup::the_status_is_as_documented_and_counts_what_is_there";
const BILLING: &str = "api_billing::the_admins_records_and_changes_are_as_documented";
const BILLING_FILTERS: &str = "api_billing::both_lists_filter_and_their_sums_follow";
const UPDATE: &str = "api_billing::the_admins_records_and_changes_are_as_documented";
const FORWARD: &str = "use_cases/billing::a_record_moves_forward_and_the_ledger_with_it";
const DISPUTES: &str = "api_disputes::a_dispute_goes_its_documented_way";
const DISPUTE_FILTERS: &str = "api_disputes::every_resolution_answers_its_arithmetic";
const RESOLVE: &str = "api_disputes::a_dispute_goes_its_documented_way";
const RESOLUTIONS: &str = "api_disputes::every_resolution_answers_its_arithmetic";
const EXPORT_LEADS: &str = "api_export::the_files_are_as_documented";
const EXPORT_CONTRACTORS: &str = "api_export::the_files_are_as_documented";
const EXPORT_BILLING: &str = "api_export::the_files_are_as_documented";
const EXPORT_FILTERS: &str = "api_export::the_filters_choose_and_wrong_ones_are_refused";
const BOUNCED: &str = "inbound_sendgrid::the_documented_event_holds_back_mail_until_the_administrator_lifts_that";

const BASIC: &[&str] = &["`Authorization: Basic {credentials}`"];

pub const SECTIONS: &[Section] = &[
    Section {
        title: "Admin Dashboard",
        rows: &[
            (Endpoint, &["GET /api/admin/dashboard"], LISTS),
            (Parameter, BASIC, ADMIN),
            (
                Key,
                &[
                    "stats.totalLeads",
                    "stats.leadsToday",
                    "stats.totalContractors",
                    "stats.activeContractors",
                    "stats.approvedContractors",
                    "stats.pendingContractors",
                    "stats.totalRevenue",
                    "stats.revenueThisMonth",
                    "stats.pendingBilling",
                    "stats.averageLeadScore",
                    "stats.conversionRate",
                    "recentActivity.type",
                    "recentActivity.data.leadId",
                    "recentActivity.data.customerName",
                    "recentActivity.data.category",
                    "recentActivity.data.price",
                    "recentActivity.timestamp",
                ],
                LISTS,
            ),
            (Value, &["type `lead_submitted`"], LISTS),
        ],
    },
    Section {
        title: "Get All Leads",
        rows: &[
            (Endpoint, &["GET /api/admin/leads"], LISTS),
            (Parameter, BASIC, ACCESS),
            (
                Parameter,
                &["status (optional)", "category (optional)", "contractorId (optional)", "startDate (optional)", "endDate (optional)"],
                FILTERS,
            ),
            (Parameter, &["limit (optional, default 100)", "offset (optional)"], DEFAULTS),
            (
                Value,
                &["category `PLATINUM`", "category `GOLD`", "category `SILVER`", "category `BRONZE`", "category `NURTURE`"],
                "api_conformance::every_documented_category_filters",
            ),
            (
                Key,
                &[
                    "leads.id",
                    "leads.customerFirstName",
                    "leads.customerLastName",
                    "leads.customerPhone",
                    "leads.customerEmail",
                    "leads.customerCity",
                    "leads.customerState",
                    "leads.customerZip",
                    "leads.serviceType",
                    "leads.timeline",
                    "leads.status",
                    "leads.score",
                    "leads.category",
                    "leads.price",
                    "leads.assignment.contractor.id",
                    "leads.assignment.contractor.businessName",
                    "leads.assignment.assignedAt",
                    "leads.createdAt",
                    "total",
                    "limit",
                    "offset",
                ],
                LISTS,
            ),
        ],
    },
    Section {
        title: "Get All Contractors",
        rows: &[
            (Endpoint, &["GET /api/admin/contractors"], LISTS),
            (Parameter, BASIC, ACCESS),
            (Parameter, &["status (optional)", "isApproved (optional)", "zipCode (optional)"], FILTERS),
            (
                Value,
                &["status `active`", "status `inactive`", "status `suspended`", "isApproved `true`", "isApproved `false`"],
                "api_conformance::every_documented_state_of_a_contractor_filters",
            ),
            (
                Key,
                &[
                    "contractors.id",
                    "contractors.businessName",
                    "contractors.email",
                    "contractors.phone",
                    "contractors.serviceZipCodes",
                    "contractors.specializations",
                    "contractors.status",
                    "contractors.isApproved",
                    "contractors.isAcceptingLeads",
                    "contractors.avgResponseTime",
                    "contractors.conversionRate",
                    "contractors.customerRating",
                    "contractors.totalLeads",
                    "contractors.totalRevenue",
                    "contractors.createdAt",
                    "total",
                ],
                LISTS,
            ),
        ],
    },
    Section {
        title: "Approve Contractor",
        rows: &[
            (Endpoint, &["POST /api/admin/contractors/:contractorId/approve"], APPROVE),
            (Parameter, BASIC, ACCESS),
            (Parameter, &["contractorId"], APPROVE),
            (Key, &["success", "message", "contractor.id", "contractor.isApproved", "contractor.status", "contractor.approvedAt"], APPROVE),
            (Note, &["Automatically sends onboarding email with login credentials (a link that sets the password)"], ONBOARDING),
            (Note, &["Activates contractor account"], APPROVE),
            (Note, &["Contractor can now receive leads"], "use_cases/intake::a_lead_nobody_can_take_waits_until_somebody_can"),
        ],
    },
    Section {
        title: "Get Billing Records",
        rows: &[
            (Endpoint, &["GET /api/admin/billing"], BILLING),
            (Parameter, BASIC, ACCESS),
            (
                Parameter,
                &[
                    "status (optional)",
                    "contractorId (optional)",
                    "startDate (optional)",
                    "endDate (optional)",
                    "limit (optional, default 100)",
                    "offset (optional)",
                ],
                BILLING_FILTERS,
            ),
            (Value, &["status `pending`", "status `invoiced`", "status `paid`"], BILLING_FILTERS),
            (
                Key,
                &[
                    "billingRecords.id",
                    "billingRecords.contractor.id",
                    "billingRecords.contractor.businessName",
                    "billingRecords.contractor.email",
                    "billingRecords.lead.id",
                    "billingRecords.lead.customerFirstName",
                    "billingRecords.lead.customerLastName",
                    "billingRecords.lead.customerPhone",
                    "billingRecords.lead.customerCity",
                    "billingRecords.lead.customerState",
                    "billingRecords.lead.serviceType",
                    "billingRecords.amountOwed",
                    "billingRecords.status",
                    "billingRecords.dateIncurred",
                    "billingRecords.invoicedAt",
                    "billingRecords.paidAt",
                    "billingRecords.invoiceNumber",
                    "summary.totalRevenue",
                    "summary.pendingBilling",
                    "summary.invoicedNotPaid",
                    "summary.totalPaid",
                    "total",
                    "limit",
                    "offset",
                ],
                BILLING,
            ),
        ],
    },
    Section {
        title: "Update Billing Record",
        rows: &[
            (Endpoint, &["PUT /api/admin/billing/:recordId"], UPDATE),
            (Parameter, BASIC, ACCESS),
            (Parameter, &["recordId"], UPDATE),
            (Field, &["status", "invoiceNumber", "notes"], UPDATE),
            (Value, &["status `pending`", "status `invoiced`", "status `paid`"], FORWARD),
            (
                Key,
                &[
                    "success",
                    "billingRecord.id",
                    "billingRecord.status",
                    "billingRecord.invoiceNumber",
                    "billingRecord.invoicedAt",
                    "billingRecord.notes",
                ],
                UPDATE,
            ),
        ],
    },
    Section {
        title: "Get Disputes (admin)",
        rows: &[
            (Endpoint, &["GET /api/admin/disputes"], DISPUTES),
            (Parameter, BASIC, ACCESS),
            (Parameter, &["status (optional)", "contractorId (optional)"], DISPUTE_FILTERS),
            (Value, &["status `pending`", "status `under_review`", "status `approved`", "status `denied`"], DISPUTE_FILTERS),
            (
                Key,
                &[
                    "disputes.id",
                    "disputes.billingRecord.id",
                    "disputes.billingRecord.amountOwed",
                    "disputes.billingRecord.dateIncurred",
                    "disputes.contractor.id",
                    "disputes.contractor.businessName",
                    "disputes.contractor.email",
                    "disputes.lead.id",
                    "disputes.lead.customerFirstName",
                    "disputes.lead.customerLastName",
                    "disputes.lead.customerPhone",
                    "disputes.reason",
                    "disputes.description",
                    "disputes.status",
                    "disputes.submittedAt",
                    "total",
                ],
                DISPUTES,
            ),
        ],
    },
    Section {
        title: "Resolve Dispute",
        rows: &[
            (Endpoint, &["POST /api/admin/disputes/:disputeId/resolve"], RESOLVE),
            (Parameter, BASIC, ACCESS),
            (Parameter, &["disputeId"], RESOLVE),
            (Field, &["resolution", "creditAmount", "resolutionNotes"], RESOLVE),
            (
                Value,
                &["resolution `approved`", "resolution `partial_credit`", "resolution `replacement_lead`", "resolution `denied`"],
                RESOLUTIONS,
            ),
            (
                Key,
                &[
                    "success",
                    "dispute.id",
                    "dispute.status",
                    "dispute.resolution",
                    "dispute.creditAmount",
                    "dispute.resolutionNotes",
                    "dispute.resolvedAt",
                    "billingRecord.id",
                    "billingRecord.status",
                    "billingRecord.amountOwed",
                ],
                RESOLVE,
            ),
        ],
    },
    Section {
        title: "Export Data (CSV)",
        rows: &[
            (Endpoint, &["GET /api/admin/export/leads"], EXPORT_LEADS),
            (Parameter, BASIC, ACCESS),
            (Parameter, &["leads: startDate", "leads: endDate", "leads: status", "leads: category"], EXPORT_FILTERS),
            (
                Note,
                &[
                    "CSV file download",
                    "`Lead ID,Customer Name,Email,Phone,City,State,Zip,Service Type,Timeline,Status,Category,Price,Score,Created At,Assigned At`",
                ],
                EXPORT_LEADS,
            ),
            (Endpoint, &["GET /api/admin/export/contractors"], EXPORT_CONTRACTORS),
            (
                Note,
                &[
                    "`Contractor ID,Business Name,Email,Phone,Service Zip Codes,Status,Approved,Total Leads,Conversion Rate,Customer Rating,Total Revenue,Created At`",
                ],
                EXPORT_CONTRACTORS,
            ),
            (Endpoint, &["GET /api/admin/export/billing"], EXPORT_BILLING),
            (Parameter, &["billing: startDate", "billing: endDate", "billing: status", "billing: contractorId"], EXPORT_FILTERS),
            (
                Note,
                &[
                    "`Billing ID,Date Incurred,Contractor,Contractor Email,Customer Name,Phone,City,State,Service Type,Amount,Status,Invoice Number,Invoiced At,Paid At`",
                ],
                EXPORT_BILLING,
            ),
        ],
    },
    Section {
        title: "Get Bounced Emails",
        rows: &[
            (Endpoint, &["GET /api/admin/bounced-emails"], BOUNCED),
            (Parameter, BASIC, ACCESS),
            (Key, &["bounced.email", "bounced.type", "bounced.businessName", "bounced.bouncedAt", "bounced.reason"], BOUNCED),
        ],
    },
    Section {
        title: "Get Backup Status",
        rows: &[
            (Endpoint, &["GET /api/admin/backup-status"], BACKUP),
            (Parameter, BASIC, "api_backup::only_the_administrator_sees_the_status"),
            (
                Key,
                &[
                    "success",
                    "backup.lastChecked",
                    "backup.recordCounts.leads",
                    "backup.recordCounts.contractors",
                    "backup.recordCounts.billingRecords",
                    "backup.recordCounts.leadAssignments",
                    "backup.recordCounts.callLogs",
                    "backup.recordCounts.smsLogs",
                    "backup.recordCounts.disputes",
                    "backup.recordCounts.customerFeedback",
                    "backup.recordCounts.trackingNumbers",
                    "backup.recordCounts.notificationLogs",
                    "backup.totalRecords",
                    "backup.databaseSize",
                    "backup.backupSchedule",
                    "backup.retention",
                    "backup.provider",
                ],
                BACKUP,
            ),
            (Value, &["`Daily at 2 AM UTC`", "`7 days`"], "api_backup::the_schedule_makes_one_backup_a_day_and_deletes_old_ones"),
        ],
    },
];
