use crate::support::{admin, approved, count, is_conflict, run_jobs, staff, submit_sample};
use chrono::Duration;
use kernel::{Money, Problem, StaffRole};
use leads::intake::submit;
use leads::lead::{Category, NewLead};
use leads::scoring::{ScoringModel, Tiers, Weights};
use leads::scoring_versions::{self, NewDraft, VersionStatus};
use leads::{admin_desk, demo};
use platform::auth::Caller;
use platform::{Ctx, fetch_one, testing};

fn draft(change: impl Fn(&mut Weights, &mut Tiers)) -> NewDraft {
    let (mut weights, mut tiers) = (Weights::default(), Tiers::default());
    change(&mut weights, &mut tiers);
    NewDraft { weights, tiers, note: Some("Try it".into()), seen: None }
}

/// Score, category, price and version of a lead as they are stored.
async fn stored(ctx: &Ctx, lead_id: &str) -> (i64, String, Money, i64, String) {
    let sql = "select score, category, price_cents, weights_version, cast(factors as text) from leads where id = $1";
    fetch_one!(&mut ctx.db.read().await.expect("a connection"), (i64, String, Money, i64, String), sql, lead_id).expect("there")
}

#[tokio::test]
async fn the_first_version_is_what_the_code_says() {
    for db in testing::databases().await {
        let desk = scoring_versions::desk(&db.ctx, &admin()).await.expect("versions");
        assert_eq!(desk.published.model, ScoringModel::default(), "on {}", db.name());
        assert_eq!((desk.published.status, desk.draft, desk.history), (VersionStatus::Published, None, Vec::new()));
        assert_eq!(*scoring_versions::current(&db.ctx).await.expect("the model"), ScoringModel::default());
    }
}

#[tokio::test]
async fn a_published_draft_scores_new_leads_and_leaves_older_ones() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let old = submit_sample(ctx).await;
        let as_it_was = stored(ctx, &old.lead_id).await;
        assert_eq!((as_it_was.0, as_it_was.3), (150, 1));

        let new = draft(|weights, tiers| {
            weights.timeline.within_24_hours = 35;
            tiers.gold.price = Money::from_dollars(180);
        });
        let saved = scoring_versions::save_draft(ctx, &staff(StaffRole::Owner), &new).await.expect("saved");
        assert_eq!((saved.model.version, saved.status, saved.note.as_deref()), (2, VersionStatus::Draft, Some("Try it")));
        assert_eq!(saved.created_by, "Dana Reyes <dana@example.com>");
        assert_eq!(stored(ctx, &submit_sample(ctx).await.lead_id).await.3, 1, "a draft scores nothing");
        let published = scoring_versions::publish(ctx, &admin(), &saved.etag).await.expect("published");
        assert_eq!((published.status, published.published_at), (VersionStatus::Published, Some(ctx.now())));

        let now = submit_sample(ctx).await;
        assert_eq!((now.score, now.category, now.price), (145, Category::Gold, Money::from_dollars(180)), "on {}", db.name());
        assert_eq!(stored(ctx, &now.lead_id).await.3, 2);
        assert_eq!(stored(ctx, &old.lead_id).await, as_it_was, "old leads keep score, factors, price and version");
        let file = admin_desk::get_file(ctx, &admin(), &now.lead_id).await.expect("there");
        let lead = file.page.lead;
        assert_eq!((lead.price, lead.score, file.scoring_version), (Money::from_dollars(180), 145, 2));
        run_jobs(ctx).await;
        assert!(db.mails().iter().any(|mail| mail.contains("180")), "the contractor is told the new price");

        let desk = scoring_versions::desk(ctx, &admin()).await.expect("versions");
        assert_eq!((desk.published.model.version, desk.draft, desk.history.len()), (2, None, 1));
        assert_eq!((desk.history[0].model.clone(), desk.history[0].status), (ScoringModel::default(), VersionStatus::Retired));
        assert_eq!(count(ctx, "select count(*) from events where kind = 'scoring_published' and subject_id = '2'").await, 1);
        assert_eq!(count(ctx, "select count(*) from audit_log where action = 'scoring_published' and actor = 'admin'").await, 1);
    }
}

#[tokio::test]
async fn another_node_learns_of_a_version_within_five_seconds() {
    for db in testing::databases().await {
        let (here, there) = (&db.ctx, db.second_node().await);
        for ctx in [here, &there] {
            assert_eq!(scoring_versions::current(ctx).await.expect("the model").version, 1);
        }
        let saved = scoring_versions::save_draft(here, &admin(), &draft(|w, _| w.email = 5)).await.expect("saved");
        scoring_versions::publish(here, &admin(), &saved.etag).await.expect("published");
        assert_eq!(scoring_versions::current(here).await.expect("the model").version, 2, "at once where it was published");
        assert_eq!(scoring_versions::current(&there).await.expect("the model").version, 1, "no query while it is fresh");
        db.advance(Duration::seconds(5));
        assert_eq!(scoring_versions::current(&there).await.expect("the model").version, 2, "on {}", db.name());
        there.db.close().await;
    }
}

#[tokio::test]
async fn only_the_draft_that_was_seen_is_published_and_only_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        assert!(matches!(scoring_versions::publish(ctx, &admin(), "x").await, Err(Problem::NotFound { .. })));
        assert!(matches!(scoring_versions::what_if(ctx, &admin()).await, Err(Problem::NotFound { .. })));
        assert!(matches!(scoring_versions::discard_draft(ctx, &admin()).await, Err(Problem::NotFound { .. })));
        let seen = scoring_versions::save_draft(ctx, &admin(), &draft(|w, _| w.email = 5)).await.expect("saved");
        let changed = scoring_versions::save_draft(ctx, &admin(), &draft(|w, _| w.email = 6)).await.expect("saved");
        assert_eq!((seen.model.version, changed.model.version), (2, 2), "one draft at a time");
        let refused = scoring_versions::publish(ctx, &admin(), &seen.etag).await.expect_err("changed since");
        assert!(is_conflict(&refused, "draft_changed"));
        let by = admin();
        let (a, b) = tokio::join!(scoring_versions::publish(ctx, &by, &changed.etag), scoring_versions::publish(ctx, &by, &changed.etag));
        assert_eq!([a, b].iter().filter(|r| r.is_ok()).count(), 1, "on {}", db.name());
        assert_eq!(count(ctx, "select count(*) from scoring_versions where status = 'published'").await, 1);
        assert_eq!(scoring_versions::current(ctx).await.expect("the model").weights.email, 6);

        scoring_versions::save_draft(ctx, &admin(), &draft(|_, _| {})).await.expect("saved");
        scoring_versions::discard_draft(ctx, &admin()).await.expect("discarded");
        assert_eq!(scoring_versions::desk(ctx, &admin()).await.expect("versions").draft, None);
    }
}

#[tokio::test]
async fn the_second_of_two_who_change_the_draft_is_told_what_the_first_saved() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let seen = |new: NewDraft, etag: &str| NewDraft { seen: Some(etag.into()), ..new };
        let first = draft(|w, t| {
            w.email = 5;
            t.gold.price = Money(18_050);
        });
        let saved = scoring_versions::save_draft(ctx, &admin(), &seen(first.clone(), "")).await.expect("begun");
        let second = draft(|w, _| w.zip = 10);
        let told = scoring_versions::save_draft(ctx, &admin(), &seen(second.clone(), "")).await.expect_err("changed");
        let Problem::Changed(fields) = told else { panic!("changed, not {told}") };
        let told: Vec<String> = fields.iter().map(ToString::to_string).collect();
        let zip = format!("weights.zip is now {}", first.weights.zip);
        assert_eq!(told, ["weights.email is now 5", zip.as_str(), "categories.GOLD.price is now $180.50"], "{}", db.name());
        assert_eq!(scoring_versions::desk(ctx, &admin()).await.expect("versions").draft, Some(saved.clone()));
        // The same numbers overwrite nothing; having seen the others, they may be overwritten.
        scoring_versions::save_draft(ctx, &admin(), &seen(first, "")).await.expect("the same");
        let now = scoring_versions::desk(ctx, &admin()).await.expect("versions").draft.expect("a draft");
        let saved = scoring_versions::save_draft(ctx, &admin(), &seen(second, &now.etag)).await.expect("saved");
        assert_eq!((saved.model.weights.zip, saved.model.weights.email), (10, Weights::default().email));
    }
}

#[tokio::test]
async fn two_drafts_begun_at_once_are_one() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (by, first, second) = (admin(), draft(|w, _| w.email = 5), draft(|w, _| w.email = 6));
        let (a, b) = tokio::join!(scoring_versions::save_draft(ctx, &by, &first), scoring_versions::save_draft(ctx, &by, &second));
        assert!(a.is_ok() && b.is_ok(), "{}: {a:?} {b:?}", db.name());
        assert_eq!(count(ctx, "select count(*) from scoring_versions").await, 2);
    }
}

#[tokio::test]
async fn only_an_administrator_may_and_bad_drafts_are_refused() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = Caller::Contractor("c1".into());
        let good = draft(|_, _| {});
        assert!(matches!(scoring_versions::desk(ctx, &contractor).await, Err(Problem::Forbidden(_))));
        assert!(matches!(scoring_versions::save_draft(ctx, &contractor, &good).await, Err(Problem::Forbidden(_))));
        assert!(matches!(scoring_versions::publish(ctx, &contractor, "x").await, Err(Problem::Forbidden(_))));
        assert!(matches!(scoring_versions::what_if(ctx, &contractor).await, Err(Problem::Forbidden(_))));
        assert!(matches!(scoring_versions::discard_draft(ctx, &contractor).await, Err(Problem::Forbidden(_))));
        let bad = draft(|weights, _| weights.timeline.flexible = 25);
        let Err(Problem::Invalid(errors)) = scoring_versions::save_draft(ctx, &admin(), &bad).await else { panic!("refused") };
        assert_eq!(errors[0].field, "weights.timeline");
        let long = NewDraft { note: Some("x".repeat(501)), ..good };
        assert!(matches!(scoring_versions::save_draft(ctx, &admin(), &long).await, Err(Problem::Invalid(_))));
        assert_eq!(count(ctx, "select count(*) from scoring_versions").await, 1, "on {}", db.name());
    }
}

#[tokio::test]
async fn a_what_if_of_the_same_model_changes_nothing_and_of_another_adds_up() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        demo::load(ctx).await.expect("loaded");
        scoring_versions::save_draft(ctx, &admin(), &draft(|_, _| {})).await.expect("saved");
        let same = scoring_versions::what_if(ctx, &admin()).await.expect("tried");
        assert_eq!((same.changed, same.before), (0, same.after), "on {}", db.name());
        let counted = count(ctx, "select count(*) from leads").await;
        assert!(same.leads > 300 && same.leads <= counted);
        let billed = count(ctx, "select cast(coalesce(sum(original_cents), 0) as bigint) from billing_records").await;
        assert!(same.revenue_before().0 > 0 && same.revenue_before().0 <= billed);

        let saved = scoring_versions::save_draft(
            ctx,
            &admin(),
            &draft(|weights, tiers| {
                weights.service.ac_repair = 20;
                tiers.platinum.price = Money::from_dollars(300);
            }),
        )
        .await
        .expect("saved");
        let other = scoring_versions::what_if(ctx, &admin()).await.expect("tried");
        assert_eq!((other.etag.as_str(), other.leads, other.before), (saved.etag.as_str(), same.leads, same.before));
        assert!(other.changed > 0);
        for (i, category) in Category::ALL.iter().enumerate() {
            assert_eq!(other.moves[i].iter().sum::<i64>(), other.before[i].leads, "{category} before");
            assert_eq!(other.moves.iter().map(|row| row[i]).sum::<i64>(), other.after[i].leads, "{category} after");
            assert!((0..i).all(|better| other.moves[i][better] == 0), "fewer points never make a better category");
        }
        let stay: i64 = (0..5).map(|i| other.moves[i][i]).sum();
        assert_eq!(other.changed, other.leads - stay);
        assert_eq!(other.after[0].value, Money(other.after[0].leads * 30_000));
        assert_eq!(count(ctx, "select count(*) from leads where weights_version <> 1").await, 0, "nothing was changed");
    }
}

/// More leads than a page, many of them of the same moment: each counts once.
#[tokio::test]
async fn a_what_if_counts_every_lead_of_ninety_days_once() {
    let db = testing::sqlite().await;
    let ctx = &db.ctx;
    approved(ctx, 1, &["90210"], &["ac_repair"]).await;
    let unserved = NewLead { customer_zip: Some("99999".into()), ..NewLead::sample() };
    // One a second too old, one of the first moment that counts.
    submit(ctx, &Caller::Anyone, &unserved, "web").await.expect("kept");
    db.advance(Duration::seconds(1));
    submit(ctx, &Caller::Anyone, &unserved, "web").await.expect("kept");
    db.advance(Duration::days(90));
    let lead = submit_sample(ctx).await.lead_id;
    submit(ctx, &Caller::Anyone, &unserved, "web").await.expect("kept");
    let copy = "insert into leads (id, customer_first_name, customer_last_name, customer_phone, customer_zip, service_type, timeline,
           budget_range, property_type, status, score, category, price_cents, weights_version, factors, created_at, created_day)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < 4500)
         select 'copy' || n.i, customer_first_name, customer_last_name, customer_phone, customer_zip, service_type, timeline,
           budget_range, property_type, 'pending_assignment', score, category, price_cents, weights_version, factors, created_at, created_day
         from leads, n where id = $1";
    let mut tx = ctx.begin().await.expect("a transaction");
    platform::execute!(tx, copy, lead.as_str()).expect("copied");
    tx.commit().await.expect("committed");
    scoring_versions::save_draft(ctx, &admin(), &draft(|w, _| w.zip = 10)).await.expect("saved");
    let result = scoring_versions::what_if(ctx, &admin()).await.expect("tried");
    // The copies have no mail: 140 points, now 130. The sample had 150, the unserved ones 130.
    assert_eq!((result.leads, result.before[0].leads, result.before[1].leads), (4503, 4501, 2));
    assert_eq!((result.after[0].leads, result.after[1].leads, result.changed), (0, 4503, 4501));
    assert_eq!(result.moves[0][1], 4501);
}
