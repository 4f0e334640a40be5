//! The SQL, one file a table, one function a query.

/// The ids of contractors whose name begins with the value, in small letters.
macro_rules! contractors_called {
    () => {
        "select q.id from contractors q where substr(lower(q.business_name), 1, 2) = substr(?, 1, 2)
           and substr(lower(q.business_name), 1, length(?)) = ?"
    };
}

/// The ids of leads whose customer's last or whole name begins with the value, in small letters. Fewer than three are the whole of
/// a name: no index has what only begins so.
macro_rules! leads_called {
    () => {
        "select q.id from leads q where substr(lower(q.customer_last_name), 1, 3) = substr(?, 1, 3)
           and substr(lower(q.customer_last_name), 1, length(?)) = ?
         union select q.id from leads q where substr(lower(q.customer_first_name), 1, 3) = substr(?, 1, 3)
           and substr(lower(q.customer_first_name || ' ' || q.customer_last_name), 1, length(?)) = ?"
    };
}

/// A `like` pattern (`escape '\'`) for texts that begin so; its own wild cards lose their meaning.
fn beginning(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.chars().take(100) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// As `beginning`, for texts in small letters that hold this anywhere.
fn containing(text: &str) -> String {
    format!("%{}", beginning(&text.to_lowercase()))
}

pub mod assignments;
pub mod billing;
pub mod bounces;
pub mod calls;
pub mod consents;
pub mod contractors;
pub mod decisions;
pub mod disputes;
pub mod evidence;
pub mod feedback;
pub mod find;
pub mod front_desk;
pub mod jobs;
pub mod lead_counts;
pub mod leads;
pub mod ledger;
pub mod names;
pub mod notes;
pub mod notifications;
pub mod numbers;
pub mod payments;
pub mod performance;
#[cfg(test)]
mod plans;
pub mod profiles;
pub mod scorecards;
pub mod scoring_versions;
pub mod sources;
pub mod staff;
pub mod tracking;
pub mod two_factor;
