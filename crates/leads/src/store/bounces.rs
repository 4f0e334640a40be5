//! The table `email_bounces`, with whose the addresses are.

use crate::bounces::Bounced;
use chrono::{DateTime, Utc};
use kernel::{Listed, Outcome, Page};
use platform::{Conn, execute, fetch_all, fetch_scalar};

pub(super) const LIST: &str = "select b.address as email, b.kind, b.reason, b.created_at as bounced_at, c.business_name,
       exists (select 1 from leads l where l.customer_email = b.address) as is_customer
     from email_bounces b left join contractors c on c.email = b.address
     order by b.created_at desc, b.address limit $1 offset $2";

/// The addresses that are held back, newest first: one query for the page and one for the total.
pub async fn list(conn: &mut Conn, page: Page) -> Outcome<Listed<Bounced>> {
    let total = fetch_scalar!(conn, i64, "select count(*) from email_bounces")?;
    Ok(Listed { items: fetch_all!(conn, Bounced, LIST, page.limit, page.offset)?, total })
}

/// Holds an address back, for the demo; what a provider tells goes through `platform::mail::record_bounce`.
pub async fn insert(conn: &mut Conn, address: &str, kind: &str, reason: Option<&str>, at: DateTime<Utc>) -> Outcome<()> {
    execute!(conn, "insert into email_bounces (address, kind, reason, created_at) values ($1, $2, $3, $4)", address, kind, reason, at)?;
    Ok(())
}
