//! Filters of a list that somebody keeps under a name.

use crate::auth::Caller;
use crate::{Conn, Ctx, execute, fetch_all, fetch_optional};
use kernel::{Fields, Id, Outcome, Permission, Problem};
use serde::{Deserialize, Serialize};

/// The most views of one list that somebody keeps.
const MAX_VIEWS: usize = 20;

/// A list's filters under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct SavedView {
    pub id: Id,
    pub name: String,
    /// The address's query, without the question mark.
    pub query: String,
}

/// The caller's own views of a list, in the order in which they were saved. Errors: `Forbidden` for who has no portal.
pub async fn list(ctx: &Ctx, caller: &Caller, page: &str) -> Outcome<Vec<SavedView>> {
    let owner = owner_of(caller)?;
    list_of(&mut ctx.db.read().await?, &owner, page).await
}

/// Each contractor and each member of staff has views of their own; nobody else has any. Errors: `Forbidden`.
fn owner_of(caller: &Caller) -> Outcome<String> {
    if let Caller::Contractor(_) = caller {
        return Ok(caller.actor());
    }
    caller.may(Permission::View)?;
    Ok(match caller {
        Caller::Staff(staff) => staff.id.clone(),
        other => other.actor(),
    })
}

async fn list_of(conn: &mut Conn, owner: &str, page: &str) -> Outcome<Vec<SavedView>> {
    let sql = "select id, name, query from saved_views where owner = $1 and page = $2 order by created_at, id";
    Ok(fetch_all!(conn, SavedView, sql, owner, page)?)
}

/// Keeps a view. Errors: `Invalid` (`name`, also when there is one of that name; `query`); `Forbidden`.
pub async fn save(ctx: &Ctx, caller: &Caller, page: &str, name: &str, query: &str) -> Outcome<SavedView> {
    let owner = owner_of(caller)?;
    let mut fields = Fields::default();
    let page = fields.text("page", Some(page), 40);
    let query = fields.optional_text("query", Some(query.trim_start_matches('?')), 1000).unwrap_or_default();
    let name = fields.text("name", Some(name), 40);
    fields.finish()?;
    let mut tx = ctx.begin().await?;
    if list_of(&mut tx, &owner, &page).await?.len() >= MAX_VIEWS {
        return Err(Problem::invalid("name", format!("cannot be saved: there are {MAX_VIEWS} views already, so delete one first")));
    }
    let view = SavedView { id: ctx.new_id(), name, query };
    let inserted = execute!(
        tx,
        "insert into saved_views (id, owner, page, name, query, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (owner, page, name) do nothing",
        view.id.as_str(),
        owner,
        page,
        view.name.as_str(),
        view.query.as_str(),
        ctx.now(),
    )?;
    if inserted == 0 {
        return Err(taken());
    }
    tx.commit().await?;
    Ok(view)
}

/// Gives one of the caller's views another name. Errors: `Invalid` (`name`), `NotFound`, `Forbidden`.
pub async fn rename(ctx: &Ctx, caller: &Caller, id: &str, name: &str) -> Outcome<SavedView> {
    let owner = owner_of(caller)?;
    let mut fields = Fields::default();
    let name = fields.text("name", Some(name), 40);
    fields.finish()?;
    let mut tx = ctx.begin().await?;
    let not_found = || Problem::not_found("View", id);
    let view = fetch_optional!(tx, SavedView, "select id, name, query from saved_views where id = $1 and owner = $2", id, owner.as_str())?
        .ok_or_else(not_found)?;
    let renamed = execute!(
        tx,
        "update saved_views set name = $3 where id = $1 and owner = $2 and not exists (select 1 from saved_views o
           where o.owner = $2 and o.page = saved_views.page and o.name = $3 and o.id <> $1)",
        id,
        owner,
        name.as_str(),
    )?;
    if renamed == 0 {
        return Err(taken());
    }
    tx.commit().await?;
    Ok(SavedView { name, ..view })
}

/// Forgets one of the caller's views; answers it, so that it can be saved again. Errors: `NotFound`, `Forbidden`.
pub async fn delete(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<SavedView> {
    let owner = owner_of(caller)?;
    let mut tx = ctx.begin().await?;
    let sql = "delete from saved_views where id = $1 and owner = $2 returning id, name, query";
    let view = fetch_optional!(tx, SavedView, sql, id, owner)?.ok_or_else(|| Problem::not_found("View", id))?;
    tx.commit().await?;
    Ok(view)
}

fn taken() -> Problem {
    Problem::invalid("name", "is taken: another view has it")
}
