use super::{Timeline, TimelineEntry, Tone, number_text};
use crate::session::Role;
use crate::{format, text};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Money;
use leads::calls::CallStatus;
use leads::lead::Category;
use leads::views::HistoryEntry;
use leptos::prelude::*;
use serde_json::Value;

/// What happened to a lead, the latest first. A contractor reads nothing about other contractors.
#[component]
pub fn LeadHistory(
    /// Oldest first.
    history: Vec<HistoryEntry>,
    reader: Role,
    /// Who has the lead, for the administrator.
    #[prop(optional, into)]
    contractor: String,
) -> impl IntoView {
    let entries = history
        .into_iter()
        .rev()
        .map(|e| TimelineEntry {
            title: text::event_title(&e.kind),
            detail: event_detail(&e.kind, &e.data, reader),
            actor: actor(&e.actor, reader, &contractor),
            at: e.at,
            tone: event_tone(&e.kind),
            href: None,
        })
        .collect();
    view! { <Timeline entries/> }
}

fn actor(actor: &str, reader: Role, contractor: &str) -> String {
    match (actor, reader) {
        ("customer", _) => "Customer".into(),
        ("admin", Role::Admin) => "Office".into(),
        ("admin", Role::Contractor) => text::PRODUCT.into(),
        ("twilio", _) => "Phone".into(),
        ("system", _) => text::PRODUCT.into(),
        (_, Role::Contractor) => "You".into(),
        (_, Role::Admin) if !contractor.is_empty() => contractor.to_owned(),
        (_, Role::Admin) => "Contractor".into(),
    }
}

/// The colour of an event in a list.
pub fn event_tone(kind: &str) -> Tone {
    match kind {
        "lead_qualified" | "billing_created" | "payment_received" | "contractor_approved" => Tone::Good,
        "lead_deadline_missed"
        | "payment_failed"
        | "payment_mismatch"
        | "contractor_suspended"
        | "contractor_rejected"
        | "email_failed"
        | "sms_failed" => Tone::Bad,
        "lead_reassigned" | "lead_merged" | "contractor_registered" | "email_skipped" => Tone::Warn,
        "lead_assigned" | "lead_contacted" => Tone::Accent,
        _ => Tone::Neutral,
    }
}

/// What an event's data says in words.
pub fn event_detail(kind: &str, data: &Value, reader: Role) -> Option<String> {
    let word = |key: &str| data.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let money = |key: &str| data.get(key).and_then(Value::as_f64).map(|dollars| Money((dollars * 100.0).round() as i64).to_string());
    let parts: Vec<String> = match kind {
        "lead_submitted" => {
            let category = word("category").and_then(|c| c.parse::<Category>().ok()).map(|c| c.label().to_owned());
            [category, money("price")].into_iter().flatten().collect()
        }
        "lead_assigned" => {
            let business = word("businessName").filter(|_| reader == Role::Admin).map(str::to_owned);
            let due = word("responseDeadline").and_then(|t| t.parse::<DateTime<Utc>>().ok());
            [business, due.map(|at| format!("First contact due {}", format::day_and_time(at)))].into_iter().flatten().collect()
        }
        "lead_contacted" => {
            let minutes = data.get("responseMinutes").and_then(Value::as_i64);
            minutes.map(|m| format!("{} after it was assigned", format::minutes(m))).into_iter().collect()
        }
        "lead_reassigned" => {
            let names = word("fromBusinessName").zip(word("businessName")).filter(|_| reader == Role::Admin);
            let moved = names.map(|(from, to)| format!("From {from} to {to}"));
            [moved, word("reason").filter(|_| reader == Role::Admin).map(str::to_owned)].into_iter().flatten().collect()
        }
        "email_sent" | "email_failed" | "email_skipped" | "sms_sent" | "sms_failed" => {
            let to = word("recipient").map(|to| if kind.starts_with("sms") { number_text(to) } else { to.to_owned() });
            [word("template").map(text::sentence), to, word("error").map(str::to_owned)].into_iter().flatten().collect()
        }
        "lead_deadline_missed" => word("businessName").filter(|_| reader == Role::Admin).map(str::to_owned).into_iter().collect(),
        "billing_created" | "payment_received" => money("amount").into_iter().collect(),
        "billing_paid" | "billing_invoiced" => [money("amount"), word("invoiceNumber").map(str::to_owned)].into_iter().flatten().collect(),
        "payment_failed" | "payment_mismatch" => [money("amount"), word("reason").map(str::to_owned)].into_iter().flatten().collect(),
        "call_logged" => {
            let status = word("status").and_then(|s| s.parse::<CallStatus>().ok()).map(|s| s.label().to_owned());
            let length = data.get("durationSeconds").and_then(Value::as_i64).map(|s| format::span(TimeDelta::seconds(s)));
            [status, length].into_iter().flatten().collect()
        }
        _ => word("businessName").map(str::to_owned).into_iter().collect(),
    };
    (!parts.is_empty()).then(|| parts.join("\u{a0}· "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_contractor_reads_no_names_of_others() {
        let data = json!({ "businessName": "Other Pros", "fromBusinessName": "Third Pros" });
        for kind in ["lead_assigned", "lead_reassigned", "lead_deadline_missed"] {
            assert_eq!(event_detail(kind, &data, Role::Contractor), None, "{kind}");
            assert!(event_detail(kind, &data, Role::Admin).is_some_and(|t| t.contains("Other Pros")), "{kind}");
        }
    }

    #[test]
    fn amounts_and_lengths_are_in_words() {
        assert_eq!(event_detail("billing_created", &json!({ "amount": 250.0 }), Role::Admin).as_deref(), Some("$250.00"));
        let call = json!({ "status": "completed", "durationSeconds": 45 });
        let text = json!({ "template": "new_lead", "recipient": "+15559876543" });
        assert_eq!(event_detail("sms_sent", &text, Role::Admin).as_deref(), Some("New lead\u{a0}· (555) 987-6543"));
        assert_eq!(event_detail("call_logged", &call, Role::Contractor).as_deref(), Some("Completed\u{a0}· 0:45"));
        assert_eq!(
            event_detail("lead_submitted", &json!({ "category": "GOLD", "price": 175.0 }), Role::Admin).as_deref(),
            Some("Gold\u{a0}· $175.00")
        );
    }
}
