//! The staff of the admin portal: people with an address, a password and a role, beside the administrator of the settings,
//! who is always an owner and so can never be locked out.

use chrono::{DateTime, Utc};
use kernel::{Id, StaffRole};
use serde::{Deserialize, Serialize};

/// A member of staff, as the page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct StaffView {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub role: StaffRole,
    /// They have used the link of their invitation.
    pub has_password: bool,
    pub is_active: bool,
    pub has_two_factor: bool,
    /// When one of their sessions of today was last used.
    pub seen_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Somebody to invite, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewStaff {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<String>,
}

kernel::text_enum! {
    /// What the list of the staff is sorted by.
    pub enum StaffSort {
        Name => "name" "Name",
        Role => "role" "Role",
        Seen => "seen" "Last seen",
    }
}

#[cfg(feature = "ssr")]
pub use ssr::{deactivate, get, invite, list, reactivate, send_invitation, set_role};

#[cfg(feature = "ssr")]
mod ssr {
    use super::{NewStaff, StaffSort, StaffView};
    use crate::sign_in::{ONBOARDING_TTL, STAFF_PURPOSE};
    use crate::store::staff::Account;
    use crate::{mails, store};
    use kernel::{Fields, Listed, Order, Outcome, Page, Permission, Problem, StaffRole};
    use platform::auth::{self, Caller, Staff};
    use platform::{Ctx, Tx, audit, sessions};
    use serde_json::json;

    /// The staff; unless an order is asked for, those who may sign in first, the newest first. Errors: `Forbidden` for others than
    /// owners, as for all below.
    pub async fn list(ctx: &Ctx, caller: &Caller, order: Option<Order<StaffSort>>, page: Page) -> Outcome<Listed<StaffView>> {
        caller.may(Permission::Settings)?;
        store::staff::list(&mut ctx.db.read().await?, order, page).await
    }

    /// One of the staff. Errors: `NotFound`.
    pub async fn get(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<StaffView> {
        caller.may(Permission::Settings)?;
        let found = store::staff::find(&mut ctx.db.read().await?, id).await?;
        found.ok_or_else(|| Problem::not_found("Member of staff", id))
    }

    /// Adds somebody and mails them a link to choose a password. Errors: `Invalid`; `Conflict` (`email_taken`).
    pub async fn invite(ctx: &Ctx, caller: &Caller, new: &NewStaff) -> Outcome<StaffView> {
        caller.may(Permission::Settings)?;
        let mut fields = Fields::default();
        let name = fields.text("name", new.name.as_deref(), 100);
        let email = fields.email("email", new.email.as_deref());
        let role = fields.choice::<StaffRole>("role", new.role.as_deref());
        fields.finish()?;
        let role = role.ok_or_else(|| Problem::invalid("role", "is required"))?;
        let staff = Staff { id: ctx.new_id(), name, email, role };
        let mut tx = ctx.begin().await?;
        if staff.email == ctx.settings.admin_email || !store::staff::insert(&mut tx, &staff, ctx.now()).await? {
            return Err(Problem::conflict("email_taken", "There is an account with this e-mail address already"));
        }
        mail_link(ctx, &mut tx, caller, &staff).await?;
        changed(ctx, &mut tx, caller, "staff_invited", &staff).await?;
        finish(tx, &staff.id).await
    }

    /// Mails the link of the invitation again, to somebody who has not used it. Errors: `NotFound`; `Conflict` (`has_password`).
    pub async fn send_invitation(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<StaffView> {
        let (mut tx, account) = begin(ctx, caller, id).await?;
        if account.password_hash.is_some() || account.deactivated_at.is_some() {
            let message = format!("{} has chosen a password already, or may not sign in.", account.name);
            return Err(Problem::conflict("has_password", message));
        }
        mail_link(ctx, &mut tx, caller, &account.staff()).await?;
        finish(tx, id).await
    }

    /// Gives somebody another role, from their next click on. Errors: `NotFound`; `Conflict` (`own_account`).
    pub async fn set_role(ctx: &Ctx, caller: &Caller, id: &str, role: StaffRole) -> Outcome<StaffView> {
        let (mut tx, account) = begin(ctx, caller, id).await?;
        if account.role != role {
            not_oneself(caller, id)?;
            store::staff::update_role(&mut tx, id, role).await?;
            changed(ctx, &mut tx, caller, "staff_role_changed", &Staff { role, ..account.staff() }).await?;
        }
        finish(tx, id).await
    }

    /// Ends somebody's access at once. Errors: as `set_role`.
    pub async fn deactivate(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<StaffView> {
        let (mut tx, account) = begin(ctx, caller, id).await?;
        if account.deactivated_at.is_none() {
            not_oneself(caller, id)?;
            store::staff::update_deactivated(&mut tx, id, Some(ctx.now())).await?;
            sessions::end_others(&mut tx, id, None).await?;
            changed(ctx, &mut tx, caller, "staff_deactivated", &account.staff()).await?;
        }
        finish(tx, id).await
    }

    /// Gives the access back. Errors: `NotFound`.
    pub async fn reactivate(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<StaffView> {
        let (mut tx, account) = begin(ctx, caller, id).await?;
        if account.deactivated_at.is_some() {
            store::staff::update_deactivated(&mut tx, id, None).await?;
            changed(ctx, &mut tx, caller, "staff_reactivated", &account.staff()).await?;
        }
        finish(tx, id).await
    }

    async fn begin(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<(Tx, Account)> {
        caller.may(Permission::Settings)?;
        let mut tx = ctx.begin().await?;
        let account = store::staff::find_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Member of staff", id))?;
        Ok((tx, account))
    }

    async fn finish(mut tx: Tx, id: &str) -> Outcome<StaffView> {
        let view = store::staff::find(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Member of staff", id))?;
        tx.commit().await?;
        Ok(view)
    }

    /// An owner who is alone cannot lock themselves out.
    fn not_oneself(caller: &Caller, id: &str) -> Outcome<()> {
        match caller {
            Caller::Staff(staff) if staff.id == id => {
                Err(Problem::conflict("own_account", "You cannot change your own role or access. Another owner can."))
            }
            _ => Ok(()),
        }
    }

    async fn mail_link(ctx: &Ctx, tx: &mut Tx, caller: &Caller, staff: &Staff) -> Outcome<()> {
        let token = auth::new_link(ctx, tx, STAFF_PURPOSE, &staff.id, ONBOARDING_TTL).await?;
        let by = match caller {
            Caller::Staff(by) => by.name.as_str(),
            _ => "The administrator",
        };
        mails::staff_invited(ctx, tx, staff, by, &token).await
    }

    async fn changed(ctx: &Ctx, tx: &mut Tx, caller: &Caller, action: &str, staff: &Staff) -> Outcome<()> {
        let detail = json!({ "name": staff.name, "email": staff.email, "role": staff.role });
        audit::record(ctx, tx, caller, action, &staff.id, detail).await
    }
}
