use serde::{Deserialize, Serialize};
use std::fmt;

/// A US phone number, kept as E.164 (`+15551234567`). Documents show its ten digits (`national`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct Phone(String);

impl Phone {
    /// Reads ten digits, with or without `+1`, spaces, dots, hyphens and parentheses.
    pub fn parse(text: &str) -> Option<Phone> {
        let text = text.trim();
        let rest = text.strip_prefix("+1").unwrap_or(text);
        if rest.chars().any(|c| !(c.is_ascii_digit() || " .-()".contains(c))) {
            return None;
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        match (digits.len(), digits.strip_prefix('1')) {
            (10, _) => Some(Phone(format!("+1{digits}"))),
            (11, Some(ten)) if !text.starts_with("+1") => Some(Phone(format!("+1{ten}"))),
            _ => None,
        }
    }

    /// `+15551234567`
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// `5551234567`, as the documents show it.
    pub fn national(&self) -> &str {
        self.0.strip_prefix("+1").unwrap_or(&self.0)
    }
}

/// For people: `(555) 123-4567`.
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.national();
        match (n.get(..3), n.get(3..6), n.get(6..)) {
            (Some(area), Some(office), Some(line)) => write!(f, "({area}) {office}-{line}"),
            _ => f.write_str(n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_common_spelling_is_one_number() {
        for text in ["5551234567", "(555) 123-4567", "+1 555.123.4567", "15551234567", " 555-123-4567 "] {
            assert_eq!(Phone::parse(text).expect(text).e164(), "+15551234567");
        }
        for text in ["", "555123456", "55512345678", "555123456a", "+445551234567", "+115551234567"] {
            assert!(Phone::parse(text).is_none(), "{text}");
        }
        assert_eq!(Phone::parse("5551234567").expect("valid").to_string(), "(555) 123-4567");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_reads_its_own_output(text in ".{0,24}") {
            if let Some(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(&phone.to_string()), Some(phone.clone()));
                prop_assert_eq!(Phone::parse(phone.e164()), Some(phone));
            }
        }
    }
}
