//! The table `routing_decisions`.

use crate::decisions::{Considered, Decision, Occasion, Rule, Weighed};
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use platform::{Conn, execute, fetch_all, insert_rows};
use sqlx::types::Json;

/// A new decision.
#[derive(Debug)]
pub struct NewDecision<'a> {
    pub id: Id,
    pub lead_id: &'a str,
    pub occasion: Occasion,
    pub actor: &'a str,
    pub reason: Option<&'a str>,
    pub weighed: &'a Weighed,
    pub at: DateTime<Utc>,
}

/// Keeps decisions, all at once.
pub async fn insert(conn: &mut Conn, rows: &[NewDecision<'_>]) -> Outcome<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "insert into routing_decisions (id, lead_id, occasion, rule, actor, reason, considered, unlisted, at) ";
    insert_rows!(conn, sql, rows, |row, new| {
        row.push_bind(new.id.as_str())
            .push_bind(new.lead_id)
            .push_bind(new.occasion.as_str())
            .push_bind(new.weighed.rule.as_str())
            .push_bind(new.actor)
            .push_bind(new.reason)
            .push_bind(Json(&new.weighed.considered))
            .push_bind(new.weighed.unlisted)
            .push_bind(new.at);
    })?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
struct DecisionRow {
    occasion: Occasion,
    rule: Rule,
    actor: String,
    reason: Option<String>,
    considered: Json<Vec<Considered>>,
    unlisted: i64,
    at: DateTime<Utc>,
}

pub(super) const OF_LEAD: &str = "select occasion, rule, actor, reason, considered, unlisted, at from routing_decisions
     where lead_id = $1 order by at desc, id desc limit 50";

/// A lead's decisions, the latest first.
pub async fn list_of_lead(conn: &mut Conn, lead_id: &str) -> Outcome<Vec<Decision>> {
    let rows = fetch_all!(conn, DecisionRow, OF_LEAD, lead_id)?;
    Ok(rows
        .into_iter()
        .map(|row| Decision {
            occasion: row.occasion,
            rule: row.rule,
            actor: row.actor,
            reason: row.reason,
            considered: row.considered.0,
            unlisted: row.unlisted,
            at: row.at,
        })
        .collect())
}

/// A merged lead's decisions go with it.
pub async fn move_to(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    execute!(conn, "update routing_decisions set lead_id = $2 where lead_id = $1", from, to)?;
    Ok(())
}
