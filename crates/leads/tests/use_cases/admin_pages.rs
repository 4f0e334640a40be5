//! What the administrator's pages about contractors, figures and views rest on.

use crate::support::{admin, approved, billed, check_books, count, join, mails, run_jobs, staff, submit_sample};
use chrono::Duration;
use kernel::{Money, Order, Page, Problem, StaffRole};
use leads::admin_views::{Period, PeriodFigures};
use leads::billing::{self, RecordChange};
use leads::contractor::{ContractorStatus, Specialization};
use leads::contractors::{self, Share};
use leads::disputes::{self, NewDispute, NewResolution, Resolution};
use leads::views::{ContractorFilter, ContractorSort, ContractorView};
use leads::{admin_desk, profile, scorecards};
use platform::auth::Caller;
use platform::{audit, saved_views, testing};

#[tokio::test]
async fn the_second_of_two_who_edit_is_told_what_the_first_saved() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let seen = Some(Share { weight: 1, daily_cap: None });
        let first = Share { weight: 3, daily_cap: Some(5) };
        contractors::set_share(ctx, &admin(), &id, first, seen).await.expect("saved");
        let told = contractors::set_share(ctx, &admin(), &id, Share { weight: 2, daily_cap: None }, seen).await.expect_err("changed");
        let Problem::Changed(fields) = told else { panic!("changed, not {told}") };
        let told: Vec<String> = fields.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["weight is now 3", "dailyCap is now 5"], "{}", db.name());
        let kept = contractors::get(ctx, &id).await.expect("there");
        assert_eq!((kept.weight, kept.daily_cap), (3, Some(5)));
        // Having seen it, they may overwrite it. New leads are no edit.
        submit_sample(ctx).await;
        contractors::set_share(ctx, &admin(), &id, Share { weight: 2, daily_cap: None }, Some(first)).await.expect("saved");
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn a_refused_applicant_reads_why_and_may_come_back() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = join(ctx, 1, &["90210"], &["ac_repair"]).await;
        assert!(matches!(contractors::reject(ctx, &admin(), &id, " ").await, Err(Problem::Invalid(_))));
        assert!(contractors::reject(ctx, &Caller::Contractor(id.clone()), &id, "x").await.is_err());
        let refused = contractors::reject(ctx, &admin(), &id, "The licence has expired").await.expect("refused");
        assert_eq!((refused.status, refused.rejected_at), (ContractorStatus::Suspended, Some(ctx.now())));
        contractors::reject(ctx, &admin(), &id, "Twice").await.expect("changes nothing");
        run_jobs(ctx).await;
        let about = mails(&db).into_iter().filter(|m| m.contains("cannot accept")).collect::<Vec<_>>();
        assert!(about.len() == 1 && about[0].contains("The licence has expired"), "{}: {about:?}", db.name());
        assert_eq!(admin_desk::dashboard(ctx, &admin()).await.expect("figures").stats.pending_contractors, 0);
        let back = contractors::reactivate(ctx, &admin(), &id).await.expect("back");
        assert_eq!((back.status, back.rejected_at, back.rejection_reason), (ContractorStatus::Inactive, None, None));
        let approved = contractors::approve(ctx, &admin(), &id).await.expect("approved");
        assert_eq!(approved.status, ContractorStatus::Active);
        assert!(contractors::reject(ctx, &admin(), &id, "Too late").await.is_err());
    }
}

#[tokio::test]
async fn administrators_read_why_somebody_is_suspended_until_it_is_taken_back() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let sent = db.mails().len();
        let long = "x".repeat(501);
        assert!(matches!(contractors::suspend(ctx, &admin(), &id, Some(&long)).await, Err(Problem::Invalid(_))), "{}", db.name());
        assert!(contractors::suspend(ctx, &Caller::Contractor(id.clone()), &id, None).await.is_err());
        let why = |view: ContractorView| (view.status, view.suspension_reason);
        let nobody_came = || (ContractorStatus::Suspended, Some("Nobody came".to_owned()));
        assert_eq!(why(contractors::suspend(ctx, &admin(), &id, Some(" Nobody came ")).await.expect("suspended")), nobody_came());
        assert_eq!(why(contractors::suspend(ctx, &admin(), &id, Some("Twice")).await.expect("changes nothing")), nobody_came());
        assert_eq!(why(contractors::reactivate(ctx, &admin(), &id).await.expect("back")), (ContractorStatus::Active, None));
        let without = contractors::suspend(ctx, &admin(), &id, Some(" ")).await.expect("no reason is fine");
        assert_eq!(why(without), (ContractorStatus::Suspended, None));
        run_jobs(ctx).await;
        assert_eq!(db.mails().len(), sent, "the contractor is told nothing");
        let log = audit::list_of_subject(&mut ctx.db.read().await.expect("a connection"), &id).await.expect("entries");
        let reasons: Vec<_> = log.iter().filter(|e| e.action == "contractor_suspended").map(|e| e.detail["reason"].as_str()).collect();
        assert_eq!(reasons, [Some("Nobody came"), None]);
        let told =
            count(ctx, "select count(*) from events where kind = 'contractor_suspended' and cast(data as text) like '%Nobody%'").await;
        assert_eq!(told, 0, "events tell no reason");
    }
}

#[tokio::test]
async fn an_applicant_who_was_suspended_is_approved_without_the_reason() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = join(ctx, 1, &["90210"], &["ac_repair"]).await;
        contractors::suspend(ctx, &admin(), &id, Some("Looks like spam")).await.expect("suspended");
        let let_in = contractors::approve(ctx, &admin(), &id).await.expect("approved");
        assert_eq!((let_in.status, let_in.suspension_reason), (ContractorStatus::Active, None), "{}", db.name());
    }
}

#[tokio::test]
async fn several_applicants_are_let_in_at_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let ids = [join(ctx, 1, &["90210"], &["ac_repair"]).await, join(ctx, 2, &["90211"], &["ac_repair"]).await];
        assert!(matches!(contractors::approve_many(ctx, &admin(), &[]).await, Err(Problem::Invalid(_))));
        for refused in [Caller::Contractor(ids[0].clone()), staff(StaffRole::Finance)] {
            assert!(matches!(contractors::approve_many(ctx, &refused, &ids).await, Err(Problem::Forbidden(_))));
        }
        assert!(matches!(contractors::approve_many(ctx, &admin(), &vec![ids[0].clone(); 101]).await, Err(Problem::Invalid(_))));
        assert_eq!(count(ctx, "select count(*) from contractors where is_approved").await, 0, "{}: nothing half-done", db.name());

        let refused = join(ctx, 3, &["90212"], &["ac_repair"]).await;
        contractors::reject(ctx, &admin(), &refused, "No license").await.expect("refused");
        let ticked = [ids[0].clone(), ids[1].clone(), ids[1].clone(), refused, "~gone".into()];
        let approve = async || {
            let lines = contractors::approve_many(ctx, &admin(), &ticked).await.expect("lines");
            let mut told: Vec<_> = lines.into_iter().map(|line| (line.name, line.is_done, line.words)).collect();
            told.sort();
            told
        };
        let line = |name: &str, is_done: bool, words: &str| (name.to_owned(), is_done, words.to_owned());
        let others = [line("A contractor", false, "is gone"), line("Business 3", false, "was refused or suspended")];
        let told = [line("Business 1", true, "is approved"), line("Business 2", true, "is approved")];
        assert_eq!(approve().await, [&others[..1], &told, &others[1..]].concat(), "{}", db.name());
        let told = [line("Business 1", false, "was approved before"), line("Business 2", false, "was approved before")];
        assert_eq!(approve().await, [&others[..1], &told, &others[1..]].concat(), "again is harmless");
        for id in &ids {
            assert!(contractors::get(ctx, id).await.expect("there").is_approved);
        }
        assert_eq!(count(ctx, "select count(*) from audit_log where action = 'contractor_approved'").await, 2);
        run_jobs(ctx).await;
        assert_eq!(mails(&db).iter().filter(|mail| mail.contains("Your account is approved")).count(), 2, "each gets one mail");
    }
}

#[tokio::test]
async fn contractors_are_sorted_and_filtered() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let busy = approved(ctx, 2, &["90210"], &["ac_repair"]).await;
        db.advance(Duration::hours(1));
        let calm = approved(ctx, 1, &["90211"], &["maintenance"]).await;
        submit_sample(ctx).await;
        profile::pause(ctx, &Caller::Contractor(calm.clone()), "").await.expect("paused");
        let all = || ContractorFilter::of_page(Page { limit: 10, offset: 0 });
        let ids = |filter: ContractorFilter| async move {
            contractors::list(ctx, &admin(), &filter).await.expect("a list").items.into_iter().map(|c| c.id).collect::<Vec<_>>()
        };
        for sort in ContractorSort::ALL {
            let down = ids(ContractorFilter { order: Order::down(*sort), ..all() }).await;
            let mut up = ids(ContractorFilter { order: Order::up(*sort), ..all() }).await;
            up.reverse();
            assert_eq!(down, up, "{}: {sort}", db.name());
        }
        assert_eq!(ids(ContractorFilter { order: Order::up(ContractorSort::Name), ..all() }).await, [calm.clone(), busy.clone()]);
        assert_eq!(ids(ContractorFilter { order: Order::down(ContractorSort::Leads), ..all() }).await, [busy.clone(), calm.clone()]);
        assert_eq!(ids(ContractorFilter { is_accepting: Some(false), ..all() }).await, std::slice::from_ref(&calm));
        assert_eq!(ids(ContractorFilter { specialization: Some(Specialization::AcRepair), ..all() }).await, [busy]);
    }
}

#[tokio::test]
async fn figures_stand_beside_those_of_the_period_before() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        submit_sample(ctx).await;
        db.advance(Duration::days(7));
        let record = billed(&db, 1).await;
        submit_sample(ctx).await;
        let wrong = NewDispute { reason: Some("wrong_info".into()), description: None };
        let dispute = disputes::submit(ctx, &Caller::Contractor(id), &record, &wrong).await.expect("disputed");
        let part = NewResolution { resolution: Resolution::PartialCredit, credit: Some(Money(10_000)), notes: None };
        disputes::resolve(ctx, &admin(), &dispute.id, &part).await.expect("resolved");
        let paid = RecordChange { status: Some("paid".into()), ..RecordChange::default() };
        billing::update(ctx, &admin(), &record, &paid, None).await.expect("paid");
        let week = Period::last(7, ctx.now().date_naive());
        let both = admin_desk::compare(ctx, &admin(), week).await.expect("figures");
        let now = both.now;
        assert_eq!(
            (now.leads, now.assigned, now.qualified, now.calls, now.disputes, now.applications),
            (2, 2, 1, 1, 1, 0),
            "{}",
            db.name()
        );
        assert_eq!((now.conversion(), now.average_score()), (Some(50.0), Some(150)));
        assert_eq!((now.revenue.0, now.received.0, now.credit.0), (15_000, 15_000, 10_000));
        assert_eq!((both.before.leads, both.before.qualified, both.before.revenue.0, both.before.applications), (1, 0, 0, 1));
        assert_eq!((both.days.len(), both.days[0].day, both.days[6].figures), (7, week.from, now), "all of it is of today");
        assert_eq!(PeriodFigures::of(&both.days[..6]), PeriodFigures::default());
        assert!(admin_desk::compare(ctx, &Caller::Anyone, week).await.is_err());
    }
}

#[tokio::test]
async fn a_contractor_stands_beside_the_median_of_all() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let good = approved(ctx, 1, &["90210", "90212"], &["ac_repair"]).await;
        let record = billed(&db, 1).await;
        profile::pause(ctx, &Caller::Contractor(good.clone()), "").await.expect("paused");
        let slow = approved(ctx, 2, &["90210"], &["ac_repair"]).await;
        submit_sample(ctx).await;
        let dispute = NewDispute { reason: Some("wrong_info".into()), description: None };
        let dispute = disputes::submit(ctx, &Caller::Contractor(good.clone()), &record, &dispute).await.expect("disputed");
        assert_eq!(disputes::get(ctx, &admin(), &dispute.id).await.expect("there").lead, dispute.lead);
        assert!(matches!(disputes::get(ctx, &admin(), "nothing").await, Err(Problem::NotFound { .. })));
        assert!(disputes::get(ctx, &Caller::Contractor(good.clone()), &dispute.id).await.is_err());

        let card = scorecards::get(ctx, &admin(), &good).await.expect("marks");
        assert_eq!((card.own.conversion, card.own.dispute_rate, card.disputes), (Some(100.0), Some(100.0), 1), "{}", db.name());
        assert_eq!(card.median.conversion, Some(50.0));
        let month = card.months.last().expect("this month");
        assert_eq!((card.months.len(), month.revenue.0, month.median.0), (6, 25_000, 25_000));
        let area: Vec<_> = card.area.iter().map(|z| (z.zip.as_str(), z.city.as_deref(), z.contractors, z.leads)).collect();
        assert_eq!(area, [("90210", Some("Beverly Hills"), 2, 2), ("90212", None, 1, 0)]);
        let card = scorecards::get(ctx, &admin(), &slow).await.expect("marks");
        assert_eq!((card.own.response_minutes, card.own.rating, card.own.contact_rate), (None, None, Some(0.0)));
        assert!(scorecards::get(ctx, &admin(), "nobody").await.is_err());
    }
}

#[tokio::test]
async fn views_are_kept_for_who_saved_them() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let me = admin();
        let saved = saved_views::save(ctx, &me, "leads", " Waiting ", "?status=pending_assignment").await.expect("saved");
        assert_eq!((saved.name.as_str(), saved.query.as_str()), ("Waiting", "status=pending_assignment"));
        let taken = |result| matches!(result, Err(Problem::Invalid(_)));
        assert!(taken(saved_views::save(ctx, &me, "leads", "Waiting", "").await), "{}", db.name());
        assert!(taken(saved_views::save(ctx, &me, "leads", "", "").await));
        let other = saved_views::save(ctx, &me, "contractors", "Waiting", "isApproved=false").await.expect("another list");
        let gold = saved_views::save(ctx, &me, "leads", "Gold", "category=GOLD").await.expect("saved");
        assert!(taken(saved_views::rename(ctx, &me, &gold.id, "Waiting").await));
        saved_views::rename(ctx, &me, &gold.id, "Best").await.expect("renamed");
        saved_views::rename(ctx, &me, &gold.id, "Best").await.expect("the same name");
        let names =
            || async { saved_views::list(ctx, &me, "leads").await.expect("a list").into_iter().map(|v| v.name).collect::<Vec<_>>() };
        assert_eq!(names().await, ["Waiting", "Best"]);
        assert_eq!(saved_views::delete(ctx, &me, &saved.id).await.expect("gone"), saved);
        assert!(saved_views::delete(ctx, &me, &saved.id).await.is_err());
        assert_eq!(names().await, ["Best"]);
        let back = saved_views::save(ctx, &me, "leads", &saved.name, &saved.query).await.expect("taken back");
        assert_eq!((names().await, back.query), (vec!["Best".to_owned(), "Waiting".to_owned()], saved.query));
        assert_eq!(saved_views::list(ctx, &me, "contractors").await.expect("a list"), [other]);
    }
}

#[tokio::test]
async fn contractors_have_views_of_their_own_and_outsiders_have_none() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (me, other) = (Caller::Contractor("one".into()), Caller::Contractor("two".into()));
        let saved = saved_views::save(ctx, &me, "leads", "To call", "status=assigned").await.expect("saved");
        saved_views::save(ctx, &other, "leads", "To call", "status=assigned").await.expect("the same name, somebody else's");
        assert_eq!(saved_views::list(ctx, &me, "leads").await.expect("a list"), std::slice::from_ref(&saved), "{}", db.name());
        for stranger in [other, admin()] {
            assert!(!saved_views::list(ctx, &stranger, "leads").await.expect("a list").contains(&saved));
            assert!(matches!(saved_views::rename(ctx, &stranger, &saved.id, "Mine").await, Err(Problem::NotFound { .. })));
            assert!(matches!(saved_views::delete(ctx, &stranger, &saved.id).await, Err(Problem::NotFound { .. })));
        }
        for outsider in [Caller::Anyone, Caller::System, Caller::Twilio, Caller::LeadSource("s".into())] {
            assert!(matches!(saved_views::list(ctx, &outsider, "leads").await, Err(Problem::Forbidden(_))));
            assert!(matches!(saved_views::save(ctx, &outsider, "leads", "Mine", "").await, Err(Problem::Forbidden(_))));
            assert!(matches!(saved_views::rename(ctx, &outsider, &saved.id, "Mine").await, Err(Problem::Forbidden(_))));
            assert!(matches!(saved_views::delete(ctx, &outsider, &saved.id).await, Err(Problem::Forbidden(_))));
        }
        assert_eq!(saved_views::delete(ctx, &me, &saved.id).await.expect("gone"), saved);
    }
}
