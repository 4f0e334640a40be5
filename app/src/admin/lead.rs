use crate::errors::AppError;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{admin, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, CategoryBadge, Countdown, ExactTime, Fact, Facts, LeadFacts, LeadHistory, LeadStatusBadge, Load,
    MoneyText, PageHead, PhoneLink, ScoreBar, SkeletonLines, TimeAgo, place_of,
};
use leads::lead::{Category, LeadStatus};
use leads::views::{self, LeadView};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// One lead with all that happened to it.
#[server(prefix = "/rpc", endpoint = "admin_lead")]
pub async fn load_lead(id: String) -> Result<views::LeadPage, AppError> {
    admin().await?;
    Ok(leads::admin_desk::get_lead(&ctx()?, &id).await?)
}

const BACK: (&str, &str) = ("/app/admin/leads", "Leads");

/// Everything about one lead.
#[component]
pub fn LeadPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let live = use_live(&[]);
    let lead = Resource::new(move || (id.get(), live.version.get()), |(id, _)| load_lead(id));
    view! {
        <Load
            resource=lead
            skeleton=|| {
                view! {
                    <PageHead title="Lead" back=BACK/>
                    <div class="grid items-start gap-6 lg:grid-cols-3">
                        <div class="grid gap-6 lg:col-span-2">
                            <Card>
                                <SkeletonLines lines=6/>
                            </Card>
                            <Card>
                                <SkeletonLines lines=10/>
                            </Card>
                        </div>
                        <Card>
                            <SkeletonLines lines=10/>
                        </Card>
                    </div>
                }
            }
            let:page
        >
            <Page page/>
        </Load>
    }
}

#[component]
fn Page(page: views::LeadPage) -> impl IntoView {
    let lead = page.lead.clone();
    let subtitle = format!("{} in {}", lead.service_type.label(), place_of(&lead));
    let contractor = lead.assignment.as_ref().map(|a| a.business_name.clone()).unwrap_or_default();
    let tracking = lead.tracking_number.clone();
    let (asked, given) = (lead.clone(), lead.clone());
    view! {
        <PageHead title=lead.customer_name() subtitle back=BACK>
            <span class="inline-flex min-h-11 items-center gap-3">
                <LeadStatusBadge status=lead.status/>
                <CategoryBadge category=lead.category/>
            </span>
        </PageHead>
        <div class="grid items-start gap-6 lg:grid-cols-3">
            <div class="grid min-w-0 gap-6 lg:col-span-2">
                <Card title="Assignment">
                    <Assignment lead=given/>
                </Card>
                <Card title="Request">
                    <LeadFacts lead=asked/>
                </Card>
                <Card title="Calls">
                    <CallList calls=page.calls/>
                </Card>
                <Card title="History">
                    <LeadHistory history=page.history reader=Role::Admin contractor/>
                </Card>
            </div>
            <div class="grid min-w-0 gap-6">
                <Card title="Price">
                    <Facts>
                        <Fact label="Price">
                            <MoneyText amount=lead.price/>
                        </Fact>
                        <Fact label="Charged">
                            {match page.bill {
                                Some(bill) => view! {
                                    <span class="flex flex-wrap items-center gap-2">
                                        <MoneyText amount=bill.amount/>
                                        <BillingBadge status=bill.status/>
                                    </span>
                                }
                                .into_any(),
                                None => "Not yet".into_any(),
                            }}
                        </Fact>
                        {tracking
                            .map(|phone| {
                                view! {
                                    <Fact label="Tracking number">
                                        <PhoneLink phone/>
                                    </Fact>
                                }
                            })}
                        <Fact label="Came from">{crate::text::sentence(&lead.source)}</Fact>
                        <Fact label="Lead ID">
                            <span class="break-all text-sm">{lead.id.clone()}</span>
                        </Fact>
                    </Facts>
                </Card>
                <Card title="Score">
                    <ScoreBar total=lead.score factors=page.factors/>
                </Card>
            </div>
        </div>
    }
}

/// Whose lead it is, and whether they are in time.
#[component]
fn Assignment(lead: LeadView) -> impl IntoView {
    let Some(a) = lead.assignment else {
        let why = if lead.category == Category::Nurture {
            "Nurture leads are kept, and not offered to contractors."
        } else {
            "Nobody can take it yet. It is assigned by itself as soon as a contractor who serves this ZIP code and does this work can."
        };
        return view! { <p class="text-muted">{why}</p> }.into_any();
    };
    view! {
        <Facts>
            <Fact label="Contractor">
                <a href=format!("/app/admin/contractors/{}", a.contractor_id) class="link">
                    {a.business_name}
                </a>
            </Fact>
            <Fact label="Assigned">
                <ExactTime at=a.assigned_at/>
            </Fact>
            <Fact label="First contact due">
                <ExactTime at=a.response_deadline/>
            </Fact>
            <Fact label="First contact">
                {match lead.first_contact_at {
                    Some(at) => view! { <TimeAgo at/> }.into_any(),
                    None if lead.status == LeadStatus::Assigned => view! { <Countdown deadline=a.response_deadline/> }.into_any(),
                    None => "–".into_any(),
                }}
            </Fact>
            {lead
                .qualified_at
                .map(|at| {
                    view! {
                        <Fact label="Qualified">
                            <ExactTime at/>
                        </Fact>
                    }
                })}
        </Facts>
    }
    .into_any()
}
