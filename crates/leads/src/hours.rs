//! When a contractor works: hours by weekday in their own time zone (decision 22).

use chrono::{Datelike, NaiveDateTime, NaiveTime, Timelike};
use kernel::{FieldError, Fields, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where in the United States contractors are.
pub const TIME_ZONES: [(&str, &str); 8] = [
    ("America/New_York", "Eastern (New York)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Arizona (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Puerto Rico (San Juan)"),
];

/// A weekday, and what the form calls its two times.
pub const WEEKDAYS: [(&str, &str, &str); 7] = [
    ("Monday", "mondayOpens", "mondayCloses"),
    ("Tuesday", "tuesdayOpens", "tuesdayCloses"),
    ("Wednesday", "wednesdayOpens", "wednesdayCloses"),
    ("Thursday", "thursdayOpens", "thursdayCloses"),
    ("Friday", "fridayOpens", "fridayCloses"),
    ("Saturday", "saturdayOpens", "saturdayCloses"),
    ("Sunday", "sundayOpens", "sundayCloses"),
];

/// From and to, in minutes after midnight; 1440 is the midnight at the day's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTime {
    pub opens: u32,
    pub closes: u32,
}

impl OpenTime {
    /// `08:00`, as time fields want it.
    pub fn opens_text(self) -> String {
        clock(self.opens)
    }

    /// `17:00`; midnight is `00:00`.
    pub fn closes_text(self) -> String {
        clock(self.closes % MIDNIGHT)
    }
}

const MIDNIGHT: u32 = 24 * 60;

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A week's hours, Monday first; a day without is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours(pub [Option<OpenTime>; 7]);

impl WorkingHours {
    /// Whether somebody works at this time of theirs.
    pub fn is_open(&self, local: NaiveDateTime) -> bool {
        let day = usize::try_from(local.weekday().num_days_from_monday()).unwrap_or(0);
        let minute = local.hour() * 60 + local.minute();
        self.0.get(day).copied().flatten().is_some_and(|open| (open.opens..open.closes).contains(&minute))
    }
}

/// Working hours, time zone and daily limit, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewHours {
    pub time_zone: Option<String>,
    /// `any` or `set`: whether the times below count.
    pub works: Option<String>,
    /// `08:00` by the names of [`WEEKDAYS`]; both of a day empty: closed.
    pub times: BTreeMap<String, String>,
    pub daily_cap: Option<String>,
}

/// Hours that are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursForm {
    /// None: the company's.
    pub time_zone: Option<String>,
    /// None: any time.
    pub working_hours: Option<WorkingHours>,
    /// The most leads a day that they want; none: any number.
    pub daily_cap: Option<i64>,
}

impl NewHours {
    /// Checks every field. Errors: `Invalid` with all that are wrong.
    pub fn check(&self) -> Result<HoursForm, Problem> {
        let mut fields = Fields::default();
        let time_zone = fields.optional_text("timeZone", self.time_zone.as_deref(), 60);
        if time_zone.as_deref().is_some_and(|name| !TIME_ZONES.iter().any(|(zone, _)| *zone == name)) {
            fields.reject("timeZone", "must be one of the list");
        }
        let cap_text = fields.optional_text("dailyCap", self.daily_cap.as_deref(), 10);
        let daily_cap = cap_text.as_deref().and_then(|text| text.parse::<i64>().ok()).filter(|cap| (1..=10_000).contains(cap));
        if cap_text.is_some() && daily_cap.is_none() {
            fields.reject("dailyCap", "must be a whole number of at least 1");
        }
        let working_hours = match self.works.as_deref() {
            Some("set") => Some(WorkingHours(WEEKDAYS.map(|(_, opens, closes)| self.day(&mut fields, opens, closes)))),
            _ => None,
        };
        if working_hours.as_ref().is_some_and(|week| week.0.iter().all(Option::is_none))
            && !WEEKDAYS.iter().any(|d| fields.has(d.1) || fields.has(d.2))
        {
            fields.reject("works", "must have at least one day with hours");
        }
        fields.finish()?;
        Ok(HoursForm { time_zone, working_hours, daily_cap })
    }

    fn day(&self, fields: &mut Fields, opens: &'static str, closes: &'static str) -> Option<OpenTime> {
        let from = self.time(fields, opens);
        let to = self.time(fields, closes);
        if fields.has(opens) || fields.has(closes) {
            return None;
        }
        match (from, to) {
            (None, None) => None,
            (None, Some(_)) => {
                fields.reject(opens, FieldError::REQUIRED);
                None
            }
            (Some(_), None) => {
                fields.reject(closes, FieldError::REQUIRED);
                None
            }
            (Some(from), Some(to)) => {
                let to = if to == 0 { MIDNIGHT } else { to };
                if to <= from {
                    fields.reject(closes, "must be later than the start");
                    return None;
                }
                Some(OpenTime { opens: from, closes: to })
            }
        }
    }

    fn time(&self, fields: &mut Fields, name: &'static str) -> Option<u32> {
        let text = fields.optional_text(name, self.times.get(name).map(String::as_str), 8)?;
        let time = NaiveTime::parse_from_str(&text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M:%S"));
        match time {
            Ok(time) => Some(time.hour() * 60 + time.minute()),
            Err(_) => {
                fields.reject(name, "must be a time like 08:00");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(times: &[(&str, &str)]) -> NewHours {
        NewHours {
            time_zone: Some("America/Denver".into()),
            works: Some("set".into()),
            times: times.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            daily_cap: None,
        }
    }

    fn rejected(new: &NewHours) -> Vec<String> {
        let Err(Problem::Invalid(errors)) = new.check() else { panic!("must be rejected") };
        errors.iter().map(|e| e.field.to_string()).collect()
    }

    #[test]
    fn hours_are_of_the_weekday_and_end_when_they_say() {
        let form = typed(&[("mondayOpens", "08:00"), ("mondayCloses", "17:30"), ("sundayOpens", "20:00"), ("sundayCloses", "00:00")]);
        let week = form.check().expect("good").working_hours.expect("set");
        // 6 October 2025 is a Monday.
        let at = |day, hour, minute| {
            chrono::NaiveDate::from_ymd_opt(2025, 10, day).and_then(|d| d.and_hms_opt(hour, minute, 0)).expect("a time")
        };
        for (day, hour, minute, open) in [
            (6, 7, 59, false),
            (6, 8, 0, true),
            (6, 17, 29, true),
            (6, 17, 30, false),
            (7, 9, 0, false),
            (5, 19, 59, false),
            (5, 23, 59, true),
            (6, 0, 0, false),
        ] {
            assert_eq!(week.is_open(at(day, hour, minute)), open, "{day}. at {hour}:{minute:02}");
        }
        assert_eq!(week.0[0].map(|d| (d.opens_text(), d.closes_text())), Some(("08:00".into(), "17:30".into())));
        assert_eq!(week.0[6].map(OpenTime::closes_text), Some("00:00".into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(rejected(&typed(&[])), ["works"]);
        let wrong = typed(&[("mondayOpens", "8 o'clock"), ("tuesdayOpens", "09:00"), ("fridayOpens", "17:00"), ("fridayCloses", "08:00")]);
        assert_eq!(rejected(&wrong), ["mondayOpens", "tuesdayCloses", "fridayCloses"]);
        let wrong = NewHours { time_zone: Some("Mars/Base".into()), daily_cap: Some("0".into()), ..NewHours::default() };
        assert_eq!(rejected(&wrong), ["timeZone", "dailyCap"]);
        let any = NewHours { time_zone: Some("America/Denver".into()), daily_cap: Some("3".into()), ..NewHours::default() };
        let form = any.check().expect("good");
        assert_eq!((form.working_hours, form.daily_cap), (None, Some(3)));
    }
}
