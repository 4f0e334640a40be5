use crate::session::{SignIn, SignInCode};
use crate::ui::{FormErrors, Icon, PageTitle, SubmitButton, TextField, action_error, field_errors};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The way into the portals: the password, and for some a code after it.
#[component]
pub fn LoginPage() -> impl IntoView {
    let query = use_query_map();
    let asks_code = Memo::new(move |_| query.with(|q| q.get("step")).as_deref() == Some("code"));
    view! {
        <PageTitle text="Sign in"/>
        <div class="form-page form-narrow">
            {move || {
                let next = query.with_untracked(|q| q.get("next")).unwrap_or_default();
                if asks_code.get() { view! { <CodeStep next/> }.into_any() } else { view! { <PasswordStep next/> }.into_any() }
            }}
        </div>
    }
}

#[component]
fn PasswordStep(next: String) -> impl IntoView {
    let query = use_query_map();
    let sign_in = ServerAction::<SignIn>::new();
    let error = action_error(sign_in);
    let errors = field_errors(error);
    let password_is_new = move || query.with(|q| q.get("done")).as_deref() == Some("password");
    view! {
        <h1 class="page-title">"Sign in"</h1>
        {move || {
            password_is_new()
                .then(|| {
                    view! {
                        <p class="notice tone-good" role="status">
                            <Icon name="check" class="mt-0.5 size-5"/>
                            <span>"Your password is set. Sign in with it."</span>
                        </p>
                    }
                })
        }}
        <ActionForm action=sign_in attr:class="form-stack">
            <FormErrors error/>
            <input type="hidden" name="next" value=next/>
            // Administrators may type a name here, so the browser must not insist on an address.
            <TextField
                name="email"
                label="E-mail"
                required=true
                autocomplete="username"
                inputmode="email"
                maxlength=254
                errors
            />
            <TextField
                name="password"
                label="Password"
                kind="password"
                required=true
                autocomplete="current-password"
                maxlength=200
                errors
            />
            <SubmitButton pending=sign_in.pending() wide=true>"Sign in"</SubmitButton>
        </ActionForm>
        <div class="mt-6 flex flex-wrap justify-between gap-x-6">
            <a href="/forgot-password" class="link py-3">"Forgot your password?"</a>
            <a href="/join" class="link py-3">"Join as a contractor"</a>
        </div>
    }
}

#[component]
fn CodeStep(next: String) -> impl IntoView {
    let action = ServerAction::<SignInCode>::new();
    let error = action_error(action);
    let errors = field_errors(error);
    view! {
        <h1 class="page-title">"Type your code"</h1>
        <p class="mt-2 text-muted">"Your password is right. Now open your authenticator app and type the six digits it shows."</p>
        <ActionForm action attr:class="form-stack">
            <FormErrors error/>
            <input type="hidden" name="next" value=next/>
            <TextField
                name="code"
                label="Code"
                hint="Lost your phone? Type one of your recovery codes."
                required=true
                autocomplete="one-time-code"
                maxlength=40
                errors
            />
            <SubmitButton pending=action.pending() wide=true>"Sign in"</SubmitButton>
        </ActionForm>
        <p class="mt-6">
            <a href="/login" class="link inline-block py-3">"Back to the password"</a>
        </p>
    }
}
