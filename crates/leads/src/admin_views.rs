//! What only the administrator's pages show: plain data without SQL, shared by server and browser.

use crate::decisions::{Considered, Decision};
use crate::notes::NoteView;
use crate::views::{LeadPage, LeadView, mean, percent};
use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::{Id, Money, Zip};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// A lead's own page with why it went where, and who else could have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadFile {
    /// The history has the mails and SMS too.
    pub page: LeadPage,
    /// The version of the scoring that held when it came.
    pub scoring_version: i64,
    /// The latest first.
    pub decisions: Vec<Decision>,
    /// Who could take it now, the best first, and who could not.
    pub options: Vec<Considered>,
    /// Other leads of the same request or from the same phone, the oldest first.
    pub alike: Vec<LeadView>,
    /// What contractors wrote down, the newest first.
    pub notes: Vec<NoteView>,
}

/// What became of one of several that were ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkLine {
    /// Of the lead, contractor or dispute whose page tells more.
    pub id: Id,
    /// The customer, or the business.
    pub name: String,
    pub is_done: bool,
    /// Goes after the name: `went to HVAC Pros`.
    pub words: String,
}

/// Whole UTC days, the last inclusive (decision 31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    /// The most days of a period.
    pub const MAX_DAYS: i64 = 366;

    /// The last days, today last.
    pub fn last(days: u64, today: NaiveDate) -> Period {
        Period { from: today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today), to: today }
    }

    /// What an address asks for: two days, or how many; anything odd is the last 30 days.
    pub fn read(from: Option<&str>, to: Option<&str>, days: Option<&str>, today: NaiveDate) -> Period {
        let day = |text: Option<&str>| text.and_then(|text| text.parse::<NaiveDate>().ok());
        let asked = match (day(from), day(to)) {
            (Some(from), Some(to)) => Some(Period { from, to }),
            (Some(from), None) => Some(Period { from, to: today }),
            _ => None,
        };
        let days = days.and_then(|text| text.parse::<u64>().ok()).filter(|days| [7, 30, 90].contains(days)).unwrap_or(30);
        asked.filter(|p| p.from <= p.to && p.days() <= Period::MAX_DAYS).unwrap_or_else(|| Period::last(days, today))
    }

    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// As many days, right before.
    pub fn before(self) -> Period {
        let back = Days::new(u64::try_from(self.days()).unwrap_or(1));
        Period { from: self.from.checked_sub_days(back).unwrap_or(self.from), to: self.from.pred_opt().unwrap_or(self.from) }
    }
}

/// The figures of some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct PeriodFigures {
    /// Leads that came.
    pub leads: i64,
    /// Of those, the ones that a contractor got.
    pub assigned: i64,
    /// Of those, the ones that are qualified by now.
    pub qualified: i64,
    /// Of all leads that came.
    pub score_sum: i64,
    /// Charges less credits.
    pub revenue: Money,
    /// Payments less what was paid out.
    pub received: Money,
    /// What disputes gave back.
    pub credit: Money,
    pub calls: i64,
    pub disputes: i64,
    /// Contractors who applied.
    pub applications: i64,
}

impl PeriodFigures {
    /// Qualified of assigned, percent with one decimal; none where none was assigned.
    pub fn conversion(&self) -> Option<f64> {
        (self.assigned > 0).then(|| percent(self.qualified, self.assigned))
    }

    /// Of the leads that came; none where none came.
    pub fn average_score(&self) -> Option<i64> {
        mean(self.score_sum, self.leads)
    }

    /// All days together.
    pub fn of(days: &[DayPoint]) -> PeriodFigures {
        let mut all = PeriodFigures::default();
        for day in days {
            all += day.figures;
        }
        all
    }
}

impl AddAssign for PeriodFigures {
    fn add_assign(&mut self, more: PeriodFigures) {
        *self = PeriodFigures {
            leads: self.leads + more.leads,
            assigned: self.assigned + more.assigned,
            qualified: self.qualified + more.qualified,
            score_sum: self.score_sum + more.score_sum,
            revenue: self.revenue + more.revenue,
            received: self.received + more.received,
            credit: self.credit + more.credit,
            calls: self.calls + more.calls,
            disputes: self.disputes + more.disputes,
            applications: self.applications + more.applications,
        };
    }
}

/// The eleven figures of the admin's dashboard (seed 000, Admin Dashboard).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdminStats {
    pub total_leads: i64,
    pub leads_today: i64,
    pub total_contractors: i64,
    pub active_contractors: i64,
    pub approved_contractors: i64,
    pub pending_contractors: i64,
    pub total_revenue: Money,
    pub revenue_this_month: Money,
    pub pending_billing: Money,
    pub average_lead_score: i64,
    /// Percent with one decimal.
    pub conversion_rate: f64,
}

/// Something worth reading that happened (seed 000, Admin Dashboard, recentActivity).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub kind: String,
    pub data: serde_json::Value,
    pub at: DateTime<Utc>,
}

/// One UTC day of a chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayPoint {
    pub day: NaiveDate,
    pub figures: PeriodFigures,
}

/// The admin's dashboard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdminDashboard {
    pub stats: AdminStats,
    /// Newest first, at most twenty.
    pub recent_activity: Vec<Activity>,
    /// The last thirty days, oldest first, today last.
    pub days: Vec<DayPoint>,
}

/// The figures of a period beside those of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub period: Period,
    pub now: PeriodFigures,
    pub before: PeriodFigures,
    /// Oldest first.
    pub days: Vec<DayPoint>,
}

/// By how much a figure changed, in whole percent; none when there was nothing before.
pub fn change(now: f64, before: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "percent")]
    (before.abs() > f64::EPSILON).then(|| ((now - before) * 100.0 / before.abs()).round() as i64)
}

/// How well a contractor works, as numbers of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// Mean minutes from assignment to first contact; none before the first.
    pub response_minutes: Option<f64>,
    /// Contacted of all leads they ever got, percent with one decimal.
    pub contact_rate: Option<f64>,
    /// Qualified of the leads they have, percent with one decimal.
    pub conversion: Option<f64>,
    /// 1 to 5.
    pub rating: Option<f64>,
    /// Disputed of all charges, percent with one decimal.
    pub dispute_rate: Option<f64>,
}

/// The revenue of one UTC month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthPoint {
    /// The first day of it.
    pub month: NaiveDate,
    pub revenue: Money,
    /// Of the contractors who had any.
    pub median: Money,
}

/// A ZIP code that a contractor serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct ServedZip {
    pub zip: Zip,
    /// As customers call it.
    pub city: Option<String>,
    /// Active contractors who serve it, this one too.
    pub contractors: i64,
    /// Leads of the last 30 days.
    pub leads: i64,
}

/// How a contractor does beside the median of all who had leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    pub own: Marks,
    pub median: Marks,
    /// Oldest first, this month last.
    pub months: Vec<MonthPoint>,
    pub disputes: i64,
    pub lost_leads: i64,
    pub area: Vec<ServedZip>,
}

/// How many rows each documented table has (seed 000, Database Schema).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCounts {
    pub leads: i64,
    pub contractors: i64,
    pub billing_records: i64,
    pub lead_assignments: i64,
    pub call_logs: i64,
    pub sms_logs: i64,
    pub disputes: i64,
    pub customer_feedback: i64,
    pub tracking_numbers: i64,
    pub notification_logs: i64,
}

impl RecordCounts {
    pub fn total(&self) -> i64 {
        self.leads
            + self.contractors
            + self.billing_records
            + self.lead_assignments
            + self.call_logs
            + self.sms_logs
            + self.disputes
            + self.customer_feedback
            + self.tracking_numbers
            + self.notification_logs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_period_stands_right_after_the_one_before() {
        let today = day("2026-03-15");
        let week = Period::last(7, today);
        assert_eq!((week.from, week.to, week.days()), (day("2026-03-09"), today, 7));
        assert_eq!(week.before(), Period { from: day("2026-03-02"), to: day("2026-03-08") });
        assert_eq!(Period { from: today, to: today }.before(), Period { from: day("2026-03-14"), to: day("2026-03-14") });
    }

    #[test]
    fn odd_addresses_are_thirty_days() {
        let today = day("2026-03-15");
        let usual = Period::last(30, today);
        let read = |from, to, days| Period::read(from, to, days, today);
        assert_eq!(read(None, None, Some("90")).days(), 90);
        assert_eq!(read(Some("2026-01-01"), Some("2026-01-31"), Some("7")).days(), 31);
        assert_eq!(read(Some("2026-03-01"), None, None).days(), 15);
        for odd in [
            read(None, None, None),
            read(None, None, Some("8")),
            read(Some("2026-02-01"), Some("2026-01-01"), None),
            read(Some("1900-01-01"), Some("2026-01-01"), None),
            read(Some("x"), Some("2026-01-01"), None),
        ] {
            assert_eq!(odd, usual);
        }
    }

    #[test]
    fn days_add_up_and_nothing_has_no_average() {
        let figures = PeriodFigures { leads: 3, assigned: 2, qualified: 1, score_sum: 300, ..PeriodFigures::default() };
        let days = [figures, PeriodFigures::default(), figures].map(|figures| DayPoint { day: day("2026-03-15"), figures });
        let all = PeriodFigures::of(&days);
        assert_eq!((all.leads, all.conversion(), all.average_score()), (6, Some(50.0), Some(100)));
        assert_eq!((days[1].figures.conversion(), days[1].figures.average_score()), (None, None));
    }

    #[test]
    fn changes_are_in_percent_of_what_was() {
        assert_eq!(change(150.0, 100.0), Some(50));
        assert_eq!(change(0.0, 8.0), Some(-100));
        assert_eq!(change(3.0, 0.0), None);
    }
}
