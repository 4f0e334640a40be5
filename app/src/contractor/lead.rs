use super::Due;
use crate::errors::AppError;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{contractor, contractor_caller, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, CategoryBadge, Fact, Facts, FormErrors, Icon, LeadFacts, LeadHistory, LeadStatusBadge, Load, MoneyText,
    PageHead, PhoneLink, ScoreBar, SkeletonLines, SmsLink, SubmitButton, Variant, action_error, map_of, place_of, use_toasts,
};
use leads::lead::LeadStatus;
use leads::views::{self, LeadView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// One of the contractor's own leads.
#[server(prefix = "/rpc", endpoint = "contractor_lead")]
pub async fn load_lead(id: String) -> Result<views::LeadPage, AppError> {
    let me = contractor().await?;
    Ok(leads::contractor_desk::get_lead(&ctx()?, &me.id, &id).await?)
}

/// Moves one of the contractor's own leads on (seed 000, Update Lead Status).
#[server(prefix = "/rpc", endpoint = "contractor_lead_status")]
pub async fn move_lead(id: String, status: String) -> Result<LeadView, AppError> {
    let caller = contractor_caller().await?;
    let status = status.parse::<LeadStatus>().map_err(|message| kernel::Problem::invalid("status", message))?;
    Ok(leads::contractor_desk::set_status(&ctx()?, &caller, &id, status).await?)
}

/// Everything about one lead; the call is one tap away.
#[component]
pub fn LeadPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let live = use_live(&[]);
    let action = ServerAction::<MoveLead>::new();
    let lead = Resource::new(move || (id.get(), live.version.get(), action.version().get()), |(id, ..)| load_lead(id));
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(lead)) = action.value().get() {
            toasts.success(format!("{} is marked as {}.", lead.customer_name(), lead.status.label().to_lowercase()));
        }
    });
    view! {
        <Load
            resource=lead
            skeleton=|| {
                view! {
                    <PageHead title="Lead" back=BACK/>
                    <Columns
                        main=|| {
                            view! {
                                <Card>
                                    <SkeletonLines lines=6/>
                                </Card>
                                <Card>
                                    <SkeletonLines lines=10/>
                                </Card>
                            }
                        }
                        side=|| {
                            view! {
                                <Card>
                                    <SkeletonLines lines=8/>
                                </Card>
                            }
                        }
                    />
                }
            }
            let:page
        >
            <Page page action/>
        </Load>
    }
}

const BACK: (&str, &str) = ("/app/contractor/leads", "Leads");

/// One column on a phone; on a desk what one does at the left, what one looks up at the right.
#[component]
fn Columns(#[prop(into)] main: ViewFn, #[prop(into)] side: ViewFn) -> impl IntoView {
    view! {
        <div class="grid items-start gap-6 lg:grid-cols-3">
            <div class="grid min-w-0 gap-6 lg:col-span-2">{main.run()}</div>
            <div class="grid min-w-0 gap-6">{side.run()}</div>
        </div>
    }
}

#[component]
fn Page(page: views::LeadPage, action: ServerAction<MoveLead>) -> impl IntoView {
    let lead = page.lead.clone();
    let subtitle = format!("{} in {}", lead.service_type.label(), place_of(&lead));
    let main = {
        let page = page.clone();
        move || {
            let page = page.clone();
            view! {
                <Act lead=page.lead.clone() action/>
                <Card title="What they need">
                    <LeadFacts lead=page.lead/>
                </Card>
                <Card title="Calls">
                    <CallList calls=page.calls/>
                </Card>
                <Card title="History">
                    <LeadHistory history=page.history reader=Role::Contractor/>
                </Card>
            }
        }
    };
    let side = move || {
        let page = page.clone();
        let tracking = page.lead.tracking_number.clone();
        view! {
            <Card title="Price">
                <Facts>
                    <Fact label="Category">
                        <CategoryBadge category=page.lead.category/>
                    </Fact>
                    <Fact label="Price">
                        <MoneyText amount=page.lead.price/>
                    </Fact>
                    {match page.bill {
                        Some(bill) => view! {
                            <Fact label="Charged">
                                <span class="flex flex-wrap items-center gap-2">
                                    <MoneyText amount=bill.amount/>
                                    <BillingBadge status=bill.status/>
                                </span>
                            </Fact>
                        }
                        .into_any(),
                        None => view! { <Fact label="Charged">"Not yet. A call of 30 seconds or more over the tracking number is charged."</Fact> }.into_any(),
                    }}
                    {tracking
                        .map(|phone| {
                            view! {
                                <Fact label="Tracking number">
                                    <PhoneLink phone/>
                                </Fact>
                            }
                        })}
                </Facts>
            </Card>
            <Card title="Why this score">
                <ScoreBar total=page.lead.score factors=page.factors/>
            </Card>
        }
    };
    view! {
        <PageHead title=lead.customer_name() subtitle back=BACK/>
        <Columns main side/>
    }
}

/// How long there is, the call, and what comes after it.
#[component]
fn Act(lead: LeadView, action: ServerAction<MoveLead>) -> impl IntoView {
    let map = map_of(&lead);
    view! {
        <Card>
            <div class="grid gap-6">
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <LeadStatusBadge status=lead.status/>
                    <Due lead=lead.clone()/>
                </div>
                <div class="grid gap-3 sm:grid-cols-3">
                    <PhoneLink phone=lead.customer_phone.clone() button=format!("Call {}", lead.customer_first_name) wide=true/>
                    <SmsLink phone=lead.customer_phone.clone() button=format!("Text {}", lead.customer_first_name) wide=true/>
                    <a href=map class="btn btn-outline-quiet w-full" rel="external noopener noreferrer" target="_blank">
                        <Icon name="map_pin"/>
                        <span>"Open the map"</span>
                    </a>
                </div>
                <Moves lead action/>
            </div>
        </Card>
    }
}

#[component]
fn Moves(lead: LeadView, action: ServerAction<MoveLead>) -> impl IntoView {
    let moves: Vec<(LeadStatus, &'static str, &'static str)> =
        [(LeadStatus::Contacted, "Mark contacted", "check"), (LeadStatus::Qualified, "Mark qualified", "star")]
            .into_iter()
            .filter(|(next, ..)| *next != lead.status && lead.status.can_become(*next))
            .collect();
    if moves.is_empty() {
        return view! { <p class="text-muted">"This lead is qualified. Nothing is left to do here."</p> }.into_any();
    }
    let buttons = moves
        .into_iter()
        .map(|(next, words, icon)| {
            let id = lead.id.clone();
            let pending = Signal::derive(move || {
                action.input().with(|input| input.as_ref().is_some_and(|i| i.status == next.as_str())) && action.pending().get()
            });
            view! {
                <ActionForm action attr:class="grow sm:grow-0">
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="status" value=next.as_str()/>
                    <SubmitButton variant=Variant::Secondary icon pending wide=true>
                        {words}
                    </SubmitButton>
                </ActionForm>
            }
        })
        .collect_view();
    view! {
        <div class="grid gap-3 border-t border-line pt-6">
            <FormErrors error=action_error(action)/>
            <div class="flex flex-wrap gap-3">{buttons}</div>
            <p class="text-sm text-muted">
                "Contacted: you have spoken or written. Qualified: it is a real job. Marking a lead yourself costs nothing."
            </p>
        </div>
    }
    .into_any()
}
