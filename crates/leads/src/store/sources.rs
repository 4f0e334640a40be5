//! The table `lead_sources`.

use crate::sources::SourceSort;
use crate::views::LeadSourceView;
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Order, Outcome, Page};
use platform::{Conn, Where, execute, fetch_all_where, fetch_optional, fetch_scalar};

/// A source as its requests need it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    pub id: Id,
    pub name: String,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new source; `false` when one with this name has a valid key.
pub async fn insert(conn: &mut Conn, id: &str, name: &str, key_hash: &str, key_prefix: &str, now: DateTime<Utc>) -> Outcome<bool> {
    let sql = "insert into lead_sources (id, name, key_hash, key_prefix, created_at) values ($1, $2, $3, $4, $5)
               on conflict (name) where revoked_at is null do nothing";
    Ok(execute!(conn, sql, id, name, key_hash, key_prefix, now)? == 1)
}

/// The source whose key this is, unless it was revoked.
pub async fn find_by_key(conn: &mut Conn, key_hash: &str) -> Outcome<Option<Known>> {
    let sql = "select id, name, last_used_at from lead_sources where key_hash = $1 and revoked_at is null";
    Ok(fetch_optional!(conn, Known, sql, key_hash)?)
}

/// Notes that the key was used.
pub async fn touch(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Outcome<()> {
    execute!(conn, "update lead_sources set last_used_at = $2 where id = $1", id, now)?;
    Ok(())
}

/// Ends a key. `None`: there is no such source. `Some(false)`: it had ended before.
pub async fn revoke(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Outcome<Option<bool>> {
    if execute!(conn, "update lead_sources set revoked_at = $2 where id = $1 and revoked_at is null", id, now)? == 1 {
        return Ok(Some(true));
    }
    Ok(is_known(conn, id).await?.then_some(false))
}

/// Whether there is, or was, such a source.
pub async fn is_known(conn: &mut Conn, id: &str) -> Outcome<bool> {
    Ok(fetch_optional!(conn, (Id,), "select id from lead_sources where id = $1", id)?.is_some())
}

/// Puts another key in a key's place; answers the source's name. `None`: there is no such source, or it is revoked.
pub async fn replace_key(conn: &mut Conn, id: &str, key_hash: &str, key_prefix: &str) -> Outcome<Option<String>> {
    let sql = "update lead_sources set key_hash = $2, key_prefix = $3 where id = $1 and revoked_at is null returning name";
    Ok(fetch_optional!(conn, (String,), sql, id, key_hash, key_prefix)?.map(|(name,)| name))
}

/// A page of sources with what became of their leads.
fn page_query(only: &mut Where, order: Order<SourceSort>, page: Page) -> String {
    let (sorted, page) = (order_of(order), only.page(page));
    // Where the leads do not decide about the order, those of the page alone are counted.
    let counts_all = matches!(order.by, SourceSort::Leads | SourceSort::Qualified | SourceSort::Revenue);
    let (within, after) = if counts_all { (String::new(), page) } else { (format!("order by {sorted}{page}"), String::new()) };
    format!(
        "select s.id, s.name, s.key_prefix, s.created_at, s.revoked_at, s.last_used_at, count(l.id) as leads,
           count(case when l.status <> 'pending_assignment' then 1 end) as assigned,
           count(case when l.status = 'qualified' then 1 end) as qualified,
           cast(coalesce(sum(b.amount_cents), 0) as bigint) as revenue
         from (select s.id, s.name, s.key_prefix, s.created_at, s.revoked_at, s.last_used_at from lead_sources s {within}) s
         left join leads l on l.source_id = s.id
         left join billing_records b on b.lead_id = l.id
         group by s.id, s.name, s.key_prefix, s.created_at, s.revoked_at, s.last_used_at
         order by {sorted}{after}"
    )
}

/// The order in SQL: partners are few, so only the usual one has an index.
fn order_of(order: Order<SourceSort>) -> &'static str {
    match (order.by, order.ascending) {
        (SourceSort::Created, true) => "s.created_at, s.id",
        (SourceSort::Created, false) => "s.created_at desc, s.id desc",
        (SourceSort::Name, true) => "lower(s.name), s.id",
        (SourceSort::Name, false) => "lower(s.name) desc, s.id desc",
        (SourceSort::Used, true) => "s.last_used_at nulls first, s.id",
        (SourceSort::Used, false) => "s.last_used_at desc nulls last, s.id desc",
        (SourceSort::Leads, true) => "leads, s.id",
        (SourceSort::Leads, false) => "leads desc, s.id desc",
        (SourceSort::Qualified, true) => "qualified, s.id",
        (SourceSort::Qualified, false) => "qualified desc, s.id desc",
        (SourceSort::Revenue, true) => "revenue, s.id",
        (SourceSort::Revenue, false) => "revenue desc, s.id desc",
    }
}

/// The sources with what became of their leads.
pub async fn list(conn: &mut Conn, order: Order<SourceSort>, page: Page) -> Outcome<Listed<LeadSourceView>> {
    let total = fetch_scalar!(conn, i64, "select count(*) from lead_sources")?;
    let mut only = Where::default();
    let sql = page_query(&mut only, order, page);
    Ok(Listed { items: fetch_all_where!(conn, LeadSourceView, sql, &only.values)?, total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::testing;

    #[tokio::test]
    async fn totals_come_from_the_index_in_every_order() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        for order in SourceSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
            let mut only = Where::default();
            let sql = page_query(&mut only, order, Page { limit: 10, offset: 0 });
            let sql = format!("explain query plan {sql}");
            let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
            let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
            assert!(steps.iter().any(|s| s.contains("leads_by_source")), "{order:?}: {steps:#?}");
            assert!(!steps.iter().any(|s| s.starts_with("SCAN l") && !s.contains("lead_sources")), "{order:?}: {steps:#?}");
        }
    }
}
