//! The same request twice: duplicates, and repetitions after a crash.

use crate::support::{admin, approved, check_books, contractor_of, count, run_jobs};
use chrono::Duration;
use leads::consent::NewConsent;
use leads::intake::{Origin, SubmitOutcome, Submitted, submit, submit_from};
use leads::lead::NewLead;
use leads::sources::SourceSort;
use leads::{admin_desk, deadlines, profile, sources};
use platform::auth::Caller;
use platform::testing::{self, TestDb};
use platform::{Ctx, Settings};

/// A context that takes a lead within 30 days for a duplicate.
fn with_window(db: &TestDb) -> Ctx {
    let settings = Settings { duplicate_window_days: 30, ..db.ctx.settings.clone() };
    Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context")
}

async fn sample(ctx: &Ctx) -> Submitted {
    submit(ctx, &Caller::Anyone, &NewLead::sample(), "web").await.expect("submitted")
}

#[tokio::test]
async fn the_same_request_is_linked_and_goes_to_another_contractor_or_nobody() {
    for db in testing::databases().await {
        let ctx = &with_window(&db);
        let (a, b) = (approved(ctx, 1, &["90210"], &["ac_repair"]).await, approved(ctx, 2, &["90210"], &["ac_repair"]).await);
        let first = sample(ctx).await;
        assert_eq!(first.duplicate_of, None);
        let second = sample(ctx).await;
        assert_eq!(second.duplicate_of, Some(first.lead_id.clone()), "{}", db.name());
        assert_eq!((second.score, second.price), (first.score, first.price));
        let mut had = [contractor_of(&first).to_owned(), contractor_of(&second).to_owned()];
        had.sort();
        let mut both = [a, b];
        both.sort();
        assert_eq!(had, both, "each once");
        // Both have it: nobody gets it a second time, and the customer's request is in good hands.
        let third = sample(ctx).await;
        assert_eq!((third.duplicate_of, &third.outcome), (Some(first.lead_id.clone()), &SubmitOutcome::AlreadyServed));
        let lead = admin_desk::get_lead(ctx, &admin(), &third.lead_id).await.expect("there").lead;
        assert_eq!((lead.duplicate_of, lead.assignment), (Some(first.lead_id.clone()), None));

        // Another service, another ZIP, another phone are other requests.
        for other in [
            NewLead { service_type: Some("emergency".into()), ..NewLead::sample() },
            NewLead { customer_zip: Some("90211".into()), ..NewLead::sample() },
            NewLead { customer_phone: Some("5551234568".into()), ..NewLead::sample() },
        ] {
            assert_eq!(submit(ctx, &Caller::Anyone, &other, "web").await.expect("submitted").duplicate_of, None);
        }
        // The window counts from the first.
        db.advance(Duration::days(30) - Duration::seconds(1));
        assert!(sample(ctx).await.duplicate_of.is_some());
        db.advance(Duration::seconds(1));
        let fresh = sample(ctx).await;
        assert_eq!(fresh.duplicate_of, None);
        assert!(matches!(fresh.outcome, SubmitOutcome::Assigned { .. }));
        check_books(ctx).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_at_once_one_is_the_first_and_each_contractor_gets_one() {
    for db in testing::databases().await {
        let ctx = with_window(&db);
        for n in 0..3 {
            approved(&ctx, n, &["90210"], &["ac_repair"]).await;
        }
        let tasks = (0..20).map(|_| {
            let ctx = ctx.clone();
            tokio::spawn(async move { sample(&ctx).await })
        });
        let all: Vec<Submitted> = futures::future::join_all(tasks).await.into_iter().map(|s| s.expect("no panic")).collect();
        let firsts: Vec<&Submitted> = all.iter().filter(|s| s.duplicate_of.is_none()).collect();
        assert_eq!(firsts.len(), 1, "{}", db.name());
        assert_eq!(all.iter().filter(|s| s.duplicate_of.as_ref() == Some(&firsts[0].lead_id)).count(), 19);
        let mut had: Vec<&str> = all.iter().filter(|s| matches!(s.outcome, SubmitOutcome::Assigned { .. })).map(contractor_of).collect();
        had.sort_unstable();
        had.dedup();
        assert_eq!(had.len(), 3);
        assert_eq!(count(&ctx, "select count(*) from lead_assignments").await, 3, "nobody has two");
        check_books(&ctx).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_any_contractor_too_one_is_the_first() {
    for db in testing::databases().await {
        let ctx = with_window(&db);
        let tasks = (0..20).map(|_| {
            let ctx = ctx.clone();
            tokio::spawn(async move { sample(&ctx).await })
        });
        let all = futures::future::join_all(tasks).await;
        assert_eq!(all.iter().filter(|s| s.as_ref().expect("no panic").duplicate_of.is_none()).count(), 1, "{}", db.name());
        assert!(all.iter().all(|s| matches!(s.as_ref().expect("no panic").outcome, SubmitOutcome::NoContractor { .. })));
        // Who comes later gets one of them; the others do not stand in the way of further leads.
        let late = approved(&ctx, 1, &["90210"], &["ac_repair"]).await;
        assert_eq!(count(&ctx, "select count(*) from lead_assignments").await, 1);
        let other = NewLead { customer_phone: Some("5551234568".into()), ..NewLead::sample() };
        profile::pause(&ctx, &Caller::Contractor(late.clone()), "").await.expect("paused");
        submit(&ctx, &Caller::Anyone, &other, "web").await.expect("submitted");
        profile::resume(&ctx, &Caller::Contractor(late)).await.expect("accepting");
        run_jobs(&ctx).await;
        assert_eq!(count(&ctx, "select count(*) from lead_assignments").await, 2, "{}", db.name());
        check_books(&ctx).await;
    }
}

#[tokio::test]
async fn a_hundred_repetitions_that_a_contractor_had_do_not_hide_a_lead_that_they_can_take() {
    for db in testing::databases().await {
        let ctx = &with_window(&db);
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        sample(ctx).await;
        // As many as are looked at together when somebody becomes able to take leads.
        for _ in 0..100 {
            assert_eq!(sample(ctx).await.outcome, SubmitOutcome::AlreadyServed);
        }
        profile::pause(ctx, &Caller::Contractor(contractor.clone()), "").await.expect("paused");
        let other = NewLead { customer_phone: Some("5551234568".into()), ..NewLead::sample() };
        submit(ctx, &Caller::Anyone, &other, "web").await.expect("submitted");
        profile::resume(ctx, &Caller::Contractor(contractor)).await.expect("accepting");
        run_jobs(ctx).await;
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 2, "{}", db.name());
    }
}

#[tokio::test]
async fn a_late_contractors_lead_does_not_go_to_one_who_had_its_duplicate() {
    for db in testing::databases().await {
        let ctx = &with_window(&db);
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        approved(ctx, 2, &["90210"], &["ac_repair"]).await;
        sample(ctx).await;
        sample(ctx).await;
        db.advance(Duration::hours(13));
        deadlines::watch(ctx).await.expect("watched");
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 2, "{}: nobody else may have either", db.name());
        approved(ctx, 3, &["90210"], &["ac_repair"]).await;
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn a_repeated_request_makes_one_lead() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let origin = Origin { source: "api".into(), request_id: Some("r1".into()), ..Origin::default() };
        let new = NewLead::sample();
        let first = submit_from(ctx, &Caller::Anyone, &new, origin.clone()).await.expect("submitted");
        assert_eq!(submit_from(ctx, &Caller::Anyone, &new, origin.clone()).await.expect("again"), first, "{}", db.name());
        assert_eq!(count(ctx, "select count(*) from leads").await, 1);
        assert_eq!(count(ctx, "select count(*) from events where kind = 'lead_submitted'").await, 1);
        let other = Origin { request_id: Some("r2".into()), ..origin };
        assert_ne!(submit_from(ctx, &Caller::Anyone, &new, other).await.expect("another").lead_id, first.lead_id);
    }
}

#[tokio::test]
async fn evidence_of_consent_is_kept_for_the_administrator() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let consent = NewConsent { text: Some(" I agree. ".into()), page: Some("https://example.com/hvac".into()), given_at: None };
        let new = NewLead { consent: Some(consent), ..NewLead::sample() };
        let origin = Origin { source: "api".into(), address: Some("203.0.113.7".into()), ..Origin::default() };
        let lead = submit_from(ctx, &Caller::Anyone, &new, origin.clone()).await.expect("submitted").lead_id;
        let kept = admin_desk::get_lead(ctx, &admin(), &lead).await.expect("there").consent.expect("evidence");
        assert_eq!((kept.text.as_str(), kept.page.as_str()), ("I agree.", "https://example.com/hvac"));
        assert_eq!((kept.given_at, kept.created_at, kept.address.as_deref()), (ctx.now(), ctx.now(), Some("203.0.113.7")));
        let own = leads::contractor_desk::get_lead(ctx, &contractor, &lead).await.expect("theirs");
        assert_eq!(own.consent, None, "{}", db.name());
    }
}

#[tokio::test]
async fn a_sources_key_is_known_until_it_is_revoked() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let made = sources::create(ctx, &admin(), Some("Example Homes")).await.expect("made");
        assert!(made.key.starts_with(&made.key_prefix) && made.key.len() > 40);
        assert_eq!(sources::authenticate(ctx, &made.key).await.expect("known").id, made.id);
        let used = async |at: &str| {
            let page = kernel::Page { limit: 10, offset: 0 };
            let listed = sources::list(ctx, &admin(), kernel::Order::down(SourceSort::Created), page).await.expect("listed");
            listed.items[0].last_used_at.expect(at)
        };
        let first = used("used").await;
        db.advance(Duration::minutes(59));
        sources::authenticate(ctx, &made.key).await.expect("known");
        assert_eq!(used("used").await, first, "to the hour");
        db.advance(Duration::minutes(1));
        sources::authenticate(ctx, &made.key).await.expect("known");
        assert_eq!(used("used").await, ctx.now());
        sources::revoke(ctx, &admin(), &made.id).await.expect("revoked");
        assert!(sources::authenticate(ctx, &made.key).await.is_err(), "{}", db.name());
        for caller in [Caller::Anyone, Caller::Contractor("c".into()), Caller::LeadSource(made.id.clone())] {
            assert!(sources::create(ctx, &caller, Some("x")).await.is_err() && sources::revoke(ctx, &caller, &made.id).await.is_err());
        }
    }
}
