//! What people are told by mail, SMS and push message: plain words, mail as text and as simple HTML.

mod money;
mod payments;
mod telling;

pub use money::{SendInvoicesJob, dispute_resolved, dispute_submitted, feedback_request, invoice_reminder, invoiced};
pub use payments::{payment_failed, payment_received};
use telling::{Told, tell, tell_contractor};

use crate::assigning::Brief;
use crate::intake::SubmitOutcome;
use crate::lead::LeadForm;
use crate::notifications::Occasion;
use crate::store::contractors::Account;
use crate::store::notifications::Recipient;
use chrono::{DateTime, Utc};
use kernel::{Outcome, Phone};
use platform::auth::Staff;
use platform::mail::{self, Mail, SendMailJob};
use platform::{Ctx, Tx};

/// A message as a list of paragraphs; values are escaped where HTML is made.
pub(crate) struct Letter {
    subject: String,
    text: String,
    html: String,
}

impl Letter {
    pub fn new(subject: impl Into<String>) -> Letter {
        Letter { subject: subject.into(), text: String::new(), html: String::new() }
    }

    pub fn say(mut self, sentence: &str) -> Letter {
        self.text.push_str(sentence);
        self.text.push_str("\n\n");
        self.html.push_str(&format!("<p>{}</p>\n", escape(sentence)));
        self
    }

    pub fn facts(mut self, facts: &[(&str, String)]) -> Letter {
        self.html.push_str("<table cellpadding=\"4\">\n");
        for (label, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            self.text.push_str(&format!("{label}: {value}\n"));
            self.html.push_str(&format!("<tr><th align=\"left\">{}</th><td>{}</td></tr>\n", escape(label), escape(value)));
        }
        self.text.push('\n');
        self.html.push_str("</table>\n");
        self
    }

    pub fn link(mut self, label: &str, url: &str) -> Letter {
        self.text.push_str(&format!("{label}:\n{url}\n\n"));
        self.html.push_str(&format!("<p><a href=\"{}\">{}</a></p>\n", escape(url), escape(label)));
        self
    }

    pub fn to(self, ctx: &Ctx, address: &str) -> Mail {
        let settings = &ctx.settings;
        let foot = format!("{} · Questions? Write to {}", settings.company_name, settings.support_email);
        Mail {
            to: address.to_owned(),
            subject: self.subject,
            text: format!("{}{foot}\n", self.text),
            html: format!(
                "<!doctype html><html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n{}<p><small>{}</small></p>\n</body></html>\n",
                self.html,
                escape(&foot)
            ),
            attachments: Vec::new(),
        }
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// `Sun 5 Oct, 6:31 PM EDT`, in the company's time zone.
fn when(ctx: &Ctx, at: DateTime<Utc>) -> String {
    at.with_timezone(&ctx.settings.company_time_zone).format("%a %-d %b, %-I:%M %p %Z").to_string()
}

pub(crate) async fn send(
    ctx: &Ctx,
    tx: &mut Tx,
    mail: Mail,
    template: &str,
    lead_id: Option<&str>,
    contractor_id: Option<&str>,
) -> Outcome<()> {
    let job =
        SendMailJob { mail, lead_id: lead_id.map(Into::into), contractor_id: contractor_id.map(Into::into), template: template.into() };
    mail::queue(ctx, tx, job).await
}

/// To the contractor: there is a new lead, call until then.
pub async fn new_lead(
    ctx: &Ctx,
    tx: &mut Tx,
    lead: &Brief,
    to: &Recipient,
    deadline: DateTime<Utc>,
    tracking: Option<&Phone>,
    is_replacement: bool,
) -> Outcome<()> {
    let path = format!("/app/contractor/leads/{}", lead.id);
    let url = format!("{}{path}", ctx.settings.public_url);
    let call = tracking.unwrap_or(&lead.customer_phone);
    let deadline = when(ctx, deadline);
    let price = if is_replacement { format!("{} (replacement, free)", lead.price) } else { lead.price.to_string() };
    let letter = Letter::new(format!("New {} lead: {} in {}", lead.category.label(), lead.service_type.label(), lead.place))
        .say(&format!("You have a new lead. Please call {} before {deadline}.", lead.customer_name))
        .facts(&[
            ("Customer", lead.customer_name.clone()),
            ("Call", call.to_string()),
            ("Service", lead.service_type.label().into()),
            ("When", lead.timeline.label().into()),
            ("Where", lead.place.clone()),
            ("Category", format!("{}, {price}", lead.category.label())),
        ])
        .link("Open the lead", &url);
    let short = format!(
        "New {} lead: {}, {}. Call {} at {call} before {deadline}.",
        lead.category.label(),
        lead.service_type.label(),
        lead.place,
        lead.customer_name
    );
    let told = Told { occasion: Occasion::NewLead, template: "new_lead", lead_id: Some(&lead.id), short, path };
    tell(ctx, tx, to, letter, &told).await
}

/// To the contractor who has not called yet: a quarter of the time is left.
pub async fn deadline_near(ctx: &Ctx, tx: &mut Tx, lead: &Brief, contractor_id: &str, deadline: DateTime<Utc>) -> Outcome<()> {
    let path = format!("/app/contractor/leads/{}", lead.id);
    let name = &lead.customer_name;
    let deadline = when(ctx, deadline);
    let short = format!("{name} still waits for your call. Please call before {deadline}.");
    let letter = Letter::new(format!("Call soon: {name}"))
        .say(&short)
        .say("After that the lead may go to another contractor.")
        .facts(&[("Service", lead.service_type.label().into()), ("Where", lead.place.clone())])
        .link("Open the lead", &format!("{}{path}", ctx.settings.public_url));
    let told = Told { occasion: Occasion::DeadlineNear, template: "deadline_near", lead_id: Some(&lead.id), short, path };
    tell_contractor(ctx, tx, contractor_id, letter, &told).await
}

/// To the customer: the request is in, and who will call until when.
pub async fn request_received(ctx: &Ctx, tx: &mut Tx, lead_id: &str, form: &LeadForm, email: &str, outcome: &SubmitOutcome) -> Outcome<()> {
    let letter = Letter::new("We received your request").say(&format!("Hello {}, thank you for your request.", form.customer_first_name));
    let letter = match outcome {
        SubmitOutcome::Assigned { business_name, response_deadline, .. } => {
            letter.say(&format!("{business_name} will call you at {} before {}.", form.customer_phone, when(ctx, *response_deadline)))
        }
        SubmitOutcome::NoContractor { zip } => letter.say(&format!(
            "At the moment no contractor is available in {zip}. We keep your request and write to a contractor as soon as one can help."
        )),
        SubmitOutcome::AlreadyServed => letter.say("We had your request already: the contractor who has it will call you."),
        SubmitOutcome::NotSold => letter.say("We keep your request and get back to you when a contractor near you can help."),
    };
    let key = crate::front_desk::key_of_request(ctx, lead_id);
    let letter = letter
        .facts(&[("Service", form.service_type.label().into()), ("When", form.timeline.label().into())])
        .link("See how your request is doing", &format!("{}/request/{key}", ctx.settings.public_url));
    send(ctx, tx, letter.to(ctx, email), "request_received", Some(lead_id), None).await
}

/// To the contractor whose time for first contact is over.
pub async fn deadline_missed(ctx: &Ctx, tx: &mut Tx, lead: &Brief, late: &Account, is_lost: bool) -> Outcome<()> {
    let path = "/app/contractor/leads".to_owned();
    let name = &lead.customer_name;
    let short = if is_lost {
        format!("The time to call {name} is over, and the lead went to another contractor.")
    } else {
        format!("The time to call {name} is over. The customer still waits: please call now.")
    };
    let letter = Letter::new(format!("Response deadline missed: {name}"))
        .say(&short)
        .say("Quick answers win customers, and more leads.")
        .link("Open your leads", &format!("{}{path}", ctx.settings.public_url));
    let told = Told { occasion: Occasion::LeadLost, template: "deadline_missed", lead_id: Some(&lead.id), short, path };
    tell_contractor(ctx, tx, &late.id, letter, &told).await
}

/// To the contractor who had a lead: an administrator took it.
pub async fn lead_taken(ctx: &Ctx, tx: &mut Tx, lead: &Brief, former: &Account, why: &str) -> Outcome<()> {
    let path = "/app/contractor/leads".to_owned();
    let short = format!("The lead of {} is no longer yours. Please do not call them, and nothing is charged for it.", lead.customer_name);
    let letter = Letter::new(format!("No longer your lead: {}", lead.customer_name))
        .say(&short)
        .facts(&[("Why", why.to_owned())])
        .link("Open your leads", &format!("{}{path}", ctx.settings.public_url));
    let told = Told { occasion: Occasion::LeadLost, template: "lead_taken", lead_id: Some(&lead.id), short, path };
    tell_contractor(ctx, tx, &former.id, letter, &told).await
}

/// To a contractor whose application was refused.
pub async fn rejected(ctx: &Ctx, tx: &mut Tx, account: &Account, reason: &str) -> Outcome<()> {
    let letter = Letter::new("Your application")
        .say(&format!("Hello {}, thank you for your application. We cannot accept it at the moment.", account.business_name))
        .facts(&[("Why", reason.to_owned())])
        .say("If something has changed, or we got something wrong, just write to us.");
    send(ctx, tx, letter.to(ctx, &account.email), "application_rejected", None, Some(&account.id)).await
}

/// To a contractor who has applied.
pub async fn application_received(ctx: &Ctx, tx: &mut Tx, contractor_id: &str, business_name: &str, email: &str) -> Outcome<()> {
    let letter = Letter::new("We received your application")
        .say(&format!("Hello {business_name}, thank you for joining {}.", ctx.settings.company_name))
        .say("We look at applications within 24 hours, and write to you when your account is ready.");
    send(ctx, tx, letter.to(ctx, email), "application_received", None, Some(contractor_id)).await
}

/// To a contractor who was approved, with the link that sets the password: never a password (decision 30).
pub async fn approved(ctx: &Ctx, tx: &mut Tx, account: &Account, token: Option<&str>) -> Outcome<()> {
    let base = &ctx.settings.public_url;
    let letter = Letter::new("Your account is approved")
        .say(&format!("Hello {}, your account is approved. New leads come by mail and SMS.", account.business_name))
        .facts(&[("Sign in as", account.email.clone())]);
    let letter = match token {
        Some(token) => letter.link("Set your password", &format!("{base}/set-password/{token}")).say("The link works once, within 7 days."),
        None => letter.link("Sign in", &format!("{base}/login")),
    };
    send(ctx, tx, letter.to(ctx, &account.email), "onboarding", None, Some(&account.id)).await
}

/// To a new member of staff, with the link that sets the password.
pub async fn staff_invited(ctx: &Ctx, tx: &mut Tx, staff: &Staff, by: &str, token: &str) -> Outcome<()> {
    let company = &ctx.settings.company_name;
    let letter = Letter::new(format!("You are invited to the office of {company}"))
        .say(&format!("Hello {}, {by} has made an account for you at {company}. {}", staff.name, staff.role.meaning()))
        .facts(&[("Sign in as", staff.email.clone()), ("Role", staff.role.label().into())])
        .link("Set your password", &format!("{}/set-password/{token}", ctx.settings.public_url))
        .say("The link works once, within 7 days.");
    send(ctx, tx, letter.to(ctx, &staff.email), "staff_invited", None, None).await
}

/// To somebody who forgot the password.
pub async fn password_reset(ctx: &Ctx, tx: &mut Tx, email: &str, contractor_id: Option<&str>, token: &str) -> Outcome<()> {
    let letter = Letter::new("Set a new password")
        .say("Somebody asked for a new password for your account. If that was not you, ignore this message.")
        .link("Set a new password", &format!("{}/set-password/{token}", ctx.settings.public_url))
        .say("The link works once, within an hour.");
    send(ctx, tx, letter.to(ctx, email), "password_reset", None, contractor_id).await
}

#[cfg(test)]
mod tests {
    use super::{Letter, escape};

    #[test]
    fn what_people_typed_cannot_become_markup() {
        assert_eq!(escape("<b>\"Tom\" & 'Co'"), "&lt;b&gt;&quot;Tom&quot; &amp; &#39;Co&#39;");
        let letter = Letter::new("x").say("<script>").facts(&[("Name", "<img>".into()), ("Empty", String::new())]);
        assert!(!letter.html.contains("<script>") && !letter.html.contains("<img>") && !letter.html.contains("Empty"));
        assert!(letter.text.contains("<script>") && letter.text.contains("Name: <img>"));
    }
}
