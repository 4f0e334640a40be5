//! How a contractor does, for the administrator.

use crate::admin_views::{Marks, MonthPoint, Scorecard};
use crate::store::{self, scorecards::Counts};
use crate::views::percent;
use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
use kernel::{Money, Outcome, Permission, Problem};
use platform::Ctx;
use platform::auth::Caller;

/// Months of revenue, this one too.
const MONTHS: u32 = 6;

/// A contractor's marks and revenue beside the median of all who had leads, and their area. Errors: `NotFound`, `Forbidden`.
pub async fn get(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<Scorecard> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let own = store::scorecards::find_counts(&mut conn, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
    let all: Vec<Marks> = store::scorecards::list_counts(&mut conn).await?.iter().map(marks).collect();
    let of_all = |value: fn(&Marks) -> Option<f64>| median(all.iter().filter_map(value).collect());
    let since = first_month(ctx.now());
    let revenue = store::scorecards::list_revenue(&mut conn, since).await?;
    let months = (0..MONTHS)
        .filter_map(|n| since.checked_add_months(Months::new(n)))
        .map(|month| {
            let key = month.format("%Y-%m").to_string();
            let of_month = || revenue.iter().filter(|r| r.month == key);
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a month's cents stay far below 2^53")]
            let middle = Money(median(of_month().map(|r| r.cents.0 as f64).collect()).unwrap_or(0.0).round() as i64);
            let revenue = of_month().find(|r| r.contractor_id == id).map_or(Money::ZERO, |r| r.cents);
            MonthPoint { month, revenue, median: middle }
        })
        .collect();
    Ok(Scorecard {
        own: marks(&own),
        median: Marks {
            response_minutes: of_all(|m| m.response_minutes),
            contact_rate: of_all(|m| m.contact_rate),
            conversion: of_all(|m| m.conversion),
            rating: of_all(|m| m.rating),
            dispute_rate: of_all(|m| m.dispute_rate),
        },
        months,
        disputes: own.disputes,
        lost_leads: own.lost_leads,
        area: store::scorecards::list_area(&mut conn, id, ctx.now() - Duration::days(30)).await?,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn marks(c: &Counts) -> Marks {
    let share = |part: i64, whole: i64| (whole > 0).then(|| percent(part, whole));
    Marks {
        response_minutes: (c.responded_leads > 0).then(|| c.response_minutes_sum as f64 / c.responded_leads as f64),
        contact_rate: share(c.contacted_leads + c.qualified_leads, c.total_leads + c.lost_leads),
        conversion: share(c.qualified_leads, c.total_leads),
        rating: c.rating,
        dispute_rate: share(c.disputes, c.charges),
    }
}

/// The one in the middle, or between the two there; none of nothing.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle)?;
    if values.len() % 2 == 1 { Some(*upper) } else { values.get(middle - 1).map(|lower| f64::midpoint(*lower, *upper)) }
}

fn first_month(now: DateTime<Utc>) -> NaiveDate {
    let today = now.date_naive();
    let month = today.with_day(1).unwrap_or(today);
    month.checked_sub_months(Months::new(MONTHS - 1)).unwrap_or(month)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }
}
