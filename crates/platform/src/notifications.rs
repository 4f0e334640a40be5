//! The log of every mail, SMS and push message (seed 000, Models Overview: NotificationLog).

use crate::{Conn, Ctx, Tx, execute, fetch_optional};
use kernel::{Id, Outcome};

/// One notification and what became of it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The job that sends it; a later try replaces what an earlier one wrote.
    pub job_id: &'a str,
    /// `email`, `sms` or `push`.
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
