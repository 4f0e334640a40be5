use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, Choice, Empty, Fact, Facts, FormErrors, LeadStatusBadge, LinkButton, Load, MoneyText, PageHead,
    RadioCards, SelectField, SkeletonLines, SubmitButton, TelField, TextField, action_error, field_errors,
};
use kernel::Permission;
use leads::calls::{BILLABLE_SECONDS, CallStatus};
use leads::views::{CallView, LeadPage, LeadView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// The longest call that is played, in seconds.
#[cfg(feature = "ssr")]
const LONGEST: i64 = 2 * 60 * 60;
/// Calls when no lead is chosen: a number that nobody has.
#[cfg(feature = "ssr")]
const STRANGER: &str = "+13105550199";
/// How many leads of each kind there are to choose from.
#[cfg(feature = "ssr")]
const CHOICES: i64 = 50;

/// A call to play, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallForm {
    /// Whose contractor calls. Blank: the number below is called.
    pub lead_id: String,
    pub number: String,
    /// `completed`, `no-answer`, `busy` or `failed`.
    pub outcome: String,
    pub seconds: String,
}

/// What a call has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Played {
    pub call: CallView,
    /// The lead that it belongs to, with its bill.
    pub lead: Option<LeadPage>,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulator {
    /// The leads that a contractor has and has not qualified, newest first.
    pub open: Vec<LeadView>,
    pub played: Option<Played>,
}

#[cfg(feature = "ssr")]
fn only_in_sandbox(ctx: &platform::Ctx) -> Result<(), AppError> {
    if ctx.settings.production { Err(kernel::Problem::not_found("Simulator", "").into()) } else { Ok(()) }
}

/// The leads to choose from, and what a call has done. Errors: `NotFound` in production, and for a call that nobody knows.
#[server(prefix = "/rpc", endpoint = "admin_simulator")]
pub async fn load_simulator(call_sid: Option<String>) -> Result<Simulator, AppError> {
    use leads::lead::LeadStatus;
    use leads::views::LeadFilter;
    let caller = admin_caller().await?;
    caller.may(Permission::View)?;
    let ctx = ctx()?;
    only_in_sandbox(&ctx)?;
    let mut open = Vec::new();
    for status in [LeadStatus::Assigned, LeadStatus::Contacted] {
        let page = kernel::Page { limit: CHOICES, offset: 0 };
        let filter = LeadFilter { status: Some(status), ..LeadFilter::of_page(page) };
        open.extend(leads::admin_desk::list_leads(&ctx, &caller, &filter).await?.items);
    }
    let Some(call_sid) = call_sid.filter(|sid| !sid.is_empty()) else { return Ok(Simulator { open, played: None }) };
    let (call, lead_id) = leads::calls::find(&ctx, &caller, &call_sid.replace('\0', "")).await?;
    let lead = match lead_id {
        Some(id) => Some(leads::admin_desk::get_lead(&ctx, &caller, &id).await?),
        None => None,
    };
    Ok(Simulator { open, played: Some(Played { call, lead }) })
}

/// Plays a call: Twilio's signed callbacks, taken as if they came from outside. Errors: `NotFound` in production.
#[server(prefix = "/rpc", endpoint = "admin_play_call")]
pub async fn play_call(call: CallForm) -> Result<(), AppError> {
    use crate::inbound::{PlayedCall, inbound};
    let caller = admin_caller().await?;
    caller.may(Permission::Leads)?;
    let ctx = ctx()?;
    only_in_sandbox(&ctx)?;
    let mut fields = kernel::Fields::default();
    let outcome = fields.choice("outcome", Some(&call.outcome));
    let outcome: Option<CallStatus> = fields.required("outcome", outcome);
    if outcome.is_some_and(|outcome| !outcome.is_final()) {
        fields.reject("outcome", "must be how a call ends");
    }
    let seconds = call.seconds.trim().parse().ok().filter(|seconds| (1..=LONGEST).contains(seconds));
    if outcome == Some(CallStatus::Completed) && seconds.is_none() {
        fields.reject("seconds", format!("must be a whole number from 1 to {LONGEST}"));
    }
    let is_of_lead = call.number.trim().is_empty();
    let number = if is_of_lead { None } else { fields.phone("number", Some(&call.number)) };
    if is_of_lead && (call.lead_id.is_empty() || call.lead_id.contains('\0')) {
        fields.reject("leadId", "must be chosen, unless you type a number");
    }
    let outcome = fields.finish_with(outcome)?;
    let (from, to) = match number {
        Some(number) => (STRANGER.to_owned(), number.e164().to_owned()),
        None => numbers_of(&ctx, &caller, &call.lead_id).await?,
    };
    let call = PlayedCall { from, to, outcome, seconds: seconds.unwrap_or(0) };
    let sid = (inbound()?.play_call)(ctx, caller, call).await?;
    leptos_axum::redirect(&format!("/app/admin/simulator?call={sid}"));
    Ok(())
}

/// The contractor's number, and the one that they call: the lead's tracking number, else its customer's.
#[cfg(feature = "ssr")]
async fn numbers_of(ctx: &platform::Ctx, caller: &platform::auth::Caller, lead_id: &str) -> Result<(String, String), AppError> {
    let lead = leads::admin_desk::get_lead(ctx, caller, lead_id).await?.lead;
    let Some(assignment) = lead.assignment else {
        return Err(kernel::Problem::invalid("leadId", "must be a lead that a contractor has").into());
    };
    let contractor = leads::contractors::get(ctx, &assignment.contractor_id).await?;
    let to = lead.tracking_number.unwrap_or(lead.customer_phone);
    Ok((contractor.phone.e164().to_owned(), to.e164().to_owned()))
}

/// Plays a phone call, so that a bill can be seen within a minute. Not in production.
#[component]
pub fn SimulatorPage() -> impl IntoView {
    let query = use_query_map();
    let play = ServerAction::<PlayCall>::new();
    let sid = Memo::new(move |_| query.with(|q| q.get("call")));
    let simulator = Resource::new(move || (sid.get(), play.version().get()), |(sid, _)| load_simulator(sid));
    let form = Typed {
        lead: RwSignal::new(query.with_untracked(|q| q.get("lead")).unwrap_or_default()),
        number: RwSignal::new(String::new()),
        outcome: RwSignal::new(CallStatus::Completed.as_str().to_owned()),
        seconds: RwSignal::new("45".to_owned()),
    };
    view! {
        <PageHead
            title="Phone simulator"
            subtitle="Plays a contractor's call to a customer, signed like Twilio's, and shows what it does. It does not exist in production."
        />
        <Load
            resource=simulator
            skeleton=|| {
                view! {
                    <Card>
                        <SkeletonLines lines=10/>
                    </Card>
                }
            }
            let:simulator
        >
            <div class="grid items-start gap-6 lg:grid-cols-2">
                <CallCard leads=simulator.open action=play form/>
                {match simulator.played {
                    Some(played) => view! { <Outcome played/> }.into_any(),
                    None => {
                        view! {
                            <div class="panel">
                                <Empty icon="phone" title="No call yet" text="Play one, and see here what it did to the lead and to the bill."/>
                            </div>
                        }
                            .into_any()
                    }
                }}
            </div>
        </Load>
    }
}

/// What is typed. It outlives a form that is drawn anew.
#[derive(Clone, Copy)]
struct Typed {
    lead: RwSignal<String>,
    number: RwSignal<String>,
    outcome: RwSignal<String>,
    seconds: RwSignal<String>,
}

const LABELS: &[(&str, &str)] = &[("leadId", "Lead"), ("number", "Number"), ("outcome", "How it ends"), ("seconds", "Length")];

#[component]
fn CallCard(leads: Vec<LeadView>, action: ServerAction<PlayCall>, form: Typed) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    let choices = leads
        .into_iter()
        .map(|lead| {
            let business = lead.assignment.as_ref().map_or("–", |a| a.business_name.as_str());
            Choice::new(lead.id.clone(), format!("{} · {business} · {}", lead.customer_name(), lead.price))
        })
        .collect();
    let ends = vec![
        Choice::new(CallStatus::Completed.as_str(), "They talk")
            .hint(format!("A call of {BILLABLE_SECONDS} seconds or more is billed, once a lead.")),
        Choice::new(CallStatus::NoAnswer.as_str(), "Nobody answers"),
        Choice::new(CallStatus::Busy.as_str(), "The line is busy"),
        Choice::new(CallStatus::Failed.as_str(), "The call fails"),
    ];
    view! {
        <Card title="The call">
            <ActionForm action>
                <FormErrors error labels=LABELS/>
                <SelectField
                    name="call[leadId]"
                    label="Lead"
                    hint="Its contractor calls the tracking number, or the customer when there is none."
                    options=choices
                    empty_label="None: call the number below"
                    bind=form.lead
                    errors
                />
                <TelField name="call[number]" label="Or a number" hint="Called by a stranger, for instance a tracking number." bind=form.number errors/>
                <RadioCards name="call[outcome]" legend="How it ends" options=ends bind=form.outcome required=true errors/>
                <TextField
                    name="call[seconds]"
                    label="Length in seconds"
                    hint="When they talk."
                    inputmode="numeric"
                    maxlength=5
                    bind=form.seconds
                    errors
                />
                <SubmitButton icon="phone" pending=action.pending() wide=true attr:data-needs=Permission::Leads.as_str()>"Play the call"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

/// What a call has done to its lead and the bill.
#[component]
fn Outcome(played: Played) -> impl IntoView {
    let call = played.call.clone();
    view! {
        <Card title="What happened">
            <CallList calls=vec![played.call]/>
            <div class="mt-6 border-t border-line pt-6">
                {match played.lead {
                    Some(page) => view! { <LeadOutcome page call/> }.into_any(),
                    None => {
                        view! {
                            <p class="text-muted">
                                "The call belongs to no lead: neither number is a lead's tracking number, or its customer's and contractor's. It is logged, and nothing else."
                            </p>
                        }
                            .into_any()
                    }
                }}
            </div>
            <div class="mt-6 flex flex-wrap gap-3">
                <LinkButton href="/app/admin/webhooks?provider=twilio" icon="bolt">"See the webhooks"</LinkButton>
            </div>
        </Card>
    }
}

#[component]
fn LeadOutcome(page: LeadPage, call: CallView) -> impl IntoView {
    let LeadPage { lead, bill, .. } = page;
    let business = lead.assignment.as_ref().map_or_else(|| "–".to_owned(), |a| a.business_name.clone());
    let is_long = call.status == CallStatus::Completed && call.duration_seconds.unwrap_or(0) >= BILLABLE_SECONDS;
    let why_not = if is_long { "The lead is not billed." } else { "Not billed: nobody talked for 30 seconds." };
    let (href, name) = (format!("/app/admin/leads/{}", lead.id), lead.customer_name());
    view! {
        <Facts>
            <Fact label="Lead">
                <a href=href class="link">{name}</a>
            </Fact>
            <Fact label="It is now">
                <LeadStatusBadge status=lead.status/>
            </Fact>
            <Fact label="Contractor">{business}</Fact>
            <Fact label="Bill">
                {match bill {
                    Some(bill) => {
                        view! {
                            <span class="inline-flex flex-wrap items-center gap-2">
                                <a href="/app/admin/billing" class="link">
                                    <MoneyText amount=bill.amount/>
                                </a>
                                <BillingBadge status=bill.status/>
                            </span>
                        }
                            .into_any()
                    }
                    None => view! { <span class="text-muted">{why_not}</span> }.into_any(),
                }}
            </Fact>
        </Facts>
    }
}
