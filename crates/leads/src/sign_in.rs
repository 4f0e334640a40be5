//! Contractors' passwords and tokens (seed 000, Contractor Login; decisions 7 and 30).

use crate::contractor::{ContractorStatus, check_password};
use crate::store::contractors::Account;
use crate::views::ContractorView;
use crate::{mails, store};
use chrono::Duration;
use kernel::{Fields, Id, Outcome, Problem};
use platform::auth::{self, Audience, Caller, Claims};
use platform::batch::Batcher;
use platform::{Ctx, Job, JobError, audit, limits};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long a token is good (seed 000, Security).
pub const TOKEN_TTL: Duration = Duration::hours(24);
/// How long the onboarding mail's link is good.
pub const ONBOARDING_TTL: Duration = Duration::days(7);
const RESET_TTL: Duration = Duration::hours(1);
/// The links' purpose; an account has one open set of them.
pub(crate) const PURPOSE: &str = "contractor_password";

const WRONG: Problem = Problem::Unauthenticated("Invalid authentication credentials");

/// Signs a contractor in: the account and a token. An unknown address takes the time of a wrong password.
/// Errors: `Unauthenticated`; `Forbidden` when the password is right but the account may not be used; `TooMany`
/// after ten wrong passwords in a quarter of an hour, from wherever they came.
pub async fn login(ctx: &Ctx, email: &str, password: &str) -> Outcome<(ContractorView, String)> {
    let email = email.trim().to_lowercase();
    limits::try_login(ctx, &email).await?;
    let account = store::contractors::find_account_by_email(&mut ctx.db.read().await?, &email).await?;
    let hash = account.as_ref().and_then(|a| a.password_hash.clone());
    let right = ctx.passwords.verify(password.to_owned(), hash).await?;
    let account = account.filter(|_| right).ok_or(WRONG)?;
    limits::login_succeeded(ctx, &email).await?;
    may_enter(&account)?;
    let token = auth::issue_after(ctx, Audience::Contractor, &account.id, TOKEN_TTL, account.password_changed_at)?;
    let view = store::contractors::find(&mut ctx.db.read().await?, &account.id).await?.ok_or(WRONG)?;
    Ok((view, token))
}

fn may_enter(account: &Account) -> Outcome<()> {
    if account.status == ContractorStatus::Suspended {
        return Err(Problem::Forbidden("Your account is suspended. Please contact support."));
    }
    if !account.is_approved {
        return Err(Problem::Forbidden("Your account is waiting for approval. We will write to you when it is ready."));
    }
    Ok(())
}

/// The contractor whose token this is. Errors: `Unauthenticated` (also when it was signed out or the password changed since),
/// `Forbidden` (another portal's token, suspended).
pub async fn authenticate(ctx: &Ctx, token: &str) -> Outcome<ContractorView> {
    let id = authenticate_id(ctx, token).await?;
    store::contractors::find(&mut ctx.db.read().await?, &id).await?.ok_or(WRONG)
}

/// As `authenticate`, for those who need only the id: one small query, shared by those who ask at once.
pub async fn authenticate_id(ctx: &Ctx, token: &str) -> Outcome<Id> {
    let claims = auth::verify(ctx, token, Audience::Contractor)?;
    let accounts = ctx.kept.get_or_default::<Batcher<Claims, Option<Account>>>();
    let account = accounts.run(ctx, claims.clone(), |ctx, all| Box::pin(find_accounts(ctx, all))).await?.ok_or(WRONG)?;
    if account.password_changed_at.is_some_and(|at| claims.issued_before(at)) {
        return Err(WRONG);
    }
    may_enter(&account)?;
    Ok(account.id)
}

async fn find_accounts(ctx: &Ctx, all: &[Claims]) -> Outcome<Vec<Option<Account>>> {
    store::contractors::find_accounts_of_tokens(&mut ctx.db.read().await?, all).await
}

/// Sets the password through a mailed link, which is used up; older tokens end. Answers whose it is.
/// Errors: `Invalid`, `NotFound`, `Conflict` (`link_used`, `link_expired`).
pub async fn set_password(ctx: &Ctx, token: &str, password: &str) -> Outcome<Id> {
    let mut fields = Fields::default();
    let password = check_password(&mut fields, "password", Some(password));
    fields.finish()?;
    auth::peek_link(ctx, &mut ctx.db.read().await?, PURPOSE, token).await?;
    // Slow on purpose, so not inside the transaction.
    let hash = ctx.passwords.hash(password).await?;
    let mut tx = ctx.begin().await?;
    let id = auth::use_link(ctx, &mut tx, PURPOSE, token).await?;
    store::contractors::update_password(&mut tx, &id, &hash, ctx.now()).await?;
    audit::record(ctx, &mut tx, &Caller::Contractor(id.clone()), "password_set", &id, json!({})).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes the own password; older tokens end, so answers a new one (decision 30, `PUT /api/contractors/password`).
/// Errors: `Invalid` when the current one is wrong or the new one is not good enough.
pub async fn change_password(ctx: &Ctx, contractor_id: &str, current: &str, new: &str) -> Outcome<String> {
    let mut fields = Fields::default();
    let new = check_password(&mut fields, "newPassword", Some(new));
    fields.finish()?;
    let account = store::contractors::find_account(&mut ctx.db.read().await?, contractor_id).await?.ok_or(WRONG)?;
    if !ctx.passwords.verify(current.to_owned(), account.password_hash).await? {
        return Err(Problem::invalid("currentPassword", "is not right"));
    }
    let hash = ctx.passwords.hash(new).await?;
    let mut tx = ctx.begin().await?;
    store::contractors::update_password(&mut tx, contractor_id, &hash, ctx.now()).await?;
    audit::record(ctx, &mut tx, &Caller::Contractor(contractor_id.into()), "password_changed", contractor_id, json!({})).await?;
    tx.commit().await?;
    auth::issue(ctx, Audience::Contractor, contractor_id, TOKEN_TTL)
}

/// Mails a link that sets a new password, if there is such an account. The answer and its time are the
/// same when there is none: a job looks.
pub async fn request_password_reset(ctx: &Ctx, email: &str) -> Outcome<()> {
    let mut fields = Fields::default();
    let email = fields.email("email", Some(email));
    fields.finish()?;
    let mut tx = ctx.begin().await?;
    platform::jobs::enqueue(ctx, &mut tx, &SendPasswordLinkJob { email }).await?;
    tx.commit().await
}

/// Makes the link and its mail, when the address is a contractor's who may sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendPasswordLinkJob {
    pub email: String,
}

impl Job for SendPasswordLinkJob {
    const KIND: &'static str = "send_password_link";

    async fn run(self, ctx: &Ctx, _job_id: &str) -> Result<(), JobError> {
        let account = store::contractors::find_account_by_email(&mut ctx.db.read().await?, &self.email).await?;
        if let Some(account) = account.filter(|account| may_enter(account).is_ok()) {
            let mut tx = ctx.begin().await?;
            let token = auth::new_link(ctx, &mut tx, PURPOSE, &account.id, RESET_TTL).await?;
            mails::password_reset(ctx, &mut tx, &account, &token).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
