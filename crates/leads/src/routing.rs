//! Who gets a lead (decision 22).

use crate::decisions::Rule;
use crate::lead::Timeline;
use chrono::{DateTime, Utc};
use kernel::{Id, Phone};
use std::cmp::Ordering;

/// An eligible contractor with the numbers that the choice needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct Candidate {
    pub contractor_id: Id,
    pub business_name: String,
    pub phone: Phone,
    pub email: String,
    pub open_leads: i64,
    /// The share of leads in proportion to others' weights.
    pub weight: i64,
    pub qualified_leads: i64,
    /// All leads ever received, lost ones too.
    pub received_leads: i64,
    pub last_lead_at: Option<DateTime<Utc>>,
    /// Free leads that disputes promised.
    pub replacement_due: i64,
    pub daily_cap: Option<i64>,
    /// Counted only for those with a cap.
    pub leads_today: i64,
    /// Whether it is within their working hours.
    #[cfg_attr(feature = "ssr", sqlx(skip))]
    pub is_open: bool,
}

impl Candidate {
    /// Whether their daily cap allows one more.
    pub fn has_room(&self) -> bool {
        self.daily_cap.is_none_or(|cap| self.leads_today < cap)
    }

    /// The better choice is less.
    pub fn rank(&self, other: &Candidate, timeline: Timeline) -> Ordering {
        let differs = self.compare(other, timeline).into_iter().map(|(_, order)| order).find(|order| order.is_ne());
        differs.unwrap_or_else(|| self.contractor_id.cmp(&other.contractor_id))
    }

    /// The rule that puts this candidate before `other`: the first that tells them apart.
    pub fn rule_over(&self, other: &Candidate, timeline: Timeline) -> Rule {
        self.compare(other, timeline).into_iter().find(|(_, order)| order.is_ne()).map_or(Rule::Tie, |(rule, _)| rule)
    }

    /// The rules in their order, with what each says.
    fn compare(&self, other: &Candidate, timeline: Timeline) -> [(Rule, Ordering); 5] {
        let owed = |c: &Candidate| c.replacement_due > 0;
        // An emergency wakes whoever is next.
        let works = |c: &Candidate| c.is_open || timeline == Timeline::Emergency;
        [
            (Rule::Owed, owed(other).cmp(&owed(self))),
            (Rule::Hours, works(other).cmp(&works(self))),
            (Rule::Load, quotients(self.open_leads, self.weight, other.open_leads, other.weight)),
            (Rule::Conversion, quotients(other.qualified_leads, other.received_leads, self.qualified_leads, self.received_leads)),
            (Rule::Waited, self.last_lead_at.cmp(&other.last_lead_at)),
        ]
    }
}

/// Counts a lead that candidate `id` was just given, wherever it is among the candidates for other leads too.
pub fn count<'a>(candidates: impl Iterator<Item = &'a mut Candidate>, id: &str, now: DateTime<Utc>) {
    for candidate in candidates.filter(|c| c.contractor_id == id) {
        candidate.open_leads += 1;
        candidate.received_leads += 1;
        candidate.leads_today += 1;
        candidate.last_lead_at = Some(now);
        candidate.replacement_due = (candidate.replacement_due - 1).max(0);
    }
}

/// Compares a/b with c/d without fractions; a share of nothing is 0.
fn quotients(a: i64, b: i64, c: i64, d: i64) -> Ordering {
    (i128::from(a) * i128::from(d.max(1))).cmp(&(i128::from(c) * i128::from(b.max(1))))
}

/// Chooses among the eligible: whoever is owed a replacement; then who is at work now, except for an emergency; then
/// the fewest open leads in proportion to the weight; then the best conversion rate; then the longest since the last
/// lead. Nobody who has reached their daily cap. Working hours order the eligible and exclude nobody: at night a lead
/// still goes to somebody, and its deadline runs as always (decision 23).
pub fn choose<'a>(candidates: impl IntoIterator<Item = &'a Candidate>, timeline: Timeline) -> Option<&'a Candidate> {
    candidates.into_iter().filter(|c| c.has_room()).min_by(|a, b| a.rank(b, timeline))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use proptest::prelude::*;

    fn candidate(id: &str) -> Candidate {
        Candidate {
            contractor_id: id.into(),
            business_name: id.into(),
            phone: Phone::parse("5559876543").expect("valid"),
            email: format!("{id}@example.com"),
            open_leads: 0,
            weight: 1,
            qualified_leads: 0,
            received_leads: 0,
            last_lead_at: None,
            replacement_due: 0,
            daily_cap: None,
            leads_today: 0,
            is_open: true,
        }
    }

    fn chosen(candidates: &[Candidate]) -> Option<&str> {
        choose(candidates, Timeline::Within24Hours).map(|c| c.contractor_id.as_str())
    }

    #[test]
    fn the_rules_apply_in_their_order() {
        let a = || candidate("a");
        let b = || candidate("b");
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[Candidate { open_leads: 2, ..a() }, Candidate { open_leads: 1, ..b() }]), Some("b"));
        // 4 of weight 3 is less than 2 of weight 1.
        assert_eq!(chosen(&[Candidate { open_leads: 2, ..a() }, Candidate { open_leads: 4, weight: 3, ..b() }]), Some("b"));
        let converts = |c: Candidate, qualified, received| Candidate { qualified_leads: qualified, received_leads: received, ..c };
        assert_eq!(chosen(&[converts(a(), 1, 4), converts(b(), 1, 2)]), Some("b"));
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let waited = |c: Candidate, hours| Candidate { last_lead_at: Some(at + Duration::hours(hours)), ..c };
        assert_eq!(chosen(&[waited(a(), 2), waited(b(), 1)]), Some("b"));
        assert_eq!(chosen(&[waited(a(), 2), b()]), Some("b"), "never had one");
        assert_eq!(chosen(&[a(), Candidate { replacement_due: 1, open_leads: 9, ..b() }]), Some("b"));
        assert_eq!(chosen(&[Candidate { daily_cap: Some(1), leads_today: 1, ..a() }, Candidate { open_leads: 9, ..b() }]), Some("b"));
        assert_eq!(chosen(&[Candidate { daily_cap: Some(0), ..a() }]), None);
    }

    #[test]
    fn who_is_at_work_comes_first_but_not_in_an_emergency() {
        let closed = |c: Candidate| Candidate { is_open: false, ..c };
        let busy = Candidate { open_leads: 9, ..candidate("b") };
        let both = [closed(candidate("a")), busy.clone()];
        assert_eq!(chosen(&both), Some("b"), "at work, though busier");
        assert_eq!(choose(&both, Timeline::Emergency).map(|c| c.contractor_id.as_str()), Some("a"), "the less busy");
        assert_eq!(chosen(&[closed(candidate("a"))]), Some("a"), "nobody else");
        assert_eq!(chosen(&[Candidate { replacement_due: 1, ..closed(candidate("a")) }, busy]), Some("a"), "a promise is kept first");
    }

    proptest! {
        /// Loads follow the weights: dealt one by one, no one strays by more than one lead's share.
        #[test]
        fn loads_follow_weights(weights in proptest::collection::vec(1_i64..6, 1..8), leads in 1_i64..300) {
            let mut all: Vec<Candidate> =
                weights.iter().enumerate().map(|(i, w)| Candidate { weight: *w, ..candidate(&format!("c{i}")) }).collect();
            for _ in 0..leads {
                let id = chosen(&all).expect("somebody").to_owned();
                let winner = all.iter_mut().find(|c| c.contractor_id == id).expect("known");
                winner.open_leads += 1;
            }
            for x in &all {
                for y in &all {
                    // Had x one lead less, it would not have been more loaded than y.
                    prop_assert!((x.open_leads - 1) * y.weight <= y.open_leads * x.weight);
                }
            }
        }
    }
}
