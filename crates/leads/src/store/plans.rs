//! How lists are read, however many rows there are: through an index, and mostly in its order. Charges, disputes, leads and
//! sources have such tests beside their queries.

use super::{billing, bounces, calls, contractors, decisions, ledger, notes, payments, performance, scoring_versions, tracking};
use crate::bounces::BounceSort;
use crate::calls::{CallSort, UnmatchedFilter};
use crate::contractor::{ContractorStatus, Specialization};
use crate::ledger::{EntryFilter, EntryKind};
use crate::tracking::NumberSort;
use crate::views::{ContractorFilter, TrackingStatus};
use chrono::{DateTime, Utc};
use kernel::{Order, Page, Zip};
use platform::{Conn, Value, Where, fetch_all_where, testing};

const PAGE: Page = Page { limit: 50, offset: 0 };

/// The steps in which SQLite would answer. Values that are not given count as unknown ones.
async fn plan(conn: &mut Conn, sql: &str, values: &[Value]) -> Vec<String> {
    let plan = fetch_all_where!(conn, (i64, i64, i64, String), format!("explain query plan {sql}"), values);
    plan.expect("a plan").into_iter().map(|(.., step)| step).collect()
}

/// Whether a table is read as it lies on the disk. What a query made itself (in brackets) it may read.
fn scans(steps: &[String]) -> bool {
    steps.iter().any(|step| step.starts_with("SCAN") && !step.starts_with("SCAN (") && !step.contains(" USING "))
}

/// Whether all that was found is sorted before the first row comes.
fn sorts(steps: &[String]) -> bool {
    steps.iter().any(|step| step.contains("FOR ORDER BY"))
}

#[tokio::test]
async fn lists_come_in_the_order_of_an_index() {
    let db = testing::sqlite().await;
    let mut conn = db.ctx.db.read().await.expect("a connection");
    for sql in [
        billing::RUNS,
        calls::OF_LEAD,
        decisions::OF_LEAD,
        ledger::STATEMENT,
        notes::LIST,
        payments::LIST,
        performance::REVIEWS,
        scoring_versions::RETIRED,
    ] {
        let steps = plan(&mut conn, sql, &[]).await;
        assert!(!scans(&steps) && !sorts(&steps), "{sql}: {steps:#?}");
    }
    let steps = plan(&mut conn, ledger::OF_RECORD, &[]).await;
    assert!(steps.iter().any(|step| step.contains("ledger_entries_by_record")), "{steps:#?}");
}

/// Both are few beside what they are part of: a search reads them all, still in order.
#[tokio::test]
async fn calls_without_a_lead_and_bounces_come_in_the_order_of_an_index() {
    let db = testing::sqlite().await;
    let mut conn = db.ctx.db.read().await.expect("a connection");
    for q in [None, Some("555"), Some("ann")] {
        let mut lists = Vec::new();
        for order in CallSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
            let mut only = calls::unmatched(q);
            lists.push((calls::unmatched_query(&mut only, &UnmatchedFilter { order, ..UnmatchedFilter::of_page(PAGE) }), only));
        }
        for order in BounceSort::ALL.iter().flat_map(|by| [Order::up(*by), Order::down(*by)]) {
            let mut only = bounces::wanted(q);
            lists.push((bounces::page_query(&mut only, order, PAGE), only));
        }
        for (sql, only) in lists {
            let steps = plan(&mut conn, &sql, &only.values).await;
            assert!(!scans(&steps) && !sorts(&steps), "{q:?} {sql}: {steps:#?}");
        }
    }
}

#[tokio::test]
async fn every_filter_of_the_ledger_is_an_index() {
    let db = testing::sqlite().await;
    let mut conn = db.ctx.db.read().await.expect("a connection");
    let all = EntryFilter::of_page(PAGE);
    let at: DateTime<Utc> = DateTime::UNIX_EPOCH;
    for filter in [
        all.clone(),
        EntryFilter { kind: Some(EntryKind::Credit), ..all.clone() },
        EntryFilter { contractor_id: Some("x".into()), ..all.clone() },
        EntryFilter { start_date: Some(at), ..all.clone() },
        EntryFilter { end_date: Some(at), ..all.clone() },
    ] {
        for oldest_first in [false, true] {
            let mut only = ledger::wanted(&filter);
            let sql = ledger::page_query(&mut only, oldest_first, PAGE);
            let steps = plan(&mut conn, &sql, &only.values).await;
            assert!(!scans(&steps) && !sorts(&steps), "{filter:?} {oldest_first}: {steps:#?}");
        }
    }
    // What a search finds is few, and may be sorted.
    for q in ["inv-2025-0", "smith"] {
        let mut only = ledger::wanted(&EntryFilter { q: Some(q.into()), ..all.clone() });
        let sql = ledger::page_query(&mut only, false, PAGE);
        let steps = plan(&mut conn, &sql, &only.values).await;
        assert!(!scans(&steps), "{q}: {steps:#?}");
    }
    let mut next = Where::default();
    next.and_both("(e.at, e.id) < (?, ?)", at, "x");
    let sql = ledger::page_query(&mut next, false, PAGE);
    let steps = plan(&mut conn, &sql, &next.values).await;
    assert!(!scans(&steps) && !sorts(&steps), "the next part of an export: {steps:#?}");
}

#[tokio::test]
async fn tracking_numbers_of_each_status_come_in_order() {
    let db = testing::sqlite().await;
    let mut conn = db.ctx.db.read().await.expect("a connection");
    for (status, start) in [(None, None), (Some(TrackingStatus::Active), None), (None, Some("+1555"))] {
        let mut only = tracking::wanted(status, start);
        let sql = tracking::page_query(&mut only, Order::up(NumberSort::Number), PAGE);
        let steps = plan(&mut conn, &sql, &only.values).await;
        assert!(!scans(&steps) && !sorts(&steps), "{status:?} {start:?}: {steps:#?}");
    }
    let mut only = tracking::wanted(None, None);
    let sql = tracking::page_query(&mut only, Order::down(NumberSort::Status), PAGE);
    let steps = plan(&mut conn, &sql, &only.values).await;
    assert!(!scans(&steps) && !sorts(&steps), "{steps:#?}");
}

/// Contractors are few: what a filter leaves may be sorted.
#[tokio::test]
async fn no_list_of_contractors_scans_them() {
    let db = testing::sqlite().await;
    let mut conn = db.ctx.db.read().await.expect("a connection");
    let all = ContractorFilter::of_page(PAGE);
    for filter in [
        all.clone(),
        ContractorFilter { status: Some(ContractorStatus::Active), ..all.clone() },
        ContractorFilter { is_approved: Some(true), ..all.clone() },
        ContractorFilter { is_accepting: Some(true), ..all.clone() },
        ContractorFilter { zip_code: Zip::parse("90210"), ..all.clone() },
        ContractorFilter { specialization: Some(Specialization::Maintenance), ..all.clone() },
        ContractorFilter { q: Some("pros".into()), ..all.clone() },
    ] {
        let mut only = contractors::wanted(&filter);
        let sql = contractors::page_query(&mut only, PAGE, contractors::order_of(all.order));
        let steps = plan(&mut conn, &sql, &only.values).await;
        assert!(!scans(&steps), "{filter:?}: {steps:#?}");
    }
}
