//! Pages that must not be paid any more.

use crate::store::payments as store;
use chrono::Duration;
use kernel::{Id, Outcome};
use platform::payments::ExpireCheckoutJob;
use platform::{Ctx, Tx, jobs};

/// How long a page for paying is good; Stripe ends it after 24 h.
const GOOD_FOR: Duration = Duration::hours(24);

/// Closes a contractor's other open payments of any of these records, so that none is paid twice.
pub(super) async fn close_others(ctx: &Ctx, tx: &mut Tx, contractor_id: &str, record_ids: &[Id], but: &str) -> Outcome<()> {
    for open in store::list_open(tx, contractor_id).await? {
        let overlaps = open.record_ids.split(',').any(|id| record_ids.iter().any(|r| r == id));
        if open.id == but || !overlaps {
            continue;
        }
        store::close(tx, &open.id, ctx.now()).await?;
        if let Some(session_id) = open.session_id {
            jobs::enqueue(ctx, tx, &ExpireCheckoutJob { session_id }).await?;
        }
    }
    Ok(())
}

/// Ends payments that nobody finished.
pub async fn expire(ctx: &Ctx) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    store::expire(&mut tx, ctx.now() - GOOD_FOR, ctx.now()).await?;
    tx.commit().await
}
