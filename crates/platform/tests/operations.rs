//! What an administrator reads about the running of the system: who did what, which webhooks came, which backups there are.

use chrono::Duration;
use kernel::{Page, Problem};
use platform::audit::{self, AuditFilter};
use platform::auth::Caller;
use platform::jobs::{self, JobFilter, JobStatus, Registry};
use platform::testing::databases;
use platform::webhooks::{self, Entry, Provider, WebhookFilter, WebhookResult};
use platform::{Ctx, backup, execute, fetch_scalar};
use serde_json::{Value, json};

const PAGE: Page = Page { limit: 10, offset: 0 };

fn admin() -> Caller {
    Caller::Admin { name: "admin".into() }
}

fn contractor() -> Caller {
    Caller::Contractor("c1".into())
}

async fn note(ctx: &Ctx, caller: &Caller, action: &str, subject: &str) {
    note_with(ctx, caller, action, subject, json!({ "n": 1 })).await;
}

async fn note_with(ctx: &Ctx, caller: &Caller, action: &str, subject: &str, detail: Value) {
    let mut tx = ctx.begin().await.expect("a transaction");
    audit::record(ctx, &mut tx, caller, action, subject, detail).await.expect("recorded");
    tx.commit().await.expect("committed");
}

/// A whole list, read in pages of two.
async fn paged(list: impl AsyncFn(Page) -> Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let page = list(Page { limit: 2, offset: i64::try_from(all.len()).expect("few") }).await;
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Both orders of a list in which two rows are of one moment: the second is the first one turned around.
async fn check_orders(list: impl AsyncFn(bool, Page) -> Vec<String>, oldest: &str, count: usize) {
    let down = paged(async |page| list(false, page).await).await;
    let mut up = paged(async |page| list(true, page).await).await;
    assert_eq!((up.len(), up[0].as_str()), (count, oldest), "{up:?}");
    up.reverse();
    assert_eq!(up, down);
}

#[tokio::test]
async fn the_audit_log_is_filtered_and_newest_first() {
    for db in databases().await {
        let ctx = &db.ctx;
        let noon = ctx.now();
        note(ctx, &admin(), "contractor_approved", "c1").await;
        db.advance(Duration::hours(1));
        note(ctx, &contractor(), "password_changed", "c1").await;
        db.advance(Duration::hours(1));
        note(ctx, &admin(), "contractor_approved", "c2").await;
        let all = AuditFilter::of_page(PAGE);
        let subjects = async |filter: AuditFilter| {
            let list = audit::list(ctx, &admin(), &filter).await.expect("listed");
            (list.total, list.items.into_iter().map(|e| format!("{} {}", e.action, e.subject_id)).collect::<Vec<_>>())
        };
        let (first, second, third) = ("contractor_approved c1", "password_changed c1", "contractor_approved c2");
        let with = |change: fn(&mut AuditFilter)| {
            let mut filter = all.clone();
            change(&mut filter);
            filter
        };
        let ok = |n: i64, rows: &[&str]| (n, rows.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(subjects(all.clone()).await, ok(3, &[third, second, first]), "on {}", db.name());
        assert_eq!(subjects(with(|f| f.actor = Some("admin".into()))).await, ok(2, &[third, first]));
        assert_eq!(subjects(with(|f| f.action = Some("password_changed".into()))).await, ok(1, &[second]));
        assert_eq!(subjects(with(|f| f.subject = Some("c1".into()))).await, ok(2, &[second, first]));
        assert_eq!(subjects(with(|f| f.page = Page { limit: 1, offset: 1 })).await, ok(3, &[second]));
        let day = AuditFilter { from: Some(noon + Duration::hours(1)), until: Some(noon + Duration::hours(2)), ..all.clone() };
        assert_eq!(subjects(day).await, ok(1, &[second]));
        let words = audit::words(ctx, &admin()).await.expect("words");
        assert_eq!((words.actors.len(), words.actions), (2, vec!["contractor_approved".to_owned(), "password_changed".into()]));
        assert!(matches!(audit::list(ctx, &contractor(), &all).await, Err(Problem::Forbidden(_))));
        assert!(matches!(audit::words(ctx, &contractor()).await, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn the_audit_log_finds_names_and_comes_in_both_orders() {
    for db in databases().await {
        let ctx = &db.ctx;
        note_with(ctx, &admin(), "contractor_approved", "c1", json!({ "contractorId": "c1", "businessName": "HVAC Pros" })).await;
        db.advance(Duration::hours(1));
        let staff = json!({ "name": "Ann Bell", "email": "ann@example.com", "role": "finance" });
        note_with(ctx, &admin(), "staff_invited", "s1", staff).await;
        note_with(ctx, &admin(), "bounce_lifted", "old@example.com", json!({ "address": "old@example.com", "kind": "bounce" })).await;
        db.advance(Duration::hours(1));
        note_with(ctx, &admin(), "backup_requested", "backup", json!({})).await;
        note_with(ctx, &admin(), "contractor_suspended", "c2", json!({ "businessName": "100% Air" })).await;
        let list = async |filter: AuditFilter| {
            let list = audit::list(ctx, &admin(), &filter).await.expect("listed");
            list.items.into_iter().map(|entry| entry.subject_id).collect::<Vec<_>>()
        };
        let all = AuditFilter::of_page(PAGE);
        for (words, found) in [
            ("hvac", &["c1"][..]),
            ("HVAC Pros", &["c1"]),
            ("pros", &[]),
            ("ann b", &["s1"]),
            ("Ann@example", &["s1"]),
            ("old@", &["old@example.com"]),
            ("c2", &["c2"]),
            ("backup", &["backup"]),
            ("100%", &["c2"]),
            ("%", &[]),
        ] {
            let filter = AuditFilter { subject: Some(words.into()), ..all.clone() };
            assert_eq!(list(filter).await, found, "{words:?} on {}", db.name());
        }
        let both = AuditFilter { subject: Some("ann".into()), action: Some("staff_removed".into()), ..all.clone() };
        assert!(list(both).await.is_empty());
        let page_of = async |oldest_first: bool, page: Page| list(AuditFilter { oldest_first, ..AuditFilter::of_page(page) }).await;
        check_orders(page_of, "c1", 5).await;
    }
}

#[tokio::test]
async fn jobs_are_sorted_by_when_they_were_made() {
    for db in databases().await {
        let ctx = &db.ctx;
        let now = ctx.now();
        let mut tx = ctx.begin().await.expect("a transaction");
        for (id, status, made) in [("a", "queued", 0), ("b", "dead", 1), ("c", "dead", 1), ("d", "done", 2), ("e", "dead", 3)] {
            execute!(
                tx,
                "insert into jobs (id, kind, payload, status, run_at, attempts, max_attempts, created_at)
                 values ($1, 'note', '{}', $2, $3, 0, 3, $4)",
                id,
                status,
                now,
                now + Duration::hours(made),
            )
            .expect("inserted");
        }
        tx.commit().await.expect("committed");
        for (status, expected) in [(None, "abcde"), (Some(JobStatus::Dead), "bce")] {
            for oldest_first in [true, false] {
                let mut ids = paged(async |page| {
                    let filter = JobFilter { status, oldest_first, ..JobFilter::of_page(page) };
                    let list = jobs::list(ctx, &admin(), &filter).await.expect("listed");
                    list.items.into_iter().map(|job| job.id).collect::<Vec<_>>()
                })
                .await;
                if !oldest_first {
                    ids.reverse();
                }
                assert_eq!(ids.concat(), expected, "{status:?} {oldest_first} on {}", db.name());
            }
        }
    }
}

#[tokio::test]
async fn webhooks_are_filtered_by_what_they_tell_and_come_in_both_orders() {
    for db in databases().await {
        let ctx = &db.ctx;
        assert!(webhooks::list_kinds(ctx, &admin()).await.expect("none yet").is_empty(), "on {}", db.name());
        for (kind, later) in [("sms-status", 0), ("call-status", 1), ("call-status", 0)] {
            db.advance(Duration::minutes(later));
            let mut tx = ctx.begin().await.expect("a transaction");
            let event_id = format!("{kind} 1");
            let entry = Entry {
                provider: Provider::Twilio,
                event_id: Some(event_id.as_str()),
                kind,
                body: "a=b",
                is_signed: true,
                result: WebhookResult::Processed,
                error: None,
            };
            webhooks::record(ctx, &mut tx, &entry).await.expect("recorded");
            tx.commit().await.expect("committed");
        }
        assert_eq!(webhooks::list_kinds(ctx, &admin()).await.expect("kinds"), ["call-status", "sms-status"]);
        let list = async |filter: WebhookFilter| {
            let list = webhooks::list(ctx, &admin(), &filter).await.expect("listed");
            list.items.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>()
        };
        let all = WebhookFilter::of_page(PAGE);
        assert_eq!(list(WebhookFilter { kind: Some("call-status".into()), ..all.clone() }).await.len(), 2);
        let oldest = list(WebhookFilter { event_id: Some("sms-status 1".into()), ..all }).await;
        assert_eq!(oldest.len(), 1);
        let page_of = async |oldest_first: bool, page: Page| list(WebhookFilter { oldest_first, ..WebhookFilter::of_page(page) }).await;
        check_orders(page_of, &oldest[0], 3).await;
        assert!(matches!(webhooks::list_kinds(ctx, &contractor()).await, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn a_backup_that_was_asked_for_is_made_and_listed() {
    let registry = Registry::with_platform().expect("a registry");
    for db in databases().await {
        let ctx = &db.ctx;
        if ctx.db.engine_name() == "postgres" && std::env::var_os("POSTGRES_BIN").is_none() {
            continue;
        }
        assert!(backup::list_files(ctx, &admin()).expect("no folder yet").is_empty());
        for _ in 0..2 {
            backup::request(ctx, &admin()).await.expect("asked for");
        }
        let jobs =
            async || fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, "select count(*) from jobs").expect("a count");
        assert_eq!(jobs().await, 1, "pressed twice is once, on {}", db.name());
        if ctx.db.engine_name() == "sqlite" {
            jobs::drain(ctx, &registry).await.expect("jobs run");
            let folder = backup::folder(&ctx.settings);
            std::fs::write(folder.join("notes.txt"), "x").expect("written");
            std::fs::write(folder.join("plumbline-20251005T020000Z-1a2b3c.db.part"), "x").expect("written");
            let files = backup::list_files(ctx, &admin()).expect("listed");
            assert_eq!((files.len(), files[0].made_at), (1, ctx.now()));
            assert!(files[0].bytes > 0);
            let sql = "select count(*) from events where kind = 'backup_made'";
            assert_eq!(fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, sql).expect("a count"), 1);
        }
        assert!(matches!(backup::request(ctx, &contractor()).await, Err(Problem::Forbidden(_))));
        assert!(matches!(backup::list_files(ctx, &contractor()), Err(Problem::Forbidden(_))));
    }
}
