//! The contractor's portal: profile, hours and pauses, notes, notifications, performance.

use crate::support::{admin, approved, check_books, contractor_of, count, run_jobs, submit_sample};
use chrono::Duration;
use kernel::Problem;
use leads::contractor::ProfileChange;
use leads::hours::NewHours;
use leads::intake::{SubmitOutcome, submit};
use leads::lead::{LeadStatus, NewLead};
use leads::notifications::{self, Channel, NewChoices, Occasion};
use leads::profile::{self, NewBusiness};
use leads::{contractor_desk, contractors, deadlines, notes, performance};
use platform::auth::Caller;
use platform::testing::{self, TestDb};
use platform::{Ctx, fetch_all};

fn as_contractor(id: &str) -> Caller {
    Caller::Contractor(id.into())
}

/// Working hours on Mondays, for a test that starts on Sunday 5 October 2025 at 12:00 UTC.
fn mondays(from: &str, to: &str) -> NewHours {
    NewHours {
        time_zone: Some("America/Denver".into()),
        works: Some("set".into()),
        times: [("mondayOpens", from), ("mondayCloses", to)].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        daily_cap: None,
    }
}

async fn submit_within_week(ctx: &Ctx) -> String {
    let new = NewLead { timeline: Some("within_week".into()), ..NewLead::sample() };
    contractor_of(&submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted")).to_owned()
}

#[tokio::test]
async fn who_is_at_work_gets_the_lead_first_and_emergencies_ask_nobody() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let day = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let always = approved(ctx, 2, &["90210"], &["ac_repair"]).await;
        profile::set_hours(ctx, &as_contractor(&day), &mondays("08:00", "17:00")).await.expect("kept");
        // Sunday: the one who is always at work gets all of them, though he is busier.
        for _ in 0..3 {
            assert_eq!(submit_within_week(ctx).await, always, "{}", db.name());
        }
        // An emergency goes by load, day or night.
        let emergency = NewLead { timeline: Some("emergency".into()), ..NewLead::sample() };
        assert_eq!(contractor_of(&submit(ctx, &Caller::Anyone, &emergency, "web").await.expect("submitted")), day);
        // Monday, 07:59 and 08:00 in Denver (UTC-6).
        db.advance(Duration::hours(25) + Duration::minutes(59));
        assert_eq!(submit_within_week(ctx).await, always);
        db.advance(Duration::minutes(1));
        assert_eq!(submit_within_week(ctx).await, day);
        // Nobody at work is no reason to keep a customer waiting.
        profile::set_hours(ctx, &as_contractor(&always), &mondays("05:00", "06:00")).await.expect("kept");
        db.advance(Duration::hours(12));
        assert_eq!(submit_within_week(ctx).await, day, "the fewest open leads");
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn a_pause_keeps_leads_away_and_ends_by_itself() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let me = as_contractor(&id);
        profile::set_hours(ctx, &me, &NewHours { time_zone: Some("America/Denver".into()), ..NewHours::default() }).await.expect("kept");
        for wrong in ["2025-10-05", "2027-01-01", "tomorrow"] {
            assert!(matches!(profile::pause(ctx, &me, wrong).await, Err(Problem::Invalid(_))), "{wrong}");
        }
        profile::pause(ctx, &me, "2025-10-07").await.expect("paused");
        run_jobs(ctx).await;
        let outcome = submit_sample(ctx).await.outcome;
        assert!(matches!(outcome, SubmitOutcome::NoContractor { .. }), "{}: {outcome:?}", db.name());
        let view = profile::get(ctx, &me).await.expect("there");
        assert!(!view.contractor.is_accepting_leads);
        // The day begins at six o'clock UTC there.
        assert_eq!(view.paused_until.map(|at| at.to_rfc3339()), Some("2025-10-07T06:00:00+00:00".into()));

        db.advance(Duration::hours(41) + Duration::minutes(59));
        run_jobs(ctx).await;
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 0, "not a minute before");
        db.advance(Duration::minutes(1));
        run_jobs(ctx).await;
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 1, "{}: the lead that waited comes", db.name());
        let view = profile::get(ctx, &me).await.expect("there");
        assert_eq!((view.contractor.is_accepting_leads, view.paused_until), (true, None));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn a_pause_that_was_prolonged_or_replaced_does_not_end_early() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let me = as_contractor(&id);
        profile::pause(ctx, &me, "2025-10-07").await.expect("paused");
        profile::pause(ctx, &me, "2025-10-10").await.expect("prolonged");
        db.advance(Duration::days(3));
        run_jobs(ctx).await;
        assert!(!profile::get(ctx, &me).await.expect("there").contractor.is_accepting_leads, "{}", db.name());
        // By the API, and so without an end.
        let change = ProfileChange { is_accepting_leads: Some(false), ..ProfileChange::default() };
        contractors::update_profile(ctx, &me, &change).await.expect("changed");
        db.advance(Duration::days(3));
        run_jobs(ctx).await;
        assert!(!profile::get(ctx, &me).await.expect("there").contractor.is_accepting_leads);
        profile::resume(ctx, &me).await.expect("resumed");
        assert!(profile::get(ctx, &me).await.expect("there").contractor.is_accepting_leads);
    }
}

#[tokio::test]
async fn of_two_daily_limits_the_lower_counts_and_each_has_its_owner() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let me = as_contractor(&id);
        let office = async |daily_cap: Option<i64>| {
            contractors::set_share(ctx, &admin(), &id, contractors::Share { weight: 1, daily_cap }, None).await.expect("set");
        };
        let own = async |cap: &str| {
            let hours = NewHours { daily_cap: Some(cap.into()), ..NewHours::default() };
            profile::set_hours(ctx, &me, &hours).await.expect("kept");
        };
        let comes = async || matches!(submit_sample(ctx).await.outcome, SubmitOutcome::Assigned { .. });
        office(Some(0)).await;
        own("5").await;
        let view = profile::get(ctx, &me).await.expect("there").contractor;
        assert_eq!((view.daily_cap, view.own_daily_cap), (Some(0), Some(5)), "{}", db.name());
        assert!(!comes().await, "none, as the office says");
        office(None).await;
        own("1").await;
        assert!(comes().await && !comes().await, "one, as they wish");
        own("").await;
        office(Some(2)).await;
        assert!(comes().await && !comes().await, "two, as the office says");
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn the_profile_is_the_contractors_own() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let me = as_contractor(&id);
        let new = NewLead { customer_zip: Some("10001".into()), ..NewLead::sample() };
        submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
        assert_eq!(profile::add_zips(ctx, &me, "10001 90210,10002").await.expect("added"), 2);
        run_jobs(ctx).await;
        assert_eq!(count(ctx, "select count(*) from lead_assignments").await, 1, "{}: what waited there came", db.name());
        for zip in ["10001", "10002", "99999"] {
            profile::remove_zip(ctx, &me, zip).await.expect("removed");
        }
        assert!(matches!(profile::remove_zip(ctx, &me, "90210").await, Err(Problem::Conflict { code: "last_zip", .. })));
        let many: Vec<String> = (10_000..10_500).map(|zip| zip.to_string()).collect();
        assert!(matches!(profile::add_zips(ctx, &me, &many.join(" ")).await, Err(Problem::Invalid(_))));
        profile::set_work(ctx, &me, &["maintenance".into(), "installation".into()]).await.expect("kept");
        assert!(profile::set_work(ctx, &me, &[]).await.is_err());
        let typed = |text: &str| Some(text.to_owned());
        let business = NewBusiness {
            business_name: typed("New Name"),
            phone: typed("3105559999"),
            website: typed("new.example"),
            ..NewBusiness::default()
        };
        profile::set_business(ctx, &me, &business, None).await.expect("kept");
        profile::set_business(ctx, &me, &NewBusiness { website: None, ..business }, None).await.expect("kept");
        let view = profile::get(ctx, &me).await.expect("there").contractor;
        assert_eq!((view.business_name.as_str(), view.website, view.service_zip_codes.len()), ("New Name", None, 1));
        assert_eq!(view.specializations.len(), 2);
        for caller in [Caller::Anyone, admin()] {
            assert!(matches!(profile::get(ctx, &caller).await, Err(Problem::Forbidden(_))));
            assert!(matches!(profile::add_zips(ctx, &caller, "10001").await, Err(Problem::Forbidden(_))));
        }
    }
}

#[tokio::test]
async fn the_second_of_two_who_edit_the_business_is_told_what_the_first_saved() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let me = as_contractor(&approved(ctx, 1, &["90210"], &["ac_repair"]).await);
        let seen = NewBusiness::of(&profile::get(ctx, &me).await.expect("there").contractor);
        let first = NewBusiness { phone: Some("3105559999".into()), about: Some("Since 1999.\nDay and night.".into()), ..seen.clone() };
        profile::set_business(ctx, &me, &first, Some(&seen)).await.expect("kept");
        let now = NewBusiness::of(&profile::get(ctx, &me).await.expect("there").contractor);
        let second = NewBusiness { business_name: Some("New Name".into()), ..seen.clone() };
        let told = profile::set_business(ctx, &me, &second, Some(&seen)).await.expect_err("changed");
        let Problem::Changed(fields) = told else { panic!("changed, not {told}") };
        let told: Vec<&str> = fields.iter().map(|field| field.field.as_ref()).collect();
        assert_eq!(told, ["phone", "about"], "{}", db.name());
        assert_eq!(fields[1].message, "is now Since 1999.\nDay and night.");
        profile::set_business(ctx, &me, &NewBusiness { business_name: Some("New Name".into()), ..now.clone() }, Some(&now))
            .await
            .expect("kept");
        let kept = profile::get(ctx, &me).await.expect("there").contractor;
        assert_eq!((kept.business_name.as_str(), NewBusiness::of(&kept).phone), ("New Name", now.phone));
    }
}

#[tokio::test]
async fn notes_are_for_their_writer_and_the_administrator() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let lead = submit_first(&db).await;
        let me = as_contractor(&lead.1);
        let other = as_contractor(&approved(ctx, 2, &["90210"], &["ac_repair"]).await);
        let first = notes::add(ctx, &me, &lead.0, "  Gate code 1234 ").await.expect("added");
        assert_eq!(notes::add(ctx, &me, &lead.0, "Gate code 1234").await.expect("sent twice"), first);
        db.advance(Duration::minutes(5));
        let second = notes::add(ctx, &me, &lead.0, "Wants a quote").await.expect("added");
        notes::edit(ctx, &me, &lead.0, &first, "Gate code 4321").await.expect("edited");
        let own = notes::list(ctx, &me, &lead.0).await.expect("listed");
        assert_eq!(own.iter().map(|n| n.body.as_str()).collect::<Vec<_>>(), ["Wants a quote", "Gate code 4321"], "{}", db.name());
        assert!(own[1].updated_at > own[1].created_at);
        assert_eq!(notes::list(ctx, &admin(), &lead.0).await.expect("listed").len(), 2);
        assert!(notes::list(ctx, &other, &lead.0).await.expect("nothing of theirs").is_empty());
        assert!(matches!(notes::add(ctx, &other, &lead.0, "x").await, Err(Problem::NotFound { .. })));
        assert!(matches!(notes::edit(ctx, &other, &lead.0, &first, "x").await, Err(Problem::NotFound { .. })));
        assert!(matches!(notes::delete(ctx, &other, &lead.0, &first).await, Err(Problem::NotFound { .. })));
        assert!(matches!(notes::add(ctx, &admin(), &lead.0, "x").await, Err(Problem::Forbidden(_))));
        assert!(matches!(notes::add(ctx, &me, &lead.0, " ").await, Err(Problem::Invalid(_))));
        notes::delete(ctx, &me, &lead.0, &second).await.expect("deleted");
        assert!(matches!(notes::delete(ctx, &me, &lead.0, &second).await, Err(Problem::NotFound { .. })));
        // Once another has the lead, so is the note gone for its writer.
        db.advance(Duration::hours(13));
        deadlines::watch(ctx).await.expect("watched");
        assert!(matches!(notes::edit(ctx, &me, &lead.0, &first, "x").await, Err(Problem::NotFound { .. })));
        assert!(notes::list(ctx, &other, &lead.0).await.expect("nothing").is_empty());
    }
}

async fn submit_first(db: &TestDb) -> (String, String) {
    let id = approved(&db.ctx, 1, &["90210"], &["ac_repair"]).await;
    (submit_sample(&db.ctx).await.lead_id, id)
}

/// Channel and template of what was tried to send to contractors.
async fn told(ctx: &Ctx) -> Vec<(String, String)> {
    let sql = "select channel, template from notification_logs where contractor_id is not null and template in
               ('new_lead', 'deadline_near', 'deadline_missed', 'invoice', 'payment_received') order by template, channel";
    fetch_all!(&mut ctx.db.read().await.expect("a connection"), (String, String), sql).expect("rows")
}

#[tokio::test]
async fn people_are_told_what_they_chose() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let me = as_contractor(&id);
        let choices = |on: &[&str]| NewChoices { on: on.iter().map(ToString::to_string).collect() };
        assert!(matches!(notifications::save(ctx, &me, &choices(&["bill:email"])).await, Err(Problem::Invalid(_))));
        assert!(notifications::get(ctx, &me).await.expect("there").choices.is_on(Occasion::NewLead, Channel::Email), "as before");
        notifications::save(ctx, &me, &choices(&["new_lead:sms", "lead_lost:email"])).await.expect("kept");
        notifications::save(ctx, &me, &choices(&["new_lead:sms", "lead_lost:email"])).await.expect("again");
        submit_sample(ctx).await;
        db.advance(Duration::hours(10));
        deadlines::watch(ctx).await.expect("watched");
        db.advance(Duration::hours(3));
        deadlines::watch(ctx).await.expect("watched");
        run_jobs(ctx).await;
        let pair = |channel: &str, template: &str| (channel.to_owned(), template.to_owned());
        assert_eq!(told(ctx).await, [pair("email", "deadline_missed"), pair("sms", "new_lead")], "{}", db.name());
        let kept = notifications::get(ctx, &me).await.expect("there").choices;
        assert_eq!(kept.all().filter(|(.., on)| *on).count(), 2);
        assert!(matches!(notifications::get(ctx, &Caller::Anyone).await, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn who_has_not_called_is_told_once_that_time_runs_out() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let called = submit_sample(ctx).await;
        submit_sample(ctx).await;
        contractor_desk::set_status(ctx, &as_contractor(&id), &called.lead_id, LeadStatus::Contacted).await.expect("moved");
        // Of twelve hours three are left.
        db.advance(Duration::hours(9) - Duration::seconds(1));
        deadlines::watch(ctx).await.expect("watched");
        run_jobs(ctx).await;
        let reminders = "select count(*) from notification_logs where template = 'deadline_near'";
        assert_eq!(count(ctx, reminders).await, 0, "{}", db.name());
        db.advance(Duration::seconds(1));
        for _ in 0..2 {
            deadlines::watch(ctx).await.expect("watched");
        }
        run_jobs(ctx).await;
        assert_eq!(count(ctx, reminders).await, 2, "{}: one mail and one text", db.name());
    }
}

#[tokio::test]
async fn figures_are_compared_once_there_are_enough_others() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let me = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let others = [
            approved(ctx, 2, &["90210"], &["ac_repair"]).await,
            approved(ctx, 3, &["90210"], &["ac_repair"]).await,
            approved(ctx, 4, &["90210"], &["ac_repair"]).await,
        ];
        // Somewhere else, and so no neighbour.
        approved(ctx, 5, &["10001"], &["ac_repair"]).await;
        let mut leads = Vec::new();
        for _ in 0..4 {
            let submitted = submit_sample(ctx).await;
            leads.push((submitted.lead_id.clone(), contractor_of(&submitted).to_owned()));
        }
        // Each has one; the first answers after ten minutes, the others after 20, 40 and 60.
        let of = |id: &str| leads.iter().find(|(_, who)| who == id).map(|(lead, _)| lead.clone()).expect("each has one");
        let mut figures = Vec::new();
        for (id, minutes) in [(&me, 10), (&others[0], 10), (&others[1], 20), (&others[2], 20)] {
            db.advance(Duration::minutes(minutes));
            contractor_desk::set_status(ctx, &as_contractor(id), &of(id), LeadStatus::Contacted).await.expect("moved");
            figures.push(performance::get(ctx, &as_contractor(&me)).await.expect("figures").response_minutes);
        }
        assert!(figures.iter().all(|f| f.own == Some(10.0)), "{}: {figures:?}", db.name());
        assert_eq!(figures.iter().map(|f| f.area).collect::<Vec<_>>(), [None, None, None, Some(40.0)]);
        let all = performance::get(ctx, &as_contractor(&me)).await.expect("figures");
        assert_eq!((all.received, all.lost), (1, 0));
        assert_eq!((all.contact_rate.own, all.conversion.own), (Some(100.0), Some(0.0)));
        assert_eq!(all.months.len(), 12);
        let this = all.months.last().expect("this month");
        assert_eq!((this.first_day.to_string().as_str(), this.leads, this.response_minutes), ("2025-10-01", 1, Some(10.0)));
        assert_eq!(all.months.iter().map(|m| m.leads).sum::<i64>(), 1);
        assert!(matches!(performance::get(ctx, &admin()).await, Err(Problem::Forbidden(_))));
    }
}
