use crate::errors::AppError;
use crate::format;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::{count, event_title};
use crate::ui::{
    BarChart, Card, ChartPoint, ChartTable, DateFilter, Empty, Filters, LineChart, LinkButton, Load, Notice, PageHead, SkeletonChart,
    SkeletonLines, SkeletonTiles, StatGrid, StatTile, Tab, TabBar, Timeline, TimelineEntry, Trend, event_detail, event_tone,
};
use kernel::Money;
use leads::admin_views::{Activity, AdminDashboard, AdminStats, Comparison, DayPoint, Period, PeriodFigures, change};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much of the latest activity stands beside the charts.
const SHOWN: usize = 8;

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub dashboard: AdminDashboard,
    /// Leads that could be sold, and that nobody could take.
    pub waiting: i64,
    /// The period that the address asks for, beside the one before.
    pub figures: Comparison,
}

/// The figures, what happened last, and what is stuck. Odd days are the last 30.
#[server(prefix = "/rpc", endpoint = "admin_dashboard")]
pub async fn load_overview(range: Option<String>, from: Option<String>, to: Option<String>) -> Result<Overview, AppError> {
    use leads::admin_desk;
    use leads::admin_views::Period;
    use leads::lead::{Category, LeadStatus};
    use leads::views::LeadFilter;
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let dashboard = admin_desk::dashboard(&ctx, &caller).await?;
    let period = Period::read(from.as_deref(), to.as_deref(), range.as_deref(), ctx.now().date_naive());
    let figures = admin_desk::compare(&ctx, &caller, period).await?;
    let waiting = LeadFilter { status: Some(LeadStatus::PendingAssignment), ..LeadFilter::of_page(kernel::Page { limit: 1, offset: 0 }) };
    let unsold = LeadFilter { category: Some(Category::Nurture), ..waiting.clone() };
    let waiting =
        admin_desk::list_leads(&ctx, &caller, &waiting).await?.total - admin_desk::list_leads(&ctx, &caller, &unsold).await?.total;
    Ok(Overview { dashboard, waiting, figures })
}

/// Is money coming in, is anything stuck?
#[component]
pub fn DashboardPage() -> impl IntoView {
    let live = use_live(&[]);
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|q| ["range", "from", "to"].map(|key| q.get(key))));
    let overview = Resource::new(move || (asked.get(), live.version.get()), |([range, from, to], _)| load_overview(range, from, to));
    view! {
        <PageHead title="Overview"/>
        <Range/>
        <Load
            resource=overview
            skeleton=|| {
                view! {
                    <div class="grid gap-8">
                        // As high as what mostly waits for the administrator.
                        <div class="bone h-20 rounded-box"></div>
                        <div class="grid gap-3 [&_.stat]:min-h-44">
                            <SkeletonTiles count=11 lead=true/>
                            <SkeletonLines lines=1/>
                        </div>
                        <div class="grid items-start gap-6 xl:grid-cols-3">
                            <div class="grid gap-6 xl:col-span-2">
                                <Card>
                                    <SkeletonChart/>
                                </Card>
                                <Card>
                                    <SkeletonChart/>
                                </Card>
                            </div>
                            <Card title="Latest activity">
                                <SkeletonLines lines=16/>
                            </Card>
                        </div>
                    </div>
                }
            }
            let:overview
        >
            <div class="grid min-w-0 gap-8">
                <Stuck waiting=overview.waiting pending=overview.dashboard.stats.pending_contractors/>
                <Figures figures=overview.figures.clone()/>
                <div class="grid min-w-0 items-start gap-6 xl:grid-cols-3">
                    <div class="grid min-w-0 gap-8 xl:col-span-2">
                        <Charts days=overview.figures.days/>
                        <Totals stats=overview.dashboard.stats/>
                    </div>
                    <Latest activity=overview.dashboard.recent_activity/>
                </div>
            </div>
        </Load>
    }
}

/// What waits for the administrator.
#[component]
fn Stuck(waiting: i64, pending: i64) -> impl IntoView {
    if waiting <= 0 && pending <= 0 {
        return ().into_any();
    }
    view! {
        <div class="grid gap-3">
            {(pending > 0)
                .then(|| {
                    view! {
                        <Notice
                            icon="shield"
                            title=format!("{} to review", count(pending, "application", "applications"))
                            text="Contractors get no leads until they are approved."
                        >
                            <LinkButton href="/app/admin/contractors?isApproved=false">"Review"</LinkButton>
                        </Notice>
                    }
                })}
            {(waiting > 0)
                .then(|| {
                    view! {
                        <Notice
                            icon="clock"
                            title=format!("{} nobody can take", count(waiting, "lead", "leads"))
                            text="They are assigned automatically as soon as a contractor in their ZIP code can take them."
                        >
                            <LinkButton href="/app/admin/leads?status=pending_assignment">"See them"</LinkButton>
                        </Notice>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Which days the figures are of: a tap for the usual ones, two days for any other.
#[component]
fn Range() -> impl IntoView {
    let query = use_query_map();
    let custom = Memo::new(move |_| query.with(|q| q.get("from").is_some_and(|from| !from.is_empty())));
    let range = Memo::new(move |_| query.with(|q| q.get("range")).unwrap_or_default());
    let tabs = [("7", "7 days"), ("", "30 days"), ("90", "90 days")].map(|(word, label)| {
        let href = if word.is_empty() { "/app/admin".to_owned() } else { format!("/app/admin?range={word}") };
        let is_current =
            move || !custom.get() && range.with(|r| if word.is_empty() { !["7", "90"].contains(&r.as_str()) } else { r == word });
        view! { <Tab href current=Signal::derive(is_current) label/> }
    });
    view! {
        <div class="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
            <TabBar label="Days">{tabs.into_iter().collect_view()}</TabBar>
            <div class="range">
                <Filters>
                    <DateFilter name="from" label="From"/>
                    <DateFilter name="to" label="To"/>
                </Filters>
            </div>
        </div>
    }
}

/// How much a figure comes to.
#[derive(Clone, Copy)]
enum Amount {
    Dollars(Money),
    Count(i64),
    Percent(f64),
    /// As the average of no leads.
    Nothing,
}

impl Amount {
    fn value(self) -> Option<f64> {
        match self {
            Amount::Dollars(money) => Some(money.dollars()),
            Amount::Count(count) => Some(whole(count)),
            Amount::Percent(percent) => Some(percent),
            Amount::Nothing => None,
        }
    }

    fn text(self) -> String {
        match self {
            Amount::Dollars(money) => money.to_string(),
            Amount::Count(count) => count.to_string(),
            Amount::Percent(percent) => format::percent(percent),
            Amount::Nothing => "–".into(),
        }
    }
}

/// A figure that has a history.
struct Series {
    label: &'static str,
    of: fn(&PeriodFigures) -> Amount,
    up_is_good: Option<bool>,
    hint: &'static str,
    /// Where it is explained; the days go after one that ends in `?` or `&`.
    href: &'static str,
}

/// Money comes first.
const SERIES: [Series; 11] = [
    Series::new("Revenue", |f| Amount::Dollars(f.revenue)).good().hint("Charges less credits").href("/app/admin/billing?"),
    Series::new("Received", |f| Amount::Dollars(f.received)).good().hint("Payments less pay-outs").href("/app/admin/ledger?"),
    Series::new("Credit given", |f| Amount::Dollars(f.credit)).bad().hint("For disputes").href("/app/admin/ledger?kind=credit&"),
    Series::new("Leads", |f| Amount::Count(f.leads)).good().href("/app/admin/leads?"),
    Series::new("Assigned", |f| Amount::Count(f.assigned)).good().hint("Of these leads"),
    Series::new("Qualified", |f| Amount::Count(f.qualified)).good().hint("Of these leads").href("/app/admin/leads?status=qualified&"),
    Series::new("Conversion", |f| f.conversion().map_or(Amount::Nothing, Amount::Percent)).good().hint("Qualified of assigned leads"),
    Series::new("Average score", |f| f.average_score().map_or(Amount::Nothing, Amount::Count)).good().hint("Out of 200"),
    Series::new("Calls", |f| Amount::Count(f.calls)).good(),
    Series::new("Disputes", |f| Amount::Count(f.disputes)).bad().href("/app/admin/disputes"),
    Series::new("Applications", |f| Amount::Count(f.applications)).hint("Of contractors").href("/app/admin/contractors"),
];

impl Series {
    const fn new(label: &'static str, of: fn(&PeriodFigures) -> Amount) -> Series {
        Series { label, of, up_is_good: None, hint: "", href: "" }
    }

    const fn good(self) -> Series {
        Series { up_is_good: Some(true), ..self }
    }

    const fn bad(self) -> Series {
        Series { up_is_good: Some(false), ..self }
    }

    const fn hint(self, hint: &'static str) -> Series {
        Series { hint, ..self }
    }

    const fn href(self, href: &'static str) -> Series {
        Series { href, ..self }
    }
}

/// The period's figures, each with its change since the period before and its line from day to day.
#[component]
fn Figures(figures: Comparison) -> impl IntoView {
    let Comparison { period, now, before, days } = figures;
    let words = |p: Period| format!("{} to {}", p.from.format("%b %-d, %Y"), p.to.format("%b %-d, %Y"));
    let tiles = SERIES
        .iter()
        .map(|series| {
            let (now, before) = ((series.of)(&now), (series.of)(&before));
            let percent = change(now.value().unwrap_or(0.0), before.value().unwrap_or(0.0));
            let mut href = series.href.to_owned();
            if href.ends_with(['?', '&']) {
                href += &format!("startDate={}&endDate={}", period.from, period.to);
            }
            let trend: Vec<Option<f64>> = days.iter().map(|day| (series.of)(&day.figures).value()).collect();
            let change = (Trend { percent, up_is_good: series.up_is_good }, before.text());
            view! { <StatTile label=series.label value=now.text() hint=series.hint href trend change/> }
        })
        .collect_view();
    let row = |day: &DayPoint| {
        let cell = |series: &Series| match (series.of)(&day.figures) {
            Amount::Nothing => String::new(),
            amount => amount.text(),
        };
        std::iter::once(label_of(day)).chain(SERIES.iter().map(cell)).collect::<Vec<_>>()
    };
    let columns = std::iter::once("Day").chain(SERIES.iter().map(|series| series.label)).collect::<Vec<_>>();
    view! {
        <section class="grid grid-cols-1 gap-3">
            <h2 class="sr-only">"Figures"</h2>
            <StatGrid lead=true>{tiles}</StatGrid>
            <p class="text-sm text-muted">
                {format!("{}, beside {}. Days end at midnight UTC.", words(period), words(period.before()))}
            </p>
            <ChartTable title="The same day by day, in numbers" columns rows=days.iter().map(row).collect()/>
        </section>
    }
}

/// The documented figures that have no period (seed 000, Admin Dashboard).
#[component]
fn Totals(stats: AdminStats) -> impl IntoView {
    view! {
        <section class="grid gap-3">
            <h2 class="panel-title">"All time"</h2>
            <StatGrid lead=true>
                <StatTile label="Revenue this month" value=stats.revenue_this_month.to_string()/>
                <StatTile label="Revenue" value=stats.total_revenue.to_string() href="/app/admin/billing"/>
                <StatTile label="Not invoiced yet" value=stats.pending_billing.to_string() href="/app/admin/billing?status=pending"/>
                <StatTile label="Leads today" value=stats.leads_today.to_string() href="/app/admin/leads"/>
                <StatTile label="Leads" value=stats.total_leads.to_string() href="/app/admin/leads"/>
                <StatTile
                    label="Conversion"
                    value=format::percent(stats.conversion_rate)
                    hint="Qualified of assigned leads"
                    href="/app/admin/leads?status=qualified"
                />
                <StatTile label="Average score" value=stats.average_lead_score.to_string() hint="Out of 200"/>
                <StatTile label="Contractors" value=stats.total_contractors.to_string() href="/app/admin/contractors"/>
                <StatTile label="Active" value=stats.active_contractors.to_string() hint="Contractors" href="/app/admin/contractors?status=active"/>
                <StatTile
                    label="Approved"
                    value=stats.approved_contractors.to_string()
                    hint="Contractors"
                    href="/app/admin/contractors?isApproved=true"
                />
                <StatTile
                    label="To review"
                    value=stats.pending_contractors.to_string()
                    hint="Contractors"
                    href="/app/admin/contractors?isApproved=false"
                />
            </StatGrid>
        </section>
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn whole(count: i64) -> f64 {
    count as f64
}

fn label_of(day: &DayPoint) -> String {
    day.day.format("%b %-d").to_string()
}

#[component]
fn Charts(days: Vec<DayPoint>) -> impl IntoView {
    let points = days
        .iter()
        .map(|d| ChartPoint::new(label_of(d), whole(d.figures.leads), count(d.figures.leads, "lead", "leads")))
        .collect::<Vec<_>>();
    let bars =
        days.iter().map(|d| ChartPoint::new(label_of(d), d.figures.revenue.dollars(), d.figures.revenue.to_string())).collect::<Vec<_>>();
    view! {
        <section class="grid min-w-0 gap-6">
            <h2 class="sr-only">"Day by day"</h2>
            <Card>
                <LineChart title="Leads a day" unit="Leads" points/>
            </Card>
            <Card>
                <BarChart title="Revenue a day" unit="Revenue" bars/>
            </Card>
        </section>
    }
}

#[component]
fn Latest(activity: Vec<Activity>) -> impl IntoView {
    if activity.is_empty() {
        return view! {
            <Card title="Latest activity">
                <Empty title="Nothing has happened yet" text="Leads, calls and contractors show up here as they come. The request form is the place where it begins.">
                    <LinkButton href="/request">"Open the request form"</LinkButton>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let entries = activity.iter().take(SHOWN).map(entry_of).collect::<Vec<_>>();
    view! {
        <Card title="Latest activity">
            <Timeline entries/>
        </Card>
    }
    .into_any()
}

fn entry_of(activity: &Activity) -> TimelineEntry {
    let word = |key: &str| activity.data.get(key).and_then(Value::as_str);
    let href = match (word("leadId"), word("contractorId")) {
        (Some(id), _) => Some(format!("/app/admin/leads/{id}")),
        (None, Some(id)) => Some(format!("/app/admin/contractors/{id}")),
        (None, None) => None,
    };
    let parts: Vec<String> = [word("customerName").map(str::to_owned), event_detail(&activity.kind, &activity.data, Role::Admin)]
        .into_iter()
        .flatten()
        .collect();
    TimelineEntry {
        title: event_title(&activity.kind),
        detail: (!parts.is_empty()).then(|| parts.join("\u{a0}· ")),
        actor: String::new(),
        at: activity.at,
        tone: event_tone(&activity.kind),
        href,
    }
}
