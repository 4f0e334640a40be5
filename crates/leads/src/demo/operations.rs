//! What the pages about the running of the system show of the demo: webhooks, partners, a draft of the scoring, what did
//! not work, and what was done by hand.

use super::*;
use crate::ledger::{self, EntryKind, NewEntry};
use crate::scoring::{Tiers, Weights};
use crate::store::scoring_versions as versions;
use kernel::Money;
use platform::auth::token_hash;
use platform::mail::{Mail, SendMailJob};
use platform::sms::{SendSmsJob, Sms};

/// Partners who send leads, and how many of a hundred leads are theirs.
const PARTNERS: [(&str, usize); 3] = [("Bayside Home Guide", 11), ("Repair Finder", 7), ("Neighbors Recommend", 4)];

impl Loader<'_> {
    /// Partners with keys that nobody has.
    pub(super) async fn add_sources(&mut self) -> Outcome<()> {
        for (i, (name, share)) in PARTNERS.iter().enumerate() {
            let (id, key) = (self.ctx.new_id(), self.ctx.new_secret());
            let (prefix, made) = (format!("pl_{}", &key[..8]), self.now - Duration::days(88 - 20 * i64::try_from(i).unwrap_or(0)));
            store::sources::insert(&mut self.tx, &id, name, &token_hash(&key), &prefix, made).await?;
            store::sources::touch(&mut self.tx, &id, self.now - Duration::hours(self.dice.between(1, 30))).await?;
            self.audit("admin", "lead_source_created", &id, json!({ "name": name }), made).await?;
            self.sources.push((id, *name, *share));
        }
        // One that did not work out.
        let (id, name, made) = (self.ctx.new_id(), "Cheap Leads Direct", self.now - Duration::days(70));
        store::sources::insert(&mut self.tx, &id, name, &token_hash(&self.ctx.new_secret()), "pl_Zk4Wq1xT", made).await?;
        store::sources::revoke(&mut self.tx, &id, made + Duration::days(21)).await?;
        self.audit("admin", "lead_source_created", &id, json!({ "name": name }), made).await?;
        self.audit("admin", "lead_source_revoked", &id, json!({}), made + Duration::days(21)).await
    }

    /// Whose lead it is, if a partner's.
    pub(super) fn source_at(&mut self, at: DateTime<Utc>) -> Option<(Id, &'static str)> {
        let mut number = self.dice.below(100);
        for (i, (id, name, share)) in self.sources.iter().enumerate() {
            let is_there = at > self.now - Duration::days(88 - 20 * i64::try_from(i).unwrap_or(0));
            if number < *share && is_there {
                return Some((id.clone(), *name));
            }
            number = number.saturating_sub(*share);
        }
        None
    }

    /// A callback of Twilio's about a call of the last month, as it would have come.
    pub(super) async fn call_webhook(
        &mut self,
        sid: &str,
        (from, to): (&str, &str),
        status: CallStatus,
        seconds: i64,
        at: DateTime<Utc>,
    ) -> Outcome<()> {
        if self.now - at > Duration::days(30) {
            return Ok(());
        }
        let plus = |number: &str| number.replace('+', "%2B");
        let body =
            format!("CallSid={sid}&CallStatus={status}&CallDuration={seconds}&From={}&To={}&Direction=outbound-api", plus(from), plus(to));
        self.webhook("twilio", "call-status", &body, "processed", None, at).await
    }

    /// What else came: payments, mail, and what did not work.
    pub(super) async fn add_webhooks(&mut self) -> Outcome<()> {
        let ago = |hours: i64| Duration::hours(hours);
        for n in 0..12_i64 {
            let at = self.now - ago(20 + n * 47);
            let body = json!({ "id": format!("evt_demo_{n}"), "type": "payment_intent.succeeded", "data": { "object": { "id": format!("pi_demo_{n}"), "amount": 25_000 - n * 500, "currency": "usd", "status": "succeeded" } } });
            self.webhook("stripe", "payment_intent.succeeded", &body.to_string(), "processed", None, at).await?;
            let body = json!([{ "event": "delivered", "email": "customer@example.com", "timestamp": at.timestamp(), "sg_event_id": format!("demo-{n}") }]);
            self.webhook("sendgrid", "delivered", &body.to_string(), "processed", None, at - ago(9)).await?;
        }
        let stripe =
            json!({ "id": "evt_demo_x", "type": "payment_intent.succeeded", "data": { "object": { "id": "pi_demo_x", "amount": 9_900 } } });
        let bounce = json!([{ "event": "bounce", "email": "old.address@example.com", "reason": "550 5.1.1 no such mailbox", "sg_event_id": "demo-b" }]);
        let odd = [
            ("stripe", "payment_intent.succeeded", stripe.to_string(), "mismatch", Some("the payment names no charge that is open"), 5),
            ("sendgrid", "bounce", bounce.to_string(), "processed", None, 31),
            (
                "stripe",
                "charge.updated",
                json!({ "id": "evt_demo_y", "type": "charge.updated" }).to_string(),
                "ignored",
                Some("an event of a kind that is not used here"),
                12,
            ),
            (
                "twilio",
                "call-status",
                "CallSid=CA00000000000000000000000000000000&CallStatus=completed&CallDuration=900".into(),
                "rejected",
                Some("wrong signature"),
                3,
            ),
            (
                "twilio",
                "call-status",
                "CallSid=CA0000000000000000000000000000002a&CallStatus=".into(),
                "failed",
                Some("CallStatus is required"),
                26,
            ),
        ];
        for (provider, kind, body, result, why, hours) in odd {
            self.webhook(provider, kind, &body, result, why, self.now - ago(hours)).await?;
        }
        Ok(())
    }

    async fn webhook(&mut self, provider: &str, kind: &str, body: &str, result: &str, why: Option<&str>, at: DateTime<Utc>) -> Outcome<()> {
        let event_id = platform::webhooks::digest(&format!("{kind}\n{body}"));
        execute!(
            self.tx,
            "insert into inbound_webhooks (id, provider, event_id, kind, body, is_cut, is_signed, result, error, received_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.ctx.new_id(),
            provider,
            event_id,
            kind,
            body,
            false,
            result != "rejected",
            result,
            why,
            at,
        )?;
        Ok(())
    }

    /// Calls that fit no lead: somebody else dialled one of the numbers.
    pub(super) async fn add_strays(&mut self) -> Outcome<()> {
        let numbers: Vec<Phone> = self.numbers.iter().rev().take(3).cloned().collect();
        let calls = [
            ("+13105550187", CallStatus::Completed, 94, 7),
            ("+18185550123", CallStatus::NoAnswer, 0, 29),
            ("client:front-desk", CallStatus::Completed, 12, 75),
        ];
        for ((from, status, seconds, hours), to) in calls.into_iter().zip(numbers) {
            let at = self.now - Duration::hours(hours);
            self.calls += 1;
            let sid = format!("CA{:032x}", self.calls);
            store::calls::insert(&mut self.tx, &self.ctx.new_id(), &sid, from, to.e164(), status, at).await?;
            let Some(mut call) = store::calls::lock(&mut self.tx, &sid).await? else { continue };
            call.duration_seconds = Some(seconds);
            call.direction = Some("inbound".into());
            call.answered_at = (seconds > 0).then_some(at);
            store::calls::update(&mut self.tx, &call, at).await?;
        }
        Ok(())
    }

    /// Addresses that get no more mail: nobody's, and a contractor's.
    pub(super) async fn add_bounces(&mut self) -> Outcome<()> {
        let suspended = self.contractors.iter().find(|c| c.is_approved && c.status == ContractorStatus::Suspended);
        let theirs = suspended.map(|c| c.candidate.email.clone()).unwrap_or_default();
        for (address, kind, reason, hours) in
            [("old.address@example.com", "bounce", Some("550 5.1.1 no such mailbox"), 31), (theirs.as_str(), "spamreport", None, 220)]
        {
            let at = self.now - Duration::hours(hours);
            store::bounces::insert(&mut self.tx, address, kind, reason, at).await?;
            let data = json!({ "email": address, "kind": kind, "reason": reason });
            self.event("email_bounced", address, None, "sendgrid", at, data).await?;
        }
        Ok(())
    }

    /// A mail and a text message that could not be sent.
    pub(super) async fn add_dead_jobs(&mut self) -> Outcome<()> {
        let Some(to) = self.contractors.first().map(|c| c.candidate.clone()) else { return Ok(()) };
        let text = "A new lead waits for you. Sign in to see it, and until when to call.";
        let mail =
            Mail { to: to.email, subject: "A new lead".into(), text: text.into(), html: format!("<p>{text}</p>"), attachments: Vec::new() };
        let contractor_id = Some(to.contractor_id);
        let mail = SendMailJob { mail, lead_id: None, contractor_id: contractor_id.clone(), template: "new_lead".into() };
        let sms = Sms { to: to.phone, body: text.into() };
        let sms = SendSmsJob { sms, lead_id: None, contractor_id, template: "new_lead".into() };
        let (made, tried) = (self.now - Duration::hours(52), self.now - Duration::hours(41));
        let why = "status 401: the provider does not know this key";
        store::jobs::insert_dead(&mut self.tx, &self.ctx.new_id(), &mail, why, made, tried).await?;
        let why = "Twilio cannot be reached: the connection timed out";
        store::jobs::insert_dead(&mut self.tx, &self.ctx.new_id(), &sms, why, made, tried).await
    }

    /// Somebody paid more than they owe: credit that can be paid out.
    pub(super) async fn add_credit(&mut self) -> Outcome<()> {
        let Some(id) = self.contractors.iter().find(|c| c.is_approved && !c.is_accepting).map(|c| c.id.clone()) else { return Ok(()) };
        let at = self.now - Duration::days(6);
        let entry = NewEntry::of(EntryKind::Payment, Money::from_dollars(150), &id, "Payment in advance", at);
        ledger::post(self.ctx, &mut self.tx, &NewEntry { reference: Some("ACH 2291"), ..entry }).await?;
        Ok(())
    }

    /// A draft to try: urgent work and business properties earn more, and Platinum costs more.
    pub(super) async fn add_draft(&mut self) -> Outcome<()> {
        let (mut weights, mut tiers) = (Weights::default(), Tiers::default());
        weights.timeline.within_24_hours = 45;
        weights.property.residential = 15;
        weights.service.maintenance = 10;
        tiers.platinum.price = Money::from_dollars(280);
        let etag = self.ctx.new_id();
        let note = "Urgent work earns more, maintenance less; Platinum costs more.";
        let draft = versions::NewVersion {
            weights: &weights,
            tiers: &tiers,
            note: Some(note),
            etag: &etag,
            created_by: "admin",
            now: self.now - Duration::hours(26),
        };
        versions::insert_draft(&mut self.tx, &draft).await?;
        self.audit("admin", "scoring_draft_saved", "2", json!({ "etag": etag }), draft.now).await
    }

    /// Something that was done by hand.
    pub(super) async fn audit(&mut self, actor: &str, action: &str, subject_id: &str, detail: Value, at: DateTime<Utc>) -> Outcome<()> {
        execute!(
            self.tx,
            "insert into audit_log (id, actor, action, subject_id, detail, at) values ($1, $2, $3, $4, $5, $6)",
            self.ctx.new_id(),
            actor,
            action,
            subject_id,
            sqlx::types::Json(&detail),
            at,
        )?;
        Ok(())
    }
}
