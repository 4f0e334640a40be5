//! The table `email_bounces`, with whose the addresses are.

use super::containing;
use crate::bounces::{BounceSort, Bounced};
use chrono::{DateTime, Utc};
use kernel::{Listed, Order, Outcome, Page};
use platform::{Conn, Where, execute, fetch_all_where, fetch_scalar_where};

macro_rules! from {
    () => {
        " from email_bounces b left join contractors c on c.email = b.address"
    };
}

pub(super) fn wanted(q: Option<&str>) -> Where {
    let mut only = Where::default();
    only.and_some(
        "(b.address like ? escape '\\' or lower(c.business_name) like ? escape '\\')",
        q.map(str::trim).filter(|q| !q.is_empty()).map(containing),
    );
    only
}

pub(super) fn page_query(only: &mut Where, order: Order<BounceSort>, page: Page) -> String {
    let sql = format!(
        concat!(
            "select b.address as email, b.kind, b.reason, b.created_at as bounced_at, c.business_name,
               exists (select 1 from leads l where l.customer_email = b.address) as is_customer",
            from!(),
            "{} order by {}"
        ),
        only.clause(),
        order_of(order)
    );
    sql + &only.page(page)
}

/// Each is the order of an index.
fn order_of(order: Order<BounceSort>) -> &'static str {
    match (order.by, order.ascending) {
        (BounceSort::When, false) => "b.created_at desc, b.address",
        (BounceSort::When, true) => "b.created_at, b.address desc",
        (BounceSort::Address, true) => "b.address",
        (BounceSort::Address, false) => "b.address desc",
    }
}

/// The addresses that are held back: one query for the page and one for the total.
pub async fn list(conn: &mut Conn, q: Option<&str>, order: Order<BounceSort>, page: Page) -> Outcome<Listed<Bounced>> {
    let mut only = wanted(q);
    let total = fetch_scalar_where!(conn, i64, format!(concat!("select count(*)", from!(), "{}"), only.clause()), &only.values)?;
    let sql = page_query(&mut only, order, page);
    Ok(Listed { items: fetch_all_where!(conn, Bounced, sql, &only.values)?, total })
}

/// Holds an address back, for the demo; what a provider tells goes through `platform::mail::record_bounce`.
pub async fn insert(conn: &mut Conn, address: &str, kind: &str, reason: Option<&str>, at: DateTime<Utc>) -> Outcome<()> {
    execute!(conn, "insert into email_bounces (address, kind, reason, created_at) values ($1, $2, $3, $4)", address, kind, reason, at)?;
    Ok(())
}
