use super::{Due, announce_new_leads};
use crate::errors::AppError;
use crate::format;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{contractor, ctx};
use crate::text::count;
use crate::ui::{
    Card, CategoryBadge, Cell, Column, Countdown, DataTable, Empty, Icon, LeadName, LeadStatusBadge, LinkButton, Load, MoneyText, Notice,
    PageHead, PhoneLink, Row, SkeletonLines, SkeletonTable, SkeletonTiles, SmsLink, StatGrid, StatTile, Tone, job_of,
};
use chrono::{DateTime, Utc};
use leads::views::{ContractorStats, LeadView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Home {
    pub is_approved: bool,
    pub is_accepting: bool,
    /// When a pause ends by itself.
    pub paused_until: Option<DateTime<Utc>>,
    /// Leads that wait for a call, the most urgent first, at most six.
    pub urgent: Vec<LeadView>,
    /// How many wait in all.
    pub waiting: i64,
    pub stats: ContractorStats,
    pub recent: Vec<LeadView>,
}

/// The contractor's own figures, and whom to call next.
#[server(prefix = "/rpc", endpoint = "contractor_dashboard")]
pub async fn load_home() -> Result<Home, AppError> {
    use leads::contractor_desk::{self, OwnLeadSort};
    use leads::lead::LeadStatus;
    use leads::views::LeadFilter;
    let me = contractor().await?;
    let ctx = ctx()?;
    let dashboard = contractor_desk::dashboard(&ctx, &me.id).await?;
    let open = LeadFilter { status: Some(LeadStatus::Assigned), ..LeadFilter::of_page(kernel::Page { limit: 6, offset: 0 }) };
    let open = contractor_desk::list_leads(&ctx, &me.id, &open, kernel::Order::up(OwnLeadSort::Due)).await?;
    Ok(Home {
        is_approved: me.is_approved,
        is_accepting: me.is_accepting_leads,
        paused_until: leads::profile::paused_until(&ctx, &me.id).await?,
        urgent: open.items,
        waiting: open.total,
        stats: dashboard.stats,
        recent: dashboard.recent_leads,
    })
}

/// Which lead do I call now, how long do I have, what do I owe?
#[component]
pub fn DashboardPage() -> impl IntoView {
    let live = use_live(&[]);
    announce_new_leads();
    let home = Resource::new(move || live.version.get(), |_| load_home());
    view! {
        <PageHead title="Today"/>
        <Load
            resource=home
            skeleton=|| {
                view! {
                    <div class="grid gap-8">
                        <Card title="Call next">
                            <SkeletonLines lines=5/>
                        </Card>
                        <SkeletonTiles count=7/>
                        <SkeletonTable rows=5/>
                    </div>
                }
            }
            let:home
        >
            <div class="grid min-w-0 gap-8">
                {(!home.is_approved)
                    .then(|| {
                        view! {
                            <Notice
                                icon="clock"
                                title="Your application is being reviewed"
                                text="You get leads as soon as it is approved. We will send you an e\u{2011}mail."
                            />
                        }
                    })}
                {(home.is_approved && !home.is_accepting)
                    .then(|| {
                        view! {
                            <Notice title="New leads are paused" text=pause_text(home.paused_until)>
                                <LinkButton href="/app/contractor/profile">"Resume new leads"</LinkButton>
                            </Notice>
                        }
                    })}
                <CallNext urgent=home.urgent waiting=home.waiting can_receive=home.is_approved && home.is_accepting/>
                <Stats stats=home.stats/>
                <Recent leads=home.recent/>
            </div>
        </Load>
    }
}

fn pause_text(until: Option<DateTime<Utc>>) -> String {
    match until {
        Some(at) => format!("You keep the leads you have, and get new ones again from {}.", format::day_and_time(at)),
        None => "You keep the leads you have, and get no new ones.".into(),
    }
}

/// The most urgent lead in full, the next ones below it.
#[component]
fn CallNext(urgent: Vec<LeadView>, waiting: i64, can_receive: bool) -> impl IntoView {
    let more = waiting - i64::try_from(urgent.len()).unwrap_or(waiting);
    let mut urgent = urgent.into_iter();
    let Some(first) = urgent.next() else {
        let text = if can_receive {
            "New leads appear here by themselves, and we send you a text and an e\u{2011}mail."
        } else {
            "There is nobody to call at the moment."
        };
        return view! {
            <Card title="Call next">
                <Empty icon="check" title="Nobody is waiting for your call" text>
                    <LinkButton href="/app/contractor/leads">"See all leads"</LinkButton>
                </Empty>
            </Card>
        }
        .into_any();
    };
    let rest: Vec<LeadView> = urgent.collect();
    let waiting_words = format!("{} waiting", count(waiting, "customer", "customers"));
    view! {
        <Card title="Call next" actions=move || view! { <span class="text-sm text-muted tabular-nums">{waiting_words.clone()}</span> }>
            <First lead=first/>
            {(!rest.is_empty())
                .then(|| {
                    view! {
                        <ul class="mt-6 divide-y divide-line border-t border-line" aria-label="After that">
                            {rest.into_iter().map(|lead| view! { <Next lead/> }).collect_view()}
                        </ul>
                    }
                })}
            {(more > 0)
                .then(|| {
                    view! {
                        <a href="/app/contractor/leads?status=assigned" class="link mt-4 inline-flex min-h-11 items-center">
                            {format!("And {more} more")}
                        </a>
                    }
                })}
        </Card>
    }
    .into_any()
}

#[component]
fn First(lead: LeadView) -> impl IntoView {
    let job = job_of(&lead);
    let name = lead.customer_name();
    view! {
        <article class="grid gap-4">
            <div class="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
                <div class="min-w-0">
                    <h3 class="text-lg font-semibold">
                        <a href=format!("/app/contractor/leads/{}", lead.id) class="hover:underline">
                            {name}
                        </a>
                    </h3>
                    <p class="text-muted">{job}</p>
                </div>
                {lead.assignment.as_ref().map(|a| view! { <Countdown deadline=a.response_deadline/> })}
            </div>
            {lead.service_description.clone().map(|text| view! { <p class="line-clamp-3 break-words">{format!("“{text}”")}</p> })}
            <div class="grid grid-cols-2 gap-3 sm:max-w-md">
                <PhoneLink phone=lead.number_to_call().clone() button=format!("Call {}", lead.customer_first_name) wide=true/>
                <SmsLink phone=lead.customer_phone.clone() button=format!("Text {}", lead.customer_first_name) wide=true/>
            </div>
        </article>
    }
}

#[component]
fn Next(lead: LeadView) -> impl IntoView {
    let job = job_of(&lead);
    let name = lead.customer_name();
    let call = format!("Call {name}, {}", lead.number_to_call());
    view! {
        <li class="flex items-center gap-3 py-3">
            <div class="min-w-0 grow sm:flex sm:items-center sm:justify-between sm:gap-4">
                <div class="min-w-0">
                    <a href=format!("/app/contractor/leads/{}", lead.id) class="block truncate font-medium hover:underline">
                        {name}
                    </a>
                    <p class="truncate text-sm text-muted">{job}</p>
                </div>
                {lead.assignment.as_ref().map(|a| view! { <Countdown deadline=a.response_deadline/> })}
            </div>
            <a href=format!("tel:{}", lead.number_to_call().e164()) class="btn btn-outline-quiet btn-square" aria-label=call>
                <Icon name="phone"/>
            </a>
        </li>
    }
}

/// The seven documented figures; what is owed comes first (seed 000, Get Contractor Dashboard).
#[component]
fn Stats(stats: ContractorStats) -> impl IntoView {
    let response = stats.average_response_time.map_or("–".into(), format::minutes);
    let rating = stats.avg_customer_rating.map_or("–".into(), |rating| format!("{rating:.1}"));
    let conversion = if stats.total_leads > 0 { format::percent(stats.conversion_rate) } else { "–".into() };
    view! {
        <section class="grid gap-3">
            <h2 class="panel-title">"Your numbers"</h2>
            <StatGrid lead=true>
                <StatTile label="You owe" value=stats.pending_payment.to_string() hint="Charged and not paid yet" href="/app/contractor/billing"/>
                <StatTile label="Charged so far" value=stats.total_billed.to_string() href="/app/contractor/billing"/>
                <StatTile label="Leads this month" value=stats.leads_this_month.to_string() href="/app/contractor/leads"/>
                <StatTile label="Leads in all" value=stats.total_leads.to_string() href="/app/contractor/leads"/>
                <StatTile
                    label="Conversion"
                    value=conversion
                    hint="Qualified of all leads"
                    href="/app/contractor/leads?status=qualified"
                />
                <StatTile
                    label="Response time"
                    value=response
                    hint="From assigned to first contact"
                    href="/app/contractor/performance"
                />
                <StatTile label="Customer rating" value=rating hint="Out of 5" href="/app/contractor/performance"/>
            </StatGrid>
        </section>
    }
}

#[component]
fn Recent(leads: Vec<LeadView>) -> impl IntoView {
    if leads.is_empty() {
        return view! {
            <Notice tone=Tone::Neutral icon="inbox" title="No leads yet" text="Your ten newest leads will be listed here."/>
        }
        .into_any();
    }
    let columns = vec![
        Column::new("Customer"),
        Column::new("Status"),
        Column::new("First call"),
        Column::new("Category"),
        Column::new("Price").numeric(),
    ];
    let rows = leads
        .into_iter()
        .map(|lead| {
            let (named, due) = (lead.clone(), lead.clone());
            view! {
                <Row href=format!("/app/contractor/leads/{}", lead.id)>
                    <Cell label="Customer" primary=true>
                        <LeadName lead=named/>
                    </Cell>
                    <Cell label="Status">
                        <LeadStatusBadge status=lead.status/>
                    </Cell>
                    <Cell label="First call">
                        <Due lead=due bare=true/>
                    </Cell>
                    <Cell label="Category">
                        <CategoryBadge category=lead.category/>
                    </Cell>
                    <Cell label="Price" numeric=true>
                        <MoneyText amount=lead.price/>
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <section class="grid min-w-0 gap-3">
            <div class="flex items-center justify-between gap-4">
                <h2 class="panel-title">"Newest leads"</h2>
                <a href="/app/contractor/leads" class="link inline-flex min-h-11 items-center">"All leads"</a>
            </div>
            <DataTable caption="Newest leads" columns>
                {rows}
            </DataTable>
        </section>
    }
    .into_any()
}
