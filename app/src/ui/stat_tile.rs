use super::{Icon, Tone};
use leptos::prelude::*;

/// Tiles side by side: two on a phone, four on a desk.
#[component]
pub fn StatGrid(
    /// The first tile takes the room of two: it is the figure that matters most, and fills the last row when their number is odd.
    #[prop(optional)]
    lead: bool,
    children: Children,
) -> impl IntoView {
    view! { <dl class=if lead { "stat-grid *:first:col-span-2" } else { "stat-grid" }>{children()}</dl> }
}

/// How a figure changed since the period before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trend {
    /// None when there was nothing before.
    pub percent: Option<i64>,
    /// Whether more is better; neither for what is just so.
    pub up_is_good: Option<bool>,
}

/// Ten times as much. Above it a percentage says nothing to anybody.
const MOST_PERCENT: u64 = 900;

impl Trend {
    /// The arrow, what is shown beside it, and what is read aloud before and after that.
    fn words(self, before: &str) -> (&'static str, String, &'static str, String) {
        let (icon, direction) = match self.percent.unwrap_or(0) {
            0 => ("", ""),
            1.. => ("arrow_up", "Up "),
            _ => ("arrow_down", "Down "),
        };
        let shown = match self.percent.map(i64::unsigned_abs) {
            None => "Nothing before".to_owned(),
            Some(0) => "As before".to_owned(),
            Some(percent) if percent <= MOST_PERCENT => format!("{percent}%"),
            Some(_) => return (icon, format!("{direction}from {before}"), "", String::new()),
        };
        (icon, shown, direction, format!(", {before} before"))
    }

    fn tone(self) -> Tone {
        match (self.percent.unwrap_or(0).signum(), self.up_is_good) {
            (0, _) | (_, None) => Tone::Neutral,
            (sign, Some(good)) if (sign > 0) == good => Tone::Good,
            _ => Tone::Bad,
        }
    }
}

/// One figure: what it is, how much, and what to make of it.
#[component]
pub fn StatTile(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] hint: String,
    /// Where the figure is explained.
    #[prop(optional, into)]
    href: String,
    /// Its history, oldest first: a small line without numbers. A chart or a [`ChartTable`](super::ChartTable) has them.
    #[prop(optional)]
    trend: Vec<Option<f64>>,
    /// Its change, and what it was before, in words.
    #[prop(optional)]
    change: Option<(Trend, String)>,
) -> impl IntoView {
    let line = super::line_chart::spark_path(&trend, 96.0, 24.0);
    let label = if href.is_empty() { label.into_any() } else { view! { <a href=href class="stat-link">{label}</a> }.into_any() };
    view! {
        <div class="stat">
            <dt class="stat-label">{label}</dt>
            <dd class="stat-value">{value}</dd>
            {change.map(|(change, before)| view! { <Change change before/> })}
            {(!hint.is_empty()).then(|| view! { <dd class="stat-hint">{hint}</dd> })}
            {line
                .map(|d| {
                    view! {
                        <dd class="stat-trend" aria-hidden="true">
                            <svg viewBox="0 0 96 24" preserveAspectRatio="none" class="h-6 w-full">
                                <path d=d fill="none" stroke="currentColor" stroke-width="1.5" vector-effect="non-scaling-stroke"></path>
                            </svg>
                        </dd>
                    }
                })}
        </div>
    }
}

/// `↑ 12%`, and for everybody in words. `↑ Up from 3` where there was next to nothing before.
#[component]
fn Change(change: Trend, before: String) -> impl IntoView {
    let (icon, shown, start, end) = change.words(&before);
    view! {
        <dd class=format!("stat-change {}", change.tone().class()) title=format!("Before: {before}")>
            {(!icon.is_empty()).then(|| view! { <Icon name=icon class="size-4"/> })}
            <span class="sr-only">{start}</span>
            {shown}
            <span class="sr-only">{end}</span>
        </dd>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_said_as_people_say_it() {
        let words = |percent, before| {
            let (icon, shown, start, end) = Trend { percent, up_is_good: None }.words(before);
            (icon, format!("{start}{shown}{end}"))
        };
        assert_eq!(words(Some(12), "10"), ("arrow_up", "Up 12%, 10 before".into()));
        assert_eq!(words(Some(-100), "8"), ("arrow_down", "Down 100%, 8 before".into()));
        assert_eq!(words(Some(900), "1"), ("arrow_up", "Up 900%, 1 before".into()));
        assert_eq!(words(Some(40_300), "3"), ("arrow_up", "Up from 3".into()));
        assert_eq!(words(Some(-1_600), "$25.00"), ("arrow_down", "Down from $25.00".into()));
        assert_eq!(words(Some(0), "4"), ("", "As before, 4 before".into()));
        assert_eq!(words(None, "0"), ("", "Nothing before, 0 before".into()));
    }

    #[test]
    fn more_is_not_always_better() {
        let tone = |percent, up_is_good| Trend { percent, up_is_good }.tone();
        assert_eq!(tone(Some(5), Some(true)), Tone::Good);
        assert_eq!(tone(Some(5), Some(false)), Tone::Bad);
        assert_eq!(tone(Some(-5), Some(false)), Tone::Good);
        assert_eq!(
            (tone(Some(-5), None), tone(None, Some(true)), tone(Some(0), Some(true))),
            (Tone::Neutral, Tone::Neutral, Tone::Neutral)
        );
    }
}
