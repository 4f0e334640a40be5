//! The log of webhooks that arrived, and which of their events were processed (decision 9).

use crate::auth::Caller;
use crate::{Conn, Ctx, Tx, Where, execute, fetch_all, fetch_all_where, fetch_optional, fetch_scalar, fetch_scalar_where};
use chrono::{DateTime, Duration, Utc};
use kernel::{Id, Listed, Outcome, Page, Permission};
pub use kernel::{WebhookProvider as Provider, WebhookResult};
use sha2::{Digest as _, Sha256};

/// A webhook without its body.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Webhook {
    pub id: Id,
    pub provider: Provider,
    pub event_id: Option<String>,
    pub kind: String,
    pub is_signed: bool,
    /// The body was longer than what is kept of it.
    pub is_cut: bool,
    pub result: WebhookResult,
    pub error: Option<String>,
    pub received_at: DateTime<Utc>,
    pub replayed_at: Option<DateTime<Utc>>,
}

/// A webhook with its body.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    #[sqlx(flatten)]
    pub webhook: Webhook,
    pub body: String,
}

/// What is written about a webhook.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub provider: Provider,
    pub event_id: Option<&'a str>,
    pub kind: &'a str,
    pub body: &'a str,
    pub is_signed: bool,
    pub result: WebhookResult,
    pub error: Option<&'a str>,
}

/// Bytes that are kept of a signed body; a longer one cannot be replayed.
const MOST_SIGNED: usize = 256 * 1024;
/// Bytes that are kept of a body that anybody may have sent.
const MOST_REJECTED: usize = 4096;
/// Rejected webhooks that an hour keeps, so that a flood of them does not fill the disk.
const REJECTED_AN_HOUR: i64 = 100;
/// How long webhooks, and the events that they told of, are kept.
const KEEP: Duration = Duration::days(30);

/// Writes what became of a webhook.
pub async fn record(ctx: &Ctx, tx: &mut Tx, entry: &Entry<'_>) -> Outcome<()> {
    let most = match entry.result {
        WebhookResult::Rejected => MOST_REJECTED,
        // The first one has it.
        WebhookResult::Duplicate => 0,
        _ => MOST_SIGNED,
    };
    let (body, is_cut) = cut(entry.body, most);
    execute!(
        tx,
        "insert into inbound_webhooks (id, provider, event_id, kind, body, is_cut, is_signed, result, error, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        ctx.new_id(),
        entry.provider,
        entry.event_id.map(|id| cut(id, 200).0),
        cut(entry.kind, 200).0,
        body,
        is_cut,
        entry.is_signed,
        entry.result,
        entry.error.map(|error| cut(error, 500).0),
        ctx.now(),
    )?;
    metrics::counter!("plumbline_webhooks_total", "provider" => entry.provider.as_str(), "result" => entry.result.as_str()).increment(1);
    Ok(())
}

/// Writes down a webhook whose signature does not count, with a security event for the administrator
/// (seed 000, Twilio Call Status: "Security events logged to database"). Of a flood, the first hundred of an hour.
pub async fn reject(ctx: &Ctx, provider: Provider, kind: &str, body: &[u8], why: &str, address: &str) -> Outcome<()> {
    let since = ctx.now() - Duration::hours(1);
    let sql = "select count(*) from inbound_webhooks where result = 'rejected' and received_at > $1";
    if fetch_scalar!(&mut ctx.db.read().await?, i64, sql, since)? >= REJECTED_AN_HOUR {
        metrics::counter!("plumbline_webhooks_total", "provider" => provider.as_str(), "result" => "rejected").increment(1);
        return Ok(());
    }
    let beginning = String::from_utf8_lossy(&body[..body.len().min(MOST_REJECTED + 4)]);
    let entry =
        Entry { provider, event_id: None, kind, body: &beginning, is_signed: false, result: WebhookResult::Rejected, error: Some(why) };
    let mut tx = ctx.begin().await?;
    record(ctx, &mut tx, &entry).await?;
    tx.commit().await?;
    crate::audit::security_event(ctx, &format!("{provider}_signature"), &format!("{kind} webhook with {why}"), Some(address)).await
}

/// Takes an event for processing, in the transaction of what it changes. `false`: it was processed before.
pub async fn claim(ctx: &Ctx, tx: &mut Tx, provider: Provider, event_id: &str) -> Outcome<bool> {
    let sql = "insert into webhook_events (provider, event_id, at) values ($1, $2, $3) on conflict do nothing";
    Ok(execute!(tx, sql, provider, event_id, ctx.now())? == 1)
}

/// The id of an event that has none of its own: the SHA-256 of what it says.
pub fn digest(text: &str) -> String {
    use base64::Engine as _;
    let hash = Sha256::digest(text.as_bytes());
    format!("sha256:{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash))
}

/// Which webhooks.
#[derive(Clone, Debug)]
pub struct WebhookFilter {
    pub provider: Option<Provider>,
    pub result: Option<WebhookResult>,
    /// What it tells, as stored: `call-status`.
    pub kind: Option<String>,
    /// The provider's id of the event.
    pub event_id: Option<String>,
    /// Else the newest come first.
    pub oldest_first: bool,
    pub page: Page,
}

impl WebhookFilter {
    pub fn of_page(page: Page) -> WebhookFilter {
        WebhookFilter { provider: None, result: None, kind: None, event_id: None, oldest_first: false, page }
    }
}

macro_rules! columns {
    () => {
        "id, provider, event_id, kind, is_signed, is_cut, result, error, received_at, replayed_at"
    };
}

/// The webhooks that arrived, in the filter's order. Errors: `Forbidden` unless an administrator asks, as below.
pub async fn list(ctx: &Ctx, caller: &Caller, filter: &WebhookFilter) -> Outcome<Listed<Webhook>> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let mut only = wanted(filter);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from inbound_webhooks{}", only.clause()), &only.values)?;
    let sql = page_query(&mut only, filter);
    Ok(Listed { items: fetch_all_where!(conn, Webhook, sql, &only.values)?, total })
}

fn wanted(filter: &WebhookFilter) -> Where {
    let mut only = Where::default();
    only.and_some("provider = ?", filter.provider.map(Provider::as_str))
        .and_some("result = ?", filter.result.map(WebhookResult::as_str))
        .and_some("kind = ?", filter.kind.as_deref())
        .and_some("event_id = ?", filter.event_id.as_deref());
    only
}

fn page_query(only: &mut Where, filter: &WebhookFilter) -> String {
    let order = if filter.oldest_first { "received_at, id" } else { "received_at desc, id desc" };
    format!(concat!("select ", columns!(), " from inbound_webhooks{} order by {}"), only.clause(), order) + &only.page(filter.page)
}

/// What the webhooks tell, for the filter: jumps from one word to the next in the index.
pub async fn list_kinds(ctx: &Ctx, caller: &Caller) -> Outcome<Vec<String>> {
    caller.may(Permission::View)?;
    let sql = "with recursive words (word) as (select min(kind) from inbound_webhooks
               union all select (select min(kind) from inbound_webhooks where kind > words.word) from words where words.word is not null)
               select word from words where word is not null limit 200";
    let rows = fetch_all!(&mut ctx.db.read().await?, (String,), sql)?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

/// One webhook with its body. Errors: `NotFound`.
pub async fn get(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<Stored> {
    caller.may(Permission::View)?;
    let sql = concat!("select ", columns!(), ", body from inbound_webhooks where id = $1");
    found(fetch_optional!(&mut ctx.db.read().await?, Stored, sql, id)?, id)
}

/// As `get`, locked until the transaction ends.
pub async fn lock(conn: &mut Conn, id: &str) -> Outcome<Stored> {
    const SQL: &str = concat!("select ", columns!(), ", body from inbound_webhooks where id = $1");
    let sql =
        if conn.is_postgres() { concat!("select ", columns!(), ", body from inbound_webhooks where id = $1 for update") } else { SQL };
    found(fetch_optional!(conn, Stored, sql, id)?, id)
}

fn found(stored: Option<Stored>, id: &str) -> Outcome<Stored> {
    stored.ok_or_else(|| kernel::Problem::not_found("Webhook", id))
}

/// Writes what became of a webhook that was processed again.
pub async fn record_replay(ctx: &Ctx, tx: &mut Tx, id: &str, result: WebhookResult, error: Option<&str>) -> Outcome<()> {
    let sql = "update inbound_webhooks set result = $2, error = $3, replayed_at = $4 where id = $1";
    execute!(tx, sql, id, result, error.map(|error| cut(error, 500).0), ctx.now())?;
    Ok(())
}

/// Forgets webhooks of more than 30 days ago.
pub async fn prune(ctx: &Ctx) -> Outcome<u64> {
    let before = ctx.now() - KEEP;
    let mut tx = ctx.begin().await?;
    let deleted = execute!(tx, "delete from inbound_webhooks where received_at < $1", before)?;
    execute!(tx, "delete from webhook_events where at < $1", before)?;
    tx.commit().await?;
    Ok(deleted)
}

/// The first `most` bytes at most, without NUL, which Postgres does not take; and whether some are missing.
fn cut(text: &str, most: usize) -> (String, bool) {
    let end = text.floor_char_boundary(most);
    (text[..end].replace('\0', ""), end < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Whatever is asked for comes in the order of an index, but for the few with one provider's id.
    #[tokio::test]
    async fn no_list_scans_the_webhooks() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let all = WebhookFilter::of_page(Page { limit: 50, offset: 0 });
        for filter in [
            all.clone(),
            WebhookFilter { provider: Some(Provider::Stripe), ..all.clone() },
            WebhookFilter { result: Some(WebhookResult::Failed), ..all.clone() },
            WebhookFilter { kind: Some("bounce".into()), ..all.clone() },
            WebhookFilter { event_id: Some("evt_1".into()), ..all.clone() },
        ] {
            for oldest_first in [false, true] {
                let filter = WebhookFilter { oldest_first, ..filter.clone() };
                let mut only = wanted(&filter);
                let sql = format!("explain query plan {}", page_query(&mut only, &filter));
                let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
                let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
                let scans = steps.iter().any(|s| s.starts_with("SCAN") && !s.contains(" USING "));
                let sorts = filter.event_id.is_none() && steps.iter().any(|s| s.contains("ORDER BY"));
                assert!(!scans && !sorts, "{filter:?}: {steps:#?}");
            }
        }
    }

    #[test]
    fn a_body_is_cut_between_letters() {
        assert_eq!(cut("häuser", 2), ("h".into(), true));
        assert_eq!(cut("häuser", 3), ("hä".into(), true));
        assert_eq!(cut("a\0b", 9), ("ab".into(), false));
    }

    #[test]
    fn digests_tell_bodies_apart() {
        assert_ne!(digest("a"), digest("b"));
        assert_eq!(digest(""), "sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }
}
