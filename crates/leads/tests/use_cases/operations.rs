use crate::support::{admin, approved, billed, call, count, is_conflict, staff, submit_sample};
use kernel::{Order, Page, Problem, StaffRole};
use leads::bounces::{self, BounceSort};
use leads::calls;
use leads::sources::{self, SourceSort};
use platform::auth::Caller;
use platform::{mail, testing};

#[tokio::test]
async fn a_partners_new_key_ends_the_old_one() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let made = sources::create(ctx, &admin(), Some("Bayside Guide")).await.expect("made");
        let new = sources::rotate(ctx, &admin(), &made.id).await.expect("another");
        assert_eq!((&new.id, new.name.as_str()), (&made.id, "Bayside Guide"), "on {}", db.name());
        assert!(new.key.starts_with("pl_") && new.key.starts_with(&new.key_prefix) && new.key != made.key);
        assert!(matches!(sources::authenticate(ctx, &made.key).await, Err(Problem::Unauthenticated(_))));
        assert_eq!(sources::authenticate(ctx, &new.key).await.expect("known").id, made.id);
        let page = Page { limit: 10, offset: 0 };
        assert_eq!(
            sources::list(ctx, &admin(), Order::down(SourceSort::Created), page).await.expect("listed").items[0].key_prefix,
            new.key_prefix
        );
        assert_eq!(count(ctx, "select count(*) from audit_log where action = 'lead_source_key_replaced'").await, 1);

        sources::revoke(ctx, &admin(), &made.id).await.expect("closed");
        assert!(is_conflict(&sources::rotate(ctx, &admin(), &made.id).await.expect_err("closed"), "source_revoked"));
        assert!(matches!(sources::rotate(ctx, &admin(), "nobody").await, Err(Problem::NotFound { .. })));
        assert!(matches!(sources::rotate(ctx, &Caller::Contractor("c1".into()), &made.id).await, Err(Problem::Forbidden(_))));
    }
}

const NEWEST: Order<BounceSort> = Order::down(BounceSort::When);

#[tokio::test]
async fn partners_are_sorted_by_what_their_leads_are_worth() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let page = Page { limit: 1, offset: 0 };
        let early = sources::create(ctx, &admin(), Some("Zeta Homes")).await.expect("made");
        db.advance(chrono::Duration::minutes(1));
        let late = sources::create(ctx, &admin(), Some("alpha Homes")).await.expect("made");
        sources::authenticate(ctx, &early.key).await.expect("known");
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        billed(&db, 1).await;
        let mut tx = ctx.begin().await.expect("a transaction");
        platform::execute!(&mut tx, "update leads set source_id = $1", early.id.as_str()).expect("theirs");
        tx.commit().await.expect("committed");
        for by in SourceSort::ALL {
            let first = async |order: Order<SourceSort>| {
                let listed = sources::list(ctx, &admin(), order, page).await.expect("listed");
                assert_eq!((listed.total, listed.items.len()), (2, 1));
                listed.items[0].id.clone()
            };
            let (most, least) = match by {
                SourceSort::Created => (&late.id, &early.id),
                _ => (&early.id, &late.id),
            };
            assert_eq!(&first(Order::down(*by)).await, most, "most {by} on {}", db.name());
            assert_eq!(&first(Order::up(*by)).await, least, "least {by} on {}", db.name());
        }
    }
}

#[tokio::test]
async fn bounced_addresses_are_found_by_part_of_them_or_their_business() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        for (address, kind) in [("Ann_Lee@example.org", "bounce"), ("business1@example.com", "spamreport")] {
            let mut tx = ctx.begin().await.expect("a transaction");
            mail::record_bounce(ctx, &mut tx, address, kind, None, ctx.now()).await.expect("noted");
            tx.commit().await.expect("committed");
            db.advance(chrono::Duration::minutes(1));
        }
        let page = Page { limit: 10, offset: 0 };
        for (q, found) in [
            ("", vec!["business1@example.com", "ann_lee@example.org"]),
            ("EXAMPLE.ORG", vec!["ann_lee@example.org"]),
            ("n_l", vec!["ann_lee@example.org"]),
            (" Business 1", vec!["business1@example.com"]),
            ("n%l", vec![]),
        ] {
            let list = bounces::list(ctx, &admin(), Some(q), NEWEST, page).await.expect("a list");
            let emails: Vec<&str> = list.items.iter().map(|bounced| bounced.email.as_str()).collect();
            assert_eq!((list.total, emails), (i64::try_from(found.len()).expect("few"), found), "{q:?} on {}", db.name());
        }
        for (by, first) in [(BounceSort::Address, "ann_lee@example.org"), (BounceSort::When, "ann_lee@example.org")] {
            let up = bounces::list(ctx, &admin(), None, Order::up(by), page).await.expect("a list").items;
            let mut down = bounces::list(ctx, &admin(), None, Order::down(by), page).await.expect("a list").items;
            down.reverse();
            assert_eq!((up[0].email.as_str(), &up), (first, &down), "{by} on {}", db.name());
        }
        let other = bounces::list(ctx, &Caller::Contractor("c1".into()), None, NEWEST, page).await;
        assert!(matches!(other, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn a_lifted_address_is_held_back_again_as_it_was() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let record = async |kind: &str, reason: Option<&str>| {
            let mut tx = ctx.begin().await.expect("a transaction");
            mail::record_bounce(ctx, &mut tx, "ann@example.org", kind, reason, ctx.now()).await.expect("noted");
            tx.commit().await.expect("committed");
        };
        let held = async || {
            let list = bounces::list(ctx, &admin(), None, NEWEST, Page { limit: 10, offset: 0 }).await.expect("a list");
            list.items.into_iter().map(|b| (b.kind, b.reason, b.bounced_at)).collect::<Vec<_>>()
        };
        let ann = ["ann@example.org".to_owned()];
        record("spamreport", Some("Abuse report")).await;
        let before = held().await;
        assert!(matches!(bounces::restore(ctx, &admin(), &ann).await, Err(Problem::NotFound { .. })), "not lifted yet");
        db.advance(chrono::Duration::minutes(1));
        bounces::lift(ctx, &admin(), "ann@example.org").await.expect("lifted");
        assert!(held().await.is_empty(), "{}", db.name());
        let other = bounces::restore(ctx, &Caller::Contractor("c1".into()), &ann).await;
        assert!(matches!(other, Err(Problem::Forbidden(_))));
        for _ in 0..2 {
            assert_eq!(bounces::restore(ctx, &admin(), &[" Ann@example.org".into()]).await.expect("back"), ann);
            assert_eq!(held().await, before, "{}: as it was", db.name());
        }
        assert_eq!(count(ctx, "select count(*) from audit_log where action = 'bounce_restored'").await, 1);

        bounces::lift(ctx, &admin(), "ann@example.org").await.expect("lifted");
        record("bounce", None).await;
        let newer = held().await;
        bounces::restore(ctx, &admin(), &ann).await.expect("nothing to do");
        assert_eq!(held().await, newer, "what it met since stays");
    }
}

#[tokio::test]
async fn several_addresses_are_lifted_and_held_back_again_together() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let held = async || count(ctx, "select count(*) from email_bounces").await;
        let both = ["ann@example.org", "bo@example.org"].map(str::to_owned);
        for address in &both {
            let mut tx = ctx.begin().await.expect("a transaction");
            mail::record_bounce(ctx, &mut tx, address, "bounce", None, ctx.now()).await.expect("noted");
            tx.commit().await.expect("committed");
        }
        for refused in [Caller::Contractor("c1".into()), staff(StaffRole::Finance)] {
            assert!(matches!(bounces::lift_many(ctx, &refused, &both).await, Err(Problem::Forbidden(_))));
            assert!(matches!(bounces::restore(ctx, &refused, &both).await, Err(Problem::Forbidden(_))));
        }
        assert!(matches!(bounces::lift_many(ctx, &admin(), &[]).await, Err(Problem::Invalid(_))));
        assert!(matches!(bounces::lift_many(ctx, &admin(), &vec![both[0].clone(); 101]).await, Err(Problem::Invalid(_))));
        assert_eq!(held().await, 2, "{}", db.name());

        let ticked = [" Bo@example.org ", "ann@example.org", "bo@example.org", "nobody@example.org"].map(str::to_owned);
        assert_eq!(bounces::lift_many(ctx, &admin(), &ticked).await.expect("lifted"), both, "what is not held back is passed over");
        assert_eq!(bounces::lift_many(ctx, &admin(), &ticked).await.expect("again"), Vec::<String>::new());
        assert_eq!((held().await, count(ctx, "select count(*) from audit_log where action = 'bounce_lifted'").await), (0, 2));

        let unknown = bounces::restore(ctx, &admin(), &ticked).await;
        assert!(matches!(unknown, Err(Problem::NotFound { .. })), "one was never lifted");
        assert_eq!(held().await, 0, "{}: nothing half-done", db.name());
        for _ in 0..2 {
            assert_eq!(bounces::restore(ctx, &admin(), &both).await.expect("back"), both);
        }
        assert_eq!((held().await, count(ctx, "select count(*) from audit_log where action = 'bounce_restored'").await), (2, 2));
    }
}

#[tokio::test]
async fn a_call_is_found_with_its_lead() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let lead = submit_sample(ctx).await;
        calls::record(ctx, &call("CA1", "+13105550001", "+15551234567", 45)).await.expect("recorded");
        calls::record(ctx, &call("CA2", "+13105559998", "+13105559999", 45)).await.expect("recorded");
        let (found, lead_id) = calls::find(ctx, &admin(), "CA1").await.expect("known");
        assert_eq!((found.duration_seconds, lead_id), (Some(45), Some(lead.lead_id)), "on {}", db.name());
        assert_eq!(calls::find(ctx, &admin(), "CA2").await.expect("known").1, None);
        assert!(matches!(calls::find(ctx, &admin(), "CA3").await, Err(Problem::NotFound { .. })));
        assert!(matches!(calls::find(ctx, &Caller::Contractor("c1".into()), "CA1").await, Err(Problem::Forbidden(_))));
    }
}
