//! A believable company to try Plumbline out with (decision 13: only by an explicit command).
//! The same seed makes the same company, placed before `ctx.now()`.

mod decisions;
mod history;
mod operations;
mod words;

use crate::calls::CallStatus;
use crate::contractor::{ContractorStatus, NewContractor, Specialization};
use crate::decisions::Occasion;
use crate::hours::{HoursForm, OpenTime, WorkingHours};
use crate::lead::{LeadForm, LeadStatus, NewLead, ServiceType, Timeline};
use crate::profile::ResumeLeadsJob;
use crate::routing::{Candidate, choose};
use crate::scoring::{Score, ScoringModel, score};
use crate::store;
use crate::store::assignments::NewAssignment;
use crate::store::billing::NewRecord;
use crate::store::leads::Provenance;
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use kernel::{Id, Money, Outcome, Phone, Problem};
use platform::auth::Staff;
use platform::{Ctx, Tx, execute, fetch_scalar, jobs};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How to sign in to the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogins {
    pub password: String,
    /// Business name and address of every contractor who may sign in; the first has the most to see.
    pub contractors: Vec<(String, String)>,
    /// Name with role, and address, of everybody of the staff who may sign in.
    pub staff: Vec<(String, String)>,
}

const PASSWORD: &str = "plumbline-demo";
const LEADS: usize = 400;
/// Leads of the last hours, whose deadlines still run.
const FRESH: usize = 14;
const DAYS: f64 = 90.0;

/// Steele, Lea and Flood's SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(usize::try_from((high - low).max(0)).unwrap_or(0) + 1)).unwrap_or(0)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

struct DemoContractor {
    id: Id,
    zips: Vec<String>,
    able: Vec<Specialization>,
    takes_leads: bool,
    is_approved: bool,
    status: ContractorStatus,
    is_accepting: bool,
    candidate: Candidate,
    /// When each lead came, and when it stopped being work.
    work: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    response_minutes: i64,
    responded: i64,
}

struct Loader<'c> {
    ctx: &'c Ctx,
    tx: Tx,
    now: DateTime<Utc>,
    dice: Dice,
    contractors: Vec<DemoContractor>,
    numbers: Vec<Phone>,
    /// Partners: id, name, and how many of a hundred leads are theirs.
    sources: Vec<(Id, &'static str, usize)>,
    calls: i64,
    disputes: usize,
    /// What was invoiced on each day, and to whom.
    runs: BTreeMap<NaiveDate, Vec<(DateTime<Utc>, Id, Money)>>,
    /// A request that comes a second time, and who got it first.
    repeat: Option<(Id, LeadForm, Id)>,
}

/// Fills an empty database. Errors: `Conflict` (`not_empty`) when it has leads or contractors.
pub async fn load(ctx: &Ctx) -> Outcome<DemoLogins> {
    let hash = ctx.passwords.hash(PASSWORD.into()).await?;
    let mut tx = ctx.begin().await?;
    let known = fetch_scalar!(tx, i64, "select (select count(*) from leads) + (select count(*) from contractors)")?;
    if known > 0 {
        return Err(Problem::conflict("not_empty", "The demo needs an empty database; this one has leads or contractors"));
    }
    let mut loader = Loader {
        ctx,
        tx,
        now: ctx.now(),
        dice: Dice(20_251_005),
        contractors: Vec::new(),
        numbers: Vec::new(),
        sources: Vec::new(),
        calls: 0,
        disputes: 0,
        runs: BTreeMap::new(),
        repeat: None,
    };
    let logins = loader.add_contractors(&hash).await?;
    loader.add_numbers().await?;
    loader.add_staff(&hash).await?;
    loader.add_sources().await?;
    for i in 0..LEADS {
        loader.add_lead(i).await?;
    }
    loader.add_runs().await?;
    loader.add_cards().await?;
    loader.count().await?;
    loader.add_webhooks().await?;
    loader.add_strays().await?;
    loader.add_bounces().await?;
    loader.add_dead_jobs().await?;
    loader.add_credit().await?;
    loader.add_draft().await?;
    loader.add_views().await?;
    loader.tx.commit().await?;
    let staff = words::STAFF.iter().filter(|(_, email, _)| *email != words::INVITED);
    let staff = staff.map(|(name, email, role)| (format!("{name}, {}", role.label()), (*email).into())).collect();
    Ok(DemoLogins { password: PASSWORD.into(), contractors: logins, staff })
}

impl Loader<'_> {
    async fn add_contractors(&mut self, hash: &str) -> Outcome<Vec<(String, String)>> {
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
                let reason = "The licence number is not known to the state board.";
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

    /// People of the office, each role once; one has not used the invitation yet.
    async fn add_staff(&mut self, hash: &str) -> Outcome<()> {
        for (i, (name, email, role)) in (0..).zip(&words::STAFF) {
            let staff = Staff { id: self.ctx.new_id(), name: (*name).into(), email: (*email).into(), role: *role };
            let since = self.now - Duration::days(200 - 49 * i);
            store::staff::insert(&mut self.tx, &staff, since).await?;
            if *email != words::INVITED {
                store::staff::update_password(&mut self.tx, &staff.id, hash, since + Duration::hours(3)).await?;
            }
        }
        Ok(())
    }

    async fn add_numbers(&mut self) -> Outcome<()> {
        for i in 0..120 {
            if let Some(phone) = Phone::parse(&format!("213555{:04}", 100 + i)) {
                store::tracking::insert(&mut self.tx, &self.ctx.new_id(), &phone, self.now - Duration::days(120)).await?;
                self.numbers.push(phone);
            }
        }
        Ok(())
    }

    /// When the i-th lead came: more and more often, by day; the last ones within hours.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few hundred leads over ninety days")]
    fn time_of(&mut self, i: usize) -> DateTime<Utc> {
        if i >= LEADS - FRESH {
            let minutes = (LEADS - i) as i64 * 24 - self.dice.between(2, 20);
            return self.now - Duration::minutes(minutes);
        }
        let age = DAYS * (1.0 - i as f64 / (LEADS - FRESH) as f64).powf(1.25);
        let at = self.now - Duration::minutes((age * 1440.0) as i64);
        at.min(self.now - Duration::hours(9) - Duration::minutes(self.dice.between(0, 50)))
    }

    fn new_form(&mut self, fresh: bool) -> Outcome<LeadForm> {
        let (zip, city) = if self.dice.chance(3) { &words::UNSERVED } else { self.dice.pick(&words::PLACES) };
        let service = *self.dice.pick(&[
            ServiceType::AcRepair,
            ServiceType::AcRepair,
            ServiceType::AcRepair,
            ServiceType::HeatingRepair,
            ServiceType::Installation,
            ServiceType::Installation,
            ServiceType::Maintenance,
            ServiceType::Emergency,
        ]);
        let timeline = match service {
            ServiceType::Emergency => Timeline::Emergency,
            _ if fresh => *self.dice.pick(&[Timeline::Within24Hours, Timeline::Within24Hours, Timeline::WithinWeek]),
            ServiceType::Maintenance => *self.dice.pick(&[Timeline::WithinWeek, Timeline::Flexible]),
            _ => *self.dice.pick(&[Timeline::Within24Hours, Timeline::Within24Hours, Timeline::WithinWeek, Timeline::Flexible]),
        };
        let description = match service {
            ServiceType::AcRepair => self.dice.pick(&words::AC),
            ServiceType::HeatingRepair => self.dice.pick(&words::HEATING),
            ServiceType::Installation => self.dice.pick(&words::INSTALLATION),
            ServiceType::Maintenance => self.dice.pick(&words::MAINTENANCE),
            ServiceType::Emergency => self.dice.pick(&words::EMERGENCY),
        };
        let budget = match service {
            ServiceType::Installation => self.dice.pick(&words::BUDGETS[4..]),
            _ => self.dice.pick(&words::BUDGETS[..6]),
        };
        let (first, last) = (*self.dice.pick(&words::FIRST_NAMES), *self.dice.pick(&words::LAST_NAMES));
        let email = format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase());
        let area = *self.dice.pick(&["310", "323", "818", "626", "714"]);
        NewLead {
            customer_first_name: Some(first.into()),
            customer_last_name: Some(last.into()),
            customer_email: self.dice.chance(75).then_some(email),
            customer_phone: Some(format!("{area}555{:04}", self.dice.below(10_000))),
            customer_address: Some(format!("{} {}", 100 + self.dice.below(9_000), self.dice.pick(&words::STREETS))),
            customer_city: Some((*city).into()),
            customer_state: Some("CA".into()),
            customer_zip: Some((*zip).into()),
            service_type: Some(service.to_string()),
            service_description: Some((*description).into()),
            timeline: Some(timeline.to_string()),
            budget_range: Some((*budget).into()),
            property_type: Some(if self.dice.chance(18) { "commercial" } else { "residential" }.into()),
            consent: None,
        }
        .check()
    }

    /// Who could have taken the lead then, with the loads of then.
    fn candidates(&self, form: &LeadForm, at: DateTime<Utc>) -> Vec<Candidate> {
        let able = Specialization::for_service(form.service_type);
        let serves = |c: &&DemoContractor| {
            c.takes_leads && c.zips.iter().any(|z| z == form.customer_zip.as_str()) && c.able.iter().any(|s| able.contains(s))
        };
        let loaded = |c: &DemoContractor| {
            let is_open = |(from, to): &&(DateTime<Utc>, Option<DateTime<Utc>>)| {
                at - *from < crate::deadlines::STALE_AFTER && to.is_none_or(|to| to > at)
            };
            Candidate { open_leads: i64::try_from(c.work.iter().filter(is_open).count()).unwrap_or(0), ..c.candidate.clone() }
        };
        self.contractors.iter().filter(serves).map(loaded).collect()
    }

    async fn add_lead(&mut self, i: usize) -> Outcome<()> {
        let fresh = i >= LEADS - FRESH;
        let at = self.time_of(i);
        let again = if i == LEADS - 3 { self.repeat.take() } else { None };
        let form = match &again {
            Some((_, form, _)) => form.clone(),
            None => self.new_form(fresh)?,
        };
        let had: Vec<Id> = again.iter().map(|(_, _, contractor_id)| contractor_id.clone()).collect();
        let all = self.candidates(&form, at);
        let candidates: Vec<Candidate> = all.iter().filter(|c| !had.contains(&c.contractor_id)).cloned().collect();
        let score = score(&form, !candidates.is_empty(), &ScoringModel::default());
        let chosen = if score.category.is_sold() { choose(&candidates, form.timeline).cloned() } else { None };
        let (id, source) = (self.ctx.new_id(), self.source_at(at));
        let row = store::leads::Row {
            id: &id,
            form: &form,
            score: &score,
            status: LeadStatus::PendingAssignment,
            from: Provenance {
                duplicate_of: again.as_ref().map(|(first, ..)| first.as_str()),
                ..match &source {
                    Some((id, name)) => Provenance { source_id: Some(id), ..Provenance::of(name) },
                    None => Provenance::of("demo"),
                }
            },
            created_at: at,
        };
        store::leads::insert(&mut self.tx, &[row]).await?;
        let name = format!("{} {}", form.customer_first_name, form.customer_last_name);
        let data = json!({ "leadId": id, "customerName": name, "category": score.category, "price": score.price.dollars() });
        self.event("lead_submitted", &id, None, "customer", at, data).await?;
        if score.category.is_sold() {
            self.decide(&id, &form, &all, &had, chosen.as_ref(), Occasion::Submitted, at).await?;
        }
        let Some(mut chosen) = chosen else { return Ok(()) };
        if (LEADS - FRESH..LEADS - 3).contains(&i) && others_than(&chosen, &candidates).next().is_some() {
            self.repeat = Some((id.clone(), form.clone(), chosen.contractor_id.clone()));
        }
        let lead = DemoLead { id, name, form, score };

        // Now and then the first contractor sleeps, and the next gets the lead.
        let mut assigned_at = at;
        let others: Vec<Candidate> = others_than(&chosen, &candidates).cloned().collect();
        let deadline = at + lead.form.timeline.response_time();
        if !fresh
            && self.dice.chance(6)
            && deadline + Duration::hours(8) < self.now
            && let Some(next) = choose(&others, lead.form.timeline).cloned()
        {
            self.assign(&lead, &chosen, candidates.len(), at, Some(deadline)).await?;
            let had = [chosen.contractor_id.clone()];
            self.decide(&lead.id, &lead.form, &candidates, &had, Some(&next), Occasion::DeadlineMissed, deadline).await?;
            assigned_at = deadline;
            chosen = next;
        }
        self.assign(&lead, &chosen, candidates.len(), assigned_at, None).await?;
        self.progress(&lead, &chosen, assigned_at, fresh).await
    }

    async fn assign(
        &mut self,
        lead: &DemoLead,
        to: &Candidate,
        eligible: usize,
        at: DateTime<Utc>,
        lost_at: Option<DateTime<Utc>>,
    ) -> Outcome<()> {
        let deadline = at + lead.form.timeline.response_time();
        let assignment_id = self.ctx.new_id();
        let new = NewAssignment {
            id: assignment_id.clone(),
            lead_id: &lead.id,
            contractor_id: &to.contractor_id,
            is_replacement: false,
            assigned_at: at,
            response_deadline: deadline,
            eligible_count: i64::try_from(eligible).unwrap_or(0),
        };
        store::assignments::insert(&mut self.tx, &[new]).await?;
        store::leads::update_status(&mut self.tx, &lead.id, LeadStatus::Assigned, None, None).await?;
        let data = json!({
            "leadId": lead.id, "customerName": lead.name, "contractorId": to.contractor_id, "businessName": to.business_name,
            "category": lead.score.category, "price": lead.score.price.dollars(), "responseDeadline": deadline,
        });
        self.event("lead_assigned", &lead.id, Some(&to.contractor_id), "system", at, data.clone()).await?;
        self.message(lead, to, "email", &to.email, at).await?;
        self.message(lead, to, "sms", to.phone.e164(), at).await?;
        if let Some(lost_at) = lost_at {
            let noticed_at = lost_at + Duration::seconds(1);
            store::assignments::notice_overdue(&mut self.tx, &assignment_id, noticed_at, noticed_at).await?;
            store::assignments::end(&mut self.tx, &assignment_id, "deadline_missed", lost_at).await?;
            self.event("lead_deadline_missed", &lead.id, Some(&to.contractor_id), "system", lost_at, data).await?;
        }
        if let Some(contractor) = self.contractors.iter_mut().find(|c| c.id == to.contractor_id) {
            contractor.candidate.received_leads += 1;
            contractor.candidate.last_lead_at = Some(at);
            contractor.work.push((at, lost_at));
        }
        Ok(())
    }
}

fn others_than<'a>(chosen: &'a Candidate, candidates: &'a [Candidate]) -> impl Iterator<Item = &'a Candidate> {
    candidates.iter().filter(|c| c.contractor_id != chosen.contractor_id)
}

/// A lead that was made up.
struct DemoLead {
    id: Id,
    name: String,
    form: LeadForm,
    score: Score,
}
