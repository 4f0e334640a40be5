use crate::support::{admin, approved, contractor_of, count, is_conflict, link_in, run_jobs, submit_sample};
use chrono::Duration;
use kernel::{Id, Problem};
use leads::contractor_desk::{self, set_status};
use leads::contractors;
use leads::feedback::{form, give, send_requests};
use leads::intake::submit;
use leads::lead::{LeadStatus, NewLead, ServiceType};
use platform::auth::Caller;
use platform::testing::{self, TestDb};
use platform::{Ctx, mail};

fn rated(rating: i64) -> leads::feedback::NewFeedback {
    leads::feedback::NewFeedback { rating: Some(rating), comment: Some("On time.".into()), attended: Some(true) }
}

async fn contacted(ctx: &Ctx) -> (Id, Id) {
    let submitted = submit_sample(ctx).await;
    let contractor = contractor_of(&submitted).to_owned();
    set_status(ctx, &Caller::Contractor(contractor.clone()), &submitted.lead_id, LeadStatus::Contacted).await.expect("contacted");
    (submitted.lead_id, contractor)
}

async fn mailed_link(db: &TestDb) -> String {
    run_jobs(&db.ctx).await;
    link_in(db, "/feedback/")
}

#[tokio::test]
async fn customers_are_asked_once_a_day_after_first_contact() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        contacted(ctx).await;
        submit_sample(ctx).await;
        let asked_after = |hours: i64| {
            ctx.clock.set(testing::start() + Duration::hours(hours));
            send_requests(ctx)
        };
        assert_eq!(asked_after(23).await.expect("a run"), 0, "too early");
        assert_eq!(asked_after(24).await.expect("a run"), 1, "{}", db.name());
        assert_eq!(asked_after(25).await.expect("a run"), 0, "once");
        run_jobs(ctx).await;
        let logged =
            "select count(*) from notification_logs where template = 'feedback_request' and status = 'sent' and lead_id is not null";
        assert_eq!(count(ctx, logged).await, 1);

        // Without an address, bounced, and too late: nobody is asked.
        ctx.clock.set(testing::start() + Duration::days(3));
        for (n, email) in [None, Some("gone@example.com"), Some("here@example.com")].into_iter().enumerate() {
            let new = NewLead { customer_email: email.map(Into::into), customer_phone: Some(format!("555123400{n}")), ..NewLead::sample() };
            let lead = submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
            set_status(ctx, &admin(), &lead.lead_id, LeadStatus::Qualified).await.expect("qualified");
        }
        let mut tx = ctx.begin().await.expect("a transaction");
        mail::record_bounce(ctx, &mut tx, "Gone@example.com", "bounce", None, ctx.now()).await.expect("noted");
        tx.commit().await.expect("committed");
        assert_eq!(asked_after(3 * 24 + 48).await.expect("a run"), 0, "48 hours are too late");
        let nodes = [ctx.clone(), db.second_node().await];
        ctx.clock.set(testing::start() + Duration::hours(3 * 24 + 30));
        let (a, b) = tokio::join!(send_requests(&nodes[0]), send_requests(&nodes[1]));
        assert_eq!(a.expect("a run") + b.expect("a run"), 1, "{}: one of the nodes asks the one who can be asked", db.name());
    }
}

#[tokio::test]
async fn a_link_shows_the_form_and_is_good_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let (lead, contractor) = contacted(ctx).await;
        db.advance(Duration::hours(30));
        assert_eq!(send_requests(ctx).await.expect("a run"), 1);
        let token = mailed_link(&db).await;
        let shown = form(ctx, &token).await.expect("open");
        assert_eq!((shown.customer_first_name.as_str(), shown.business_name.as_str()), ("John", "Business 1"));
        assert_eq!(shown.service_type, ServiceType::AcRepair);
        for wrong in [0, 6, -1] {
            assert!(matches!(give(ctx, &token, &rated(wrong)).await, Err(Problem::Invalid(_))), "{wrong}");
        }
        form(ctx, &token).await.expect("a refused answer does not use the link");
        let nodes = [ctx.clone(), db.second_node().await];
        let tasks: Vec<_> = (0..6)
            .map(|n| {
                let (ctx, token) = (nodes[n % 2].clone(), token.clone());
                tokio::spawn(async move { give(&ctx, &token, &rated(4)).await })
            })
            .collect();
        let mut given = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(()) => given += 1,
                Err(problem) => assert!(is_conflict(&problem, "link_used"), "{problem}"),
            }
        }
        assert_eq!(given, 1, "{}", db.name());
        assert!(is_conflict(&form(ctx, &token).await.expect_err("used"), "link_used"));
        assert!(matches!(form(ctx, "nothing").await, Err(Problem::NotFound { .. })));
        let history = contractor_desk::get_lead(ctx, &contractor, &lead).await.expect("theirs").history;
        assert!(history.iter().any(|h| h.kind == "feedback_given" && h.data["rating"] == 4));
    }
}

#[tokio::test]
async fn a_link_expires() {
    for db in testing::databases().await {
        approved(&db.ctx, 1, &["90210"], &["ac_repair"]).await;
        contacted(&db.ctx).await;
        db.advance(Duration::hours(30));
        send_requests(&db.ctx).await.expect("a run");
        let token = mailed_link(&db).await;
        db.advance(Duration::days(30));
        assert!(is_conflict(&give(&db.ctx, &token, &rated(5)).await.expect_err("old"), "link_expired"));
    }
}

#[tokio::test]
async fn the_rating_is_the_mean_with_one_decimal_and_none_at_first() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        assert_eq!(contractors::get(ctx, &contractor).await.expect("there").customer_rating, None);
        assert_eq!(contractor_desk::dashboard(ctx, &contractor).await.expect("figures").stats.avg_customer_rating, None);
        for (rating, mean) in [(5, 5.0), (4, 4.5), (5, 4.7)] {
            contacted(ctx).await;
            db.advance(Duration::hours(30));
            assert_eq!(send_requests(ctx).await.expect("a run"), 1);
            give(ctx, &mailed_link(&db).await, &rated(rating)).await.expect("given");
            let shown = contractors::get(ctx, &contractor).await.expect("there").customer_rating.expect("rated");
            assert!((shown - mean).abs() < 1e-9, "{}: {shown} is not {mean}", db.name());
            assert_eq!(contractor_desk::dashboard(ctx, &contractor).await.expect("figures").stats.avg_customer_rating, Some(shown));
        }
    }
}
