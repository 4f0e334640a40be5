//! The demo's contractors: what they do, where, when, and how their accounts stand.

use super::*;
use crate::contractor::NewContractor;
use crate::hours::{HoursForm, OpenTime, WorkingHours};
use crate::profile::ResumeLeadsJob;

impl Loader<'_> {
    pub(super) async fn add_contractors(&mut self, hash: &str) -> Outcome<Vec<(String, String)>> {
        let mut logins = Vec::new();
        for (i, name) in words::BUSINESSES.iter().enumerate() {
            let id = self.ctx.new_id();
            let slug: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
            let email = if i == 0 { "contractor@example.com".to_owned() } else { format!("{slug}@example.com") };
            let first = i % words::PLACES.len();
            let count = if i == 0 { 6 } else { 3 + self.dice.below(4) };
            let zips: Vec<String> = (0..count).map(|k| words::PLACES[(first + k) % words::PLACES.len()].0.to_owned()).collect();
            let able: Vec<Specialization> =
                Specialization::ALL.iter().copied().filter(|s| i == 0 || i % 4 == *s as usize || self.dice.chance(65)).collect();
            let contact = format!("{} {}", self.dice.pick(&words::FIRST_NAMES), self.dice.pick(&words::LAST_NAMES));
            let form = NewContractor {
                business_name: Some((*name).into()),
                contact_name: Some(contact),
                email: Some(email.clone()),
                phone: Some(format!("310555{:04}", 2000 + i)),
                service_zip_codes: zips.clone(),
                specializations: able.iter().map(ToString::to_string).collect(),
                license_number: Some(format!("C20-{}", 410_000 + self.dice.below(89_999))),
                website: Some(format!("https://{slug}.example")),
                about: Some(format!("{name} keeps homes and shops comfortable in {} and nearby.", words::PLACES[first].1)),
                password: None,
            }
            .check()?;
            let created_at = self.now - Duration::days(self.dice.between(95, 240));
            // The last is refused, two wait for approval, one before them is suspended, one pauses.
            let (approved, status) = match i {
                29.. => (false, ContractorStatus::Suspended),
                27.. => (false, ContractorStatus::Inactive),
                26 => (true, ContractorStatus::Suspended),
                _ => (true, ContractorStatus::Active),
            };
            let created_at = if approved { created_at } else { self.now - Duration::hours(self.dice.between(3, 40)) };
            let approved_at = approved.then(|| created_at + Duration::hours(self.dice.between(2, 23)));
            let accepting = i != 25;
            store::contractors::insert(&mut self.tx, &id, &form, Some(hash), created_at).await?;
            execute!(
                self.tx,
                "update contractors set status = $2, is_approved = $3, approved_at = $4, is_accepting_leads = $5, weight = $6
                 where id = $1",
                id.as_str(),
                status.as_str(),
                approved,
                approved_at,
                accepting,
                if i < 3 { 2_i64 } else { 1 },
            )?;
            self.schedule(i, &id).await?;
            let data = json!({ "contractorId": id, "businessName": name });
            let actor = format!("contractor:{id}");
            self.event("contractor_registered", &id, Some(&id), &actor, created_at, data.clone()).await?;
            if let Some(at) = approved_at {
                self.audit("admin", "contractor_approved", &id, data.clone(), at).await?;
                self.event("contractor_approved", &id, Some(&id), "admin", at, data).await?;
            }
            if i >= 29 {
                let reason = "The license number is not known to the state board.";
                store::contractors::reject(&mut self.tx, &id, reason, self.now - Duration::hours(2)).await?;
            }
            if approved && status == ContractorStatus::Suspended {
                let reason = "Two customers say that nobody came, and nobody answers the phone.";
                store::contractors::suspend(&mut self.tx, &id, Some(reason)).await?;
                let detail = json!({ "contractorId": id, "businessName": name, "reason": reason });
                self.audit("admin", "contractor_suspended", &id, detail, self.now - Duration::days(9)).await?;
            } else if approved {
                logins.push(((*name).to_owned(), email.clone()));
            }
            self.contractors.push(DemoContractor {
                id: id.clone(),
                zips,
                able,
                takes_leads: approved && accepting && status == ContractorStatus::Active,
                is_approved: approved,
                status,
                is_accepting: accepting,
                candidate: Candidate {
                    contractor_id: id,
                    business_name: (*name).into(),
                    phone: form.phone,
                    email,
                    open_leads: 0,
                    weight: if i < 3 { 2 } else { 1 },
                    qualified_leads: 0,
                    received_leads: 0,
                    last_lead_at: None,
                    replacement_due: 0,
                    daily_cap: None,
                    leads_today: 0,
                    is_open: true,
                },
                work: Vec::new(),
                response_minutes: 0,
                responded: 0,
            });
        }
        Ok(logins)
    }

    /// Most have hours; the one who takes no leads is away for a week and a half.
    async fn schedule(&mut self, i: usize, id: &str) -> Outcome<()> {
        let weekday = Some(OpenTime { opens: 7 * 60 + 30, closes: 18 * 60 });
        let saturday = i.is_multiple_of(2).then_some(OpenTime { opens: 9 * 60, closes: 14 * 60 });
        let week = WorkingHours([weekday, weekday, weekday, weekday, weekday, saturday, None]);
        let form = HoursForm {
            time_zone: Some("America/Los_Angeles".into()),
            working_hours: (i % 3 != 1).then_some(week),
            daily_cap: (i == 8).then_some(3),
        };
        store::profiles::update_hours(&mut self.tx, id, &form).await?;
        if i == 25 {
            let until = self.now + Duration::days(10);
            store::profiles::update_accepting(&mut self.tx, id, false, Some(until)).await?;
            jobs::enqueue_at(self.ctx, &mut self.tx, &ResumeLeadsJob { contractor_id: id.into() }, until, None).await?;
        }
        Ok(())
    }
}
