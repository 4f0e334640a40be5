//! Two-factor sign-in: a code of an authenticator app beside the password (TOTP), and recovery codes for who lost it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How many recovery codes there are at first.
pub const RECOVERY_CODES: usize = 10;

/// How it stands with an account's two-factor sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TwoFactor {
    Off,
    /// It waits for the app's first code. Nobody sees key and codes again after that.
    SettingUp {
        key: String,
        qr_svg: String,
        recovery_codes: Vec<String>,
    },
    On {
        since: DateTime<Utc>,
        codes_left: i64,
    },
}

#[cfg(feature = "ssr")]
pub use ssr::{cancel, confirm, get, is_on_for, reset, start, switch_off};
#[cfg(feature = "ssr")]
pub(crate) use ssr::{count_try, forget_tries, is_on, use_code, wrong_code};

#[cfg(feature = "ssr")]
mod ssr {
    use super::{RECOVERY_CODES, TwoFactor};
    use crate::sign_in::Account;
    use crate::store;
    use kernel::{Outcome, Permission, Problem};
    use platform::auth::{self, Caller};
    use platform::{Ctx, Tx, audit, limits, sealing, totp};
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    /// What is encrypted in the database.
    #[derive(Serialize, Deserialize)]
    struct Sealed {
        key: Vec<u8>,
        /// Until it is confirmed; only their hashes are kept after that.
        recovery_codes: Vec<String>,
    }

    fn open(ctx: &Ctx, account_id: &str, sealed: &str) -> Outcome<Sealed> {
        Ok(serde_json::from_str(&sealing::open(ctx, &purpose(account_id), sealed)?)?)
    }

    fn seal(ctx: &Ctx, account_id: &str, sealed: &Sealed) -> Outcome<String> {
        sealing::seal(ctx, &purpose(account_id), &serde_json::to_string(sealed)?)
    }

    fn purpose(account_id: &str) -> String {
        format!("totp:{account_id}")
    }

    /// `ABCDEFGHIJKLMNOP` → `ABCD-EFGH-IJKL-MNOP`.
    fn grouped(code: &str) -> String {
        code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    }

    /// What was typed, without spaces and dashes.
    fn plain(code: &str) -> String {
        code.chars().filter(char::is_ascii_alphanumeric).take(100).collect::<String>().to_uppercase()
    }

    /// What somebody is told whose code does not work.
    pub(crate) fn wrong_code() -> Problem {
        Problem::invalid("code", "is not right, or was used already. Wait for the next one, and look at your phone's clock.")
    }

    /// The caller's own. Errors: `Forbidden` for the administrator of the settings, as for all below.
    pub async fn get(ctx: &Ctx, caller: &Caller) -> Outcome<TwoFactor> {
        let account = Account::of(ctx, caller).await?;
        let mut conn = ctx.db.read().await?;
        let Some(row) = store::two_factor::find(&mut conn, account.id()).await? else { return Ok(TwoFactor::Off) };
        if let Some(since) = row.confirmed_at {
            let codes_left = store::two_factor::count_recovery_codes(&mut conn, account.id()).await?;
            return Ok(TwoFactor::On { since, codes_left });
        }
        let sealed = open(ctx, account.id(), &row.sealed)?;
        Ok(TwoFactor::SettingUp {
            key: grouped(&totp::base32(&sealed.key)),
            qr_svg: totp::qr_svg(&totp::address(&ctx.settings.company_name, account.email(), &sealed.key))?,
            recovery_codes: sealed.recovery_codes.iter().map(|code| grouped(code)).collect(),
        })
    }

    /// Makes a key and recovery codes, which ask nothing before `confirm`. Again: keeps what there is.
    pub async fn start(ctx: &Ctx, caller: &Caller) -> Outcome<()> {
        let account = Account::of(ctx, caller).await?;
        let recovery_codes = (0..RECOVERY_CODES).map(|_| totp::base32(&ctx.random::<10>())).collect();
        let sealed = seal(ctx, account.id(), &Sealed { key: ctx.random::<{ totp::SECRET_BYTES }>().to_vec(), recovery_codes })?;
        let mut tx = ctx.begin().await?;
        store::two_factor::insert(&mut tx, account.id(), &sealed, ctx.now()).await?;
        tx.commit().await
    }

    /// Ends a set-up that was not confirmed.
    pub async fn cancel(ctx: &Ctx, caller: &Caller) -> Outcome<()> {
        let account = Account::of(ctx, caller).await?;
        let mut tx = ctx.begin().await?;
        store::two_factor::delete_unconfirmed(&mut tx, account.id()).await?;
        tx.commit().await
    }

    /// Switches it on with the app's first code. From now on key and recovery codes are shown to nobody.
    /// Errors: `Invalid` for a wrong code, `Conflict` (`not_started`, `already_on`), `TooMany`.
    pub async fn confirm(ctx: &Ctx, caller: &Caller, code: &str) -> Outcome<()> {
        let account = Account::of(ctx, caller).await?;
        count_try(ctx, account.id()).await?;
        let mut tx = ctx.begin().await?;
        let row = store::two_factor::find(&mut tx, account.id()).await?;
        let row = row.ok_or_else(|| Problem::conflict("not_started", "The set-up was ended. Please begin anew."))?;
        let already_on = || Problem::conflict("already_on", "Two-factor sign-in is on already.");
        if row.confirmed_at.is_some() {
            return Err(already_on());
        }
        let sealed = open(ctx, account.id(), &row.sealed)?;
        let step = totp::step_of(&sealed.key, &plain(code), ctx.now()).ok_or_else(wrong_code)?;
        let hashes: Vec<String> = sealed.recovery_codes.iter().map(|code| auth::token_hash(code)).collect();
        let kept = seal(ctx, account.id(), &Sealed { recovery_codes: Vec::new(), ..sealed })?;
        if !store::two_factor::confirm(&mut tx, account.id(), &kept, ctx.now()).await? {
            return Err(already_on());
        }
        store::two_factor::use_step(&mut tx, account.id(), step).await?;
        store::two_factor::insert_recovery_codes(&mut tx, account.id(), &hashes).await?;
        audit::record(ctx, &mut tx, caller, "two_factor_on", account.id(), json!({})).await?;
        tx.commit().await?;
        forget_tries(ctx, account.id()).await
    }

    /// Switches it off. Errors: `Invalid` for a wrong password or code, `TooMany`.
    pub async fn switch_off(ctx: &Ctx, caller: &Caller, password: &str, code: &str) -> Outcome<()> {
        let account = Account::of(ctx, caller).await?;
        account.confirm_password(ctx, "password", password).await?;
        count_try(ctx, account.id()).await?;
        let mut tx = ctx.begin().await?;
        if !use_code(ctx, &mut tx, account.id(), code).await? {
            return Err(wrong_code());
        }
        store::two_factor::delete(&mut tx, account.id()).await?;
        audit::record(ctx, &mut tx, caller, "two_factor_off", account.id(), json!({})).await?;
        tx.commit().await?;
        forget_tries(ctx, account.id()).await
    }

    /// Switches off another's, who lost phone and recovery codes. Errors: `NotFound`; `Conflict` (`own_account`);
    /// `Forbidden` for others than those who look after contractors, or after the staff.
    pub async fn reset(ctx: &Ctx, caller: &Caller, account_id: &str) -> Outcome<()> {
        caller.may(Permission::View)?;
        if matches!(caller, Caller::Staff(staff) if staff.id == account_id) {
            return Err(Problem::conflict("own_account", "Switch off your own with your password and a code."));
        }
        let mut tx = ctx.begin().await?;
        let is_staff = store::staff::find_account(&mut tx, account_id).await?.is_some();
        caller.may(if is_staff { Permission::Settings } else { Permission::Contractors })?;
        if !store::two_factor::delete(&mut tx, account_id).await? {
            return Err(Problem::not_found("Two-factor sign-in", account_id));
        }
        audit::record(ctx, &mut tx, caller, "two_factor_reset", account_id, json!({})).await?;
        tx.commit().await
    }

    /// Whether another's is on. Errors: `Forbidden` for others than the admin portal's.
    pub async fn is_on_for(ctx: &Ctx, caller: &Caller, account_id: &str) -> Outcome<bool> {
        caller.may(Permission::View)?;
        is_on(ctx, account_id).await
    }

    pub(crate) async fn is_on(ctx: &Ctx, account_id: &str) -> Outcome<bool> {
        let row = store::two_factor::find(&mut ctx.db.read().await?, account_id).await?;
        Ok(row.is_some_and(|row| row.confirmed_at.is_some()))
    }

    /// Uses a code of the app or a recovery code, each of which works once; `false` when it is neither.
    pub(crate) async fn use_code(ctx: &Ctx, tx: &mut Tx, account_id: &str, code: &str) -> Outcome<bool> {
        let code = plain(code);
        if code.len() > 6 {
            // Also works when the key cannot be read.
            return store::two_factor::use_recovery_code(tx, account_id, &auth::token_hash(&code)).await;
        }
        let row = store::two_factor::find(tx, account_id).await?.filter(|row| row.confirmed_at.is_some());
        let Some(row) = row else { return Ok(false) };
        match totp::step_of(&open(ctx, account_id, &row.sealed)?.key, &code, ctx.now()) {
            Some(step) => store::two_factor::use_step(tx, account_id, step).await,
            None => Ok(false),
        }
    }

    /// Counts a try before the code is looked at. Errors: `TooMany` after ten that failed in a quarter of an hour.
    pub(crate) async fn count_try(ctx: &Ctx, account_id: &str) -> Outcome<()> {
        limits::try_login(ctx, &purpose(account_id)).await
    }

    pub(crate) async fn forget_tries(ctx: &Ctx, account_id: &str) -> Outcome<()> {
        limits::login_succeeded(ctx, &purpose(account_id)).await
    }
}
