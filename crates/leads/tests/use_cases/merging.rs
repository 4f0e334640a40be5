//! Two leads that are one request become one.

use crate::support::{admin, approved, call, check_books, contractor_of, count, is_conflict, mails, run_jobs, submit_sample};
use chrono::Duration;
use leads::front_desk::RequestProgress;
use leads::intake::{Submitted, submit};
use leads::lead::{LeadStatus, NewLead};
use leads::views::LeadFilter;
use leads::{admin_desk, calls, contractor_desk, contractors, front_desk, intake, merging, notes, tracking};
use platform::auth::Caller;
use platform::{Ctx, Settings, testing};

/// The same request twice, at two contractors.
async fn twice(ctx: &Ctx) -> (Submitted, Submitted) {
    for n in 1..=2 {
        approved(ctx, n, &["90210"], &["ac_repair"]).await;
    }
    let numbers = ["2135550100".into(), "2135550101".into()];
    tracking::add_numbers(ctx, &admin(), &numbers).await.expect("added");
    (submit_sample(ctx).await, submit_sample(ctx).await)
}

fn with_window(db: &testing::TestDb) -> Ctx {
    let settings = Settings { duplicate_window_days: 30, ..db.ctx.settings.clone() };
    Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context")
}

async fn charge(ctx: &Ctx, sid: &str, lead: &Submitted) {
    let contractor = contractors::get(ctx, contractor_of(lead)).await.expect("there");
    let intake::SubmitOutcome::Assigned { tracking_number: Some(number), .. } = &lead.outcome else { panic!("with a number") };
    calls::record(ctx, &call(sid, contractor.phone.e164(), number.e164(), 60)).await.expect("recorded");
}

#[tokio::test]
async fn the_older_lead_gets_everything_of_the_younger() {
    for db in testing::databases().await {
        let ctx = &with_window(&db);
        let (old, new) = twice(ctx).await;
        let file = admin_desk::get_file(ctx, &admin(), &old.lead_id).await.expect("there");
        assert_eq!(file.alike.iter().map(|l| l.id.as_str()).collect::<Vec<_>>(), [new.lead_id.as_str()], "{}", db.name());
        db.advance(Duration::minutes(10));
        charge(ctx, "CA1", &new).await;
        run_jobs(ctx).await;
        let before = mails(&db).len();
        let winner = Caller::Contractor(contractor_of(&new).into());
        notes::add(ctx, &winner, &new.lead_id, "Gate code 4321").await.expect("written");

        let kept = merging::merge(ctx, &admin(), &new.lead_id, &old.lead_id).await.expect("merged");
        let page = contractor_desk::get_lead(ctx, contractor_of(&new), &new.lead_id).await.expect("their link goes on");
        assert_eq!(page.lead.id, old.lead_id);
        assert_eq!(notes::list(ctx, &winner, &old.lead_id).await.expect("a list").len(), 1, "{}", db.name());
        let key = front_desk::key_of_request(ctx, &new.lead_id);
        assert!(matches!(front_desk::progress(ctx, &key).await.expect("there"), RequestProgress::Contacted { .. }));
        assert_eq!((kept.id.as_str(), kept.status), (old.lead_id.as_str(), LeadStatus::Qualified));
        assert_eq!(kept.assignment.as_ref().map(|a| a.contractor_id.as_str()), Some(contractor_of(&new)), "who was charged keeps it");
        check_books(ctx).await;
        let file = admin_desk::get_file(ctx, &admin(), &old.lead_id).await.expect("there");
        assert!(file.page.bill.is_some() && file.page.calls.len() == 1 && file.alike.is_empty());
        assert_eq!(file.notes.iter().map(|n| n.body.as_str()).collect::<Vec<_>>(), ["Gate code 4321"]);
        let kinds: Vec<&str> = file.page.history.iter().map(|h| h.kind.as_str()).collect();
        assert_eq!(kinds.iter().filter(|k| **k == "lead_submitted").count(), 2, "both histories: {kinds:?}");
        assert!(kinds.contains(&"lead_merged") && kinds.contains(&"billing_created"));
        let gone = admin_desk::get_lead(ctx, &admin(), &new.lead_id).await.expect("still there").lead;
        assert_eq!((gone.merged_into.as_deref(), gone.assignment), (Some(old.lead_id.as_str()), None));
        let list =
            admin_desk::list_leads(ctx, &admin(), &LeadFilter::of_page(kernel::Page { limit: 10, offset: 0 })).await.expect("a list");
        assert_eq!((list.total, list.items[0].id.as_str()), (1, old.lead_id.as_str()));
        assert_eq!(admin_desk::dashboard(ctx, &admin()).await.expect("figures").stats.total_leads, 1);
        assert_eq!(count(ctx, "select count(*) from tracking_numbers where status = 'active'").await, 1);
        run_jobs(ctx).await;
        let told = &mails(&db)[before..];
        assert!(told.len() == 1 && told[0].contains("No longer your lead"), "{told:?}");

        // A late callback of the younger's call finds the older; nothing is merged or charged twice.
        charge(ctx, "CA1", &new).await;
        charge(ctx, "CA2", &new).await;
        assert_eq!(count(ctx, "select count(*) from billing_records").await, 1);
        assert!(is_conflict(&merging::merge(ctx, &admin(), &new.lead_id, &old.lead_id).await.expect_err("again"), "lead_merged"));
        // A contractor who comes later does not get what was merged.
        approved(ctx, 3, &["90210"], &["ac_repair"]).await;
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn no_charge_is_lost_and_strangers_stay_apart() {
    for db in testing::databases().await {
        let ctx = &with_window(&db);
        let (old, new) = twice(ctx).await;
        charge(ctx, "CA1", &new).await;
        charge(ctx, "CA2", &old).await;
        let both = merging::merge(ctx, &admin(), &old.lead_id, &new.lead_id).await.expect_err("both were charged");
        assert!(is_conflict(&both, "both_billed"), "{}: {both}", db.name());
        let other = NewLead { customer_phone: Some("5551230000".into()), ..NewLead::sample() };
        let other = submit(ctx, &Caller::Anyone, &other, "web").await.expect("submitted");
        let stranger = merging::merge(ctx, &admin(), &old.lead_id, &other.lead_id).await.expect_err("another customer");
        assert!(is_conflict(&stranger, "not_alike"));
        assert!(is_conflict(&merging::merge(ctx, &admin(), &old.lead_id, &old.lead_id).await.expect_err("itself"), "not_alike"));
        let owner = Caller::Contractor(contractor_of(&old).to_owned());
        assert!(merging::merge(ctx, &owner, &old.lead_id, &new.lead_id).await.is_err(), "not a contractor's business");
        assert!(contractor_desk::get_lead(ctx, contractor_of(&old), &old.lead_id).await.is_ok());
        assert_eq!(count(ctx, "select count(*) from billing_records").await, 2);
        check_books(ctx).await;
    }
}
