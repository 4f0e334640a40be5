use crate::support::{admin, approved, billed, billed_in, check_books, count, is_conflict, mails, run_jobs};
use chrono::Duration;
use kernel::{Money, Outcome, Page, Problem};
use leads::billing::{self, BillingFilter, BillingList, BillingStatus, InvoiceNumber, InvoiceRun, RecordChange, RecordView};
use leads::{admin_desk, contractor_desk, ledger};
use platform::auth::Caller;
use platform::{Ctx, testing};

fn all() -> BillingFilter {
    BillingFilter::of_page(Page { limit: 100, offset: 0 })
}

async fn list(ctx: &Ctx, filter: BillingFilter) -> BillingList {
    billing::list(ctx, &admin(), &filter).await.expect("a list")
}

async fn set(ctx: &Ctx, id: &str, status: &str, number: Option<&str>) -> Outcome<RecordView> {
    let change = RecordChange { status: Some(status.into()), invoice_number: number.map(Into::into), notes: None };
    billing::update(ctx, &admin(), id, &change, None).await
}

async fn pay(ctx: &Ctx, ids: &[&str], reference: &str) -> Outcome<Vec<bool>> {
    let mut tx = ctx.begin().await?;
    let mut records = Vec::new();
    for id in ids {
        records.push(billing::lock(&mut tx, id).await?);
    }
    let mut paid = Vec::new();
    for record in &records {
        paid.push(billing::mark_paid(ctx, &mut tx, record, ctx.now(), Some(reference), "stripe").await?);
    }
    tx.commit().await?;
    Ok(paid)
}

#[tokio::test]
async fn a_record_moves_forward_and_the_ledger_with_it() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let id = billed(&db, 1).await;
        let charged = ledger::balance(&mut ctx.db.read().await.expect("a connection"), &contractor).await.expect("a balance");
        assert_eq!((charged.receivable, charged.billed, charged.received), (Money(25_000), Money(25_000), Money(0)));
        db.advance(Duration::days(1));
        let invoiced = set(ctx, &id, "invoiced", None).await.expect("invoiced");
        assert_eq!((invoiced.status, invoiced.invoice_number.as_deref()), (BillingStatus::Invoiced, Some("INV-2025-001")));
        assert_eq!(invoiced.invoiced_at, Some(ctx.now()));
        let again = set(ctx, &id, "invoiced", Some("INV-2025-001")).await.expect("the same is fine");
        assert_eq!(again, invoiced);
        assert!(is_conflict(&set(ctx, &id, "invoiced", Some("INV-2025-002")).await.expect_err("final"), "invoice_number_set"));
        assert!(is_conflict(&set(ctx, &id, "pending", None).await.expect_err("back"), "illegal_transition"));
        db.advance(Duration::days(1));
        let paid = set(ctx, &id, "paid", None).await.expect("paid");
        assert_eq!((paid.status, paid.paid_at, paid.invoiced_at), (BillingStatus::Paid, Some(ctx.now()), invoiced.invoiced_at));
        db.advance(Duration::days(1));
        assert_eq!(set(ctx, &id, "paid", None).await.expect("again").paid_at, paid.paid_at, "the first time stays");
        assert!(is_conflict(&set(ctx, &id, "invoiced", None).await.expect_err("back"), "illegal_transition"));
        for wrong in ["credited", "void", ""] {
            assert!(matches!(set(ctx, &id, wrong, None).await, Err(Problem::Invalid(_))), "{wrong}");
        }
        assert!(matches!(set(ctx, "nobody", "paid", None).await, Err(Problem::NotFound { .. })));
        let by_contractor = billing::update(ctx, &Caller::Contractor(contractor.clone()), &id, &RecordChange::default(), None).await;
        assert!(matches!(by_contractor, Err(Problem::Forbidden(_))));
        let balance = ledger::balance(&mut ctx.db.read().await.expect("a connection"), &contractor).await.expect("a balance");
        assert_eq!((balance.receivable, balance.billed, balance.received), (Money(0), Money(25_000), Money(25_000)));
        assert_eq!(count(ctx, "select count(*) from ledger_entries where kind = 'payment'").await, 1);
        run_jobs(ctx).await;
        let invoices = mails(&db).iter().filter(|m| m.contains("Subject: Invoice INV-2025-001")).count();
        assert_eq!(invoices, 1, "{}: one mail for one invoice", db.name());
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn several_charges_are_paid_at_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let ids = [billed(&db, 1).await, billed(&db, 2).await, billed(&db, 3).await];
        set(ctx, &ids[0], "paid", None).await.expect("paid");
        let ticked = [ids[0].clone(), ids[1].clone(), ids[1].clone(), "gone".into()];
        let lines = billing::pay_many(ctx, &admin(), &ticked).await.expect("lines");
        let told: Vec<_> = lines.iter().map(|line| (line.is_done, line.words.as_str())).collect();
        assert_eq!(told, [(false, "was paid before"), (true, "is paid: $250.00 by Business 1")], "{}", db.name());
        let left = list(ctx, BillingFilter { status: Some(BillingStatus::Pending), ..all() }).await;
        assert_eq!(left.records.iter().map(|record| &record.id).collect::<Vec<_>>(), [&ids[2]]);
        assert_eq!(count(ctx, "select count(*) from ledger_entries where kind = 'payment'").await, 2);
        assert!(matches!(billing::pay_many(ctx, &admin(), &[]).await, Err(Problem::Invalid(_))));
        let by_contractor = billing::pay_many(ctx, &Caller::Contractor(contractor), &ids).await;
        assert!(matches!(by_contractor, Err(Problem::Forbidden(_))));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn notes_and_numbers_can_be_changed_alone() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let (first, second) = (billed(&db, 1).await, billed(&db, 2).await);
        let change = |notes: Option<&str>, number: Option<&str>| RecordChange {
            status: None,
            invoice_number: number.map(Into::into),
            notes: notes.map(Into::into),
        };
        let noted = billing::update(ctx, &admin(), &first, &change(Some("Called them"), None), None).await.expect("noted");
        assert_eq!((noted.status, noted.notes.as_deref()), (BillingStatus::Pending, Some("Called them")));
        for (status, number) in [(None, "INV-2025-001"), (Some("pending"), "INV-2025-001"), (Some("invoiced"), "2025-1")] {
            let wrong = RecordChange { status: status.map(Into::into), ..change(None, Some(number)) };
            let refused = billing::update(ctx, &admin(), &first, &wrong, None).await;
            assert!(matches!(refused, Err(Problem::Invalid(_))), "{status:?} {number}");
        }
        assert!(matches!(billing::update(ctx, &admin(), &first, &RecordChange::default(), None).await, Err(Problem::Invalid(_))));
        // Paid at once: no number unless one is given, and it may follow.
        let paid = set(ctx, &first, "paid", None).await.expect("paid");
        assert_eq!((paid.invoice_number, paid.invoiced_at), (None, None));
        let numbered = billing::update(ctx, &admin(), &first, &change(None, Some("INV-2025-007")), None).await.expect("numbered");
        assert_eq!((numbered.status, numbered.invoice_number.as_deref()), (BillingStatus::Paid, Some("INV-2025-007")));
        let taken = set(ctx, &second, "paid", Some("INV-2025-007")).await.expect_err("taken");
        assert!(is_conflict(&taken, "invoice_number_taken"), "{taken}");
        let given = set(ctx, &second, "paid", Some("INV-2024-012")).await.expect("paid");
        assert_eq!((given.status, given.invoice_number.as_deref()), (BillingStatus::Paid, Some("INV-2024-012")));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn the_second_of_two_who_change_a_charge_is_told_what_the_first_saved() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let id = billed(&db, 1).await;
        let words = |status: &str, number: &str, notes: &str| RecordChange {
            status: Some(status.into()),
            invoice_number: Some(number.into()),
            notes: Some(notes.into()),
        };
        let seen = words("pending", "", "");
        let first = words("invoiced", "INV-2025-007", "Called them");
        billing::update(ctx, &admin(), &id, &first, Some(&seen)).await.expect("saved");
        let second = words("paid", "", "Paid in cash");
        let told = billing::update(ctx, &admin(), &id, &second, Some(&seen)).await.expect_err("changed");
        let Problem::Changed(fields) = told else { panic!("changed, not {told}") };
        let told: Vec<String> = fields.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["status is now Invoiced", "invoiceNumber is now INV-2025-007", "notes is now Called them"], "{}", db.name());
        let paid = billing::update(ctx, &admin(), &id, &second, Some(&first)).await.expect("saved");
        assert_eq!((paid.status, paid.notes.as_deref()), (BillingStatus::Paid, Some("Paid in cash")));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn invoice_numbers_have_no_gaps_and_no_doubles() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let mut ids = Vec::new();
        for n in 0..24 {
            ids.push(billed(&db, n).await);
        }
        // Two are given by hand: the others count past them.
        set(ctx, &ids[0], "invoiced", Some("INV-2025-003")).await.expect("given");
        set(ctx, &ids[1], "invoiced", Some("INV-2025-020")).await.expect("given");
        let nodes = [ctx.clone(), db.second_node().await];
        let tasks: Vec<_> = ids[2..]
            .iter()
            .flat_map(|id| [id.clone(), id.clone()])
            .enumerate()
            .map(|(n, id)| {
                let ctx = nodes[n % 2].clone();
                tokio::spawn(async move {
                    // Some are refused midway, which leaves no gap.
                    if n % 5 == 0 {
                        let refused = set(&ctx, &id, "invoiced", Some("INV-2025-020")).await;
                        assert!(refused.is_err());
                    }
                    set(&ctx, &id, "invoiced", None).await.expect("invoiced").invoice_number.expect("a number")
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        let mut numbers: Vec<i64> = list(ctx, all())
            .await
            .records
            .iter()
            .map(|r| InvoiceNumber::parse(r.invoice_number.as_deref().expect("a number")).expect("its form").number)
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=24).collect::<Vec<_>>(), "{}", db.name());
        // A new year begins anew.
        let late = billed(&db, 99).await;
        db.advance(Duration::days(100));
        assert_eq!(set(ctx, &late, "invoiced", None).await.expect("invoiced").invoice_number.as_deref(), Some("INV-2026-001"));
    }
}

#[tokio::test]
async fn one_payment_may_be_for_several_records_and_counts_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let (first, second) = (billed(&db, 1).await, billed(&db, 2).await);
        assert_eq!(pay(ctx, &[&first, &second], "pi_1").await.expect("paid"), [true, true]);
        let paid_at = list(ctx, all()).await.records[0].paid_at;
        db.advance(Duration::hours(1));
        assert_eq!(pay(ctx, &[&first, &second], "pi_1").await.expect("again"), [false, false]);
        assert_eq!(pay(ctx, &[&first], "pi_2").await.expect("another"), [false]);
        assert_eq!(list(ctx, all()).await.records[0].paid_at, paid_at, "{}", db.name());
        let balance = ledger::balance(&mut ctx.db.read().await.expect("a connection"), &contractor).await.expect("a balance");
        assert_eq!((balance.receivable, balance.received), (Money(0), Money(50_000)));
        assert_eq!(count(ctx, "select count(*) from events where kind = 'billing_paid'").await, 2);

        // At once, from two nodes.
        let third = billed(&db, 3).await;
        let nodes = [ctx.clone(), db.second_node().await];
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let (ctx, id) = (nodes[n % 2].clone(), third.clone());
                tokio::spawn(async move { pay(&ctx, &[&id], &format!("pi_3_{}", n % 3)).await.expect("no fault")[0] })
            })
            .collect();
        let mut times = 0;
        for task in tasks {
            times += usize::from(task.await.expect("no panic"));
        }
        assert_eq!(times, 1, "{}", db.name());
        assert_eq!(count(ctx, "select count(*) from ledger_entries where kind = 'payment'").await, 3);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn summaries_equal_their_records_under_every_filter() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let first = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let second = approved(ctx, 2, &["90211"], &["ac_repair"]).await;
        let mut ids = Vec::new();
        for n in 0..12 {
            ids.push(billed_in(&db, n, if n % 3 == 0 { "90211" } else { "90210" }).await);
            db.advance(Duration::hours(9));
        }
        for (n, id) in ids.iter().enumerate() {
            match n % 4 {
                0 => drop(set(ctx, id, "paid", None).await.expect("paid")),
                1 => drop(set(ctx, id, "invoiced", None).await.expect("invoiced")),
                _ => {}
            }
        }
        let day = testing::start();
        let mut filters = vec![all()];
        for status in BillingStatus::ALL {
            filters.push(BillingFilter { status: Some(*status), ..all() });
        }
        for contractor in [&first, &second] {
            filters.push(BillingFilter { contractor_id: Some(contractor.clone()), ..all() });
        }
        filters.push(BillingFilter { start_date: Some(day + Duration::days(1)), end_date: Some(day + Duration::days(3)), ..all() });
        for filter in &filters {
            let listed = list(ctx, filter.clone()).await;
            let sum = |of: &[BillingStatus]| listed.records.iter().filter(|r| of.contains(&r.status)).map(|r| r.amount).sum::<Money>();
            assert_eq!(listed.total, i64::try_from(listed.records.len()).expect("few"));
            assert_eq!(listed.summary.billed(), sum(BillingStatus::ALL), "{filter:?}");
            assert_eq!(listed.summary.paid, sum(&[BillingStatus::Paid]));
            assert_eq!(listed.summary.pending, sum(&[BillingStatus::Pending]));
            assert_eq!(listed.summary.open(), sum(&[BillingStatus::Pending, BillingStatus::Invoiced]));
            // The sums are of all pages.
            let page = list(ctx, BillingFilter { page: Page { limit: 1, offset: 0 }, ..filter.clone() }).await;
            assert_eq!((page.summary, page.total), (listed.summary, listed.total));
        }
        let mine = list(ctx, filters[5].clone()).await;
        assert!(mine.total > 0 && mine.records.iter().all(|r| r.contractor.id == first), "{}", db.name());
        let (own, _) =
            billing::list_own(ctx, &second, &BillingFilter { contractor_id: Some(first.clone()), ..all() }).await.expect("a list");
        assert!(own.records.iter().all(|r| r.contractor.id == second), "nobody sees another's");
        let times: Vec<_> = list(ctx, all()).await.records.iter().map(|r| r.incurred_at).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
        // Every other place shows the same sums.
        let everything = list(ctx, all()).await.summary;
        let stats = admin_desk::dashboard(ctx, &admin()).await.expect("figures").stats;
        assert_eq!((stats.total_revenue, stats.pending_billing), (everything.billed(), everything.pending));
        let stats = contractor_desk::dashboard(ctx, &first).await.expect("figures").stats;
        assert_eq!((stats.total_billed, stats.pending_payment), (mine.summary.billed(), mine.summary.open()));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn the_invoice_run_takes_what_can_no_longer_be_disputed_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let first = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        approved(ctx, 2, &["90211"], &["ac_repair"]).await;
        let disputed = billed(&db, 0).await;
        let reason = leads::disputes::NewDispute { reason: Some("duplicate".into()), description: None };
        let of = list(ctx, all()).await.records[0].contractor.id.clone();
        leads::disputes::submit(ctx, &Caller::Contractor(of), &disputed, &reason).await.expect("disputed");
        for n in 1..6 {
            billed_in(&db, n, if n % 2 == 0 { "90211" } else { "90210" }).await;
        }
        assert_eq!(billing::invoice_run(ctx, &admin()).await.expect("a run"), InvoiceRun::default(), "all are too young");
        db.advance(Duration::days(7) + Duration::minutes(30));
        let young = billed(&db, 6).await;
        assert!(matches!(billing::invoice_run(ctx, &Caller::Contractor(first)).await, Err(Problem::Forbidden(_))));
        let nodes = [ctx.clone(), db.second_node().await];
        let by_hand = admin();
        let (a, b) = tokio::join!(billing::invoice_run(&nodes[0], &Caller::System), billing::invoice_run(&nodes[1], &by_hand));
        let (a, b) = (a.expect("a run"), b.expect("a run"));
        assert_eq!(a.invoiced + b.invoiced, 5, "{}: the two together", db.name());
        assert_eq!(a.total + b.total, Money(125_000));
        assert_eq!(billing::invoice_run(ctx, &admin()).await.expect("a run"), InvoiceRun::default());
        let pending = list(ctx, BillingFilter { status: Some(BillingStatus::Pending), ..all() }).await;
        let mut left: Vec<&str> = pending.records.iter().map(|r| r.id.as_str()).collect();
        left.sort_unstable();
        let mut wanted = [disputed.as_str(), young.as_str()];
        wanted.sort_unstable();
        assert_eq!(left, wanted);
        run_jobs(ctx).await;
        let mails = mails(&db);
        let invoices: Vec<&String> = mails.iter().filter(|m| m.contains("what we invoice")).collect();
        assert_eq!(invoices.len(), 2, "one mail for each contractor");
        for n in 1..=5 {
            assert!(invoices.iter().any(|m| m.contains(&format!("INV-2025-00{n}"))), "number {n}");
        }
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn unpaid_invoices_are_reminded_of_twice_and_no_more() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let (unpaid, paid) = (billed(&db, 1).await, billed(&db, 2).await);
        for id in [&unpaid, &paid] {
            set(ctx, id, "invoiced", None).await.expect("invoiced");
        }
        billed(&db, 3).await;
        set(ctx, &paid, "paid", None).await.expect("paid");
        let mut sent = Vec::new();
        for _ in 0..30 {
            db.advance(Duration::days(1));
            sent.push(billing::remind(ctx).await.expect("a run"));
            assert_eq!(billing::remind(&db.second_node().await).await.expect("a run"), 0, "not twice a day");
        }
        let days: Vec<usize> = sent.iter().enumerate().filter(|(_, n)| **n > 0).map(|(day, _)| day + 1).collect();
        assert_eq!((days.as_slice(), sent.iter().sum::<i64>()), (&[8, 15][..], 2), "{}", db.name());
        run_jobs(ctx).await;
        assert_eq!(mails(&db).iter().filter(|m| m.contains("Subject: Reminder: invoice INV-2025-001")).count(), 2);

        // Who was forgotten for weeks gets one.
        let late = billed(&db, 4).await;
        set(ctx, &late, "invoiced", None).await.expect("invoiced");
        db.advance(Duration::days(20));
        assert_eq!(billing::remind(ctx).await.expect("a run"), 1);
        assert_eq!(billing::remind(ctx).await.expect("a run"), 0);
    }
}
