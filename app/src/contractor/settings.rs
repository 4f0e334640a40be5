use crate::ui::{Card, Icon, PageHead};
use leptos::prelude::*;

/// The ways to what the contractor can change.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <PageHead title="Settings"/>
        <div class="max-w-3xl">
            <Card title="Your account" flush=true>
                <ul class="divide-y divide-line">
                    <Way href="/app/contractor/profile" icon="user" title="Profile" text="Business, ZIP codes, work, hours, and pausing new leads"/>
                    <Way href="/app/contractor/notifications" icon="message" title="Notifications" text="What we tell you by mail, text and in your browser"/>
                    <Way href="/app/contractor/security" icon="lock" title="Security" text="Your password, two-factor sign-in, and where you are signed in"/>
                    <Way href="/app/contractor/performance" icon="chart" title="Performance" text="Your speed and results, and how others nearby do"/>
                </ul>
            </Card>
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
