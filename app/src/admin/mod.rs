//! The administrator's portal: is money coming in, is anything stuck?

mod billing;
mod billing_forms;
mod bounced;
mod contractor;
mod contractor_card;
mod contractor_review;
mod contractor_share;
mod contractors;
mod dashboard;
mod dispute;
mod disputes;
mod jobs;
mod lead;
mod lead_alike;
mod lead_assignment;
mod lead_routing;
mod leads;
mod numbers;
mod views;

pub use crate::ui::kit::KitPage;
pub use billing::BillingPage;
pub use bounced::BouncedPage;
pub use contractor::ContractorPage;
pub use contractors::ContractorsPage;
pub use dashboard::DashboardPage;
pub use dispute::DisputePage;
pub use disputes::DisputesPage;
pub use jobs::JobsPage;
pub use lead::LeadPage;
pub use leads::LeadsPage;
pub use numbers::NumbersPage;

use crate::ui::{Command, NavItem};

/// The portal's pages, in the order of their use.
pub fn nav() -> Vec<NavItem> {
    vec![
        NavItem::new("/app/admin", "Overview", "chart"),
        NavItem::new("/app/admin/leads", "Leads", "inbox"),
        NavItem::new("/app/admin/contractors", "Contractors", "users"),
        NavItem::new("/app/admin/billing", "Billing", "dollar"),
        NavItem::new("/app/admin/disputes", "Disputes", "shield"),
        NavItem::new("/app/admin/numbers", "Numbers", "hash"),
        NavItem::new("/app/admin/jobs", "Jobs", "refresh"),
        NavItem::new("/app/admin/bounced", "Bounced mail", "mail"),
    ]
}

/// What the command palette offers.
pub fn commands() -> Vec<Command> {
    vec![
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
        Command::new("New disputes", "shield", "/app/admin/disputes?status=pending").hint("Billing"),
        Command::new("All disputes", "shield", "/app/admin/disputes").hint("Billing"),
        Command::new("Dead jobs", "alert", "/app/admin/jobs?status=dead").hint("Jobs"),
        Command::new("All jobs", "refresh", "/app/admin/jobs"),
        Command::new("Bounced mail", "mail", "/app/admin/bounced"),
        Command::new("Tracking numbers", "hash", "/app/admin/numbers"),
        Command::new("Component kit", "palette", "/app/admin/kit").hint("Design"),
    ]
}
