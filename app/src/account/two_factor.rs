use super::Acts;
use crate::errors::AppError;
use crate::format;
#[cfg(feature = "ssr")]
use crate::session::{ctx, signed_in};
use crate::text::count;
use crate::ui::{Badge, Card, FormErrors, SubmitButton, TextField, Tone, Variant, action_error, field_errors};
use chrono::{DateTime, Utc};
use leads::two_factor::TwoFactor;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Makes a key and recovery codes, which ask nothing before they are confirmed.
#[server(prefix = "/rpc", endpoint = "account_start_two_factor")]
pub async fn start_two_factor() -> Result<(), AppError> {
    Ok(leads::two_factor::start(&ctx()?, &signed_in().await?.0).await?)
}

/// Ends a set-up that was not confirmed.
#[server(prefix = "/rpc", endpoint = "account_cancel_two_factor")]
pub async fn cancel_two_factor() -> Result<(), AppError> {
    Ok(leads::two_factor::cancel(&ctx()?, &signed_in().await?.0).await?)
}

/// Switches two-factor sign-in on with the app's first code.
#[server(prefix = "/rpc", endpoint = "account_confirm_two_factor")]
pub async fn confirm_two_factor(code: String) -> Result<(), AppError> {
    Ok(leads::two_factor::confirm(&ctx()?, &signed_in().await?.0, &code).await?)
}

/// Switches two-factor sign-in off.
#[server(prefix = "/rpc", endpoint = "account_switch_off_two_factor")]
pub async fn switch_off_two_factor(password: String, code: String) -> Result<(), AppError> {
    Ok(leads::two_factor::switch_off(&ctx()?, &signed_in().await?.0, &password, &code).await?)
}

#[component]
pub(super) fn TwoFactorCard(two_factor: TwoFactor, acts: Acts) -> impl IntoView {
    let is_on = matches!(two_factor, TwoFactor::On { .. });
    let state = move || match is_on {
        true => view! { <Badge tone=Tone::Good>"On"</Badge> }.into_any(),
        false => view! { <Badge tone=Tone::Neutral>"Off"</Badge> }.into_any(),
    };
    view! {
        <Card title="Two-factor sign-in" actions=state>
            {match two_factor {
                TwoFactor::Off => view! { <Off acts/> }.into_any(),
                TwoFactor::SettingUp { key, qr_svg, recovery_codes } => {
                    view! { <SettingUp key_text=key qr_svg recovery_codes acts/> }.into_any()
                }
                TwoFactor::On { since, codes_left } => view! { <On since codes_left acts/> }.into_any(),
            }}
        </Card>
    }
}

#[component]
fn Off(acts: Acts) -> impl IntoView {
    view! {
        <p class="max-w-prose text-muted">
            "After your password you also type a code from an app on your phone. Somebody who learns your password still cannot get in."
        </p>
        <ActionForm action=acts.start attr:class="mt-4">
            <FormErrors error=action_error(acts.start)/>
            <SubmitButton icon="shield" pending=acts.start.pending()>"Set it up"</SubmitButton>
        </ActionForm>
    }
}

/// Without script too: everything to see and to type is on the page.
#[component]
fn SettingUp(key_text: String, qr_svg: String, recovery_codes: Vec<String>, acts: Acts) -> impl IntoView {
    let error = action_error(acts.confirm);
    let errors = field_errors(error);
    let codes = recovery_codes.into_iter().map(|code| view! { <li class="whitespace-nowrap">{code}</li> }).collect_view();
    view! {
        <ol class="grid gap-8">
            <li class="grid gap-3">
                <h3 class="font-medium">"1. Scan this with your authenticator app"</h3>
                <p class="max-w-prose text-muted">
                    "Any such app works: Google Authenticator, Microsoft Authenticator, 1Password, or the passwords app of your phone."
                </p>
                <div class="flex flex-wrap items-center gap-6">
                    <div
                        class="size-48 shrink-0 overflow-hidden rounded-field border border-line"
                        role="img"
                        aria-label="QR code with the key below"
                        inner_html=qr_svg
                    ></div>
                    <div class="min-w-0">
                        <p class="text-sm text-muted">"Or type this key:"</p>
                        <p class="mt-1 font-mono break-all">{key_text}</p>
                    </div>
                </div>
            </li>
            <li class="grid gap-3">
                <h3 class="font-medium">"2. Keep these recovery codes"</h3>
                <p class="max-w-prose text-muted">
                    "Each lets you in once if you lose your phone. Print them or write them down: they are not shown again."
                </p>
                <ul class="grid gap-x-8 gap-y-2 rounded-field border border-line p-4 font-mono text-sm sm:grid-cols-2">{codes}</ul>
            </li>
            <li class="grid gap-3">
                <h3 class="font-medium">"3. Type the code that the app shows"</h3>
                <ActionForm action=acts.confirm attr:class="max-w-md">
                    <FormErrors error/>
                    <TextField
                        name="code"
                        label="Code"
                        required=true
                        autocomplete="one-time-code"
                        inputmode="numeric"
                        placeholder="123456"
                        maxlength=10
                        errors
                    />
                    <SubmitButton pending=acts.confirm.pending()>"Switch it on"</SubmitButton>
                </ActionForm>
            </li>
        </ol>
        <ActionForm action=acts.cancel attr:class="mt-4">
            <SubmitButton variant=Variant::Ghost pending=acts.cancel.pending()>"Not now"</SubmitButton>
        </ActionForm>
    }
}

#[component]
fn On(since: DateTime<Utc>, codes_left: i64, acts: Acts) -> impl IntoView {
    let error = action_error(acts.switch_off);
    let errors = field_errors(error);
    let few = (codes_left < 3).then_some(" Switch it off and on again to get new ones.");
    // It stays open when something was wrong with it.
    let is_open = error.get_untracked().is_some();
    view! {
        <p class="max-w-prose">
            {format!("On since {}. ", format::day(since))} {count(codes_left, "recovery code is", "recovery codes are")} " left." {few}
        </p>
        <details class="mt-4" open=is_open>
            <summary class="btn btn-outline-quiet w-fit">"Switch it off"</summary>
            <ActionForm action=acts.switch_off attr:class="mt-4 max-w-md">
                <FormErrors error/>
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    required=true
                    autocomplete="current-password"
                    maxlength=200
                    errors
                />
                <TextField name="code" label="Code from the app, or a recovery code" required=true autocomplete="one-time-code" maxlength=40 errors/>
                <SubmitButton variant=Variant::Danger pending=acts.switch_off.pending()>"Switch off two-factor sign-in"</SubmitButton>
            </ActionForm>
        </details>
    }
}
