//! The demo's leads: when they came, what was asked for, and who got them. `history` tells what became of them.

use super::*;
use crate::lead::{NewLead, ServiceType, Timeline};
use crate::routing::choose;
use crate::scoring::{ScoringModel, score};
use crate::store::assignments::NewAssignment;
use crate::store::leads::Provenance;

/// Leads of the last hours, whose deadlines still run.
const FRESH: usize = 14;
const DAYS: f64 = 90.0;

impl Loader<'_> {
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

    pub(super) async fn add_lead(&mut self, i: usize) -> Outcome<()> {
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
