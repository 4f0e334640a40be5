//! Signing in, for contractors and staff: passwords, tokens, the second step (seed 000, Contractor Login; decisions 7, 14
//! and 30).

use crate::contractor::{ContractorStatus, check_password};
use crate::store::contractors::TokenAccount;
use crate::views::ContractorView;
use crate::{mails, store, two_factor};
use chrono::{DateTime, Duration, Utc};
use kernel::{Fields, Id, Outcome, Problem};
use platform::auth::{self, Audience, Caller, Claims};
use platform::batch::Batcher;
use platform::sessions::{self, Device};
use platform::{Ctx, Job, JobError, Running, Tx, audit, limits, push};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long an invitation's or the onboarding mail's link is good.
pub const ONBOARDING_TTL: Duration = Duration::days(7);
const RESET_TTL: Duration = Duration::hours(1);
/// How long after the password the code may come.
const SECOND_STEP_TTL: Duration = Duration::minutes(10);
/// The purpose of contractors' links; an account has one open set of them.
pub(crate) const PURPOSE: &str = "contractor_password";
/// The purpose of links for staff.
pub(crate) const STAFF_PURPOSE: &str = "staff_password";
/// The administrator of the settings, as tokens and sessions name them (decision 14).
pub const ADMINISTRATOR: &str = "admin";

const WRONG: Problem = Problem::Unauthenticated("Invalid authentication credentials");
/// What a program is told that sends no code for an account with two-factor sign-in.
pub const CODE_REQUIRED: &str = "Two-factor code required";
/// What a program is told that sends a wrong code.
pub const CODE_WRONG: &str = "Two-factor code is wrong";

/// Somebody who signs in with an address and a password.
pub(crate) enum Account {
    Contractor(store::contractors::Account),
    Staff(store::staff::Account),
}

impl Account {
    async fn of_email(ctx: &Ctx, email: &str) -> Outcome<Option<Account>> {
        let mut conn = ctx.db.read().await?;
        if let Some(staff) = store::staff::find_by_email(&mut conn, email).await? {
            return Ok(Some(Account::Staff(staff)));
        }
        Ok(store::contractors::find_account_by_email(&mut conn, email).await?.map(Account::Contractor))
    }

    async fn of_id(ctx: &Ctx, id: &str) -> Outcome<Option<Account>> {
        let mut conn = ctx.db.read().await?;
        if let Some(staff) = store::staff::find_account(&mut conn, id).await? {
            return Ok(Some(Account::Staff(staff)));
        }
        Ok(store::contractors::find_account(&mut conn, id).await?.map(Account::Contractor))
    }

    /// The caller's own. Errors: `Forbidden` for the administrator of the settings, whose password is a setting.
    pub async fn of(ctx: &Ctx, caller: &Caller) -> Outcome<Account> {
        let mut conn = ctx.db.read().await?;
        let found = match caller {
            Caller::Contractor(id) => store::contractors::find_account(&mut conn, id).await?.map(Account::Contractor),
            Caller::Staff(staff) => store::staff::find_account(&mut conn, &staff.id).await?.map(Account::Staff),
            Caller::Admin { .. } => {
                return Err(Problem::Forbidden("This sign-in is part of the server's settings, and is changed there."));
            }
            _ => return Err(Problem::Forbidden("Access denied")),
        };
        found.ok_or(WRONG)
    }

    pub fn id(&self) -> &str {
        match self {
            Account::Contractor(account) => &account.id,
            Account::Staff(account) => &account.id,
        }
    }

    pub fn email(&self) -> &str {
        match self {
            Account::Contractor(account) => &account.email,
            Account::Staff(account) => &account.email,
        }
    }

    pub fn caller(&self) -> Caller {
        match self {
            Account::Contractor(account) => Caller::Contractor(account.id.clone()),
            Account::Staff(account) => Caller::Staff(account.staff()),
        }
    }

    fn password_hash(&self) -> Option<String> {
        match self {
            Account::Contractor(account) => account.password_hash.clone(),
            Account::Staff(account) => account.password_hash.clone(),
        }
    }

    fn changed_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Account::Contractor(account) => account.password_changed_at,
            Account::Staff(account) => account.password_changed_at,
        }
    }

    fn audience(&self) -> Audience {
        match self {
            Account::Contractor(_) => Audience::Contractor,
            Account::Staff(_) => Audience::Admin,
        }
    }

    fn purpose(&self) -> &'static str {
        match self {
            Account::Contractor(_) => PURPOSE,
            Account::Staff(_) => STAFF_PURPOSE,
        }
    }

    fn may_enter(&self) -> Outcome<()> {
        match self {
            Account::Contractor(account) => may_enter(account),
            Account::Staff(account) if account.deactivated_at.is_some() => {
                Err(Problem::Forbidden("Your account has been switched off. Please ask an owner."))
            }
            Account::Staff(_) => Ok(()),
        }
    }

    /// Errors: `Invalid` under `field` when it is not the password; `TooMany`.
    pub async fn confirm_password(&self, ctx: &Ctx, field: &'static str, password: &str) -> Outcome<()> {
        limits::try_login(ctx, self.email()).await?;
        if !ctx.passwords.verify(password.to_owned(), self.password_hash()).await? {
            return Err(Problem::invalid(field, "is not right"));
        }
        limits::login_succeeded(ctx, self.email()).await
    }

    async fn update_password(&self, ctx: &Ctx, tx: &mut Tx, hash: &str) -> Outcome<()> {
        match self {
            Account::Contractor(account) => {
                store::contractors::update_password(tx, &account.id, hash, ctx.now()).await?;
                push::unsubscribe_all(tx, &account.id).await?;
            }
            Account::Staff(account) => store::staff::update_password(tx, &account.id, hash, ctx.now()).await?,
        }
        // Their tokens are older than the change; this also takes them out of the list.
        sessions::end_others(tx, self.id(), None).await.map(|_| ())
    }

    /// A token, and the session that goes with it.
    async fn enter(&self, ctx: &Ctx, tx: &mut Tx, device: &Device) -> Outcome<String> {
        sessions::begin(ctx, tx, self.audience(), self.id(), self.changed_at(), device).await
    }
}

fn may_enter(account: &store::contractors::Account) -> Outcome<()> {
    if account.status == ContractorStatus::Suspended {
        return Err(Problem::Forbidden("Your account is suspended. Please contact support."));
    }
    if !account.is_approved {
        return Err(Problem::Forbidden("Your account is waiting for approval. We will write to you when it is ready."));
    }
    Ok(())
}

/// What a right password leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// In: the portal and its token.
    In(Audience, String),
    /// To the second step, with a token that is good for nothing else.
    CodeNeeded(String),
}

/// Signs in whoever it is: the administrator of the settings, a member of staff or a contractor. An unknown name takes
/// the time of a wrong password. Errors: `Unauthenticated`; `Forbidden` when the password is right but the account may
/// not be used; `TooMany` after ten wrong passwords in a quarter of an hour, from wherever they came.
pub async fn sign_in(ctx: &Ctx, name: &str, password: &str, device: &Device) -> Outcome<Entered> {
    let name = name.trim().to_lowercase();
    if name == ADMINISTRATOR || name == ctx.settings.admin_email {
        limits::try_login(ctx, ADMINISTRATOR).await?;
        if !ctx.settings.admin_password.matches(password) {
            return Err(WRONG);
        }
        limits::login_succeeded(ctx, ADMINISTRATOR).await?;
        let mut tx = ctx.begin().await?;
        let token = sessions::begin(ctx, &mut tx, Audience::Admin, ADMINISTRATOR, None, device).await?;
        tx.commit().await?;
        return Ok(Entered::In(Audience::Admin, token));
    }
    let found = Account::of_email(ctx, &name).await?;
    let account = with_password(ctx, &name, found, password).await?;
    if two_factor::is_on(ctx, account.id()).await? {
        let token = auth::issue_after(ctx, Audience::SecondStep, account.id(), SECOND_STEP_TTL, account.changed_at())?;
        return Ok(Entered::CodeNeeded(token));
    }
    let mut tx = ctx.begin().await?;
    let token = account.enter(ctx, &mut tx, device).await?;
    tx.commit().await?;
    Ok(Entered::In(account.audience(), token))
}

/// The second step: the code of the authenticator app, or a recovery code. The step's token works once. Errors:
/// `Unauthenticated` when the step has expired, `Invalid` for a wrong or used code, `TooMany`.
pub async fn second_step(ctx: &Ctx, step: &str, code: &str, device: &Device) -> Outcome<(Audience, String)> {
    let claims = auth::authenticate(ctx, step, Audience::SecondStep).await?;
    let account = Account::of_id(ctx, &claims.sub).await?.ok_or(WRONG)?;
    if account.changed_at().is_some_and(|at| claims.issued_before(at)) {
        return Err(WRONG);
    }
    account.may_enter()?;
    two_factor::count_try(ctx, account.id()).await?;
    let mut tx = ctx.begin().await?;
    if !two_factor::use_code(ctx, &mut tx, account.id(), code).await? {
        return Err(two_factor::wrong_code());
    }
    auth::revoke_in(&mut tx, &claims.jti, ctx.now() + SECOND_STEP_TTL).await?;
    let token = account.enter(ctx, &mut tx, device).await?;
    tx.commit().await?;
    two_factor::forget_tries(ctx, account.id()).await?;
    Ok((account.audience(), token))
}

/// Signs a contractor in with one call (seed 000, Contractor Login): the account and a token. With two-factor sign-in the
/// code comes along. Errors: as `sign_in`; `Unauthenticated` with [`CODE_REQUIRED`] or [`CODE_WRONG`].
pub async fn login(ctx: &Ctx, email: &str, password: &str, code: Option<&str>, device: &Device) -> Outcome<(ContractorView, String)> {
    let email = email.trim().to_lowercase();
    let found = store::contractors::find_account_by_email(&mut ctx.db.read().await?, &email).await?;
    let account = with_password(ctx, &email, found.map(Account::Contractor), password).await?;
    let asks_code = two_factor::is_on(ctx, account.id()).await?;
    let code = match code {
        None if asks_code => return Err(Problem::Unauthenticated(CODE_REQUIRED)),
        code => code.filter(|_| asks_code),
    };
    if code.is_some() {
        two_factor::count_try(ctx, account.id()).await?;
    }
    let mut tx = ctx.begin().await?;
    if let Some(code) = code
        && !two_factor::use_code(ctx, &mut tx, account.id(), code).await?
    {
        return Err(Problem::Unauthenticated(CODE_WRONG));
    }
    let token = account.enter(ctx, &mut tx, device).await?;
    let view = store::contractors::find(&mut tx, account.id()).await?.ok_or(WRONG)?;
    tx.commit().await?;
    if code.is_some() {
        two_factor::forget_tries(ctx, account.id()).await?;
    }
    Ok((view, token))
}

/// The account, if the password is its own and it may be used.
async fn with_password(ctx: &Ctx, name: &str, account: Option<Account>, password: &str) -> Outcome<Account> {
    limits::try_login(ctx, name).await?;
    let hash = account.as_ref().and_then(Account::password_hash);
    let right = ctx.passwords.verify(password.to_owned(), hash).await?;
    let account = account.filter(|_| right).ok_or(WRONG)?;
    limits::login_succeeded(ctx, name).await?;
    account.may_enter()?;
    Ok(account)
}

/// The contractor whose token this is. Errors: `Unauthenticated` (also when it was signed out or the password changed since),
/// `Forbidden` (another portal's token, suspended).
pub async fn authenticate(ctx: &Ctx, token: &str) -> Outcome<ContractorView> {
    let id = authenticate_id(ctx, token).await?;
    store::contractors::find(&mut ctx.db.read().await?, &id).await?.ok_or(WRONG)
}

/// As `authenticate`, for those who need only the id: one small query, on Postgres shared by those who ask at once.
pub async fn authenticate_id(ctx: &Ctx, token: &str) -> Outcome<Id> {
    let claims = auth::verify(ctx, token, Audience::Contractor)?;
    let found = if let Some(near) = ctx.db.near() {
        store::contractors::find_account_of_token(near, &claims)?
    } else {
        let accounts = ctx.kept.get_or_default::<Batcher<Claims, Option<TokenAccount>>>();
        accounts.run(ctx, claims.clone(), |ctx, all| Box::pin(find_accounts(ctx, all))).await?
    };
    let found = found.ok_or(WRONG)?;
    if found.account.password_changed_at.is_some_and(|at| claims.issued_before(at)) {
        return Err(WRONG);
    }
    may_enter(&found.account)?;
    sessions::seen(ctx, &claims.jti, found.session_seen_at).await;
    Ok(found.account.id)
}

/// Who of the admin portal's token this is: the administrator of the settings or a member of staff, with the role of now.
/// One small query. Errors: as `authenticate`.
pub async fn authenticate_admin(ctx: &Ctx, token: &str) -> Outcome<Caller> {
    let claims = auth::verify(ctx, token, Audience::Admin)?;
    if claims.sub == ADMINISTRATOR {
        auth::authenticate(ctx, token, Audience::Admin).await?;
        return Ok(Caller::Admin { name: ADMINISTRATOR.into() });
    }
    let found = store::staff::find_account_of_token(&mut ctx.db.read().await?, &claims).await?.ok_or(WRONG)?;
    let account = Account::Staff(found.account);
    if account.changed_at().is_some_and(|at| claims.issued_before(at)) {
        return Err(WRONG);
    }
    account.may_enter()?;
    sessions::seen(ctx, &claims.jti, found.session_seen_at).await;
    Ok(account.caller())
}

/// Whoever's token this is. Errors: as `authenticate`.
pub async fn identify(ctx: &Ctx, token: &str) -> Outcome<Caller> {
    match auth::read(ctx, token)?.aud {
        Audience::Contractor => authenticate_id(ctx, token).await.map(Caller::Contractor),
        _ => authenticate_admin(ctx, token).await,
    }
}

async fn find_accounts(ctx: &Ctx, all: &[Claims]) -> Outcome<Vec<Option<TokenAccount>>> {
    store::contractors::find_accounts_of_tokens(&mut ctx.db.read().await?, all).await
}

/// Sets the password through a mailed link, which is used up; older tokens end. Answers whose it is.
/// Errors: `Invalid`, `NotFound`, `Conflict` (`link_used`, `link_expired`).
pub async fn set_password(ctx: &Ctx, token: &str, password: &str) -> Outcome<Id> {
    let mut fields = Fields::default();
    let password = check_password(&mut fields, "password", Some(password));
    fields.finish()?;
    let (purpose, id) = purpose_of_link(ctx, token).await?;
    let account = Account::of_id(ctx, &id).await?.ok_or(WRONG)?;
    // Slow on purpose, so not inside the transaction.
    let hash = ctx.passwords.hash(password).await?;
    let mut tx = ctx.begin().await?;
    auth::use_link(ctx, &mut tx, purpose, token).await?;
    account.update_password(ctx, &mut tx, &hash).await?;
    audit::record(ctx, &mut tx, &account.caller(), "password_set", &id, json!({})).await?;
    tx.commit().await?;
    Ok(id)
}

/// What an open link is for, and whose it is.
async fn purpose_of_link(ctx: &Ctx, token: &str) -> Outcome<(&'static str, Id)> {
    let mut conn = ctx.db.read().await?;
    match auth::peek_link(ctx, &mut conn, PURPOSE, token).await {
        Err(Problem::NotFound { .. }) => Ok((STAFF_PURPOSE, auth::peek_link(ctx, &mut conn, STAFF_PURPOSE, token).await?)),
        other => Ok((PURPOSE, other?)),
    }
}

/// Changes the own password; older tokens end, so answers a new one (decision 30, `PUT /api/contractors/password`).
/// Errors: `Invalid` when the current one is wrong or the new one is not good enough; `TooMany`.
pub async fn change_password(ctx: &Ctx, caller: &Caller, current: &str, new: &str, device: &Device) -> Outcome<String> {
    let mut fields = Fields::default();
    let new = check_password(&mut fields, "newPassword", Some(new));
    fields.finish()?;
    let account = Account::of(ctx, caller).await?;
    account.confirm_password(ctx, "currentPassword", current).await?;
    let hash = ctx.passwords.hash(new).await?;
    let mut tx = ctx.begin().await?;
    account.update_password(ctx, &mut tx, &hash).await?;
    audit::record(ctx, &mut tx, caller, "password_changed", account.id(), json!({})).await?;
    let token = account.enter(ctx, &mut tx, device).await?;
    tx.commit().await?;
    Ok(token)
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

/// Makes the link and its mail, when the address is of somebody who may sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendPasswordLinkJob {
    pub email: String,
}

impl Job for SendPasswordLinkJob {
    const KIND: &'static str = "send_password_link";

    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        let account = Account::of_email(ctx, &self.email).await?;
        if let Some(account) = account.filter(|account| account.may_enter().is_ok()) {
            let mut tx = ctx.begin().await?;
            let token = auth::new_link(ctx, &mut tx, account.purpose(), account.id(), RESET_TTL).await?;
            let contractor_id = matches!(account, Account::Contractor(_)).then(|| account.id());
            mails::password_reset(ctx, &mut tx, account.email(), contractor_id, &token).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
