//! Ten thousand operations by concurrent workers on two nodes; then the books are counted anew.

use crate::support::{admin, approved, billed, call, check_books, count, is_conflict};
use kernel::{Id, Money, Outcome, Page, Problem};
use leads::billing::{self, BillingFilter, BillingStatus, RecordChange};
use leads::disputes::{self, DisputeReason, NewDispute, NewResolution, Resolution};
use leads::intake::submit;
use leads::lead::NewLead;
use leads::ledger::{self, Account, EntryKind, NewEntry};
use leads::{admin_desk, calls, contractor_desk, contractors};
use platform::auth::Caller;
use platform::{Ctx, fetch_all, fetch_scalar, testing};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use std::sync::{Arc, Mutex};

const WORKERS: u64 = 8;
const LEADS: usize = 400;
/// Operations of each worker; with the first charges there are 10,000.
const EACH: usize = (10_000 - LEADS) / 8;

/// What the workers know of each other.
#[derive(Default)]
struct Shared {
    /// Phones of contractor and customer.
    leads: Vec<(String, String)>,
    contractors: Vec<Id>,
    /// Record and contractor.
    records: Mutex<Vec<(Id, Id)>>,
    disputes: Mutex<Vec<Id>>,
}

async fn charge(ctx: &Ctx, shared: &Shared, n: usize) -> Outcome<()> {
    let (contractor, customer) = &shared.leads[n];
    calls::record(ctx, &call(&format!("CA{n}"), contractor, customer, 60)).await
}

/// One random operation; `Ok(true)` when it changed something.
async fn operate(ctx: &Ctx, shared: &Shared, dice: &mut SmallRng) -> Outcome<bool> {
    let (record, contractor) = {
        let records = shared.records.lock().expect("unpoisoned");
        records[dice.random_range(0..records.len())].clone()
    };
    let dispute = {
        let disputes = shared.disputes.lock().expect("unpoisoned");
        if disputes.is_empty() { None } else { Some(disputes[dice.random_range(0..disputes.len())].clone()) }
    };
    let set = |status: &str| RecordChange { status: Some(status.into()), ..RecordChange::default() };
    match (dice.random_range(0..100), dispute) {
        (0..10, _) => charge(ctx, shared, dice.random_range(0..LEADS)).await.map(|()| true),
        (10..25, _) => billing::update(ctx, &admin(), &record, &set("invoiced"), None).await.map(|_| true),
        (25..30, _) => billing::update(ctx, &admin(), &record, &set("paid"), None).await.map(|_| true),
        (30..45, _) => {
            let reference = format!("pi_{}", dice.random_range(0..LEADS));
            let mut tx = ctx.begin().await?;
            let locked = billing::lock(&mut tx, &record).await?;
            let paid = billing::mark_paid(ctx, &mut tx, &locked, ctx.now(), Some(&reference), "stripe").await?;
            // Now and then the process ends before the commit.
            if dice.random_range(0..5) == 0 {
                return Ok(false);
            }
            tx.commit().await?;
            Ok(paid)
        }
        (45..46, _) => Ok(billing::invoice_run(ctx, &admin()).await?.invoiced > 0),
        (46..56, _) => {
            let cents = Money(dice.random_range(1..40_000));
            ledger::refund(ctx, &admin(), &contractor, cents, &format!("ACH {}", dice.random_range(0..500))).await.map(|_| true)
        }
        (56..70, Some(dispute)) => {
            let resolution = Resolution::ALL[dice.random_range(0..Resolution::ALL.len())];
            let credit = (resolution == Resolution::PartialCredit).then(|| Money(dice.random_range(1..25_000)));
            disputes::resolve(ctx, &admin(), &dispute, &NewResolution { resolution, credit, notes: None }).await.map(|_| true)
        }
        _ => {
            let reason = DisputeReason::ALL[dice.random_range(0..DisputeReason::ALL.len())];
            let new = NewDispute { reason: Some(reason.to_string()), description: Some("Wrong.".into()) };
            let dispute = disputes::submit(ctx, &Caller::Contractor(contractor), &record, &new).await?;
            shared.disputes.lock().expect("unpoisoned").push(dispute.id);
            Ok(true)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_thousand_operations_at_once_the_books_balance() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let mut shared = Shared::default();
        for n in 0..5 {
            shared.contractors.push(approved(ctx, n, &[&format!("9021{n}")], &["ac_repair"]).await);
        }
        for n in 0..LEADS {
            let customer = format!("555300{n:04}");
            let new = NewLead {
                customer_phone: Some(customer.clone()),
                customer_zip: Some(format!("9021{}", n % 5)),
                customer_email: None,
                ..NewLead::sample()
            };
            submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
            shared.leads.push((format!("310555{:04}", n % 5), customer));
        }
        let shared = Arc::new(shared);
        let nodes = [ctx.clone(), db.second_node().await];
        let run = |worker: u64| {
            let (ctx, shared) = (nodes[usize::try_from(worker % 2).expect("small")].clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                for n in (0..LEADS).filter(|n| n % 8 == usize::try_from(worker).expect("small")) {
                    charge(&ctx, &shared, n).await.expect("charged");
                }
            })
        };
        for worker in (0..WORKERS).map(run).collect::<Vec<_>>() {
            worker.await.expect("no panic");
        }
        let records =
            fetch_all!(&mut ctx.db.read().await.expect("a connection"), (Id, Id), "select id, contractor_id from billing_records");
        *shared.records.lock().expect("unpoisoned") = records.expect("the charges");
        let run = |worker: u64| {
            let (ctx, shared) = (nodes[usize::try_from(worker % 2).expect("small")].clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                let mut dice = SmallRng::seed_from_u64(worker);
                let mut changed = 0;
                for _ in 0..EACH {
                    match operate(&ctx, &shared, &mut dice).await {
                        Ok(did) => changed += usize::from(did),
                        // What the state of things does not allow is refused; a fault of ours is not.
                        Err(Problem::Conflict { .. } | Problem::Invalid(_)) => {}
                        Err(problem) => panic!("{problem:?}"),
                    }
                }
                changed
            })
        };
        let mut changed = 0;
        for worker in (0..WORKERS).map(run).collect::<Vec<_>>() {
            changed += worker.await.expect("no panic");
        }
        assert!(changed > 1_000, "{}: {changed} operations did something", db.name());
        for kind in EntryKind::ALL {
            let sql = "select count(*) from ledger_entries where kind = $1";
            let posted = fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, sql, kind.as_str());
            assert!(posted.expect("counted") > 10, "{}: {kind}", db.name());
        }
        check_books(ctx).await;
        check_figures(ctx, &shared.contractors).await;
    }
}

/// Every figure that somebody sees is the sum of the ledger's lines.
async fn check_figures(ctx: &Ctx, contractors: &[Id]) {
    let all = BillingFilter::of_page(Page { limit: 500, offset: 0 });
    let billed =
        Money(count(ctx, "select cast(-sum(amount_cents) as bigint) from ledger_lines where account in ('revenue', 'credits')").await);
    let unpaid = Money(
        count(
            ctx,
            "select coalesce(cast(-sum(l.amount_cents) as bigint), 0) from ledger_lines l join ledger_entries e on e.id = l.entry_id
             join billing_records b on b.id = e.billing_record_id where l.account in ('revenue', 'credits') and b.status in ('pending', 'invoiced')",
        )
        .await,
    );
    let list = billing::list(ctx, &admin(), &all).await.expect("a list");
    assert_eq!((list.summary.billed(), list.summary.open()), (billed, unpaid));
    assert_eq!(list.summary.billed(), list.records.iter().map(|r| r.amount).sum());
    assert_eq!(list.summary.paid, list.records.iter().filter(|r| r.status == BillingStatus::Paid).map(|r| r.amount).sum());
    let dashboard = admin_desk::dashboard(ctx, &admin()).await.expect("figures");
    assert_eq!((dashboard.stats.total_revenue, dashboard.stats.revenue_this_month), (billed, billed), "all of it is of this month");
    assert_eq!(dashboard.stats.pending_billing, list.summary.pending);
    assert_eq!(dashboard.days.iter().map(|d| d.figures.revenue).sum::<Money>(), billed);
    let mut receivable = Money::ZERO;
    for id in contractors {
        let mut conn = ctx.db.read().await.expect("a connection");
        let sum = async |account: &str, conn: &mut platform::Conn| {
            let sql =
                "select coalesce(cast(sum(l.amount_cents) as bigint), 0) from ledger_lines l join ledger_entries e on e.id = l.entry_id
                       where e.contractor_id = $1 and l.account = $2";
            Money(fetch_scalar!(conn, i64, sql, id.as_str(), account).expect("a sum"))
        };
        let owed = sum("receivable", &mut conn).await;
        let revenue = -sum("revenue", &mut conn).await - sum("credits", &mut conn).await;
        let balance = ledger::balance(&mut conn, id).await.expect("a balance");
        assert_eq!((balance.receivable, balance.billed, balance.received), (owed, revenue, sum("cash", &mut conn).await));
        drop(conn);
        let (own, shown) = billing::list_own(ctx, id, &all).await.expect("a list");
        let stats = contractor_desk::dashboard(ctx, id).await.expect("figures").stats;
        assert_eq!((shown, own.summary.billed()), (balance, revenue));
        assert_eq!((stats.total_billed, stats.pending_payment), (revenue, own.summary.open()));
        assert_eq!(contractors::get(ctx, id).await.expect("there").total_billed, revenue);
        receivable = receivable + owed;
    }
    let all = Money(count(ctx, "select cast(sum(amount_cents) as bigint) from ledger_lines where account = 'receivable'").await);
    assert_eq!(receivable, all);
}

#[tokio::test]
async fn unbalanced_and_repeated_entries_are_refused_and_leave_nothing() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let record = billed(&db, 1).await;
        let mut tx = ctx.begin().await.expect("a transaction");
        let entry = NewEntry::of(EntryKind::Payment, Money(100), &contractor, "Payment", ctx.now());
        let unbalanced = NewEntry { lines: vec![(Account::Cash, Money(100)), (Account::Receivable, Money(-99))], ..entry.clone() };
        assert!(matches!(ledger::post(ctx, &mut tx, &unbalanced).await, Err(Problem::Internal(_))));
        drop(tx);
        let once = NewEntry { reference: Some("pi_1"), ..entry };
        let of_record = NewEntry { billing_record_id: Some(&record), ..once.clone() };
        for entry in [&once, &of_record] {
            let mut tx = ctx.begin().await.expect("a transaction");
            ledger::post(ctx, &mut tx, entry).await.expect("posted");
            tx.commit().await.expect("committed");
            let mut tx = ctx.begin().await.expect("a transaction");
            let again = ledger::post(ctx, &mut tx, entry).await.expect_err("twice");
            assert!(is_conflict(&again, "already_posted"), "{}: {again}", db.name());
        }
        assert_eq!(count(ctx, "select count(*) from ledger_entries where kind = 'payment'").await, 2);
        let balance = ledger::balance(&mut ctx.db.read().await.expect("a connection"), &contractor).await.expect("a balance");
        assert_eq!((balance.receivable, balance.received), (Money(24_800), Money(200)));
        // Rows with lines cannot be deleted.
        let mut tx = ctx.begin().await.expect("a transaction");
        assert!(platform::execute!(tx, "delete from ledger_entries").is_err(), "{}", db.name());
    }
}

#[tokio::test]
async fn credit_is_paid_out_up_to_what_there_is() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let record = billed(&db, 1).await;
        let refund = async |cents: i64, reference: &str| ledger::refund(ctx, &admin(), &contractor, Money(cents), reference).await;
        assert!(is_refused(&refund(1, "a").await), "nothing to pay out while they owe");
        let change = RecordChange { status: Some("paid".into()), ..RecordChange::default() };
        billing::update(ctx, &admin(), &record, &change, None).await.expect("paid");
        let new = NewDispute { reason: Some("duplicate".into()), description: None };
        let dispute = disputes::submit(ctx, &Caller::Contractor(contractor.clone()), &record, &new).await.expect("submitted");
        let resolution = NewResolution { resolution: Resolution::PartialCredit, credit: Some(Money(10_000)), notes: None };
        disputes::resolve(ctx, &admin(), &dispute.id, &resolution).await.expect("resolved");
        for (cents, reference) in [(0, "a"), (-5, "a"), (5, " ")] {
            assert!(matches!(refund(cents, reference).await, Err(Problem::Invalid(_))));
        }
        assert!(is_refused(&refund(10_001, "a").await));
        assert_eq!(refund(4_000, "ACH 1").await.expect("paid out").receivable, Money(-6_000));
        let repeated = refund(4_000, "ACH 1").await.expect_err("twice");
        assert!(is_conflict(&repeated, "already_posted"), "{}", db.name());
        // At once: the credit is paid out once.
        let (a, b) = tokio::join!(refund(6_000, "ACH 2"), refund(6_000, "ACH 3"));
        assert!(a.is_ok() != b.is_ok(), "{}: {a:?} {b:?}", db.name());
        assert!(matches!(
            ledger::refund(ctx, &Caller::Contractor(contractor.clone()), &contractor, Money(1), "x").await,
            Err(Problem::Forbidden(_))
        ));
        assert!(matches!(ledger::refund(ctx, &admin(), "nobody", Money(1), "x").await, Err(Problem::NotFound { .. })));
        check_books(ctx).await;
    }
}

fn is_refused<T>(answer: &Outcome<T>) -> bool {
    matches!(answer, Err(problem) if is_conflict(problem, "no_credit"))
}
