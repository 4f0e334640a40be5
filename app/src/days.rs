//! The days that lists are filtered by: whole UTC days, the last inclusive (decision 31). Words that cannot be read are no filter.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// The first moment of `2026-11-21`.
pub fn start(day: Option<&str>) -> Option<DateTime<Utc>> {
    read(day).map(first_moment)
}

/// The first moment after `2026-11-21`.
pub fn end(day: Option<&str>) -> Option<DateTime<Utc>> {
    read(day)?.succ_opt().map(first_moment)
}

fn read(day: Option<&str>) -> Option<NaiveDate> {
    day?.parse().ok()
}

fn first_moment(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::{end, start};

    #[test]
    fn a_day_is_inclusive() {
        assert_eq!(start(Some("2026-02-28")).map(|at| at.to_rfc3339()).as_deref(), Some("2026-02-28T00:00:00+00:00"));
        assert_eq!(end(Some("2026-02-28")).map(|at| at.to_rfc3339()).as_deref(), Some("2026-03-01T00:00:00+00:00"));
        for odd in [None, Some(""), Some("28.2.2026"), Some("2026-02-30")] {
            assert_eq!((start(odd), end(odd)), (None, None), "{odd:?}");
        }
    }
}
