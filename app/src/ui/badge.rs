use leads::billing::BillingStatus;
use leads::contractor::ContractorStatus;
use leads::disputes::DisputeStatus;
use leads::lead::{Category, LeadStatus};
use leptos::prelude::*;

/// What a colour says. The words say it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Good,
    Warn,
    Bad,
}

impl Tone {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "tone-neutral",
            Tone::Accent => "tone-accent",
            Tone::Good => "tone-good",
            Tone::Warn => "tone-warn",
            Tone::Bad => "tone-bad",
        }
    }
}

/// A word with a tone.
#[component]
pub fn Badge(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("tag {}", tone.class())>{children()}</span> }
}

/// How far a lead has come.
#[component]
pub fn LeadStatusBadge(status: LeadStatus) -> impl IntoView {
    let (tone, words) = match status {
        LeadStatus::PendingAssignment => (Tone::Warn, "Waiting"),
        LeadStatus::Assigned => (Tone::Accent, "Assigned"),
        LeadStatus::Contacted => (Tone::Neutral, "Contacted"),
        LeadStatus::Qualified => (Tone::Good, "Qualified"),
    };
    view! { <Badge tone>{words}</Badge> }
}

/// What a lead is worth: a scale, filled as far as the category goes.
#[component]
pub fn CategoryBadge(category: Category) -> impl IntoView {
    let level = match category {
        Category::Platinum => 4,
        Category::Gold => 3,
        Category::Silver => 2,
        Category::Bronze => 1,
        Category::Nurture => 0,
    };
    let bars = (1..=4).map(|i| view! { <i class:on=i <= level></i> }).collect_view();
    view! {
        <span class="category">
            <span class="category-bars" aria-hidden="true">{bars}</span>
            {category.label()}
        </span>
    }
}

/// Whether a contractor gets leads, in one word.
#[component]
pub fn ContractorStatusBadge(status: ContractorStatus, approved: bool) -> impl IntoView {
    let (tone, words) = match (status, approved) {
        (ContractorStatus::Suspended, _) => (Tone::Bad, "Suspended"),
        (_, false) => (Tone::Warn, "Awaiting review"),
        (ContractorStatus::Active, true) => (Tone::Good, "Active"),
        (ContractorStatus::Inactive, true) => (Tone::Neutral, "Inactive"),
    };
    view! { <Badge tone>{words}</Badge> }
}

/// Where a charge is on its way to payment.
#[component]
pub fn BillingBadge(status: BillingStatus) -> impl IntoView {
    let tone = match status {
        BillingStatus::Pending => Tone::Warn,
        BillingStatus::Invoiced => Tone::Accent,
        BillingStatus::Paid => Tone::Good,
        BillingStatus::Credited => Tone::Neutral,
    };
    view! { <Badge tone>{status.label()}</Badge> }
}

/// How far a dispute has come.
#[component]
pub fn DisputeBadge(status: DisputeStatus) -> impl IntoView {
    let (tone, words) = match status {
        DisputeStatus::Pending => (Tone::Warn, "Dispute sent"),
        DisputeStatus::UnderReview => (Tone::Accent, "Dispute under review"),
        DisputeStatus::Approved => (Tone::Good, "Dispute approved"),
        DisputeStatus::Denied => (Tone::Bad, "Dispute denied"),
    };
    view! { <Badge tone>{words}</Badge> }
}

/// Any other documented word, such as a call's or a number's status.
#[component]
pub fn WordBadge(#[prop(into)] word: String) -> impl IntoView {
    let tone = match word.as_str() {
        "active" | "available" | "completed" | "paid" | "qualified" | "sent" => Tone::Good,
        "pending" | "ringing" | "initiated" | "queued" | "under_review" => Tone::Warn,
        "failed" | "busy" | "no-answer" | "canceled" | "suspended" | "denied" => Tone::Bad,
        "in-progress" | "invoiced" | "assigned" => Tone::Accent,
        _ => Tone::Neutral,
    };
    view! { <Badge tone>{crate::text::sentence(&word)}</Badge> }
}
