//! Finding one record by the beginning of what is known of it: what a portal's palette asks while somebody types.

use kernel::{Id, text_enum};
use serde::{Deserialize, Serialize};

/// With fewer letters nothing is looked for.
pub const LEAST: usize = 2;
/// As many are found at most.
pub const MOST: usize = 8;

text_enum! {
    /// What was found.
    pub enum Kind {
        Lead => "lead" "Lead",
        Contractor => "contractor" "Contractor",
        Invoice => "invoice" "Invoice",
    }
}

/// A record, in words that are read at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub kind: Kind,
    /// An invoice's is its number.
    pub id: Id,
    pub label: String,
    /// What tells it from others of the same name.
    pub hint: String,
}

#[cfg(feature = "ssr")]
pub use finding::find;
#[cfg(feature = "ssr")]
pub(crate) use finding::{Start, invoice_start, phone_start};

#[cfg(feature = "ssr")]
mod finding {
    use super::{Found, LEAST, MOST};
    use crate::store;
    use kernel::{Outcome, Page, Permission};
    use platform::Ctx;
    use platform::auth::Caller;
    use std::collections::BTreeSet;

    const PAGE: Page = Page { limit: 8, offset: 0 };
    /// Contractors leave room for leads.
    const FEW: Page = Page { limit: 3, offset: 0 };

    /// What typed words may be the beginning of.
    #[derive(Debug, PartialEq, Eq)]
    pub enum Start {
        /// `+1415`
        Phone(String),
        Invoice(String),
        Id(String),
        /// A person's or a company's, in small letters.
        Name(String),
        City(String),
    }

    /// The records that begin so, eight at most. The staff's roles find leads and contractors, and those that work on charges find
    /// invoices; a contractor finds their own leads and invoices. Errors: `Forbidden` for others.
    pub async fn find(ctx: &Ctx, caller: &Caller, words: &str) -> Outcome<Vec<Found>> {
        let own = if let Caller::Contractor(id) = caller {
            Some(id.as_str())
        } else {
            caller.may(Permission::View)?;
            None
        };
        let sees_invoices = own.is_some() || caller.may(Permission::Billing).is_ok();
        let mut conn = ctx.db.read().await?;
        let mut found: Vec<Found> = Vec::new();
        for start in starts(words) {
            if let Start::Invoice(number) = &start {
                if sees_invoices {
                    found.extend(store::find::list_invoices(&mut conn, own, number, PAGE).await?);
                }
                continue;
            }
            if own.is_none() {
                found.extend(store::find::list_contractors(&mut conn, &start, FEW).await?);
            }
            found.extend(store::find::list_leads(&mut conn, own, &start, PAGE).await?);
        }
        // Whoever is named after their city is found twice.
        let mut seen = BTreeSet::new();
        found.retain(|record| seen.insert(record.id.clone()));
        found.truncate(MOST);
        Ok(found)
    }

    fn starts(words: &str) -> Vec<Start> {
        let text = words.trim();
        if text.chars().count() < LEAST || text.contains('\0') {
            return Vec::new();
        }
        if let Some(number) = invoice_start(text) {
            return vec![Start::Invoice(number)];
        }
        let text: String = text.to_lowercase().chars().take(100).collect();
        let mut all = Vec::new();
        // Ids are hexadecimal; so are some words and all figures.
        let is_id =
            (6..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit()) && text.bytes().any(|b| b.is_ascii_digit());
        if is_id {
            all.push(Start::Id(text.clone()));
        }
        match phone_start(&text) {
            Some(phone) => all.push(Start::Phone(phone)),
            None => all.extend([Start::Name(text.clone()), Start::City(text)]),
        }
        all
    }

    /// The phone number that these figures begin, with or without `+1`, spaces and the like: `+1415`. Three are the least.
    pub fn phone_start(text: &str) -> Option<String> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_phone = digits.len() >= 3 && text.chars().all(|c| c.is_ascii_digit() || " .-()+".contains(c));
        is_phone.then(|| format!("+1{}", digits.strip_prefix('1').unwrap_or(&digits)))
    }

    /// The invoice number that these words begin, with or without its letters: `INV-2025-0`.
    pub fn invoice_start(text: &str) -> Option<String> {
        let text = text.trim().to_ascii_uppercase();
        let (has_letters, rest) = text.strip_prefix("INV-").map_or((false, text.as_str()), |rest| (true, rest));
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        (is_number && rest.len() <= 20 && (has_letters || (rest.find('-') == Some(4) && rest.matches('-').count() == 1)))
            .then(|| format!("INV-{rest}"))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn words_are_the_beginning_of_what_they_look_like() {
            let names = |text: &str| vec![Start::Name(text.into()), Start::City(text.into())];
            for nothing in ["", " a ", "a\0b"] {
                assert!(starts(nothing).is_empty(), "{nothing:?}");
            }
            assert_eq!(starts(" Li "), names("li"));
            assert_eq!(starts("24"), names("24"));
            assert_eq!(starts("O'Neil Air"), names("o'neil air"));
            for phone in ["415", "(415", "+1 415", "1415"] {
                assert_eq!(starts(phone), [Start::Phone("+1415".into())], "{phone}");
            }
            assert_eq!(starts("415-555"), [Start::Phone("+1415555".into())]);
            assert_eq!(starts("0198F2")[0], Start::Id("0198f2".into()));
            assert_eq!(starts("facade"), names("facade"));
            for invoice in ["inv-2025-0", "INV-2025-0", "2025-0"] {
                assert_eq!(starts(invoice), [Start::Invoice("INV-2025-0".into())], "{invoice}");
            }
            assert_eq!(starts("inv-"), names("inv-"));
        }
    }
}
