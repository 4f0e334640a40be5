//! What everybody does about their own account, in whichever portal: password, two-factor sign-in, sessions.

mod password;
mod sessions;
mod two_factor;

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{ctx, signed_in};
use crate::ui::{Card, Load, PageHead, SkeletonLines};
use leads::security::SessionView;
use leads::two_factor::TwoFactor;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use password::{ChangePassword, PasswordCard};
use serde::{Deserialize, Serialize};
use sessions::{SessionsCard, SignOutOthers, SignOutThere};
use two_factor::{CancelTwoFactor, ConfirmTwoFactor, StartTwoFactor, SwitchOffTwoFactor, TwoFactorCard};

/// How safe an account is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// None for the administrator, whose sign-in is part of the server's settings.
    pub two_factor: Option<TwoFactor>,
    pub sessions: Vec<SessionView>,
}

/// The own account's two-factor sign-in and sessions.
#[server(prefix = "/rpc", endpoint = "account_security")]
pub async fn load_security() -> Result<Security, AppError> {
    use platform::auth::Caller;
    let (ctx, (caller, session)) = (ctx()?, signed_in().await?);
    let two_factor = match caller {
        Caller::Admin { .. } => None,
        _ => Some(leads::two_factor::get(&ctx, &caller).await?),
    };
    Ok(Security { two_factor, sessions: leads::security::list_sessions(&ctx, &caller, &session).await? })
}

/// What can be done on the page. The actions outlive what is drawn anew after each.
#[derive(Clone, Copy)]
struct Acts {
    password: ServerAction<ChangePassword>,
    start: ServerAction<StartTwoFactor>,
    cancel: ServerAction<CancelTwoFactor>,
    confirm: ServerAction<ConfirmTwoFactor>,
    switch_off: ServerAction<SwitchOffTwoFactor>,
    sign_out: ServerAction<SignOutThere>,
    sign_out_others: ServerAction<SignOutOthers>,
}

/// Runs `then` with what an action answered, each time that it worked.
fn when_done<S>(action: ServerAction<S>, then: impl Fn(S::Output) + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Effect::new(move |_| {
        if let Some(Ok(done)) = action.value().get() {
            then(done);
        }
    });
}

/// The own password, two-factor sign-in, and where one is signed in.
#[component]
pub fn SecurityPage(
    /// The page of the portal that leads here.
    back: (&'static str, &'static str),
) -> impl IntoView {
    let acts = Acts {
        password: ServerAction::new(),
        start: ServerAction::new(),
        cancel: ServerAction::new(),
        confirm: ServerAction::new(),
        switch_off: ServerAction::new(),
        sign_out: ServerAction::new(),
        sign_out_others: ServerAction::new(),
    };
    let security = Resource::new(|| (), |()| load_security());
    // Not after every try: what was typed stays when something was wrong with it.
    let refetch = move || security.refetch();
    let toasts = crate::ui::use_toasts();
    when_done(acts.password, move |()| {
        toasts.success("Your password is changed. Everywhere else you are signed out.");
        refetch();
    });
    when_done(acts.start, move |()| refetch());
    when_done(acts.cancel, move |()| refetch());
    when_done(acts.confirm, move |()| {
        toasts.success("Two-factor sign-in is on.");
        refetch();
    });
    when_done(acts.switch_off, move |()| {
        toasts.success("Two-factor sign-in is off.");
        refetch();
    });
    when_done(acts.sign_out, move |()| {
        toasts.success("Signed out there.");
        refetch();
    });
    when_done(acts.sign_out_others, move |places| {
        let places = i64::try_from(places).unwrap_or(i64::MAX);
        toasts.success(format!("Signed out in {}.", crate::text::count(places, "place", "places")));
        refetch();
    });
    view! {
        <PageHead title="Security" subtitle="Your password, your second step, and where you are signed in." back/>
        <Load
            resource=security
            skeleton=|| {
                view! {
                    <div class="grid max-w-3xl gap-6">
                        <Card title="Password">
                            <SkeletonLines lines=4/>
                        </Card>
                        <Card title="Two-factor sign-in">
                            <SkeletonLines lines=2/>
                        </Card>
                        <Card title="Where you are signed in">
                            <SkeletonLines lines=4/>
                        </Card>
                    </div>
                }
            }
            let:security
        >
            <div class="grid max-w-3xl gap-6">
                {match security.two_factor {
                    Some(two_factor) => {
                        view! {
                            <PasswordCard action=acts.password/>
                            <TwoFactorCard two_factor acts/>
                        }
                            .into_any()
                    }
                    None => view! { <SettingsCard/> }.into_any(),
                }}
                <SessionsCard sessions=security.sessions acts/>
            </div>
        </Load>
    }
}

#[component]
fn SettingsCard() -> impl IntoView {
    view! {
        <Card title="Password">
            <p class="max-w-prose">
                "You are the administrator, whose password is part of the server's settings (ADMIN_PASSWORD). It is changed there. "
                "For a second step when you sign in, "
                <a href="/app/admin/staff" class="link">"invite yourself as an owner"</a>
                " and use that account day to day."
            </p>
        </Card>
    }
}
