use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

/// An amount in whole US cents. REST surfaces show it as a number of dollars (`dollars`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct Money(pub i64);

impl Money {
    pub const ZERO: Money = Money(0);

    pub const fn from_dollars(dollars: i64) -> Money {
        Money(dollars * 100)
    }

    /// Reads dollars from a JSON number; none for fractions of a cent and for more than ten billion.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small enough")]
    pub fn of_dollars(dollars: f64) -> Option<Money> {
        let cents = (dollars * 100.0).round();
        let is_whole = (dollars * 100.0 - cents).abs() < 1e-4;
        (is_whole && cents.abs() <= 1e12).then_some(Money(cents as i64))
    }

    /// Dollars as a JSON number: 25000 cents are `250.0`.
    #[expect(clippy::cast_precision_loss, reason = "amounts stay far below 2^53 cents")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Two decimals and no sign or separators, for CSV: `1234.50`.
    pub fn plain(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

/// For people: `$1,234.50`, `-$5.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.unsigned_abs();
        let digits = (cents / 100).to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(c);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}${grouped}.{:02}", cents % 100)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}
impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(iter: I) -> Money {
        iter.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn people_read_separators_and_machines_do_not() {
        assert_eq!(Money(123_450).to_string(), "$1,234.50");
        assert_eq!(Money(-500).to_string(), "-$5.00");
        assert_eq!(Money(100_000_000).to_string(), "$1,000,000.00");
        assert_eq!(Money(7).plain(), "0.07");
        assert_eq!(Money::of_dollars(250.0), Some(Money(25_000)));
        assert_eq!(Money::of_dollars(0.29), Some(Money(29)));
        assert_eq!(Money::of_dollars(-1_000_000.07), Some(Money(-100_000_007)));
        for bad in [0.001, 250.005, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Money::of_dollars(bad), None, "{bad}");
        }
        assert!((Money(25_000).dollars() - 250.0).abs() < f64::EPSILON);
    }
}
