//! What contractors say about themselves on their profile page: business, area, work, hours and pauses.

use crate::contractor::{Specialization, check_website};
use crate::hours::WorkingHours;
use crate::views::ContractorView;
use chrono::{DateTime, Utc};
use kernel::{Fields, Phone, Problem, Zip};
use serde::{Deserialize, Serialize};

/// The profile page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileView {
    pub contractor: ContractorView,
    /// None: the company's.
    pub time_zone: Option<String>,
    /// None: any time.
    pub working_hours: Option<WorkingHours>,
    /// When a pause ends by itself.
    pub paused_until: Option<DateTime<Utc>>,
}

/// Business data as typed: all of it, unlike a [`ProfileChange`](crate::contractor::ProfileChange).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewBusiness {
    pub business_name: Option<String>,
    pub contact_name: Option<String>,
    pub phone: Option<String>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
}

/// Business data that is checked; what is empty is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessForm {
    pub business_name: String,
    pub contact_name: Option<String>,
    pub phone: Phone,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
}

impl NewBusiness {
    /// What is there, as the form shows it.
    pub fn of(contractor: &ContractorView) -> NewBusiness {
        NewBusiness {
            business_name: Some(contractor.business_name.clone()),
            contact_name: contractor.contact_name.clone(),
            phone: Some(contractor.phone.to_string()),
            license_number: contractor.license_number.clone(),
            website: contractor.website.clone(),
            about: contractor.about.clone(),
        }
    }

    /// Checks every field. Errors: `Invalid` with all that are wrong.
    pub fn check(&self) -> Result<BusinessForm, Problem> {
        let mut fields = Fields::default();
        let business_name = fields.text("businessName", self.business_name.as_deref(), 150);
        let contact_name = fields.optional_text("contactName", self.contact_name.as_deref(), 150);
        let phone = fields.phone("phone", self.phone.as_deref());
        let license_number = fields.optional_text("licenseNumber", self.license_number.as_deref(), 60);
        let website = check_website(&mut fields, self.website.as_deref());
        let about = fields.optional_text("about", self.about.as_deref(), 2000);
        let form = phone.map(|phone| BusinessForm { business_name, contact_name, phone, license_number, website, about });
        fields.finish_with(form)
    }
}

/// ZIP codes out of text that may hold many, with anything between them. Errors: `Invalid` with the first that is none.
pub fn read_zips(text: &str) -> Result<Vec<Zip>, Problem> {
    let field = "zips";
    let mut zips = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || ",;".contains(c)).filter(|word| !word.is_empty()) {
        let zip = Zip::parse(word).ok_or_else(|| {
            let shown: String = word.chars().take(12).collect();
            Problem::invalid(field, format!("must be of 5 digits each, not {shown}"))
        })?;
        zips.push(zip);
    }
    zips.sort();
    zips.dedup();
    if zips.is_empty() {
        return Err(Problem::invalid(field, kernel::FieldError::REQUIRED));
    }
    Ok(zips)
}

/// The work that was ticked. Errors: `Invalid`.
pub fn read_work(words: &[String]) -> Result<Vec<Specialization>, Problem> {
    let mut fields = Fields::default();
    let work = crate::contractor::check_specializations(&mut fields, words);
    fields.finish_with(Some(work))
}

#[cfg(feature = "ssr")]
pub use changing::{ResumeLeadsJob, add_zips, get, pause, paused_until, remove_zip, resume, set_business, set_hours, set_work};

#[cfg(feature = "ssr")]
mod changing {
    use super::{NewBusiness, ProfileView, read_work, read_zips};
    use crate::assigning;
    use crate::contractor::MAX_ZIPS;
    use crate::contractors::{may_take_leads, own_id};
    use crate::hours::NewHours;
    use crate::store;
    use chrono::{DateTime, Duration, NaiveDate, Utc};
    use kernel::{Changes, Fields, Id, Outcome, Problem, Zip};
    use platform::auth::Caller;
    use platform::{Ctx, Job, JobError, Running, Tx, Tz, events, jobs};
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    /// The longest pause that ends by itself.
    const LONGEST_PAUSE: Duration = Duration::days(366);

    /// The own profile. Errors: `Forbidden` for others than contractors.
    pub async fn get(ctx: &Ctx, caller: &Caller) -> Outcome<ProfileView> {
        let id = own_id(caller)?;
        let mut conn = ctx.db.read().await?;
        let not_found = || Problem::not_found("Contractor", &id);
        let contractor = store::contractors::find(&mut conn, &id).await?.ok_or_else(not_found)?;
        let schedule = store::profiles::find_schedule(&mut conn, &id).await?.ok_or_else(not_found)?;
        Ok(ProfileView {
            contractor,
            time_zone: schedule.time_zone,
            working_hours: schedule.working_hours,
            paused_until: schedule.paused_until,
        })
    }

    /// When a contractor's pause ends by itself.
    pub async fn paused_until(ctx: &Ctx, contractor_id: &str) -> Outcome<Option<DateTime<Utc>>> {
        let schedule = store::profiles::find_schedule(&mut ctx.db.read().await?, contractor_id).await?;
        Ok(schedule.and_then(|schedule| schedule.paused_until))
    }

    fn zone(ctx: &Ctx, name: Option<&str>) -> Tz {
        name.and_then(|name| name.parse().ok()).unwrap_or(ctx.settings.company_time_zone)
    }

    /// Replaces the business data. Errors: `Invalid`; `Changed` when it is no longer what was `seen`; `Forbidden` for others
    /// than contractors.
    pub async fn set_business(ctx: &Ctx, caller: &Caller, new: &NewBusiness, seen: Option<&NewBusiness>) -> Outcome<()> {
        let id = own_id(caller)?;
        let form = new.check()?;
        let mut tx = begin(ctx, &id).await?;
        if let Some(seen) = seen {
            let now = store::contractors::find(&mut tx, &id).await?.ok_or_else(|| Problem::not_found("Contractor", &id))?;
            compare(seen, NewBusiness::of(&now))?;
        }
        store::profiles::update_business(&mut tx, &id, &form).await?;
        finish(ctx, tx, caller, &id).await
    }

    /// Errors: `Changed` with every field that differs.
    fn compare(seen: &NewBusiness, now: NewBusiness) -> Outcome<()> {
        let mut changes = Changes::default();
        for (field, seen, now) in [
            ("businessName", &seen.business_name, now.business_name),
            ("contactName", &seen.contact_name, now.contact_name),
            ("phone", &seen.phone, now.phone),
            ("licenseNumber", &seen.license_number, now.license_number),
            ("website", &seen.website, now.website),
            ("about", &seen.about, now.about),
        ] {
            changes.compare(field, seen.as_deref().unwrap_or_default(), &now.unwrap_or_default());
        }
        changes.finish()
    }

    /// Serves more ZIP codes; leads that wait there come. Answers how many are new. Errors: `Invalid`; `Forbidden`.
    pub async fn add_zips(ctx: &Ctx, caller: &Caller, text: &str) -> Outcome<usize> {
        let id = own_id(caller)?;
        let zips = read_zips(text)?;
        let mut tx = begin(ctx, &id).await?;
        let known = store::profiles::list_zips(&mut tx, &id).await?;
        let new: Vec<Zip> = zips.into_iter().filter(|zip| !known.contains(zip)).collect();
        if known.len() + new.len() > MAX_ZIPS {
            return Err(Problem::invalid("zips", format!("must be at most {MAX_ZIPS} in all")));
        }
        store::contractors::insert_zips(&mut tx, &id, &new).await?;
        may_take_leads(ctx, &mut tx, &id).await?;
        finish(ctx, tx, caller, &id).await?;
        Ok(new.len())
    }

    /// Serves a ZIP code no longer; one that was not served is fine. Errors: `Conflict` (`last_zip`) for the last one.
    pub async fn remove_zip(ctx: &Ctx, caller: &Caller, zip: &str) -> Outcome<()> {
        let id = own_id(caller)?;
        let mut tx = begin(ctx, &id).await?;
        let known = store::profiles::list_zips(&mut tx, &id).await?;
        if !known.iter().any(|k| k.as_str() == zip) {
            return Ok(());
        }
        if known.len() == 1 {
            let message = "One ZIP code must stay. To get no leads for a while, pause them instead.";
            return Err(Problem::conflict("last_zip", message));
        }
        store::profiles::delete_zip(&mut tx, &id, zip).await?;
        finish(ctx, tx, caller, &id).await
    }

    /// Replaces the kinds of work; leads that wait for one come. Errors: `Invalid`; `Forbidden`.
    pub async fn set_work(ctx: &Ctx, caller: &Caller, words: &[String]) -> Outcome<()> {
        let id = own_id(caller)?;
        let work = read_work(words)?;
        let mut tx = begin(ctx, &id).await?;
        store::profiles::replace_specializations(&mut tx, &id, &work).await?;
        may_take_leads(ctx, &mut tx, &id).await?;
        finish(ctx, tx, caller, &id).await
    }

    /// Sets hours, time zone and the own daily limit, besides which the administrator's counts (decision 22). Errors: `Invalid`; `Forbidden`.
    pub async fn set_hours(ctx: &Ctx, caller: &Caller, new: &NewHours) -> Outcome<()> {
        let id = own_id(caller)?;
        let form = new.check()?;
        let mut tx = begin(ctx, &id).await?;
        store::profiles::update_hours(&mut tx, &id, &form).await?;
        // A higher limit makes room for leads that wait.
        may_take_leads(ctx, &mut tx, &id).await?;
        finish(ctx, tx, caller, &id).await
    }

    /// Gets no new leads until a day begins where the contractor is (`2025-12-24`), or until `resume` when none is named.
    /// Errors: `Invalid`; `Forbidden`.
    pub async fn pause(ctx: &Ctx, caller: &Caller, until: &str) -> Outcome<()> {
        let id = own_id(caller)?;
        let mut tx = begin(ctx, &id).await?;
        let schedule = store::profiles::find_schedule(&mut tx, &id).await?.ok_or_else(|| Problem::not_found("Contractor", &id))?;
        let until = resume_time(ctx, zone(ctx, schedule.time_zone.as_deref()), until)?;
        store::profiles::update_accepting(&mut tx, &id, false, until).await?;
        if let Some(until) = until {
            jobs::enqueue_at(ctx, &mut tx, &ResumeLeadsJob { contractor_id: id.clone() }, until, None).await?;
        }
        finish(ctx, tx, caller, &id).await
    }

    fn resume_time(ctx: &Ctx, zone: Tz, until: &str) -> Outcome<Option<DateTime<Utc>>> {
        let mut fields = Fields::default();
        let Some(text) = fields.optional_text("until", Some(until), 20) else { return fields.finish().map(|()| None) };
        let begins = text.parse::<NaiveDate>().ok().and_then(|day| assigning::day_start(zone, day));
        match begins {
            None => fields.reject("until", "must be a day like 2026-01-31"),
            Some(at) if at <= ctx.now() => fields.reject("until", "must be after today"),
            Some(at) if at > ctx.now() + LONGEST_PAUSE => fields.reject("until", "must be within a year"),
            Some(_) => {}
        }
        fields.finish()?;
        Ok(begins)
    }

    /// Gets new leads again, those that wait first. Errors: `Forbidden`.
    pub async fn resume(ctx: &Ctx, caller: &Caller) -> Outcome<()> {
        let id = own_id(caller)?;
        let mut tx = begin(ctx, &id).await?;
        store::profiles::update_accepting(&mut tx, &id, true, None).await?;
        may_take_leads(ctx, &mut tx, &id).await?;
        finish(ctx, tx, caller, &id).await
    }

    /// Ends a pause at its time, unless it was ended or prolonged meanwhile.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct ResumeLeadsJob {
        pub contractor_id: Id,
    }

    impl Job for ResumeLeadsJob {
        const KIND: &'static str = "resume_leads";

        async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
            let id = &self.contractor_id;
            let mut tx = begin(ctx, id).await?;
            let schedule = store::profiles::find_schedule(&mut tx, id).await?;
            if schedule.and_then(|schedule| schedule.paused_until).is_none_or(|until| until > ctx.now()) {
                return Ok(());
            }
            store::profiles::update_accepting(&mut tx, id, true, None).await?;
            may_take_leads(ctx, &mut tx, id).await?;
            Ok(finish(ctx, tx, &Caller::System, id).await?)
        }
    }

    async fn begin(ctx: &Ctx, id: &str) -> Outcome<Tx> {
        let mut tx = ctx.begin().await?;
        store::contractors::lock_account(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
        Ok(tx)
    }

    async fn finish(ctx: &Ctx, mut tx: Tx, caller: &Caller, id: &str) -> Outcome<()> {
        let account = store::contractors::find(&mut tx, id).await?.ok_or_else(|| Problem::not_found("Contractor", id))?;
        let data = json!({ "contractorId": id, "businessName": account.business_name, "isAcceptingLeads": account.is_accepting_leads });
        events::emit(ctx, &mut tx, "contractor_updated", id, Some(id), &caller.actor(), data).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_codes_are_read_at_once() {
        let zips = read_zips("90211, 90210\n90210;10001").expect("good");
        assert_eq!(zips.iter().map(Zip::as_str).collect::<Vec<_>>(), ["10001", "90210", "90211"]);
        assert!(read_zips(" , ").is_err());
        let Err(Problem::Invalid(errors)) = read_zips("90210 Beverly Hills") else { panic!("must be rejected") };
        assert_eq!(errors[0].message, "must be of 5 digits each, not Beverly");
    }

    #[test]
    fn empty_fields_are_removed() {
        let typed = |text: &str| Some(text.to_owned());
        let new =
            NewBusiness { business_name: typed("HVAC Pros"), phone: typed("5559876543"), website: typed(" "), ..NewBusiness::default() };
        let form = new.check().expect("good");
        assert_eq!((form.website, form.about), (None, None));
        assert!(NewBusiness::default().check().is_err());
    }
}
