//! Sentences that several pages say. Plain words: a contractor reads them on a roof.

pub const PRODUCT: &str = "Plumbline";
pub const SIGN_IN_AGAIN: &str = "Please sign in again to go on.";
pub const VALUES_BACK: &str = "What you typed before is back.";
pub const VALUES_KEPT: &str = "What you typed is kept, except passwords.";
pub const OFFLINE: &str = "We could not reach the server. Check your connection and try again.";
pub const OFFLINE_NOW: &str = "You are offline. What you see may be old; what you type stays here.";
pub const OFFLINE_WAITING: &str = "You are offline. We send this as soon as you are back: leave the page open.";
pub const FORM_INCOMPLETE: &str = "Something in this form could not be read. Please check it and send it again.";
pub const OUR_FAULT: &str = "Something went wrong on our side. Please try again.";
pub const WRONG_PASSWORD: &str = "That e-mail and password do not belong together.";
pub const CODE_TOO_LATE: &str = "That took too long. Please go back and type your password again.";
pub const CHECK_FIELDS: &str = "Please check these fields";
pub const NOT_FOUND_TITLE: &str = "This page does not exist";
pub const NOT_FOUND_TEXT: &str = "The address may be mistyped, or what was here has been removed.";
pub const GAS_TITLE: &str = "Smell gas, see smoke, or an alarm is sounding?";
pub const GAS_TEXT: &str = "Leave the building first and call 911 from outside. We can wait.";
pub const CONSENT: &str = "By sending this you agree that we share it with one local contractor, who may call you about this job.";

/// How a field's error reads after its label: `Phone is required`.
pub fn field_error(label: &str, message: &str) -> String {
    format!("{label} {message}")
}

/// The words for a domain event in histories and activity lists.
pub fn event_title(kind: &str) -> String {
    match kind {
        "lead_submitted" => "Request received".into(),
        "lead_assigned" => "Assigned to a contractor".into(),
        "lead_waiting" | "no_contractor" => "Waiting for a contractor".into(),
        "lead_contacted" => "Customer contacted".into(),
        "lead_qualified" => "Lead qualified".into(),
        "lead_deadline_missed" | "deadline_missed" => "Response time passed".into(),
        "lead_reassigned" => "Moved to another contractor".into(),
        "lead_merged" => "Merged with another lead".into(),
        "email_sent" => "Mail sent".into(),
        "email_failed" => "Mail failed".into(),
        "email_skipped" => "Mail not sent: the address bounced".into(),
        "sms_sent" => "Text message sent".into(),
        "sms_failed" => "Text message failed".into(),
        "contractor_rejected" => "Application refused".into(),
        "billing_created" => "Lead charged".into(),
        "payment_mismatch" => "Payment that does not fit".into(),
        "call_logged" => "Call".into(),
        "lead_note_added" => "Note written".into(),
        "lead_note_edited" => "Note changed".into(),
        "lead_note_deleted" => "Note deleted".into(),
        "contractor_updated" => "Contractor details changed".into(),
        "contractor_registered" => "Contractor applied".into(),
        "contractor_approved" => "Contractor approved".into(),
        other => sentence(other),
    }
}

/// What a job does, as its kind says: `send_mail`.
pub fn job_title(kind: &str) -> String {
    if kind == "send_sms" { "Send text message".into() } else { sentence(kind) }
}

/// Who did something, for the administrator: `contractor:<id>`, `admin`, `system`, or somebody of the staff.
pub fn actor_name(actor: &str) -> String {
    match actor.split_once(':') {
        Some(("contractor", _)) => "Contractor".into(),
        _ if actor == "admin" => "Administrator".into(),
        _ if actor == "system" => PRODUCT.into(),
        _ => actor.to_owned(),
    }
}

/// `lead_status_changed` reads `Lead status changed`.
pub fn sentence(word: &str) -> String {
    capital(&word.replace(['_', '-'], " "))
}

/// `wrong signature` reads `Wrong signature`.
pub fn capital(words: &str) -> String {
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// `1 lead`, `2 leads`.
pub fn count(n: i64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
