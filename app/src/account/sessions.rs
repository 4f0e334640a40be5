use super::Acts;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{ctx, signed_in};
use crate::ui::{Badge, Card, FormErrors, SubmitButton, TimeAgo, Tone, Variant, action_error};
use kernel::Id;
use leads::security::SessionView;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Signs out in another place.
#[server(prefix = "/rpc", endpoint = "account_sign_out_there")]
pub async fn sign_out_there(id: Id) -> Result<(), AppError> {
    let (caller, _) = signed_in().await?;
    Ok(leads::security::sign_out_session(&ctx()?, &caller, &id).await?)
}

/// Signs out everywhere but here, and says in how many places.
#[server(prefix = "/rpc", endpoint = "account_sign_out_others")]
pub async fn sign_out_others() -> Result<usize, AppError> {
    let (caller, session) = signed_in().await?;
    Ok(leads::security::sign_out_others(&ctx()?, &caller, &session).await?)
}

#[component]
pub(super) fn SessionsCard(sessions: Vec<SessionView>, acts: Acts) -> impl IntoView {
    let has_others = sessions.iter().any(|session| !session.is_this);
    let rows = sessions.into_iter().map(|session| view! { <SessionRow session acts/> }).collect_view();
    view! {
        <Card title="Where you are signed in">
            <FormErrors error=action_error(acts.sign_out)/>
            <FormErrors error=action_error(acts.sign_out_others)/>
            <ul class="grid divide-y divide-line">{rows}</ul>
            {if has_others {
                view! {
                    <ActionForm action=acts.sign_out_others attr:class="mt-4">
                        <SubmitButton variant=Variant::Secondary icon="log_out" pending=acts.sign_out_others.pending()>
                            "Sign out everywhere else"
                        </SubmitButton>
                    </ActionForm>
                }
                    .into_any()
            } else {
                view! { <p class="mt-2 text-sm text-muted">"Nobody else uses your account right now. A sign-in ends by itself after a day."</p> }
                    .into_any()
            }}
        </Card>
    }
}

#[component]
fn SessionRow(session: SessionView, acts: Acts) -> impl IntoView {
    let address = if session.address.is_empty() { String::new() } else { format!(" · {}", session.address) };
    let act = if session.is_this {
        view! { <Badge tone=Tone::Good>"This device"</Badge> }.into_any()
    } else {
        let name = format!(" {}", session.device);
        view! {
            <ActionForm action=acts.sign_out>
                <input type="hidden" name="id" value=session.id/>
                <SubmitButton variant=Variant::Secondary small=true pending=acts.sign_out.pending()>
                    "Sign out there"
                    <span class="sr-only">{name}</span>
                </SubmitButton>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-3">
            <div class="min-w-0">
                <p class="font-medium">{session.device}</p>
                <p class="text-sm text-muted">
                    "Signed in " <TimeAgo at=session.created_at/> ", last used " <TimeAgo at=session.seen_at/> {address}
                </p>
            </div>
            {act}
        </li>
    }
}
