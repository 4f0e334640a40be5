use crate::support::{admin, approved, check_books, contractor_of, count, submit_sample};
use kernel::{Id, Money, Order, Page, Problem};
use leads::calls::{CallEvent, CallSort, CallStatus, UnmatchedFilter, list_unmatched, record};
use leads::lead::LeadStatus;
use leads::views::LeadPage;
use leads::{admin_desk, contractor_desk, tracking};
use platform::auth::Caller;
use platform::testing::{self, TestDb};

fn call(sid: &str, status: CallStatus, duration: Option<i64>) -> CallEvent {
    CallEvent {
        call_sid: sid.into(),
        status,
        duration,
        from: "+13105550001".into(),
        to: "+12135550100".into(),
        recording_url: None,
        recording_sid: None,
        direction: Some("outbound-api".into()),
    }
}

/// One contractor, one number, one lead.
async fn one_lead(db: &TestDb) -> (Id, Id) {
    let contractor = approved(&db.ctx, 1, &["90210"], &["ac_repair"]).await;
    tracking::add_numbers(&db.ctx, &admin(), &["2135550100".into()]).await.expect("added");
    (submit_sample(&db.ctx).await.lead_id, contractor)
}

async fn page(db: &TestDb, lead: &str) -> LeadPage {
    admin_desk::get_lead(&db.ctx, &admin(), lead).await.expect("there")
}

#[tokio::test]
async fn a_call_makes_contact_then_qualifies_and_bills_once() {
    for db in testing::databases().await {
        let (lead, contractor) = one_lead(&db).await;
        let ctx = &db.ctx;
        record(ctx, &call("CA1", CallStatus::Initiated, None)).await.expect("recorded");
        record(ctx, &call("CA1", CallStatus::Ringing, None)).await.expect("recorded");
        assert_eq!(page(&db, &lead).await.lead.status, LeadStatus::Assigned, "ringing is no contact");
        db.advance(chrono::Duration::minutes(20));
        record(ctx, &call("CA1", CallStatus::InProgress, None)).await.expect("recorded");
        let contacted = page(&db, &lead).await;
        assert_eq!((contacted.lead.status, contacted.lead.first_contact_at), (LeadStatus::Contacted, Some(ctx.now())));
        assert!(contacted.bill.is_none());
        db.advance(chrono::Duration::seconds(45));
        for _ in 0..3 {
            record(ctx, &call("CA1", CallStatus::Completed, Some(45))).await.expect("recorded");
        }
        // A second long call costs nothing more.
        record(ctx, &call("CA2", CallStatus::Completed, Some(300))).await.expect("recorded");
        record(ctx, &call("CA1", CallStatus::Ringing, None)).await.expect("late");
        let done = page(&db, &lead).await;
        assert_eq!(done.lead.status, LeadStatus::Qualified);
        assert_eq!(done.lead.first_contact_at, contacted.lead.first_contact_at);
        assert_eq!(done.bill.as_ref().map(|b| b.amount), Some(Money(25_000)));
        assert_eq!(done.calls.len(), 2);
        assert!(done.calls.iter().all(|c| c.status == CallStatus::Completed), "a late callback does not move a call back");
        let kinds: Vec<&str> = done.history.iter().map(|h| h.kind.as_str()).collect();
        for (kind, times) in [("lead_contacted", 1), ("lead_qualified", 1), ("billing_created", 1), ("call_logged", 2)] {
            assert_eq!(kinds.iter().filter(|k| **k == kind).count(), times, "{}: {kind} in {kinds:?}", db.name());
        }
        let stats = contractor_desk::dashboard(ctx, &contractor).await.expect("figures").stats;
        assert_eq!((stats.total_leads, stats.average_response_time, stats.total_billed), (1, Some(20), Money(25_000)));
        assert!((stats.conversion_rate - 100.0).abs() < 1e-9);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn completed_first_and_the_rest_late_counts_the_same() {
    for db in testing::databases().await {
        let (lead, _) = one_lead(&db).await;
        record(&db.ctx, &call("CA1", CallStatus::Completed, Some(30))).await.expect("recorded");
        record(&db.ctx, &call("CA1", CallStatus::InProgress, None)).await.expect("recorded");
        record(&db.ctx, &call("CA1", CallStatus::Initiated, None)).await.expect("recorded");
        let done = page(&db, &lead).await;
        assert_eq!((done.lead.status, done.bill.is_some()), (LeadStatus::Qualified, true));
        assert!(done.lead.first_contact_at.is_some());
        check_books(&db.ctx).await;
    }
}

#[tokio::test]
async fn short_missed_and_unanswered_calls_do_not_bill() {
    for db in testing::databases().await {
        let (lead, _) = one_lead(&db).await;
        record(&db.ctx, &call("CA1", CallStatus::NoAnswer, Some(0))).await.expect("recorded");
        record(&db.ctx, &call("CA2", CallStatus::Busy, None)).await.expect("recorded");
        record(&db.ctx, &call("CA3", CallStatus::Completed, Some(0))).await.expect("recorded");
        assert_eq!(page(&db, &lead).await.lead.status, LeadStatus::Assigned);
        record(&db.ctx, &call("CA4", CallStatus::Completed, Some(29))).await.expect("recorded");
        let short = page(&db, &lead).await;
        assert_eq!((short.lead.status, short.bill), (LeadStatus::Contacted, None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callbacks_at_once_bill_once() {
    for db in testing::databases().await {
        let (lead, _) = one_lead(&db).await;
        let tasks: Vec<_> = (0..40)
            .map(|i| {
                let ctx = db.ctx.clone();
                tokio::spawn(async move {
                    let status = if i % 3 == 0 { CallStatus::InProgress } else { CallStatus::Completed };
                    let duration = (status == CallStatus::Completed).then_some(60);
                    record(&ctx, &call(&format!("CA{}", i % 4), status, duration)).await.expect("recorded");
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        assert_eq!(page(&db, &lead).await.lead.status, LeadStatus::Qualified);
        assert_eq!(count(&db.ctx, "select count(*) from billing_records").await, 1, "{}", db.name());
        assert_eq!(count(&db.ctx, "select count(*) from events where kind = 'lead_contacted'").await, 1);
        assert_eq!(count(&db.ctx, "select count(*) from call_logs").await, 4);
        check_books(&db.ctx).await;
    }
}

#[tokio::test]
async fn a_call_without_the_number_is_matched_by_both_phones_else_shown_unmatched() {
    for db in testing::databases().await {
        let (lead, contractor) = one_lead(&db).await;
        let direct = CallEvent { from: "3105550001".into(), to: "5551234567".into(), ..call("CA1", CallStatus::Completed, Some(60)) };
        record(&db.ctx, &direct).await.expect("recorded");
        assert_eq!(page(&db, &lead).await.lead.status, LeadStatus::Qualified);
        let stranger = CallEvent { from: "client:bob".into(), to: "+442079460000".into(), ..call("CA2", CallStatus::Completed, Some(60)) };
        record(&db.ctx, &stranger).await.expect("recorded");
        let all = UnmatchedFilter::of_page(Page { limit: 10, offset: 0 });
        let unmatched = list_unmatched(&db.ctx, &admin(), &all).await.expect("a list");
        assert_eq!((unmatched.total, unmatched.items[0].from.as_str()), (1, "client:bob"));
        let theirs = list_unmatched(&db.ctx, &Caller::Contractor(contractor), &all).await;
        assert!(matches!(theirs, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn unmatched_calls_are_found_by_part_of_a_number_or_name() {
    for db in testing::databases().await {
        for (sid, from, to) in [("CA1", "client:Bob_1", "+442079460000"), ("CA2", "3105550001", "5551234567"), ("CA3", "3105550002", "")] {
            let odd = CallEvent { from: from.into(), to: to.into(), ..call(sid, CallStatus::Completed, Some(60)) };
            record(&db.ctx, &odd).await.expect("recorded");
            db.advance(chrono::Duration::minutes(1));
        }
        for (q, found) in [
            ("", vec!["CA3", "CA2", "CA1"]),
            (" (310) 555 ", vec!["CA3", "CA2"]),
            ("4567", vec!["CA2"]),
            ("+1 310-555-0002", vec!["CA3"]),
            ("+44 20 7946", vec!["CA1"]),
            ("BOB_", vec!["CA1"]),
            ("%", vec![]),
            ("9999", vec![]),
        ] {
            let filter = UnmatchedFilter { q: Some(q.into()), ..UnmatchedFilter::of_page(Page { limit: 10, offset: 0 }) };
            let list = list_unmatched(&db.ctx, &admin(), &filter).await.expect("a list");
            let sids: Vec<&str> = list.items.iter().map(|call| call.call_sid.as_str()).collect();
            assert_eq!((list.total, sids), (i64::try_from(found.len()).expect("few"), found), "{q:?} on {}", db.name());
        }
    }
}

#[tokio::test]
async fn unmatched_calls_are_sorted_by_time_and_length() {
    for db in testing::databases().await {
        // The last two are of one moment, and have no length yet.
        for (sid, seconds, later) in [("CA1", Some(60), 0), ("CA2", Some(20), 1), ("CA3", Some(20), 1), ("CA4", None, 1), ("CA5", None, 0)]
        {
            db.advance(chrono::Duration::minutes(later));
            record(&db.ctx, &call(sid, CallStatus::Completed, seconds)).await.expect("recorded");
        }
        let sids = async |sort: CallSort, ascending: bool| {
            let mut sids: Vec<String> = Vec::new();
            loop {
                let page = Page { limit: 2, offset: i64::try_from(sids.len()).expect("few") };
                let filter = UnmatchedFilter { order: Order { by: sort, ascending }, ..UnmatchedFilter::of_page(page) };
                let list = list_unmatched(&db.ctx, &admin(), &filter).await.expect("a list");
                if list.items.is_empty() {
                    return sids;
                }
                sids.extend(list.items.into_iter().map(|call| call.call_sid));
            }
        };
        for (sort, expected) in [(CallSort::When, ["CA1", "CA2", "CA3", "CA4"]), (CallSort::Length, ["CA4", "CA2", "CA3", "CA1"])] {
            let (mut up, down) = (sids(sort, true).await, sids(sort, false).await);
            assert_eq!(up.iter().rev().collect::<Vec<_>>(), down.iter().collect::<Vec<_>>(), "{sort} on {}", db.name());
            assert_eq!(up.len(), 5);
            up.retain(|sid| sid != "CA5");
            assert_eq!(up, expected, "{sort} on {}", db.name());
        }
    }
}

#[tokio::test]
async fn qualified_by_hand_does_not_bill_but_a_later_call_does() {
    for db in testing::databases().await {
        let (lead, contractor) = one_lead(&db).await;
        let caller = Caller::Contractor(contractor);
        contractor_desk::set_status(&db.ctx, &caller, &lead, LeadStatus::Qualified).await.expect("allowed");
        assert!(page(&db, &lead).await.bill.is_none());
        record(&db.ctx, &call("CA1", CallStatus::Completed, Some(60))).await.expect("recorded");
        assert!(page(&db, &lead).await.bill.is_some());
        check_books(&db.ctx).await;
    }
}

#[tokio::test]
async fn a_replacement_is_free() {
    for db in testing::databases().await {
        let (_, contractor) = one_lead(&db).await;
        let mut tx = db.ctx.begin().await.expect("a transaction");
        platform::execute!(tx, "update contractors set replacement_due = 1 where id = $1", contractor.as_str()).expect("owed");
        tx.commit().await.expect("committed");
        let free = submit_sample(&db.ctx).await;
        assert_eq!(contractor_of(&free), contractor);
        let direct = CallEvent { to: "5551234567".into(), ..call("CA1", CallStatus::Completed, Some(60)) };
        db.advance(chrono::Duration::minutes(1));
        record(&db.ctx, &direct).await.expect("recorded");
        let bills = count(&db.ctx, "select count(*) from billing_records where amount_cents = 0 and original_cents = 25000").await;
        assert_eq!(bills, 1, "{}: the newest lead of that customer is the replacement", db.name());
    }
}
