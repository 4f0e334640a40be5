use super::contractors::{Approve, ApproveContractor, announce_approval};
use super::two_factor::TwoFactorReset;
use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Badge, Card, Cell, Column, ConfirmDialog, ContractorStatusBadge, DataTable, ExactTime, Fact, Facts, FormErrors, LeadName,
    LeadStatusBadge, Load, MoneyText, PageHead, PhoneLink, Row, SkeletonLines, SkeletonTiles, StatGrid, StatTile, SubmitButton, TextField,
    TimeAgo, Tone, Variant, action_error, field_errors, use_toasts,
};
use crate::{format, text};
use kernel::{Id, Permission};
use leads::contractor::ContractorStatus;
use leads::views::{ContractorView, LeadView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

/// A contractor with their newest leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub contractor: ContractorView,
    pub leads: Vec<LeadView>,
}

/// What an administrator sets for one contractor, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Share {
    pub weight: String,
    /// Blank is any number.
    pub daily_cap: String,
}

/// One contractor with their newest leads.
#[server(prefix = "/rpc", endpoint = "admin_contractor")]
pub async fn load_profile(id: Id) -> Result<Profile, AppError> {
    use leads::views::LeadFilter;
    admin_caller().await?;
    let ctx = ctx()?;
    let contractor = leads::contractors::get(&ctx, &id).await?;
    let newest = LeadFilter { contractor_id: Some(id), ..LeadFilter::of_page(kernel::Page { limit: 5, offset: 0 }) };
    let leads = leads::admin_desk::list_leads(&ctx, &newest).await?.items;
    Ok(Profile { contractor, leads })
}

/// Suspends a contractor, or takes the suspension back (decision 30).
#[server(prefix = "/rpc", endpoint = "admin_suspend_contractor")]
pub async fn suspend_contractor(id: Id, suspend: bool) -> Result<ContractorView, AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let done = if suspend {
        leads::contractors::suspend(&ctx, &caller, &id).await
    } else {
        leads::contractors::reactivate(&ctx, &caller, &id).await
    };
    Ok(done?)
}

/// Sets a contractor's share of leads and their daily limit (decision 22).
#[server(prefix = "/rpc", endpoint = "admin_contractor_share")]
pub async fn set_share(id: Id, share: Share) -> Result<ContractorView, AppError> {
    let caller = admin_caller().await?;
    let number =
        |field: &'static str, text: &str| text.trim().parse::<i64>().map_err(|_| kernel::Problem::invalid(field, "must be a whole number"));
    let weight = number("weight", &share.weight)?;
    let cap = if share.daily_cap.trim().is_empty() { None } else { Some(number("dailyCap", &share.daily_cap)?) };
    Ok(leads::contractors::set_share(&ctx()?, &caller, &id, weight, cap).await?)
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
    let suspend = ServerAction::<SuspendContractor>::new();
    let share = ServerAction::<SetShare>::new();
    let asks = RwSignal::new(None);
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(c)) = suspend.value().get() {
            let words = if c.status == ContractorStatus::Suspended { "suspended" } else { "back" };
            toasts.success(format!("{} is {words}.", c.business_name));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = share.value().get() {
            toasts.success("The share of leads is saved.");
        }
    });
    let profile = Resource::new(
        move || (id.get(), live.version.get(), approve.version().get(), suspend.version().get(), share.version().get()),
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
            <Page profile approve suspend share asks/>
        </Load>
        <TwoFactorReset id/>
        <SuspendDialog asks action=suspend/>
    }
}

#[component]
fn Page(
    profile: Profile,
    approve: ServerAction<ApproveContractor>,
    suspend: ServerAction<SuspendContractor>,
    share: ServerAction<SetShare>,
    asks: RwSignal<Option<(Id, String)>>,
) -> impl IntoView {
    let c = profile.contractor;
    let is_suspended = c.status == ContractorStatus::Suspended;
    let can_approve = !c.is_approved && !is_suspended;
    let (id, name) = (c.id.clone(), c.business_name.clone());
    view! {
        <PageHead title=c.business_name.clone() subtitle=status_words(&c) back=BACK>
            {can_approve.then(|| view! { <Approve id=id.clone() name=name.clone() action=approve variant=Variant::Primary/> })}
            <Suspend id name is_suspended action=suspend asks/>
        </PageHead>
        <FormErrors error=action_error(approve)/>
        <FormErrors error=action_error(suspend)/>
        <div class="grid min-w-0 gap-6">
            <Numbers c=c.clone()/>
            <div class="grid items-start gap-6 lg:grid-cols-3">
                <div class="min-w-0 lg:col-span-2">
                    <Account c=c.clone()/>
                </div>
                <ShareForm c=c.clone() action=share/>
            </div>
            <Newest contractor_id=c.id leads=profile.leads/>
        </div>
    }
}

/// What the status means for leads, in a sentence.
fn status_words(c: &ContractorView) -> &'static str {
    match (c.status, c.is_approved, c.is_accepting_leads) {
        (ContractorStatus::Suspended, ..) => "Suspended: cannot sign in and gets no leads.",
        (_, false, _) => "Waits for your approval, and gets no leads until then.",
        (ContractorStatus::Inactive, true, _) => "Inactive: gets no new leads.",
        (ContractorStatus::Active, true, true) => "Active and accepting leads.",
        (ContractorStatus::Active, true, false) => "Active, and has paused new leads.",
    }
}

/// Asks first, naming the contractor; without script the form goes at once, and can be taken back.
#[component]
fn Suspend(
    id: Id,
    name: String,
    is_suspended: bool,
    action: ServerAction<SuspendContractor>,
    asks: RwSignal<Option<(Id, String)>>,
) -> impl IntoView {
    let target = (id.clone(), name);
    let pending = action.pending();
    let words = if is_suspended { "Take back the suspension" } else { "Suspend" };
    view! {
        <ActionForm action attr:data-needs=Permission::Contractors.as_str()>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="suspend" value=if is_suspended { "false" } else { "true" }/>
            <button
                type="submit"
                class="btn btn-outline-quiet"
                disabled=pending
                aria-busy=move || pending.get().then_some("true")
                on:click=move |ev| {
                    if !is_suspended {
                        ev.prevent_default();
                        asks.set(Some(target.clone()));
                    }
                }
            >
                {words}
            </button>
        </ActionForm>
    }
}

/// The question. It stands outside of what is drawn anew when the contractor changes.
#[component]
fn SuspendDialog(asks: RwSignal<Option<(Id, String)>>, action: ServerAction<SuspendContractor>) -> impl IntoView {
    move || {
        asks.get().map(|(id, name)| {
            let open = RwSignal::new(true);
            Effect::new(move |_| {
                if !open.get() {
                    // After the dialog has closed and given the focus back.
                    set_timeout(move || asks.set(None), std::time::Duration::ZERO);
                }
            });
            view! {
                <ConfirmDialog
                    open
                    title=format!("Suspend {name}?")
                    message="They cannot sign in and get no new leads until you take it back. The leads they have stay assigned to them."
                    confirm=format!("Suspend {name}")
                    danger=true
                    on_confirm=move |()| {
                        action.dispatch(SuspendContractor { id: id.clone(), suspend: true });
                    }
                />
            }
        })
    }
}

/// The documented figures of a contractor (seed 000, Get All Contractors).
#[component]
fn Numbers(c: ContractorView) -> impl IntoView {
    let list = format!("/app/admin/leads?contractorId={}", c.id);
    let response = if c.average_response_time > 0 { format::minutes(c.average_response_time) } else { "–".into() };
    let rating = c.customer_rating.map_or("–".into(), |rating| format!("{rating:.1}"));
    let conversion = if c.total_leads > 0 { format!("{:.1} %", c.conversion_rate) } else { "–".into() };
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
    let zips = c.service_zip_codes.iter().map(ToString::to_string).map(|zip| view! { <Badge>{zip}</Badge> }).collect_view();
    let work = c.specializations.iter().copied().map(|s| view! { <Badge tone=Tone::Accent>{s.label()}</Badge> }).collect_view();
    let zip_count = text::count(i64::try_from(c.service_zip_codes.len()).unwrap_or(0), "ZIP code", "ZIP codes");
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
                <Fact label=zip_count>
                    <span class="flex flex-wrap gap-2 tabular-nums">{zips}</span>
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

const LABELS: &[(&str, &str)] = &[("weight", "Share"), ("dailyCap", "Leads a day, at most")];

#[component]
fn ShareForm(c: ContractorView, action: ServerAction<SetShare>) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    view! {
        <Card title="Share of leads" attr:data-needs=Permission::Contractors.as_str()>
            <ActionForm action>
                <FormErrors error labels=LABELS/>
                <input type="hidden" name="id" value=c.id/>
                <TextField
                    name="share[weight]"
                    label="Share"
                    hint="1 is normal; with 2 they get twice as many leads as others."
                    inputmode="numeric"
                    maxlength=3
                    required=true
                    value=c.weight.to_string()
                    errors
                />
                <TextField
                    name="share[dailyCap]"
                    label="Leads a day, at most"
                    hint="Blank is any number."
                    inputmode="numeric"
                    maxlength=5
                    value=c.daily_cap.map(|cap| cap.to_string()).unwrap_or_default()
                    errors
                />
                <SubmitButton variant=Variant::Secondary pending=action.pending()>"Save the share"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

#[component]
fn Newest(contractor_id: Id, leads: Vec<LeadView>) -> impl IntoView {
    let all = format!("/app/admin/leads?contractorId={contractor_id}");
    let list = if leads.is_empty() {
        view! { <p class="panel panel-body text-muted">"No leads yet."</p> }.into_any()
    } else {
        let rows = leads
            .into_iter()
            .map(|lead| {
                let named = lead.clone();
                view! {
                    <Row href=format!("/app/admin/leads/{}", lead.id)>
                        <Cell label="Customer" primary=true>
                            <LeadName lead=named/>
                        </Cell>
                        <Cell label="Status">
                            <LeadStatusBadge status=lead.status/>
                        </Cell>
                        <Cell label="Received">
                            <TimeAgo at=lead.created_at/>
                        </Cell>
                        <Cell label="Price" numeric=true>
                            <MoneyText amount=lead.price/>
                        </Cell>
                    </Row>
                }
            })
            .collect_view();
        let columns = vec![Column::new("Customer"), Column::new("Status"), Column::new("Received"), Column::new("Price").numeric()];
        view! {
            <DataTable caption="Newest leads" columns>
                {rows}
            </DataTable>
        }
        .into_any()
    };
    view! {
        <section class="grid min-w-0 gap-3">
            <div class="flex items-center justify-between gap-4">
                <h2 class="panel-title">"Newest leads"</h2>
                <a href=all class="link inline-flex min-h-11 items-center">"All their leads"</a>
            </div>
            {list}
        </section>
    }
}
