//! Who could take a lead, and who could not and why.

use crate::assigning::Today;
use crate::contractor::Specialization;
use crate::decisions::LeftOut;
use crate::hours::WorkingHours;
use crate::routing::Candidate;
use kernel::{Id, Outcome, Zip};
use platform::db::Engine;
use platform::{Conn, fetch_all};

/// Locks the contractors who serve these ZIP codes, and `also` the one who has the lead now, until the
/// transaction ends: choices among the same contractors wait for one another, so that each sees the loads
/// that the last one left. SQLite has one writer anyway.
pub async fn lock_serving(conn: &mut Conn, zips: &[&str], also: Option<&str>) -> Outcome<()> {
    if let Engine::Postgres(c) = conn.engine() {
        let sql = "select id from contractors where id = $2 or id in (select contractor_id from contractor_zips where zip = any ($1))
                   order by id for no key update";
        sqlx::query(sql).bind(zips).bind(also).execute(c).await?;
    }
    Ok(())
}

/// Who could take a lead (decision 22), with the numbers that the choice needs; lock them first.
pub async fn list_candidates(conn: &mut Conn, zip: &Zip, specializations: &[Specialization], today: Today) -> Outcome<Vec<Candidate>> {
    let first = specializations.first().map_or("", |s| s.as_str());
    let last = specializations.last().map_or("", |s| s.as_str());
    let rows = fetch_all!(
        conn,
        CandidateRow,
        "select c.id as contractor_id, c.business_name, c.phone, c.email, c.open_leads, c.weight, c.qualified_leads,
           c.total_leads + c.lost_leads as received_leads, c.last_lead_at, c.replacement_due,
           case when c.daily_cap is null or c.own_daily_cap < c.daily_cap then c.own_daily_cap else c.daily_cap end as daily_cap,
           c.working_hours, c.time_zone,
           case when c.daily_cap is null and c.own_daily_cap is null then 0 else
             (select count(*) from lead_assignments a where a.contractor_id = c.id and a.assigned_at >= $4) end as leads_today
         from contractor_zips z join contractors c on c.id = z.contractor_id
         where z.zip = $1 and c.status = 'active' and c.is_approved and c.is_accepting_leads
           and exists (select 1 from contractor_specializations s where s.contractor_id = c.id and s.specialization in ($2, $3))
         order by c.id",
        zip.as_str(),
        first,
        last,
        today.start,
    )?;
    Ok(rows.into_iter().map(|row| row.at(today)).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct CandidateRow {
    #[sqlx(flatten)]
    candidate: Candidate,
    #[sqlx(json(nullable))]
    working_hours: Option<WorkingHours>,
    time_zone: Option<String>,
}

impl CandidateRow {
    fn at(self, today: Today) -> Candidate {
        let zone = self.time_zone.and_then(|name| name.parse().ok()).unwrap_or(today.zone);
        let is_open = self.working_hours.is_none_or(|hours| hours.is_open(today.now.with_timezone(&zone).naive_local()));
        Candidate { is_open, ..self.candidate }
    }
}

/// The approved contractors of a ZIP code, whether they take leads or not: for the explanation of a choice.
pub async fn list_serving(conn: &mut Conn, zip: &Zip, specializations: &[Specialization]) -> Outcome<Vec<LeftOut>> {
    let first = specializations.first().map_or("", |s| s.as_str());
    let last = specializations.last().map_or("", |s| s.as_str());
    Ok(fetch_all!(
        conn,
        LeftOut,
        "select c.id as contractor_id, c.business_name, c.status, c.is_accepting_leads,
           exists (select 1 from contractor_specializations s where s.contractor_id = c.id and s.specialization in ($2, $3)) as is_able
         from contractor_zips z join contractors c on c.id = z.contractor_id
         where z.zip = $1 and c.is_approved order by c.id limit 500",
        zip.as_str(),
        first,
        last,
    )?)
}

/// Contractors with a daily limit who could take leads: at midnight they have room again.
pub async fn list_capped(conn: &mut Conn) -> Outcome<Vec<Id>> {
    let sql = "select id from contractors where status = 'active' and is_approved and is_accepting_leads
                 and (daily_cap is not null or own_daily_cap is not null) order by id";
    Ok(fetch_all!(conn, (Id,), sql)?.into_iter().map(|(id,)| id).collect())
}
