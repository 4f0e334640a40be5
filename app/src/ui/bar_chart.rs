use super::line_chart::{ChartPoint, Figure, scale};
use leptos::prelude::*;

/// Amounts side by side, drawn on the server.
#[component]
pub fn BarChart(
    #[prop(into)] title: String,
    bars: Vec<ChartPoint>,
    /// What is counted, for the table behind the drawing.
    #[prop(default = "Value".into(), into)]
    unit: String,
    /// What each bar is compared with: a line across it. The bars' words tell it too.
    #[prop(optional)]
    marks: Vec<f64>,
    /// A step of the axis and how many there are, when they do not follow from the values.
    #[prop(optional_no_strip)]
    axis: Option<(f64, u32)>,
) -> impl IntoView {
    let max = bars.iter().filter_map(|b| b.value).chain(marks.iter().copied()).fold(0.0, f64::max);
    let (step, steps) = axis.unwrap_or_else(|| scale(max));
    let top = step * f64::from(steps);
    let slot = 640.0 / f64::from(u32::try_from(bars.len().max(1)).unwrap_or(1));
    let columns = bars
        .iter()
        .scan(0.0, |x, bar| {
            let left = *x;
            *x += slot;
            Some(bar.value.map(|value| (left, value, bar)))
        })
        .flatten()
        .map(|(left, value, bar)| {
            let height = 200.0 * (value / top).clamp(0.0, 1.0);
            view! {
                <rect
                    class="chart-bar"
                    x=format!("{:.1}", left + slot * 0.15)
                    y=format!("{:.1}", 200.0 - height)
                    width=format!("{:.1}", slot * 0.7)
                    height=format!("{height:.1}")
                >
                    <title>{format!("{}: {}", bar.label, bar.text)}</title>
                </rect>
            }
        })
        .collect_view();
    let lines = marks
        .iter()
        .scan(0.0, |x, mark| {
            let left = *x;
            *x += slot;
            Some((left, 200.0 - 200.0 * (mark / top).clamp(0.0, 1.0)))
        })
        .map(|(left, y)| {
            let (x1, x2, y) = (format!("{:.1}", left + slot * 0.05), format!("{:.1}", left + slot * 0.95), format!("{y:.1}"));
            view! { <line class="chart-mark" x1=x1 x2=x2 y1=y.clone() y2=y></line> }
        })
        .collect_view();
    view! { <Figure title unit points=bars step steps>{columns}{lines}</Figure> }
}
