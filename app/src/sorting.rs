//! What the address asks to sort a list by: `price` is ascending, `-price` descending.

use std::str::FromStr;

/// What is sorted by, and whether upwards. A word that means nothing is none: the list keeps its own order.
pub fn read<S: FromStr>(word: Option<&str>) -> Option<(S, bool)> {
    let word = word?;
    let key = word.strip_prefix('-').unwrap_or(word);
    Some((key.parse().ok()?, key == word))
}

#[cfg(test)]
mod tests {
    use super::read;
    use leads::billing::BillingSort::{self, Amount, Charged};

    #[test]
    fn a_minus_is_downwards_and_other_words_are_nothing() {
        for (word, sort) in [("amount", (Amount, true)), ("-amount", (Amount, false)), ("-charged", (Charged, false))] {
            assert_eq!(read::<BillingSort>(Some(word)), Some(sort), "{word}");
        }
        for odd in [None, Some(""), Some("-"), Some("--amount"), Some("price"), Some("Amount")] {
            assert_eq!(read::<BillingSort>(odd), None, "{odd:?}");
        }
    }
}
