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
    /// The saved card that it is charged to; none when it is made on the provider's page.
    pub card_id: Option<String>,
    /// Whether the provider keeps the card that is used.
    pub saves_card: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A card that the provider keeps for a contractor. What is secret about it never comes here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCard {
    /// The provider's id of it.
    pub id: String,
    /// `visa`
    pub brand: String,
    pub last4: String,
    pub exp_month: i64,
    pub exp_year: i64,
    /// Offered first.
    pub is_default: bool,
}

impl SavedCard {
    /// `Visa ending in 4242`
    pub fn name(&self) -> String {
        let mut letters = self.brand.chars();
        let brand: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        format!("{} ending in {}", if brand == "Amex" { "American Express" } else { &brand }, self.last4)
    }
}

/// How a payment with a saved card went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardPayment {
    /// Paid, or about to be: the payment tells.
    Made { payment_id: Id },
    /// The bank wants to hear the payer, on this page.
    Page { checkout_url: String },
}

/// The most billing records that one payment takes: as many lines as a page of the provider has.
pub const MOST_RECORDS: usize = 100;

#[cfg(feature = "ssr")]
mod cards;
#[cfg(feature = "ssr")]
mod closing;
#[cfg(feature = "ssr")]
mod settling;
#[cfg(feature = "ssr")]
mod starting;

#[cfg(feature = "ssr")]
pub use cards::{list_cards, pay_with_card, remove_card, save_sandbox_card, set_default_card};
#[cfg(feature = "ssr")]
pub use closing::expire;
#[cfg(feature = "ssr")]
pub use settling::{PaymentNews, Settled, settle};
#[cfg(feature = "ssr")]
pub use starting::{Started, find, find_in_sandbox, list, start};
