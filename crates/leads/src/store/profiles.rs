//! What contractors change about themselves in `contractors` and the tables beside it.

use crate::contractor::Specialization;
use crate::hours::{HoursForm, WorkingHours};
use crate::profile::BusinessForm;
use crate::store::contractors::insert_specializations;
use chrono::{DateTime, Utc};
use kernel::{Outcome, Zip};
use platform::{Conn, execute, fetch_all, fetch_optional};
use sqlx::types::Json;

/// When a contractor works.
#[derive(Debug, sqlx::FromRow)]
pub struct Schedule {
    pub time_zone: Option<String>,
    #[sqlx(json(nullable))]
    pub working_hours: Option<WorkingHours>,
    pub paused_until: Option<DateTime<Utc>>,
}

/// When a contractor works.
pub async fn find_schedule(conn: &mut Conn, id: &str) -> Outcome<Option<Schedule>> {
    Ok(fetch_optional!(conn, Schedule, "select time_zone, working_hours, paused_until from contractors where id = $1", id)?)
}

/// Replaces the business data.
pub async fn update_business(conn: &mut Conn, id: &str, form: &BusinessForm) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set business_name = $2, contact_name = $3, phone = $4, license_number = $5, website = $6, about = $7
         where id = $1",
        id,
        form.business_name.as_str(),
        form.contact_name.as_deref(),
        form.phone.e164(),
        form.license_number.as_deref(),
        form.website.as_deref(),
        form.about.as_deref(),
    )?;
    Ok(())
}

/// Sets hours, time zone and the daily limit of their own; `daily_cap` is the administrator's.
pub async fn update_hours(conn: &mut Conn, id: &str, form: &HoursForm) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set time_zone = $2, working_hours = $3, own_daily_cap = $4 where id = $1",
        id,
        form.time_zone.as_deref(),
        form.working_hours.as_ref().map(Json),
        form.daily_cap,
    )?;
    Ok(())
}

/// Sets whether new leads come, and when a pause ends by itself.
pub async fn update_accepting(conn: &mut Conn, id: &str, accepting: bool, paused_until: Option<DateTime<Utc>>) -> Outcome<()> {
    execute!(conn, "update contractors set is_accepting_leads = $2, paused_until = $3 where id = $1", id, accepting, paused_until)?;
    Ok(())
}

/// The ZIP codes that a contractor serves.
pub async fn list_zips(conn: &mut Conn, id: &str) -> Outcome<Vec<Zip>> {
    let rows = fetch_all!(conn, (String,), "select zip from contractor_zips where contractor_id = $1 order by zip", id)?;
    Ok(rows.into_iter().filter_map(|(zip,)| Zip::parse(&zip)).collect())
}

/// Serves a ZIP code no longer.
pub async fn delete_zip(conn: &mut Conn, id: &str, zip: &str) -> Outcome<()> {
    execute!(conn, "delete from contractor_zips where contractor_id = $1 and zip = $2", id, zip)?;
    Ok(())
}

/// Replaces the kinds of work.
pub async fn replace_specializations(conn: &mut Conn, id: &str, work: &[Specialization]) -> Outcome<()> {
    execute!(conn, "delete from contractor_specializations where contractor_id = $1", id)?;
    insert_specializations(conn, id, work).await
}
