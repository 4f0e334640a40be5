//! The figures of the dashboards: a few grouped queries, none per row.

use crate::admin_views::{AdminStats, DayPoint, Period, PeriodFigures, RecordCounts};
use crate::store::leads::day;
use crate::views::{ContractorStats, mean, one_decimal, percent};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
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

/// The eleven figures of the admin; the leads' come from their counters.
pub async fn of_admin(conn: &mut Conn, now: DateTime<Utc>) -> Outcome<AdminStats> {
    let leads = fetch_one!(
        conn,
        OfLeads,
        "select coalesce(cast(sum(leads) as bigint), 0) as total,
           coalesce(cast(sum(case when day = $1 then leads end) as bigint), 0) as today,
           coalesce(cast(sum(case when status <> 'pending_assignment' then leads end) as bigint), 0) as assigned,
           coalesce(cast(sum(case when status = 'qualified' then leads end) as bigint), 0) as qualified,
           coalesce(cast(sum(score_sum) as bigint), 0) as score_sum
         from lead_counts",
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
        average_lead_score: mean(leads.score_sum, leads.total).unwrap_or(0),
        conversion_rate: percent(leads.qualified, leads.assigned),
    })
}

#[derive(Debug, sqlx::FromRow)]
struct OfDay {
    day: String,
    #[sqlx(flatten)]
    figures: PeriodFigures,
}

/// What each day brought, oldest first, all of it in one query; each kind of row from one range of an index. Days
/// without any are there too.
pub async fn days(conn: &mut Conn, period: Period) -> Outcome<Vec<DayPoint>> {
    let (from, to) = texts(period);
    let (first, end) = times(period);
    // Both engines write times in UTC, the day first.
    let rows = fetch_all!(
        conn,
        OfDay,
        "select day, cast(sum(leads) as bigint) as leads,
           cast(sum(case when status <> 'pending_assignment' then leads else 0 end) as bigint) as assigned,
           cast(sum(case when status = 'qualified' then leads else 0 end) as bigint) as qualified, cast(sum(score_sum) as bigint) as score_sum,
           0 as revenue, 0 as received, 0 as credit, 0 as calls, 0 as disputes, 0 as applications
         from lead_counts where day >= $1 and day <= $2 group by day
         union all select day, 0, 0, 0, 0, cast(sum(case when account <> 'cash' then -amount_cents else 0 end) as bigint),
           cast(sum(case when account = 'cash' then amount_cents else 0 end) as bigint),
           cast(sum(case when account = 'credits' then amount_cents else 0 end) as bigint), 0, 0, 0
         from ledger_lines where account in ('revenue', 'credits', 'cash') and day >= $1 and day <= $2 group by day
         union all select substr(cast(created_at as text), 1, 10), 0, 0, 0, 0, 0, 0, 0, count(*), 0, 0
         from call_logs where created_at >= $3 and created_at < $4 group by 1
         union all select substr(cast(submitted_at as text), 1, 10), 0, 0, 0, 0, 0, 0, 0, 0, count(*), 0
         from disputes where submitted_at >= $3 and submitted_at < $4 group by 1
         union all select substr(cast(created_at as text), 1, 10), 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*)
         from contractors where created_at >= $3 and created_at < $4 group by 1",
        from.as_str(),
        to.as_str(),
        first,
        end,
    )?;
    let mut found: HashMap<String, PeriodFigures> = HashMap::new();
    for row in rows {
        *found.entry(row.day).or_default() += row.figures;
    }
    let point = |day: NaiveDate| DayPoint { day, figures: found.get(&text(day)).copied().unwrap_or_default() };
    Ok(period.from.iter_days().take_while(|day| *day <= period.to).map(point).collect())
}

/// The first and the last day as the columns keep them.
fn texts(period: Period) -> (String, String) {
    (text(period.from), text(period.to))
}

fn text(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// When the first day begins, and when the last one ends.
fn times(period: Period) -> (DateTime<Utc>, DateTime<Utc>) {
    let first = period.from.and_time(chrono::NaiveTime::MIN).and_utc();
    (first, first + chrono::Duration::days(period.days()))
}

/// Counts the rows of the documented tables; each through its smallest index.
pub async fn count_records(conn: &mut Conn) -> Outcome<RecordCounts> {
    let (
        leads,
        contractors,
        billing_records,
        lead_assignments,
        call_logs,
        sms_logs,
        disputes,
        customer_feedback,
        tracking_numbers,
        notification_logs,
    ) = fetch_one!(
        conn,
        (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64),
        "select (select count(*) from leads), (select count(*) from contractors), (select count(*) from billing_records),
           (select count(*) from lead_assignments), (select count(*) from call_logs), (select count(*) from sms_logs),
           (select count(*) from disputes), (select count(*) from customer_feedback), (select count(*) from tracking_numbers),
           (select count(*) from notification_logs)",
    )?;
    Ok(RecordCounts {
        leads,
        contractors,
        billing_records,
        lead_assignments,
        call_logs,
        sms_logs,
        disputes,
        customer_feedback,
        tracking_numbers,
        notification_logs,
    })
}
