//! The settings that hold, for the administrator to read. Of a secret only whether it is set.

use super::{SETTINGS, SettingInfo};

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownValue {
    /// Not set: its default holds.
    Default,
    /// Set, and nobody's business.
    Secret,
    Text(String),
}

/// A setting and what it is.
#[derive(Clone, Debug)]
pub struct ShownSetting {
    pub info: &'static SettingInfo,
    pub value: ShownValue,
}

/// An address without its user and password, whether they stand before the host or among the parameters.
pub(super) fn without_password(address: &str) -> String {
    let shown = match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => address.to_owned(),
    };
    match shown.split_once("password=") {
        Some((before, _)) => format!("{before}password=***"),
        None => shown,
    }
}

/// All settings, in the order of [`SETTINGS`]. An address keeps its user and password for itself.
pub(super) fn all(lookup: impl Fn(&str) -> Option<String>) -> Vec<ShownSetting> {
    let value = |name: &str| match lookup(name) {
        None => ShownValue::Default,
        Some(_) if is_secret(name) => ShownValue::Secret,
        Some(text) => ShownValue::Text(without_password(&text)),
    };
    SETTINGS.iter().map(|info| ShownSetting { info, value: value(info.name) }).collect()
}

/// By its name, so that a secret that is added later is none that is shown.
fn is_secret(name: &str) -> bool {
    name != "PUBLIC_URL"
        && name != "DATABASE_URL"
        && ["_PASSWORD", "_SECRET", "_KEY", "_TOKEN", "_DSN", "_URL"].iter().any(|end| name.ends_with(end))
}

/// The groups that are of one provider each.
pub const MAIL_GROUP: &str = "Mail";
pub const CALLS_GROUP: &str = "Calls and text messages";
pub const PAYMENTS_GROUP: &str = "Payments";

impl SettingInfo {
    /// What it is about, in a word or two.
    pub fn group(&self) -> &'static str {
        let begins = |words: &[&str]| words.iter().any(|word| self.name.starts_with(word));
        match self.name {
            "SUPPORT_EMAIL" | "ADMIN_EMAIL" | "IMPRINT_FILE" | "PRIVACY_FILE" => "Company",
            _ if begins(&["COMPANY_"]) => "Company",
            "DISPUTE_WINDOW_DAYS" | "LEAD_SOURCE_LIMIT" | "DUPLICATE_WINDOW_DAYS" => "Leads and billing",
            _ if begins(&["INVOICE_"]) => "Leads and billing",
            _ if begins(&["MAIL_", "SENDGRID_", "SMTP_"]) => MAIL_GROUP,
            _ if begins(&["TWILIO_"]) => CALLS_GROUP,
            _ if begins(&["STRIPE_"]) => PAYMENTS_GROUP,
            "ADMIN_PASSWORD" | "JWT_SECRET" | "CRON_SECRET" | "ENCRYPTION_KEY" | "TRUSTED_PROXIES" | "CORS_ALLOWED_ORIGINS" => "Access",
            _ if begins(&["RATE_LIMIT"]) => "Access",
            _ if begins(&["LOG_", "METRICS_", "SENTRY_"]) => "Logs and metrics",
            _ => "Server",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let shown = all(|name| match name {
            "DATABASE_URL" => Some("postgres://me:hunter2@db/x".into()),
            "COMPANY_NAME" => Some("Cool Air".into()),
            "LOG_LEVEL" => None,
            _ if is_secret(name) => Some("hunter2".into()),
            _ => Some("a".into()),
        });
        assert!(!format!("{shown:?}").contains("hunter2"));
        let of = |name: &str| shown.iter().find(|s| s.info.name == name).expect("listed").value.clone();
        assert_eq!(of("DATABASE_URL"), ShownValue::Text("postgres://***@db/x".into()));
        assert_eq!(without_password("postgres://db/x?user=me&password=hunter2&sslmode=require"), "postgres://db/x?user=me&password=***");
        assert_eq!(without_password("postgres://me@db/x?password=hunter2@3"), "postgres://***@3");
        assert_eq!(without_password("sqlite://data/plumbline.db?mode=rwc"), "sqlite://data/plumbline.db?mode=rwc");
        assert_eq!(of("COMPANY_NAME"), ShownValue::Text("Cool Air".into()));
        assert_eq!(of("LOG_LEVEL"), ShownValue::Default);
        for name in ["ADMIN_PASSWORD", "JWT_SECRET", "SENDGRID_API_KEY", "SMTP_URL", "TWILIO_AUTH_TOKEN", "SENTRY_DSN", "METRICS_TOKEN"] {
            assert_eq!(of(name), ShownValue::Secret, "{name}");
        }
        assert_eq!(of("PUBLIC_URL"), ShownValue::Text("a".into()));
    }
}
