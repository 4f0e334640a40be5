//! What contractors are told about their payments (seed 000, Stripe Payment Events: "Sends confirmation emails").

use super::money::{BILLING, billing_page};
use super::{Letter, Told, tell_contractor, when};
use crate::notifications::Occasion;
use crate::payments::PaymentView;
use crate::store::contractors::Account;
use kernel::Outcome;
use platform::{Ctx, Tx};

/// The payment has arrived.
pub async fn payment_received(ctx: &Ctx, tx: &mut Tx, account: &Account, payment: &PaymentView, reference: &str) -> Outcome<()> {
    let letter = Letter::new(format!("Payment received: {}", payment.amount))
        .say(&format!("Hello {}, thank you: we received your payment of {}.", account.business_name, payment.amount))
        .facts(&[
            ("Amount", payment.amount.to_string()),
            ("Leads paid", payment.record_ids.len().to_string()),
            ("Received", when(ctx, ctx.now())),
            ("Reference", reference.to_owned()),
        ])
        .link("Open your billing", &billing_page(ctx));
    let short = format!("We received your payment of {}. Thank you.", payment.amount);
    let told = Told { occasion: Occasion::Payment, template: "payment_received", lead_id: None, short, path: BILLING.into() };
    tell_contractor(ctx, tx, &account.id, letter, &told).await
}

/// The payment did not go through.
pub async fn payment_failed(ctx: &Ctx, tx: &mut Tx, account: &Account, payment: &PaymentView, reason: Option<&str>) -> Outcome<()> {
    let letter = Letter::new(format!("Payment failed: {}", payment.amount))
        .say(&format!("Hello {}, your payment of {} did not go through. Nothing was charged.", account.business_name, payment.amount))
        .facts(&[("Reason", reason.unwrap_or_default().to_owned())])
        .say("Please try again, with another card if need be.")
        .link("Open your billing", &billing_page(ctx));
    let short = format!("Your payment of {} did not go through. Please try again.", payment.amount);
    let told = Told { occasion: Occasion::Payment, template: "payment_failed", lead_id: None, short, path: BILLING.into() };
    tell_contractor(ctx, tx, &account.id, letter, &told).await
}
