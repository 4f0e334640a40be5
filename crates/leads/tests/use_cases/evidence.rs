use crate::support::{admin, approved, billed, count, is_conflict};
use chrono::Duration;
use kernel::{FileKind, Id, Page, Problem};
use leads::disputes::{self, DisputeFilter, DisputeView, NewDispute, NewResolution, Resolution};
use leads::evidence::{self, Upload};
use platform::auth::Caller;
use platform::files::{self, Incoming};
use platform::testing::{self, TestDb};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 a photo";

async fn upload(db: &TestDb, name: &str, bytes: &[u8]) -> Upload {
    let mut incoming = Incoming::begin(&db.ctx).await.expect("room");
    incoming.write(bytes).await.expect("taken");
    Upload { name: name.into(), stored: incoming.keep().await.expect("kept").expect("a known kind") }
}

fn new() -> NewDispute {
    NewDispute { reason: Some("wrong_info".into()), description: None }
}

async fn seen(db: &TestDb, contractor: &Id) -> Vec<DisputeView> {
    let filter = DisputeFilter::of_page(Page { limit: 10, offset: 0 });
    let own = disputes::list_own(&db.ctx, contractor, &filter).await.expect("a list").items;
    assert_eq!(own, disputes::list(&db.ctx, &admin(), &filter).await.expect("a list").items, "the administrator sees the same");
    own
}

#[tokio::test]
async fn a_dispute_takes_files_while_it_is_open() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let (owner, record) = (Caller::Contractor(contractor.clone()), billed(&db, 1).await);
        let photo = upload(&db, "../IMG 1.exe", JPEG).await;
        let dispute = disputes::submit_with(ctx, &owner, &record, &new(), std::slice::from_ref(&photo)).await.expect("submitted");
        assert_eq!(dispute.evidence.iter().map(|f| (f.name.as_str(), f.kind)).collect::<Vec<_>>(), [("IMG 1.jpg", FileKind::Jpeg)]);
        assert_eq!(seen(&db, &contractor).await, std::slice::from_ref(&dispute));

        let (file, path) = evidence::find(ctx, &owner, &dispute.evidence[0].id).await.expect("theirs");
        assert_eq!((std::fs::read(&path).expect("there"), file.bytes), (JPEG.to_vec(), 20));
        evidence::find(ctx, &admin(), &file.id).await.expect("the administrator's, too");
        let other = Caller::Contractor(approved(ctx, 2, &["90299"], &["ac_repair"]).await);
        for caller in [&other, &Caller::Anyone] {
            assert!(matches!(evidence::find(ctx, caller, &file.id).await, Err(Problem::NotFound { .. })));
        }
        assert!(matches!(evidence::add(ctx, &other, &dispute.id, std::slice::from_ref(&photo)).await, Err(Problem::NotFound { .. })));
        assert!(matches!(evidence::remove(ctx, &other, &file.id).await, Err(Problem::NotFound { what: "File", .. })));
        assert!(matches!(evidence::add(ctx, &admin(), &dispute.id, &[]).await, Err(Problem::Invalid(_))));

        // Five in all.
        let more = vec![photo.clone(); 4];
        assert!(matches!(evidence::add(ctx, &owner, &dispute.id, &vec![photo.clone(); 5]).await, Err(Problem::Invalid(_))));
        evidence::add(ctx, &owner, &dispute.id, &more).await.expect("added");
        assert!(matches!(evidence::add(ctx, &owner, &dispute.id, std::slice::from_ref(&photo)).await, Err(Problem::Invalid(_))));
        evidence::remove(ctx, &owner, &file.id).await.expect("taken back");
        assert_eq!(seen(&db, &contractor).await[0].evidence.len(), 4);
        assert_eq!(count(ctx, "select count(*) from events where kind like 'dispute_evidence_%'").await, 2);

        // The bytes stay as long as something names them.
        db.advance(Duration::hours(3));
        evidence::sweep(ctx).await.expect("swept");
        assert!(path.exists());
        let decision = NewResolution { resolution: Resolution::Denied, credit: None, notes: None };
        disputes::resolve(ctx, &admin(), &dispute.id, &decision).await.expect("resolved");
        let left = seen(&db, &contractor).await.remove(0).evidence;
        assert!(is_conflict(&evidence::remove(ctx, &owner, &left[0].id).await.expect_err("decided"), "already_resolved"));
        assert!(is_conflict(&evidence::add(ctx, &owner, &dispute.id, &more).await.expect_err("decided"), "already_resolved"));
        evidence::find(ctx, &owner, &left[0].id).await.expect("what was decided upon can still be seen");
    }
}

#[tokio::test]
async fn files_of_a_dispute_that_failed_are_swept() {
    let db = testing::sqlite().await;
    let ctx = &db.ctx;
    let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
    let (owner, record) = (Caller::Contractor(contractor), billed(&db, 1).await);
    let photo = upload(&db, "a.jpg", JPEG).await;
    let path = files::path_of(&ctx.settings, &photo.stored.hash);
    let many = vec![photo; 6];
    assert!(matches!(disputes::submit_with(ctx, &owner, &record, &new(), &many).await, Err(Problem::Invalid(_))));
    assert_eq!(count(ctx, "select count(*) from disputes").await, 0, "all or nothing");
    evidence::sweep(ctx).await.expect("swept");
    assert!(path.exists(), "the next try may be on its way");
    db.advance(Duration::hours(2));
    evidence::sweep(ctx).await.expect("swept");
    assert!(!path.exists());
}
