//! Lists of leads: the administrator's and a contractor's, their filters, their orders, and what a search finds.

use super::LeadRow;
use crate::contractor_desk::OwnLeadSort;
use crate::find::phone_start;
use crate::lead::{Category, LeadStatus};
use crate::store::{beginning, lead_counts};
use crate::views::{LeadFilter, LeadSort, LeadView};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Order, Outcome, Page, Phone};
use platform::{Conn, Db, Where, fetch_all_where, fetch_scalar_where};

macro_rules! from_assignments {
    () => {
        " from lead_assignments a
          join leads l on l.id = a.lead_id
          join contractors c on c.id = a.contractor_id
          left join tracking_numbers t on t.lead_id = l.id and t.status = 'active'"
    };
}

/// The admin's list: one query for the page and one for the total, which counts no rows where counters know it.
pub async fn list(conn: &mut Conn, filter: &LeadFilter) -> Outcome<Listed<LeadView>> {
    let mut only = wanted(filter);
    let total = match lead_counts::total(conn, filter).await? {
        Some(total) => total,
        None => fetch_scalar_where!(conn, i64, format!(concat!("select count(*)", from_leads!(), "{}"), only.clause()), &only.values)?,
    };
    let sql = page_query(&mut only, filter);
    let rows = fetch_all_where!(conn, LeadRow, sql, &only.values)?;
    Ok(Listed { items: rows.into_iter().map(LeadView::from).collect(), total })
}

fn wanted(filter: &LeadFilter) -> Where {
    let mut only = Where::default();
    only.and_fixed("l.merged_into is null")
        .and_some("l.status = ?", filter.status.map(LeadStatus::as_str))
        .and_some("l.category = ?", filter.category.map(Category::as_str))
        .and_some("a.contractor_id = ?", filter.contractor_id.as_deref())
        .and_some("l.created_at >= ?", filter.start_date)
        .and_some("l.created_at < ?", filter.end_date);
    search(&mut only, filter.q.as_deref());
    only
}

fn page_query(only: &mut Where, filter: &LeadFilter) -> String {
    let order = order_of(filter.order);
    let sql = format!(concat!("select ", columns!(), from_leads!(), "{} order by {}"), only.clause(), order);
    sql + &only.page(filter.page)
}

pub const NEWEST: &str = "l.created_at desc, l.id desc";

/// Each is the order of an index.
fn order_of(order: Order<LeadSort>) -> &'static str {
    match (order.by, order.ascending) {
        (LeadSort::Received, false) => NEWEST,
        (LeadSort::Received, true) => "l.created_at, l.id",
        (LeadSort::Price, false) => "l.price_cents desc, l.created_at desc, l.id desc",
        (LeadSort::Price, true) => "l.price_cents, l.created_at, l.id",
        (LeadSort::Score, false) => "l.score desc, l.created_at desc, l.id desc",
        (LeadSort::Score, true) => "l.score, l.created_at, l.id",
    }
}

/// The leads that come after one, newest first, or the first: for exports, which read them part by part.
pub async fn list_after(conn: &mut Conn, filter: &LeadFilter, after: Option<(DateTime<Utc>, Id)>, limit: i64) -> Outcome<Vec<LeadView>> {
    let mut only = wanted(filter);
    if let Some((at, id)) = after {
        only.and_both("(l.created_at, l.id) < (?, ?)", at, id);
    }
    let sql = page_query(&mut only, &LeadFilter::of_page(Page { limit, offset: 0 }));
    Ok(fetch_all_where!(conn, LeadRow, sql, &only.values)?.into_iter().map(LeadView::from).collect())
}

fn wanted_of_contractor(contractor_id: &str, filter: &LeadFilter) -> Where {
    let mut only = Where::default();
    only.and("a.contractor_id = ?", contractor_id)
        .and_fixed("a.ended_at is null")
        .and_some("a.status = ?", filter.status.map(LeadStatus::as_str))
        .and_some("l.category = ?", filter.category.map(Category::as_str))
        .and_some("l.created_at >= ?", filter.start_date)
        .and_some("l.created_at < ?", filter.end_date);
    search(&mut only, filter.q.as_deref());
    only
}

fn page_query_of_contractor(only: &mut Where, order: Order<OwnLeadSort>, page: Page) -> String {
    let order = order_of_own(order);
    let sql = format!(concat!("select ", columns!(), from_assignments!(), "{} order by {}"), only.clause(), order);
    sql + &only.page(page)
}

/// Each is the order of an index. The words of the statuses come in the order of a lead's life: by the time of the first call the
/// leads that wait for it are first.
fn order_of_own(order: Order<OwnLeadSort>) -> &'static str {
    match (order.by, order.ascending) {
        (OwnLeadSort::Received, false) => "a.assigned_at desc, a.id desc",
        (OwnLeadSort::Received, true) => "a.assigned_at, a.id",
        (OwnLeadSort::Due, false) => "a.status desc, a.response_deadline desc, a.id desc",
        (OwnLeadSort::Due, true) => "a.status, a.response_deadline, a.id",
    }
}

/// A contractor's list. Only their own leads, only while they are theirs.
pub async fn list_of_contractor(db: &Db, contractor_id: &str, filter: &LeadFilter, order: Order<OwnLeadSort>) -> Outcome<Listed<LeadView>> {
    let mut only = wanted_of_contractor(contractor_id, filter);
    let views = |rows: Vec<LeadRow>| rows.into_iter().map(LeadView::from).collect();
    if only.clause().contains("l.") {
        let mut conn = db.read().await?;
        let count = format!("select count(*) from lead_assignments a join leads l on l.id = a.lead_id{}", only.clause());
        let total = fetch_scalar_where!(conn, i64, count, &only.values)?;
        let sql = page_query_of_contractor(&mut only, order, filter.page);
        return Ok(Listed { items: views(fetch_all_where!(conn, LeadRow, sql, &only.values)?), total });
    }
    // Without a filter on the leads themselves, the contractor's counters have the total.
    let sql = page_query_of_contractor(&mut only, order, filter.page);
    if let Some(near) = db.near().filter(|_| filter.page.offset + filter.page.limit <= FIRST_PAGES) {
        let total = crate::store::contractors::count_leads_near(near, contractor_id, filter.status)?;
        return Ok(Listed { items: views(near.fetch(&sql, &only.values)?), total });
    }
    let mut conn = db.read().await?;
    let total = crate::store::contractors::count_leads(&mut conn, contractor_id, filter.status).await?;
    Ok(Listed { items: views(fetch_all_where!(conn, LeadRow, sql, &only.values)?), total })
}

/// As many rows as an index gives at once.
const FIRST_PAGES: i64 = 200;

pub fn phone_begins(only: &mut Where, start: &str) {
    only.and("l.customer_phone >= ?", start).and("l.customer_phone < ?", format!("{start}a"));
}

/// Finds by phone or the beginning of one, by e-mail address, or by the beginning of a name. Its first three letters go
/// through an index by equality, which every collation of either engine can use.
fn search(only: &mut Where, q: Option<&str>) {
    let Some(q) = q.map(str::trim).filter(|q| !q.is_empty()) else { return };
    if let Some(phone) = Phone::parse(q) {
        only.and("l.customer_phone = ?", phone.e164());
        return;
    }
    if let Some(phone) = phone_start(q) {
        phone_begins(only, &phone);
        return;
    }
    if q.contains('@') {
        only.and("l.customer_email = ?", q.to_lowercase());
        return;
    }
    let name = q.to_lowercase();
    match name.split_once(char::is_whitespace) {
        Some((first, last)) => {
            let last = last.trim_start();
            if last.chars().count() >= 3 {
                only.and("substr(lower(l.customer_last_name), 1, 3) = ?", letters(last));
            } else if first.chars().count() >= 3 {
                only.and("substr(lower(l.customer_first_name), 1, 3) = ?", letters(first));
            }
            only.and("lower(l.customer_first_name) like ? escape '\\'", beginning(first));
            only.and("lower(l.customer_last_name) like ? escape '\\'", beginning(last));
        }
        None => {
            if name.chars().count() >= 3 {
                only.and(
                    "(substr(lower(l.customer_last_name), 1, 3) = ? or substr(lower(l.customer_first_name), 1, 3) = ?)",
                    letters(&name),
                );
            }
            only.and(
                "(lower(l.customer_last_name) like ? escape '\\' or lower(l.customer_first_name) like ? escape '\\')",
                beginning(&name),
            );
        }
    }
}

fn letters(text: &str) -> String {
    text.chars().take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::{fetch_all_where, testing};

    /// Every filter that a list offers goes through an index.
    #[tokio::test]
    async fn no_filtered_list_scans_the_leads() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let page = LeadFilter::of_page(Page { limit: 50, offset: 0 });
        let filters = [
            LeadFilter { status: Some(LeadStatus::Assigned), ..page.clone() },
            LeadFilter { category: Some(Category::Gold), ..page.clone() },
            LeadFilter { contractor_id: Some("x".into()), ..page.clone() },
            LeadFilter { start_date: Some(db.ctx.now()), ..page.clone() },
            LeadFilter { end_date: Some(db.ctx.now()), ..page.clone() },
            LeadFilter { q: Some("5551234567".into()), ..page.clone() },
            LeadFilter { q: Some("john@example.com".into()), ..page.clone() },
            LeadFilter { q: Some("smit".into()), ..page.clone() },
            LeadFilter { q: Some("john smi".into()), ..page.clone() },
        ];
        for filter in &filters {
            let mut only = wanted(filter);
            let sql = format!("explain query plan {}", page_query(&mut only, filter));
            let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
            let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
            assert!(!steps.iter().any(|s| s.starts_with("SCAN")), "{filter:?}: {steps:#?}");
        }
        // A contractor's own list reads their leads at most.
        for filter in &filters {
            let mut only = wanted_of_contractor("x", filter);
            let sql = page_query_of_contractor(&mut only, Order::down(OwnLeadSort::Received), filter.page);
            let sql = format!("explain query plan {sql}");
            let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
            assert!(!plan.iter().any(|(.., step)| step.starts_with("SCAN")), "{filter:?}: {plan:#?}");
        }
    }

    /// Nobody sorts all leads to show the first of them.
    #[tokio::test]
    async fn each_order_of_the_list_is_an_index() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        for order in LeadSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
            let filter = LeadFilter { order, ..LeadFilter::of_page(Page { limit: 50, offset: 0 }) };
            let mut only = wanted(&filter);
            let sql = format!("explain query plan {}", page_query(&mut only, &filter));
            let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
            assert!(!plan.iter().any(|(.., step)| step.contains("ORDER BY")), "{order:?}: {plan:#?}");
        }
    }

    /// Nor all that a contractor ever got.
    #[tokio::test]
    async fn each_order_of_a_contractors_list_is_an_index() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        for status in [None, Some(LeadStatus::Assigned)] {
            for order in OwnLeadSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
                let filter = LeadFilter { status, ..LeadFilter::of_page(Page { limit: 25, offset: 0 }) };
                let mut only = wanted_of_contractor("x", &filter);
                let sql = format!("explain query plan {}", page_query_of_contractor(&mut only, order, filter.page));
                let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
                assert!(!plan.iter().any(|(.., step)| step.contains("ORDER BY")), "{order:?} {status:?}: {plan:#?}");
            }
        }
    }
}
