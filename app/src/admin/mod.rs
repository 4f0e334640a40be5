//! The administrator's portal: is money coming in, is anything stuck?

mod contractor;
mod contractors;
mod dashboard;
mod lead;
mod leads;
mod numbers;

pub use crate::ui::kit::KitPage;
pub use contractor::ContractorPage;
pub use contractors::ContractorsPage;
pub use dashboard::DashboardPage;
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
        NavItem::new("/app/admin/numbers", "Numbers", "hash"),
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
        Command::new("Tracking numbers", "hash", "/app/admin/numbers"),
        Command::new("Component kit", "palette", "/app/admin/kit").hint("Design"),
    ]
}
