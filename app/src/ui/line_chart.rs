use leptos::prelude::*;
use std::fmt::Write as _;

/// One point or bar of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartPoint {
    /// On the axis: `Nov 21`.
    pub label: String,
    /// None where nothing was measured: that is no zero.
    pub value: Option<f64>,
    /// For people: `12 leads`, `$1,250.00`.
    pub text: String,
}

impl ChartPoint {
    pub fn new(label: impl Into<String>, value: f64, text: impl Into<String>) -> ChartPoint {
        ChartPoint { label: label.into(), value: Some(value), text: text.into() }
    }

    /// A place on the axis without a value.
    pub fn none(label: impl Into<String>) -> ChartPoint {
        ChartPoint { label: label.into(), value: None, text: "None".into() }
    }
}

/// The smallest of 1, 2, 2.5, 5 × 10ⁿ steps that reaches `max` in four steps at most, and how many steps that takes.
pub(super) fn scale(max: f64) -> (f64, u32) {
    if !max.is_finite() || max <= 0.0 {
        return (1.0, 1);
    }
    let magnitude = 10_f64.powf((max / 4.0).log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|s| s * 4.0 >= max).unwrap_or(10.0 * magnitude);
    // Nobody receives half a lead.
    let step = if max >= 4.0 { step.ceil() } else { step.max(1.0) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 4")]
    let steps = (max / step).ceil().clamp(1.0, 4.0) as u32;
    (step, steps)
}

/// `1200` reads `1.2k` on an axis.
pub(super) fn short(value: f64) -> String {
    let text = match value {
        v if v >= 1_000_000.0 => format!("{:.1}M", v / 1_000_000.0),
        v if v >= 1000.0 => format!("{:.1}k", v / 1000.0),
        v => return format!("{v}"),
    };
    text.replace(".0", "")
}

/// A line through all values within a box, straight over points that have none; `None` for less than two.
pub(super) fn spark_path(values: &[Option<f64>], width: f64, height: f64) -> Option<String> {
    let max = values.iter().flatten().copied().fold(0.0, f64::max);
    let points: Vec<(f64, f64)> =
        values.iter().enumerate().filter_map(|(i, v)| v.map(|v| (at(i, values.len(), width), y_of(v, max, height - 2.0) + 1.0))).collect();
    (points.len() > 1).then(|| path(&points))
}

#[expect(clippy::cast_precision_loss, reason = "charts have few points")]
fn at(i: usize, n: usize, width: f64) -> f64 {
    if n < 2 { width / 2.0 } else { width * i as f64 / (n - 1) as f64 }
}

fn y_of(value: f64, max: f64, height: f64) -> f64 {
    if max <= 0.0 { height } else { height - height * (value / max).clamp(0.0, 1.0) }
}

fn path(points: &[(f64, f64)]) -> String {
    points.iter().enumerate().fold(String::new(), |mut d, (i, (x, y))| {
        let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { " L" });
        d
    })
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;

/// The frame of every chart: title, what it shows in words, the drawing, and the numbers in a table for those who do not see it.
#[component]
pub(super) fn Figure(title: String, unit: String, points: Vec<ChartPoint>, step: f64, steps: u32, children: Children) -> impl IntoView {
    let values = || points.iter().filter_map(|p| p.value.map(|value| (value, p)));
    let summary = values().max_by(|(a, _), (b, _)| a.total_cmp(b)).map_or_else(
        || format!("{title}: no values yet."),
        |(_, top)| format!("{title}: {} values, the highest is {} on {}.", values().count(), top.text, top.label),
    );
    let lines = (0..=steps)
        .map(|i| {
            let share = f64::from(i) / f64::from(steps);
            view! { <line class="chart-grid" x1="0" x2=WIDTH.to_string() y1=format!("{:.1}", HEIGHT * share) y2=format!("{:.1}", HEIGHT * share)></line> }
        })
        .collect_view();
    let ticks = (0..=steps).rev().map(|i| view! { <span>{short(step * f64::from(i))}</span> }).collect_view();
    let rows = points
        .iter()
        .map(|p| {
            view! {
                <tr>
                    <th scope="row">{p.label.clone()}</th>
                    <td>{p.text.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let ends = match points.as_slice() {
        [] => Vec::new(),
        [one] => vec![one.label.clone()],
        [first, .., last] => vec![first.label.clone(), points[points.len() / 2].label.clone(), last.label.clone()],
    };
    view! {
        <figure class="chart">
            <figcaption class="chart-title">{title.clone()}</figcaption>
            <div class="chart-body">
                <div class="chart-ticks" aria-hidden="true">{ticks}</div>
                <div class="chart-plot">
                    <svg role="img" aria-label=summary viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
                        {lines}
                        {children()}
                    </svg>
                </div>
                <div class="chart-ends" aria-hidden="true">{ends.into_iter().map(|l| view! { <span>{l}</span> }).collect_view()}</div>
            </div>
            // A table does not shrink to nothing by itself: out of sight it would make the page longer.
            <div class="sr-only">
                <table>
                    <caption>{title}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">{unit}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </figure>
    }
}

/// A value over time, drawn on the server.
#[component]
pub fn LineChart(
    #[prop(into)] title: String,
    points: Vec<ChartPoint>,
    /// What is counted, for the table behind the drawing.
    #[prop(default = "Value".into(), into)]
    unit: String,
) -> impl IntoView {
    let max = points.iter().filter_map(|p| p.value).fold(0.0, f64::max);
    let (step, steps) = scale(max);
    let top = step * f64::from(steps);
    let places: Vec<(f64, f64)> =
        points.iter().enumerate().filter_map(|(i, p)| p.value.map(|v| (at(i, points.len(), WIDTH), y_of(v, top, HEIGHT)))).collect();
    let line = path(&places);
    let area = match (places.first(), places.last()) {
        (Some(first), Some(last)) => format!("{line} L{:.1} {HEIGHT} L{:.1} {HEIGHT} Z", last.0, first.0),
        _ => String::new(),
    };
    let width = WIDTH / f64::from(u32::try_from(points.len().max(1)).unwrap_or(1));
    // Wide invisible columns carry each point's words for the pointer.
    let hovers = points
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let left = at(i, points.len(), WIDTH) - width / 2.0;
            view! {
                <rect class="chart-hover" x=format!("{left:.1}") y="0" width=format!("{width:.1}") height=HEIGHT.to_string()>
                    <title>{format!("{}: {}", p.label, p.text)}</title>
                </rect>
            }
        })
        .collect_view();
    view! {
        <Figure title unit points step steps>
            <path class="chart-area" d=area></path>
            <path class="chart-line" d=line></path>
            {hovers}
        </Figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_above_everything() {
        for max in [0.0, 0.4, 1.0, 3.0, 4.0, 7.0, 12.0, 99.0, 100.0, 1250.0, 98_765.0] {
            let (step, steps) = scale(max);
            assert!(step * f64::from(steps) >= max && (1..=4).contains(&steps), "{max}: {step} × {steps}");
        }
        assert_eq!(scale(12.0), (5.0, 3));
        assert_eq!(short(1250.0), "1.2k");
        assert_eq!(short(5.0), "5");
        assert_eq!(short(2000.0), "2k");
    }

    #[test]
    fn a_line_needs_two_points() {
        assert_eq!(spark_path(&[None, Some(1.0)], 96.0, 24.0), None);
        assert_eq!(spark_path(&[Some(0.0), None, Some(4.0)], 96.0, 24.0), Some("M0.0 23.0 L96.0 1.0".into()));
    }
}
