use leads::billing::BillingStatus;
use leads::calls::CallStatus;
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
    let tone = match status {
        LeadStatus::PendingAssignment => Tone::Warn,
        LeadStatus::Assigned => Tone::Accent,
        LeadStatus::Contacted => Tone::Neutral,
        LeadStatus::Qualified => Tone::Good,
    };
    view! { <Badge tone>{status.label()}</Badge> }
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
        (ContractorStatus::Suspended, _) => (Tone::Bad, status.label()),
        (_, false) => (Tone::Warn, "Awaiting review"),
        (ContractorStatus::Active, true) => (Tone::Good, status.label()),
        (ContractorStatus::Inactive, true) => (Tone::Neutral, status.label()),
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
pub fn DisputeBadge(
    status: DisputeStatus,
    /// Among disputes alone: without saying that it is one.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let tone = match status {
        DisputeStatus::Pending => Tone::Warn,
        DisputeStatus::UnderReview => Tone::Accent,
        DisputeStatus::Approved => Tone::Good,
        DisputeStatus::Denied => Tone::Bad,
    };
    let words = if short { status.label().to_owned() } else { format!("Dispute {}", status.label().to_lowercase()) };
    view! { <Badge tone>{words}</Badge> }
}

/// What became of a call.
#[component]
pub fn CallBadge(status: CallStatus) -> impl IntoView {
    let tone = match status {
        CallStatus::Completed => Tone::Good,
        CallStatus::Queued | CallStatus::Initiated | CallStatus::Ringing => Tone::Warn,
        CallStatus::InProgress => Tone::Accent,
        CallStatus::Failed | CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Canceled => Tone::Bad,
    };
    view! { <Badge tone>{status.label()}</Badge> }
}
