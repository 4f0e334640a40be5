//! The log of every mail, SMS and push message (seed 000, Models Overview: NotificationLog).

use crate::batch::Batcher;
use crate::{Conn, Ctx, execute, fetch_all, insert_rows, on_engine};
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome, Problem};
use serde::Deserialize;
use std::collections::HashMap;

/// One notification and what became of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The job that sends it; a later try replaces what an earlier one wrote.
    pub job_id: Id,
    /// `email`, `sms` or `push`.
    pub channel: &'static str,
    pub template: String,
    pub recipient: String,
    pub status: Status,
    pub lead_id: Option<Id>,
    pub contractor_id: Option<Id>,
    pub error: Option<String>,
    /// What the SMS log knows besides.
    pub sms: Option<SmsEntry>,
}

/// A text message in the SMS log.
#[derive(Clone, Debug)]
pub struct SmsEntry {
    pub body: String,
    /// The provider's name for it.
    pub provider_id: Option<String>,
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

/// Writes what became of notifications.
pub(crate) async fn log(ctx: &Ctx, conn: &mut Conn, all: impl Iterator<Item = &Entry>) -> Outcome<()> {
    let all: Vec<&Entry> = all.collect();
    let texts: Vec<(&Entry, &SmsEntry)> = all.iter().filter_map(|entry| Some((*entry, entry.sms.as_ref()?))).collect();
    if !all.is_empty() {
        insert(ctx, conn, all, ctx.now()).await?;
    }
    if !texts.is_empty() {
        insert_texts(ctx, conn, texts, ctx.now()).await?;
    }
    Ok(())
}

async fn insert(ctx: &Ctx, conn: &mut Conn, entries: Vec<&Entry>, now: DateTime<Utc>) -> Outcome<()> {
    let sql =
        "insert into notification_logs (id, job_id, channel, template, recipient, status, lead_id, contractor_id, error, created_at) ";
    let again = " on conflict (job_id) do update set status = excluded.status, error = excluded.error, created_at = excluded.created_at";
    insert_rows!(
        conn,
        sql,
        entries,
        |row, entry| {
            row.push_bind(ctx.new_id())
                .push_bind(entry.job_id.as_str())
                .push_bind(entry.channel)
                .push_bind(entry.template.as_str())
                .push_bind(entry.recipient.as_str())
                .push_bind(entry.status.as_str())
                .push_bind(entry.lead_id.as_deref())
                .push_bind(entry.contractor_id.as_deref())
                .push_bind(entry.error.as_deref())
                .push_bind(now);
        },
        again
    )?;
    Ok(())
}

async fn insert_texts(ctx: &Ctx, conn: &mut Conn, texts: Vec<(&Entry, &SmsEntry)>, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "insert into sms_logs (id, job_id, to_phone, body, status, provider_id, lead_id, contractor_id, error, created_at) ";
    let again = " on conflict (job_id) do update set status = excluded.status, provider_id = excluded.provider_id,
       error = excluded.error, created_at = excluded.created_at";
    insert_rows!(
        conn,
        sql,
        texts,
        |row, (entry, sms)| {
            row.push_bind(ctx.new_id())
                .push_bind(entry.job_id.as_str())
                .push_bind(entry.recipient.as_str())
                .push_bind(sms.body.as_str())
                .push_bind(entry.status.as_str())
                .push_bind(sms.provider_id.as_deref())
                .push_bind(entry.lead_id.as_deref())
                .push_bind(entry.contractor_id.as_deref())
                .push_bind(entry.error.as_deref())
                .push_bind(now);
        },
        again
    )?;
    Ok(())
}

/// What is known before a message leaves.
#[derive(Clone, Debug, sqlx::FromRow, Deserialize)]
pub(crate) struct Known {
    job_id: Id,
    /// It has left already: a job that runs twice does not send twice.
    pub was_sent: bool,
    /// Mail to this address is held back (decision 34).
    pub is_suppressed: bool,
}

/// What is known of a job's message to `recipient`. On Postgres those who ask at once share a query.
pub(crate) async fn known(ctx: &Ctx, job_id: &str, recipient: &str) -> Outcome<Known> {
    let asked = (job_id.to_owned(), recipient.trim().to_lowercase());
    if let Some(near) = ctx.db.near() {
        let sql = "select $1 as job_id, exists (select 1 from notification_logs where job_id = $1 and status = 'sent') as was_sent,
                     exists (select 1 from email_bounces where address = $2) as is_suppressed";
        return near.fetch(sql, &[asked.0.into(), asked.1.into()])?.pop().ok_or_else(|| Problem::internal("a query without an answer"));
    }
    ctx.kept.get_or_default::<Batcher<(Id, String), Known>>().run(ctx, asked, |ctx, all| Box::pin(known_all(ctx, all))).await
}

async fn known_all(ctx: &Ctx, all: &[(Id, String)]) -> Outcome<Vec<Known>> {
    let mut conn = ctx.db.read().await?;
    let found = on_engine!(conn, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "select column1 as job_id,
               exists (select 1 from notification_logs where job_id = column1 and status = 'sent') as was_sent,
               exists (select 1 from email_bounces where address = column2) as is_suppressed
             from (",
        );
        query.push_values(all, |mut row, (job_id, recipient)| {
            row.push_bind(job_id.as_str()).push_bind(recipient.as_str());
        });
        query.push(") asked");
        query.build_query_as::<Known>().fetch_all(c).await
    })?;
    let known: HashMap<&str, &Known> = found.iter().map(|known| (known.job_id.as_str(), known)).collect();
    Ok(all.iter().filter_map(|(job_id, _)| known.get(job_id.as_str()).copied().cloned()).collect())
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
