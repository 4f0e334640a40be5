//! Why a lead went where it went, and giving it to somebody else by hand.

use crate::support::{admin, approved, check_books, contractor_of, count, is_conflict, mails, run_jobs, staff, submit_sample};
use chrono::Duration;
use kernel::{FieldError, Id, Problem, StaffRole};
use leads::decisions::{Decision, Occasion, Rule, Verdict};
use leads::intake::submit;
use leads::lead::{LeadStatus, NewLead};
use leads::reassigning::{self, Reassignment};
use leads::{admin_desk, contractor_desk, contractors, deadlines, profile};
use platform::auth::Caller;
use platform::{Ctx, testing};

async fn decisions(ctx: &Ctx, lead_id: &str) -> Vec<Decision> {
    admin_desk::get_file(ctx, &admin(), lead_id).await.expect("there").decisions
}

fn verdict(decision: &Decision, id: &str) -> Option<Verdict> {
    decision.considered.iter().find(|c| c.contractor_id == id).map(|c| c.verdict)
}

fn order(to: &str, seen: Option<&str>) -> Reassignment {
    Reassignment { contractor_id: Some(to.into()), reason: Some("They are on holiday".into()), seen: seen.map(Into::into) }
}

#[tokio::test]
async fn a_lead_tells_who_was_considered_and_why_this_one_got_it() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let mut ids = Vec::new();
        for n in 1..=5 {
            let able = if n == 4 { "maintenance" } else { "ac_repair" };
            ids.push(approved(ctx, n, &["90210"], &[able]).await);
        }
        let elsewhere = approved(ctx, 6, &["90211"], &["ac_repair"]).await;
        profile::pause(ctx, &Caller::Contractor(ids[2].clone()), "").await.expect("paused");
        contractors::suspend(ctx, &admin(), &ids[4], None).await.expect("suspended");
        let first = submit_sample(ctx).await;
        let chosen = contractor_of(&first).to_owned();
        let next = ids[..2].iter().find(|id| **id != chosen).expect("the other").clone();
        let [decision] = &decisions(ctx, &first.lead_id).await[..] else { panic!("one decision") };
        assert_eq!((decision.occasion, decision.rule, decision.unlisted), (Occasion::Submitted, Rule::Tie, 0), "{}", db.name());
        assert_eq!(decision.chosen().map(|c| c.contractor_id.as_str()), Some(chosen.as_str()));
        assert_eq!(verdict(decision, &next), Some(Verdict::Eligible));
        assert_eq!(verdict(decision, &ids[2]), Some(Verdict::Paused));
        assert_eq!(verdict(decision, &ids[3]), Some(Verdict::OtherWork));
        assert_eq!(verdict(decision, &ids[4]), Some(Verdict::Suspended));
        assert_eq!(verdict(decision, &elsewhere), None, "who does not serve the ZIP code is not listed");

        // It tells what was true then, whatever comes later.
        contractors::suspend(ctx, &admin(), &chosen, None).await.expect("suspended");
        assert_eq!(verdict(&decisions(ctx, &first.lead_id).await[0], &chosen), Some(Verdict::Chosen));
        contractors::reactivate(ctx, &admin(), &chosen).await.expect("back");
        let second = submit_sample(ctx).await;
        assert_eq!(decisions(ctx, &second.lead_id).await[0].rule, Rule::Load);
        // The response time passes: the next decision says who had it already.
        db.advance(Duration::hours(13));
        deadlines::watch(ctx).await.expect("watched");
        let all = decisions(ctx, &first.lead_id).await;
        assert_eq!((all.len(), all[0].occasion), (2, Occasion::DeadlineMissed));
        assert_eq!((verdict(&all[0], &chosen), verdict(&all[0], &next)), (Some(Verdict::AlreadyHad), Some(Verdict::Chosen)));
        // Nobody can take it: that is a decision too.
        let nowhere = NewLead { customer_zip: Some("90211".into()), service_type: Some("maintenance".into()), ..NewLead::sample() };
        let waiting = submit(ctx, &Caller::Anyone, &nowhere, "web").await.expect("submitted");
        let decision = &decisions(ctx, &waiting.lead_id).await[0];
        assert_eq!((decision.rule, verdict(decision, &elsewhere)), (Rule::Nobody, Some(Verdict::OtherWork)));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn an_administrator_gives_a_lead_to_another_contractor() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let (a, b) = (approved(ctx, 1, &["90210"], &["ac_repair"]).await, approved(ctx, 2, &["90210"], &["ac_repair"]).await);
        let stranger = approved(ctx, 3, &["90211"], &["ac_repair"]).await;
        let lead = submit_sample(ctx).await;
        let id = lead.lead_id.as_str();
        let had = contractor_of(&lead).to_owned();
        let other: Id = if had == a { b } else { a };
        contractor_desk::set_status(ctx, &Caller::Contractor(had.clone()), id, LeadStatus::Contacted).await.expect("moved");
        let refused = |order: Reassignment| async move { reassigning::reassign(ctx, &admin(), id, &order).await.expect_err("refused") };
        let Problem::Invalid(fields) = refused(Reassignment::default()).await else { panic!("two fields are missing") };
        assert_eq!(
            fields,
            [FieldError::new("contractorId", FieldError::REQUIRED), FieldError::new("reason", FieldError::REQUIRED)],
            "{}",
            db.name()
        );
        assert!(matches!(refused(order(&stranger, None)).await, Problem::Invalid(f) if f[0].message.contains("does not serve")));
        assert!(matches!(refused(order(&had, None)).await, Problem::Invalid(f) if f[0].message.contains("has or had")));
        assert!(reassigning::reassign(ctx, &Caller::Contractor(other.clone()), id, &order(&other, None)).await.is_err());
        run_jobs(ctx).await;
        let before = mails(&db).len();

        db.advance(Duration::hours(2));
        let moved = reassigning::reassign(ctx, &admin(), id, &order(&other, Some(&had))).await.expect("moved");
        let now_with = moved.assignment.clone().expect("somebody has it");
        assert_eq!((now_with.contractor_id.as_str(), moved.status, moved.first_contact_at), (other.as_str(), LeadStatus::Assigned, None));
        assert_eq!(now_with.response_deadline, ctx.now() + Duration::hours(12));
        assert!(contractor_desk::get_lead(ctx, &had, id).await.is_err(), "no longer theirs");
        check_books(ctx).await;
        run_jobs(ctx).await;
        let told = mails(&db)[before..].join("\n");
        assert!(
            told.contains("No longer your lead") && told.contains("They are on holiday") && told.contains("New Platinum lead"),
            "{told}"
        );
        let file = admin_desk::get_file(ctx, &admin(), id).await.expect("there");
        assert_eq!((file.decisions[0].rule, file.decisions[0].reason.as_deref()), (Rule::ByHand, Some("They are on holiday")));
        let kinds: Vec<&str> = file.page.history.iter().map(|h| h.kind.as_str()).collect();
        for kind in ["lead_submitted", "lead_assigned", "lead_contacted", "lead_reassigned", "email_sent", "sms_sent"] {
            assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
        }
        assert!(file.page.history.is_sorted_by_key(|h| h.at));
        assert_eq!(count(ctx, "select count(*) from audit_log where action = 'lead_reassigned'").await, 1);

        // A second administrator who still saw the former contractor is told who has it now.
        let Problem::Changed(fields) = refused(order(&had, Some(&had))).await else { panic!("it changed") };
        assert!(fields[0].message.contains("is now Business"), "{fields:?}");
        contractor_desk::set_status(ctx, &Caller::Contractor(other), id, LeadStatus::Qualified).await.expect("moved");
        assert!(is_conflict(&refused(order(&stranger, None)).await, "lead_qualified"));
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn waiting_leads_are_assigned_many_at_once() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let mut waiting = Vec::new();
        for n in 0..4 {
            let zip = if n == 3 { "99999" } else { "90210" };
            let new = NewLead { customer_phone: Some(format!("555123456{n}")), customer_zip: Some(zip.into()), ..NewLead::sample() };
            waiting.push(submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted").lead_id);
        }
        let (a, b) = (approved_silently(ctx, 1).await, approved_silently(ctx, 2).await);
        let words = |lines: Vec<leads::admin_views::BulkLine>| lines.into_iter().map(|l| (l.is_done, l.words)).collect::<Vec<_>>();
        let none = reassigning::assign_many(ctx, &admin(), &[], None).await.expect_err("none");
        assert!(matches!(none, Problem::Invalid(_)));

        let to_one = [waiting[0].clone(), waiting[3].clone(), "nothing".into(), waiting[0].clone()];
        let lines = words(reassigning::assign_many(ctx, &admin(), &to_one, Some(&b)).await.expect("tried"));
        assert_eq!(
            lines,
            [
                (true, "went to Business 2".to_owned()),
                (false, "cannot take it: does not serve this ZIP code".into()),
                (false, "is gone".into())
            ],
            "{}",
            db.name()
        );
        let lines = words(reassigning::assign_many(ctx, &admin(), &waiting, None).await.expect("tried"));
        assert_eq!(lines[0], (false, "has a contractor already: Business 2".into()));
        assert_eq!((lines[1].0, lines[2].0, lines[3].0), (true, true, false), "{lines:?}");
        let described = words(reassigning::describe_many(ctx, &admin(), &waiting).await.expect("told"));
        assert_eq!(described[0], (true, "is with Business 2".into()));
        let shares = contractors::get(ctx, &a).await.expect("there").total_leads;
        assert!((1..=2).contains(&shares), "routed by the usual rules: {shares}");
        check_books(ctx).await;
    }
}

#[tokio::test]
async fn what_staff_decide_has_their_name() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let dana = staff(StaffRole::Operations);
        let lead = submit_sample(ctx).await;
        db.advance(Duration::minutes(1));
        let (a, b) = (approved_silently(ctx, 1).await, approved_silently(ctx, 2).await);
        reassigning::assign_many(ctx, &dana, std::slice::from_ref(&lead.lead_id), None).await.expect("assigned");
        let had = decisions(ctx, &lead.lead_id).await[0].chosen().expect("somebody").contractor_id.clone();
        let other = if had == a { b } else { a };
        db.advance(Duration::minutes(1));
        reassigning::reassign(ctx, &dana, &lead.lead_id, &order(&other, None)).await.expect("moved");
        let all = decisions(ctx, &lead.lead_id).await;
        let said: Vec<_> = all.iter().map(|decision| (decision.occasion, decision.actor.as_str())).collect();
        let name = "Dana Reyes <dana@example.com>";
        assert_eq!(said[..2], [(Occasion::ByHand, name), (Occasion::Waiting, name)], "{}", db.name());
        let sql = "select count(*) from events where kind = 'lead_reassigned' and actor = 'admin'";
        assert_eq!(count(ctx, sql).await, 1, "contractors see events");
    }
}

/// Approved, but the job that would give them the waiting leads has not run.
async fn approved_silently(ctx: &Ctx, n: usize) -> Id {
    let id = crate::support::join(ctx, n, &["90210"], &["ac_repair"]).await;
    contractors::approve(ctx, &admin(), &id).await.expect("approved");
    id
}
