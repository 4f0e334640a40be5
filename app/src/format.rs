//! Times for people: relative words, and the exact time in the company's time zone.

use chrono::{DateTime, TimeDelta, Utc};

/// The attribute of `<html>` that tells the browser the company's time zone.
pub const ZONE_ATTRIBUTE: &str = "data-zone";

/// The time: the server's from `Ctx`, the browser's from its clock.
pub fn now() -> DateTime<Utc> {
    #[cfg(feature = "ssr")]
    {
        leptos::prelude::use_context::<platform::Ctx>().map_or(DateTime::UNIX_EPOCH, |ctx| ctx.now())
    }
    #[cfg(not(feature = "ssr"))]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        DateTime::from_timestamp_millis(web_sys::js_sys::Date::now() as i64).unwrap_or_default()
    }
}

/// `Fri, Nov 21, 2026, 9:40 AM PST`
pub fn exact(at: DateTime<Utc>) -> String {
    zoned(at, Shape::Exact)
}

/// `Nov 21`
pub fn day(at: DateTime<Utc>) -> String {
    zoned(at, Shape::Day)
}

/// `Fri, Nov 21, 9:40 AM`
pub fn day_and_time(at: DateTime<Utc>) -> String {
    zoned(at, Shape::DayAndTime)
}

/// `Fri, Nov 21, 9:40 AM PST`: with the zone, for readers who may be in another.
pub fn due(at: DateTime<Utc>) -> String {
    zoned(at, Shape::Due)
}

/// `just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the day; `in 20 min` for what comes.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let past = now - at;
    let (span, ahead) = if past < TimeDelta::zero() { (-past, true) } else { (past, false) };
    let words = match (span.num_minutes(), span.num_hours(), span.num_days()) {
        (0, ..) => return "just now".into(),
        (m @ 1..60, ..) => format!("{m} min"),
        (_, h @ 1..24, _) => format!("{h} h"),
        (_, _, 1) => "1 day".into(),
        (_, _, d @ 2..7) => format!("{d} days"),
        _ => return day(at),
    };
    if ahead { format!("in {words}") } else { format!("{words} ago") }
}

/// How long until a deadline: `2 days 4 h`, `3 h 12 min`, `9:41`; the same words for how late it is.
pub fn span(span: TimeDelta) -> String {
    let span = span.abs();
    let (days, hours, minutes, seconds) = (span.num_days(), span.num_hours() % 24, span.num_minutes() % 60, span.num_seconds() % 60);
    match (days, hours, minutes) {
        (0, 0, 0..10) => format!("{minutes}:{seconds:02}"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        (1, ..) => format!("1 day {hours} h"),
        _ => format!("{days} days {hours} h"),
    }
}

/// Minutes as people say them: `45 min`, `2 h 5 min`, `3 days 2 h`.
pub fn minutes(minutes: i64) -> String {
    match minutes {
        ..1 => "under 1 min".into(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes % 1440 / 60),
    }
}

/// `67.5%`
pub fn percent(percent: f64) -> String {
    format!("{percent:.1}%")
}

/// For people: `512 bytes`, `12.4 MB`.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn bytes(bytes: i64) -> String {
    let mut amount = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if amount < 1000.0 {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{amount:.1} {unit}") };
        }
        amount /= 1000.0;
    }
    format!("{amount:.1} TB")
}

/// For people: `2,657`.
pub fn number(n: i64) -> String {
    let mut text = n.to_string();
    let first = usize::from(n < 0);
    let mut at = text.len();
    while at > first + 3 {
        at -= 3;
        text.insert(at, ',');
    }
    text
}

/// Ten digits as they are typed: `555`, `(555) 12`, `(555) 123-4567`. Anything else stays as it is.
pub fn phone_as_typed(text: &str) -> String {
    let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 11 && digits.starts_with('1') {
        digits.remove(0);
    }
    if text.contains('+') || digits.len() > 10 {
        return text.to_owned();
    }
    match digits.len() {
        0..4 => digits,
        4..7 => format!("({}) {}", &digits[..3], &digits[3..]),
        _ => format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..]),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Exact,
    Day,
    DayAndTime,
    Due,
}

#[cfg(feature = "ssr")]
fn zoned(at: DateTime<Utc>, shape: Shape) -> String {
    let pattern = match shape {
        Shape::Exact => "%a, %b %-d, %Y, %-I:%M %p %Z",
        Shape::Day => "%b %-d",
        Shape::DayAndTime => "%a, %b %-d, %-I:%M %p",
        Shape::Due => "%a, %b %-d, %-I:%M %p %Z",
    };
    match leptos::prelude::use_context::<platform::Ctx>() {
        Some(ctx) => at.with_timezone(&ctx.settings.company_time_zone).format(pattern).to_string(),
        None => at.format(pattern).to_string(),
    }
}

#[cfg(not(feature = "ssr"))]
thread_local! {
    /// One for each shape: to make one costs more than to use it a hundred times.
    static FORMATTERS: std::cell::RefCell<Vec<(Shape, web_sys::js_sys::Function)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The browser knows every time zone; the server names the company's in the page.
#[cfg(not(feature = "ssr"))]
fn zoned(at: DateTime<Utc>, shape: Shape) -> String {
    use wasm_bindgen::JsValue;
    use web_sys::js_sys::Date;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let date = Date::new(&JsValue::from_f64(at.timestamp_millis() as f64));
    FORMATTERS.with_borrow_mut(|known| {
        let found = known.iter().position(|(of, _)| *of == shape);
        let at = found.unwrap_or_else(|| {
            known.push((shape, formatter(shape)));
            known.len() - 1
        });
        let text = known[at].1.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string());
        // Browsers put a narrow no-break space before AM and PM.
        text.unwrap_or_default().replace('\u{202f}', " ")
    })
}

#[cfg(not(feature = "ssr"))]
fn formatter(shape: Shape) -> web_sys::js_sys::Function {
    use wasm_bindgen::JsValue;
    use web_sys::js_sys::{Array, Intl::DateTimeFormat, Object, Reflect};
    let options = Object::new();
    let set = |key: &str, value: &str| {
        let _ = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    };
    let zone = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.document_element())
        .and_then(|html| html.get_attribute(ZONE_ATTRIBUTE))
        .unwrap_or_else(|| "UTC".into());
    set("timeZone", &zone);
    set("month", "short");
    set("day", "numeric");
    if shape != Shape::Day {
        set("weekday", "short");
        set("hour", "numeric");
        set("minute", "2-digit");
    }
    if shape == Shape::Exact {
        set("year", "numeric");
    }
    if matches!(shape, Shape::Exact | Shape::Due) {
        set("timeZoneName", "short");
    }
    DateTimeFormat::new(&Array::of1(&JsValue::from_str("en-US")), &options).format()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_take_shape_while_they_are_typed() {
        for (typed, shown) in [
            ("", ""),
            ("555", "555"),
            ("5551", "(555) 1"),
            ("(555) 123", "(555) 123"),
            ("5551234", "(555) 123-4"),
            ("15551234567", "(555) 123-4567"),
            ("+1555", "+1555"),
        ] {
            assert_eq!(phone_as_typed(typed), shown);
        }
    }

    #[test]
    fn sizes_are_for_people() {
        for (size, shown) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (12_400_000, "12.4 MB"),
            (3_000_000_000, "3.0 GB"),
            (5 << 50, "5629.5 TB"),
        ] {
            assert_eq!(bytes(size), shown);
        }
    }

    #[test]
    fn large_numbers_are_in_groups() {
        for (n, shown) in [(0, "0"), (999, "999"), (2657, "2,657"), (-1000, "-1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(number(n), shown);
        }
    }

    #[test]
    fn spans_read_like_speech() {
        for (seconds, words) in
            [(581, "9:41"), (-581, "9:41"), (600, "10 min"), (11_520, "3 h 12 min"), (90_000, "1 day 1 h"), (187_200, "2 days 4 h")]
        {
            assert_eq!(span(TimeDelta::seconds(seconds)), words);
        }
        assert_eq!((minutes(0), minutes(125)), ("under 1 min".into(), "2 h 5 min".into()));
    }

    #[test]
    fn times_are_relative_to_now() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(30);
        assert_eq!(relative(now - TimeDelta::seconds(20), now), "just now");
        assert_eq!(relative(now - TimeDelta::minutes(5), now), "5 min ago");
        assert_eq!(relative(now + TimeDelta::hours(3), now), "in 3 h");
        assert_eq!(relative(now - TimeDelta::days(2), now), "2 days ago");
    }
}
