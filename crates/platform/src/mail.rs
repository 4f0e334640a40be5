//! Mail: written as a job with the change that asks for it, sent later through SendGrid or SMTP, or to a folder.

use crate::jobs::{self, Job, JobError, Running};
use crate::notifications::{self, Entry, Status};
use crate::settings::{MailSettings, Settings};
use crate::{Ctx, Tx, events, execute, fetch_optional};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use kernel::{Id, Outcome};
use lettre::message::header::ContentType;
use lettre::message::{Attachment as FilePart, Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One message to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Made when the message is sent: a job's payload does not carry files.
    #[serde(skip)]
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// `application/pdf`.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// Why a message did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Try again later.
    Retry(String),
    /// Trying again cannot help.
    Fail(String),
    /// It was not tried: the provider is left alone for a while.
    Later(String),
}

impl SendError {
    /// What a provider's HTTP status means; only what is wrong with the message itself is final.
    pub(crate) fn of_status(status: reqwest::StatusCode, body: &str) -> SendError {
        let why = format!("status {}: {}", status.as_u16(), body.chars().take(300).collect::<String>());
        if matches!(status.as_u16(), 400 | 404 | 413 | 422) { SendError::Fail(why) } else { SendError::Retry(why) }
    }

    pub fn why(&self) -> &str {
        match self {
            SendError::Retry(why) | SendError::Fail(why) | SendError::Later(why) => why,
        }
    }
}

impl From<SendError> for JobError {
    fn from(error: SendError) -> JobError {
        match error {
            SendError::Retry(why) => JobError::Retry(why),
            SendError::Fail(why) => JobError::Fail(why),
            SendError::Later(why) => JobError::Later(why),
        }
    }
}

/// Sends a message. `id` is the same at each try and becomes the Message-ID, `from` is `Name <address>`.
pub trait Mailer: Send + Sync {
    fn send<'a>(&'a self, id: &'a str, from: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), SendError>>;
}

/// The mailer that the settings name.
pub fn from_settings(settings: &Settings) -> anyhow::Result<Box<dyn Mailer>> {
    Ok(match &settings.mail {
        MailSettings::Folder(folder) => Box::new(FolderMailer { folder: folder.clone() }),
        MailSettings::Smtp { url } => Box::new(SmtpMailer {
            transport: AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())?.timeout(Some(Duration::from_secs(10))).build(),
        }),
        MailSettings::SendGrid { api_key, base } => Box::new(SendGridMailer {
            client: crate::http::client()?,
            url: format!("{base}/v3/mail/send"),
            api_key: api_key.expose().to_owned(),
        }),
    })
}

/// Whether a text is a sender: `name@host` or `Name <name@host>`.
pub(crate) fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// Errors: what is wrong with the address, without the address.
pub(crate) fn check_smtp_url(url: &str) -> Result<(), String> {
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map(|_| ()).map_err(|e| e.to_string())
}

/// The message as it goes over the wire: text and HTML.
fn message(id: &str, from: &str, mail: &Mail) -> Result<Message, SendError> {
    let fail = |e: &dyn std::fmt::Display| SendError::Fail(format!("the message cannot be built: {e}"));
    let from: Mailbox = from.parse().map_err(|e| fail(&e))?;
    let domain = from.email.domain().to_owned();
    let mut body = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    if !mail.attachments.is_empty() {
        body = MultiPart::mixed().multipart(body);
    }
    for file in &mail.attachments {
        let kind = ContentType::parse(file.kind).map_err(|e| fail(&e))?;
        body = body.singlepart(FilePart::new(file.name.clone()).body(file.bytes.clone(), kind));
    }
    Message::builder()
        .from(from)
        .to(mail.to.parse().map_err(|e| fail(&e))?)
        .subject(one_line(&mail.subject))
        .message_id(Some(format!("<{id}@{domain}>")))
        .multipart(body)
        .map_err(|e| fail(&e))
}

/// A subject cannot smuggle in a header.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes a file so that nobody sees half of it; a second time replaces it.
pub(crate) async fn write_whole(folder: &Path, name: &str, bytes: Vec<u8>) -> Result<(), SendError> {
    let (part, whole) = (folder.join(format!(".{name}.part")), folder.join(name));
    // One hop to a thread that may wait for the disk, not one for each step.
    let written = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(part.parent().unwrap_or(&part))?;
        std::fs::write(&part, bytes)?;
        std::fs::rename(&part, whole)
    });
    let written = written.await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    written.map_err(|e| SendError::Retry(format!("cannot write to {}: {e}", folder.display())))
}

/// `.eml` files, for people who try Plumbline out and for tests.
struct FolderMailer {
    folder: PathBuf,
}

impl Mailer for FolderMailer {
    fn send<'a>(&'a self, id: &'a str, from: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { write_whole(&self.folder, &format!("{id}.eml"), message(id, from, mail)?.formatted()).await })
    }
}

struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, id: &'a str, from: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            self.transport.send(message(id, from, mail)?).await.map(|_| ()).map_err(|error| {
                if error.is_permanent() { SendError::Fail(error.to_string()) } else { SendError::Retry(error.to_string()) }
            })
        })
    }
}

struct SendGridMailer {
    client: reqwest::Client,
    url: String,
    api_key: String,
}

impl Mailer for SendGridMailer {
    fn send<'a>(&'a self, id: &'a str, from: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let from: Mailbox = from.parse().map_err(|e| SendError::Fail(format!("MAIL_FROM is not an address: {e}")))?;
            let mut content = vec![json!({"type": "text/plain", "value": mail.text})];
            if !mail.html.is_empty() {
                content.push(json!({"type": "text/html", "value": mail.html}));
            }
            let mut sender = json!({"email": from.email.to_string()});
            if let Some(name) = &from.name {
                sender["name"] = json!(name);
            }
            let mut body = json!({
                "personalizations": [{"to": [{"email": mail.to}], "custom_args": {"job_id": id}}],
                "from": sender,
                "subject": one_line(&mail.subject),
                "content": content,
                "headers": {"Message-ID": format!("<{id}@{}>", from.email.domain())},
            });
            if !mail.attachments.is_empty() {
                let file = |f: &Attachment| json!({"content": STANDARD.encode(&f.bytes), "filename": f.name, "type": f.kind});
                body["attachments"] = mail.attachments.iter().map(file).collect();
            }
            let request = self.client.post(&self.url).bearer_auth(&self.api_key).json(&body);
            let response =
                request.send().await.map_err(|e| SendError::Retry(format!("SendGrid cannot be reached: {}", e.without_url())))?;
            let status = response.status();
            if status.is_success() {
                return Ok(());
            }
            Err(SendError::of_status(status, &response.text().await.unwrap_or_default()))
        })
    }
}

/// Sends one message; what it is about is for the notification log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendMailJob {
    pub mail: Mail,
    pub lead_id: Option<Id>,
    pub contractor_id: Option<Id>,
    /// The kind of message (`contractor_welcome`).
    pub template: String,
}

/// Asks for a message to be sent once the transaction commits.
pub async fn queue(ctx: &Ctx, tx: &mut Tx, job: SendMailJob) -> Outcome<()> {
    jobs::enqueue(ctx, tx, &job).await
}

impl Job for SendMailJob {
    const KIND: &'static str = "send_mail";

    async fn run(self, ctx: &Ctx, job: &mut Running) -> Result<(), JobError> {
        let known = notifications::known(ctx, &job.id, &self.mail.to).await?;
        if known.was_sent {
            return Ok(());
        }
        let sent = match known.is_suppressed {
            true => Ok(()),
            false => ctx.breakers.mail.call(ctx, ctx.mailer.send(&job.id, &ctx.settings.mail_from, &self.mail)).await,
        };
        let (status, error) = match &sent {
            Ok(()) if known.is_suppressed => (Status::Skipped, Some("the address bounced before".into())),
            Ok(()) => (Status::Sent, None),
            Err(SendError::Later(why)) => return Err(JobError::Later(why.clone())),
            Err(error) => (Status::Failed, Some(error.why().into())),
        };
        let entry = Entry {
            job_id: job.id.clone(),
            channel: "email",
            template: self.template,
            recipient: self.mail.to,
            status,
            lead_id: self.lead_id,
            contractor_id: self.contractor_id,
            error,
            sms: None,
        };
        job.log(entry);
        Ok(sent?)
    }
}

/// An address that gets no more mail (decision 34).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Bounce {
    pub address: String,
    /// `bounce`, `dropped` or `spamreport` (seed 000, SendGrid Email Events).
    pub kind: String,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Holds back later mail to an address; `at` is when the provider met it.
pub async fn record_bounce(ctx: &Ctx, tx: &mut Tx, address: &str, kind: &str, reason: Option<&str>, at: DateTime<Utc>) -> Outcome<()> {
    let address = address.trim().to_lowercase();
    execute!(
        tx,
        "insert into email_bounces (address, kind, reason, created_at) values ($1, $2, $3, $4)
         on conflict (address) do update set kind = excluded.kind, reason = excluded.reason",
        address.as_str(),
        kind,
        reason,
        at,
    )?;
    let data = json!({ "email": address, "kind": kind, "reason": reason });
    events::emit(ctx, tx, "email_bounced", &address, None, "sendgrid", data).await
}

/// Lets mail go to an address again. Answers what held it back, if anything did.
pub async fn lift_bounce(tx: &mut Tx, address: &str) -> Outcome<Option<Bounce>> {
    let sql = "delete from email_bounces where address = $1 returning address, kind, reason, created_at";
    Ok(fetch_optional!(tx, Bounce, sql, address.trim().to_lowercase())?)
}

/// Takes `lift_bounce` back. False: something holds the address back already.
pub async fn restore_bounce(tx: &mut Tx, bounce: &Bounce) -> Outcome<bool> {
    let sql = "insert into email_bounces (address, kind, reason, created_at) values ($1, $2, $3, $4) on conflict (address) do nothing";
    let restored = execute!(tx, sql, bounce.address.as_str(), bounce.kind.as_str(), bounce.reason.as_deref(), bounce.created_at)?;
    Ok(restored == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_both_texts_and_cannot_grow_headers() {
        let mail = Mail {
            to: "john@example.com".into(),
            subject: "Hello\r\nBcc: evil@example.com".into(),
            text: "plain words".into(),
            html: "<p>rich words</p>".into(),
            attachments: vec![Attachment { name: "INV-1.pdf".into(), kind: "application/pdf", bytes: b"%PDF-1.7\xe2".to_vec() }],
        };
        let bytes = message("job1", "\"Plumb, Inc\" <no-reply@plumb.example>", &mail).expect("built").formatted();
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.contains("Message-ID: <job1@plumb.example>"), "{text}");
        assert!(text.contains("multipart/alternative") && text.contains("plain words") && text.contains("<p>rich words</p>"));
        assert!(text.contains("filename=\"INV-1.pdf\"") && text.contains("JVBERi0xLjfi"), "{text}");
        assert!(!text.contains("\nBcc:"));
        assert!(message("job1", "no-reply@plumb.example", &Mail { to: "nobody".into(), ..mail }).is_err());
    }
}
