//! Authentication and Public Endpoints.

use super::Kind::{Endpoint, Error, Field, Key, Note, Parameter, Value};
use super::Section;

const LOGIN: &str = "api_contractors::a_contractor_registers_is_approved_and_logs_in";
const TOKEN: &str = "api_contractors::only_a_contractors_own_valid_token_opens_their_desk";
const ADMIN: &str = "api_admin::only_the_administrator_enters";
const HEALTH: &str = "api_http::health_is_as_documented_and_never_refused";
const SUBMIT: &str = "api_leads::the_documented_lead_is_taken_scored_and_assigned";
const CHECKED: &str = "api_leads::every_field_of_a_lead_is_checked";
const WORDS: &str = "api_conformance::every_documented_word_of_a_lead_is_accepted";
const NOBODY: &str = "api_leads::without_a_contractor_the_lead_is_kept_and_offered_later";

pub const SECTIONS: &[Section] = &[
    Section {
        title: "Authentication",
        rows: &[
            (Parameter, &["`Authorization: Bearer {token}`"], TOKEN),
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
                    "contractor.status",
                    "contractor.isApproved",
                ],
                LOGIN,
            ),
            (Parameter, &["`Authorization: Basic {base64(username:password)}`"], ADMIN),
            (Value, &["username `admin`", "password from `ADMIN_PASSWORD`"], ADMIN),
        ],
    },
    Section {
        title: "Health Check",
        rows: &[
            (Endpoint, &["GET /health"], HEALTH),
            (Key, &["status", "timestamp", "database", "version"], HEALTH),
            (Value, &["status `healthy`", "database `connected`", "version `1.0`"], HEALTH),
            (
                Note,
                &["Check API status and database connectivity"],
                "faults::a_database_that_is_gone_is_503_everywhere_and_not_an_error_of_ours",
            ),
        ],
    },
    Section {
        title: "Submit Lead",
        rows: &[
            (Endpoint, &["POST /api/leads/submit"], SUBMIT),
            (
                Field,
                &[
                    "customerFirstName (string, required)",
                    "customerLastName (string, required)",
                    "customerPhone (string, 10 digits, required)",
                    "customerZip (string, 5 digits, required)",
                    "serviceType (enum, required)",
                    "timeline (enum, required)",
                    "budgetRange (string, required)",
                    "propertyType (enum, required)",
                ],
                CHECKED,
            ),
            (
                Field,
                &[
                    "customerEmail (string, optional)",
                    "customerAddress (string, optional)",
                    "customerCity (string, optional)",
                    "customerState (string, optional)",
                    "serviceDescription (string, optional)",
                ],
                WORDS,
            ),
            (
                Value,
                &[
                    "serviceType `ac_repair`",
                    "serviceType `heating_repair`",
                    "serviceType `installation`",
                    "serviceType `maintenance`",
                    "serviceType `emergency`",
                    "timeline `emergency`",
                    "timeline `within_24_hours`",
                    "timeline `within_week`",
                    "timeline `flexible`",
                    "propertyType `residential`",
                    "propertyType `commercial`",
                ],
                WORDS,
            ),
            (Key, &["success", "message", "leadId", "score", "category", "price"], SUBMIT),
            (Value, &["message `Lead submitted successfully`", "category `PLATINUM` of the sample"], SUBMIT),
            (Error, &["`success: false`, `No contractors available in your area`"], NOBODY),
        ],
    },
];
