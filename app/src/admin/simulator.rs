use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, Choice, Empty, Fact, Facts, FormErrors, LeadStatusBadge, LinkButton, Load, MoneyText, Notice, PageHead,
    RadioCards, SelectField, SkeletonLines, SubmitButton, TelField, TextField, Tone, action_error, field_errors,
};
use kernel::{Id, Permission};
use leads::calls::{BILLABLE_SECONDS, CallStatus};
use leads::views::{CallView, LeadPage, LeadView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::location::Url;
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

#[cfg(feature = "ssr")]
fn only_in_sandbox(ctx: &platform::Ctx) -> Result<(), AppError> {
    if ctx.settings.production { Err(kernel::Problem::not_found("Simulator", "").into()) } else { Ok(()) }
}

/// The leads to choose from: those that a contractor has and has not qualified, newest first, and the one that was called last,
/// which may be qualified by now. Errors: `NotFound` in production.
#[server(prefix = "/rpc", endpoint = "admin_simulator")]
pub async fn list_choices(called: Option<Id>) -> Result<Vec<LeadView>, AppError> {
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
    if let Some(id) = called.filter(|id| !id.contains('\0') && open.iter().all(|lead| lead.id != *id)) {
        open.extend(leads::admin_desk::get_lead(&ctx, &caller, &id).await.ok().map(|page| page.lead));
    }
    Ok(open)
}

/// What a call has done, once there is one. Errors: `NotFound` in production, and for a call that nobody knows.
#[server(prefix = "/rpc", endpoint = "admin_played_call")]
pub async fn load_played(call_sid: Option<String>) -> Result<Option<Played>, AppError> {
    let caller = admin_caller().await?;
    caller.may(Permission::View)?;
    let ctx = ctx()?;
    only_in_sandbox(&ctx)?;
    let Some(call_sid) = call_sid.filter(|sid| !sid.is_empty()) else { return Ok(None) };
    let (call, lead_id) = leads::calls::find(&ctx, &caller, &call_sid.replace('\0', "")).await?;
    let lead = match lead_id {
        Some(id) => Some(leads::admin_desk::get_lead(&ctx, &caller, &id).await?),
        None => None,
    };
    Ok(Some(Played { call, lead }))
}

/// Plays a call: Twilio's signed callbacks, taken as if they came from outside. The address then names the lead, too, so that it
/// stays chosen without script. Errors: `NotFound` in production.
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
    let played = PlayedCall { from, to, outcome, seconds: seconds.unwrap_or(0) };
    let sid = (inbound()?.play_call)(ctx, caller, played).await?;
    let lead = if is_of_lead { call.lead_id.as_str() } else { "" };
    leptos_axum::redirect(&format!("/app/admin/simulator?call={sid}&lead={}", Url::escape(lead)));
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
    let called = query.with_untracked(|q| q.get("lead"));
    let form = Typed {
        lead: RwSignal::new(called.clone().unwrap_or_default()),
        number: RwSignal::new(String::new()),
        outcome: RwSignal::new(CallStatus::Completed.as_str().to_owned()),
        seconds: RwSignal::new("45".to_owned()),
    };
    // Not again after a call: a lead that is qualified by it would leave the list, and another one stand chosen.
    let choices = Resource::new(|| (), move |()| list_choices(called.clone()));
    let played = Resource::new(move || (sid.get(), play.version().get()), |(sid, _)| load_played(sid));
    view! {
        <PageHead
            title="Phone simulator"
            subtitle="Plays a contractor's call to a customer, signed like Twilio's, and shows what it does. It does not exist in production."
        />
        <div class="grid items-start gap-6 lg:grid-cols-2">
            <Load resource=choices skeleton=waiting let:leads>
                <CallCard leads action=play form/>
            </Load>
            <Load resource=played skeleton=waiting let:played>
                {match played {
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
            </Load>
        </div>
    }
}

fn waiting() -> impl IntoView {
    view! {
        <Card>
            <SkeletonLines lines=10/>
        </Card>
    }
}

/// What is typed.
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
            let business = lead.assignment.as_ref().map_or("nobody", |a| a.business_name.as_str());
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

/// What it did, in a sentence, and where the lead and its bill are.
#[component]
fn LeadOutcome(page: LeadPage, call: CallView) -> impl IntoView {
    let LeadPage { lead, bill, .. } = page;
    let name = lead.customer_name();
    let business = lead.assignment.map(|a| a.business_name);
    let is_long = call.status == CallStatus::Completed && call.duration_seconds.unwrap_or(0) >= BILLABLE_SECONDS;
    let (tone, title, text) = match &bill {
        Some(bill) if is_long && bill.incurred_at >= call.created_at => (
            Tone::Good,
            format!("{} billed", bill.original_amount),
            format!("{name} is qualified: they talked for {BILLABLE_SECONDS} seconds or more."),
        ),
        Some(_) => (Tone::Neutral, "Nothing more is billed".to_owned(), format!("{name} was billed before, and a lead is billed once.")),
        None if is_long => (Tone::Neutral, "Nothing is billed".to_owned(), format!("{name} is a lead that is not billed.")),
        None => (Tone::Neutral, "Nothing is billed".to_owned(), format!("Nobody talked with {name} for {BILLABLE_SECONDS} seconds.")),
    };
    let icon = if tone == Tone::Good { "check" } else { "phone" };
    let bills = format!("/app/admin/billing?q={}", Url::escape(&name));
    view! {
        <div class="mb-6" role="status">
            <Notice tone icon title text/>
        </div>
        <Facts>
            <Fact label="Lead">
                <a href=format!("/app/admin/leads/{}", lead.id) class="link">
                    {name}
                </a>
            </Fact>
            <Fact label="It is now">
                <LeadStatusBadge status=lead.status/>
            </Fact>
            <Fact label="Contractor">{business}</Fact>
            {bill
                .map(|bill| {
                    view! {
                        <Fact label="Bill">
                            <span class="inline-flex flex-wrap items-center gap-2">
                                <a href=bills class="link">
                                    <MoneyText amount=bill.amount/>
                                </a>
                                <BillingBadge status=bill.status/>
                            </span>
                        </Fact>
                    }
                })}
        </Facts>
    }
}
