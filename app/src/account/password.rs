use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{ctx, device, set_session, signed_in};
use crate::ui::{Card, FormErrors, SubmitButton, TextField, action_error, field_errors};
use leads::contractor::PASSWORD_MIN;
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The own password, old and new, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Passwords {
    pub current_password: String,
    pub new_password: String,
}

/// Changes the own password. This browser stays signed in; everywhere else ends.
#[server(prefix = "/rpc", endpoint = "account_change_password")]
pub async fn change_password(change: Passwords) -> Result<(), AppError> {
    let (ctx, (caller, _)) = (ctx()?, signed_in().await?);
    let token = leads::sign_in::change_password(&ctx, &caller, &change.current_password, &change.new_password, &device()).await?;
    set_session(&ctx, &token);
    Ok(())
}

#[component]
pub fn PasswordCard(action: ServerAction<ChangePassword>) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    view! {
        <Card title="Password">
            <ActionForm action attr:class="max-w-md">
                <FormErrors error/>
                <TextField
                    name="change[currentPassword]"
                    label="Current password"
                    kind="password"
                    required=true
                    autocomplete="current-password"
                    maxlength=200
                    errors
                />
                <TextField
                    name="change[newPassword]"
                    label="New password"
                    kind="password"
                    hint=format!("At least {PASSWORD_MIN} characters. You are signed out everywhere else.")
                    required=true
                    autocomplete="new-password"
                    minlength=8
                    maxlength=72
                    errors
                />
                <div class="flex flex-wrap items-center gap-3">
                    <SubmitButton pending=action.pending()>"Change my password"</SubmitButton>
                    <a href="/forgot-password" class="link py-3">"Forgot it?"</a>
                </div>
            </ActionForm>
        </Card>
    }
}
