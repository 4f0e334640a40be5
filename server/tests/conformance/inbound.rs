//! Webhook Endpoints and Cron Endpoints.

use super::Kind::{Endpoint, Error, Field, Key, Note, Parameter, Value};
use super::Section;

const BILLED: &str = "inbound_twilio::a_call_of_thirty_seconds_qualifies_the_lead_and_bills_it_once";
const SHORT: &str = "inbound_twilio::short_and_unanswered_calls_do_not_bill";
const FORGED: &str = "inbound_twilio::forged_callbacks_are_refused_and_noted";
const FIELDS: &str = "api_conformance::a_call_keeps_everything_that_twilio_tells";
const STRIPE: &str = "inbound_stripe::the_documented_event_pays_the_record_once";
const STRIPE_FAILED: &str = "inbound_stripe::a_failure_is_told_and_a_later_success_still_counts";
const STRIPE_FORGED: &str = "inbound_stripe::forged_and_old_signatures_are_refused_and_noted";
const STRIPE_MAIL: &str = "inbound_stripe::the_documented_event_pays_the_record_once";
const SENDGRID: &str = "inbound_sendgrid::the_documented_event_holds_back_mail_until_the_administrator_lifts_that";
const SENDGRID_EVENTS: &str = "inbound_sendgrid::everybodys_addresses_are_listed_with_whose_they_are";
const SENDGRID_FORGED: &str = "inbound_sendgrid::forged_and_old_signatures_are_refused_and_noted";
const SENDGRID_LATER: &str = "inbound_sendgrid::the_documented_event_holds_back_mail_until_the_administrator_lifts_that";
const RECYCLE: &str = "api_cron::tracking_numbers_are_recycled_as_documented";
const RECYCLE_RULE: &str = "api_cron::tracking_numbers_are_recycled_as_documented";
const CRON_SECRET: &str = "api_cron::cron_routes_need_their_secret";
const FEEDBACK: &str = "api_cron::feedback_mails_are_sent_as_documented";
const FEEDBACK_RULE: &str = "use_cases/feedback::customers_are_asked_once_a_day_after_first_contact";

pub const SECTIONS: &[Section] = &[
    Section {
        title: "Twilio Call Status",
        rows: &[
            (Endpoint, &["POST /api/webhooks/twilio/call-status"], BILLED),
            (Value, &["`initiated`", "`ringing`", "`in-progress`", "`completed` (triggers billing if 30+ seconds)"], BILLED),
            (Value, &["`failed`", "`busy`", "`no-answer`"], SHORT),
            (Field, &["CallSid", "CallStatus", "CallDuration", "From", "To", "RecordingUrl", "RecordingSid", "Direction"], FIELDS),
            (Key, &["`<?xml version=\"1.0\" encoding=\"UTF-8\"?>` `<Response></Response>`"], BILLED),
            (Note, &["Webhook signature is verified using Twilio Auth Token"], FORGED),
            (Error, &["Invalid signatures return 403 Forbidden"], FORGED),
            (
                Note,
                &["Creates CallLog record for every call"],
                "use_cases/calls::a_call_without_the_number_is_matched_by_both_phones_else_shown_unmatched",
            ),
            (Note, &["Creates BillingRecord if call duration ≥ 30 seconds"], SHORT),
            (Note, &["Updates lead status to \"contacted\" on first call"], BILLED),
            (Note, &["Security events logged to database"], FORGED),
        ],
    },
    Section {
        title: "Stripe Payment Events",
        rows: &[
            (Endpoint, &["POST /api/webhooks/stripe"], STRIPE),
            (Value, &["`payment_intent.succeeded`"], STRIPE),
            (Value, &["`payment_intent.payment_failed`"], STRIPE_FAILED),
            (
                Field,
                &[
                    "type",
                    "data.object.id",
                    "data.object.amount",
                    "data.object.status",
                    "data.object.metadata.billingRecordId",
                    "data.object.metadata.contractorId",
                ],
                STRIPE,
            ),
            (Note, &["Webhook signature verified using Stripe webhook secret"], STRIPE_FORGED),
            (Note, &["Updates billing record status automatically", "Records payment in system"], STRIPE),
            (Note, &["Sends confirmation emails to contractors"], STRIPE_MAIL),
        ],
    },
    Section {
        title: "SendGrid Email Events",
        rows: &[
            (Endpoint, &["POST /api/webhooks/sendgrid"], SENDGRID),
            (Value, &["`bounce`", "`dropped`", "`spamreport`"], SENDGRID_EVENTS),
            (Field, &["email", "event", "reason", "timestamp", "type"], SENDGRID),
            (Note, &["Signature verified using SendGrid verification key"], SENDGRID_FORGED),
            (Note, &["Marks email addresses as bounced", "Admin can view bounced emails in dashboard"], SENDGRID),
            (Note, &["Prevents future emails to bounced addresses"], SENDGRID_LATER),
        ],
    },
    Section {
        title: "Recycle Tracking Numbers",
        rows: &[
            (Endpoint, &["POST /api/cron/recycle-numbers"], RECYCLE),
            (Parameter, &["secret (required): must match `CRON_SECRET`"], CRON_SECRET),
            (Key, &["success", "recycled", "message"], RECYCLE),
            (Note, &["Schedule: daily at midnight UTC"], "api_conformance::the_documented_schedule_is_kept"),
            (
                Note,
                &[
                    "Finds TrackingNumber records older than 7 days",
                    "Updates status from \"active\" to \"expired\"",
                    "Makes numbers available for new leads",
                    "Logs recycling activity",
                ],
                RECYCLE_RULE,
            ),
        ],
    },
    Section {
        title: "Send Feedback Emails",
        rows: &[
            (Endpoint, &["POST /api/cron/send-feedback-emails"], FEEDBACK),
            (Parameter, &["secret (required): must match `CRON_SECRET`"], CRON_SECRET),
            (Key, &["success", "sent", "message"], FEEDBACK),
            (Note, &["Schedule: daily at noon UTC"], "api_conformance::the_documented_schedule_is_kept"),
            (
                Note,
                &[
                    "Finds leads contacted 24 hours ago (status = \"contacted\", firstContactAt = 24hrs ago)",
                    "Sends email with feedback form link",
                    "Records email sent in NotificationLog",
                    "Skips if customer email bounced",
                    "One-time send per lead",
                ],
                FEEDBACK_RULE,
            ),
        ],
    },
];
