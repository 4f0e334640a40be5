//! Text messages: written as a job, sent later through Twilio, or to a folder.

use crate::jobs::{self, Job, JobError, Running};
use crate::mail::{SendError, write_whole};
use crate::notifications::{self, Entry, SmsEntry, Status};
use crate::settings::Settings;
use crate::{Ctx, Tx, execute, fetch_optional};
use anyhow::Context as _;
use futures::future::BoxFuture;
use kernel::{Id, Outcome, Phone};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where Twilio tells what became of a message.
pub const STATUS_PATH: &str = "/api/webhooks/twilio/sms-status";

/// One text message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sms {
    pub to: Phone,
    pub body: String,
}

/// Sends a text message; `id` is the same at each try. Answers the provider's id of it.
pub trait SmsSender: Send + Sync {
    fn send<'a>(&'a self, id: &'a str, sms: &'a Sms) -> BoxFuture<'a, Result<String, SendError>>;
}

/// Twilio when there is an account, else files in the data folder.
pub fn from_settings(settings: &Settings) -> anyhow::Result<Box<dyn SmsSender>> {
    let twilio = &settings.twilio;
    let Some(sid) = &twilio.account_sid else {
        return Ok(Box::new(FolderSender { folder: settings.data_dir.join("sms") }));
    };
    Ok(Box::new(TwilioSender {
        client: crate::http::client()?,
        url: format!("{}/2010-04-01/Accounts/{sid}/Messages.json", twilio.api_base),
        sid: sid.clone(),
        auth_token: twilio.auth_token.as_ref().context("TWILIO_AUTH_TOKEN is not set")?.expose().to_owned(),
        from: twilio.from.clone().context("TWILIO_FROM is not set")?,
        // Twilio calls only addresses that the internet reaches.
        status_callback: settings.production.then(|| format!("{}{STATUS_PATH}", settings.public_url)),
    }))
}

/// Text files, for people who try Plumbline out and for tests.
struct FolderSender {
    folder: PathBuf,
}

impl SmsSender for FolderSender {
    fn send<'a>(&'a self, id: &'a str, sms: &'a Sms) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let text = format!("To: {}\n\n{}\n", sms.to.e164(), sms.body);
            write_whole(&self.folder, &format!("{id}.txt"), text.into_bytes()).await?;
            Ok(id.to_owned())
        })
    }
}

struct TwilioSender {
    client: reqwest::Client,
    url: String,
    sid: String,
    auth_token: String,
    from: String,
    status_callback: Option<String>,
}

#[derive(Deserialize)]
struct TwilioAnswer {
    sid: String,
}

impl SmsSender for TwilioSender {
    fn send<'a>(&'a self, _id: &'a str, sms: &'a Sms) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
            let mut form = vec![("To", sms.to.e164()), (sender, self.from.as_str()), ("Body", sms.body.as_str())];
            form.extend(self.status_callback.as_deref().map(|url| ("StatusCallback", url)));
            let request = self.client.post(&self.url).basic_auth(&self.sid, Some(&self.auth_token)).form(&form);
            let response = request.send().await.map_err(|e| SendError::Retry(format!("Twilio cannot be reached: {}", e.without_url())))?;
            let status = response.status();
            let body = response.text().await.unwrap_or_default();
            if !status.is_success() {
                return Err(SendError::of_status(status, &body));
            }
            // It has left: an answer that cannot be read is no reason to send it again.
            Ok(serde_json::from_str::<TwilioAnswer>(&body).map(|answer| answer.sid).unwrap_or_default())
        })
    }
}

/// Sends one text message; what it is about is for the logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendSmsJob {
    pub sms: Sms,
    pub lead_id: Option<Id>,
    pub contractor_id: Option<Id>,
    /// The kind of message (`lead_assigned`).
    pub template: String,
}

/// Asks for a message to be sent once the transaction commits.
pub async fn queue(ctx: &Ctx, tx: &mut Tx, job: SendSmsJob) -> Outcome<()> {
    jobs::enqueue(ctx, tx, &job).await
}

impl Job for SendSmsJob {
    const KIND: &'static str = "send_sms";

    async fn run(self, ctx: &Ctx, job: &mut Running) -> Result<(), JobError> {
        if notifications::known(ctx, &job.id, self.sms.to.e164()).await?.was_sent {
            return Ok(());
        }
        let sent = ctx.breakers.sms.call(ctx, ctx.sms.send(&job.id, &self.sms)).await;
        let (status, provider_id, error) = match &sent {
            Ok(provider_id) => (Status::Sent, Some(provider_id.clone()), None),
            Err(SendError::Later(why)) => return Err(JobError::Later(why.clone())),
            Err(error) => (Status::Failed, None, Some(error.why().into())),
        };
        let entry = Entry {
            job_id: job.id.clone(),
            channel: "sms",
            template: self.template,
            recipient: self.sms.to.e164().into(),
            status,
            lead_id: self.lead_id,
            contractor_id: self.contractor_id,
            error,
            sms: Some(SmsEntry { body: self.sms.body, provider_id }),
        };
        job.log(entry);
        sent.map(|_| ()).map_err(JobError::from)
    }
}

/// How far a message is (Twilio's words); later ones rank higher. None for a word that is not known.
fn rank(status: &str) -> Option<u8> {
    Some(match status {
        "accepted" | "scheduled" | "queued" => 0,
        "sending" => 1,
        "sent" => 2,
        "undelivered" | "failed" | "canceled" => 3,
        "delivered" => 4,
        "read" => 5,
        _ => return None,
    })
}

/// What became of the news about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    Changed,
    /// It tells nothing new: the message is further already.
    Old,
    /// No message has this id, or the status is not known.
    Unknown,
}

/// Takes what Twilio tells about a message that was sent. A status never moves back: callbacks come in any order.
pub async fn record_status(tx: &mut Tx, provider_id: &str, status: &str, error: Option<&str>) -> Outcome<Noted> {
    let sql = match tx.is_postgres() {
        true => "select status from sms_logs where provider_id = $1 for update",
        false => "select status from sms_logs where provider_id = $1",
    };
    let (Some((known,)), Some(news)) = (fetch_optional!(tx, (String,), sql, provider_id)?, rank(status)) else {
        return Ok(Noted::Unknown);
    };
    if rank(&known) >= Some(news) {
        return Ok(Noted::Old);
    }
    execute!(tx, "update sms_logs set status = $2, error = $3 where provider_id = $1", provider_id, status, error)?;
    Ok(Noted::Changed)
}
