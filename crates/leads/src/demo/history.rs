//! What became of the demo's leads: calls, charges, disputes, feedback.

use super::*;
use crate::billing::{BillingStatus, InvoiceNumber, InvoiceRun};
use crate::disputes::Resolution;
use crate::evidence::EvidenceView;
use crate::ledger::{self, EntryKind, NewEntry};
use crate::store::disputes::NewRow;
use crate::store::feedback::Customer;
use platform::files::Incoming;
use platform::payments::sandbox;
use std::collections::BTreeSet;

/// What the demo's recordings play.
const RECORDING: &str = "/demo-call.wav";

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
        if self.dice.chance(30) {
            let note = *self.dice.pick(&words::NOTES);
            store::notes::insert(&mut self.tx, &self.ctx.new_id(), &lead.id, &to.contractor_id, note, contact_at).await?;
        }
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
            "update call_logs set lead_id = $2, contractor_id = $3, duration_seconds = $4, direction = 'outbound-api', answered_at = $5,
               recording_url = $6 where call_sid = $1",
            sid.as_str(),
            lead.id.as_str(),
            to.contractor_id.as_str(),
            seconds,
            (seconds > 0).then_some(at),
            (seconds >= crate::calls::BILLABLE_SECONDS).then_some(RECORDING),
        )?;
        self.call_webhook(&sid, (to.phone.e164(), number.e164()), status, seconds, at).await?;
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
        self.post(EntryKind::Charge, amount, to, &id, None, at).await?;
        let data = json!({
            "billingRecordId": id, "leadId": lead.id, "customerName": lead.name, "contractorId": to.contractor_id,
            "businessName": to.business_name, "amount": amount.dollars(),
        });
        self.event("billing_created", &lead.id, Some(&to.contractor_id), "twilio", at, data).await?;
        let age = (self.now - at).num_days();
        let mut left = amount;
        if age >= 1 && self.dice.chance(if age < 7 { 35 } else { 8 }) {
            left = self.dispute(lead, to, &id, at, age < 6).await?;
        }
        let invoiced_at = at + Duration::days(self.dice.between(7, 9));
        if invoiced_at > self.now || left == Money::ZERO {
            return Ok(());
        }
        let year = i64::from(invoiced_at.year());
        let number = store::billing::lock_counter(&mut self.tx, year).await? + 1;
        store::billing::set_counter(&mut self.tx, year, number).await?;
        let invoice = InvoiceNumber { year, number }.to_string();
        store::billing::invoice(&mut self.tx, &id, &invoice, BillingStatus::Invoiced, invoiced_at).await?;
        self.runs.entry(invoiced_at.date_naive()).or_default().push((invoiced_at, to.contractor_id.clone(), left));
        let paid_at = invoiced_at + Duration::days(self.dice.between(3, 20));
        if paid_at < self.now && self.dice.chance(94) {
            store::billing::pay(&mut self.tx, &id, paid_at).await?;
            let reference = format!("demo-{}", invoice.to_lowercase());
            self.post(EntryKind::Payment, left, to, &id, Some(&reference), paid_at).await?;
        }
        Ok(())
    }

    async fn post(
        &mut self,
        kind: EntryKind,
        amount: Money,
        to: &Candidate,
        record_id: &str,
        reference: Option<&str>,
        at: DateTime<Utc>,
    ) -> Outcome<()> {
        let memo = match kind {
            EntryKind::Charge => "Lead charge",
            EntryKind::Credit => "Dispute credit",
            EntryKind::Payment => "Payment",
            EntryKind::Refund => "Credit paid out",
        };
        let entry = NewEntry::of(kind, amount, &to.contractor_id, memo, at);
        ledger::post(self.ctx, &mut self.tx, &NewEntry { billing_record_id: Some(record_id), reference, ..entry }).await?;
        Ok(())
    }

    /// Contests a charge; of the last days' some are not decided, and the others promise a lead that is still due.
    /// Answers what is left of the charge.
    async fn dispute(&mut self, lead: &DemoLead, to: &Candidate, record_id: &str, at: DateTime<Utc>, is_new: bool) -> Outcome<Money> {
        self.disputes += 1;
        let submitted_at = at + Duration::hours(self.dice.between(3, 20));
        let is_open = is_new && !self.disputes.is_multiple_of(3);
        let resolution = match (is_new, is_open) {
            (_, true) => None,
            (true, false) => Some(Resolution::ReplacementLead),
            (false, false) => Some(*self.dice.pick(&[Resolution::Approved, Resolution::PartialCredit, Resolution::Denied])),
        };
        let Some(record) = store::billing::lock(&mut self.tx, record_id).await? else { return Ok(Money::ZERO) };
        let id = self.ctx.new_id();
        let (reason, description) = *self.dice.pick(&words::DISPUTES);
        let new = NewRow { id: &id, record: &record, reason, description: Some(description), submitted_at };
        store::disputes::insert(&mut self.tx, &new).await?;
        if is_new {
            self.evidence(&id, &to.contractor_id, submitted_at).await?;
        }
        let data = json!({
            "disputeId": id, "billingRecordId": record_id, "leadId": lead.id, "customerName": lead.name,
            "contractorId": to.contractor_id, "businessName": to.business_name, "reason": reason,
        });
        let actor = format!("contractor:{}", to.contractor_id);
        self.event("dispute_submitted", &lead.id, Some(&to.contractor_id), &actor, submitted_at, data.clone()).await?;
        let Some(resolution) = resolution else {
            if self.disputes.is_multiple_of(2) {
                store::disputes::start_review(&mut self.tx, &id).await?;
            }
            return Ok(record.amount_cents);
        };
        let resolved_at = submitted_at + Duration::hours(3);
        let half = Money(record.amount_cents.0 / 2);
        let credit = resolution.credit(record.amount_cents, (resolution == Resolution::PartialCredit).then_some(half))?;
        let notes = "Checked with the call's recording.";
        store::disputes::resolve(&mut self.tx, &id, resolution.status(), resolution, credit, Some(notes), resolved_at).await?;
        let left = record.amount_cents - credit;
        if credit > Money::ZERO {
            let status = if left == Money::ZERO { BillingStatus::Credited } else { record.status };
            store::billing::update_amount(&mut self.tx, record_id, left, status).await?;
            self.post(EntryKind::Credit, credit, to, record_id, Some(&id), resolved_at).await?;
        }
        if resolution == Resolution::ReplacementLead {
            store::contractors::promise_replacement(&mut self.tx, &to.contractor_id).await?;
        }
        let detail = json!({ "resolution": resolution, "creditAmount": credit.dollars(), "notes": notes });
        self.audit("admin", "dispute_resolved", &id, detail, resolved_at).await?;
        self.event("dispute_resolved", &lead.id, Some(&to.contractor_id), "admin", resolved_at, data).await?;
        Ok(left)
    }

    /// A picture of the calls that were tried.
    async fn evidence(&mut self, dispute_id: &str, contractor_id: &str, at: DateTime<Utc>) -> Outcome<()> {
        let mut incoming = Incoming::begin(self.ctx).await?;
        incoming.write(include_bytes!("calls.png")).await?;
        let Some(stored) = incoming.keep().await? else { return Ok(()) };
        let file = EvidenceView {
            id: self.ctx.new_id(),
            dispute_id: dispute_id.into(),
            name: "calls.png".into(),
            kind: stored.kind,
            bytes: stored.bytes,
            created_at: at,
        };
        store::evidence::insert(&mut self.tx, &file, contractor_id, &stored.hash).await
    }

    /// The schedule's runs, one a day.
    pub(super) async fn add_runs(&mut self) -> Outcome<()> {
        for invoiced in std::mem::take(&mut self.runs).into_values() {
            let Some(at) = invoiced.iter().map(|(at, ..)| *at).max() else { continue };
            let contractors: BTreeSet<&Id> = invoiced.iter().map(|(_, id, _)| id).collect();
            let run = InvoiceRun {
                invoiced: i64::try_from(invoiced.len()).unwrap_or(0),
                contractors: i64::try_from(contractors.len()).unwrap_or(0),
                total: invoiced.iter().map(|(.., amount)| *amount).sum(),
            };
            store::billing::insert_run(&mut self.tx, &self.ctx.new_id(), "system", at, run).await?;
        }
        Ok(())
    }

    /// Two saved cards of the first contractor; the sandbox's, so not where Stripe takes payments.
    pub(super) async fn add_cards(&mut self) -> Outcome<()> {
        let (provider, now) = (self.ctx.payments.name(), self.now);
        let Some(id) = self.contractors.first().map(|c| c.id.clone()).filter(|_| provider == "sandbox") else { return Ok(()) };
        let customer = format!("cus_sandbox_{id}");
        store::payments::insert_customer(&mut self.tx, &id, provider, &customer, now).await?;
        for last4 in ["0341", "4242"] {
            sandbox::save_card(self.ctx, &mut self.tx, &customer, last4).await?;
        }
        Ok(())
    }

    async fn feedback(&mut self, lead: &DemoLead, to: &Candidate, at: DateTime<Utc>) -> Outcome<()> {
        let given_at = at + Duration::hours(self.dice.between(26, 60));
        let Some(customer_email) = lead.form.customer_email.clone() else { return Ok(()) };
        if given_at > self.now || !self.dice.chance(60) {
            return Ok(());
        }
        let rating = *self.dice.pick(&[5_i64, 5, 5, 5, 4, 4, 4, 3, 5, 2]);
        let customer = Customer {
            lead_id: lead.id.clone(),
            customer_first_name: lead.form.customer_first_name.clone(),
            customer_email,
            service_type: lead.form.service_type,
            contractor_id: to.contractor_id.clone(),
            business_name: to.business_name.clone(),
        };
        let comment = self.dice.chance(60).then(|| *self.dice.pick(&words::COMMENTS));
        let new = store::feedback::NewRow {
            id: &self.ctx.new_id(),
            customer: &customer,
            rating,
            attended: Some(true),
            comment,
            created_at: given_at,
        };
        store::feedback::insert(&mut self.tx, &new).await?;
        let data = json!({
            "leadId": lead.id, "customerName": lead.name, "contractorId": to.contractor_id, "businessName": to.business_name,
            "rating": rating,
        });
        self.event("feedback_given", &lead.id, Some(&to.contractor_id), "customer", given_at, data).await?;
        Ok(())
    }

    /// A mail or SMS that told the contractor of a lead.
    pub(super) async fn message(
        &mut self,
        lead: &DemoLead,
        to: &Candidate,
        channel: &str,
        recipient: &str,
        at: DateTime<Utc>,
    ) -> Outcome<()> {
        let sql = "insert into notification_logs (id, job_id, channel, template, recipient, status, lead_id, contractor_id, created_at)
                   values ($1, $2, $3, 'new_lead', $4, 'sent', $5, $6, $7)";
        let at = (at + Duration::seconds(4)).min(self.now);
        let (id, job_id) = (self.ctx.new_id(), self.ctx.new_id());
        execute!(self.tx, sql, id, job_id, channel, recipient, lead.id.as_str(), to.contractor_id.as_str(), at)?;
        Ok(())
    }

    /// Views that an administrator keeps.
    pub(super) async fn add_views(&mut self) -> Outcome<()> {
        for (page, name, query) in [
            ("leads", "Waiting", "status=pending_assignment"),
            ("leads", "Platinum, not qualified", "status=assigned&category=PLATINUM"),
            ("contractors", "Paused", "accepting=false"),
        ] {
            let sql = "insert into saved_views (id, owner, page, name, query, created_at) values ($1, 'admin', $2, $3, $4, $5)";
            execute!(self.tx, sql, self.ctx.new_id(), page, name, query, self.now)?;
        }
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
               lost_leads = (select count(*) from lead_assignments a where a.contractor_id = contractors.id and a.end_reason = 'deadline_missed'),
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
