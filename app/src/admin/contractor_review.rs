//! Letting a contractor in, refusing them, and suspending them.

use super::contractors::{Approve, ApproveContractor};
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Button, Card, ConfirmButton, Dialog, FormErrors, Notice, SubmitButton, TextareaField, Tone, Variant, action_error, field_errors,
};
use kernel::{Id, Permission};
use leads::contractor::ContractorStatus;
use leads::views::ContractorView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use std::time::Duration;

/// Suspends a contractor, or takes the suspension back (decision 30).
#[server(prefix = "/rpc", endpoint = "admin_suspend_contractor")]
pub async fn suspend_contractor(id: Id, suspend: bool, #[server(default)] why: String) -> Result<ContractorView, AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let done = if suspend {
        leads::contractors::suspend(&ctx, &caller, &id, Some(&why)).await?
    } else {
        leads::contractors::reactivate(&ctx, &caller, &id).await?
    };
    plain_form_goes_to(&format!("/app/admin/contractors/{id}"));
    Ok(done)
}

/// Refuses an application, and writes why.
#[server(prefix = "/rpc", endpoint = "admin_reject_contractor")]
pub async fn reject_contractor(id: Id, #[server(default)] reason: String) -> Result<ContractorView, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::contractors::reject(&ctx()?, &caller, &id, &reason).await?)
}

/// What is typed into the refusal, and which question is asked. It outlives a page that is drawn anew.
#[derive(Clone, Copy)]
pub(super) struct Refusal {
    pub action: ServerAction<RejectContractor>,
    pub reason: RwSignal<String>,
    pub asked: RwSignal<Option<String>>,
}

/// An application that waits: two ways, side by side. Or why it was refused, or the contractor suspended.
#[component]
pub(super) fn Review(c: ContractorView, approve: ServerAction<ApproveContractor>, refusal: Refusal) -> impl IntoView {
    if let Some(reason) = c.rejection_reason {
        return view! {
            <Notice tone=Tone::Bad icon="x" title="This application was refused" text=format!("They read: {reason}")/>
        }
        .into_any();
    }
    if let Some(reason) = c.suspension_reason {
        return view! { <Notice tone=Tone::Bad title="Why this contractor is suspended" text=reason/> }.into_any();
    }
    if c.is_approved || c.status == ContractorStatus::Suspended {
        return ().into_any();
    }
    let error = action_error(refusal.action);
    let name = c.business_name.clone();
    view! {
        <Card title="Review the application" attr:data-needs=Permission::Contractors.as_str()>
            <div class="grid items-start gap-6 sm:grid-cols-2">
                <div class="grid justify-items-start gap-3">
                    <h3 class="font-medium">"Let them in"</h3>
                    <p class="text-muted">
                        "They get a welcome mail, and leads that wait in their ZIP codes at once."
                    </p>
                    <Approve id=c.id.clone() name=name.clone() action=approve variant=Variant::Primary/>
                </div>
                <ActionForm action=refusal.action>
                    <h3 class="mb-3 font-medium">"Refuse"</h3>
                    <FormErrors error/>
                    <input type="hidden" name="id" value=c.id/>
                    <TextareaField
                        name="reason"
                        label="Why"
                        hint="They read it in the mail."
                        rows=2
                        maxlength=500
                        required=true
                        bind=refusal.reason
                        errors=field_errors(error)
                    />
                    <ConfirmButton
                        label="Refuse the application"
                        title=format!("Refuse {name}?")
                        message="They get a mail with your reason, and cannot sign in. You can take it back."
                        confirm=format!("Refuse {name}")
                        asked=refusal.asked
                        key="refuse"
                        danger=true
                        pending=refusal.action.pending()
                    />
                </ActionForm>
            </div>
        </Card>
    }
    .into_any()
}

/// Leads to the question, by the address without script; or takes the suspension back.
#[component]
pub(super) fn Suspend(
    id: Id,
    name: String,
    is_suspended: bool,
    back: ServerAction<SuspendContractor>,
    asks: RwSignal<Option<(Id, String)>>,
) -> impl IntoView {
    if is_suspended {
        return view! {
            <ActionForm action=back attr:data-needs=Permission::Contractors.as_str()>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="suspend" value="false"/>
                <SubmitButton variant=Variant::Secondary pending=back.pending()>"Take back the suspension"</SubmitButton>
            </ActionForm>
        }
        .into_any();
    }
    let target = (id, name);
    view! {
        <a
            href="?suspend=1"
            class="btn btn-outline-quiet"
            aria-haspopup="dialog"
            data-needs=Permission::Contractors.as_str()
            on:click=move |ev| {
                ev.prevent_default();
                asks.set(Some(target.clone()));
            }
        >
            "Suspend"
        </a>
    }
    .into_any()
}

/// The question, with a field for why. It stands outside of what is drawn anew when the contractor changes.
#[component]
pub(super) fn SuspendDialog(asks: RwSignal<Option<(Id, String)>>, action: ServerAction<SuspendContractor>) -> impl IntoView {
    let error = action_error(action);
    move || {
        asks.get().map(|(id, name)| {
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
                            asks.set(None);
                        },
                        Duration::ZERO,
                    );
                }
            });
            view! {
                <Dialog open title=format!("Suspend {name}?")>
                    <p class="mt-2 text-muted">
                        "They cannot sign in and get no new leads until you take it back. The leads they have stay assigned to them."
                    </p>
                    <ActionForm action attr:class="mt-6">
                        <FormErrors error labels=&[("why", "Reason")] reopen="suspend=1"/>
                        <input type="hidden" name="id" value=id/>
                        <input type="hidden" name="suspend" value="true"/>
                        <TextareaField
                            name="why"
                            label="Reason"
                            hint="For you and your colleagues. The contractor does not read it."
                            rows=3
                            maxlength=500
                            errors=field_errors(error)
                        />
                        <div class="flex flex-wrap justify-end gap-3">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <SubmitButton variant=Variant::Danger pending=action.pending()>{format!("Suspend {name}")}</SubmitButton>
                        </div>
                    </ActionForm>
                </Dialog>
            }
        })
    }
}
