//! Contractors pay what they owe (seed 000, Stripe Payment Events; decisions 11 and 38).

use chrono::{DateTime, Utc};
use kernel::{Id, Money, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// A payment's way. A failed or expired one may still succeed: the provider has the last word.
    pub enum PaymentStatus {
        Started => "started" "Started",
        Succeeded => "succeeded" "Paid",
        Failed => "failed" "Failed",
        Expired => "expired" "Expired",
    }
}

/// A payment of one or several billing records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentView {
    pub id: Id,
    pub contractor_id: Id,
    pub record_ids: Vec<Id>,
    pub amount: Money,
    pub status: PaymentStatus,
    /// Where it is made; null before the provider has made that page.
    pub checkout_url: Option<String>,
    /// The provider's id of it, once it was tried (`pi_…`).
    pub provider_id: Option<String>,
    /// Why it failed, in the provider's words.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The most billing records that one payment takes: as many lines as a page of the provider has.
pub const MOST_RECORDS: usize = 100;

#[cfg(feature = "ssr")]
mod closing;
#[cfg(feature = "ssr")]
mod settling;
#[cfg(feature = "ssr")]
mod starting;

#[cfg(feature = "ssr")]
pub use closing::expire;
#[cfg(feature = "ssr")]
pub use settling::{PaymentNews, Settled, settle};
#[cfg(feature = "ssr")]
pub use starting::{Started, find_in_sandbox, list, start};
