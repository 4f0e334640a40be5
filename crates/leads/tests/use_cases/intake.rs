use crate::support::{admin, approved, check_books, contractor_of, count, is_conflict, join, run_jobs, submit_sample};
use kernel::{Money, Problem};
use leads::contractor::ProfileChange;
use leads::intake::{SubmitOutcome, submit};
use leads::lead::{Category, LeadStatus, NewLead};
use leads::{admin_desk, contractors, profile, tracking};
use platform::auth::Caller;
use platform::testing;
use std::collections::HashMap;

#[tokio::test]
async fn the_documented_sample_is_assigned_with_everything_that_follows() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        tracking::add_numbers(ctx, &admin(), &["2135550100".into()]).await.expect("added");
        let before = db.mails().len();
        let submitted = submit_sample(ctx).await;
        assert_eq!((submitted.score, submitted.category, submitted.price), (150, Category::Platinum, Money(25_000)));
        let SubmitOutcome::Assigned { contractor_id, response_deadline, tracking_number, .. } = &submitted.outcome else {
            panic!("{}: assigned", db.name())
        };
        assert_eq!(contractor_id, &contractor);
        assert_eq!(*response_deadline, ctx.now() + chrono::Duration::hours(12));
        assert_eq!(tracking_number.as_ref().map(kernel::Phone::national), Some("2135550100"));

        let page = admin_desk::get_lead(ctx, &admin(), &submitted.lead_id).await.expect("there");
        assert_eq!(page.lead.status, LeadStatus::Assigned);
        assert_eq!(page.lead.tracking_number, *tracking_number);
        assert_eq!(page.factors.iter().map(|f| f.points).sum::<i64>(), 150);
        let kinds: Vec<&str> = page.history.iter().map(|h| h.kind.as_str()).collect();
        assert_eq!(kinds, ["lead_submitted", "lead_assigned"]);
        assert_eq!(page.history[0].data["customerName"], "John Smith");
        assert_eq!(page.history[0].data["price"], 250.0);

        run_jobs(ctx).await;
        let mails = db.mails();
        assert_eq!(mails.len() - before, 2, "one to the contractor, one to the customer");
        assert!(mails.iter().any(|m| m.contains("business1@example.com")) && mails.iter().any(|m| m.contains("john@example.com")));
        assert_eq!(db.messages().len(), 1);
        assert!(db.messages()[0].contains("(213) 555-0100"), "the tracking number is what they call");

        // An empty pool never blocks.
        let second = submit_sample(ctx).await;
        assert!(matches!(second.outcome, SubmitOutcome::Assigned { tracking_number: None, .. }));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_leaves_nothing() {
    for db in testing::databases().await {
        let wrong = NewLead { customer_zip: Some("9021".into()), ..NewLead::sample() };
        assert!(matches!(submit(&db.ctx, &Caller::Anyone, &wrong, "web").await, Err(Problem::Invalid(_))));
        assert_eq!(count(&db.ctx, "select count(*) from leads").await, 0);
        assert_eq!(count(&db.ctx, "select count(*) from events").await, 0);
    }
}

#[tokio::test]
async fn a_lead_nobody_can_take_waits_until_somebody_can() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let other_zip = approved(ctx, 1, &["90001"], &["ac_repair"]).await;
        approved(ctx, 2, &["90210"], &["installation"]).await;
        let waiting = join(ctx, 3, &["90210"], &["ac_repair"]).await;
        let submitted = submit_sample(ctx).await;
        assert!(matches!(submitted.outcome, SubmitOutcome::NoContractor { .. }), "{}", db.name());
        assert_eq!(submitted.score, 130, "no points for the area");

        contractors::approve(ctx, &admin(), &waiting).await.expect("approved");
        run_jobs(ctx).await;
        let lead = admin_desk::get_lead(ctx, &admin(), &submitted.lead_id).await.expect("there").lead;
        assert_eq!(lead.assignment.map(|a| a.contractor_id), Some(waiting.clone()));

        // Paused, a further lead waits; another contractor's new ZIP takes it.
        profile::pause(ctx, &Caller::Contractor(waiting.clone()), "").await.expect("paused");
        let second = submit_sample(ctx).await;
        assert!(matches!(second.outcome, SubmitOutcome::NoContractor { .. }));
        let change = ProfileChange { service_zip_codes: Some(vec!["90001".into(), "90210".into()]), ..ProfileChange::default() };
        contractors::update_profile(ctx, &Caller::Contractor(other_zip.clone()), &change).await.expect("changed");
        run_jobs(ctx).await;
        let lead = admin_desk::get_lead(ctx, &admin(), &second.lead_id).await.expect("there").lead;
        assert_eq!(lead.assignment.map(|a| a.contractor_id), Some(other_zip));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn nurture_is_kept_and_not_offered() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair", "maintenance"]).await;
        let small = NewLead {
            budget_range: Some("0-100".into()),
            timeline: Some("flexible".into()),
            service_type: Some("maintenance".into()),
            customer_email: None,
            ..NewLead::sample()
        };
        let submitted = submit(ctx, &Caller::Anyone, &small, "web").await.expect("kept");
        assert_eq!((submitted.category, submitted.price, submitted.outcome), (Category::Nurture, Money::ZERO, SubmitOutcome::NotSold));
        profile::resume(ctx, &Caller::Contractor(contractor)).await.expect("on");
        run_jobs(ctx).await;
        let lead = admin_desk::get_lead(ctx, &admin(), &submitted.lead_id).await.expect("there").lead;
        assert_eq!((lead.status, lead.assignment), (LeadStatus::PendingAssignment, None));
    }
}

#[tokio::test]
async fn emergencies_go_to_either_repairer_and_owed_replacements_first() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let heater = approved(ctx, 1, &["90210"], &["heating_repair"]).await;
        let emergency = NewLead { service_type: Some("emergency".into()), ..NewLead::sample() };
        let submitted = submit(ctx, &Caller::Anyone, &emergency, "web").await.expect("submitted");
        assert_eq!(contractor_of(&submitted), heater);
        let idle = approved(ctx, 2, &["90210"], &["heating_repair"]).await;
        let mut tx = ctx.begin().await.expect("a transaction");
        platform::execute!(tx, "update contractors set replacement_due = 1 where id = $1", heater.as_str()).expect("owed");
        tx.commit().await.expect("committed");
        let first = submit(ctx, &Caller::Anyone, &emergency, "web").await.expect("submitted");
        assert_eq!(contractor_of(&first), heater, "owed one, though busier");
        let second = submit(ctx, &Caller::Anyone, &emergency, "web").await.expect("submitted");
        assert_eq!(contractor_of(&second), idle, "the promise is used up");
        assert_eq!(count(ctx, "select count(*) from lead_assignments where is_replacement").await, 1);
    }
}

#[tokio::test]
async fn a_daily_cap_holds_until_the_next_day() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        contractors::set_share(ctx, &admin(), &contractor, contractors::Share { weight: 1, daily_cap: Some(2) }, None).await.expect("set");
        for _ in 0..2 {
            assert_eq!(contractor_of(&submit_sample(ctx).await), contractor);
        }
        let third = submit_sample(ctx).await;
        assert!(matches!(third.outcome, SubmitOutcome::NoContractor { .. }), "{}", db.name());
        leads::intake::assign_waiting_to_capped(ctx).await.expect("looked");
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 2);
        db.advance(chrono::Duration::hours(24));
        leads::intake::assign_waiting_to_capped(ctx).await.expect("looked");
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 3);
        check_books(ctx).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_at_once_are_dealt_evenly_and_none_is_lost() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(approved(ctx, n, &["90210", "90211"], &["ac_repair"]).await);
        }
        let numbers: Vec<String> = (0..50).map(|i| format!("213555{i:04}")).collect();
        tracking::add_numbers(ctx, &admin(), &numbers).await.expect("added");
        let tasks: Vec<_> = (0..200)
            .map(|i| {
                let ctx = ctx.clone();
                tokio::spawn(async move {
                    // Two ZIPs with the same contractors: loads must balance over both.
                    let zip = if i % 2 == 0 { "90210" } else { "90211" };
                    let new = NewLead { customer_zip: Some(zip.into()), ..NewLead::sample() };
                    submit(&ctx, &Caller::Anyone, &new, "web").await.expect("submitted")
                })
            })
            .collect();
        let mut loads: HashMap<String, i64> = HashMap::new();
        let mut tracked = Vec::new();
        for task in tasks {
            let submitted = task.await.expect("no panic");
            *loads.entry(contractor_of(&submitted).to_owned()).or_default() += 1;
            if let SubmitOutcome::Assigned { tracking_number: Some(number), .. } = submitted.outcome {
                tracked.push(number);
            }
        }
        assert_eq!(loads.len(), 5, "{}", db.name());
        assert!(loads.values().all(|load| *load == 40), "{}: {loads:?}", db.name());
        tracked.sort();
        tracked.dedup();
        assert_eq!(tracked.len(), 50, "each number once");
        assert_eq!(count(ctx, "select count(*) from leads").await, 200);
        assert_eq!(count(ctx, "select count(*) from jobs where kind = 'send_mail' or kind like '%mail%'").await, 5 + 5 + 400);
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn an_address_joins_once() {
    for db in testing::databases().await {
        join(&db.ctx, 1, &["90210"], &["ac_repair"]).await;
        let again = leads::contractor::NewContractor {
            business_name: Some("Other".into()),
            email: Some("BUSINESS1@example.com".into()),
            phone: Some("3105559999".into()),
            service_zip_codes: vec!["90210".into()],
            specializations: vec!["ac_repair".into()],
            ..Default::default()
        };
        let refused = contractors::register(&db.ctx, &again).await.expect_err("taken");
        assert!(is_conflict(&refused, "email_taken"));
    }
}
