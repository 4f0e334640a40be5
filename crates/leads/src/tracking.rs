//! The pool of tracking numbers (seed 000, Recycle Tracking Numbers; decisions 27 and 33).

use crate::find::phone_start;
use crate::store;
use crate::views::{TrackingNumberView, TrackingStatus};
use chrono::Duration;
use kernel::{Listed, Order, Outcome, Page, Permission, Phone, Problem};
use platform::auth::Caller;
use platform::{Ctx, audit, events};
use serde_json::json;

/// How old a lead is when its number is released.
pub const RELEASE_AFTER: Duration = Duration::days(7);
/// The most numbers that one request adds.
pub const MAX_ADDED: usize = 1000;

kernel::text_enum! {
    /// What the pool of numbers is sorted by.
    pub enum NumberSort {
        Number => "number" "Number",
        Status => "status" "Status",
        /// Since when it is used, or rests.
        Since => "since" "Since",
    }
}

/// Adds numbers to the pool; those that are there already stay as they are. Answers how many are new.
/// Errors: `Invalid` when any is no phone number (then none is added); `Forbidden` for others than admins.
pub async fn add_numbers(ctx: &Ctx, caller: &Caller, numbers: &[String]) -> Outcome<usize> {
    caller.may(Permission::Leads)?;
    if numbers.is_empty() || numbers.len() > MAX_ADDED {
        return Err(Problem::invalid("phoneNumbers", format!("must be 1 to {MAX_ADDED} phone numbers")));
    }
    let parse = |text: &String| {
        let shown: String = text.chars().take(30).collect();
        Phone::parse(text).ok_or_else(|| Problem::invalid("phoneNumbers", format!("must be phone numbers of 10 digits; “{shown}” is not")))
    };
    let phones = numbers.iter().map(parse).collect::<Outcome<Vec<Phone>>>()?;
    let mut tx = ctx.begin().await?;
    let mut added = 0;
    for phone in &phones {
        added += usize::from(store::tracking::insert(&mut tx, &ctx.new_id(), phone, ctx.now()).await?);
    }
    audit::record(ctx, &mut tx, caller, "tracking_numbers_added", "tracking_numbers", json!({ "added": added })).await?;
    tx.commit().await?;
    Ok(added)
}

/// The pool's numbers, or those that begin with the figures of `q`. Errors: `Forbidden` for others than admins.
pub async fn list(
    ctx: &Ctx,
    caller: &Caller,
    status: Option<TrackingStatus>,
    q: Option<&str>,
    order: Order<NumberSort>,
    page: Page,
) -> Outcome<Listed<TrackingNumberView>> {
    caller.may(Permission::View)?;
    let start = q.and_then(|q| phone_start(q.trim()));
    store::tracking::list(&mut ctx.db.read().await?, status, start.as_deref(), order, page).await
}

/// Releases the numbers of leads older than seven days. Answers how many.
pub async fn recycle(ctx: &Ctx) -> Outcome<usize> {
    let now = ctx.now();
    let mut tx = ctx.begin().await?;
    let released = store::tracking::expire(&mut tx, now - RELEASE_AFTER, now).await?.len();
    if released > 0 {
        let data = json!({ "recycled": released });
        events::emit(ctx, &mut tx, "tracking_numbers_recycled", "tracking_numbers", None, "system", data).await?;
    }
    tx.commit().await?;
    Ok(released)
}
