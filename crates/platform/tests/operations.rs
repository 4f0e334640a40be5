//! What an administrator reads about the running of the system: who did what, which webhooks came, which backups there are.

use chrono::Duration;
use kernel::{Page, Problem};
use platform::audit::{self, AuditFilter};
use platform::auth::Caller;
use platform::jobs::{self, Registry};
use platform::testing::databases;
use platform::webhooks::{self, Entry, Provider, WebhookFilter, WebhookResult};
use platform::{Ctx, backup, fetch_scalar};
use serde_json::json;

const PAGE: Page = Page { limit: 10, offset: 0 };

fn admin() -> Caller {
    Caller::Admin { name: "admin".into() }
}

fn contractor() -> Caller {
    Caller::Contractor("c1".into())
}

async fn note(ctx: &Ctx, caller: &Caller, action: &str, subject: &str) {
    let mut tx = ctx.begin().await.expect("a transaction");
    audit::record(ctx, &mut tx, caller, action, subject, json!({ "n": 1 })).await.expect("recorded");
    tx.commit().await.expect("committed");
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
        let all = AuditFilter { actor: None, action: None, subject_id: None, from: None, until: None, page: PAGE };
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
        assert_eq!(subjects(with(|f| f.subject_id = Some("c1".into()))).await, ok(2, &[second, first]));
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
async fn webhooks_are_filtered_by_what_they_tell() {
    for db in databases().await {
        let ctx = &db.ctx;
        assert!(webhooks::list_kinds(ctx, &admin()).await.expect("none yet").is_empty(), "on {}", db.name());
        for kind in ["sms-status", "call-status", "call-status"] {
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
        let filter = WebhookFilter { provider: None, result: None, kind: Some("call-status".into()), event_id: None, page: PAGE };
        assert_eq!(webhooks::list(ctx, &admin(), &filter).await.expect("listed").total, 2);
        let filter = WebhookFilter { kind: None, event_id: Some("sms-status 1".into()), ..filter };
        assert_eq!(webhooks::list(ctx, &admin(), &filter).await.expect("listed").total, 1);
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
