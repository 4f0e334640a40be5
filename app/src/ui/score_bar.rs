use leads::scoring::Factor;
use leptos::prelude::*;

/// Why a lead scored what it did: one line a factor, with its share of what was possible.
#[component]
pub fn ScoreBar(total: i64, factors: Vec<Factor>) -> impl IntoView {
    let possible: i64 = factors.iter().map(|f| f.max).sum();
    let lines = factors
        .into_iter()
        .map(|f| {
            let share = if f.max > 0 { (f.points.max(0) * 100 / f.max).min(100) } else { 0 };
            view! {
                <li class="grid gap-1">
                    <div class="flex items-baseline justify-between gap-4">
                        <span>{f.label}</span>
                        <span class="tabular-nums">
                            <span class="font-medium">{f.points}</span>
                            <span class="text-muted">{format!(" of {}", f.max)}</span>
                        </span>
                    </div>
                    <svg class="meter" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                        <rect width=share height="1"/>
                    </svg>
                    {(!f.reason.is_empty()).then(|| view! { <p class="text-sm text-muted">{f.reason}</p> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="grid gap-4">
            <p class="flex items-baseline gap-2">
                <span class="stat-value">{total}</span>
                <span class="text-muted">{format!("of {possible} points")}</span>
            </p>
            <ul class="grid gap-4">{lines}</ul>
        </div>
    }
}
