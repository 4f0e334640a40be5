//! Changing a charge by hand.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Choice, Dialog, Editing, FormErrors, SeenFields, SelectField, SubmitButton, TextField, TextareaField, action_error, field_errors,
    use_toasts,
};
use kernel::{Id, Permission};
use leads::billing::{BillingStatus, RecordChange, RecordView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::time::Duration;

/// Changes a charge by hand (seed 000, Update Billing Record).
#[server(prefix = "/rpc", endpoint = "admin_change_bill")]
pub async fn change_bill(id: Id, change: RecordChange, #[server(default)] seen: RecordChange) -> Result<RecordView, AppError> {
    let caller = admin_caller().await?;
    // A charge always has a status: without script the dialog shows nothing of it, and then there is nothing to compare.
    let was_seen = seen.status.as_deref().is_some_and(|status| !status.is_empty());
    let record = leads::billing::update(&ctx()?, &caller, &id, &change, was_seen.then_some(&seen)).await?;
    plain_form_goes_to("/app/admin/billing");
    Ok(record)
}

/// What the dialog needs to know of a charge; without script only the address tells its id.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    id: Id,
    title: String,
    status: Option<BillingStatus>,
    invoice_number: Option<String>,
}

/// Which charge is being changed, if any.
#[derive(Clone, Copy)]
pub struct Changing {
    subject: RwSignal<Option<Subject>>,
    action: ServerAction<ChangeBill>,
    /// Its status, invoice number and notes.
    editing: Editing<3>,
}

impl Changing {
    /// Without script the address says it: `?change=<id>`.
    pub fn of_query(action: ServerAction<ChangeBill>) -> Changing {
        let id = use_query_map().with_untracked(|q| q.get("change")).filter(|id| !id.is_empty());
        let subject = id.map(|id| Subject { id, title: "Change this charge".into(), status: None, invoice_number: None });
        Changing { subject: RwSignal::new(subject), action, editing: Editing::new(["status", "invoiceNumber", "notes"]) }
    }

    fn open(self, record: &RecordView) {
        self.editing.begin(self.action, &record.id, values_of(record));
        self.subject.set(Some(Subject {
            id: record.id.clone(),
            title: format!("Charge of {} to {}", record.amount, record.contractor.business_name),
            status: Some(record.status),
            invoice_number: record.invoice_number.clone(),
        }));
    }

    /// Takes the charges as they are now: who was told that somebody else changed theirs has seen it, and may save again.
    pub fn follow(self, records: &[RecordView]) {
        let was_refused = self.action.value().with_untracked(|value| matches!(value, Some(Err(_))));
        let id = self.subject.with_untracked(|s| s.as_ref().filter(|s| was_refused && s.status.is_some()).map(|s| s.id.clone()));
        if let Some(record) = id.and_then(|id| records.iter().find(|record| record.id == id)) {
            self.editing.follow(self.action, &record.id, values_of(record));
        }
    }
}

/// In the order of `Changing::editing`.
fn values_of(record: &RecordView) -> [String; 3] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [record.status.to_string(), text(&record.invoice_number), text(&record.notes)]
}

/// The query that opens the dialog.
fn query_of(id: &str) -> String {
    format!("change={id}")
}

/// Opens the dialog; without script, the page with the dialog open.
#[component]
pub fn ChangeLink(record: RecordView, changing: Changing) -> impl IntoView {
    let name = record.lead.customer_name();
    let href = format!("?{}", query_of(&record.id));
    view! {
        <a
            href=href
            class="btn btn-outline-quiet btn-tight"
            data-needs=Permission::Billing.as_str()
            aria-haspopup="dialog"
            on:click=move |ev| {
                ev.prevent_default();
                changing.open(&record);
            }
        >
            "Change"
            <span class="sr-only">{format!(" the charge for {name}")}</span>
        </a>
    }
}

/// The form for one charge. It stands outside of what is drawn anew when the charges change.
#[component]
pub fn ChangeDialog(changing: Changing) -> impl IntoView {
    let toasts = use_toasts();
    let action = changing.action;
    Effect::new(move |_| {
        if let Some(Ok(record)) = action.value().get() {
            let number = record.invoice_number.map(|number| format!(", invoice {number}")).unwrap_or_default();
            toasts.success(format!("The charge is {}{number}.", record.status.label().to_lowercase()));
        }
    });
    move || changing.subject.get().map(|subject| view! { <ChangeForm subject changing/> })
}

#[component]
fn ChangeForm(subject: Subject, changing: Changing) -> impl IntoView {
    let action = changing.action;
    let open = RwSignal::new(true);
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(_)))) {
            open.set(false);
        }
        if !open.get() {
            // After the dialog has closed and given the focus back.
            set_timeout(
                move || {
                    action.clear();
                    changing.subject.set(None);
                },
                Duration::ZERO,
            );
        }
    });
    let error = action_error(action);
    let errors = field_errors(error);
    let reopen = query_of(&subject.id);
    let options = [(BillingStatus::Invoiced, "Mark as invoiced"), (BillingStatus::Paid, "Mark as paid")]
        .into_iter()
        .filter(|(next, _)| subject.status.is_none_or(|now| now < *next))
        .map(|(next, words)| Choice::new(next.as_str(), words))
        .collect::<Vec<_>>();
    let number = match (subject.invoice_number, options.is_empty()) {
        (Some(number), _) => view! { <p class="mb-5">{format!("Invoice {number}")}</p> }.into_any(),
        (None, true) => ().into_any(),
        (None, false) => view! {
            <TextField
                name="change[invoiceNumber]"
                label="Invoice number"
                hint="Like INV-2026-001. Left blank, an invoice gets the next number of the year, and a paid charge none."
                maxlength=30
                errors
            />
        }
        .into_any(),
    };
    view! {
        <Dialog open title=subject.title>
            <ActionForm action attr:class="form-stack">
                <FormErrors error reopen/>
                <input type="hidden" name="id" value=subject.id/>
                <SeenFields editing=changing.editing/>
                {(!options.is_empty())
                    .then(|| {
                        view! {
                            <SelectField
                                name="change[status]"
                                label="Status"
                                hint="An invoice is mailed to the contractor. A charge cannot go back."
                                options
                                empty_label="Leave as it is"
                                errors
                            />
                        }
                    })}
                {number}
                <TextareaField name="change[notes]" label="Notes" hint="Only you see them." bind=changing.editing.typed("notes") errors/>
                <SubmitButton pending=action.pending() wide=true>"Save the charge"</SubmitButton>
            </ActionForm>
        </Dialog>
    }
}
