use super::actions::{RequestPasswordReset, SetPassword};
use crate::ui::{Empty, FormErrors, LinkButton, PageTitle, SubmitButton, TextField, action_error, field_errors};
use leads::contractor::PASSWORD_MIN;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

/// Asks for a link to choose a new password.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let query = use_query_map();
    let request = ServerAction::<RequestPasswordReset>::new();
    let error = action_error(request);
    let errors = field_errors(error);
    let is_sent = Memo::new(move |_| query.with(|q| q.get("sent")).is_some());
    view! {
        <PageTitle text="Forgot your password"/>
        <Meta name="robots" content="noindex"/>
        <div class="form-page form-narrow">
            {move || {
                if is_sent.get() {
                    view! {
                        <h1 class="sr-only">"Forgot your password"</h1>
                        <Empty
                            icon="mail"
                            title="Look at your mail"
                            text="If an account has this address, a link to choose a new password is on its way. It works once."
                        >
                            <LinkButton href="/login">"Back to sign in"</LinkButton>
                        </Empty>
                    }
                        .into_any()
                } else {
                    view! {
                        <h1 class="page-title">"Forgot your password?"</h1>
                        <p class="mt-2 text-muted">"We mail you a link to choose a new one."</p>
                        <ActionForm action=request attr:class="form-stack">
                            <FormErrors error/>
                            <TextField
                                name="email"
                                label="E-mail"
                                kind="email"
                                required=true
                                autocomplete="username"
                                maxlength=254
                                errors
                            />
                            <SubmitButton pending=request.pending() wide=true>"Send me the link"</SubmitButton>
                        </ActionForm>
                        <p class="mt-6">
                            <a href="/login" class="link inline-block py-3">"Back to sign in"</a>
                        </p>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// Chooses a password with the link from the mail. The link's token is part of the path, never of the query, which servers log.
#[component]
pub fn SetPasswordPage() -> impl IntoView {
    let params = use_params_map();
    let token = params.with_untracked(|p| p.get("token")).unwrap_or_default();
    let set = ServerAction::<SetPassword>::new();
    let error = action_error(set);
    let errors = field_errors(error);
    view! {
        <PageTitle text="Choose a password"/>
        <Meta name="robots" content="noindex"/>
        <Meta name="referrer" content="same-origin"/>
        <div class="form-page form-narrow">
            <h1 class="page-title">"Choose a password"</h1>
            <p class="mt-2 text-muted">"You sign in with your e-mail and this password."</p>
            <ActionForm action=set attr:class="form-stack">
                <FormErrors error/>
                <input type="hidden" name="token" value=token/>
                <TextField
                    name="password"
                    label="New password"
                    kind="password"
                    hint=format!("At least {PASSWORD_MIN} characters. A few words in a row are easy to keep in mind.")
                    required=true
                    autocomplete="new-password"
                    minlength=8
                    maxlength=72
                    errors
                />
                <SubmitButton pending=set.pending() wide=true>"Set my password"</SubmitButton>
            </ActionForm>
            <p class="mt-6">
                <a href="/forgot-password" class="link inline-block py-3">"The link does not work? Ask for a new one"</a>
            </p>
        </div>
    }
}
