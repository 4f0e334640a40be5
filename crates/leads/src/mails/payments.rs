//! What contractors are told about their payments (seed 000, Stripe Payment Events: "Sends confirmation emails").

use super::{Letter, send, when};
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
        .link("Open your billing", &billing_url(ctx));
    send(ctx, tx, letter.to(ctx, &account.email), "payment_received", None, Some(&account.id)).await
}

/// The payment did not go through.
pub async fn payment_failed(ctx: &Ctx, tx: &mut Tx, account: &Account, payment: &PaymentView, reason: Option<&str>) -> Outcome<()> {
    let letter = Letter::new(format!("Payment failed: {}", payment.amount))
        .say(&format!("Hello {}, your payment of {} did not go through. Nothing was charged.", account.business_name, payment.amount))
        .facts(&[("Reason", reason.unwrap_or_default().to_owned())])
        .say("Please try again, with another card if need be.")
        .link("Open your billing", &billing_url(ctx));
    send(ctx, tx, letter.to(ctx, &account.email), "payment_failed", None, Some(&account.id)).await
}

fn billing_url(ctx: &Ctx) -> String {
    format!("{}/app/contractor/billing", ctx.settings.public_url)
}
