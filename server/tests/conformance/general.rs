//! Error Codes, Rate Limits, Security, Monitoring, Database Schema, Lead Scoring, API Versioning.

use super::Kind::{Error, Key, Note, Parameter, Value};
use super::Section;

const SUBMIT: &str = "api_leads::the_documented_lead_is_taken_scored_and_assigned";
const CHECKED: &str = "api_leads::every_field_of_a_lead_is_checked";
const LIMITED: &str = "api_leads::submissions_are_limited_to_ten_an_hour_for_each_address";
const LOGINS: &str = "api_contractors::wrong_logins_are_told_apart_from_incomplete_ones_only";
const TOKEN: &str = "api_contractors::only_a_contractors_own_valid_token_opens_their_desk";
const ADMIN: &str = "api_admin::only_the_administrator_enters";
const FORGED: &str = "inbound_twilio::forged_callbacks_are_refused_and_noted";
const HEADERS: &str = "api_http::every_answer_has_the_security_headers";
const HEALTH: &str = "api_http::health_is_as_documented_and_never_refused";
const BACKUP: &str = "api_backup::the_status_is_as_documented_and_counts_what_is_there";
const SAMPLE: &str = "leads/src/scoring::the_documented_sample_scores_150_platinum";
const FACTORS: &str = "api_conformance::every_documented_factor_moves_the_score";
const RELATIONS: &str = "api_conformance::the_documented_relationships_hold";
const STRIPE_FORGED: &str = "inbound_stripe::forged_and_old_signatures_are_refused_and_noted";
const SENDGRID_FORGED: &str = "inbound_sendgrid::forged_and_old_signatures_are_refused_and_noted";
const CRON_SECRET: &str = "api_cron::cron_routes_need_their_secret";
const SENTRY: &str = "api_limits::faults_are_reported_without_private_words";
const VERSION: &str = "api_limits::every_api_answer_names_its_version_and_others_are_refused";
const DEPRECATED: &str = "http/api_version::every_deprecated_route_has_ninety_days";

pub const SECTIONS: &[Section] = &[
    Section {
        title: "Error Codes",
        rows: &[
            (Value, &["200 Success"], HEALTH),
            (Value, &["201 Created"], SUBMIT),
            (Error, &["400 Bad Request - Invalid input or missing required fields"], CHECKED),
            (Error, &["401 Unauthorized - Missing or invalid authentication"], TOKEN),
            (Error, &["403 Forbidden - Access denied or invalid webhook signature"], FORGED),
            (Error, &["404 Not Found - Resource doesn't exist"], "api_contractors::another_contractors_lead_does_not_exist"),
            (Error, &["409 Conflict - Duplicate resource"], "api_contractors::a_contractor_registers_is_approved_and_logs_in"),
            (Error, &["429 Too Many Requests - Rate limit exceeded"], LIMITED),
            (Error, &["500 Internal Server Error - Something went wrong"], "getcontractor/error::our_own_faults_stay_inside"),
            (Key, &["error", "details"], "getcontractor/error::the_documented_examples_come_out_word_for_word"),
            (Error, &["`Missing required fields`, `customerPhone and customerZip are required`"], CHECKED),
            (
                Error,
                &["`No contractors available in your area`, `Zip code: 99999`"],
                "api_leads::without_a_contractor_the_lead_is_kept_and_offered_later",
            ),
            (Error, &["`Invalid authentication credentials`"], TOKEN),
            (Error, &["`Lead not found`, `Lead ID: clxyz789 does not exist`"], "api_contractors::another_contractors_lead_does_not_exist"),
            (
                Error,
                &["`Duplicate billing record`, `Billing record already exists for this call`"],
                "getcontractor/error::the_documented_examples_come_out_word_for_word",
            ),
        ],
    },
    Section {
        title: "Rate Limits",
        rows: &[
            (
                Note,
                &["Public endpoints: 100 requests per 15 minutes per IP address"],
                "api_conformance::public_endpoints_allow_a_hundred_requests_in_a_quarter_hour",
            ),
            (Note, &["Lead submission: 10 per hour per IP"], LIMITED),
            (Note, &["Login: 5 attempts per 15 minutes per IP"], LOGINS),
            (Note, &["Authenticated endpoints: no rate limit"], "api_conformance::callers_with_a_login_and_webhooks_are_not_limited"),
            (Note, &["Webhook endpoints: no rate limit"], "api_conformance::callers_with_a_login_and_webhooks_are_not_limited"),
            (
                Note,
                &["Cron endpoints: 1 request per scheduled run (a second one finds nothing to do)"],
                "api_cron::two_schedules_at_once_release_each_number_once",
            ),
            (Parameter, &["`X-RateLimit-Limit`", "`X-RateLimit-Remaining`", "`X-RateLimit-Reset`"], LIMITED),
            (Error, &["`Rate limit exceeded`, `Too many requests. Please try again in 15 minutes.`"], LOGINS),
        ],
    },
    Section {
        title: "Security",
        rows: &[
            (Note, &["JWT issued on login"], "api_contractors::a_contractor_registers_is_approved_and_logs_in"),
            (Note, &["JWT expires in 24 hours", "`Bearer {token}` in the Authorization header"], TOKEN),
            (Note, &["Basic: username `admin`, password from `ADMIN_PASSWORD`, Base64 encoded"], ADMIN),
            (Parameter, &["`X-Twilio-Signature`"], FORGED),
            (Parameter, &["`Stripe-Signature`"], STRIPE_FORGED),
            (Parameter, &["`X-Twilio-Email-Event-Webhook-Signature`"], SENDGRID_FORGED),
            (Parameter, &["cron `secret` must match `CRON_SECRET`"], CRON_SECRET),
            (Note, &["HTTP requests are redirected to HTTPS"], "api_http::behind_a_proxy_plain_http_is_redirected_or_refused"),
            (
                Value,
                &[
                    "origin `https://getcontractornow.com`",
                    "origin `https://www.getcontractornow.com`",
                    "origin `https://app.getcontractornow.com`",
                ],
                "api_http::only_known_origins_read_answers",
            ),
            (Note, &["Customer phone numbers are masked in logs"], "api_conformance::logs_hold_no_phone_no_address_and_no_secret"),
            (
                Note,
                &["Payment information never stored (handled by Stripe)", "PCI compliance via Stripe"],
                "api_conformance::card_data_never_reaches_the_database",
            ),
            (Note, &["Passwords hashed with bcrypt (12 rounds)"], "api_conformance::passwords_are_hashed_with_twelve_rounds"),
            (
                Note,
                &["Sensitive data encrypted at rest in PostgreSQL"],
                "use_cases/two_factor::the_database_holds_no_key_and_no_code_that_can_be_read",
            ),
            (
                Value,
                &[
                    "`X-Content-Type-Options: nosniff`",
                    "`X-Frame-Options: DENY`",
                    "`X-XSS-Protection: 1; mode=block`",
                    "`Strict-Transport-Security: max-age=31536000`",
                ],
                HEADERS,
            ),
        ],
    },
    Section {
        title: "Monitoring",
        rows: &[
            (Note, &["Errors are sent to Sentry when `SENTRY_DSN` is set", "Request context included (URL, method, headers)"], SENTRY),
            (Note, &["All uncaught exceptions"], "http/guard::a_panic_ends_one_request_in_shape_and_is_reported"),
            (
                Value,
                &["log level `error`", "log level `warn`", "log level `info`", "log level `debug`"],
                "api_conformance::every_documented_log_level_is_a_setting",
            ),
            (Key, &["health: status", "health: timestamp", "health: database", "health: version"], HEALTH),
        ],
    },
    Section {
        title: "Database Schema",
        rows: &[
            (
                Note,
                &[
                    "Lead",
                    "Contractor",
                    "LeadAssignment",
                    "BillingRecord",
                    "TrackingNumber",
                    "CallLog",
                    "SMSLog",
                    "Dispute",
                    "CustomerFeedback",
                    "NotificationLog",
                ],
                BACKUP,
            ),
            (
                Note,
                &[
                    "Lead → LeadAssignment (1:1)",
                    "Lead → BillingRecords (1:Many)",
                    "Lead → CallLogs (1:Many)",
                    "Contractor → LeadAssignments (1:Many)",
                    "Contractor → BillingRecords (1:Many)",
                    "Lead → TrackingNumber (1:1 active at a time)",
                ],
                RELATIONS,
            ),
        ],
    },
    Section {
        title: "Lead Scoring",
        rows: &[
            (Note, &["Leads are automatically scored on submission"], SUBMIT),
            (Note, &["Score range 0-200"], "scoring/model::every_broken_rule_of_a_draft_is_told"),
            (
                Value,
                &["PLATINUM: 150+ ($250)", "GOLD: 120-149 ($175)", "SILVER: 90-119 ($125)", "BRONZE: 60-89 ($85)", "NURTURE: <60 ($0)"],
                "scoring/model::the_category_table_holds_at_its_edges",
            ),
            (Note, &["NURTURE is not assigned"], "use_cases/intake::nurture_is_kept_and_not_offered"),
            (Note, &["The documented sample is PLATINUM (150 points)"], SAMPLE),
            (
                Note,
                &[
                    "Budget range (higher = more points)",
                    "Timeline urgency (faster = more points)",
                    "Property type (commercial > residential)",
                    "Email provided (bonus points)",
                    "Service type complexity",
                    "Zip code (service availability)",
                ],
                FACTORS,
            ),
        ],
    },
    Section {
        title: "API Versioning",
        rows: &[
            (Value, &["current version 1.0"], VERSION),
            (Note, &["Current endpoints remain at `/api/`"], SUBMIT),
            (Note, &["Deprecation notices provided 90 days before removal"], DEPRECATED),
        ],
    },
];
