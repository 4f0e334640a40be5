//! Addresses that get no more mail, and whose they are (seed 000, Get Bounced Emails; decision 34).

use crate::store;
use chrono::{DateTime, Utc};
use kernel::{Listed, Outcome, Page, Permission, Problem};
use platform::auth::Caller;
use platform::{Ctx, audit, events, mail};
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

/// Lets mail go to an address again; answers it as it was kept. Errors: `NotFound` when it is not held back.
pub async fn lift(ctx: &Ctx, caller: &Caller, email: &str) -> Outcome<String> {
    caller.may(Permission::Contractors)?;
    let email = email.trim().to_lowercase();
    let mut tx = ctx.begin().await?;
    if !mail::lift_bounce(&mut tx, &email).await? {
        // Without an id: the document's "Bounced email ID: …" would be odd.
        return Err(Problem::not_found("Bounced email", ""));
    }
    audit::record(ctx, &mut tx, caller, "bounce_lifted", &email, json!({})).await?;
    events::emit(ctx, &mut tx, "email_bounce_lifted", &email, None, &caller.actor(), json!({ "email": email })).await?;
    tx.commit().await?;
    Ok(email)
}
