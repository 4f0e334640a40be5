//! Charges that contractors contest (seed 000, Submit Dispute and Resolve Dispute; decisions 29 and 38).

use crate::billing::{BilledLead, BillingStatus, Debtor};
use crate::evidence::EvidenceView;
use chrono::{DateTime, Utc};
use kernel::{FieldError, Fields, Id, Money, Order, Page, Problem, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Why a charge is wrong (seed 000, Submit Dispute, Valid Reasons).
    pub enum DisputeReason {
        InvalidPhone => "invalid_phone" "Phone number does not work",
        CustomerNoContact => "customer_no_contact" "Customer never answered",
        WrongInfo => "wrong_info" "Lead information was wrong",
        Duplicate => "duplicate" "Duplicate of another lead",
        OutOfArea => "out_of_area" "Outside my service area",
        /// Needs a description.
        Other => "other" "Something else",
    }
}

text_enum! {
    /// How far a dispute has come (seed 000, Get Disputes).
    pub enum DisputeStatus {
        Pending => "pending" "Pending",
        UnderReview => "under_review" "Under review",
        Approved => "approved" "Approved",
        Denied => "denied" "Denied",
    }
}

impl DisputeStatus {
    pub fn is_open(self) -> bool {
        matches!(self, DisputeStatus::Pending | DisputeStatus::UnderReview)
    }
}

text_enum! {
    /// What an administrator decides (seed 000, Resolve Dispute, Valid Resolutions).
    pub enum Resolution {
        Approved => "approved" "Credited in full",
        PartialCredit => "partial_credit" "Credited in part",
        ReplacementLead => "replacement_lead" "Credited, with a replacement lead",
        Denied => "denied" "Denied",
    }
}

impl Resolution {
    /// The status that a dispute has afterwards.
    pub fn status(self) -> DisputeStatus {
        if self == Resolution::Denied { DisputeStatus::Denied } else { DisputeStatus::Approved }
    }

    /// What is credited of `owed`, when `asked` was asked for (decisions 29 and 38): all of it for `approved` and
    /// `replacement_lead`, a part for `partial_credit`, nothing for `denied`.
    /// Errors: `Invalid` (`creditAmount`) for an amount that the resolution does not allow.
    pub fn credit(self, owed: Money, asked: Option<Money>) -> Result<Money, Problem> {
        let wrong = |message: String| Err(Problem::invalid("creditAmount", message));
        match (self, asked) {
            (Resolution::PartialCredit, None) => wrong(FieldError::REQUIRED.into()),
            (Resolution::PartialCredit, Some(part)) if part > Money::ZERO && part < owed => Ok(part),
            (Resolution::PartialCredit, Some(_)) => wrong(format!("must be more than 0 and less than {}", owed.plain())),
            (Resolution::Denied, None | Some(Money::ZERO)) => Ok(Money::ZERO),
            (Resolution::Denied, Some(_)) => wrong("must be 0 when the dispute is denied".into()),
            (Resolution::ReplacementLead, Some(Money::ZERO)) => Ok(owed),
            (Resolution::Approved | Resolution::ReplacementLead, None) => Ok(owed),
            (Resolution::Approved | Resolution::ReplacementLead, Some(all)) if all == owed => Ok(owed),
            (Resolution::Approved | Resolution::ReplacementLead, Some(_)) => {
                wrong(format!("must be {}, the whole charge; partial_credit credits a part", owed.plain()))
            }
        }
    }
}

/// A dispute as it was typed (seed 000, Submit Dispute, Request Body).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewDispute {
    pub reason: Option<String>,
    pub description: Option<String>,
}

impl NewDispute {
    /// The most characters of a description.
    pub const MAX_DESCRIPTION: usize = 2000;

    /// Errors: `Invalid` with every wrong field.
    pub fn check(&self) -> Result<(DisputeReason, Option<String>), Problem> {
        let mut fields = Fields::default();
        let reason = fields.choice("reason", self.reason.as_deref());
        let mut description = fields.optional_text("description", self.description.as_deref(), Self::MAX_DESCRIPTION);
        if reason == Some(DisputeReason::Other) {
            description = fields.required("description", description);
        }
        let reason = fields.required("reason", reason);
        Ok((fields.finish_with(reason)?, description))
    }
}

/// A decision (seed 000, Resolve Dispute, Request Body).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResolution {
    pub resolution: Resolution,
    pub credit: Option<Money>,
    pub notes: Option<String>,
}

/// A dispute as lists show it (seed 000, both Get Disputes).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisputeView {
    pub id: Id,
    pub record: DisputedRecord,
    pub contractor: Debtor,
    pub lead: BilledLead,
    pub reason: DisputeReason,
    pub description: Option<String>,
    pub status: DisputeStatus,
    pub resolution: Option<Resolution>,
    /// What was credited; none before it was resolved.
    pub credit: Option<Money>,
    pub resolution_notes: Option<String>,
    pub submitted_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// What the contractor sent with it, oldest first.
    pub evidence: Vec<EvidenceView>,
}

/// The charge of a dispute, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisputedRecord {
    pub id: Id,
    pub amount: Money,
    pub original_amount: Money,
    pub status: BillingStatus,
    pub incurred_at: DateTime<Utc>,
}

text_enum! {
    /// What a list of disputes is sorted by.
    pub enum DisputeSort {
        Sent => "sent" "Sent",
        /// What was charged, before any credit.
        Charge => "charge" "Charge",
    }
}

/// Which disputes a list shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisputeFilter {
    pub status: Option<DisputeStatus>,
    pub contractor_id: Option<Id>,
    /// The beginning of the contractor's or the customer's name.
    pub q: Option<String>,
    pub order: Order<DisputeSort>,
    pub page: Page,
}

impl DisputeFilter {
    pub fn of_page(page: Page) -> DisputeFilter {
        DisputeFilter { status: None, contractor_id: None, q: None, order: Order::down(DisputeSort::Sent), page }
    }
}

#[cfg(feature = "ssr")]
pub use deciding::{get, list, list_own, resolve, review, review_many, submit, submit_with};

#[cfg(feature = "ssr")]
mod deciding {
    use super::{DisputeFilter, DisputeView, NewDispute, NewResolution, Resolution};
    use crate::admin_views::BulkLine;
    use crate::billing::{self, BillingStatus};
    use crate::evidence::{self, Upload};
    use crate::store::{self, disputes::NewRow};
    use crate::{bulk, mails};
    use chrono::Duration;
    use kernel::{Fields, Id, Listed, Money, Outcome, Permission, Problem};
    use platform::auth::Caller;
    use platform::{Ctx, Tx, audit, events};
    use serde_json::json;
    use std::collections::BTreeSet;

    /// A contractor contests a charge, paid or not (seed 000, Submit Dispute). Errors: `Invalid`; `NotFound`, also
    /// for another's record; `Conflict` (`dispute_open`, `dispute_window_over`, `record_credited`); `Forbidden` for
    /// others than contractors.
    pub async fn submit(ctx: &Ctx, caller: &Caller, record_id: &str, new: &NewDispute) -> Outcome<DisputeView> {
        submit_with(ctx, caller, record_id, new, &[]).await
    }

    /// As `submit`, with files. Errors: also `Invalid` (`files`) for too many.
    pub async fn submit_with(ctx: &Ctx, caller: &Caller, record_id: &str, new: &NewDispute, files: &[Upload]) -> Outcome<DisputeView> {
        let Caller::Contractor(contractor_id) = caller else { return Err(Problem::Forbidden("Access denied")) };
        let (reason, description) = new.check()?;
        let now = ctx.now();
        let mut tx = ctx.begin().await?;
        let record = billing::lock(&mut tx, record_id).await?;
        if record.contractor_id != *contractor_id {
            return Err(Problem::not_found("Billing record", record_id));
        }
        if record.status == BillingStatus::Credited {
            return Err(Problem::conflict("record_credited", "This charge was credited: nothing is owed"));
        }
        let days = ctx.settings.dispute_window_days;
        let id = ctx.new_id();
        let row = NewRow { id: &id, record: &record, reason, description: description.as_deref(), submitted_at: now };
        if store::disputes::has_open(&mut tx, record_id).await? {
            return Err(Problem::conflict("dispute_open", "This charge is disputed already; we write to you when it is decided"));
        }
        if now >= record.incurred_at + Duration::days(days) {
            return Err(Problem::conflict("dispute_window_over", format!("A charge can be disputed within {days} days")));
        }
        store::disputes::insert(&mut tx, &row).await?;
        evidence::insert(ctx, &mut tx, &id, contractor_id, files).await?;
        let view = find(&mut tx, &id).await?;
        tell(ctx, &mut tx, "dispute_submitted", &view, &caller.actor()).await?;
        mails::dispute_submitted(ctx, &mut tx, &view).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// A contractor's own disputes (seed 000, Get Disputes).
    pub async fn list_own(ctx: &Ctx, contractor_id: &str, filter: &DisputeFilter) -> Outcome<Listed<DisputeView>> {
        let own = DisputeFilter { contractor_id: Some(contractor_id.into()), ..filter.clone() };
        store::disputes::list(&mut ctx.db.read().await?, &own).await
    }

    /// All disputes that the filter asks for (seed 000, Get Disputes). Errors: `Forbidden` for others than admins.
    pub async fn list(ctx: &Ctx, caller: &Caller, filter: &DisputeFilter) -> Outcome<Listed<DisputeView>> {
        caller.may(Permission::View)?;
        store::disputes::list(&mut ctx.db.read().await?, filter).await
    }

    /// One dispute. Errors: `NotFound`; `Forbidden` for others than admins.
    pub async fn get(ctx: &Ctx, caller: &Caller, dispute_id: &str) -> Outcome<DisputeView> {
        caller.may(Permission::View)?;
        let found = store::disputes::find(&mut ctx.db.read().await?, dispute_id).await?;
        found.ok_or_else(|| Problem::not_found("Dispute", dispute_id))
    }

    /// An administrator looks into a dispute (decision 30). Again: changes nothing. Errors: `NotFound`; `Conflict`
    /// (`already_resolved`); `Forbidden` for others than admins.
    pub async fn review(ctx: &Ctx, caller: &Caller, dispute_id: &str) -> Outcome<DisputeView> {
        caller.may(Permission::Disputes)?;
        let mut tx = ctx.begin().await?;
        let (view, _) = take_up(ctx, &mut tx, caller, dispute_id).await?;
        if !view.status.is_open() {
            return Err(already_resolved());
        }
        tx.commit().await?;
        Ok(view)
    }

    /// Begins to look into a dispute, if it waits; answers it, and whether this began it. Errors: `NotFound`.
    async fn take_up(ctx: &Ctx, tx: &mut Tx, caller: &Caller, dispute_id: &str) -> Outcome<(DisputeView, bool)> {
        let began = store::disputes::start_review(tx, dispute_id).await?;
        let view = find(tx, dispute_id).await?;
        if began {
            tell(ctx, tx, "dispute_under_review", &view, &caller.actor()).await?;
            audit::record(ctx, tx, caller, "dispute_under_review", dispute_id, json!({})).await?;
        }
        Ok((view, began))
    }

    /// As `review` for several, in one transaction. What does not wait any more is told in its line. Errors: `Invalid` (`ids`) for
    /// none or more than [`MAX_BULK`](bulk::MAX_BULK); `Forbidden` for others than admins.
    pub async fn review_many(ctx: &Ctx, caller: &Caller, ids: &[Id]) -> Outcome<Vec<BulkLine>> {
        caller.may(Permission::Disputes)?;
        bulk::check("ids", ids, "disputes")?;
        let mut tx = ctx.begin().await?;
        let mut lines = Vec::with_capacity(ids.len());
        // Each once and in one order, so that two who do this at once wait for one another.
        for id in ids.iter().collect::<BTreeSet<_>>() {
            let (view, began) = match take_up(ctx, &mut tx, caller, id).await {
                Ok(found) => found,
                Err(Problem::NotFound { .. }) => {
                    lines.push(BulkLine { id: id.clone(), name: "A dispute".into(), is_done: false, words: "is gone".into() });
                    continue;
                }
                Err(problem) => return Err(problem),
            };
            let words = match (began, view.status.is_open()) {
                (true, _) => "is under review",
                (false, true) => "was under review before",
                (false, false) => "was decided before",
            };
            let name = format!("{} about {}", view.contractor.business_name, view.lead.customer_name());
            lines.push(BulkLine { id: view.id, name, is_done: began, words: words.into() });
        }
        tx.commit().await?;
        Ok(lines)
    }

    /// Decides a dispute (seed 000, Resolve Dispute; decisions 29 and 38): credits the charge in the ledger, and
    /// promises a free lead for `replacement_lead`. Once: of two at the same time one gets the conflict.
    /// Errors: `Invalid` (`creditAmount`); `NotFound`; `Conflict` (`already_resolved`); `Forbidden` for others than
    /// admins.
    pub async fn resolve(ctx: &Ctx, caller: &Caller, dispute_id: &str, new: &NewResolution) -> Outcome<DisputeView> {
        caller.may(Permission::Disputes)?;
        let mut fields = Fields::default();
        let notes = fields.optional_text("resolutionNotes", new.notes.as_deref(), NewDispute::MAX_DESCRIPTION);
        fields.finish()?;
        let mut tx = ctx.begin().await?;
        let found = find(&mut tx, dispute_id).await?;
        let contractor_id = &found.contractor.id;
        store::contractors::lock_account(&mut tx, contractor_id).await?;
        // From here on nobody else credits, pays or disputes it.
        let record = billing::lock(&mut tx, &found.record.id).await?;
        if !find(&mut tx, dispute_id).await?.status.is_open() {
            return Err(already_resolved());
        }
        let credit = new.resolution.credit(record.amount_cents, new.credit)?;
        let status = new.resolution.status();
        store::disputes::resolve(&mut tx, dispute_id, status, new.resolution, credit, notes.as_deref(), ctx.now()).await?;
        if credit > Money::ZERO {
            billing::credit(ctx, &mut tx, &record, credit, dispute_id).await?;
        }
        if new.resolution == Resolution::ReplacementLead {
            store::contractors::promise_replacement(&mut tx, contractor_id).await?;
        }
        let view = find(&mut tx, dispute_id).await?;
        tell(ctx, &mut tx, "dispute_resolved", &view, &caller.actor()).await?;
        let detail = json!({ "resolution": new.resolution, "creditAmount": credit.dollars(), "notes": notes });
        audit::record(ctx, &mut tx, caller, "dispute_resolved", dispute_id, detail).await?;
        mails::dispute_resolved(ctx, &mut tx, &view, record.status == BillingStatus::Paid).await?;
        tx.commit().await?;
        Ok(view)
    }

    fn already_resolved() -> Problem {
        Problem::conflict("already_resolved", "This dispute has been resolved already")
    }

    async fn find(tx: &mut Tx, id: &str) -> Outcome<DisputeView> {
        store::disputes::find(tx, id).await?.ok_or_else(|| Problem::not_found("Dispute", id))
    }

    async fn tell(ctx: &Ctx, tx: &mut Tx, kind: &str, dispute: &DisputeView, actor: &str) -> Outcome<()> {
        let data = json!({
            "disputeId": dispute.id, "billingRecordId": dispute.record.id, "leadId": dispute.lead.id,
            "customerName": dispute.lead.customer_name(), "contractorId": dispute.contractor.id,
            "businessName": dispute.contractor.business_name, "reason": dispute.reason, "status": dispute.status,
            "resolution": dispute.resolution, "creditAmount": dispute.credit.map(Money::dollars),
        });
        events::emit(ctx, tx, kind, &dispute.lead.id, Some(&dispute.contractor.id), actor, data).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credit_arithmetic_is_exact() {
        let owed = Money(25_000);
        let credit = |resolution: Resolution, asked: Option<i64>| resolution.credit(owed, asked.map(Money)).ok().map(|m| m.0);
        assert_eq!(credit(Resolution::Approved, None), Some(25_000));
        assert_eq!(credit(Resolution::Approved, Some(25_000)), Some(25_000));
        for wrong in [0, -1, 1, 24_999, 25_001] {
            assert_eq!(credit(Resolution::Approved, Some(wrong)), None, "{wrong}");
        }
        assert_eq!(credit(Resolution::PartialCredit, Some(1)), Some(1));
        assert_eq!(credit(Resolution::PartialCredit, Some(24_999)), Some(24_999));
        for wrong in [None, Some(0), Some(-5), Some(25_000), Some(30_000)] {
            assert_eq!(credit(Resolution::PartialCredit, wrong), None, "{wrong:?}");
        }
        assert_eq!(credit(Resolution::ReplacementLead, None), Some(25_000));
        assert_eq!(credit(Resolution::ReplacementLead, Some(0)), Some(25_000), "a lead instead of money, in the caller's words");
        assert_eq!(credit(Resolution::ReplacementLead, Some(100)), None);
        assert_eq!(credit(Resolution::Denied, None), Some(0));
        assert_eq!(credit(Resolution::Denied, Some(0)), Some(0));
        assert_eq!(credit(Resolution::Denied, Some(1)), None);
    }

    #[test]
    fn other_needs_a_description() {
        let new = |reason: &str, description: &str| NewDispute { reason: Some(reason.into()), description: Some(description.into()) };
        for reason in DisputeReason::ALL {
            assert_eq!(new(reason.as_str(), " ").check().is_ok(), *reason != DisputeReason::Other, "{reason}");
            assert!(new(reason.as_str(), "because").check().is_ok());
        }
        assert!(new("bad_weather", "x").check().is_err());
        assert!(NewDispute::default().check().is_err());
    }
}
