//! The figures of the dashboards: a few grouped queries, none per row.

use crate::store::leads::day;
use crate::views::{AdminStats, ContractorStats, DayPoint, mean, one_decimal, percent};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use kernel::{Money, Outcome};
use platform::{Conn, fetch_all, fetch_one, fetch_optional};
use std::collections::HashMap;

/// The first moment of the UTC month (decision 31).
pub fn month_start(now: DateTime<Utc>) -> DateTime<Utc> {
    let first = now.date_naive().with_day(1).unwrap_or_else(|| now.date_naive());
    first.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[derive(Debug, sqlx::FromRow)]
struct OfContractor {
    total_leads: i64,
    qualified_leads: i64,
    response_minutes_sum: i64,
    responded_leads: i64,
    leads_this_month: i64,
    billed: Money,
    unpaid: Money,
    rating: Option<f64>,
}

/// The seven figures of a contractor.
pub async fn of_contractor(conn: &mut Conn, contractor_id: &str, now: DateTime<Utc>) -> Outcome<ContractorStats> {
    let row = fetch_optional!(
        conn,
        OfContractor,
        "select c.total_leads, c.qualified_leads, c.response_minutes_sum, c.responded_leads,
           (select count(*) from lead_assignments a
            where a.contractor_id = c.id and a.ended_at is null and a.assigned_at >= $2) as leads_this_month,
           coalesce((select cast(sum(-g.cents) as bigint) from ledger_balances g
                     where g.contractor_id = c.id and g.account in ('revenue', 'credits')), 0) as billed,
           coalesce((select cast(sum(b.amount_cents) as bigint) from billing_records b
                     where b.contractor_id = c.id and b.status in ('pending', 'invoiced')), 0) as unpaid,
           (select cast(avg(f.rating) as double precision) from customer_feedback f where f.contractor_id = c.id) as rating
         from contractors c where c.id = $1",
        contractor_id,
        month_start(now),
    )?;
    Ok(row.map_or_else(ContractorStats::default, |row| ContractorStats {
        total_leads: row.total_leads,
        leads_this_month: row.leads_this_month,
        conversion_rate: percent(row.qualified_leads, row.total_leads),
        average_response_time: mean(row.response_minutes_sum, row.responded_leads),
        total_billed: row.billed,
        pending_payment: row.unpaid,
        avg_customer_rating: row.rating.map(one_decimal),
    }))
}

#[derive(Debug, sqlx::FromRow)]
struct OfLeads {
    total: i64,
    today: i64,
    assigned: i64,
    qualified: i64,
    score_sum: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct OfContractors {
    total: i64,
    active: i64,
    approved: i64,
    pending: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct OfBilling {
    total: Money,
    this_month: Money,
    pending: Money,
}

/// The eleven figures of the admin; the leads' come from one pass over an index.
pub async fn of_admin(conn: &mut Conn, now: DateTime<Utc>) -> Outcome<AdminStats> {
    let leads = fetch_one!(
        conn,
        OfLeads,
        "select count(*) as total, count(case when created_day = $1 then 1 end) as today,
           count(case when status <> 'pending_assignment' then 1 end) as assigned,
           count(case when status = 'qualified' then 1 end) as qualified,
           coalesce(cast(sum(score) as bigint), 0) as score_sum
         from leads",
        day(now),
    )?;
    let contractors = fetch_one!(
        conn,
        OfContractors,
        "select count(*) as total, count(case when status = 'active' then 1 end) as active,
           count(case when is_approved then 1 end) as approved,
           count(case when not is_approved and status <> 'suspended' then 1 end) as pending
         from contractors",
    )?;
    let billing = fetch_one!(
        conn,
        OfBilling,
        "select coalesce((select cast(sum(-cents) as bigint) from ledger_balances where account in ('revenue', 'credits')), 0) as total,
           coalesce((select cast(sum(-amount_cents) as bigint) from ledger_lines
                     where account in ('revenue', 'credits') and day >= $1), 0) as this_month,
           coalesce((select cast(sum(amount_cents) as bigint) from billing_records where status = 'pending'), 0) as pending",
        day(month_start(now)),
    )?;
    Ok(AdminStats {
        total_leads: leads.total,
        leads_today: leads.today,
        total_contractors: contractors.total,
        active_contractors: contractors.active,
        approved_contractors: contractors.approved,
        pending_contractors: contractors.pending,
        total_revenue: billing.total,
        revenue_this_month: billing.this_month,
        pending_billing: billing.pending,
        average_lead_score: mean(leads.score_sum, leads.total),
        conversion_rate: percent(leads.qualified, leads.assigned),
    })
}

/// Leads and revenue (charges less the credits of that day) of each of the last `count` UTC days, oldest first; days without any are there too.
pub async fn days(conn: &mut Conn, now: DateTime<Utc>, count: u64) -> Outcome<Vec<DayPoint>> {
    let today = now.date_naive();
    let first = today.checked_sub_days(Days::new(count.saturating_sub(1))).unwrap_or(today);
    let since = first.format("%Y-%m-%d").to_string();
    let leads = fetch_all!(
        conn,
        (String, i64),
        "select created_day, count(*) from leads where created_day >= $1 group by created_day",
        since.as_str(),
    )?;
    let revenue = fetch_all!(
        conn,
        (String, i64),
        "select day, cast(sum(-amount_cents) as bigint) from ledger_lines
         where account in ('revenue', 'credits') and day >= $1 group by day",
        since.as_str(),
    )?;
    let leads: HashMap<String, i64> = leads.into_iter().collect();
    let revenue: HashMap<String, i64> = revenue.into_iter().collect();
    let point = |day: NaiveDate| {
        let key = day.format("%Y-%m-%d").to_string();
        DayPoint { day, leads: leads.get(&key).copied().unwrap_or(0), revenue: Money(revenue.get(&key).copied().unwrap_or(0)) }
    };
    Ok(first.iter_days().take_while(|day| *day <= today).map(point).collect())
}
