//! The contractor's portal: an owner between two jobs, on a phone.
//! Which lead do I call now, how long do I have, what do I owe?

mod asking;
mod billing;
mod cards;
mod dashboard;
mod dispute;
mod disputes;
mod finding;
mod lead;
mod leads;
mod notes;
mod notifications;
mod paying;
mod performance;
mod profile;
mod profile_forms;
mod push_browser;
mod sending;
mod settings;
mod statement;
#[cfg(feature = "ssr")]
mod uploading;

pub use billing::BillingPage;
pub use dashboard::DashboardPage;
pub use disputes::DisputesPage;
pub use finding::find;
pub use lead::LeadPage;
pub use leads::LeadsPage;
pub use notifications::NotificationsPage;
pub use performance::PerformancePage;
pub use profile::ProfilePage;
pub use settings::SettingsPage;
pub use statement::StatementPage;

use crate::live::use_live;
use crate::ui::{Command, Countdown, NavItem, TimeAgo, use_toasts};
use ::leads::lead::LeadStatus;
use ::leads::views::LeadView;
use leptos::prelude::*;

/// The portal's pages, in the order of their use.
pub fn nav() -> Vec<NavItem> {
    vec![
        NavItem::new("/app/contractor", "Today", "home"),
        NavItem::new("/app/contractor/leads", "Leads", "inbox"),
        NavItem::new("/app/contractor/billing", "Billing", "dollar"),
        NavItem::new("/app/contractor/disputes", "Disputes", "shield"),
        NavItem::new("/app/contractor/settings", "Settings", "settings").also(&[
            "/app/contractor/profile",
            "/app/contractor/performance",
            "/app/contractor/notifications",
            "/app/contractor/security",
        ]),
    ]
}

/// What the command palette offers.
pub fn commands() -> Vec<Command> {
    vec![
        Command::new("Today", "home", "/app/contractor").hint("Who to call next"),
        Command::new("Leads to call", "phone", "/app/contractor/leads?status=assigned").hint("Leads"),
        Command::new("Contacted leads", "check", "/app/contractor/leads?status=contacted").hint("Leads"),
        Command::new("Qualified leads", "star", "/app/contractor/leads?status=qualified").hint("Leads"),
        Command::new("All leads", "inbox", "/app/contractor/leads"),
        Command::new("Charges to pay", "dollar", "/app/contractor/billing?status=invoiced").hint("Billing"),
        Command::new("All charges", "dollar", "/app/contractor/billing").hint("Billing"),
        Command::new("Account statement", "dollar", "/app/contractor/billing/statement").hint("Billing"),
        Command::new("Saved cards", "dollar", "/app/contractor/billing#cards").hint("Billing"),
        Command::new("My disputes", "shield", "/app/contractor/disputes").hint("Billing"),
        Command::new("My performance", "chart", "/app/contractor/performance").hint("How I compare"),
        Command::new("My profile", "user", "/app/contractor/profile").hint("Business, area, hours"),
        Command::new("Pause or resume new leads", "clock", "/app/contractor/profile").hint("Profile"),
        Command::new("Working hours and ZIP codes", "map_pin", "/app/contractor/profile").hint("Profile"),
        Command::new("Notifications", "message", "/app/contractor/notifications").hint("Mail, texts, browser"),
        Command::new("Change my password", "shield", "/app/contractor/security").hint("Security"),
        Command::new("Two-factor sign-in", "shield", "/app/contractor/security").hint("Security"),
        Command::new("Where I am signed in", "monitor", "/app/contractor/security").hint("Security"),
    ]
}

/// Says so when a lead arrives while the page is open.
fn announce_new_leads() {
    let toasts = use_toasts();
    let live = use_live(&["lead_assigned"]);
    Effect::new(move |before: Option<u64>| {
        let now = live.version.get();
        if before.is_some_and(|before| now > before) {
            toasts.info("You have a new lead.");
        }
        now
    });
}

/// Until when a lead must be called, or when it was.
#[component]
fn Due(
    lead: LeadView,
    /// Below a heading that says what it is.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    match (lead.first_contact_at, lead.assignment) {
        (Some(at), _) => view! {
            <span class="text-muted">
                {(!bare).then_some("Called ")}
                <TimeAgo at/>
            </span>
        }
        .into_any(),
        (None, Some(a)) if a.status == LeadStatus::Assigned => view! { <Countdown deadline=a.response_deadline/> }.into_any(),
        _ => ().into_any(),
    }
}
