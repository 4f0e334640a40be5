//! Contesting a charge: two taps, the reason and the button; and photos or recordings that support it.

use super::asking::{Asking, RemovalDialog, Subject};
use super::sending::{Sending, UploadForm};
#[cfg(feature = "ssr")]
use super::uploading;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{Dialog, FileField, FormErrors, SelectField, SubmitButton, TextareaField, choices, field_errors, use_toasts};
use kernel::{FileKind, Id};
use leads::disputes::{DisputeReason, NewDispute};
use leads::evidence::EvidenceView;
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
const PAGE: &str = "/app/contractor/disputes";
const FILES_HINT: &str = "Photos, PDFs, videos (MP4) or recordings (M4A). Up to 5 files in all, 10 MB each.";

/// Contests one of the contractor's own charges, with files, and goes to the disputes (seed 000, Submit Dispute). The form
/// has `recordId`, `reason`, `description` and `files`.
#[server(prefix = "/rpc", endpoint = "contractor_dispute", input = MultipartFormData)]
pub async fn submit_dispute(data: MultipartData) -> Result<(), AppError> {
    let caller = contractor_caller().await;
    let form = uploading::read(data, caller.is_ok()).await;
    let (caller, mut form) = (caller?, form?);
    let new = NewDispute { reason: form.take("reason"), description: form.take("description") };
    let record_id = form.take("recordId").unwrap_or_default();
    leads::disputes::submit_with(&ctx()?, &caller, &record_id, &new, &form.files).await?;
    leptos_axum::redirect(&format!("{PAGE}?sent=1"));
    Ok(())
}

/// Adds files to one of the contractor's own disputes while it is open. The form has `disputeId` and `files`.
#[server(prefix = "/rpc", endpoint = "contractor_add_evidence", input = MultipartFormData)]
pub async fn add_evidence(data: MultipartData) -> Result<(), AppError> {
    let caller = contractor_caller().await;
    let form = uploading::read(data, caller.is_ok()).await;
    let (caller, mut form) = (caller?, form?);
    let dispute_id = form.take("disputeId").unwrap_or_default();
    leads::evidence::add(&ctx()?, &caller, &dispute_id, &form.files).await?;
    plain_form_goes_to(PAGE);
    Ok(())
}

/// Takes one of the contractor's own files back while its dispute is open.
#[server(prefix = "/rpc", endpoint = "contractor_remove_evidence")]
pub async fn remove_evidence(id: Id) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    leads::evidence::remove(&ctx()?, &caller, &id).await?;
    plain_form_goes_to(PAGE);
    Ok(())
}

/// The form. It stands outside of what is drawn anew when the charges change.
#[component]
pub fn DisputeDialog(disputing: Asking) -> impl IntoView {
    let sending = Sending::new::<SubmitDispute>(|data| async move { submit_dispute(data).await });
    move || disputing.subject().map(|subject| view! { <DisputeForm subject disputing sending/> })
}

#[component]
fn DisputeForm(subject: Subject, disputing: Asking, sending: Sending) -> impl IntoView {
    let open = disputing.dialog(move || sending.clear());
    let reopen = disputing.query(&subject);
    let errors = field_errors(sending.error());
    let what = if subject.name.is_empty() {
        "We look into it and write to you.".to_owned()
    } else {
        format!("{} for {}. We look into it and write to you.", subject.amount, subject.name)
    };
    view! {
        <Dialog open title="Dispute this charge">
            <p class="mt-2 text-muted">{what}</p>
            <UploadForm sending>
                <FormErrors error=sending.error() reopen/>
                <input type="hidden" name="recordId" value=subject.id/>
                <SelectField
                    name="reason"
                    label="What was wrong"
                    options=choices(DisputeReason::ALL, DisputeReason::as_str, DisputeReason::label)
                    empty_label="Choose a reason"
                    required=true
                    errors
                />
                <TextareaField
                    name="description"
                    label="What happened"
                    hint="Required when you choose “Something else”. When you called, and how often, helps us to decide."
                    maxlength=i32::try_from(NewDispute::MAX_DESCRIPTION).unwrap_or(i32::MAX)
                    errors
                />
                <FileField name="files" label="Photos or recordings" hint=FILES_HINT accept=FileKind::ACCEPT errors/>
                <SubmitButton pending=sending.pending() wide=true>"Send the dispute"</SubmitButton>
            </UploadForm>
        </Dialog>
    }
}

/// Adds files to a dispute.
#[component]
pub fn FilesDialog(adding: Asking) -> impl IntoView {
    let sending = Sending::new::<AddEvidence>(|data| async move { add_evidence(data).await });
    move || adding.subject().map(|subject| view! { <FilesForm subject adding sending/> })
}

#[component]
fn FilesForm(subject: Subject, adding: Asking, sending: Sending) -> impl IntoView {
    let open = adding.dialog(move || sending.clear());
    let reopen = adding.query(&subject);
    let toasts = use_toasts();
    Effect::new(move |_| {
        if sending.is_done() {
            open.set(false);
            toasts.success("The files are with your dispute.");
        }
    });
    let errors = field_errors(sending.error());
    let title = if subject.name.is_empty() { "Add files".to_owned() } else { format!("Add files: {}", subject.name) };
    view! {
        <Dialog open title>
            <UploadForm sending>
                <FormErrors error=sending.error() reopen/>
                <input type="hidden" name="disputeId" value=subject.id/>
                <FileField name="files" label="Photos or recordings" hint=FILES_HINT accept=FileKind::ACCEPT required=true errors/>
                <SubmitButton pending=sending.pending() wide=true>"Send the files"</SubmitButton>
            </UploadForm>
        </Dialog>
    }
}

/// Asks before a file is taken back.
#[component]
pub fn RemoveDialog(removing: Asking) -> impl IntoView {
    let action = ServerAction::<RemoveEvidence>::new();
    view! {
        <RemovalDialog
            removing
            action
            what="file"
            message="Nobody sees it any more. You can send it again while your dispute is open."
        />
    }
}

/// The file that a dialog is to ask about.
pub fn subject_of(file: EvidenceView) -> Subject {
    Subject { id: file.id, name: file.name, amount: String::new() }
}
