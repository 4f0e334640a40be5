//! Evidence that a customer agreed to be called: what was said, where and when.

use chrono::{DateTime, Utc};
use kernel::Fields;
use serde::{Deserialize, Serialize};

/// The evidence as it was sent: nothing is checked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewConsent {
    pub text: Option<String>,
    pub page: Option<String>,
    /// ISO 8601; the time of the request when absent.
    pub given_at: Option<String>,
}

/// Evidence whose every field is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub text: String,
    pub page: String,
    pub given_at: Option<DateTime<Utc>>,
}

impl NewConsent {
    /// Checks every field; what is wrong is in `fields`.
    pub fn check(&self, fields: &mut Fields) -> Consent {
        let text = fields.text("consent.text", self.text.as_deref(), 5000);
        let page = fields.text("consent.page", self.page.as_deref(), 2000);
        let given_at = self.given_at.as_deref().map(str::trim).filter(|t| !t.is_empty()).and_then(|t| {
            let time = DateTime::parse_from_rfc3339(t).ok().map(|t| t.with_timezone(&Utc));
            if time.is_none() {
                fields.reject("consent.givenAt", "must be a time like 2025-10-05T10:30:00Z");
            }
            time
        });
        Consent { text, page, given_at }
    }
}

/// The evidence as it is kept with its lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct ConsentView {
    pub text: String,
    /// The page that showed the text.
    pub page: String,
    pub given_at: DateTime<Utc>,
    /// The address that the lead was sent from; `None` when it is not known.
    pub address: Option<String>,
    /// When the lead was taken in.
    pub created_at: DateTime<Utc>,
}
