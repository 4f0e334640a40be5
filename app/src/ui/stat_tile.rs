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

/// One figure: what it is, how much, and what to make of it.
#[component]
pub fn StatTile(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] hint: String,
    /// Where the figure is explained.
    #[prop(optional, into)]
    href: String,
    /// Its history, oldest first: a small line without numbers. The page's chart has them.
    #[prop(optional)]
    trend: Vec<f64>,
) -> impl IntoView {
    let line = super::line_chart::spark_path(&trend, 96.0, 24.0);
    let label = if href.is_empty() { label.into_any() } else { view! { <a href=href class="stat-link">{label}</a> }.into_any() };
    view! {
        <div class="stat">
            <dt class="stat-label">{label}</dt>
            <dd class="stat-value">{value}</dd>
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
