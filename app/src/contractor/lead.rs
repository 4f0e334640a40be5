use super::Due;
use super::notes::{DeleteNote, DeleteNoteDialog, Notes, SaveNote, Writing};
use crate::errors::AppError;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{contractor, contractor_caller, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, CategoryBadge, Fact, Facts, FormErrors, Icon, LeadFacts, LeadHistory, LeadStatusBadge, Load, MoneyText,
    PageHead, PhoneLink, ScoreBar, SkeletonLines, SmsLink, SubmitButton, Variant, action_error, map_of, place_of, use_toasts,
};
use leads::calls::CallStatus;
use leads::lead::LeadStatus;
use leads::notes::NoteView;
use leads::views::{self, CallView, LeadView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;

/// A lead with what the contractor wrote down about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnLead {
    pub page: views::LeadPage,
    pub notes: Vec<NoteView>,
}

/// One of the contractor's own leads.
#[server(prefix = "/rpc", endpoint = "contractor_lead")]
pub async fn load_lead(id: String) -> Result<OwnLead, AppError> {
    use platform::auth::Caller;
    let me = contractor().await?;
    let ctx = ctx()?;
    let page = leads::contractor_desk::get_lead(&ctx, &me.id, &id).await?;
    Ok(OwnLead { page, notes: leads::notes::list(&ctx, &Caller::Contractor(me.id), &id).await? })
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
    let writing = Writing::new();
    let (save, delete) = (ServerAction::<SaveNote>::new(), ServerAction::<DeleteNote>::new());
    // While somebody writes, the page stands still.
    let version = Memo::new(move |before| match before {
        Some(before) if writing.is_focused.get() => *before,
        _ => live.version.get(),
    });
    let changes = move || (action.version().get(), save.version().get(), delete.version().get());
    let lead = Resource::new(move || (id.get(), version.get(), changes()), |(id, ..)| load_lead(id));
    let has_called = RwSignal::new(false);
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
            let:own
        >
            <Page own action has_called save writing/>
        </Load>
        <DeleteNoteDialog writing action=delete lead_id=id/>
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
fn Page(
    own: OwnLead,
    action: ServerAction<MoveLead>,
    has_called: RwSignal<bool>,
    save: ServerAction<SaveNote>,
    writing: Writing,
) -> impl IntoView {
    let OwnLead { page, notes } = own;
    let lead = page.lead.clone();
    let subtitle = format!("{} in {}", lead.service_type.label(), place_of(&lead));
    let main = {
        let page = page.clone();
        move || {
            let page = page.clone();
            view! {
                <Act lead=page.lead.clone() calls=page.calls.clone() action has_called/>
                <Notes lead_id=page.lead.id.clone() notes=notes.clone() action=save writing/>
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
            <Card title="What it costs">
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
fn Act(lead: LeadView, calls: Vec<CallView>, action: ServerAction<MoveLead>, has_called: RwSignal<bool>) -> impl IntoView {
    let map = map_of(&lead);
    let is_call = |ev: &web_sys::MouseEvent| {
        let link = ev.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).and_then(|e| e.closest("a[href^='tel:']").ok());
        link.flatten().is_some()
    };
    view! {
        <Card>
            <div
                class="grid gap-6"
                on:click=move |ev| {
                    if is_call(&ev) {
                        has_called.set(true);
                    }
                }
            >
                // First: on a phone it would be out of sight beside the buttons.
                <FormErrors error=action_error(action)/>
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <LeadStatusBadge status=lead.status/>
                    <Due lead=lead.clone()/>
                </div>
                <div class="grid gap-3 sm:grid-cols-3">
                    <PhoneLink phone=lead.number_to_call().clone() button=format!("Call {}", lead.customer_first_name) wide=true/>
                    <SmsLink phone=lead.customer_phone.clone() button=format!("Text {}", lead.customer_first_name) wide=true/>
                    <a href=map class="btn btn-outline-quiet w-full" rel="external noopener noreferrer" target="_blank">
                        <Icon name="map_pin"/>
                        <span>"Open the map"</span>
                    </a>
                </div>
                <Moves lead calls action has_called/>
            </div>
        </Card>
    }
}

/// What to do next, in a few words, and what to know about it.
fn next_step(lead: &LeadView, calls: &[CallView], has_called: bool) -> (String, &'static str) {
    let name = &lead.customer_first_name;
    let unanswered = calls.first().is_some_and(|call| call.status.is_final() && call.status != CallStatus::Completed);
    match lead.status {
        LeadStatus::Contacted => (
            format!("Is there a job for {name}?"),
            "If so, mark the lead as qualified. If not, leave it as it is, and write down why. Marking it yourself costs nothing.",
        ),
        _ if has_called => (
            format!("How did the call with {name} go?"),
            "You have talked: mark the lead as contacted. It is a real job: mark it as qualified. No answer: send a text, and try again later.",
        ),
        _ if unanswered => {
            (format!("{name} did not answer"), "Send a text, and try again later. Once you have talked, mark the lead as contacted.")
        }
        _ => (
            format!("Call {name}, then say how it went"),
            "Contacted: you have spoken or written. Qualified: it is a real job. Marking a lead yourself costs nothing.",
        ),
    }
}

#[component]
fn Moves(lead: LeadView, calls: Vec<CallView>, action: ServerAction<MoveLead>, has_called: RwSignal<bool>) -> impl IntoView {
    let moves: Vec<(LeadStatus, &'static str, &'static str)> =
        [(LeadStatus::Contacted, "Mark contacted", "check"), (LeadStatus::Qualified, "Mark qualified", "star")]
            .into_iter()
            .filter(|(next, ..)| *next != lead.status && lead.status.can_become(*next))
            .collect();
    if moves.is_empty() {
        return view! { <p class="text-muted">"This lead is qualified. Nothing is left to do here but the job itself."</p> }.into_any();
    }
    let of = lead.clone();
    let step = Memo::new(move |_| next_step(&of, &calls, has_called.get()));
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
            <div aria-live="polite">
                <p class="font-medium">{move || step.get().0}</p>
                <p class="text-sm text-muted">{move || step.get().1}</p>
            </div>
            <div class="flex flex-wrap gap-3">{buttons}</div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::next_step;
    use leads::lead::LeadStatus;
    use leads::views::{CallView, LeadView};
    use serde_json::json;

    fn lead(status: LeadStatus) -> LeadView {
        let lead = json!({
            "id": "l1", "customer_first_name": "John", "customer_last_name": "Smith", "customer_email": null,
            "customer_phone": "+15551234567", "customer_address": null, "customer_city": null, "customer_state": null,
            "customer_zip": "90210", "service_type": "ac_repair", "service_description": null, "timeline": "flexible",
            "budget_range": "500-1000", "property_type": "residential", "status": status, "score": 100, "category": "SILVER",
            "price": 12500, "source": "web", "duplicate_of": null, "first_contact_at": null, "qualified_at": null,
            "created_at": "2025-10-05T12:00:00Z", "assignment": null, "tracking_number": null,
        });
        serde_json::from_value(lead).expect("a lead")
    }

    fn unanswered() -> Vec<CallView> {
        let call = json!({
            "id": "c1", "call_sid": "CA1", "from": "", "to": "", "status": "no-answer", "duration_seconds": 0, "direction": null,
            "recording_url": null, "answered_at": null, "created_at": "2025-10-05T12:00:00Z",
        });
        vec![serde_json::from_value(call).expect("a call")]
    }

    #[test]
    fn the_next_step_follows_the_lead() {
        let assigned = lead(LeadStatus::Assigned);
        assert_eq!(next_step(&assigned, &[], false).0, "Call John, then say how it went");
        assert_eq!(next_step(&assigned, &unanswered(), false).0, "John did not answer");
        assert_eq!(next_step(&assigned, &unanswered(), true).0, "How did the call with John go?");
        assert_eq!(next_step(&lead(LeadStatus::Contacted), &[], true).0, "Is there a job for John?");
    }
}
