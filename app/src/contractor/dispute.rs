//! Contesting a charge: two taps, the reason and the button.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{Dialog, FormErrors, SelectField, SubmitButton, TextareaField, action_error, choices, field_errors};
use kernel::Id;
use leads::disputes::{DisputeReason, DisputeView, NewDispute};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::time::Duration;

/// Contests one of the contractor's own charges, and goes to the disputes (seed 000, Submit Dispute).
#[server(prefix = "/rpc", endpoint = "contractor_dispute")]
pub async fn submit_dispute(id: Id, dispute: NewDispute) -> Result<DisputeView, AppError> {
    let caller = contractor_caller().await?;
    let sent = leads::disputes::submit(&ctx()?, &caller, &id, &dispute).await?;
    leptos_axum::redirect("/app/contractor/disputes?sent=1");
    Ok(sent)
}

/// The charge that the dialog is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub id: Id,
    /// The customer's; empty when only the address tells which charge it is.
    pub name: String,
    pub amount: String,
}

/// Which charge is being disputed, if any.
#[derive(Clone, Copy)]
pub struct Disputing(RwSignal<Option<Subject>>);

impl Disputing {
    /// Without script the address says it: `?dispute=<id>`.
    pub fn of_query() -> Disputing {
        let id = use_query_map().with_untracked(|q| q.get("dispute")).filter(|id| !id.is_empty());
        Disputing(RwSignal::new(id.map(|id| Subject { id, name: String::new(), amount: String::new() })))
    }
}

/// Opens the dialog; without script, the page with the dialog open.
#[component]
pub fn BeginDispute(disputing: Disputing, subject: Subject) -> impl IntoView {
    let name = subject.name.clone();
    view! {
        <a
            href=format!("?dispute={}", subject.id)
            class="btn btn-outline-quiet btn-tight"
            aria-haspopup="dialog"
            on:click=move |ev| {
                ev.prevent_default();
                disputing.0.set(Some(subject.clone()));
            }
        >
            "Dispute"
            <span class="sr-only">{format!(" the charge for {name}")}</span>
        </a>
    }
}

/// The form. It stands outside of what is drawn anew when the charges change.
#[component]
pub fn DisputeDialog(disputing: Disputing) -> impl IntoView {
    let action = ServerAction::<SubmitDispute>::new();
    move || disputing.0.get().map(|subject| view! { <Form subject disputing action/> })
}

#[component]
fn Form(subject: Subject, disputing: Disputing, action: ServerAction<SubmitDispute>) -> impl IntoView {
    let open = RwSignal::new(true);
    Effect::new(move |_| {
        if !open.get() {
            // After the dialog has closed and given the focus back.
            set_timeout(
                move || {
                    action.clear();
                    disputing.0.set(None);
                },
                Duration::ZERO,
            );
        }
    });
    let error = action_error(action);
    let errors = field_errors(error);
    let what = if subject.name.is_empty() {
        "We look into it and write to you.".to_owned()
    } else {
        format!("{} for {}. We look into it and write to you.", subject.amount, subject.name)
    };
    view! {
        <Dialog open title="Dispute this charge">
            <p class="mt-2 text-muted">{what}</p>
            <ActionForm action attr:class="form-stack">
                <FormErrors error/>
                <input type="hidden" name="id" value=subject.id/>
                <SelectField
                    name="dispute[reason]"
                    label="What was wrong"
                    options=choices(DisputeReason::ALL, DisputeReason::as_str, DisputeReason::label)
                    empty_label="Choose a reason"
                    required=true
                    errors
                />
                <TextareaField
                    name="dispute[description]"
                    label="What happened"
                    hint="Needed for something else. When you called, and how often, helps us to decide."
                    maxlength=i32::try_from(NewDispute::MAX_DESCRIPTION).unwrap_or(i32::MAX)
                    errors
                />
                <SubmitButton pending=action.pending() wide=true>"Send the dispute"</SubmitButton>
            </ActionForm>
        </Dialog>
    }
}
