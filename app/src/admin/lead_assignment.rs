//! Whose a lead is, and giving it to somebody else.

use super::lead::Desk;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::count;
use crate::ui::{
    Card, Choice, ConfirmButton, Countdown, ExactTime, Fact, Facts, FormErrors, SeenFields, SelectField, TextareaField, Variant,
    action_error, field_errors,
};
use kernel::{Id, Permission};
use leads::decisions::{Considered, Verdict};
use leads::lead::{Category, LeadStatus};
use leads::views::LeadView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Whose the lead was when the administrator began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SeenOwner {
    pub contractor_id: Id,
}

/// Gives a lead to a contractor who can take it, also when another one has it.
#[server(prefix = "/rpc", endpoint = "admin_reassign_lead")]
pub async fn reassign_lead(
    id: Id,
    #[server(default)] contractor_id: String,
    #[server(default)] reason: String,
    #[server(default)] seen: SeenOwner,
) -> Result<LeadView, AppError> {
    use leads::reassigning::{Reassignment, reassign};
    let caller = admin_caller().await?;
    let order = Reassignment { contractor_id: Some(contractor_id), reason: Some(reason), seen: Some(seen.contractor_id) };
    let lead = reassign(&ctx()?, &caller, &id, &order).await?;
    plain_form_goes_to(&format!("/app/admin/leads/{id}"));
    Ok(lead)
}

/// Whose lead it is, whether they are in time, and the way to another.
#[component]
pub(super) fn Assignment(lead: LeadView, options: Vec<Considered>, desk: Desk) -> impl IntoView {
    let owner = lead.assignment.as_ref().map(|a| a.contractor_id.clone()).unwrap_or_default();
    desk.editing.follow(desk.reassign, &lead.id, [owner]);
    let can_move = lead.category != Category::Nurture && lead.status != LeadStatus::Qualified;
    view! {
        <Card title="Assignment">
            <Owner lead=lead.clone()/>
            {can_move.then(|| view! { <Give lead options desk/> })}
        </Card>
    }
}

#[component]
fn Owner(lead: LeadView) -> impl IntoView {
    let Some(a) = lead.assignment else {
        let why = if lead.category == Category::Nurture {
            "Nurture leads are kept, and not offered to contractors."
        } else {
            "Nobody could take it yet. It is assigned automatically as soon as a contractor who serves this ZIP code and does this work can."
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
                    Some(at) => view! { <ExactTime at/> }.into_any(),
                    None if lead.status == LeadStatus::Assigned => view! { <Countdown deadline=a.response_deadline/> }.into_any(),
                    None => ().into_any(),
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

const LABELS: &[(&str, &str)] = &[("contractorId", "The contractor"), ("reason", "Why")];

/// The form that gives the lead to a contractor.
#[component]
fn Give(lead: LeadView, options: Vec<Considered>, desk: Desk) -> impl IntoView {
    let error = action_error(desk.reassign);
    let errors = field_errors(error);
    let has = lead.assignment.as_ref().map(|a| a.business_name.clone());
    let eligible: Vec<Considered> = options.into_iter().filter(|c| c.verdict == Verdict::Eligible).collect();
    let label = if has.is_some() { "Give it to another contractor" } else { "Give it to a contractor" };
    let body = if eligible.is_empty() {
        view! {
            <FormErrors error labels=LABELS/>
            <p class="text-muted">
                "At the moment nobody else can take it. Routing, below, says who was considered and why not."
            </p>
        }
        .into_any()
    } else {
        let names: Vec<(Id, String)> = eligible.iter().map(|c| (c.contractor_id.clone(), c.business_name.clone())).collect();
        let choices = eligible.into_iter().map(|c| Choice::new(c.contractor_id.clone(), words_of(&c))).collect::<Vec<_>>();
        let customer = lead.customer_name();
        let title = Signal::derive(move || {
            let chosen = desk.chosen.get();
            let business = names.iter().find(|(id, _)| *id == chosen).map_or("this contractor", |(_, name)| name.as_str());
            format!("Give the lead of {customer} to {business}?")
        });
        let message = match &has {
            Some(has) => {
                format!("{has} loses it and reads your reason. The new contractor is told at once, and their response time begins.")
            }
            None => "They are told at once, and their response time begins.".to_owned(),
        };
        view! {
            <ActionForm action=desk.reassign attr:class="max-w-xl">
                <FormErrors error labels=LABELS/>
                <input type="hidden" name="id" value=lead.id.clone()/>
                <SeenFields editing=desk.editing/>
                <SelectField
                    name="contractor_id"
                    label="Contractor"
                    hint="Those who can take it now, the best first."
                    options=choices
                    empty_label="Choose"
                    bind=desk.chosen
                    required=true
                    errors
                />
                {has
                    .is_some()
                    .then(|| {
                        view! {
                            <TextareaField
                                name="reason"
                                label="Why"
                                hint="The contractor who loses it reads this."
                                maxlength=500
                                rows=2
                                bind=desk.reason
                                required=true
                                errors
                            />
                        }
                    })}
                <ConfirmButton
                    label=label
                    title
                    message
                    confirm="Give them the lead"
                    asked=desk.asked
                    key="reassign"
                    variant=Variant::Primary
                    pending=desk.reassign.pending()
                />
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <details
            class="fold mt-4"
            data-needs=Permission::Leads.as_str()
            open=desk.open.get_untracked() || error.with_untracked(Option::is_some)
            prop:open=desk.open
            on:toggle=move |ev| {
                let is_open = event_target::<web_sys::Element>(&ev).has_attribute("open");
                if desk.open.get_untracked() != is_open {
                    desk.open.set(is_open);
                }
            }
        >
            <summary>{label}</summary>
            <div class="pt-4">{body}</div>
        </details>
    }
}

/// `HVAC Pros: 2 open leads, 40% qualified`
fn words_of(c: &Considered) -> String {
    let Some(load) = &c.load else { return c.business_name.clone() };
    let rate = leads::views::percent(load.qualified_leads, load.received_leads);
    let owed = if load.replacement_due > 0 { ", owed a free lead" } else { "" };
    format!("{}: {}, {rate:.0}% qualified{owed}", c.business_name, count(load.open_leads, "open lead", "open leads"))
}
