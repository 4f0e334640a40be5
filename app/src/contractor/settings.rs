use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{contractor, ctx};
use crate::ui::{Card, FormErrors, Icon, LinkButton, Load, PageHead, SkeletonLines, SubmitButton, Variant, action_error, use_toasts};
use leads::views::ContractorView;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The contractor's own account.
#[server(prefix = "/rpc", endpoint = "contractor_account")]
pub async fn load_account() -> Result<ContractorView, AppError> {
    contractor().await
}

/// Sends the contractor a link that sets a new password.
#[server(prefix = "/rpc", endpoint = "contractor_password_link")]
pub async fn send_password_link() -> Result<String, AppError> {
    let me = contractor().await?;
    leads::contractors::request_password_reset(&ctx()?, &me.email).await?;
    Ok(me.email)
}

/// The ways to what the contractor can change, and the password.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let account = Resource::new(|| (), |()| load_account());
    view! {
        <PageHead title="Settings"/>
        <div class="grid max-w-3xl gap-6">
            <Card title="Your account" flush=true>
                <ul class="divide-y divide-line">
                    <Way href="/app/contractor/profile" icon="user" title="Profile" text="Business, ZIP codes, work, hours, and pausing new leads"/>
                    <Way href="/app/contractor/notifications" icon="message" title="Notifications" text="What we tell you by mail, text and in your browser"/>
                    <Way href="/app/contractor/performance" icon="chart" title="Performance" text="Your speed and results, and how others nearby do"/>
                </ul>
            </Card>
            <Load
                resource=account
                skeleton=|| {
                    view! {
                        <Card title="Password">
                            <SkeletonLines lines=2/>
                        </Card>
                    }
                }
                let:me
            >
                <Password email=me.email/>
            </Load>
        </div>
    }
}

/// A line that leads to a page.
#[component]
fn Way(href: &'static str, icon: &'static str, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <li>
            <a href=href class="flex items-center gap-4 px-4 py-4 hover:bg-base-200 sm:px-6">
                <Icon name=icon class="size-5 shrink-0 text-muted"/>
                <span class="min-w-0 grow">
                    <span class="block font-medium">{title}</span>
                    <span class="block text-sm text-muted">{text}</span>
                </span>
                <Icon name="chevron_right" class="size-5 shrink-0 text-muted"/>
            </a>
        </li>
    }
}

#[component]
fn Password(email: String) -> impl IntoView {
    let action = ServerAction::<SendPasswordLink>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(email)) = action.value().get() {
            toasts.success(format!("We have sent a link to {email}."));
        }
    });
    view! {
        <Card title="Password">
            <div class="grid gap-4">
                <FormErrors error=action_error(action)/>
                <p class="text-muted">{format!("We send a link to {email}. It lets you choose a new password, and signs you out everywhere else.")}</p>
                <ActionForm action attr:class="flex flex-wrap gap-3">
                    <SubmitButton variant=Variant::Secondary icon="mail" pending=action.pending()>
                        "Send me the link"
                    </SubmitButton>
                    <LinkButton href="/forgot-password" variant=Variant::Ghost>"Use another address"</LinkButton>
                </ActionForm>
            </div>
        </Card>
    }
}
