//! Working on several rows of a list at once.

use kernel::{Outcome, Problem};

/// The most rows that one press works on.
pub const MAX_BULK: usize = 100;

/// Whether the ticked rows of a form are as many as may be. Errors: `Invalid` (`field`).
pub(crate) fn check<T>(field: &'static str, ticked: &[T], what: &str) -> Outcome<()> {
    if ticked.is_empty() || ticked.len() > MAX_BULK {
        return Err(Problem::invalid(field, format!("must be 1 to {MAX_BULK} {what}: tick them in the list")));
    }
    Ok(())
}
