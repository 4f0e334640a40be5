//! What is told before anybody signs in.

use crate::support::{admin, approved, contractor_of, link_in, run_jobs, submit_sample};
use chrono::Duration;
use kernel::{Money, Problem, Zip};
use leads::feedback::{NewFeedback, give, send_requests};
use leads::front_desk::{RequestProgress, facts, key_of_request, lead_of_key, progress, who_serves};
use leads::intake::submit;
use leads::lead::{Category, LeadStatus, NewLead};
use leads::scoring::ScoringModel;
use leads::scoring_versions::{self, NewDraft};
use leads::{contractor_desk, profile};
use platform::auth::Caller;
use platform::testing;

#[tokio::test]
async fn figures_are_counted_and_hidden_while_there_are_none() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let none = facts(ctx).await.expect("figures");
        assert_eq!((none.routed, none.response_minutes, none.rating), (None, None, None), "{}", db.name());
        assert_eq!(none.prices.first(), Some(&(Category::Platinum, Money::from_dollars(250))));

        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        for (n, minutes) in [5, 40, 20].into_iter().enumerate() {
            let phone = Some(format!("555200{n:04}"));
            let new = NewLead { customer_phone: phone, ..NewLead::sample() };
            let lead = submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
            db.advance(Duration::minutes(minutes));
            let owner = Caller::Contractor(contractor_of(&lead).to_owned());
            contractor_desk::set_status(ctx, &owner, &lead.lead_id, LeadStatus::Contacted).await.expect("contacted");
        }
        let waits = NewLead { customer_zip: Some("99999".into()), ..NewLead::sample() };
        submit(ctx, &Caller::Anyone, &waits, "web").await.expect("submitted");
        let some = facts(ctx).await.expect("figures");
        assert_eq!(
            (some.routed, some.response_minutes, some.rating),
            (Some(3), Some(20), None),
            "{}: a waiting lead counts for nothing",
            db.name()
        );

        // Four ratings say nothing yet.
        db.advance(Duration::hours(25));
        assert_eq!(send_requests(ctx).await.expect("asked"), 3);
        run_jobs(ctx).await;
        let token = link_in(&db, "/feedback/");
        give(ctx, &token, &NewFeedback { rating: Some(4), comment: None, attended: Some(true) }).await.expect("given");
        assert_eq!(facts(ctx).await.expect("figures").rating, None);
        db.advance(Duration::days(31));
        let old = facts(ctx).await.expect("figures");
        assert_eq!((old.routed, old.response_minutes), (None, None), "{}: a month later they are gone", db.name());
    }
}

#[tokio::test]
async fn prices_are_those_of_the_published_scoring() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        facts(ctx).await.expect("figures");
        let mut model = ScoringModel::default();
        model.tiers.gold.price = Money::from_dollars(190);
        let draft = NewDraft { weights: model.weights, tiers: model.tiers, note: None, seen: None };
        let draft = scoring_versions::save_draft(ctx, &admin(), &draft).await.expect("saved");
        scoring_versions::publish(ctx, &admin(), &draft.etag).await.expect("published");
        db.advance(Duration::seconds(61));
        let prices = &facts(ctx).await.expect("figures").prices;
        assert_eq!(
            prices.iter().map(|(category, _)| *category).collect::<Vec<_>>(),
            [Category::Platinum, Category::Gold, Category::Silver, Category::Bronze]
        );
        assert_eq!(prices[1].1, Money::from_dollars(190), "{}", db.name());
    }
}

#[tokio::test]
async fn only_contractors_who_take_leads_serve_a_place() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let zip = |text: &str| Zip::parse(text).expect("five digits");
        approved(ctx, 1, &["78701", "78702"], &["ac_repair"]).await;
        let pausing = approved(ctx, 2, &["78701"], &["ac_repair"]).await;
        crate::support::join(ctx, 3, &["78701"], &["ac_repair"]).await;
        let both = who_serves(ctx, &zip("78701")).await.expect("an answer");
        assert_eq!((both.contractors, both.place.map(|place| place.to_string())), (2, Some("Austin, TX".into())), "{}", db.name());
        profile::pause(ctx, &Caller::Contractor(pausing), "").await.expect("paused");
        assert_eq!(who_serves(ctx, &zip("78701")).await.expect("an answer").contractors, 1);
        let unknown = who_serves(ctx, &zip("00000")).await.expect("an answer");
        assert_eq!((unknown.contractors, unknown.place), (0, None));
    }
}

#[tokio::test]
async fn a_request_is_followed_with_its_key_and_not_with_its_id() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let lead = submit_sample(ctx).await;
        let key = key_of_request(ctx, &lead.lead_id);
        assert_eq!(lead_of_key(ctx, &key).expect("ours"), lead.lead_id);
        let other = submit_sample(ctx).await;
        let (_, signature) = key.split_once('-').expect("two parts");
        for forged in
            [lead.lead_id.clone(), format!("{}-{signature}", other.lead_id), format!("{}-", lead.lead_id), String::new(), "-".into()]
        {
            let refused = progress(ctx, &forged).await.expect_err("no key of ours");
            assert!(matches!(refused, Problem::NotFound { .. }), "{}: {forged}", db.name());
        }
        let RequestProgress::Assigned { business, deadline, .. } = progress(ctx, &key).await.expect("theirs") else { panic!("assigned") };
        assert_eq!((business.as_str(), deadline), ("Business 1", ctx.now() + Duration::hours(12)));
        // The confirmation's link leads to the same page.
        run_jobs(ctx).await;
        let mailed = link_in(&db, "/request/");
        assert!([key.clone(), key_of_request(ctx, &other.lead_id)].contains(&mailed), "{mailed}");
        let owner = Caller::Contractor(contractor_of(&lead).to_owned());
        contractor_desk::set_status(ctx, &owner, &lead.lead_id, LeadStatus::Contacted).await.expect("contacted");
        assert!(matches!(progress(ctx, &key).await.expect("theirs"), RequestProgress::Contacted { .. }));
    }
}
