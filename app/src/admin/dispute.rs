use crate::errors::AppError;
use crate::live::use_live;
use crate::session::Role;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BillingBadge, CallList, Card, Choice, DisputeBadge, EvidenceList, ExactTime, Fact, Facts, FormErrors, LeadFacts, LeadHistory, Load,
    MoneyText, OwedText, PageHead, RadioCards, SkeletonLines, SubmitButton, TextField, TextareaField, Variant, action_error, field_errors,
    use_toasts,
};
use kernel::{Id, Permission};
use leads::disputes::{DisputeStatus, DisputeView, NewDispute, Resolution};
use leads::views;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

/// A dispute with what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub dispute: DisputeView,
    pub lead: views::LeadPage,
}

/// A decision, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Decision {
    pub resolution: String,
    /// Dollars; blank where the resolution says how much.
    pub credit_amount: String,
    pub resolution_notes: String,
}

/// A dispute, with its lead, the calls and what happened.
#[server(prefix = "/rpc", endpoint = "admin_dispute")]
pub async fn load_case(id: Id) -> Result<Case, AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let dispute = leads::disputes::get(&ctx, &caller, &id).await?;
    let lead = leads::admin_desk::get_file(&ctx, &caller, &dispute.lead.id).await?.page;
    Ok(Case { dispute, lead })
}

/// Begins to look into a dispute (decision 30).
#[server(prefix = "/rpc", endpoint = "admin_review_dispute")]
pub async fn review_dispute(id: Id) -> Result<DisputeView, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::disputes::review(&ctx()?, &caller, &id).await?)
}

/// Decides a dispute (seed 000, Resolve Dispute).
#[server(prefix = "/rpc", endpoint = "admin_resolve_dispute")]
pub async fn resolve_dispute(id: Id, decision: Decision) -> Result<DisputeView, AppError> {
    use leads::disputes::NewResolution;
    let caller = admin_caller().await?;
    let mut fields = kernel::Fields::default();
    let resolution = fields.choice("resolution", Some(&decision.resolution));
    let resolution = fields.required("resolution", resolution);
    let credit = dollars(&decision.credit_amount);
    if credit.is_none() {
        fields.reject("creditAmount", "must be an amount in dollars, like 125.50");
    }
    let resolution = fields.finish_with(resolution)?;
    let new = NewResolution { resolution, credit: credit.flatten(), notes: Some(decision.resolution_notes) };
    Ok(leads::disputes::resolve(&ctx()?, &caller, &id, &new).await?)
}

/// Reads `1,234.50` and `$1234.5`; blank is no amount. None for anything else.
pub(super) fn dollars(text: &str) -> Option<Option<kernel::Money>> {
    let plain = text.trim().trim_start_matches('$').replace(',', "");
    if plain.is_empty() {
        return Some(None);
    }
    plain.parse().ok().and_then(kernel::Money::of_dollars).map(Some)
}

const BACK: (&str, &str) = ("/app/admin/disputes", "Disputes");

/// What is typed into the decision. It outlives a page that is drawn anew.
#[derive(Clone, Copy)]
struct Draft {
    resolution: RwSignal<String>,
    credit: RwSignal<String>,
    notes: RwSignal<String>,
}

/// One dispute: what the contractor says, what happened, and the decision.
#[component]
pub fn DisputePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let live = use_live(&[
        "dispute_evidence_added",
        "dispute_evidence_removed",
        "dispute_under_review",
        "dispute_resolved",
        "billing_paid",
        "billing_invoiced",
        "call_logged",
    ]);
    let review = ServerAction::<ReviewDispute>::new();
    let resolve = ServerAction::<ResolveDispute>::new();
    let draft =
        Draft { resolution: RwSignal::new(String::new()), credit: RwSignal::new(String::new()), notes: RwSignal::new(String::new()) };
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(dispute)) = resolve.value().get() {
            let words = dispute.resolution.map_or("decided", Resolution::label).to_lowercase();
            toasts.success(format!("The dispute is {words}. {} gets a mail.", dispute.contractor.business_name));
        }
    });
    let case =
        Resource::new(move || (id.get(), live.version.get(), review.version().get(), resolve.version().get()), |(id, ..)| load_case(id));
    view! {
        <Load
            resource=case
            skeleton=|| {
                view! {
                    <PageHead title="Dispute" back=BACK/>
                    <div class="grid items-start gap-6 lg:grid-cols-3">
                        <div class="grid gap-6 lg:col-span-2">
                            <Card>
                                <SkeletonLines lines=6/>
                            </Card>
                            <Card>
                                <SkeletonLines lines=10/>
                            </Card>
                        </div>
                        <Card>
                            <SkeletonLines lines=10/>
                        </Card>
                    </div>
                }
            }
            let:case
        >
            <Page case review resolve draft/>
        </Load>
    }
}

#[component]
fn Page(case: Case, review: ServerAction<ReviewDispute>, resolve: ServerAction<ResolveDispute>, draft: Draft) -> impl IntoView {
    let Case { dispute, lead } = case;
    let d = dispute.clone();
    let contractor = d.contractor.business_name.clone();
    let lead_href = format!("/app/admin/leads/{}", d.lead.id);
    let link = move || view! { <a href=lead_href.clone() class="link inline-block py-2">"Open the lead"</a> };
    view! {
        <PageHead
            title=format!("Dispute of {}", d.contractor.business_name)
            subtitle=format!("{} for {}", d.record.amount, d.lead.customer_name())
            back=BACK
        >
            <span class="inline-flex min-h-11 items-center">
                <DisputeBadge status=d.status/>
            </span>
        </PageHead>
        // The decision stands after what it is made from, also on a phone; what the side needs more in height goes to the last row.
        <div class="grid items-start gap-6 lg:grid-cols-3 lg:grid-rows-[auto_1fr]">
            <div class="grid min-w-0 gap-6 lg:col-span-2">
                <Card title="What the contractor says">
                    <Facts>
                        <Fact label="Why">{d.reason.label()}</Fact>
                        <Fact label="Sent">
                            <ExactTime at=d.submitted_at/>
                        </Fact>
                        <Fact label="In their words">
                            <span class="whitespace-pre-line break-words">{d.description}</span>
                        </Fact>
                        <Fact label="Contractor">
                            <a href=format!("/app/admin/contractors/{}", d.contractor.id) class="link">
                                {d.contractor.business_name}
                            </a>
                        </Fact>
                    </Facts>
                </Card>
                {(!d.evidence.is_empty())
                    .then(|| {
                        view! {
                            <Card title="What they sent">
                                <EvidenceList files=d.evidence/>
                            </Card>
                        }
                    })}
                <Card title="Calls">
                    <CallList calls=lead.calls/>
                </Card>
            </div>
            <div class="grid min-w-0 gap-6 lg:row-span-2">
                <Card title="The charge">
                    <Facts>
                        <Fact label="Amount">
                            <OwedText amount=d.record.amount original=d.record.original_amount/>
                        </Fact>
                        <Fact label="Status">
                            <BillingBadge status=d.record.status/>
                        </Fact>
                        <Fact label="Charged">
                            <ExactTime at=d.record.incurred_at/>
                        </Fact>
                    </Facts>
                </Card>
                <Card title="Decision">
                    {if d.status.is_open() {
                        view! { <Decide dispute review resolve draft/> }.into_any()
                    } else {
                        view! { <Decided dispute/> }.into_any()
                    }}
                </Card>
            </div>
            <div class="grid min-w-0 items-start gap-6 lg:col-span-2 xl:grid-cols-2">
                <Card title="The lead" actions=link>
                    <LeadFacts lead=lead.lead/>
                </Card>
                <Card title="What happened">
                    <LeadHistory history=lead.history reader=Role::Admin contractor/>
                </Card>
            </div>
        </div>
    }
}

/// What was decided.
#[component]
fn Decided(dispute: DisputeView) -> impl IntoView {
    view! {
        <Facts>
            <Fact label="Decision">{dispute.resolution.map(Resolution::label)}</Fact>
            {dispute
                .credit
                .map(|amount| {
                    view! {
                        <Fact label="Credit">
                            <MoneyText amount/>
                        </Fact>
                    }
                })}
            {dispute
                .resolved_at
                .map(|at| {
                    view! {
                        <Fact label="Decided">
                            <ExactTime at/>
                        </Fact>
                    }
                })}
            {dispute
                .resolution_notes
                .map(|text| {
                    view! {
                        <Fact label="Notes">
                            <span class="whitespace-pre-line break-words">{text}</span>
                        </Fact>
                    }
                })}
        </Facts>
    }
}

/// Review, and the four ways to decide.
#[component]
fn Decide(dispute: DisputeView, review: ServerAction<ReviewDispute>, resolve: ServerAction<ResolveDispute>, draft: Draft) -> impl IntoView {
    let (amount, id) = (dispute.record.amount, dispute.id.clone());
    let error = action_error(resolve);
    let errors = field_errors(error);
    let paid = "When it is paid already, the contractor has credit.";
    let options = vec![
        Choice::new(Resolution::Approved.as_str(), format!("Credit {amount}")).hint(format!("All of it. {paid}")),
        Choice::new(Resolution::PartialCredit.as_str(), "Credit a part").hint("The amount below."),
        Choice::new(Resolution::ReplacementLead.as_str(), "Credit and replace").hint(format!("{amount}, and the next lead is free.")),
        Choice::new(Resolution::Denied.as_str(), "Deny").hint("The charge stays."),
    ];
    view! {
        {(dispute.status == DisputeStatus::Pending)
            .then(|| {
                view! {
                    <div class="mb-6 border-b border-line pb-6" data-needs=Permission::Disputes.as_str()>
                        <FormErrors error=action_error(review)/>
                        <ActionForm action=review>
                            <input type="hidden" name="id" value=dispute.id.clone()/>
                            <SubmitButton variant=Variant::Secondary icon="search" pending=review.pending() wide=true>"Mark as under review"</SubmitButton>
                        </ActionForm>
                        <p class="mt-2 text-sm text-muted">"The contractor sees that you look into it."</p>
                    </div>
                }
            })}
        <ActionForm action=resolve attr:data-needs=Permission::Disputes.as_str()>
            <FormErrors error labels=LABELS/>
            <input type="hidden" name="id" value=id/>
            <RadioCards name="decision[resolution]" legend="What happens" options bind=draft.resolution required=true errors/>
            <TextField
                name="decision[creditAmount]"
                label="Credit in dollars"
                hint=format!("For a part: more than 0 and less than {amount}. Leave it blank otherwise.")
                inputmode="decimal"
                maxlength=20
                bind=draft.credit
                errors
            />
            <TextareaField
                name="decision[resolutionNotes]"
                label="Notes"
                hint="The contractor reads them."
                maxlength=i32::try_from(NewDispute::MAX_DESCRIPTION).unwrap_or(i32::MAX)
                bind=draft.notes
                errors
            />
            <SubmitButton pending=resolve.pending() wide=true>"Decide the dispute"</SubmitButton>
        </ActionForm>
    }
}

const LABELS: &[(&str, &str)] = &[("resolution", "What happens"), ("creditAmount", "Credit in dollars"), ("resolutionNotes", "Notes")];

#[cfg(test)]
mod tests {
    use super::dollars;
    use kernel::Money;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (typed, cents) in [("125", 12_500), (" $1,234.50 ", 123_450), ("0.1", 10), ("-5", -500)] {
            assert_eq!(dollars(typed), Some(Some(Money(cents))), "{typed}");
        }
        assert_eq!(dollars("  "), Some(None));
        for odd in ["a lot", "1.005", "NaN", "inf", "1e300"] {
            assert_eq!(dollars(odd), None, "{odd}");
        }
    }
}
