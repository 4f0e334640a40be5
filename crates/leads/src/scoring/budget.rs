//! Budgets as people write them.

use kernel::Money;

/// A budget in whole dollars; an open end is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Budget {
    /// The amount that stands for the range: its middle, or its one end.
    pub fn typical(self) -> i64 {
        match (self.from, self.to) {
            (Some(from), Some(to)) => from.midpoint(to),
            (Some(from), None) => from,
            // "Under 500" can be anything below.
            (None, Some(to)) => to / 2,
            (None, None) => 0,
        }
    }

    /// `$500 to $1,000`, `$5,000 or more`, `under $500`.
    pub fn describe(self) -> String {
        let dollars = |amount| Money::from_dollars(amount).to_string().trim_end_matches(".00").to_owned();
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => dollars(from),
            (Some(from), Some(to)) => format!("{} to {}", dollars(from), dollars(to)),
            (Some(from), None) => format!("{} or more", dollars(from)),
            (None, Some(to)) => format!("under {}", dollars(to)),
            (None, None) => "open".into(),
        }
    }
}

/// Reads budgets as people write them: `500-1000`, `$1,000–$2,500`, `5000+`, `under 500`, `2k to 3k`.
/// What cannot be read is `None`, never an error (decision 20).
pub fn parse_budget(text: &str) -> Option<Budget> {
    let lower = text.to_lowercase();
    let amounts = amounts_in(&lower);
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match amounts.as_slice() {
        [] => None,
        [one] if has(&["under", "less", "below", "up to", "upto", "up_to", "max", "at most", "<", "≤"]) => {
            Some(Budget { from: None, to: Some(*one) })
        }
        [one] if has(&["+", "over", "more", "above", "min", "at least", "at_least", "from", "plus", ">", "≥"]) => {
            Some(Budget { from: Some(*one), to: None })
        }
        [one] => Some(Budget { from: Some(*one), to: Some(*one) }),
        [a, b, ..] => Some(Budget { from: Some(*a.min(b)), to: Some(*a.max(b)) }),
    }
}

/// The dollar amounts in a text, in order. Thousands separators, cents and a `k` are understood;
/// an amount beyond a billion counts as a billion.
fn amounts_in(text: &str) -> Vec<i64> {
    const MOST: i64 = 1_000_000_000;
    let mut amounts = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(first) = c.to_digit(10) else { continue };
        let mut amount = i64::from(first);
        // Digits after a decimal point, as thousandths.
        let (mut thousandths, mut unit) = (0, 0);
        while let Some(next) = chars.peek().copied() {
            if let Some(digit) = next.to_digit(10) {
                if unit == 0 {
                    amount = (amount * 10 + i64::from(digit)).min(MOST);
                } else {
                    thousandths += i64::from(digit) * (unit / 10);
                    unit /= 10;
                    if unit == 0 {
                        unit = 1;
                    }
                }
            } else if next == '.' && unit == 0 {
                unit = 1000;
            } else if next != ',' {
                break;
            }
            chars.next();
        }
        if chars.peek() == Some(&'k') {
            amount = (amount * 1000 + thousandths).min(MOST);
            chars.next();
        }
        amounts.push(amount);
    }
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_as_people_write_them() {
        let range = |from, to| Some(Budget { from, to });
        for (text, budget) in [
            ("500-1000", range(Some(500), Some(1000))),
            ("$1,000–$2,500", range(Some(1000), Some(2500))),
            ("$1,000 to $2,500", range(Some(1000), Some(2500))),
            ("2500-1000", range(Some(1000), Some(2500))),
            ("5000+", range(Some(5000), None)),
            ("over $10,000", range(Some(10000), None)),
            ("under 500", range(None, Some(500))),
            ("<500", range(None, Some(500))),
            ("1.5k-3k", range(Some(1500), Some(3000))),
            ("$750.50", range(Some(750), Some(750))),
            ("99999999999999999999", range(Some(1_000_000_000), Some(1_000_000_000))),
            ("0-100", range(Some(0), Some(100))),
            ("no idea", None),
            ("", None),
        ] {
            assert_eq!(parse_budget(text), budget, "{text}");
        }
    }
}
