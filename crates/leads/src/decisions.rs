//! Why a lead went to whom it went (decision 22): everybody who was considered, and what decided.

use chrono::{DateTime, Utc};
use kernel::{Id, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What became of a contractor in a decision.
    pub enum Verdict {
        Chosen => "chosen" "Got the lead",
        Eligible => "eligible" "Could have had it",
        DailyCap => "daily_cap" "Has all leads of the day",
        AlreadyHad => "already_had" "Has or had this request",
        OtherWork => "other_work" "Does other work",
        Paused => "paused" "Has paused new leads",
        Suspended => "suspended" "Suspended",
        Away => "away" "Took no leads at that time",
    }
}

text_enum! {
    /// The first rule that told the chosen one from the next.
    pub enum Rule {
        OnlyOne => "only_one" "Nobody else could take it.",
        Owed => "owed" "They are owed a free lead from a dispute.",
        Hours => "hours" "It was within their working hours.",
        Load => "load" "They had the least open leads for their share.",
        Conversion => "conversion" "With equal loads, more of their leads become qualified.",
        Waited => "waited" "With equal loads and results, they have waited longest for a lead.",
        Tie => "tie" "All else was equal.",
        ByHand => "by_hand" "An administrator chose them.",
        Nobody => "nobody" "Nobody could take it.",
    }
}

text_enum! {
    /// When it was decided.
    pub enum Occasion {
        Submitted => "submitted" "When the request came in",
        Waiting => "waiting" "After it had waited",
        DeadlineMissed => "deadline_missed" "When the response time had passed",
        ByHand => "by_hand" "By hand",
    }
}

/// The numbers that are compared, as they were then. Every decision keeps many of them: what is nothing is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Load {
    #[serde(skip_serializing_if = "is_default")]
    pub open_leads: i64,
    /// The share of leads in proportion to others' weights.
    pub weight: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub qualified_leads: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub received_leads: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub last_lead_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "is_default")]
    pub replacement_due: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub daily_cap: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    pub leads_today: i64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One contractor in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Considered {
    pub contractor_id: Id,
    pub business_name: String,
    pub verdict: Verdict,
    /// Only of those whose numbers mattered.
    pub load: Option<Load>,
}

/// A decision about a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub occasion: Occasion,
    pub rule: Rule,
    /// Who decided, as the audit log names them.
    pub actor: String,
    /// What an administrator said.
    pub reason: Option<String>,
    /// The chosen one first, then those who could have had it in their order, then the others.
    pub considered: Vec<Considered>,
    /// How many more there were.
    pub unlisted: i64,
    pub at: DateTime<Utc>,
}

impl Decision {
    pub fn chosen(&self) -> Option<&Considered> {
        self.considered.iter().find(|c| c.verdict == Verdict::Chosen)
    }
}

#[cfg(feature = "ssr")]
pub(crate) use weighing::{LeftOut, Weighed, weigh};

#[cfg(feature = "ssr")]
mod weighing {
    use super::{Considered, Load, Rule, Verdict};
    use crate::contractor::ContractorStatus;
    use crate::lead::Timeline;
    use crate::routing::Candidate;
    use kernel::Id;

    /// How many contractors a decision names.
    const LISTED: usize = 20;

    /// An approved contractor of the ZIP code, who may be no candidate.
    #[derive(Clone, Debug, sqlx::FromRow)]
    pub struct LeftOut {
        pub contractor_id: Id,
        pub business_name: String,
        pub status: ContractorStatus,
        pub is_accepting_leads: bool,
        /// Whether they do this work.
        pub is_able: bool,
    }

    /// What was decided, and among whom.
    #[derive(Clone, Debug)]
    pub struct Weighed {
        pub rule: Rule,
        pub considered: Vec<Considered>,
        pub unlisted: i64,
    }

    /// Puts a choice into words: `candidates` could do it, `serving` are all approved contractors of the ZIP code, `had`
    /// have or had the request.
    pub fn weigh(candidates: &[Candidate], serving: &[LeftOut], had: &[Id], chosen: Option<&Candidate>, timeline: Timeline) -> Weighed {
        let is_chosen = |c: &Candidate| chosen.is_some_and(|chosen| chosen.contractor_id == c.contractor_id);
        let mut in_order: Vec<(Verdict, &Candidate)> = candidates
            .iter()
            .map(|c| {
                let verdict = match () {
                    () if is_chosen(c) => Verdict::Chosen,
                    () if had.contains(&c.contractor_id) => Verdict::AlreadyHad,
                    () if !c.has_room() => Verdict::DailyCap,
                    () => Verdict::Eligible,
                };
                (verdict, c)
            })
            .collect();
        in_order.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.rank(y, timeline)));
        let next = in_order.iter().find(|(verdict, _)| *verdict == Verdict::Eligible).map(|(_, c)| *c);
        let rule = match (chosen, next) {
            (None, _) => Rule::Nobody,
            (Some(_), None) => Rule::OnlyOne,
            (Some(best), Some(next)) => best.rule_over(next, timeline),
        };
        let mut considered: Vec<Considered> = in_order
            .into_iter()
            .map(|(verdict, c)| Considered {
                contractor_id: c.contractor_id.clone(),
                business_name: c.business_name.clone(),
                verdict,
                load: Some(load_of(c)),
            })
            .collect();
        let mut others: Vec<Considered> = serving
            .iter()
            .filter(|s| candidates.iter().all(|c| c.contractor_id != s.contractor_id))
            .map(|s| {
                let verdict = match () {
                    () if had.contains(&s.contractor_id) => Verdict::AlreadyHad,
                    () if s.status != ContractorStatus::Active => Verdict::Suspended,
                    () if !s.is_accepting_leads => Verdict::Paused,
                    () if !s.is_able => Verdict::OtherWork,
                    () => Verdict::Away,
                };
                Considered { contractor_id: s.contractor_id.clone(), business_name: s.business_name.clone(), verdict, load: None }
            })
            .collect();
        others.sort_by(|a, b| a.verdict.cmp(&b.verdict).then_with(|| a.business_name.cmp(&b.business_name)));
        considered.append(&mut others);
        let unlisted = i64::try_from(considered.len().saturating_sub(LISTED)).unwrap_or(0);
        considered.truncate(LISTED);
        Weighed { rule, considered, unlisted }
    }

    fn load_of(c: &Candidate) -> Load {
        Load {
            open_leads: c.open_leads,
            weight: c.weight,
            qualified_leads: c.qualified_leads,
            received_leads: c.received_leads,
            last_lead_at: c.last_lead_at,
            replacement_due: c.replacement_due,
            daily_cap: c.daily_cap,
            leads_today: c.leads_today,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::routing::choose;
        use kernel::Phone;

        fn candidate(id: &str, open_leads: i64) -> Candidate {
            Candidate {
                contractor_id: id.into(),
                business_name: id.to_uppercase(),
                phone: Phone::parse("5559876543").expect("valid"),
                email: String::new(),
                open_leads,
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

        fn serving(id: &str, status: ContractorStatus, accepting: bool, able: bool) -> LeftOut {
            LeftOut { contractor_id: id.into(), business_name: id.into(), status, is_accepting_leads: accepting, is_able: able }
        }

        #[test]
        fn everybody_has_a_reason() {
            use ContractorStatus::{Active, Suspended};
            let candidates = [
                candidate("a", 2),
                candidate("b", 1),
                candidate("c", 0),
                Candidate { daily_cap: Some(1), leads_today: 1, ..candidate("d", 0) },
            ];
            let all = [
                serving("a", Active, true, true),
                serving("e", Suspended, true, true),
                serving("f", Active, false, true),
                serving("g", Active, true, false),
                serving("h", Active, true, true),
            ];
            let had = ["c".to_owned()];
            let chosen = choose(candidates.iter().filter(|c| !had.contains(&c.contractor_id)), Timeline::WithinWeek);
            let weighed = weigh(&candidates, &all, &had, chosen, Timeline::WithinWeek);
            let verdicts: Vec<(&str, Verdict)> = weighed.considered.iter().map(|c| (c.contractor_id.as_str(), c.verdict)).collect();
            assert_eq!(
                verdicts,
                [
                    ("b", Verdict::Chosen),
                    ("a", Verdict::Eligible),
                    ("d", Verdict::DailyCap),
                    ("c", Verdict::AlreadyHad),
                    ("g", Verdict::OtherWork),
                    ("f", Verdict::Paused),
                    ("e", Verdict::Suspended),
                    ("h", Verdict::Away),
                ]
            );
            assert_eq!(weighed.rule, Rule::Load);
            assert_eq!(weigh(&candidates[..1], &[], &[], Some(&candidates[0]), Timeline::WithinWeek).rule, Rule::OnlyOne);
            assert_eq!(weigh(&candidates[2..3], &[], &had, None, Timeline::WithinWeek).rule, Rule::Nobody);
        }

        #[test]
        fn the_rule_is_the_first_that_differs() {
            let (a, b) = (candidate("a", 0), candidate("b", 0));
            assert_eq!(a.rule_over(&b, Timeline::WithinWeek), Rule::Tie);
            assert_eq!(Candidate { replacement_due: 1, ..a.clone() }.rule_over(&b, Timeline::WithinWeek), Rule::Owed);
            assert_eq!(
                Candidate { qualified_leads: 1, received_leads: 1, ..a.clone() }.rule_over(&b, Timeline::WithinWeek),
                Rule::Conversion
            );
            assert_eq!(
                a.rule_over(&Candidate { last_lead_at: Some(chrono::DateTime::UNIX_EPOCH), ..b }, Timeline::WithinWeek),
                Rule::Waited
            );
        }

        #[test]
        fn a_crowd_is_counted_not_listed() {
            let crowd: Vec<Candidate> = (0..30).map(|n| candidate(&format!("c{n:02}"), n)).collect();
            let weighed = weigh(&crowd, &[], &[], crowd.first(), Timeline::WithinWeek);
            assert_eq!((weighed.considered.len(), weighed.unlisted), (LISTED, 10));
        }
    }
}
