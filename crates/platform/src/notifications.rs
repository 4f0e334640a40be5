//! The log of every mail and SMS (seed 000, Models Overview: NotificationLog).

use crate::{Conn, Ctx, Tx, execute, fetch_all, fetch_optional};
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};

/// One notification and what became of it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The job that sends it; a later try replaces what an earlier one wrote.
    pub job_id: &'a str,
    /// `email` or `sms`.
    pub channel: &'a str,
    pub template: &'a str,
    pub recipient: &'a str,
    pub status: Status,
    pub lead_id: Option<&'a Id>,
    pub contractor_id: Option<&'a Id>,
    pub error: Option<&'a str>,
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Sent,
    Failed,
    /// The address bounced before.
    Skipped,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Sent => "sent",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
        }
    }
}

/// Writes what became of a notification.
pub async fn log(ctx: &Ctx, tx: &mut Tx, entry: &Entry<'_>) -> Outcome<()> {
    execute!(
        tx,
        "insert into notification_logs (id, job_id, channel, template, recipient, status, lead_id, contractor_id, error, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (job_id) do update set status = excluded.status, error = excluded.error, created_at = excluded.created_at",
        ctx.new_id(),
        entry.job_id,
        entry.channel,
        entry.template,
        entry.recipient,
        entry.status.as_str(),
        entry.lead_id.map(String::as_str),
        entry.contractor_id.map(String::as_str),
        entry.error,
        ctx.now(),
    )?;
    Ok(())
}

/// Whether a job's notification has left: a job that runs twice does not send twice.
pub(crate) async fn was_sent(conn: &mut Conn, job_id: &str) -> Outcome<bool> {
    let sql = "select status from notification_logs where job_id = $1 and status = 'sent'";
    Ok(fetch_optional!(conn, (String,), sql, job_id)?.is_some())
}

/// A mail or SMS as a lead's history shows it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Sent {
    /// `email` or `sms`.
    pub channel: String,
    pub template: String,
    pub recipient: String,
    /// `sent`, `failed` or `skipped`.
    pub status: String,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// The mails and SMS about a lead, oldest first.
pub async fn list_of_lead(conn: &mut Conn, lead_id: &str) -> Outcome<Vec<Sent>> {
    let sql = "select channel, template, recipient, status, error, created_at from notification_logs
               where lead_id = $1 order by created_at, id limit 500";
    Ok(fetch_all!(conn, Sent, sql, lead_id)?)
}

/// Mails and SMS about a lead are about the one with which it was merged.
pub async fn move_to_lead(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    execute!(conn, "update notification_logs set lead_id = $2 where lead_id = $1", from, to)?;
    execute!(conn, "update sms_logs set lead_id = $2 where lead_id = $1", from, to)?;
    Ok(())
}
