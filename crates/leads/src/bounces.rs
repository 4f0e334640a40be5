//! Addresses that get no more mail, and whose they are (seed 000, Get Bounced Emails; decision 34).

use crate::{bulk, store};
use chrono::{DateTime, Utc};
use kernel::{Listed, Order, Outcome, Page, Permission, Problem};
use platform::auth::Caller;
use platform::mail::{self, Bounce};
use platform::{Ctx, audit, events};
use serde_json::json;
use std::collections::BTreeSet;

/// Whose a bounced address is; a contractor who was a customer too is a contractor.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Bounced {
    pub email: String,
    /// `bounce`, `dropped` or `spamreport`.
    pub kind: String,
    pub reason: Option<String>,
    pub bounced_at: DateTime<Utc>,
    /// The contractor's; none for anybody else.
    pub business_name: Option<String>,
    pub is_customer: bool,
}

kernel::text_enum! {
    /// What the list of addresses is sorted by.
    pub enum BounceSort {
        Address => "address" "Address",
        When => "when" "When",
    }
}

/// The addresses that are held back: all, or those where the address or its business holds `q`. Errors: `Forbidden` unless an
/// administrator asks, as below.
pub async fn list(ctx: &Ctx, caller: &Caller, q: Option<&str>, order: Order<BounceSort>, page: Page) -> Outcome<Listed<Bounced>> {
    caller.may(Permission::View)?;
    store::bounces::list(&mut ctx.db.read().await?, q, order, page).await
}

/// The audit log's word for it. `restore` reads there what was lifted.
const LIFTED: &str = "bounce_lifted";

/// Lets mail go to an address again; answers it as it was kept. Errors: `NotFound` when it is not held back.
pub async fn lift(ctx: &Ctx, caller: &Caller, email: &str) -> Outcome<String> {
    let lifted = lift_many(ctx, caller, &[email.to_owned()]).await?.pop();
    // Without an id: the document's "Bounced email ID: …" would be odd.
    lifted.ok_or_else(|| Problem::not_found("Bounced email", ""))
}

/// Lets mail go to several addresses again, in one transaction. Answers those that were held back: the others get mail already.
/// Errors: `Invalid` (`emails`) for none or more than [`MAX_BULK`](crate::bulk::MAX_BULK).
pub async fn lift_many(ctx: &Ctx, caller: &Caller, emails: &[String]) -> Outcome<Vec<String>> {
    caller.may(Permission::Contractors)?;
    let emails = check(emails)?;
    let mut tx = ctx.begin().await?;
    let mut lifted = Vec::with_capacity(emails.len());
    for email in emails {
        let Some(bounce) = mail::lift_bounce(&mut tx, &email).await? else { continue };
        audit::record(ctx, &mut tx, caller, LIFTED, &email, json!(bounce)).await?;
        events::emit(ctx, &mut tx, "email_bounce_lifted", &email, None, &caller.actor(), json!({ "email": email })).await?;
        lifted.push(email);
    }
    tx.commit().await?;
    Ok(lifted)
}

/// Takes the last lifting of addresses back, all or none; answers them as they were kept. One that is held back again stays as it
/// is. Errors: as `lift_many`; `NotFound` when one was never lifted.
pub async fn restore(ctx: &Ctx, caller: &Caller, emails: &[String]) -> Outcome<Vec<String>> {
    caller.may(Permission::Contractors)?;
    let emails = check(emails)?;
    let mut tx = ctx.begin().await?;
    for email in &emails {
        let lifted = audit::list_of_subject(&mut tx, email).await?.into_iter().rfind(|entry| entry.action == LIFTED);
        let bounce = lifted.and_then(|entry| serde_json::from_value::<Bounce>(entry.detail).ok());
        let bounce = bounce.ok_or_else(|| Problem::not_found("Bounced email", ""))?;
        if mail::restore_bounce(&mut tx, &bounce).await? {
            audit::record(ctx, &mut tx, caller, "bounce_restored", email, json!(bounce)).await?;
            events::emit(ctx, &mut tx, "email_bounce_restored", email, None, &caller.actor(), json!({ "email": email })).await?;
        }
    }
    tx.commit().await?;
    Ok(emails.into_iter().collect())
}

/// The addresses as they are kept, each once and in one order, so that two who work on them at once wait for one another.
fn check(emails: &[String]) -> Outcome<BTreeSet<String>> {
    bulk::check("emails", emails, "addresses")?;
    Ok(emails.iter().map(|email| email.trim().to_lowercase()).collect())
}
