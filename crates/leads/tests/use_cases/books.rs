use crate::support::{admin, approved, billed, billed_in, check_books};
use chrono::Duration;
use kernel::{Money, Page, Problem};
use leads::billing::{self, RecordChange};
use leads::lead::NewLead;
use leads::ledger::{self, Account, EntryFilter, EntryKind, EntryView};
use platform::auth::Caller;
use platform::{Ctx, testing};

fn all() -> EntryFilter {
    EntryFilter::of_page(Page { limit: 50, offset: 0 })
}

async fn entries(ctx: &Ctx, filter: EntryFilter) -> Vec<EntryView> {
    let list = ledger::list(ctx, &admin(), &filter).await.expect("a list");
    assert_eq!(list.total, i64::try_from(list.items.len()).expect("a number"));
    list.items
}

async fn pay(ctx: &Ctx, id: &str) {
    let change = RecordChange { status: Some("paid".into()), ..RecordChange::default() };
    billing::update(ctx, &admin(), id, &change, None).await.expect("paid");
}

#[tokio::test]
async fn the_ledger_shows_both_sides_of_every_entry_and_balances() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let other = approved(ctx, 2, &["90299"], &["ac_repair"]).await;
        let first = billed(&db, 1).await;
        db.advance(Duration::days(1));
        billed(&db, 2).await;
        billed_in(&db, 3, "90299").await;
        db.advance(Duration::days(1));
        pay(ctx, &first).await;
        check_books(ctx).await;

        let list = entries(ctx, all()).await;
        assert_eq!(list.iter().map(|e| e.kind).collect::<Vec<_>>()[..2], [EntryKind::Payment, EntryKind::Charge], "newest first");
        assert_eq!(list[0].lines, [(Account::Receivable, Money(-25_000)), (Account::Cash, Money(25_000))]);
        assert!(list.iter().all(|e| e.lines.iter().map(|(_, amount)| *amount).sum::<Money>() == Money::ZERO && e.lead_id.is_some()));
        for (filter, expected) in [
            (EntryFilter { kind: Some(EntryKind::Payment), ..all() }, 1),
            (EntryFilter { contractor_id: Some(other.clone()), ..all() }, 1),
            (EntryFilter { start_date: Some(ctx.now() - Duration::hours(1)), ..all() }, 1),
            (EntryFilter { end_date: Some(ctx.now() - Duration::hours(30)), ..all() }, 1),
            (EntryFilter { kind: Some(EntryKind::Refund), ..all() }, 0),
        ] {
            assert_eq!(entries(ctx, filter.clone()).await.len(), expected, "{filter:?} on {}", db.name());
        }

        let sums = ledger::trial_balance(ctx, &admin()).await.expect("sums");
        assert_eq!(sums.iter().map(|sum| sum.balance()).sum::<Money>(), Money::ZERO, "the books are right");
        let of = |account| sums.iter().find(|sum| sum.account == account).map(|sum| (sum.debits.0, sum.credits.0)).expect("there");
        assert_eq!((of(Account::Receivable), of(Account::Revenue), of(Account::Cash)), ((75_000, 25_000), (0, 75_000), (25_000, 0)));

        // The account of one, with what was owed after each step.
        let page = Page { limit: 50, offset: 0 };
        let own = ledger::statement(ctx, &Caller::Contractor(contractor.clone()), &contractor, page).await.expect("a statement");
        let lines: Vec<(i64, i64)> = own.items.iter().map(|line| (line.amount.0, line.balance.0)).collect();
        assert_eq!((own.total, lines), (3, vec![(-25_000, 25_000), (25_000, 50_000), (25_000, 25_000)]), "on {}", db.name());
        let second = Page { limit: 1, offset: 1 };
        let part = ledger::statement(ctx, &admin(), &contractor, second).await.expect("a statement");
        assert_eq!((part.total, part.items[0].balance), (3, Money(50_000)), "a page counts what came before it");
        let foreign = ledger::statement(ctx, &Caller::Contractor(other), &contractor, page).await;
        assert!(matches!(foreign, Err(Problem::NotFound { .. })));
        for refused in [
            ledger::list(ctx, &Caller::Anyone, &all()).await.map(|_| ()),
            ledger::trial_balance(ctx, &Caller::Contractor(contractor.clone())).await.map(|_| ()),
            ledger::account(ctx, &Caller::Contractor(contractor.clone()), &contractor).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(Problem::Forbidden(_))));
        }
    }
}

#[tokio::test]
async fn entries_come_in_both_orders_page_by_page() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let first = billed(&db, 1).await;
        billed(&db, 2).await;
        db.advance(Duration::days(1));
        pay(ctx, &first).await;
        let read = async |oldest_first: bool| {
            let mut found: Vec<EntryView> = Vec::new();
            loop {
                let page = Page { limit: 2, offset: i64::try_from(found.len()).expect("few") };
                let filter = EntryFilter { oldest_first, ..EntryFilter::of_page(page) };
                let list = ledger::list(ctx, &admin(), &filter).await.expect("a list");
                if list.items.is_empty() {
                    return found;
                }
                found.extend(list.items);
            }
        };
        let (mut up, down) = (read(true).await, read(false).await);
        let kinds = [EntryKind::Charge, EntryKind::Charge, EntryKind::Payment];
        assert_eq!(up.iter().map(|entry| entry.kind).collect::<Vec<_>>(), kinds, "on {}", db.name());
        up.reverse();
        assert_eq!(up, down);
    }
}

#[tokio::test]
async fn entries_are_searched_by_invoice_and_names() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        approved(ctx, 2, &["90299"], &["ac_repair"]).await;
        let first = billed(&db, 1).await;
        billed_in(&db, 2, "90299").await;
        let invoiced = RecordChange { status: Some("invoiced".into()), ..RecordChange::default() };
        billing::update(ctx, &admin(), &first, &invoiced, None).await.expect("invoiced");
        pay(ctx, &first).await;
        let customer = NewLead::sample().customer_last_name.expect("a name");
        for (q, expected) in
            [(" inv-2025-0", 2), ("INV-2024", 0), ("business 2", 1), ("Business", 3), (customer.as_str(), 3), ("nobody", 0), (" ", 3)]
        {
            let found = entries(ctx, EntryFilter { q: Some(q.into()), ..all() }).await;
            assert_eq!(found.len(), expected, "{q:?} on {}", db.name());
        }
    }
}

#[tokio::test]
async fn a_run_of_invoices_is_shown_before_and_kept_after() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        approved(ctx, 2, &["90299"], &["ac_repair"]).await;
        billed(&db, 1).await;
        billed(&db, 2).await;
        billed_in(&db, 3, "90299").await;
        assert_eq!(billing::preview_run(ctx, &admin()).await.expect("a preview").invoiced, 0, "they can still be disputed");
        billing::invoice_run(ctx, &admin()).await.expect("a run");
        db.advance(Duration::days(8));
        let preview = billing::preview_run(ctx, &admin()).await.expect("a preview");
        assert_eq!((preview.invoiced, preview.contractors, preview.total), (3, 2, Money(75_000)), "on {}", db.name());
        let run = billing::invoice_run(ctx, &admin()).await.expect("a run");
        assert_eq!(run, preview);
        billing::invoice_run(ctx, &Caller::System).await.expect("a run");
        let runs = billing::list_runs(ctx, &admin()).await.expect("runs");
        assert_eq!(
            runs.iter().map(|r| (r.actor.as_str(), r.at, r.run)).collect::<Vec<_>>(),
            [("admin", ctx.now(), run)],
            "empty runs are not kept"
        );
        assert!(matches!(billing::list_runs(ctx, &Caller::Anyone).await, Err(Problem::Forbidden(_))));
    }
}
