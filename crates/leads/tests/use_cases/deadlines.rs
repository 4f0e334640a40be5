use crate::support::{admin, approved, check_books, contractor_of, count, run_jobs, submit_sample};
use chrono::Duration;
use leads::lead::LeadStatus;
use leads::{admin_desk, contractor_desk, deadlines, tracking};
use platform::auth::Caller;
use platform::testing;

#[tokio::test]
async fn a_missed_deadline_is_recorded_once_and_the_lead_goes_to_the_next() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        for n in 1..=2 {
            approved(ctx, n, &["90210"], &["ac_repair"]).await;
        }
        tracking::add_numbers(ctx, &admin(), &["2135550100".into()]).await.expect("added");
        let submitted = submit_sample(ctx).await;
        let first = contractor_of(&submitted).to_owned();
        db.advance(Duration::hours(12));
        deadlines::watch(ctx).await.expect("watched");
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 1, "not before the deadline has passed");
        db.advance(Duration::seconds(59));
        deadlines::watch(ctx).await.expect("watched");
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 1, "clocks may be a minute apart");
        db.advance(Duration::seconds(1));
        deadlines::watch(ctx).await.expect("watched");
        deadlines::watch(ctx).await.expect("watched");
        let page = admin_desk::get_lead(ctx, &admin(), &submitted.lead_id).await.expect("there");
        let now_with = page.lead.assignment.expect("assigned");
        assert_ne!(now_with.contractor_id, first);
        assert_eq!(now_with.response_deadline, ctx.now() + Duration::hours(12));
        assert!(page.lead.tracking_number.is_some(), "the number goes along");
        let kinds: Vec<&str> = page.history.iter().map(|h| h.kind.as_str()).collect();
        for kind in ["lead_deadline_missed", "lead_reassigned"] {
            assert_eq!(kinds.iter().filter(|k| **k == kind).count(), 1, "{}: {kinds:?}", db.name());
        }
        assert!(contractor_desk::get_lead(ctx, &first, &submitted.lead_id).await.is_err(), "no longer theirs");
        let theirs = contractor_desk::get_lead(ctx, &now_with.contractor_id, &submitted.lead_id).await.expect("theirs");
        assert_eq!(theirs.history.iter().map(|h| h.kind.as_str()).collect::<Vec<_>>(), ["lead_submitted", "lead_assigned"]);
        check_books(ctx).await;

        // Nobody is left: the second keeps it, and is reminded.
        db.advance(Duration::hours(13));
        deadlines::watch(ctx).await.expect("watched");
        deadlines::watch(ctx).await.expect("watched");
        let page = admin_desk::get_lead(ctx, &admin(), &submitted.lead_id).await.expect("there");
        assert_eq!(page.lead.assignment.map(|a| a.contractor_id), Some(now_with.contractor_id));
        assert_eq!(page.history.iter().filter(|h| h.kind == "lead_deadline_missed").count(), 2);
        run_jobs(ctx).await;
        let reminders = count(ctx, "select count(*) from notification_logs where template = 'deadline_missed'").await;
        assert_eq!(reminders, 4, "mail and SMS, twice");
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn contact_in_time_keeps_the_lead() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        for n in 1..=2 {
            approved(ctx, n, &["90210"], &["ac_repair"]).await;
        }
        let submitted = submit_sample(ctx).await;
        let caller = Caller::Contractor(contractor_of(&submitted).to_owned());
        contractor_desk::set_status(ctx, &caller, &submitted.lead_id, LeadStatus::Contacted).await.expect("moved");
        db.advance(Duration::hours(20));
        deadlines::watch(ctx).await.expect("watched");
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 1);
        assert_eq!(count(ctx, "select count(*) from events where kind = 'lead_deadline_missed'").await, 0);
        // Old work that came to nothing no longer counts as load.
        assert_eq!(count(ctx, "select cast(sum(open_leads) as bigint) from contractors").await, 1);
        db.advance(Duration::days(31));
        deadlines::watch(ctx).await.expect("watched");
        assert_eq!(count(ctx, "select cast(sum(open_leads) as bigint) from contractors").await, 0);
        check_books(ctx).await;
        contractor_desk::set_status(ctx, &caller, &submitted.lead_id, LeadStatus::Qualified).await.expect("moved");
        check_books(ctx).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_nodes_that_watch_at_once_do_it_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        for n in 1..=3 {
            approved(ctx, n, &["90210"], &["ac_repair"]).await;
        }
        for _ in 0..20 {
            submit_sample(ctx).await;
        }
        db.advance(Duration::hours(13));
        let other = db.second_node().await;
        let (a, b, c) = tokio::join!(deadlines::watch(ctx), deadlines::watch(&other), deadlines::watch(ctx));
        a.and(b).and(c).expect("watched");
        other.db.close().await;
        assert_eq!(count(ctx, "select count(*) from events where kind = 'lead_deadline_missed'").await, 20, "{}", db.name());
        assert_eq!(count(ctx, "select count(*) from events where kind = 'lead_reassigned'").await, 20);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn numbers_rest_a_day_before_another_lead_gets_them() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        tracking::add_numbers(ctx, &admin(), &["2135550100".into(), "(213) 555-0100".into()]).await.expect("added");
        let first = submit_sample(ctx).await;
        db.advance(Duration::days(6));
        assert_eq!(tracking::recycle(ctx).await.expect("ran"), 0);
        db.advance(Duration::days(1) + Duration::minutes(1));
        assert_eq!(tracking::recycle(ctx).await.expect("ran"), 1);
        assert_eq!(tracking::recycle(ctx).await.expect("ran"), 0);
        assert_eq!(admin_desk::get_lead(ctx, &admin(), &first.lead_id).await.expect("there").lead.tracking_number, None);
        let has_number =
            |s: &leads::intake::Submitted| matches!(&s.outcome, leads::intake::SubmitOutcome::Assigned { tracking_number: Some(_), .. });
        assert!(!has_number(&submit_sample(ctx).await), "it rests");
        db.advance(Duration::hours(24));
        assert!(has_number(&submit_sample(ctx).await), "{}", db.name());
    }
}
