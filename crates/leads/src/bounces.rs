//! Addresses that get no more mail, and whose they are (seed 000, Get Bounced Emails; decision 34).

use crate::store;
use chrono::{DateTime, Utc};
use kernel::{Listed, Outcome, Page, Permission, Problem};
use platform::auth::Caller;
use platform::mail::{self, Bounce};
use platform::{Ctx, audit, events};
use serde_json::json;

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

/// The addresses that are held back, newest first: all, or those where the address or its business holds `q`.
/// Errors: `Forbidden` unless an administrator asks, as below.
pub async fn list(ctx: &Ctx, caller: &Caller, q: Option<&str>, page: Page) -> Outcome<Listed<Bounced>> {
    caller.may(Permission::View)?;
    store::bounces::list(&mut ctx.db.read().await?, q, page).await
}

/// The audit log's word for it. `restore` reads there what was lifted.
const LIFTED: &str = "bounce_lifted";

/// Lets mail go to an address again; answers it as it was kept. Errors: `NotFound` when it is not held back.
pub async fn lift(ctx: &Ctx, caller: &Caller, email: &str) -> Outcome<String> {
    caller.may(Permission::Contractors)?;
    let email = email.trim().to_lowercase();
    let mut tx = ctx.begin().await?;
    // Without an id: the document's "Bounced email ID: …" would be odd.
    let bounce = mail::lift_bounce(&mut tx, &email).await?.ok_or_else(|| Problem::not_found("Bounced email", ""))?;
    audit::record(ctx, &mut tx, caller, LIFTED, &email, json!(bounce)).await?;
    events::emit(ctx, &mut tx, "email_bounce_lifted", &email, None, &caller.actor(), json!({ "email": email })).await?;
    tx.commit().await?;
    Ok(email)
}

/// Takes the last `lift` of an address back; answers it as it was kept. One that is held back again stays as it is. Errors:
/// `NotFound` when it was never lifted.
pub async fn restore(ctx: &Ctx, caller: &Caller, email: &str) -> Outcome<String> {
    caller.may(Permission::Contractors)?;
    let email = email.trim().to_lowercase();
    let mut tx = ctx.begin().await?;
    let lifted = audit::list_of_subject(&mut tx, &email).await?.into_iter().rfind(|entry| entry.action == LIFTED);
    let bounce = lifted.and_then(|entry| serde_json::from_value::<Bounce>(entry.detail).ok());
    let bounce = bounce.ok_or_else(|| Problem::not_found("Bounced email", ""))?;
    if mail::restore_bounce(&mut tx, &bounce).await? {
        audit::record(ctx, &mut tx, caller, "bounce_restored", &email, json!(bounce)).await?;
        events::emit(ctx, &mut tx, "email_bounce_restored", &email, None, &caller.actor(), json!({ "email": email })).await?;
    }
    tx.commit().await?;
    Ok(email)
}
