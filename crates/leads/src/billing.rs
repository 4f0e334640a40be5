//! What contractors owe (seed 000, Get Billing History, Get Billing Records and Update Billing Record;
//! decisions 25, 28 and 38).
//!
//! One record a lead. Its amount is what the ledger's charge and credits of it come to; `billed`, `paid` and
//! `open` figures are sums of these amounts, so a summary always equals its records.

use crate::disputes::DisputeStatus;
use crate::lead::ServiceType;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Order, Page, Phone, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// A charge's way to payment (seed 000, Update Billing Record; decision 28).
    pub enum BillingStatus {
        Pending => "pending" "Pending",
        Invoiced => "invoiced" "Invoiced",
        Paid => "paid" "Paid",
        Credited => "credited" "Credited",
    }
}

impl BillingStatus {
    /// Forward only, and only among what can be set by hand; a dispute alone makes `credited` (decision 28).
    pub fn can_become(self, next: BillingStatus) -> bool {
        self == next || (self < next && next != BillingStatus::Credited)
    }
}

/// An invoice's number: `INV-2025-001` (seed 000, Update Billing Record). Each record has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvoiceNumber {
    /// Four digits.
    pub year: i64,
    /// From 1.
    pub number: i64,
}

impl InvoiceNumber {
    /// Reads the one spelling there is of a number.
    pub fn parse(text: &str) -> Option<InvoiceNumber> {
        let (year, number) = text.strip_prefix("INV-")?.split_once('-')?;
        let number = InvoiceNumber { year: year.parse().ok()?, number: number.parse().ok()? };
        let in_range = (1000..=9999).contains(&number.year) && (1..=999_999_999).contains(&number.number);
        (in_range && number.to_string() == text).then_some(number)
    }
}

impl std::fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "INV-{}-{:03}", self.year, self.number)
    }
}

/// A contractor as money lists name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Debtor {
    pub id: Id,
    pub business_name: String,
    pub email: String,
}

/// A lead as money lists name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BilledLead {
    pub id: Id,
    pub customer_first_name: String,
    pub customer_last_name: String,
    pub customer_phone: Phone,
    pub customer_city: Option<String>,
    pub customer_state: Option<String>,
    pub service_type: ServiceType,
}

impl BilledLead {
    pub fn customer_name(&self) -> String {
        format!("{} {}", self.customer_first_name, self.customer_last_name)
    }
}

/// A charge as lists show it (seed 000, Get Billing History and Get Billing Records).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    pub id: Id,
    pub contractor: Debtor,
    pub lead: BilledLead,
    /// What is owed, or was paid: the charge less its credits.
    pub amount: Money,
    /// The lead's price when it was billed.
    pub original_amount: Money,
    pub status: BillingStatus,
    pub invoice_number: Option<String>,
    pub notes: Option<String>,
    pub incurred_at: DateTime<Utc>,
    pub invoiced_at: Option<DateTime<Utc>>,
    pub paid_at: Option<DateTime<Utc>>,
    /// The latest dispute's.
    pub dispute_status: Option<DisputeStatus>,
}

text_enum! {
    /// What a list of charges is sorted by.
    pub enum BillingSort {
        Charged => "charged" "Charged",
        Amount => "amount" "Amount",
    }
}

/// Which charges a list shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BillingFilter {
    pub status: Option<BillingStatus>,
    pub contractor_id: Option<Id>,
    /// Incurred from this moment on.
    pub start_date: Option<DateTime<Utc>>,
    /// Incurred before this moment: for an inclusive day pass the start of the next (decision 31).
    pub end_date: Option<DateTime<Utc>>,
    /// The beginning of an invoice's number, or of the contractor's or the customer's name.
    pub q: Option<String>,
    pub order: Order<BillingSort>,
    pub page: Page,
}

impl BillingFilter {
    pub fn of_page(page: Page) -> BillingFilter {
        let order = Order::down(BillingSort::Charged);
        BillingFilter { status: None, contractor_id: None, start_date: None, end_date: None, q: None, order, page }
    }
}

/// The amounts of all the records that a filter asks for, by status; nothing of a credited one is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingSummary {
    /// Not invoiced yet.
    pub pending: Money,
    /// Invoiced and not paid.
    pub invoiced: Money,
    pub paid: Money,
}

impl BillingSummary {
    /// `totalRevenue` and `totalBilled`: pending, invoiced and paid.
    pub fn billed(self) -> Money {
        self.pending + self.invoiced + self.paid
    }

    /// A contractor's `totalPending`: what is not paid, invoiced or not.
    pub fn open(self) -> Money {
        self.pending + self.invoiced
    }
}

/// A page of charges with the summary of all that the filter asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BillingList {
    pub records: Vec<RecordView>,
    pub summary: BillingSummary,
    /// How many there are on all pages.
    pub total: i64,
}

/// What an administrator changes of a record (seed 000, Update Billing Record); what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordChange {
    pub status: Option<String>,
    pub invoice_number: Option<String>,
    pub notes: Option<String>,
}

/// What an invoice run did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRun {
    /// Records that were invoiced.
    pub invoiced: i64,
    /// How many contractors they went to.
    pub contractors: i64,
    pub total: Money,
}

/// A run that invoiced something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    pub id: Id,
    /// `admin`, or `system` for the schedule.
    pub actor: String,
    pub at: DateTime<Utc>,
    pub run: InvoiceRun,
}

#[cfg(feature = "ssr")]
mod charging;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod invoicing;

#[cfg(feature = "ssr")]
pub use crate::store::billing::Locked as LockedRecord;
#[cfg(feature = "ssr")]
pub(crate) use charging::{bill, credit};
#[cfg(feature = "ssr")]
pub use charging::{list, list_own, lock, mark_paid, pay_many, update};
#[cfg(feature = "ssr")]
pub use document::{InvoiceDocument, invoice_document};
#[cfg(feature = "ssr")]
pub use invoicing::{invoice_run, list_runs, preview_run, remind};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_move_forward_only() {
        use BillingStatus::{Credited, Invoiced, Paid, Pending};
        assert!(Pending.can_become(Invoiced) && Pending.can_become(Paid) && Invoiced.can_become(Paid) && Paid.can_become(Paid));
        for (from, to) in [(Invoiced, Pending), (Paid, Invoiced), (Paid, Pending), (Paid, Credited), (Pending, Credited), (Credited, Paid)]
        {
            assert!(!from.can_become(to), "{from} to {to}");
        }
    }

    #[test]
    fn an_invoice_number_has_one_spelling() {
        for text in ["INV-2025-001", "INV-2025-999", "INV-2026-1000"] {
            assert_eq!(InvoiceNumber::parse(text).map(|n| n.to_string()).as_deref(), Some(text));
        }
        for text in [
            "INV-2025-1",
            "INV-2025-0001",
            "inv-2025-001",
            "INV-25-001",
            "INV-2025-000",
            "INV-2025--01",
            "INV-2025-+01",
            "INV-2025-1e3",
            "",
        ] {
            assert_eq!(InvoiceNumber::parse(text), None, "{text}");
        }
    }
}
