//! Lead sources: partners who submit leads with a key of their own, and ask what became of them.

use crate::store;
use crate::views::{LeadSourceView, LeadView};
use chrono::Duration;
use kernel::{Fields, Id, Listed, Order, Outcome, Page, Permission, Problem};
use platform::auth::{self, Caller};
use platform::{Ctx, audit};
use serde_json::json;

pub use store::sources::Known as LeadSource;

/// What every key begins with, so that people and secret scanners know one.
pub const KEY_START: &str = "pl_";
/// How many of a key's letters are kept to tell keys apart.
const SHOWN: usize = 11;
/// `last_used_at` is as exact as this, so that few requests write it.
const COARSE: Duration = Duration::hours(1);

kernel::text_enum! {
    /// What the list of lead sources is sorted by.
    pub enum SourceSort {
        Created => "created" "Made",
        Name => "name" "Partner",
        Used => "used" "Last used",
        Leads => "leads" "Leads",
        Qualified => "qualified" "Qualified",
        Revenue => "revenue" "Revenue",
    }
}

/// A source that was just made, with the only copy of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLeadSource {
    pub id: Id,
    pub name: String,
    pub key: String,
    pub key_prefix: String,
}

/// Makes a source and its key. Errors: `Invalid`; `Conflict` (`name_taken`); `Forbidden` for others than admins.
pub async fn create(ctx: &Ctx, caller: &Caller, name: Option<&str>) -> Outcome<NewLeadSource> {
    caller.may(Permission::Settings)?;
    let mut fields = Fields::default();
    let name = fields.text("name", name, 100);
    fields.finish()?;
    let id = ctx.new_id();
    let (key, key_prefix) = new_key(ctx);
    let mut tx = ctx.begin().await?;
    if !store::sources::insert(&mut tx, &id, &name, &auth::token_hash(&key), &key_prefix, ctx.now()).await? {
        return Err(Problem::conflict("name_taken", "There is a lead source with this name already"));
    }
    audit::record(ctx, &mut tx, caller, "lead_source_created", &id, json!({ "name": name })).await?;
    tx.commit().await?;
    Ok(NewLeadSource { id, name, key, key_prefix })
}

/// A key, and the letters of it that are kept.
fn new_key(ctx: &Ctx) -> (String, String) {
    let key = format!("{KEY_START}{}", ctx.new_secret());
    let key_prefix = key.chars().take(SHOWN).collect();
    (key, key_prefix)
}

/// Gives a source another key; the old one ends at once. Errors: `NotFound`; `Conflict` (`source_revoked`);
/// `Forbidden` for others than admins.
pub async fn rotate(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<NewLeadSource> {
    caller.may(Permission::Settings)?;
    let (key, key_prefix) = new_key(ctx);
    let mut tx = ctx.begin().await?;
    let Some(name) = store::sources::replace_key(&mut tx, id, &auth::token_hash(&key), &key_prefix).await? else {
        return match store::sources::is_known(&mut tx, id).await? {
            true => Err(Problem::conflict("source_revoked", "This lead source is closed. Make a new one instead.")),
            false => Err(Problem::not_found("Lead source", id)),
        };
    };
    audit::record(ctx, &mut tx, caller, "lead_source_key_replaced", id, json!({ "name": name })).await?;
    tx.commit().await?;
    Ok(NewLeadSource { id: id.to_owned(), name, key, key_prefix })
}

/// The sources with what became of their leads. Errors: `Forbidden` for others than admins.
pub async fn list(ctx: &Ctx, caller: &Caller, order: Order<SourceSort>, page: Page) -> Outcome<Listed<LeadSourceView>> {
    caller.may(Permission::View)?;
    store::sources::list(&mut ctx.db.read().await?, order, page).await
}

/// Ends a source's key for ever; its leads stay. Again: changes nothing. Errors: `NotFound`; `Forbidden` for others than admins.
pub async fn revoke(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<()> {
    caller.may(Permission::Settings)?;
    let mut tx = ctx.begin().await?;
    let changed = store::sources::revoke(&mut tx, id, ctx.now()).await?.ok_or_else(|| Problem::not_found("Lead source", id))?;
    if changed {
        audit::record(ctx, &mut tx, caller, "lead_source_revoked", id, json!({})).await?;
    }
    tx.commit().await
}

/// The source whose key this is. Errors: `Unauthenticated` for an unknown or revoked key.
pub async fn authenticate(ctx: &Ctx, key: &str) -> Outcome<LeadSource> {
    let found = store::sources::find_by_key(&mut ctx.db.read().await?, &auth::token_hash(key)).await?;
    let source = found.ok_or(Problem::Unauthenticated("Invalid authentication credentials"))?;
    let now = ctx.now();
    if source.last_used_at.is_none_or(|at| at + COARSE <= now) {
        let mut tx = ctx.begin().await?;
        store::sources::touch(&mut tx, &source.id, now).await?;
        tx.commit().await?;
    }
    Ok(source)
}

/// A lead that this source submitted. Errors: `NotFound`, also for others' leads.
pub async fn find_lead(ctx: &Ctx, source_id: &str, lead_id: &str) -> Outcome<LeadView> {
    let found = store::leads::find_of_source(&mut ctx.db.read().await?, source_id, lead_id).await?;
    found.ok_or_else(|| Problem::not_found("Lead", lead_id))
}
