//! Mail about invoices, disputes and feedback.

use super::telling::tell_elsewhere;
use super::{Letter, Told, send, tell_contractor};
use crate::billing::{self, Debtor, RecordView};
use crate::disputes::{DisputeView, Resolution};
use crate::notifications::{Channel, Occasion};
use crate::store;
use crate::store::feedback::Customer;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome};
use platform::auth::Caller;
use platform::mail::{Attachment, SendMailJob};
use platform::{Ctx, Job, JobError, Running, Tx, jobs};
use serde::{Deserialize, Serialize};

/// `5 Oct 2025`, in the company's time zone.
fn date(ctx: &Ctx, at: DateTime<Utc>) -> String {
    at.with_timezone(&ctx.settings.company_time_zone).format("%-d %b %Y").to_string()
}

/// Where contractors see what they owe.
pub(super) const BILLING: &str = "/app/contractor/billing";

pub(super) fn billing_page(ctx: &Ctx) -> String {
    format!("{}{BILLING}", ctx.settings.public_url)
}

/// To the contractor: these charges are invoiced.
pub async fn invoiced(ctx: &Ctx, tx: &mut Tx, to: &Debtor, records: &[RecordView]) -> Outcome<()> {
    let total: Money = records.iter().map(|r| r.amount).sum();
    let subject = match records {
        [one] => format!("Invoice {}: {total}", one.invoice_number.as_deref().unwrap_or_default()),
        _ => format!("{} invoices: {total}", records.len()),
    };
    let mut letter =
        Letter::new(subject).say(&format!("Hello {}, here is what we invoice for qualified leads, {total} in all.", to.business_name));
    for record in records {
        letter = letter.facts(&[
            ("Invoice", record.invoice_number.clone().unwrap_or_default()),
            ("Lead", format!("{}, {}", record.lead.customer_name(), record.lead.service_type.label())),
            ("Charged on", date(ctx, record.incurred_at)),
            ("Amount", record.amount.to_string()),
        ]);
    }
    let letter = letter.link("See and pay your invoices", &billing_page(ctx));
    let Some(to) = store::notifications::list_recipients(tx, &[&to.id]).await?.pop() else { return Ok(()) };
    let short = format!("We have invoiced your qualified leads: {total} in all.");
    let told = Told { occasion: Occasion::Bill, template: "invoice", lead_id: None, short, path: BILLING.into() };
    tell_elsewhere(ctx, tx, &to, &letter.subject, &told).await?;
    if to.choices.is_on(Occasion::Bill, Channel::Email) {
        let mail =
            SendMailJob { mail: letter.to(ctx, &to.email), lead_id: None, contractor_id: Some(to.id.clone()), template: "invoice".into() };
        let record_ids = records.iter().map(|r| r.id.clone()).collect();
        jobs::enqueue(ctx, tx, &SendInvoicesJob { mail, record_ids }).await?;
    }
    Ok(())
}

/// Sends a mail with invoices, which are written as they stand when it leaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendInvoicesJob {
    mail: SendMailJob,
    record_ids: Vec<Id>,
}

impl Job for SendInvoicesJob {
    const KIND: &'static str = "send_invoices";

    async fn run(mut self, ctx: &Ctx, job: &mut Running) -> Result<(), JobError> {
        for record_id in self.record_ids.iter().take(MOST_ATTACHED) {
            let document = billing::invoice_document(ctx, &Caller::System, record_id).await?;
            self.mail.mail.attachments.push(Attachment { name: document.file_name, kind: "application/pdf", bytes: document.bytes });
        }
        self.mail.run(ctx, job).await
    }
}

/// Mail servers refuse what is too large; the others are on the billing page.
const MOST_ATTACHED: usize = 50;

/// To the contractor: an invoice is unpaid.
pub async fn invoice_reminder(ctx: &Ctx, tx: &mut Tx, record: &RecordView) -> Outcome<()> {
    let number = record.invoice_number.as_deref().unwrap_or_default();
    let invoiced_on = record.invoiced_at.map(|at| date(ctx, at)).unwrap_or_default();
    let letter = Letter::new(format!("Reminder: invoice {number} is unpaid"))
        .say(&format!("Hello {}, we have not received the payment of this invoice yet.", record.contractor.business_name))
        .facts(&[
            ("Invoice", number.to_owned()),
            ("Invoiced on", invoiced_on),
            ("Lead", record.lead.customer_name()),
            ("Amount", record.amount.to_string()),
        ])
        .say("If you have paid meanwhile, please ignore this message.")
        .link("Pay the invoice", &billing_page(ctx));
    let short = format!("Invoice {number} over {} is unpaid.", record.amount);
    let told = Told { occasion: Occasion::Bill, template: "invoice_reminder", lead_id: Some(&record.lead.id), short, path: BILLING.into() };
    tell_contractor(ctx, tx, &record.contractor.id, letter, &told).await
}

/// To the contractor: the dispute is in.
pub async fn dispute_submitted(ctx: &Ctx, tx: &mut Tx, dispute: &DisputeView) -> Outcome<()> {
    let name = dispute.lead.customer_name();
    let letter = Letter::new(format!("We received your dispute: {name}"))
        .say("We look at disputes within 24 to 48 hours, and write to you when yours is decided.")
        .facts(&[
            ("Lead", name),
            ("Charge", dispute.record.amount.to_string()),
            ("Reason", dispute.reason.label().into()),
            ("Description", dispute.description.clone().unwrap_or_default()),
        ]);
    let (lead, contractor) = (&dispute.lead.id, &dispute.contractor);
    send(ctx, tx, letter.to(ctx, &contractor.email), "dispute_submitted", Some(lead), Some(&contractor.id)).await
}

/// To the contractor: how the dispute was decided. `was_paid`: the charge had been paid, so the credit is theirs.
pub async fn dispute_resolved(ctx: &Ctx, tx: &mut Tx, dispute: &DisputeView, was_paid: bool) -> Outcome<()> {
    let name = dispute.lead.customer_name();
    let credit = dispute.credit.unwrap_or_default();
    let sentence = match dispute.resolution {
        Some(Resolution::Approved) => format!("Your dispute about {name} was approved: we credited {credit}."),
        Some(Resolution::PartialCredit) => format!("Your dispute about {name} was approved in part: we credited {credit}."),
        Some(Resolution::ReplacementLead) => {
            format!("Your dispute about {name} was approved: we credited {credit}, and your next matching lead is free.")
        }
        Some(Resolution::Denied) | None => format!("Your dispute about {name} was denied: the charge stands."),
    };
    let mut letter = Letter::new(format!("Your dispute is decided: {name}")).say(&sentence);
    if was_paid && credit > Money::ZERO {
        letter = letter.say("You had paid this charge, so the credit stands in your account's favour.");
    }
    let letter = letter
        .facts(&[
            ("What is left of the charge", dispute.record.amount.to_string()),
            ("Notes", dispute.resolution_notes.clone().unwrap_or_default()),
        ])
        .link("See your billing", &billing_page(ctx));
    let told = Told {
        occasion: Occasion::DisputeDecided,
        template: "dispute_resolved",
        lead_id: Some(&dispute.lead.id),
        short: sentence,
        path: BILLING.into(),
    };
    tell_contractor(ctx, tx, &dispute.contractor.id, letter, &told).await
}

/// To the customer: how was it? (seed 000, Send Feedback Emails)
pub async fn feedback_request(ctx: &Ctx, tx: &mut Tx, customer: &Customer, token: &str) -> Outcome<()> {
    let letter = Letter::new(format!("How was {}?", customer.business_name))
        .say(&format!(
            "Hello {}, a day ago {} contacted you about your request ({}).",
            customer.customer_first_name,
            customer.business_name,
            customer.service_type.label()
        ))
        .say("Would you tell us how it went? It takes a minute.")
        .link("Give feedback", &format!("{}/feedback/{token}", ctx.settings.public_url));
    send(ctx, tx, letter.to(ctx, &customer.customer_email), "feedback_request", Some(&customer.lead_id), Some(&customer.contractor_id))
        .await
}
