//! Contractors' accounts: joining, approval, profile (seed 000, Contractor and Admin Endpoints; decision 30).

use crate::admin_views::BulkLine;
use crate::contractor::{ContractorStatus, NewContractor, ProfileChange};
use crate::intake::AssignWaitingLeadsJob;
use crate::store::contractors::Account;
use crate::views::{ContractorFilter, ContractorView};
use crate::{bulk, mails, store};
use kernel::{Changes, Fields, Id, Listed, Outcome, Permission, Problem};
use platform::auth::{self, Caller};
use platform::{Ctx, Tx, audit, events, jobs};
use serde_json::json;
use std::collections::BTreeSet;

pub use crate::sign_in::{ONBOARDING_TTL, authenticate, authenticate_id, login, request_password_reset, set_password};

/// A contractor joins; an administrator approves them later. Errors: `Invalid`; `Conflict` (`email_taken`).
pub async fn register(ctx: &Ctx, new: &NewContractor) -> Outcome<ContractorView> {
    let form = new.check()?;
    let hash = match &form.password {
        Some(password) => Some(ctx.passwords.hash(password.clone()).await?),
        None => None,
    };
    let id = ctx.new_id();
    let mut tx = ctx.begin().await?;
    // One address signs in to one account.
    let is_staff = store::staff::find_by_email(&mut tx, &form.email).await?.is_some();
    if is_staff || !store::contractors::insert(&mut tx, &id, &form, hash.as_deref(), ctx.now()).await? {
        return Err(Problem::conflict("email_taken", "There is an account with this e-mail address already"));
    }
    let data = json!({ "contractorId": id, "businessName": form.business_name });
    events::emit(ctx, &mut tx, "contractor_registered", &id, Some(&id), &format!("contractor:{id}"), data).await?;
    mails::application_received(ctx, &mut tx, &id, &form.business_name, &form.email).await?;
    let view = find(&mut tx, &id).await?;
    tx.commit().await?;
    Ok(view)
}

/// Lets a contractor in, sends the onboarding mail, and gives them leads that wait (seed 000, Approve
/// Contractor). Again: changes nothing, sends nothing. Errors: `NotFound`; `Forbidden` for others than admins.
pub async fn approve(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<ContractorView> {
    caller.may(Permission::Contractors)?;
    let mut tx = ctx.begin().await?;
    let account = store::contractors::lock_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
    let_in(ctx, &mut tx, caller, &account).await?;
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

/// Approves a locked account, unless it is approved already.
async fn let_in(ctx: &Ctx, tx: &mut Tx, caller: &Caller, account: &Account) -> Outcome<()> {
    let id = account.id.as_str();
    if store::contractors::approve(tx, id, ctx.now()).await? {
        let token = match account.password_hash {
            Some(_) => None,
            None => Some(auth::new_link(ctx, tx, crate::sign_in::PURPOSE, id, ONBOARDING_TTL).await?),
        };
        mails::approved(ctx, tx, account, token.as_deref()).await?;
        changed(ctx, tx, caller, "contractor_approved", id, &account.business_name).await?;
        may_take_leads(ctx, tx, id).await?;
    }
    Ok(())
}

/// Lets several contractors in, in one transaction. Who cannot be let in this way, and why, is told in their line. Errors:
/// `Invalid` (`ids`) for none or more than [`MAX_BULK`](bulk::MAX_BULK); `Forbidden` for others than admins.
pub async fn approve_many(ctx: &Ctx, caller: &Caller, ids: &[Id]) -> Outcome<Vec<BulkLine>> {
    caller.may(Permission::Contractors)?;
    bulk::check("ids", ids, "contractors")?;
    let mut tx = ctx.begin().await?;
    let mut lines = Vec::with_capacity(ids.len());
    // In the order in which everybody locks contractors, each once.
    for id in ids.iter().collect::<BTreeSet<_>>() {
        let Some(account) = store::contractors::lock_account(&mut tx, id).await? else {
            lines.push(BulkLine { id: id.clone(), name: "A contractor".into(), is_done: false, words: "is gone".into() });
            continue;
        };
        let (is_done, words) = match (account.is_approved, account.status) {
            (true, _) => (false, "was approved before"),
            (false, ContractorStatus::Suspended) => (false, "was refused or suspended"),
            (false, ContractorStatus::Active | ContractorStatus::Inactive) => {
                let_in(ctx, &mut tx, caller, &account).await?;
                (true, "is approved")
            }
        };
        lines.push(BulkLine { id: account.id, name: account.business_name, is_done, words: words.into() });
    }
    tx.commit().await?;
    Ok(lines)
}

/// Ends a contractor's access and their leads until `reactivate` (decision 30). Why is for administrators: the contractor is
/// told nothing. Again: changes nothing. Errors: `Invalid` (`why`), `NotFound`; `Forbidden` for others than admins.
pub async fn suspend(ctx: &Ctx, caller: &Caller, id: &str, why: Option<&str>) -> Outcome<ContractorView> {
    caller.may(Permission::Contractors)?;
    let mut fields = Fields::default();
    let why = fields.optional_text("why", why, 500);
    fields.finish()?;
    let mut tx = ctx.begin().await?;
    let account = store::contractors::lock_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
    if account.status != ContractorStatus::Suspended {
        store::contractors::suspend(&mut tx, id, why.as_deref()).await?;
        let data = json!({ "contractorId": id, "businessName": account.business_name });
        events::emit(ctx, &mut tx, "contractor_suspended", id, Some(id), &caller.actor(), data).await?;
        let detail = json!({ "contractorId": id, "businessName": account.business_name, "reason": why });
        audit::record(ctx, &mut tx, caller, "contractor_suspended", id, detail).await?;
    }
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

/// Refuses an application, and writes why to the contractor; `reactivate` takes it back. Again: changes nothing. Errors:
/// `Invalid` (`reason`), `NotFound`, `Conflict` (`already_approved`), `Forbidden` for others than admins.
pub async fn reject(ctx: &Ctx, caller: &Caller, id: &str, reason: &str) -> Outcome<ContractorView> {
    caller.may(Permission::Contractors)?;
    let mut fields = Fields::default();
    let reason = fields.text("reason", Some(reason), 500);
    fields.finish()?;
    let mut tx = ctx.begin().await?;
    let account = store::contractors::lock_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
    if account.is_approved {
        return Err(Problem::conflict("already_approved", "This contractor is approved already; they can be suspended"));
    }
    if account.status != ContractorStatus::Suspended {
        store::contractors::reject(&mut tx, id, &reason, ctx.now()).await?;
        let data = json!({ "contractorId": id, "businessName": account.business_name, "reason": reason });
        events::emit(ctx, &mut tx, "contractor_rejected", id, Some(id), &caller.actor(), data.clone()).await?;
        audit::record(ctx, &mut tx, caller, "contractor_rejected", id, data).await?;
        mails::rejected(ctx, &mut tx, &account, &reason).await?;
    }
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

/// Takes a suspension back: active when approved, else waiting for approval as before (decision 30).
pub async fn reactivate(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<ContractorView> {
    caller.may(Permission::Contractors)?;
    let mut tx = ctx.begin().await?;
    let account = store::contractors::lock_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
    let status = if account.is_approved { ContractorStatus::Active } else { ContractorStatus::Inactive };
    if account.status != status {
        store::contractors::reactivate(&mut tx, id, status).await?;
        changed(ctx, &mut tx, caller, "contractor_reactivated", id, &account.business_name).await?;
        may_take_leads(ctx, &mut tx, id).await?;
    }
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

/// A contractor by id. Errors: `NotFound`.
pub async fn get(ctx: &Ctx, id: &str) -> Outcome<ContractorView> {
    let found = store::contractors::find(&mut ctx.db.read().await?, id).await?;
    found.ok_or_else(|| Problem::not_found("Contractor", id))
}

/// All contractors, the newest first (seed 000, Get All Contractors). Errors: `Forbidden` for others than admins.
pub async fn list(ctx: &Ctx, caller: &Caller, filter: &ContractorFilter) -> Outcome<Listed<ContractorView>> {
    caller.may(Permission::View)?;
    store::contractors::list(&mut ctx.db.read().await?, filter).await
}

/// Changes what is there in the own profile (seed 000, Update Profile; decision 38: partial). Waiting leads
/// come when it makes them possible. Errors: `Invalid`; `Forbidden` for others than contractors.
pub async fn update_profile(ctx: &Ctx, caller: &Caller, change: &ProfileChange) -> Outcome<ContractorView> {
    let id = own_id(caller)?;
    let form = change.check()?;
    let mut tx = ctx.begin().await?;
    store::contractors::lock_account(&mut tx, &id).await?.ok_or_else(|| Problem::not_found("Contractor", &id))?;
    store::contractors::update_profile(&mut tx, &id, &form).await?;
    if form.service_zip_codes.is_some() || form.specializations.is_some() || form.is_accepting_leads == Some(true) {
        may_take_leads(ctx, &mut tx, &id).await?;
    }
    let view = find(&mut tx, &id).await?;
    let data = json!({ "contractorId": id, "businessName": view.business_name, "isAcceptingLeads": view.is_accepting_leads });
    events::emit(ctx, &mut tx, "contractor_updated", &id, Some(&id), &caller.actor(), data).await?;
    tx.commit().await?;
    Ok(view)
}

/// A contractor's share of leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub weight: i64,
    pub daily_cap: Option<i64>,
}

impl Share {
    fn cap(self) -> String {
        self.daily_cap.map(|cap| cap.to_string()).unwrap_or_default()
    }
}

/// Sets a contractor's share of leads and their daily limit (decision 22). Errors: `Invalid`, `NotFound`; `Changed` when it is
/// no longer what was `seen`; `Forbidden` for others than admins.
pub async fn set_share(ctx: &Ctx, caller: &Caller, id: &str, share: Share, seen: Option<Share>) -> Outcome<ContractorView> {
    caller.may(Permission::Contractors)?;
    let Share { weight, daily_cap } = share;
    if !(1..=100).contains(&weight) {
        return Err(Problem::invalid("weight", "must be between 1 and 100"));
    }
    if daily_cap.is_some_and(|cap| !(0..=10_000).contains(&cap)) {
        return Err(Problem::invalid("dailyCap", "must be between 0 and 10000"));
    }
    let mut tx = ctx.begin().await?;
    let account = store::contractors::lock_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
    if let Some(seen) = seen {
        let now = Share { weight: account.weight, daily_cap: account.daily_cap };
        let mut changes = Changes::default();
        changes.compare("weight", &seen.weight.to_string(), &now.weight.to_string());
        changes.compare("dailyCap", &seen.cap(), &now.cap());
        changes.finish()?;
    }
    store::contractors::update_share(&mut tx, id, weight, daily_cap).await?;
    changed(ctx, &mut tx, caller, "contractor_updated", id, &account.business_name).await?;
    may_take_leads(ctx, &mut tx, id).await?;
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

pub(crate) fn own_id(caller: &Caller) -> Outcome<Id> {
    match caller {
        Caller::Contractor(id) => Ok(id.clone()),
        _ => Err(Problem::Forbidden("Access denied")),
    }
}

async fn find(tx: &mut Tx, id: &str) -> Outcome<ContractorView> {
    store::contractors::find(tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))
}

async fn changed(ctx: &Ctx, tx: &mut Tx, caller: &Caller, kind: &str, id: &str, business_name: &str) -> Outcome<()> {
    let data = json!({ "contractorId": id, "businessName": business_name });
    events::emit(ctx, tx, kind, id, Some(id), &caller.actor(), data.clone()).await?;
    audit::record(ctx, tx, caller, kind, id, data).await
}

pub(crate) async fn may_take_leads(ctx: &Ctx, tx: &mut Tx, id: &str) -> Outcome<()> {
    jobs::enqueue(ctx, tx, &AssignWaitingLeadsJob { contractor_id: id.into() }).await
}
