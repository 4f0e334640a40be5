//! The administrator's portal: is money coming in, is anything stuck?

mod audit;
#[cfg(any(feature = "ssr", test))]
mod audit_shown;
mod backups;
mod billing;
mod billing_forms;
mod bounced;
mod bulk_lines;
mod calls;
mod contractor;
mod contractor_card;
mod contractor_review;
mod contractor_share;
mod contractors;
mod dashboard;
mod dispute;
mod disputes;
mod exports;
mod finding;
mod invoice_runs;
mod jobs;
mod lead;
mod lead_alike;
mod lead_assignment;
mod lead_routing;
mod leads;
mod ledger;
mod numbers;
mod pay_out;
mod scoring;
mod scoring_form;
mod scoring_result;
mod settings;
mod simulator;
mod sources;
mod staff;
mod statement;
mod two_factor;
mod webhook;
mod webhooks;

pub use crate::ui::kit::KitPage;
pub use audit::AuditPage;
pub use backups::BackupsPage;
pub use billing::BillingPage;
pub use bounced::BouncedPage;
pub use calls::UnmatchedCallsPage;
pub use contractor::ContractorPage;
pub use contractors::ContractorsPage;
pub use dashboard::DashboardPage;
pub use dispute::DisputePage;
pub use disputes::DisputesPage;
pub use exports::ExportsPage;
pub use finding::find;
pub use jobs::JobsPage;
pub use lead::LeadPage;
pub use leads::LeadsPage;
pub use ledger::LedgerPage;
pub use numbers::NumbersPage;
pub use scoring::ScoringPage;
pub use settings::SettingsPage;
pub use simulator::SimulatorPage;
pub use sources::SourcesPage;
pub use staff::{StaffMemberPage, StaffPage};
pub use statement::StatementPage;
pub use webhook::WebhookPage;
pub use webhooks::WebhooksPage;

use crate::Site;
use crate::ui::{Command, NavItem};
use kernel::Permission;

/// The portal's pages, in the order of their use.
pub fn nav() -> Vec<NavItem> {
    let mut items = vec![
        NavItem::new("/app/admin", "Overview", "chart"),
        NavItem::new("/app/admin/leads", "Leads", "inbox"),
        NavItem::new("/app/admin/contractors", "Contractors", "users"),
        NavItem::new("/app/admin/billing", "Billing", "dollar").also(&["/app/admin/ledger"]),
        NavItem::new("/app/admin/disputes", "Disputes", "shield"),
    ];
    let operations = [
        NavItem::new("/app/admin/webhooks", "Webhooks", "bolt"),
        NavItem::new("/app/admin/scoring", "Scoring", "star"),
        NavItem::new("/app/admin/sources", "Lead sources", "key"),
        NavItem::new("/app/admin/numbers", "Numbers", "hash").also(&["/app/admin/calls"]),
        NavItem::new("/app/admin/jobs", "Jobs", "refresh"),
        NavItem::new("/app/admin/bounced", "Bounced mail", "mail"),
        NavItem::new("/app/admin/exports", "Exports", "download"),
        NavItem::new("/app/admin/backups", "Backups", "database"),
        NavItem::new("/app/admin/audit", "Audit log", "list"),
        NavItem::new("/app/admin/staff", "Staff", "user").needs(Permission::Settings),
        NavItem::new("/app/admin/settings", "Settings", "settings"),
    ];
    let simulator = Site::current().is_sandbox.then(|| NavItem::new("/app/admin/simulator", "Phone simulator", "phone"));
    items.extend(operations.into_iter().chain(simulator).map(|item| item.group("Operations")));
    items
}

/// What the command palette offers.
pub fn commands() -> Vec<Command> {
    let mut commands = vec![
        Command::new("Overview", "chart", "/app/admin"),
        Command::new("All leads", "inbox", "/app/admin/leads"),
        Command::new("Leads waiting for a contractor", "clock", "/app/admin/leads?status=pending_assignment").hint("Leads"),
        Command::new("Assigned leads", "phone", "/app/admin/leads?status=assigned").hint("Leads"),
        Command::new("Qualified leads", "star", "/app/admin/leads?status=qualified").hint("Leads"),
        Command::new("Platinum leads", "star", "/app/admin/leads?category=PLATINUM").hint("Leads"),
        Command::new("All contractors", "users", "/app/admin/contractors"),
        Command::new("Applications to review", "shield", "/app/admin/contractors?isApproved=false").hint("Contractors"),
        Command::new("Suspended contractors", "alert", "/app/admin/contractors?status=suspended").hint("Contractors"),
        Command::new("Paused contractors", "clock", "/app/admin/contractors?accepting=false").hint("Contractors"),
        Command::new("Contractors with the most leads", "users", "/app/admin/contractors?sort=-leads").hint("Contractors"),
        Command::new("The last 7 days", "chart", "/app/admin?range=7").hint("Overview"),
        Command::new("The last 90 days", "chart", "/app/admin?range=90").hint("Overview"),
        Command::new("All charges", "dollar", "/app/admin/billing").hint("Billing"),
        Command::new("Invoiced, not paid", "clock", "/app/admin/billing?status=invoiced").hint("Billing"),
        Command::new("Run invoices", "dollar", "/app/admin/billing?run=1").hint("Billing").needs(Permission::Billing),
        Command::new("Ledger", "chart", "/app/admin/ledger").hint("Billing"),
        Command::new("Payments in the ledger", "chart", "/app/admin/ledger?kind=payment").hint("Billing"),
        Command::new("New disputes", "shield", "/app/admin/disputes?status=pending").hint("Billing"),
        Command::new("All disputes", "shield", "/app/admin/disputes").hint("Billing"),
        Command::new("Failed jobs", "alert", "/app/admin/jobs?status=dead").hint("Jobs"),
        Command::new("All jobs", "refresh", "/app/admin/jobs"),
        Command::new("Bounced mail", "mail", "/app/admin/bounced"),
        Command::new("Tracking numbers", "hash", "/app/admin/numbers"),
        Command::new("Calls without a lead", "phone", "/app/admin/calls").hint("Numbers"),
        Command::new("Webhooks", "bolt", "/app/admin/webhooks"),
        Command::new("Webhooks that failed", "alert", "/app/admin/webhooks?result=failed").hint("Webhooks"),
        Command::new("Scoring and prices", "star", "/app/admin/scoring"),
        Command::new("Lead sources and API keys", "key", "/app/admin/sources"),
        Command::new("Exports", "download", "/app/admin/exports").hint("CSV files"),
        Command::new("Backups", "database", "/app/admin/backups"),
        Command::new("Audit log", "list", "/app/admin/audit"),
        Command::new("Settings", "settings", "/app/admin/settings"),
        Command::new("Staff and roles", "users", "/app/admin/staff").hint("Settings").needs(Permission::Settings),
        Command::new("Invite somebody", "plus", "/app/admin/staff").hint("Staff").needs(Permission::Settings),
        Command::new("My password and sign-in", "shield", "/app/admin/security").hint("Security"),
        Command::new("Component kit", "palette", "/app/admin/kit").hint("Design"),
    ];
    if Site::current().is_sandbox {
        commands.push(Command::new("Phone simulator", "phone", "/app/admin/simulator").hint("Try a call"));
    }
    commands
}
