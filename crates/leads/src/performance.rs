//! How a contractor does, against those nearby: speed, contact, conversion, ratings, disputes.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Id;
use serde::{Deserialize, Serialize};

/// How far back figures are compared, in days.
pub const COMPARED_DAYS: i64 = 90;
/// How many others there must be before their median says anything.
pub const ENOUGH_OTHERS: usize = 3;

/// A figure of the last [`COMPARED_DAYS`]: the own, and the median of the contractors who share a ZIP code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub own: Option<f64>,
    /// None: not enough others have one.
    pub area: Option<f64>,
}

/// One month of the charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Month {
    pub first_day: NaiveDate,
    /// Leads received, lost ones too.
    pub leads: i64,
    /// Median minutes from assignment to first contact.
    pub response_minutes: Option<f64>,
    /// Percent of the received that were contacted.
    pub contact_rate: Option<f64>,
    /// Percent of the kept that qualified (decision 38).
    pub conversion: Option<f64>,
    /// Mean of 1–5.
    pub rating: Option<f64>,
}

/// What a customer said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct Review {
    pub lead_id: Id,
    pub customer_first_name: String,
    pub rating: i64,
    pub comment: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// What became of the disputes of the last twelve months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct DisputeCounts {
    pub open: i64,
    pub approved: i64,
    pub denied: i64,
}

/// The performance page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Leads of the last [`COMPARED_DAYS`], those that were lost too.
    pub received: i64,
    /// Of those, the ones that went to another contractor because first contact was late.
    pub lost: i64,
    /// Median minutes from assignment to first contact.
    pub response_minutes: Compared,
    /// Percent.
    pub contact_rate: Compared,
    pub conversion: Compared,
    /// Mean of 1–5.
    pub rating: Compared,
    /// Percent of the charges that were disputed.
    pub disputed: Compared,
    /// The last twelve, oldest first, this one last.
    pub months: Vec<Month>,
    /// The newest, at most twenty.
    pub reviews: Vec<Review>,
    pub disputes: DisputeCounts,
}

/// The middle value, or the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    values.get(values.len() / 2 - 1).map(|lower| f64::midpoint(*lower, upper))
}

#[cfg(feature = "ssr")]
pub use measuring::get;

#[cfg(feature = "ssr")]
mod measuring {
    use super::{COMPARED_DAYS, Compared, ENOUGH_OTHERS, Month, Performance, median};
    use crate::assigning;
    use crate::contractors::own_id;
    use crate::lead::LeadStatus;
    use crate::store;
    use crate::store::performance::Received;
    use crate::views::{one_decimal, percent};
    use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
    use kernel::{Id, Outcome};
    use platform::auth::Caller;
    use platform::{Ctx, Tz};
    use std::collections::BTreeMap;

    /// Leads that one page reads at most; beyond that the newest count.
    const MOST: i64 = 20_000;
    const REVIEWS: i64 = 20;

    /// The own figures. Errors: `Forbidden` for others than contractors.
    pub async fn get(ctx: &Ctx, caller: &Caller) -> Outcome<Performance> {
        let id = own_id(caller)?;
        let zone = ctx.settings.company_time_zone;
        let first_months = last_months(ctx.now().with_timezone(&zone).date_naive());
        let year = first_months.first().and_then(|day| assigning::day_start(zone, *day)).unwrap_or(ctx.now());
        let recent = ctx.now() - Duration::days(COMPARED_DAYS);
        let mut conn = ctx.db.read().await?;
        let own = store::performance::list_received(&mut conn, &id, year, MOST).await?;
        let area = store::performance::list_received_in_area(&mut conn, &id, recent, MOST).await?;
        let ratings = store::performance::list_mean_ratings(&mut conn, &id, recent).await?;
        let disputed = store::performance::list_disputed(&mut conn, &id, recent).await?;
        let own_ratings = store::performance::list_ratings(&mut conn, &id, year).await?;

        let mut by_contractor: BTreeMap<Id, Vec<&Received>> = BTreeMap::new();
        for lead in &area {
            by_contractor.entry(lead.contractor_id.clone()).or_default().push(lead);
        }
        let mine = by_contractor.get(&id).map_or(&[][..], Vec::as_slice);
        let compared = |figure: fn(&[&Received]) -> Option<f64>| {
            compare(&id, by_contractor.iter().filter_map(|(who, leads)| Some((who, figure(leads)?))))
        };
        let shares = disputed.iter().map(|(who, charges, disputed)| (who, percent(*disputed, *charges)));
        Ok(Performance {
            received: count(mine.len()),
            lost: count(mine.iter().filter(|lead| !lead.is_kept).count()),
            response_minutes: compared(response),
            contact_rate: compared(contact_rate),
            conversion: compared(conversion),
            rating: compare(&id, ratings.iter().map(|(who, rating)| (who, one_decimal(*rating)))),
            disputed: compare(&id, shares),
            months: first_months.into_iter().map(|first_day| month(zone, first_day, &own, &own_ratings)).collect(),
            reviews: store::performance::list_reviews(&mut conn, &id, REVIEWS).await?,
            disputes: store::performance::count_disputes(&mut conn, &id, year).await?,
        })
    }

    /// The first days of twelve months, the one of `today` last.
    fn last_months(today: NaiveDate) -> Vec<NaiveDate> {
        let this = today.with_day(1).unwrap_or(today);
        (0..12).rev().filter_map(|back| this.checked_sub_months(Months::new(back))).collect()
    }

    fn compare<'a>(own_id: &str, figures: impl Iterator<Item = (&'a Id, f64)>) -> Compared {
        let (own, others): (Vec<_>, Vec<_>) = figures.partition(|(who, _)| *who == own_id);
        let others: Vec<f64> = others.into_iter().map(|(_, figure)| figure).collect();
        let area = if others.len() < ENOUGH_OTHERS { None } else { median(others).map(one_decimal) };
        Compared { own: own.first().map(|(_, figure)| *figure), area }
    }

    fn month(zone: Tz, first_day: NaiveDate, leads: &[Received], ratings: &[(DateTime<Utc>, i64)]) -> Month {
        let is_in = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive().with_day(1) == Some(first_day);
        let received: Vec<&Received> = leads.iter().filter(|lead| is_in(lead.assigned_at)).collect();
        let stars: Vec<i64> = ratings.iter().filter(|(at, _)| is_in(*at)).map(|(_, rating)| *rating).collect();
        Month {
            first_day,
            leads: count(received.len()),
            response_minutes: response(&received),
            contact_rate: contact_rate(&received),
            conversion: conversion(&received),
            rating: (!stars.is_empty()).then(|| one_decimal(percent(stars.iter().sum(), count(stars.len())) / 100.0)),
        }
    }

    fn count(n: usize) -> i64 {
        i64::try_from(n).unwrap_or(i64::MAX)
    }

    fn response(leads: &[&Received]) -> Option<f64> {
        let minutes = |lead: &&Received| {
            let at = lead.first_contact_at.filter(|_| lead.is_kept)?;
            u32::try_from((at - lead.assigned_at).num_minutes().max(0)).ok().map(f64::from)
        };
        median(leads.iter().filter_map(minutes).collect())
    }

    fn contact_rate(leads: &[&Received]) -> Option<f64> {
        let contacted = leads.iter().filter(|lead| lead.is_kept && lead.status != LeadStatus::Assigned).count();
        (!leads.is_empty()).then(|| percent(count(contacted), count(leads.len())))
    }

    fn conversion(leads: &[&Received]) -> Option<f64> {
        let kept = leads.iter().filter(|lead| lead.is_kept).count();
        let qualified = leads.iter().filter(|lead| lead.is_kept && lead.status == LeadStatus::Qualified).count();
        (kept > 0).then(|| percent(count(qualified), count(kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), Some(3.0));
    }
}
