use crate::support::{
    admin, approved, billed, call, check_books, contractor_of, count, is_conflict, mails, run_jobs, staff, submit_sample,
};
use chrono::Duration;
use kernel::{Id, Money, Order, Outcome, Page, Problem, StaffRole};
use leads::billing::{self, BillingFilter, BillingStatus, RecordChange, RecordView};
use leads::disputes::{self, DisputeFilter, DisputeReason, DisputeSort, DisputeStatus, DisputeView, NewDispute, NewResolution, Resolution};
use leads::ledger::{self, Balance};
use leads::{admin_desk, calls, contractor_desk};
use platform::Ctx;
use platform::auth::Caller;
use platform::testing::{self, TestDb};
use std::collections::{BTreeMap, BTreeSet};

fn reason(word: &str) -> NewDispute {
    NewDispute { reason: Some(word.into()), description: Some("No answer, three times.".into()) }
}

async fn dispute(ctx: &Ctx, contractor: &Id, record: &str) -> DisputeView {
    disputes::submit(ctx, &Caller::Contractor(contractor.clone()), record, &reason("customer_no_contact")).await.expect("submitted")
}

async fn resolve(ctx: &Ctx, id: &str, resolution: Resolution, credit: Option<i64>) -> Outcome<DisputeView> {
    let new = NewResolution { resolution, credit: credit.map(Money), notes: Some("Checked.".into()) };
    disputes::resolve(ctx, &admin(), id, &new).await
}

async fn record(ctx: &Ctx, id: &str) -> RecordView {
    let all = BillingFilter::of_page(Page { limit: 100, offset: 0 });
    let list = billing::list(ctx, &admin(), &all).await.expect("a list");
    list.records.into_iter().find(|r| r.id == id).expect("listed")
}

async fn balance(ctx: &Ctx, contractor: &str) -> Balance {
    ledger::balance(&mut ctx.db.read().await.expect("a connection"), contractor).await.expect("a balance")
}

async fn pay(ctx: &Ctx, id: &str) {
    let change = RecordChange { status: Some("paid".into()), ..RecordChange::default() };
    billing::update(ctx, &admin(), id, &change, None).await.expect("paid");
}

async fn one_charge(db: &TestDb) -> (Id, Id) {
    let contractor = approved(&db.ctx, 1, &["90210"], &["ac_repair"]).await;
    (contractor, billed(db, 1).await)
}

#[tokio::test]
async fn what_the_audit_log_is_about_has_a_name() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (contractor, charge) = one_charge(&db).await;
        let about = dispute(ctx, &contractor, &charge).await;
        let ids = [contractor.clone(), charge.clone(), about.id.clone(), about.lead.id.clone(), "nobody".into()];
        let names = admin_desk::names_of(ctx, &admin(), BTreeSet::from(ids)).await.expect("names");
        let (business, customer) = (about.contractor.business_name.clone(), about.lead.customer_name());
        let dispute = (about.id, format!("{business} about {customer}"));
        let expected = [(contractor.clone(), business), dispute, (about.lead.id, customer.clone()), (charge, customer)];
        assert_eq!(names, BTreeMap::from(expected), "on {}", db.name());
        let own = admin_desk::names_of(ctx, &Caller::Contractor(contractor), BTreeSet::new()).await;
        assert!(matches!(own, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn a_charge_is_disputed_once_at_a_time_within_the_window_by_its_contractor() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (contractor, id) = one_charge(&db).await;
        let other = approved(ctx, 2, &["90299"], &["ac_repair"]).await;
        let owner = Caller::Contractor(contractor.clone());
        let foreign = disputes::submit(ctx, &Caller::Contractor(other), &id, &reason("duplicate")).await;
        assert!(matches!(foreign, Err(Problem::NotFound { what: "Billing record", .. })));
        assert!(matches!(disputes::submit(ctx, &owner, "nothing", &reason("duplicate")).await, Err(Problem::NotFound { .. })));
        assert!(matches!(disputes::submit(ctx, &admin(), &id, &reason("duplicate")).await, Err(Problem::Forbidden(_))));
        let bare = NewDispute { reason: Some("other".into()), description: Some("  ".into()) };
        assert!(matches!(disputes::submit(ctx, &owner, &id, &bare).await, Err(Problem::Invalid(_))));

        // At once, from two nodes.
        let nodes = [ctx.clone(), db.second_node().await];
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let (ctx, owner, id) = (nodes[n % 2].clone(), owner.clone(), id.clone());
                tokio::spawn(async move { disputes::submit(&ctx, &owner, &id, &reason("wrong_info")).await })
            })
            .collect();
        let mut submitted = Vec::new();
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(dispute) => submitted.push(dispute),
                Err(problem) => assert!(is_conflict(&problem, "dispute_open"), "{problem}"),
            }
        }
        assert_eq!(submitted.len(), 1, "{}", db.name());
        let dispute = &submitted[0];
        assert_eq!((dispute.status, dispute.reason), (DisputeStatus::Pending, DisputeReason::WrongInfo));
        assert_eq!((dispute.record.amount, dispute.record.id.as_str()), (Money(25_000), id.as_str()));
        assert_eq!(record(ctx, &id).await.dispute_status, Some(DisputeStatus::Pending));

        // Denied, it may be disputed again until the window closes.
        resolve(ctx, &dispute.id, Resolution::Denied, None).await.expect("denied");
        assert_eq!(record(ctx, &id).await.amount, Money(25_000), "the charge stands");
        let incurred_at = record(ctx, &id).await.incurred_at;
        ctx.clock.set(incurred_at + Duration::days(7) - Duration::microseconds(1));
        let again = disputes::submit(ctx, &owner, &id, &reason("out_of_area")).await.expect("just in time");
        resolve(ctx, &again.id, Resolution::Denied, Some(0)).await.expect("denied");
        ctx.clock.set(incurred_at + Duration::days(7));
        let late = disputes::submit(ctx, &owner, &id, &reason("out_of_area")).await.expect_err("too late");
        assert!(is_conflict(&late, "dispute_window_over"), "{late}");
        run_jobs(ctx).await;
        assert_eq!(mails(&db).iter().filter(|m| m.contains("We received your dispute")).count(), 2);
        assert_eq!(mails(&db).iter().filter(|m| m.contains("was denied: the charge stands")).count(), 2);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn every_resolution_does_its_arithmetic_on_unpaid_and_paid_charges() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let mut owed = Money::ZERO;
        // Resolution, credit asked, paid before; then what is left, its status, and what the account owes of it.
        let cases = [
            (Resolution::Approved, None, false, 0, BillingStatus::Credited, 0),
            (Resolution::Approved, Some(25_000), true, 0, BillingStatus::Credited, -25_000),
            (Resolution::PartialCredit, Some(10_001), false, 14_999, BillingStatus::Pending, 14_999),
            (Resolution::PartialCredit, Some(1), true, 24_999, BillingStatus::Paid, -1),
            (Resolution::Denied, None, false, 25_000, BillingStatus::Pending, 25_000),
            (Resolution::Denied, None, true, 25_000, BillingStatus::Paid, 0),
            // Last, for the lead after it is free.
            (Resolution::ReplacementLead, None, false, 0, BillingStatus::Credited, 0),
        ];
        for (n, (resolution, credit, paid, left, status, owes)) in cases.into_iter().enumerate() {
            let id = billed(&db, n).await;
            if paid {
                pay(ctx, &id).await;
            }
            let dispute = dispute(ctx, &contractor, &id).await;
            for wrong in [Some(-1), Some(25_001), Some(24_000).filter(|_| resolution != Resolution::PartialCredit)].into_iter().flatten() {
                let refused = resolve(ctx, &dispute.id, resolution, Some(wrong)).await;
                assert!(matches!(refused, Err(Problem::Invalid(_))), "{resolution} {wrong}");
            }
            let resolved = resolve(ctx, &dispute.id, resolution, credit).await.expect("resolved");
            owed = owed + Money(owes);
            let what = format!("{}: {resolution}, paid {paid}", db.name());
            assert_eq!((resolved.status, resolved.resolution), (resolution.status(), Some(resolution)), "{what}");
            assert_eq!(resolved.credit, Some(Money(25_000 - left)), "{what}");
            assert_eq!((resolved.record.amount, resolved.record.status), (Money(left), status), "{what}");
            assert_eq!((resolved.record.original_amount, resolved.resolved_at), (Money(25_000), Some(ctx.now())), "{what}");
            assert_eq!(balance(ctx, &contractor).await.receivable, owed, "{what}");
            for again in Resolution::ALL {
                let refused = resolve(ctx, &dispute.id, *again, Some(100)).await.expect_err("twice");
                assert!(is_conflict(&refused, "already_resolved"), "{what}: {refused}");
            }
            assert!(is_conflict(&disputes::review(ctx, &admin(), &dispute.id).await.expect_err("over"), "already_resolved"));
            if status == BillingStatus::Credited {
                let caller = Caller::Contractor(contractor.clone());
                let refused = disputes::submit(ctx, &caller, &id, &reason("duplicate")).await.expect_err("nothing left");
                assert!(is_conflict(&refused, "record_credited"), "{refused}");
                let change = RecordChange { status: Some("paid".into()), ..RecordChange::default() };
                let refused = billing::update(ctx, &admin(), &id, &change, None).await.expect_err("nothing to pay");
                assert!(is_conflict(&refused, "record_credited"), "{refused}");
            }
            check_books(ctx).await;
        }
        assert_eq!(count(ctx, "select count(*) from ledger_entries where kind = 'credit'").await, 5);
        let stats = contractor_desk::dashboard(ctx, &contractor).await.expect("figures").stats;
        assert_eq!((stats.total_billed, stats.pending_payment), (Money(14_999 + 24_999 + 50_000), Money(14_999 + 25_000)));
    }
}

#[tokio::test]
async fn of_two_decisions_at_once_one_counts() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (contractor, id) = one_charge(&db).await;
        let dispute = dispute(ctx, &contractor, &id).await;
        assert_eq!(disputes::review(ctx, &admin(), &dispute.id).await.expect("begun").status, DisputeStatus::UnderReview);
        assert_eq!(disputes::review(ctx, &admin(), &dispute.id).await.expect("again").status, DisputeStatus::UnderReview);
        let nodes = [ctx.clone(), db.second_node().await];
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let (ctx, id) = (nodes[n % 2].clone(), dispute.id.clone());
                let (resolution, credit) =
                    [(Resolution::Approved, None), (Resolution::PartialCredit, Some(5_000)), (Resolution::ReplacementLead, None)][n % 3];
                tokio::spawn(async move { resolve(&ctx, &id, resolution, credit).await })
            })
            .collect();
        let mut resolved = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(_) => resolved += 1,
                Err(problem) => assert!(is_conflict(&problem, "already_resolved"), "{problem}"),
            }
        }
        assert_eq!(resolved, 1, "{}", db.name());
        assert_eq!(count(ctx, "select count(*) from ledger_entries where kind = 'credit'").await, 1);
        assert_eq!(count(ctx, "select count(*) from events where kind = 'dispute_resolved'").await, 1);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn a_replacement_lead_is_delivered_first_and_free() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (contractor, id) = one_charge(&db).await;
        let rival = approved(ctx, 2, &["90210"], &["ac_repair"]).await;
        // More open leads than the rival: without the promise the next one would be the rival's.
        let owed = dispute(ctx, &contractor, &id).await;
        for _ in 0..3 {
            submit_sample(ctx).await;
        }
        resolve(ctx, &owed.id, Resolution::ReplacementLead, None).await.expect("resolved");
        assert_eq!(record(ctx, &id).await.status, BillingStatus::Credited);
        db.advance(Duration::minutes(1));
        let free = submit_sample(ctx).await;
        assert_eq!(contractor_of(&free), contractor, "{}", db.name());
        run_jobs(ctx).await;
        assert!(mails(&db).iter().any(|m| m.contains("replacement, free")));
        calls::record(ctx, &call("CA-free", "3105550001", "5551234567", 60)).await.expect("recorded");
        let bill = contractor_desk::get_lead(ctx, &contractor, &free.lead_id).await.expect("their lead").bill.expect("a record");
        assert_eq!((bill.amount, bill.original_amount, bill.status), (Money::ZERO, Money(25_000), BillingStatus::Credited));
        assert_eq!(balance(ctx, &contractor).await.receivable, Money::ZERO);
        // The promise is kept: the next one goes by the rules again.
        db.advance(Duration::minutes(1));
        let next = submit_sample(ctx).await;
        assert_eq!(count(ctx, "select count(*) from contractors where replacement_due <> 0").await, 0);
        assert_eq!(contractor_of(&next), rival);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn several_disputes_are_taken_up_together() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let mut made = Vec::new();
        for n in 0..4 {
            let id = billed(&db, n).await;
            made.push(dispute(ctx, &contractor, &id).await.id);
        }
        for refused in [Caller::Contractor(contractor.clone()), staff(StaffRole::ReadOnly)] {
            assert!(matches!(disputes::review_many(ctx, &refused, &made).await, Err(Problem::Forbidden(_))));
        }
        for wrong in [vec![], vec![made[0].clone(); 101]] {
            assert!(matches!(disputes::review_many(ctx, &admin(), &wrong).await, Err(Problem::Invalid(_))));
        }
        assert_eq!(count(ctx, "select count(*) from disputes where status = 'under_review'").await, 0, "{}", db.name());

        disputes::review(ctx, &admin(), &made[1]).await.expect("begun");
        resolve(ctx, &made[2], Resolution::Denied, None).await.expect("denied");
        let ticked = [&made[0], &made[0], &made[1], &made[2], &"~gone".to_owned()].map(Id::clone);
        let told = async || {
            let lines = disputes::review_many(ctx, &admin(), &ticked).await.expect("lines");
            let mut told: Vec<_> = lines.into_iter().map(|line| (line.words, line.is_done)).collect();
            told.sort();
            told
        };
        let rest = ["is gone", "was decided before", "was under review before"].map(|words| (words.to_owned(), false));
        assert_eq!(told().await, [&rest[..1], &[("is under review".to_owned(), true)], &rest[1..]].concat(), "{}", db.name());
        assert_eq!(told().await, [&rest[..], &rest[2..]].concat(), "again changes nothing");
        let statuses = async |id: &Id| disputes::get(ctx, &admin(), id).await.expect("there").status;
        assert_eq!((statuses(&made[0]).await, statuses(&made[2]).await), (DisputeStatus::UnderReview, DisputeStatus::Denied));
        assert_eq!(statuses(&made[3]).await, DisputeStatus::Pending, "it was not ticked");
        for sql in [
            "select count(*) from events where kind = 'dispute_under_review'",
            "select count(*) from audit_log where action = 'dispute_under_review'",
        ] {
            assert_eq!(count(ctx, sql).await, 2, "{}: {sql}", db.name());
        }
    }
}

#[tokio::test]
async fn disputes_are_listed_by_status_and_contractor() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let first = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let mut made = Vec::new();
        for n in 0..4 {
            let id = billed(&db, n).await;
            made.push(dispute(ctx, &first, &id).await.id);
            db.advance(Duration::minutes(1));
        }
        disputes::review(ctx, &admin(), &made[1]).await.expect("begun");
        resolve(ctx, &made[2], Resolution::Approved, None).await.expect("approved");
        resolve(ctx, &made[3], Resolution::Denied, None).await.expect("denied");
        let filter = |status, contractor_id: Option<&str>| DisputeFilter {
            status,
            contractor_id: contractor_id.map(Into::into),
            ..DisputeFilter::of_page(Page { limit: 10, offset: 0 })
        };
        for (n, status) in DisputeStatus::ALL.iter().enumerate() {
            let listed = disputes::list(ctx, &admin(), &filter(Some(*status), None)).await.expect("a list");
            assert_eq!((listed.total, &listed.items[0].id), (1, &made[n]), "{status}");
        }
        let all = disputes::list(ctx, &admin(), &filter(None, Some(&first))).await.expect("a list");
        assert_eq!(all.items.iter().map(|d| &d.id).collect::<Vec<_>>(), made.iter().rev().collect::<Vec<_>>(), "newest first");
        let oldest_first = DisputeFilter { order: Order::up(DisputeSort::Sent), ..filter(None, None) };
        let all = disputes::list(ctx, &admin(), &oldest_first).await.expect("a list");
        assert_eq!(all.items.iter().map(|d| &d.id).collect::<Vec<_>>(), made.iter().collect::<Vec<_>>(), "oldest first");
        for by in DisputeSort::ALL {
            let sorted = |order| DisputeFilter { order, ..filter(None, None) };
            let down = disputes::list(ctx, &admin(), &sorted(Order::down(*by))).await.expect("a list").items;
            let mut up = disputes::list_own(ctx, &first, &sorted(Order::up(*by))).await.expect("a list").items;
            up.reverse();
            assert_eq!((down.len(), &down), (4, &up), "{}: {by}", db.name());
        }
        let charged = "select count(*) from disputes d join billing_records b on b.id = d.billing_record_id
                       where d.charge_cents <> b.original_cents";
        assert_eq!(count(ctx, charged).await, 0, "sorted by what was charged");
        for (words, total) in [("smi", 4), ("John S", 4), ("business 1", 4), ("nobody", 0)] {
            let search = DisputeFilter { q: Some(words.into()), ..filter(None, None) };
            assert_eq!(disputes::list(ctx, &admin(), &search).await.expect("a list").total, total, "{words}");
            assert_eq!(disputes::list_own(ctx, "nobody", &search).await.expect("a list").total, 0, "{words}");
        }
        assert_eq!(disputes::list(ctx, &admin(), &filter(None, Some("nobody"))).await.expect("a list").total, 0);
        assert_eq!(disputes::list_own(ctx, "nobody", &filter(None, Some(&first))).await.expect("a list").total, 0);
        assert_eq!(disputes::list_own(ctx, &first, &filter(Some(DisputeStatus::Denied), None)).await.expect("a list").total, 1);
        assert!(matches!(disputes::list(ctx, &Caller::Contractor(first), &filter(None, None)).await, Err(Problem::Forbidden(_))));
    }
}
