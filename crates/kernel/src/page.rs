use crate::{FieldError, Problem};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub limit: i64,
    pub offset: i64,
}

impl Page {
    /// The most that one answer lists (decision 10).
    pub const MAX_LIMIT: i64 = 500;

    /// Checks what a caller asked for. Errors: `Invalid` for a limit outside 1–500 or a negative offset.
    pub fn new(limit: Option<i64>, offset: Option<i64>, default_limit: i64) -> Result<Page, Problem> {
        let page = Page { limit: limit.unwrap_or(default_limit), offset: offset.unwrap_or(0) };
        let mut errors = Vec::new();
        if !(1..=Page::MAX_LIMIT).contains(&page.limit) {
            errors.push(FieldError::new("limit", format!("must be between 1 and {}", Page::MAX_LIMIT)));
        }
        if page.offset < 0 {
            errors.push(FieldError::new("offset", "must not be negative"));
        }
        if errors.is_empty() { Ok(page) } else { Err(Problem::Invalid(errors)) }
    }
}

/// What a list is sorted by, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order<S> {
    pub by: S,
    pub ascending: bool,
}

impl<S> Order<S> {
    /// The least first.
    pub const fn up(by: S) -> Order<S> {
        Order { by, ascending: true }
    }

    /// The most, or the newest, first.
    pub const fn down(by: S) -> Order<S> {
        Order { by, ascending: false }
    }
}

impl<S: FromStr> Order<S> {
    /// What an address asks for: `price` is ascending, `-price` descending. None for a word that is no order.
    pub fn read(text: Option<&str>) -> Option<Order<S>> {
        let text = text?;
        let (by, ascending) = text.strip_prefix('-').map_or((text, true), |by| (by, false));
        by.parse().ok().map(|by| Order { by, ascending })
    }
}

/// One page of a list, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub total: i64,
}

#[cfg(test)]
mod tests {
    use super::Order;
    use crate::JobStatus;

    #[test]
    fn an_order_is_read_from_an_address() {
        assert_eq!(Order::read(Some("dead")), Some(Order::up(JobStatus::Dead)));
        assert_eq!(Order::read(Some("-dead")), Some(Order::down(JobStatus::Dead)));
        for odd in [None, Some(""), Some("-"), Some("--dead"), Some("Dead")] {
            assert_eq!(Order::<JobStatus>::read(odd), None, "{odd:?}");
        }
    }
}
