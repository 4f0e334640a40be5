use crate::errors::AppError;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{admin, ctx};
use crate::text::{count, event_title};
use crate::ui::{
    BarChart, Card, ChartPoint, Empty, LineChart, LinkButton, Load, Notice, PageHead, SkeletonChart, SkeletonLines, SkeletonTiles,
    StatGrid, StatTile, Timeline, TimelineEntry, event_detail, event_tone,
};
use leads::views::{Activity, AdminDashboard, AdminStats, DayPoint};
use leptos::prelude::*;
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
}

/// The figures, what happened last, and what is stuck.
#[server(prefix = "/rpc", endpoint = "admin_dashboard")]
pub async fn load_overview() -> Result<Overview, AppError> {
    use leads::admin_desk;
    use leads::lead::{Category, LeadStatus};
    use leads::views::LeadFilter;
    admin().await?;
    let ctx = ctx()?;
    let dashboard = admin_desk::dashboard(&ctx).await?;
    let waiting = LeadFilter { status: Some(LeadStatus::PendingAssignment), ..LeadFilter::of_page(kernel::Page { limit: 1, offset: 0 }) };
    let unsold = LeadFilter { category: Some(Category::Nurture), ..waiting.clone() };
    let waiting = admin_desk::list_leads(&ctx, &waiting).await?.total - admin_desk::list_leads(&ctx, &unsold).await?.total;
    Ok(Overview { dashboard, waiting })
}

/// Is money coming in, is anything stuck?
#[component]
pub fn DashboardPage() -> impl IntoView {
    let live = use_live(&[]);
    let overview = Resource::new(move || live.version.get(), |_| load_overview());
    view! {
        <PageHead title="Overview"/>
        <Load
            resource=overview
            skeleton=|| {
                view! {
                    <div class="grid gap-8">
                        <SkeletonTiles count=11/>
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
                <Stats stats=overview.dashboard.stats days=overview.dashboard.days.clone()/>
                <div class="grid min-w-0 items-start gap-6 xl:grid-cols-3">
                    <Charts days=overview.dashboard.days/>
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
                            text="They are assigned by themselves as soon as a contractor in their ZIP code can take them."
                        >
                            <LinkButton href="/app/admin/leads?status=pending_assignment">"See them"</LinkButton>
                        </Notice>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The eleven documented figures; money comes first (seed 000, Admin Dashboard).
#[component]
fn Stats(stats: AdminStats, days: Vec<DayPoint>) -> impl IntoView {
    let leads = days.iter().map(leads_of).collect::<Vec<f64>>();
    let revenue = days.iter().map(|d| d.revenue.dollars()).collect::<Vec<f64>>();
    view! {
        <section class="grid gap-3">
            <h2 class="sr-only">"Figures"</h2>
            <StatGrid lead=true>
                <StatTile label="Revenue this month" value=stats.revenue_this_month.to_string() trend=revenue/>
                <StatTile label="Revenue in all" value=stats.total_revenue.to_string() href="/app/admin/billing"/>
                <StatTile label="Not invoiced yet" value=stats.pending_billing.to_string() href="/app/admin/billing?status=pending"/>
                <StatTile label="Leads today" value=stats.leads_today.to_string() trend=leads href="/app/admin/leads"/>
                <StatTile label="Leads in all" value=stats.total_leads.to_string() href="/app/admin/leads"/>
                <StatTile
                    label="Conversion"
                    value=format!("{:.1} %", stats.conversion_rate)
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

#[expect(clippy::cast_precision_loss, reason = "a day has few leads")]
fn leads_of(day: &DayPoint) -> f64 {
    day.leads as f64
}

fn label_of(day: &DayPoint) -> String {
    day.day.format("%b %-d").to_string()
}

#[component]
fn Charts(days: Vec<DayPoint>) -> impl IntoView {
    let points = days.iter().map(|d| ChartPoint::new(label_of(d), leads_of(d), count(d.leads, "lead", "leads"))).collect::<Vec<_>>();
    let bars = days.iter().map(|d| ChartPoint::new(label_of(d), d.revenue.dollars(), d.revenue.to_string())).collect::<Vec<_>>();
    view! {
        <section class="grid min-w-0 gap-6 xl:col-span-2">
            <h2 class="sr-only">"The last 30 days"</h2>
            <Card>
                <LineChart title="Leads a day, last 30 days" unit="Leads" points/>
            </Card>
            <Card>
                <BarChart title="Revenue a day, last 30 days" unit="Revenue" bars/>
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
        detail: (!parts.is_empty()).then(|| parts.join(" · ")),
        actor: String::new(),
        at: activity.at,
        tone: event_tone(&activity.kind),
        href,
    }
}
