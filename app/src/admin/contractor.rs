use super::contractor_card::{Area, Newest, Performance};
use super::contractor_review::{Refusal, Review, Suspend, SuspendContractor, SuspendDialog};
use super::contractor_share::{SetShare, ShareForm};
use super::contractors::{ApproveContractor, announce_approval};
use super::two_factor::TwoFactorReset;
use crate::errors::AppError;
use crate::format;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    AreaMap, Badge, Card, ContractorStatusBadge, Editing, ExactTime, Fact, Facts, FormErrors, Load, PageHead, PhoneLink, Point,
    SkeletonLines, SkeletonTiles, StatGrid, StatTile, Tone, action_error, use_toasts,
};
use kernel::{Id, Zip};
use leads::admin_views::Scorecard;
use leads::contractor::ContractorStatus;
use leads::views::{ContractorView, LeadView};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};

/// A contractor with their newest leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub contractor: ContractorView,
    pub leads: Vec<LeadView>,
    pub card: Scorecard,
    /// Their ZIP codes, as far as we know where they are.
    pub map: Option<(AreaMap, Vec<(Zip, Point)>)>,
}

/// One contractor with their newest leads.
#[server(prefix = "/rpc", endpoint = "admin_contractor")]
pub async fn load_profile(id: Id) -> Result<Profile, AppError> {
    use leads::views::LeadFilter;
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let contractor = leads::contractors::get(&ctx, &id).await?;
    let card = leads::scorecards::get(&ctx, &caller, &id).await?;
    let newest = LeadFilter { contractor_id: Some(id), ..LeadFilter::of_page(kernel::Page { limit: 5, offset: 0 }) };
    let leads = leads::admin_desk::list_leads(&ctx, &caller, &newest).await?.items;
    let map = crate::ui::projection::map_of(contractor.service_zip_codes.iter());
    Ok(Profile { contractor, leads, card, map })
}

const BACK: (&str, &str) = ("/app/admin/contractors", "Contractors");

/// Everything about one contractor.
#[component]
pub fn ContractorPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let live = use_live(&[]);
    let approve = ServerAction::<ApproveContractor>::new();
    announce_approval(approve);
    let (suspend, back) = (ServerAction::<SuspendContractor>::new(), ServerAction::<SuspendContractor>::new());
    let share = ServerAction::<SetShare>::new();
    let editing = Editing::new(["weight", "dailyCap"]);
    let refusal = Refusal { action: ServerAction::new(), reason: RwSignal::new(String::new()), asked: RwSignal::new(None) };
    // Without script the address says that the question is asked.
    let asked = use_query_map().with_untracked(|q| q.get("suspend").is_some());
    let asks = RwSignal::new(asked.then(|| (id.get_untracked(), "this contractor".to_owned())));
    let toasts = use_toasts();
    Effect::new(move |_| {
        // The dialog forgets the answer when it closes.
        suspend.version().track();
        if let Some(Ok(c)) = suspend.value().get_untracked() {
            toasts.undoable(format!("{} is suspended.", c.business_name), move || {
                back.dispatch(SuspendContractor { id: c.id.clone(), suspend: false, why: String::new() });
            });
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(c)) = back.value().get() {
            toasts.success(format!("{} is back.", c.business_name));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(c)) = refusal.action.value().get() {
            toasts.success(format!("{} is refused, and gets a mail.", c.business_name));
            refusal.reason.set(String::new());
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = share.value().get() {
            toasts.success("The share of leads is saved.");
        }
    });
    let profile = Resource::new(
        move || {
            let suspended = (suspend.version().get(), back.version().get());
            let versions = (approve.version().get(), suspended, share.version().get(), refusal.action.version().get());
            (id.get(), live.version.get(), versions)
        },
        |(id, ..)| load_profile(id),
    );
    view! {
        <Load
            resource=profile
            skeleton=|| {
                view! {
                    <PageHead title="Contractor" back=BACK/>
                    <div class="grid gap-6">
                        <SkeletonTiles count=4/>
                        <Card>
                            <SkeletonLines lines=10/>
                        </Card>
                    </div>
                }
            }
            let:profile
        >
            <Page profile approve back share=(share, editing) refusal asks/>
        </Load>
        <TwoFactorReset id/>
        <SuspendDialog asks action=suspend/>
    }
}

#[component]
fn Page(
    profile: Profile,
    approve: ServerAction<ApproveContractor>,
    back: ServerAction<SuspendContractor>,
    share: (ServerAction<SetShare>, Editing<2>),
    refusal: Refusal,
    asks: RwSignal<Option<(Id, String)>>,
) -> impl IntoView {
    let c = profile.contractor;
    let is_suspended = c.status == ContractorStatus::Suspended;
    let (id, name) = (c.id.clone(), c.business_name.clone());
    view! {
        <PageHead title=c.business_name.clone() subtitle=status_words(&c) back=BACK>
            <Suspend id name is_suspended back asks/>
        </PageHead>
        <FormErrors error=action_error(approve)/>
        <FormErrors error=action_error(back)/>
        <div class="grid min-w-0 gap-6">
            <Review c=c.clone() approve refusal/>
            <Numbers c=c.clone()/>
            <Performance card=profile.card.clone()/>
            <div class="grid items-start gap-6 lg:grid-cols-3">
                <div class="grid min-w-0 gap-6 lg:col-span-2">
                    <Account c=c.clone()/>
                    <Area area=profile.card.area map=profile.map/>
                </div>
                <ShareForm c=c.clone() action=share.0 editing=share.1/>
            </div>
            <Newest contractor_id=c.id leads=profile.leads/>
        </div>
    }
}

/// What the status means for leads, in a sentence.
fn status_words(c: &ContractorView) -> &'static str {
    if c.rejected_at.is_some() {
        return "Refused: cannot sign in and gets no leads.";
    }
    match (c.status, c.is_approved, c.is_accepting_leads) {
        (ContractorStatus::Suspended, ..) => "Suspended: cannot sign in and gets no leads.",
        (_, false, _) => "Waits for your approval, and gets no leads until then.",
        (ContractorStatus::Inactive, true, _) => "Inactive: gets no new leads.",
        (ContractorStatus::Active, true, true) => "Active and accepting leads.",
        (ContractorStatus::Active, true, false) => "Active, and has paused new leads.",
    }
}

/// The documented figures of a contractor (seed 000, Get All Contractors).
#[component]
fn Numbers(c: ContractorView) -> impl IntoView {
    let list = format!("/app/admin/leads?contractorId={}", c.id);
    let response = c.average_response_time.map_or("–".into(), format::minutes);
    let rating = c.customer_rating.map_or("–".into(), |rating| format!("{rating:.1}"));
    let conversion = if c.total_leads > 0 { format::percent(c.conversion_rate) } else { "–".into() };
    view! {
        <section>
            <h2 class="sr-only">"Figures"</h2>
            <StatGrid>
                <StatTile label="Leads" value=c.total_leads.to_string() hint=format!("{} open", c.open_leads) href=list/>
                <StatTile label="Conversion" value=conversion hint=format!("{} qualified", c.qualified_leads)/>
                <StatTile label="Charged" value=c.total_billed.to_string()/>
                <StatTile label="Response time" value=response hint=format!("Rating {rating}")/>
            </StatGrid>
        </section>
    }
}

#[component]
fn Account(c: ContractorView) -> impl IntoView {
    let work = c.specializations.iter().copied().map(|s| view! { <Badge tone=Tone::Accent>{s.label()}</Badge> }).collect_view();
    view! {
        <Card title="Business">
            <Facts>
                <Fact label="Status">
                    <ContractorStatusBadge status=c.status approved=c.is_approved/>
                </Fact>
                {c.contact_name.map(|name| view! { <Fact label="Contact">{name}</Fact> })}
                <Fact label="Phone">
                    <PhoneLink phone=c.phone/>
                </Fact>
                <Fact label="E-mail">
                    <a href=format!("mailto:{}", c.email) class="link break-all">
                        {c.email.clone()}
                    </a>
                </Fact>
                <Fact label="Work">
                    <span class="flex flex-wrap gap-2">{work}</span>
                </Fact>
                {c.license_number.map(|number| view! { <Fact label="Licence">{number}</Fact> })}
                {c
                    .website
                    .map(|href| {
                        view! {
                            <Fact label="Website">
                                <a href=href.clone() class="link break-all" rel="external noopener noreferrer" target="_blank">
                                    {href.clone()}
                                </a>
                            </Fact>
                        }
                    })}
                <Fact label="Applied">
                    <ExactTime at=c.created_at/>
                </Fact>
                {c
                    .approved_at
                    .map(|at| {
                        view! {
                            <Fact label="Approved">
                                <ExactTime at/>
                            </Fact>
                        }
                    })}
                <Fact label="Password">{if c.has_password { "Set" } else { "Not set yet" }}</Fact>
                {c.about.map(|about| view! { <Fact label="About"><span class="whitespace-pre-line break-words">{about}</span></Fact> })}
            </Facts>
        </Card>
    }
}
