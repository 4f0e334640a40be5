//! What contractors write down about their leads. The administrator reads it, and nobody else.

use chrono::{DateTime, Utc};
use kernel::Id;
use serde::{Deserialize, Serialize};

/// The most characters of a note.
pub const MAX_NOTE: usize = 2000;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct NoteView {
    pub id: Id,
    /// Whose it is.
    pub business_name: String,
    pub body: String,
    pub created_at: DateTime<Utc>,
    /// As `created_at` until it is edited.
    pub updated_at: DateTime<Utc>,
}

#[cfg(feature = "ssr")]
pub use writing::{add, delete, edit, list};

#[cfg(feature = "ssr")]
mod writing {
    use super::{MAX_NOTE, NoteView};
    use crate::contractors::own_id;
    use crate::store;
    use chrono::Duration;
    use kernel::{Fields, Id, Outcome, Permission, Problem};
    use platform::auth::Caller;
    use platform::{Ctx, Tx, events};
    use serde_json::json;

    /// The same note again within this time is the same note.
    const TWICE: Duration = Duration::minutes(1);

    /// Adds a note to one of the caller's own leads. Errors: `Invalid`; `NotFound`, also for another contractor's lead;
    /// `Forbidden` for others than contractors.
    pub async fn add(ctx: &Ctx, caller: &Caller, lead_id: &str, body: &str) -> Outcome<Id> {
        let contractor_id = own_id(caller)?;
        let body = check(body)?;
        let id = ctx.new_id();
        let mut tx = ctx.begin().await?;
        own_lead(&mut tx, &contractor_id, lead_id).await?;
        // A form that was sent twice.
        let latest = store::notes::list(&mut tx, lead_id, Some(&contractor_id)).await?.into_iter().next();
        if let Some(same) = latest.filter(|note| note.body == body && note.created_at > ctx.now() - TWICE) {
            return Ok(same.id);
        }
        store::notes::insert(&mut tx, &id, lead_id, &contractor_id, &body, ctx.now()).await?;
        tell(ctx, &mut tx, caller, "lead_note_added", lead_id, &contractor_id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes one of the caller's notes. Errors: as `add`.
    pub async fn edit(ctx: &Ctx, caller: &Caller, lead_id: &str, note_id: &str, body: &str) -> Outcome<()> {
        let contractor_id = own_id(caller)?;
        let body = check(body)?;
        let mut tx = ctx.begin().await?;
        own_lead(&mut tx, &contractor_id, lead_id).await?;
        if !store::notes::update(&mut tx, note_id, lead_id, &contractor_id, &body, ctx.now()).await? {
            return Err(Problem::not_found("Note", note_id));
        }
        tell(ctx, &mut tx, caller, "lead_note_edited", lead_id, &contractor_id).await?;
        tx.commit().await
    }

    /// Removes one of the caller's notes for good. Errors: `NotFound`; `Forbidden` for others than contractors.
    pub async fn delete(ctx: &Ctx, caller: &Caller, lead_id: &str, note_id: &str) -> Outcome<()> {
        let contractor_id = own_id(caller)?;
        let mut tx = ctx.begin().await?;
        own_lead(&mut tx, &contractor_id, lead_id).await?;
        if !store::notes::delete(&mut tx, note_id, lead_id, &contractor_id).await? {
            return Err(Problem::not_found("Note", note_id));
        }
        tell(ctx, &mut tx, caller, "lead_note_deleted", lead_id, &contractor_id).await?;
        tx.commit().await
    }

    /// The notes on a lead, the newest first: a contractor's own, or all of them for the administrator. Errors:
    /// `Forbidden` for others.
    pub async fn list(ctx: &Ctx, caller: &Caller, lead_id: &str) -> Outcome<Vec<NoteView>> {
        let contractor_id = if caller.may(Permission::View).is_ok() { None } else { Some(own_id(caller)?) };
        store::notes::list(&mut ctx.db.read().await?, lead_id, contractor_id.as_deref()).await
    }

    fn check(body: &str) -> Outcome<String> {
        let mut fields = Fields::default();
        let body = fields.text("body", Some(body), MAX_NOTE);
        fields.finish()?;
        Ok(body)
    }

    /// Locked, so that it stays theirs until the note is written.
    async fn own_lead(tx: &mut Tx, contractor_id: &str, lead_id: &str) -> Outcome<()> {
        let lead = store::leads::lock(tx, lead_id).await?.filter(|lead| lead.contractor_id.as_deref() == Some(contractor_id));
        lead.map(|_| ()).ok_or_else(|| Problem::not_found("Lead", lead_id))
    }

    async fn tell(ctx: &Ctx, tx: &mut Tx, caller: &Caller, kind: &str, lead_id: &str, contractor_id: &str) -> Outcome<()> {
        events::emit(ctx, tx, kind, lead_id, Some(contractor_id), &caller.actor(), json!({ "leadId": lead_id })).await
    }
}
