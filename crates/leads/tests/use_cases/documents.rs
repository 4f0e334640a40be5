//! Invoices as PDF: what a reader finds in them is what the ledger says.

use crate::support::{admin, approved, billed, run_jobs};
use chrono::Duration;
use kernel::{Money, Page, Problem};
use leads::billing::{self, RecordChange};
use leads::disputes::{self, NewDispute, NewResolution, Resolution};
use leads::ledger;
use platform::auth::Caller;
use platform::{Ctx, testing};

async fn set(ctx: &Ctx, id: &str, status: &str) {
    let change = RecordChange { status: Some(status.into()), ..RecordChange::default() };
    billing::update(ctx, &admin(), id, &change, None).await.expect("changed");
}

/// The words of each page, as a reader that searches finds them.
fn pages_of(bytes: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(bytes).expect("a PDF");
    document.get_pages().keys().map(|page| document.extract_text(&[*page]).expect("text").replace('\n', " ")).collect()
}

async fn invoice(ctx: &Ctx, caller: &Caller, id: &str) -> (String, Vec<String>) {
    let document = billing::invoice_document(ctx, caller, id).await.expect("an invoice");
    assert_eq!(billing::invoice_document(ctx, caller, id).await.expect("again"), document, "the same state is the same bytes");
    (document.file_name, pages_of(&document.bytes))
}

#[tokio::test]
async fn an_invoice_says_what_the_ledger_says() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let id = billed(&db, 1).await;
        let owner = Caller::Contractor(contractor.clone());
        assert!(matches!(billing::invoice_document(ctx, &owner, &id).await, Err(Problem::NotFound { what: "Invoice", .. })), "not yet");
        set(ctx, &id, "invoiced").await;
        let (name, pages) = invoice(ctx, &owner, &id).await;
        assert_eq!((name.as_str(), pages.len()), ("INV-2025-001.pdf", 1));
        for part in ["INV-2025-001", "Plumbline", "support@example.com", "$250.00", "Balance due", "Page 1 of 1", "Bill to"] {
            assert!(pages[0].contains(part), "{part} is not in {}", pages[0]);
        }
        assert!(!pages[0].contains("PAID") && !pages[0].contains("Payments"), "{}", pages[0]);

        // A part is credited, and the rest paid.
        let new = NewDispute { reason: Some("wrong_info".into()), description: None };
        let dispute = disputes::submit(ctx, &owner, &id, &new).await.expect("submitted");
        let decision = NewResolution { resolution: Resolution::PartialCredit, credit: Some(Money(10_050)), notes: None };
        disputes::resolve(ctx, &admin(), &dispute.id, &decision).await.expect("resolved");
        db.advance(Duration::days(2));
        set(ctx, &id, "paid").await;
        let (_, pages) = invoice(ctx, &admin(), &id).await;
        let lines = ledger::statement(ctx, &owner, &contractor, Page { limit: 10, offset: 0 }).await.expect("a statement");
        assert_eq!(lines.items.iter().map(|line| line.amount.0).collect::<Vec<_>>(), [-14_950, -10_050, 25_000], "newest first");
        for line in &lines.items {
            assert!(pages[0].contains(&line.amount.to_string()), "{} is not in {}", line.amount, pages[0]);
        }
        for part in ["PAID", "Credits", "Payments", "Credit after a dispute", "Balance due", "$0.00"] {
            assert!(pages[0].contains(part), "{part} is not in {}", pages[0]);
        }

        // Nobody else's.
        let other = Caller::Contractor(approved(ctx, 2, &["90299"], &["ac_repair"]).await);
        assert!(matches!(billing::invoice_document(ctx, &other, &id).await, Err(Problem::NotFound { .. })));
        assert!(matches!(billing::invoice_document(ctx, &Caller::Anyone, &id).await, Err(Problem::Forbidden(_))));
        assert!(matches!(billing::invoice_document(ctx, &admin(), "nothing").await, Err(Problem::NotFound { .. })));
    }
}

/// Payments taken back and made again many times: no reader gets half a line, and each page says which it is.
#[tokio::test]
async fn a_long_invoice_goes_on_on_further_pages() {
    let db = testing::sqlite().await;
    let ctx = &db.ctx;
    let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
    let id = billed(&db, 1).await;
    set(ctx, &id, "invoiced").await;
    for n in 0..60 {
        let mut tx = ctx.begin().await.expect("begun");
        let reference = format!("pi_{n}");
        let kind = if n % 2 == 0 { ledger::EntryKind::Payment } else { ledger::EntryKind::Refund };
        let entry = ledger::NewEntry::of(kind, Money(25_000), &contractor, "Payment", ctx.now());
        let entry = ledger::NewEntry { billing_record_id: Some(&id), reference: Some(&reference), ..entry };
        ledger::post(ctx, &mut tx, &entry).await.expect("posted");
        tx.commit().await.expect("committed");
    }
    let (_, pages) = invoice(ctx, &admin(), &id).await;
    assert!(pages.len() > 1, "{}", pages.len());
    for (n, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("Page {} of {}", n + 1, pages.len())), "{page}");
    }
    let all = pages.concat();
    assert_eq!((all.matches("Payment received").count(), all.matches("Credit paid out").count()), (30, 30));
    assert_eq!(all.matches("Balance due").count(), 1);
}

#[tokio::test]
async fn the_mail_of_an_invoice_brings_it() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let id = billed(&db, 1).await;
        set(ctx, &id, "invoiced").await;
        run_jobs(ctx).await;
        let mail = db.mails().into_iter().find(|mail| mail.contains("Subject: Invoice INV-2025-001")).expect("the mail");
        assert!(mail.contains("filename=\"INV-2025-001.pdf\"") && mail.contains("application/pdf"), "{mail}");
    }
}
