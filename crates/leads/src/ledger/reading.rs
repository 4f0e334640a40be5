//! The ledger as people read it: all entries, what the accounts come to, and one contractor's account.

use super::{AccountSum, Balance, EntryFilter, EntryView, StatementLine};
use crate::store::ledger as store;
use kernel::{Listed, Outcome, Page, Permission, Problem};
use platform::Ctx;
use platform::auth::Caller;

/// Entries, in the filter's order. Errors: `Forbidden` for others than admins.
pub async fn list(ctx: &Ctx, caller: &Caller, filter: &EntryFilter) -> Outcome<Listed<EntryView>> {
    caller.may(Permission::View)?;
    store::list(&mut ctx.db.read().await?, filter).await
}

/// What every account comes to. The books are right when the balances sum to nothing. Errors: `Forbidden` for others
/// than admins.
pub async fn trial_balance(ctx: &Ctx, caller: &Caller) -> Outcome<Vec<AccountSum>> {
    caller.may(Permission::View)?;
    store::sum_accounts(&mut ctx.db.read().await?).await
}

/// What a contractor's account comes to. Errors: `Forbidden` for others than admins.
pub async fn account(ctx: &Ctx, caller: &Caller, contractor_id: &str) -> Outcome<Balance> {
    caller.may(Permission::View)?;
    store::find_balance(&mut ctx.db.read().await?, contractor_id).await
}

/// A contractor's account, newest first: the own one, or for admins anybody's. Errors: `NotFound`, also for another's.
pub async fn statement(ctx: &Ctx, caller: &Caller, contractor_id: &str, page: Page) -> Outcome<Listed<StatementLine>> {
    let may_see = match caller {
        Caller::Contractor(id) => id == contractor_id,
        other => other.may(Permission::View).map(|()| true)?,
    };
    let mut conn = ctx.db.read().await?;
    if !may_see || crate::store::contractors::find_account(&mut conn, contractor_id).await?.is_none() {
        return Err(Problem::not_found("Contractor", contractor_id));
    }
    store::list_statement(&mut conn, contractor_id, page).await
}
