//! What the audit log holds, in words for people.

use super::audit::{Action, end_of, is_id};
use super::bounced::what_happened;
use crate::text::{self, sentence};
use kernel::{Money, StaffRole, WebhookProvider};
use serde_json::Value;

/// Empty when the actor is no contractor.
#[cfg(feature = "ssr")]
pub(super) fn contractor_id(actor: &str) -> &str {
    actor.strip_prefix("contractor:").unwrap_or_default()
}

/// An action before its ids have names.
#[cfg(feature = "ssr")]
pub(super) fn action_of(entry: platform::audit::Entry) -> Action {
    let detail = pairs(&entry.action, &entry.detail);
    Action {
        by: text::actor_name(&entry.actor),
        about: about(&entry.action, &entry.subject_id, &detail),
        id: entry.id,
        actor: entry.actor,
        action: entry.action,
        subject_id: entry.subject_id,
        detail,
        at: entry.at,
    }
}

/// Puts names where ids are.
pub(super) fn name_all(action: &mut Action, name: impl Fn(&str) -> Option<String>) {
    if let Some(by) = action.actor.strip_prefix("contractor:").and_then(&name) {
        action.by = by;
    }
    if let Some(about) = name(&action.subject_id) {
        action.about = about;
    }
    let mut named = Vec::new();
    for (_, value) in action.detail.iter_mut().filter(|(_, value)| *value != action.subject_id) {
        if let Some(name) = name(value) {
            named.push(name.clone());
            *value = name;
        }
    }
    // The name beside an id says the same once more.
    action.detail.retain(|(key, value)| key != BUSINESS || !named.contains(value));
}

const BUSINESS: &str = "Business name";

/// `{"businessName": "HVAC Pros"}` reads `Business name: HVAC Pros`. What says nothing is left out.
fn pairs(action: &str, detail: &Value) -> Vec<(String, String)> {
    let is_money = |key: &str| key == "total" || key.to_lowercase().ends_with("amount");
    let shown = |key: &str, value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(word(action, key, text)).filter(|t| !t.is_empty()),
        Value::Number(dollars) if is_money(key) => dollars.as_f64().and_then(Money::of_dollars).map(|amount| amount.to_string()),
        other => Some(other.to_string()),
    };
    let name = |key: &str| {
        let mut words = String::new();
        for c in key.chars() {
            if c.is_uppercase() {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        }
        sentence(&words)
    };
    let fields = detail.as_object().into_iter().flatten();
    fields.filter(|(key, _)| *key != "etag").filter_map(|(key, value)| Some((name(key), shown(key, value)?))).collect()
}

/// A stored word as it reads elsewhere; what somebody typed stays as it is.
fn word(action: &str, key: &str, word: &str) -> String {
    let is_label = matches!(key, "resolution" | "status" | "result" | "kind" | "from" | "to");
    match key {
        "kind" if action.starts_with("bounce_") => what_happened(word).1.to_owned(),
        "kind" if action.starts_with("job_") => text::job_title(word),
        "role" => word.parse::<StaffRole>().map_or_else(|_| word.to_owned(), |role| role.label().to_owned()),
        "provider" => word.parse::<WebhookProvider>().map_or_else(|_| word.to_owned(), |of| of.label().to_owned()),
        _ if is_word(word) && (is_label || word.contains('_')) => sentence(word),
        _ => word.to_owned(),
    }
}

/// `partial_credit`
fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// What was done to, in words: by the name among the details; else an id by its end.
fn about(action: &str, subject: &str, detail: &[(String, String)]) -> String {
    match detail.iter().find(|(name, _)| name == BUSINESS || name == "Name") {
        Some((_, name)) => name.clone(),
        None if action.starts_with("scoring_") => format!("Scoring version {subject}"),
        None if subject == "admin" => text::actor_name(subject),
        None if is_id(subject) => format!("…{}", end_of(subject)),
        None if is_word(subject) => sentence(subject),
        None => subject.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use serde_json::json;

    #[test]
    fn details_are_words() {
        let detail = json!({ "businessName": "HVAC Pros", "was": null, "added": 3, "etag": "x", "note": "" });
        let words: Vec<String> =
            pairs("contractor_approved", &detail).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(words, ["Added: 3", "Business name: HVAC Pros"]);
        assert!(pairs("contractor_approved", &json!("text")).is_empty());
        let values = |action: &str, detail| pairs(action, &detail).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        let credit = json!({ "creditAmount": 1100.0, "notes": "approved", "resolution": "partial_credit" });
        assert_eq!(values("dispute_resolved", credit), ["$1,100.00", "approved", "Partial credit"]);
        assert_eq!(values("dispute_resolved", json!({ "resolution": "approved" })), ["Approved"]);
        assert_eq!(values("bounce_lifted", json!({ "kind": "spamreport" })), ["Reported as spam"]);
        assert_eq!(values("staff_invited", json!({ "role": "read_only" })), ["Read-only"]);
        assert_eq!(values("webhook_replayed", json!({ "kind": "call-status", "provider": "sendgrid" })), ["call-status", "SendGrid"]);
    }

    #[test]
    fn subjects_are_named() {
        let id = "0123456789abcdef0123456789abcdef";
        let named = |action: &str, subject: &str| about(action, subject, &[]);
        assert_eq!(named("scoring_published", "3"), "Scoring version 3");
        assert_eq!(named("backup_requested", "backup"), "Backup");
        assert_eq!(named("two_factor_on", "admin"), "Administrator");
        assert_eq!(named("bounce_lifted", "ann_lee@example.com"), "ann_lee@example.com");
        assert_eq!(named("lead_routed", id), "…abcdef");
    }

    #[test]
    fn ids_become_names() {
        let (lead, contractor) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
        let detail = [("Business name", "HVAC Pros"), ("Reason", "Asked for it"), ("To", contractor)];
        let mut action = Action {
            id: "1".into(),
            actor: format!("contractor:{contractor}"),
            by: "Contractor".into(),
            action: "lead_reassigned".into(),
            subject_id: lead.into(),
            about: "HVAC Pros".into(),
            detail: detail.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            at: DateTime::UNIX_EPOCH,
        };
        name_all(&mut action, |id| match id {
            _ if id == lead => Some("Jane Doe".into()),
            _ if id == contractor => Some("HVAC Pros".into()),
            _ => None,
        });
        assert_eq!((action.by.as_str(), action.about.as_str()), ("HVAC Pros", "Jane Doe"));
        let words: Vec<String> = action.detail.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(words, ["Reason: Asked for it", "To: HVAC Pros"]);
    }
}
