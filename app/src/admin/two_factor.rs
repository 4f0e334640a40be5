use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{Card, ConfirmDialog, FormErrors, action_error, use_toasts};
use kernel::{Id, Permission};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Whether somebody, contractor or staff, has two-factor sign-in.
#[server(prefix = "/rpc", endpoint = "admin_two_factor")]
pub async fn has_two_factor(id: Id) -> Result<bool, AppError> {
    Ok(leads::two_factor::is_on_for(&ctx()?, &admin_caller().await?, &id).await?)
}

/// Switches off the two-factor sign-in of somebody who lost phone and recovery codes: contractor or staff.
#[server(prefix = "/rpc", endpoint = "admin_reset_two_factor")]
pub async fn reset_two_factor(id: Id) -> Result<(), AppError> {
    Ok(leads::two_factor::reset(&ctx()?, &admin_caller().await?, &id).await?)
}

/// The way back in for somebody who lost phone and recovery codes; nothing for who has no two-factor sign-in.
#[component]
pub fn TwoFactorReset(id: Memo<Id>) -> impl IntoView {
    let reset = ServerAction::<ResetTwoFactor>::new();
    let is_on = Resource::new(move || (id.get(), reset.version().get()), |(id, _)| has_two_factor(id));
    let open = RwSignal::new(false);
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(())) = reset.value().get() {
            toasts.success("Two-factor sign-in is off.");
        }
    });
    view! {
        <Transition>
            {move || {
                let is_on = matches!(is_on.get(), Some(Ok(true)));
                is_on
                    .then(|| {
                        view! {
                            <div class="mt-6 max-w-3xl" data-needs=Permission::Contractors.as_str()>
                                <Card title="Two-factor sign-in">
                                    <p class="max-w-prose text-muted">
                                        "It is on. If they have lost their phone and their recovery codes, switch it off, after you have made sure that it is them who ask."
                                    </p>
                                    <ActionForm action=reset attr:class="mt-4">
                                        <FormErrors error=action_error(reset)/>
                                        <input type="hidden" name="id" value=id.get_untracked()/>
                                        <button
                                            type="submit"
                                            class="btn btn-outline-quiet"
                                            on:click=move |ev| {
                                                ev.prevent_default();
                                                open.set(true);
                                            }
                                        >
                                            "Switch off their two-factor sign-in"
                                        </button>
                                    </ActionForm>
                                </Card>
                            </div>
                        }
                    })
            }}
        </Transition>
        <ConfirmDialog
            open
            title="Switch off their two-factor sign-in?"
            message="From then on their password alone lets them in."
            confirm="Switch it off"
            danger=true
            on_confirm=move |()| {
                reset.dispatch(ResetTwoFactor { id: id.get_untracked() });
            }
        />
    }
}
