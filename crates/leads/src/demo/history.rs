//! What became of the demo's leads: calls, charges, disputes, feedback.

use super::*;

impl Loader<'_> {
    /// Contact, calls, qualification and all that follows.
    pub(super) async fn progress(&mut self, lead: &DemoLead, to: &Candidate, assigned_at: DateTime<Utc>, fresh: bool) -> Outcome<()> {
        let deadline = assigned_at + lead.form.timeline.response_time();
        let number = self.number_for(lead, to, assigned_at).await?;
        if !self.dice.chance(if fresh { 35 } else { 93 }) {
            if deadline < self.now {
                let sql = "update lead_assignments set overdue_noticed_at = $2 where lead_id = $1 and ended_at is null";
                execute!(self.tx, sql, lead.id.as_str(), deadline + Duration::minutes(1))?;
                let data = json!({ "leadId": lead.id, "customerName": lead.name, "businessName": to.business_name });
                self.event("lead_deadline_missed", &lead.id, Some(&to.contractor_id), "system", deadline + Duration::minutes(1), data)
                    .await?;
            }
            return Ok(());
        }
        let longest = ((deadline - assigned_at).num_minutes() - 5).min((self.now - assigned_at).num_minutes() - 15).min(360);
        let usual = if self.dice.chance(70) { 60 } else { 360 };
        let minutes = if longest <= 4 { 1 } else { self.dice.between(4, longest.min(usual)) };
        let mut contact_at = assigned_at + Duration::minutes(minutes);
        if contact_at > self.now {
            contact_at = self.now;
        }
        if self.dice.chance(25) {
            self.call(lead, to, &number, contact_at - Duration::minutes(2), CallStatus::NoAnswer, 0).await?;
        }
        if let Some(contractor) = self.contractors.iter_mut().find(|c| c.id == to.contractor_id) {
            contractor.response_minutes += minutes;
            contractor.responded += 1;
        }
        let data = json!({
            "leadId": lead.id, "customerName": lead.name, "contractorId": to.contractor_id, "businessName": to.business_name,
            "responseMinutes": minutes,
        });
        let kind = self.dice.below(100);
        let seconds = if kind < 72 { self.dice.between(45, 900) } else { self.dice.between(6, 28) };
        let sid = self.call(lead, to, &number, contact_at, CallStatus::Completed, seconds).await?;
        self.event("lead_contacted", &lead.id, Some(&to.contractor_id), "twilio", contact_at, data.clone()).await?;
        let by_hand = kind >= 94;
        let qualified_at = (contact_at + Duration::seconds(seconds)).min(self.now);
        let qualified = kind < 72 || by_hand;
        let status = if qualified { LeadStatus::Qualified } else { LeadStatus::Contacted };
        let is_open = !qualified && self.now - assigned_at < crate::deadlines::STALE_AFTER;
        store::leads::update_status(&mut self.tx, &lead.id, status, Some(contact_at), qualified.then_some(qualified_at)).await?;
        let sql = "update lead_assignments set status = $2, is_open = $3 where lead_id = $1 and ended_at is null";
        execute!(self.tx, sql, lead.id.as_str(), status.as_str(), is_open)?;
        if !qualified {
            return Ok(());
        }
        if let Some(contractor) = self.contractors.iter_mut().find(|c| c.id == to.contractor_id) {
            contractor.candidate.qualified_leads += 1;
            if let Some(work) = contractor.work.last_mut() {
                work.1 = Some(qualified_at);
            }
        }
        let actor = if by_hand { format!("contractor:{}", to.contractor_id) } else { "twilio".into() };
        self.event("lead_qualified", &lead.id, Some(&to.contractor_id), &actor, qualified_at, data).await?;
        if !by_hand {
            self.charge(lead, to, &sid, qualified_at).await?;
        }
        self.feedback(lead, to, qualified_at).await
    }

    /// Leads of the last week have a number of their own.
    async fn number_for(&mut self, lead: &DemoLead, to: &Candidate, at: DateTime<Utc>) -> Outcome<Phone> {
        if self.now - at < crate::tracking::RELEASE_AFTER {
            let rested = self.now - Duration::days(100);
            if let Some(number) = store::tracking::claim(&mut self.tx, &lead.id, &to.contractor_id, at, rested).await? {
                return Ok(number);
            }
        }
        Ok(self.dice.pick(&self.numbers).clone())
    }

    async fn call(
        &mut self,
        lead: &DemoLead,
        to: &Candidate,
        number: &Phone,
        at: DateTime<Utc>,
        status: CallStatus,
        seconds: i64,
    ) -> Outcome<String> {
        self.calls += 1;
        let sid = format!("CA{:032x}", self.calls);
        store::calls::insert(&mut self.tx, &self.ctx.new_id(), &sid, to.phone.e164(), number.e164(), status, at).await?;
        execute!(
            self.tx,
            "update call_logs set lead_id = $2, contractor_id = $3, duration_seconds = $4, direction = 'outbound-api', answered_at = $5
             where call_sid = $1",
            sid.as_str(),
            lead.id.as_str(),
            to.contractor_id.as_str(),
            seconds,
            (seconds > 0).then_some(at),
        )?;
        Ok(sid)
    }

    async fn charge(&mut self, lead: &DemoLead, to: &Candidate, sid: &str, at: DateTime<Utc>) -> Outcome<()> {
        let id = self.ctx.new_id();
        let amount = lead.score.price;
        let record = NewRecord {
            id: &id,
            lead_id: &lead.id,
            contractor_id: &to.contractor_id,
            call_sid: sid,
            amount,
            original: amount,
            incurred_at: at,
        };
        store::billing::insert(&mut self.tx, &record).await?;
        let data = json!({
            "billingRecordId": id, "leadId": lead.id, "customerName": lead.name, "contractorId": to.contractor_id,
            "businessName": to.business_name, "amount": amount.dollars(),
        });
        self.event("billing_created", &lead.id, Some(&to.contractor_id), "twilio", at, data).await?;
        let age = (self.now - at).num_days();
        if age >= 7 {
            let invoiced_at = at + Duration::days(self.dice.between(1, 6));
            let paid_at = invoiced_at + Duration::days(self.dice.between(3, 20));
            let paid = paid_at < self.now && self.dice.chance(94);
            let number = self.invoices.entry(invoiced_at.year()).or_insert(0);
            *number += 1;
            execute!(
                self.tx,
                "update billing_records set status = $2, invoice_number = $3, invoiced_at = $4, paid_at = $5 where id = $1",
                id.as_str(),
                if paid { "paid" } else { "invoiced" },
                format!("INV-{}-{number:03}", invoiced_at.year()),
                invoiced_at,
                paid.then_some(paid_at),
            )?;
        } else if age >= 1 && self.dice.chance(18) {
            self.dispute(lead, to, &id, at).await?;
        }
        Ok(())
    }

    async fn dispute(&mut self, lead: &DemoLead, to: &Candidate, record_id: &str, at: DateTime<Utc>) -> Outcome<()> {
        self.disputes += 1;
        let submitted_at = at + Duration::hours(self.dice.between(3, 20));
        let (status, resolution) = match self.disputes % 4 {
            1 => ("pending", None),
            2 => ("approved", Some("approved")),
            3 => ("under_review", None),
            _ => ("denied", Some("denied")),
        };
        let credited = resolution == Some("approved");
        execute!(
            self.tx,
            "insert into disputes (id, billing_record_id, lead_id, contractor_id, reason, description, status, resolution, credit_cents,
               resolution_notes, submitted_at, resolved_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            self.ctx.new_id(),
            record_id,
            lead.id.as_str(),
            to.contractor_id.as_str(),
            *self.dice.pick(&["customer_no_contact", "wrong_info", "out_of_area", "duplicate"]),
            "The customer had found somebody else already.",
            status,
            resolution,
            credited.then_some(lead.score.price.0),
            resolution.map(|_| "Checked with the call's recording."),
            submitted_at,
            resolution.map(|_| submitted_at + Duration::hours(3)),
        )?;
        if credited {
            execute!(self.tx, "update billing_records set status = 'credited', amount_cents = 0 where id = $1", record_id)?;
        }
        Ok(())
    }

    async fn feedback(&mut self, lead: &DemoLead, to: &Candidate, at: DateTime<Utc>) -> Outcome<()> {
        let given_at = at + Duration::hours(self.dice.between(26, 60));
        if given_at > self.now || !self.dice.chance(45) {
            return Ok(());
        }
        let rating = *self.dice.pick(&[5_i64, 5, 5, 5, 4, 4, 4, 3, 5, 2]);
        execute!(
            self.tx,
            "insert into customer_feedback (id, lead_id, contractor_id, rating, attended, comment, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            self.ctx.new_id(),
            lead.id.as_str(),
            to.contractor_id.as_str(),
            rating,
            true,
            self.dice.chance(60).then(|| *self.dice.pick(&words::COMMENTS)),
            given_at,
        )?;
        Ok(())
    }

    pub(super) async fn event(
        &mut self,
        kind: &str,
        subject_id: &str,
        contractor_id: Option<&str>,
        actor: &str,
        at: DateTime<Utc>,
        data: Value,
    ) -> Outcome<()> {
        execute!(
            self.tx,
            "insert into events (id, kind, subject_id, contractor_id, actor, data, at) values ($1, $2, $3, $4, $5, $6, $7)",
            self.ctx.new_id(),
            kind,
            subject_id,
            contractor_id,
            actor,
            sqlx::types::Json(&data),
            at,
        )?;
        Ok(())
    }

    /// The contractors' counters, from what was made.
    pub(super) async fn count(&mut self) -> Outcome<()> {
        execute!(
            self.tx,
            "update lead_assignments set is_open = $1 where is_open and assigned_at < $2",
            false,
            self.now - crate::deadlines::STALE_AFTER
        )?;
        execute!(
            self.tx,
            "update contractors set
               open_leads = (select count(*) from lead_assignments a where a.contractor_id = contractors.id and a.is_open),
               total_leads = (select count(*) from lead_assignments a where a.contractor_id = contractors.id and a.ended_at is null),
               contacted_leads = (select count(*) from lead_assignments a
                                  where a.contractor_id = contractors.id and a.ended_at is null and a.status = 'contacted'),
               qualified_leads = (select count(*) from lead_assignments a
                                  where a.contractor_id = contractors.id and a.ended_at is null and a.status = 'qualified'),
               lost_leads = (select count(*) from lead_assignments a where a.contractor_id = contractors.id and a.ended_at is not null),
               last_lead_at = (select max(a.assigned_at) from lead_assignments a where a.contractor_id = contractors.id)"
        )?;
        for contractor in &self.contractors {
            execute!(
                self.tx,
                "update contractors set response_minutes_sum = $2, responded_leads = $3 where id = $1",
                contractor.id.as_str(),
                contractor.response_minutes,
                contractor.responded,
            )?;
        }
        Ok(())
    }
}
