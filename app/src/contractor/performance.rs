//! How the contractor does, month by month and against those nearby.

use crate::errors::AppError;
use crate::format;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{
    Badge, BarChart, Card, ChartPoint, Empty, Fact, Facts, Icon, LinkButton, Load, PageHead, SkeletonChart, SkeletonTiles, StatGrid,
    StatTile, TimeAgo, Tone,
};
use leads::disputes::DisputeStatus;
use leads::performance::{Compared, DisputeCounts, Month, Performance, Review};
use leptos::prelude::*;

/// The contractor's own figures.
#[server(prefix = "/rpc", endpoint = "contractor_performance")]
pub async fn load_performance() -> Result<Performance, AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::performance::get(&ctx()?, &caller).await?)
}

/// Speed, contact, conversion, ratings and disputes.
#[component]
pub fn PerformancePage() -> impl IntoView {
    let figures = Resource::new(|| (), |()| load_performance());
    view! {
        <PageHead
            title="Performance"
            subtitle="You, and contractors who share a ZIP code with you"
            back=("/app/contractor/settings", "Settings")
        />
        <Load
            resource=figures
            skeleton=|| {
                view! {
                    <div class="grid gap-8">
                        <SkeletonTiles count=5/>
                        <SkeletonChart/>
                    </div>
                }
            }
            let:figures
        >
            <Figures figures/>
        </Load>
    }
}

#[component]
fn Figures(figures: Performance) -> impl IntoView {
    if figures.months.iter().all(|month| month.leads == 0) {
        return view! {
            <Empty icon="chart" title="Nothing to measure yet" text="Once you have had leads, your speed and your results are shown here, month by month.">
                <LinkButton href="/app/contractor/profile">"Check your profile"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        <div class="grid min-w-0 gap-8">
            <section class="grid gap-3">
                <h2 class="panel-title">"The last 90 days"</h2>
                <StatGrid lead=true>
                    <Tile label="Time to first contact" figure=figures.response_minutes words=minutes hint="Half of your leads waited less."/>
                    <Tile label="Contacted" figure=figures.contact_rate words=format::percent/>
                    <Tile label="Qualified" figure=figures.conversion words=format::percent/>
                    <Tile label="Customer rating" figure=figures.rating words=stars/>
                    <Tile label="Charges disputed" figure=figures.disputed words=format::percent/>
                    <StatTile label="Leads received" value=figures.received.to_string() href="/app/contractor/leads"/>
                    <StatTile label="Leads lost" value=figures.lost.to_string() hint="First contact was late"/>
                </StatGrid>
            </section>
            <section class="grid min-w-0 gap-3">
                <h2 class="panel-title">"Month by month"</h2>
                <div class="grid min-w-0 gap-6 lg:grid-cols-2">
                    <Chart months=figures.months.clone() title="Time to first contact, minutes" value=|m| m.response_minutes words=minutes/>
                    <Chart
                        months=figures.months.clone()
                        title="Contacted, percent of all leads"
                        value=|m| m.contact_rate
                        words=format::percent
                        axis=OF_100
                    />
                    <Chart
                        months=figures.months.clone()
                        title="Qualified, percent of leads kept"
                        value=|m| m.conversion
                        words=format::percent
                        axis=OF_100
                    />
                    <Chart months=figures.months.clone() title="Customer rating, of 5" value=|m| m.rating words=stars axis=OF_5/>
                    <Chart months=figures.months title="Leads received" value=leads_of words=whole/>
                    <Disputes counts=figures.disputes/>
                </div>
            </section>
            <Reviews reviews=figures.reviews/>
        </div>
    }
    .into_any()
}

#[expect(clippy::cast_possible_truncation, reason = "minutes are far below 2^53")]
fn minutes(value: f64) -> String {
    format::minutes(value.round() as i64)
}

fn stars(value: f64) -> String {
    format!("{value:.1} of 5")
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn leads_of(month: &Month) -> Option<f64> {
    Some(month.leads as f64)
}

/// A figure, and the area's below it.
#[component]
fn Tile(label: &'static str, figure: Compared, words: fn(f64) -> String, #[prop(optional)] hint: &'static str) -> impl IntoView {
    let area = match figure.area {
        Some(area) => format!("Others nearby: {}", words(area)),
        None => "Not enough others yet to compare".into(),
    };
    let hint = if hint.is_empty() { area } else { format!("{area}. {hint}") };
    view! { <StatTile label value=figure.own.map_or_else(|| "–".into(), words) hint/> }
}

/// The axes of what has a most: a step, and how many there are.
const OF_5: (f64, u32) = (1.0, 5);
const OF_100: (f64, u32) = (25.0, 4);

#[component]
fn Chart(
    months: Vec<Month>,
    title: &'static str,
    value: fn(&Month) -> Option<f64>,
    words: fn(f64) -> String,
    #[prop(optional)] axis: Option<(f64, u32)>,
) -> impl IntoView {
    let bars = months
        .iter()
        .map(|month| {
            let label = month.first_day.format("%b %Y").to_string();
            match value(month) {
                Some(value) => ChartPoint::new(label, value, words(value)),
                None => ChartPoint::none(label),
            }
        })
        .collect();
    view! {
        <Card>
            <BarChart title bars unit="You" axis/>
        </Card>
    }
}

#[component]
fn Disputes(counts: DisputeCounts) -> impl IntoView {
    view! {
        <Card title="Your disputes in twelve months">
            <Facts>
                <Fact label="Not decided yet">{counts.open}</Fact>
                <Fact label=DisputeStatus::Approved.label()>{counts.approved}</Fact>
                <Fact label=DisputeStatus::Denied.label()>{counts.denied}</Fact>
            </Facts>
            <p class="mt-4">
                <a href="/app/contractor/disputes" class="link inline-flex min-h-11 items-center">"All disputes"</a>
            </p>
        </Card>
    }
}

#[component]
fn Reviews(reviews: Vec<Review>) -> impl IntoView {
    if reviews.is_empty() {
        return view! {
            <Card title="What customers said">
                <p class="text-muted">"Nobody yet. A day after you have spoken, we ask each customer how it went."</p>
            </Card>
        }
        .into_any();
    }
    let items = reviews
        .into_iter()
        .map(|review| {
            let tone = match review.rating {
                4.. => Tone::Good,
                3 => Tone::Neutral,
                _ => Tone::Bad,
            };
            view! {
                <li class="grid gap-1 py-4 first:pt-0 last:pb-0">
                    <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
                        <Badge tone>
                            <Icon name="star" class="mr-1 inline size-4"/>
                            {format!("{} of 5", review.rating)}
                        </Badge>
                        <a href=format!("/app/contractor/leads/{}", review.lead_id) class="font-medium hover:underline">
                            {review.customer_first_name}
                        </a>
                        <span class="text-sm text-muted">
                            <TimeAgo at=review.created_at/>
                        </span>
                    </p>
                    {review.comment.map(|comment| view! { <p class="whitespace-pre-line break-words">{format!("“{comment}”")}</p> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title="What customers said">
            <ul class="divide-y divide-line">{items}</ul>
        </Card>
    }
    .into_any()
}
