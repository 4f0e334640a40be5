use super::lead_alike::{Alike, MergeLeads};
use super::lead_assignment::{Assignment, ReassignLead};
use super::lead_routing::Routing;
use crate::errors::AppError;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, CategoryBadge, Editing, ExactTime, Fact, Facts, LeadFacts, LeadHistory, LeadStatusBadge, LinkButton,
    Load, MoneyText, Notice, PageHead, PhoneLink, ScoreBar, SkeletonLines, TimeAgo, Tone, place_of, use_toasts,
};
use leads::admin_views::LeadFile;
use leads::consent::ConsentView;
use leads::notes::NoteView;
use leads::views::{self, LeadView};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};

/// One lead with all that happened to it, why it went where it went, and what looks like the same request.
#[server(prefix = "/rpc", endpoint = "admin_lead")]
pub async fn load_lead(id: String) -> Result<LeadFile, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::admin_desk::get_file(&ctx()?, &caller, &id).await?)
}

const BACK: (&str, &str) = ("/app/admin/leads", "Leads");

/// What the page's forms hold. It outlives a page that is drawn anew.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub reassign: ServerAction<ReassignLead>,
    pub merge: ServerAction<MergeLeads>,
    /// Whose the lead is.
    pub editing: Editing<1>,
    pub chosen: RwSignal<String>,
    pub reason: RwSignal<String>,
    /// Whether the form that gives it to somebody else is shown.
    pub open: RwSignal<bool>,
    /// Which question is asked.
    pub asked: RwSignal<Option<String>>,
}

/// Everything about one lead.
#[component]
pub fn LeadPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let live = use_live(&[]);
    let desk = Desk {
        reassign: ServerAction::new(),
        merge: ServerAction::new(),
        editing: Editing::new(["contractorId"]),
        chosen: RwSignal::new(String::new()),
        reason: RwSignal::new(String::new()),
        open: RwSignal::new(false),
        asked: RwSignal::new(None),
    };
    // The page stays when its address names another lead: what was typed was about the one before.
    Effect::new(move |before: Option<String>| {
        let id = id.get();
        if before.is_some_and(|before| before != id) {
            desk.chosen.set(String::new());
            desk.reason.set(String::new());
            desk.open.set(false);
            desk.asked.set(None);
        }
        id
    });
    let (toasts, navigate) = (use_toasts(), use_navigate());
    Effect::new(move |_| {
        if let Some(Ok(lead)) = desk.reassign.value().get() {
            let business = lead.assignment.map(|a| a.business_name).unwrap_or_default();
            toasts.success(format!("{business} has the lead now, and gets a mail."));
            desk.chosen.set(String::new());
            desk.reason.set(String::new());
            desk.open.set(false);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(kept)) = desk.merge.value().get() {
            toasts.success("The leads are one now.");
            if kept.id != id.get_untracked() {
                navigate(&format!("/app/admin/leads/{}", kept.id), NavigateOptions::default());
            }
        }
    });
    let file = Resource::new(
        move || (id.get(), live.version.get(), desk.reassign.version().get(), desk.merge.version().get()),
        |(id, ..)| load_lead(id),
    );
    view! {
        <Load
            resource=file
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
            let:file
        >
            <Page file desk/>
        </Load>
    }
}

#[component]
fn Page(file: LeadFile, desk: Desk) -> impl IntoView {
    let LeadFile { page, scoring_version, decisions, options, alike, notes } = file;
    let views::LeadPage { lead, factors, history, calls, bill, consent } = page;
    let subtitle = format!("{} in {}", lead.service_type.label(), place_of(&lead));
    let contractor = lead.assignment.as_ref().map(|a| a.business_name.clone()).unwrap_or_default();
    let (asked, given, priced, merging) = (lead.clone(), lead.clone(), lead.clone(), lead.clone());
    view! {
        <PageHead title=lead.customer_name() subtitle back=BACK>
            <span class="inline-flex min-h-11 items-center gap-3">
                <LeadStatusBadge status=lead.status/>
                <CategoryBadge category=lead.category/>
            </span>
        </PageHead>
        {lead
            .merged_into
            .clone()
            .map(|kept| {
                view! {
                    <div class="mb-6">
                        <Notice
                            tone=Tone::Neutral
                            icon="info"
                            title="This lead was merged into another"
                            text="Its calls, messages and history are there. Nothing more happens here."
                        >
                            <LinkButton href=format!("/app/admin/leads/{kept}")>"Open the other lead"</LinkButton>
                        </Notice>
                    </div>
                }
            })}
        <div class="grid items-start gap-6 lg:grid-cols-3">
            <div class="grid min-w-0 gap-6 lg:col-span-2">
                {lead.merged_into.is_none().then(|| view! { <Assignment lead=given options desk/> })}
                <Routing decisions/>
                <Card title="Request">
                    <LeadFacts lead=asked/>
                </Card>
                <Card title="Calls">
                    <CallList calls/>
                </Card>
                {(!notes.is_empty()).then(|| view! { <Notes notes/> })}
                <Card title="History">
                    <LeadHistory history reader=Role::Admin contractor/>
                </Card>
            </div>
            <div class="grid min-w-0 gap-6">
                <Price lead=priced bill/>
                <Alike lead=merging alike desk/>
                <Card title="Score">
                    <ScoreBar total=lead.score factors/>
                    <p class="mt-4 text-sm text-muted">{format!("Scored with version {scoring_version}.")}</p>
                </Card>
                {consent.map(|consent| view! { <Consent consent/> })}
            </div>
        </div>
    }
}

#[component]
fn Price(lead: LeadView, bill: Option<views::BillView>) -> impl IntoView {
    view! {
        <Card title="What it costs">
            <Facts>
                <Fact label="Price">
                    <MoneyText amount=lead.price/>
                </Fact>
                <Fact label="Charged">
                    {match bill {
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
                {lead
                    .tracking_number
                    .map(|phone| {
                        view! {
                            <Fact label="Tracking number">
                                <PhoneLink phone/>
                            </Fact>
                        }
                    })}
                <Fact label="Came from">{if lead.source == "api" { "API".to_owned() } else { crate::text::sentence(&lead.source) }}</Fact>
                <Fact label="Lead ID">
                    <span class="break-all text-sm">{lead.id}</span>
                </Fact>
            </Facts>
        </Card>
    }
}

/// What contractors wrote down.
#[component]
fn Notes(notes: Vec<NoteView>) -> impl IntoView {
    let items = notes
        .into_iter()
        .map(|note| {
            view! {
                <li class="py-4 first:pt-0 last:pb-0">
                    <p class="whitespace-pre-line break-words">{note.body}</p>
                    <p class="mt-1 text-sm text-muted">{note.business_name} ", " <TimeAgo at=note.created_at/></p>
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title="Contractor's notes">
            <ul class="divide-y divide-line">{items}</ul>
        </Card>
    }
}

/// Evidence that the customer agreed to be called.
#[component]
fn Consent(consent: ConsentView) -> impl IntoView {
    view! {
        <Card title="Consent">
            <Facts>
                <Fact label="Given">
                    <ExactTime at=consent.given_at/>
                </Fact>
                <Fact label="On the page">
                    <span class="break-all">{consent.page}</span>
                </Fact>
                {consent
                    .address
                    .map(|address| {
                        view! {
                            <Fact label="From the address">
                                <span class="break-all">{address}</span>
                            </Fact>
                        }
                    })}
                <Fact label="The text">{consent.text}</Fact>
            </Facts>
        </Card>
    }
}
