//! What contractors owe (seed 000, Get Billing Records; decisions 25 and 28).

use kernel::text_enum;

text_enum! {
    /// A charge's way to payment (seed 000, Update Billing Record; decision 28).
    pub enum BillingStatus {
        Pending => "pending" "Pending",
        Invoiced => "invoiced" "Invoiced",
        Paid => "paid" "Paid",
        Credited => "credited" "Credited",
    }
}

#[cfg(feature = "ssr")]
pub(crate) use charging::{bill, mark_paid};

#[cfg(feature = "ssr")]
mod charging {
    use crate::store::{self, billing::NewRecord, leads::Locked};
    use kernel::{Money, Outcome};
    use platform::{Ctx, Tx, events, execute};
    use serde_json::json;

    /// Charges a lead to the contractor who has it, once per lead and once per call (decision 25).
    /// A replacement lead costs nothing (decision 38). Again: changes nothing.
    pub(crate) async fn bill(ctx: &Ctx, tx: &mut Tx, lead: &Locked, call_sid: &str) -> Outcome<()> {
        let Some(contractor_id) = lead.contractor_id.as_deref() else { return Ok(()) };
        let amount = if lead.is_replacement.unwrap_or(false) { Money::ZERO } else { lead.price_cents };
        let id = ctx.new_id();
        let record =
            NewRecord { id: &id, lead_id: &lead.id, contractor_id, call_sid, amount, original: lead.price_cents, incurred_at: ctx.now() };
        if store::billing::insert(tx, &record).await? {
            let data = json!({
                "billingRecordId": id, "leadId": lead.id, "customerName": lead.customer_name(), "contractorId": contractor_id,
                "amount": amount.dollars(),
            });
            events::emit(ctx, tx, "billing_created", &lead.id, Some(contractor_id), "twilio", data).await?;
        }
        Ok(())
    }

    /// Marks a record as paid; a second time keeps the first.
    pub(crate) async fn mark_paid(ctx: &Ctx, tx: &mut Tx, _actor: &str, id: &str) -> Outcome<()> {
        let sql = "update billing_records set status = 'paid', paid_at = $2 where id = $1 and paid_at is null";
        execute!(tx, sql, id, ctx.now())?;
        Ok(())
    }
}
