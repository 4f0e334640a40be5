//! The table `lead_counts`. Its rows are locked after those of contractors (see the order of locks in ARCHITECTURE.md),
//! and several of them in the order of their keys.

use crate::lead::{Category, LeadStatus};
use crate::store::leads::{Row, day};
use crate::views::LeadFilter;
use chrono::{DateTime, NaiveTime, Utc};
use kernel::Outcome;
use platform::{Conn, Where, execute, fetch_scalar_where, insert_rows};
use std::collections::BTreeMap;

/// Counts new leads.
pub async fn add(conn: &mut Conn, rows: &[Row<'_>]) -> Outcome<()> {
    let mut counts: BTreeMap<(String, &str, &str), (i64, i64)> = BTreeMap::new();
    for row in rows {
        let (leads, scores) = counts.entry((day(row.created_at), row.status.as_str(), row.score.category.as_str())).or_default();
        *leads += 1;
        *scores += row.score.total;
    }
    let sql = "insert into lead_counts (day, status, category, leads, score_sum) ";
    insert_rows!(
        conn,
        sql,
        &counts,
        |row, ((day, status, category), (leads, scores))| {
            row.push_bind(day.as_str()).push_bind(*status).push_bind(*category).push_bind(*leads).push_bind(*scores);
        },
        " on conflict (day, status, category) do update set leads = lead_counts.leads + excluded.leads,
            score_sum = lead_counts.score_sum + excluded.score_sum"
    )?;
    Ok(())
}

/// A lead is about to go to another status.
pub async fn turn(conn: &mut Conn, lead_id: &str, status: LeadStatus) -> Outcome<()> {
    execute!(
        conn,
        "insert into lead_counts (day, status, category, leads, score_sum)
         select l.created_day, s.status, l.category, s.leads, s.leads * l.score
         from leads l join (select cast($2 as text) as status, 1 as leads union all select status, -1 from leads where id = $1) s on true
         where l.id = $1 and l.status <> $2 and l.merged_into is null order by s.status
         on conflict (day, status, category) do update set leads = lead_counts.leads + excluded.leads,
           score_sum = lead_counts.score_sum + excluded.score_sum",
        lead_id,
        status.as_str(),
    )?;
    Ok(())
}

/// A lead is about to be merged into another.
pub async fn remove(conn: &mut Conn, lead_id: &str) -> Outcome<()> {
    execute!(
        conn,
        "update lead_counts set leads = lead_counts.leads - 1, score_sum = lead_counts.score_sum - l.score from leads l
         where l.id = $1 and l.merged_into is null
           and lead_counts.day = l.created_day and lead_counts.status = l.status and lead_counts.category = l.category",
        lead_id,
    )?;
    Ok(())
}

/// How many leads the filter finds, when the counts know: by status, category and whole days.
pub async fn total(conn: &mut Conn, filter: &LeadFilter) -> Outcome<Option<i64>> {
    let is_whole_day = |at: &Option<DateTime<Utc>>| at.is_none_or(|at| at.time() == NaiveTime::MIN);
    let is_searched = filter.q.as_deref().is_some_and(|q| !q.trim().is_empty());
    if is_searched || filter.contractor_id.is_some() || !is_whole_day(&filter.start_date) || !is_whole_day(&filter.end_date) {
        return Ok(None);
    }
    let mut only = Where::default();
    only.and_some("day >= ?", filter.start_date.map(day))
        .and_some("day < ?", filter.end_date.map(day))
        .and_some("status = ?", filter.status.map(LeadStatus::as_str))
        .and_some("category = ?", filter.category.map(Category::as_str));
    let sql = format!("select coalesce(cast(sum(leads) as bigint), 0) from lead_counts{}", only.clause());
    Ok(Some(fetch_scalar_where!(conn, i64, sql, &only.values)?))
}
