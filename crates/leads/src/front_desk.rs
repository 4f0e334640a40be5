//! What people see of us before they sign in: figures, who serves a ZIP code, and how far the own request is.

use crate::lead::Category;
use chrono::{DateTime, Utc};
use kernel::{Money, Phone, Place};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod answers;
#[cfg(feature = "ssr")]
pub use answers::{facts, key_of_request, lead_of_key, progress, who_serves};

/// Figures for the first page. What there is nothing to say about is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// What a contractor pays for a lead of each category that is sold, the best first.
    pub prices: Vec<(Category, Money)>,
    /// Requests of the last 30 days that a contractor got.
    pub routed: Option<i64>,
    /// The median minutes from a contractor's getting a request to the first contact, in the last 30 days.
    pub response_minutes: Option<i64>,
    /// The mean of the customers' 1–5 in the last 365 days with one decimal, and how many there are.
    pub rating: Option<(f64, i64)>,
}

/// Who serves a ZIP code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaCheck {
    /// Where it is, when we know it.
    pub place: Option<Place>,
    /// Approved contractors who take leads there now.
    pub contractors: i64,
}

/// How far a request has come, as far as the one who sent it may know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RequestProgress {
    /// No contractor has it yet.
    Waiting,
    /// A contractor has it and should call by the deadline.
    Assigned { business: String, deadline: DateTime<Utc>, phone: Option<Phone> },
    /// A contractor has been in touch.
    Contacted { business: String, phone: Option<Phone> },
}
