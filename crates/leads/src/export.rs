//! Lists for downloads (seed 000, Export Data): the lists of the administrator and a contractor's own, newest first, read part
//! by part, so that a million rows take no more memory than a thousand and hold no connection while a slow reader reads.

use crate::billing::{BillingFilter, RecordView};
use crate::disputes::{DisputeFilter, DisputeView};
use crate::ledger::{EntryFilter, EntryView};
use crate::store;
use crate::views::{ContractorFilter, ContractorView, LeadFilter, LeadView};
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, StreamExt as _};
use kernel::{Id, Outcome, Permission};
use platform::Ctx;
use platform::audit::{self, AuditFilter};
use platform::auth::Caller;

/// The parts of a list. An error ends it: what came before is not the whole.
pub type Parts<T> = BoxStream<'static, Outcome<Vec<T>>>;

/// Where a part ends: the time and id of its last row.
type Cursor = (DateTime<Utc>, Id);

const PART: i64 = 1000;

/// Whose rows the caller gets: a contractor their own, others those that they asked for. Errors: `Forbidden`.
fn owner_of(caller: &Caller, permission: Permission, asked: Option<&Id>) -> Outcome<Option<Id>> {
    if let Caller::Contractor(id) = caller {
        return Ok(Some(id.clone()));
    }
    caller.may(permission)?;
    Ok(asked.cloned())
}

/// All leads that the filter asks for, of a contractor their own; its page is ignored. Errors: `Forbidden` for others than admins
/// and contractors.
pub fn leads(ctx: &Ctx, caller: &Caller, filter: LeadFilter) -> Outcome<Parts<LeadView>> {
    let filter = LeadFilter { contractor_id: owner_of(caller, Permission::Leads, filter.contractor_id.as_ref())?, ..filter };
    let ctx = ctx.clone();
    let read = move |after| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move { store::leads::list_after(&mut ctx.reports.read().await?, &filter, after, PART).await }
    };
    Ok(parts(read, |lead: &LeadView| (lead.created_at, lead.id.clone())))
}

/// All contractors. Errors: `Forbidden` for others than admins.
pub fn contractors(ctx: &Ctx, caller: &Caller, filter: ContractorFilter) -> Outcome<Parts<ContractorView>> {
    caller.may(Permission::Contractors)?;
    let ctx = ctx.clone();
    let read = move |after| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move { store::contractors::list_after(&mut ctx.reports.read().await?, &filter, after, PART).await }
    };
    Ok(parts(read, |contractor: &ContractorView| (contractor.created_at, contractor.id.clone())))
}

/// All charges that the filter asks for, of a contractor their own; its order and page are ignored. Errors: `Forbidden` for others
/// than admins and contractors.
pub fn billing(ctx: &Ctx, caller: &Caller, filter: BillingFilter) -> Outcome<Parts<RecordView>> {
    let filter = BillingFilter { contractor_id: owner_of(caller, Permission::Billing, filter.contractor_id.as_ref())?, ..filter };
    let ctx = ctx.clone();
    let read = move |after| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move { store::billing::list_after(&mut ctx.reports.read().await?, &filter, after, PART).await }
    };
    Ok(parts(read, |record: &RecordView| (record.incurred_at, record.id.clone())))
}

/// All disputes that the filter asks for, of a contractor their own, without their files; its order and page are ignored. Errors:
/// `Forbidden` for others than admins and contractors.
pub fn disputes(ctx: &Ctx, caller: &Caller, filter: DisputeFilter) -> Outcome<Parts<DisputeView>> {
    let filter = DisputeFilter { contractor_id: owner_of(caller, Permission::Disputes, filter.contractor_id.as_ref())?, ..filter };
    let ctx = ctx.clone();
    let read = move |after| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move { store::disputes::list_after(&mut ctx.reports.read().await?, &filter, after, PART).await }
    };
    Ok(parts(read, |dispute: &DisputeView| (dispute.submitted_at, dispute.id.clone())))
}

/// All entries of the ledger that the filter asks for; its order and page are ignored. Errors: `Forbidden` for others than admins.
pub fn ledger(ctx: &Ctx, caller: &Caller, filter: EntryFilter) -> Outcome<Parts<EntryView>> {
    caller.may(Permission::Billing)?;
    let ctx = ctx.clone();
    let read = move |after| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move { store::ledger::list_after(&mut ctx.db.read().await?, &filter, after, PART).await }
    };
    Ok(parts(read, |entry: &EntryView| (entry.at, entry.id.clone())))
}

/// All actions of the audit log that the filter asks for; its order and page are ignored. Errors: `Forbidden` for others than admins.
pub fn audit_log(ctx: &Ctx, caller: &Caller, filter: AuditFilter) -> Outcome<Parts<audit::Entry>> {
    caller.may(Permission::View)?;
    let ctx = ctx.clone();
    let read = move |after| {
        let (ctx, filter) = (ctx.clone(), filter.clone());
        async move { audit::list_after(&mut ctx.reports.read().await?, &filter, after, PART).await }
    };
    Ok(parts(read, |entry: &audit::Entry| (entry.at, entry.id.clone())))
}

fn parts<T, F, R>(read: F, cursor: fn(&T) -> Cursor) -> Parts<T>
where
    T: Send + 'static,
    F: Fn(Option<Cursor>) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome<Vec<T>>> + Send,
{
    // Some(None): from the start; Some(Some(…)): from there; None: that was all.
    stream::try_unfold((read, Some(None)), move |(read, after)| async move {
        let Some(after) = after else { return Ok(None) };
        let rows = read(after).await?;
        let is_last = rows.len() < usize::try_from(PART).unwrap_or(usize::MAX);
        let next = if is_last { None } else { rows.last().map(cursor).map(Some) };
        Ok(Some((rows, (read, next))))
    })
    .boxed()
}
