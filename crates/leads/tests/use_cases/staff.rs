//! The staff of the admin portal: invited, given roles, switched off, never locked out.

use crate::support::{admin, is_conflict, join, link_in, mails, run_jobs};
use kernel::{Order, Page, Permission, Problem, StaffRole};
use leads::contractor::NewContractor;
use leads::contractors;
use leads::sign_in::{Entered, authenticate_admin, identify, request_password_reset, set_password, sign_in};
use leads::staff::{self, NewStaff, StaffSort, StaffView};
use platform::auth::{Audience, Caller, Staff};
use platform::sessions::Device;
use platform::{Ctx, audit, testing};

fn new(name: &str, email: &str, role: &str) -> NewStaff {
    NewStaff { name: Some(name.into()), email: Some(email.into()), role: Some(role.into()) }
}

fn caller(person: &StaffView) -> Caller {
    Caller::Staff(Staff { id: person.id.clone(), name: person.name.clone(), email: person.email.clone(), role: person.role })
}

async fn enter(ctx: &Ctx, email: &str) -> Result<String, Problem> {
    match sign_in(ctx, email, "correct horse", &Device::default()).await? {
        Entered::In(Audience::Admin, token) => Ok(token),
        other => panic!("in the admin portal, not {other:?}"),
    }
}

#[tokio::test]
async fn an_invitation_leads_to_a_password_and_into_the_portal() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let person = staff::invite(ctx, &admin(), &new("Dana Reyes", " Dana@Example.com ", "finance")).await.expect("invited");
        assert_eq!((person.email.as_str(), person.role, person.has_password), ("dana@example.com", StaffRole::Finance, false));
        run_jobs(ctx).await;
        assert!(mails(&db).iter().any(|mail| mail.contains("Dana Reyes") && mail.contains("Finance")), "{}", db.name());
        assert!(matches!(enter(ctx, "dana@example.com").await, Err(Problem::Unauthenticated(_))), "no password yet");

        let link = link_in(&db, "/set-password/");
        assert_eq!(set_password(ctx, &link, "correct horse").await.expect("set"), person.id);
        assert!(is_conflict(&set_password(ctx, &link, "another horse").await.expect_err("used"), "link_used"));
        let token = enter(ctx, "Dana@example.com").await.expect("in");
        let Caller::Staff(dana) = identify(ctx, &token).await.expect("known") else { panic!("a member of staff") };
        assert_eq!((dana.id.as_str(), dana.name.as_str(), dana.role), (person.id.as_str(), "Dana Reyes", StaffRole::Finance));
        assert!(matches!(contractors::authenticate(ctx, &token).await, Err(Problem::Forbidden(_))), "another portal");

        request_password_reset(ctx, "dana@example.com").await.expect("asked");
        run_jobs(ctx).await;
        db.advance(chrono::Duration::seconds(1));
        set_password(ctx, &link_in(&db, "/set-password/"), "correct horse").await.expect("set again");
        assert!(matches!(identify(ctx, &token).await, Err(Problem::Unauthenticated(_))), "older tokens end");

        let listed = staff::list(ctx, &admin(), None, Page { limit: 50, offset: 0 }).await.expect("listed");
        assert_eq!((listed.total, listed.items[0].has_password), (1, true));
    }
}

#[tokio::test]
async fn the_staff_is_sorted() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        for (name, email, role) in [("ann Lee", "ann@example.com", "owner"), ("Bo Reyes", "bo@example.com", "finance")] {
            staff::invite(ctx, &admin(), &new(name, email, role)).await.expect("invited");
            run_jobs(ctx).await;
            db.advance(chrono::Duration::minutes(1));
        }
        set_password(ctx, &link_in(&db, "/set-password/"), "correct horse").await.expect("set");
        enter(ctx, "bo@example.com").await.expect("in");
        let names = async |order: Option<Order<StaffSort>>| {
            let listed = staff::list(ctx, &admin(), order, Page { limit: 50, offset: 0 }).await.expect("listed");
            listed.items.into_iter().map(|person| person.name).collect::<Vec<_>>()
        };
        assert_eq!(names(None).await, ["Bo Reyes", "ann Lee"], "{}: the newest first", db.name());
        for (order, first) in [
            (Order::up(StaffSort::Name), "ann Lee"),
            (Order::down(StaffSort::Name), "Bo Reyes"),
            (Order::up(StaffSort::Role), "Bo Reyes"),
            (Order::down(StaffSort::Role), "ann Lee"),
            (Order::up(StaffSort::Seen), "ann Lee"),
            (Order::down(StaffSort::Seen), "Bo Reyes"),
        ] {
            assert_eq!(names(Some(order)).await[0], first, "{}: {order:?}", db.name());
        }
        assert!(matches!(staff::list(ctx, &Caller::Anyone, None, Page { limit: 1, offset: 0 }).await, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn one_address_is_one_account() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        join(ctx, 1, &["90210"], &["ac_repair"]).await;
        staff::invite(ctx, &admin(), &new("Dana Reyes", "dana@example.com", "owner")).await.expect("invited");
        for taken in ["dana@example.com", "business1@example.com", "admin@example.com"] {
            let again = staff::invite(ctx, &admin(), &new("Someone", taken, "owner")).await.expect_err("taken");
            assert!(is_conflict(&again, "email_taken"), "{} {taken}", db.name());
        }
        let contractor = NewContractor {
            business_name: Some("HVAC Pros".into()),
            email: Some("dana@example.com".into()),
            phone: Some("5559876543".into()),
            service_zip_codes: vec!["90210".into()],
            specializations: vec!["ac_repair".into()],
            ..NewContractor::default()
        };
        assert!(is_conflict(&contractors::register(ctx, &contractor).await.expect_err("taken"), "email_taken"));
        let wrong = staff::invite(ctx, &admin(), &new(" ", "nobody", "boss")).await.expect_err("wrong");
        assert!(matches!(wrong, Problem::Invalid(fields) if fields.len() == 3));
    }
}

#[tokio::test]
async fn roles_and_access_change_at_once_and_nobody_changes_their_own() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let owner = staff::invite(ctx, &admin(), &new("Olga Owens", "olga@example.com", "owner")).await.expect("invited");
        run_jobs(ctx).await;
        set_password(ctx, &link_in(&db, "/set-password/"), "correct horse").await.expect("set");
        let token = enter(ctx, "olga@example.com").await.expect("in");
        let olga = authenticate_admin(ctx, &token).await.expect("known");
        let other = staff::invite(ctx, &olga, &new("Dana Reyes", "dana@example.com", "owner")).await.expect("an owner may invite");

        // The only owner among the staff cannot shut the door behind themselves.
        assert!(is_conflict(&staff::set_role(ctx, &olga, &owner.id, StaffRole::Finance).await.expect_err("own"), "own_account"));
        assert!(is_conflict(&staff::deactivate(ctx, &olga, &owner.id).await.expect_err("own"), "own_account"));

        assert_eq!(staff::set_role(ctx, &olga, &other.id, StaffRole::Operations).await.expect("changed").role, StaffRole::Operations);
        let demoted = StaffView { role: StaffRole::Operations, ..other.clone() };
        for refused in [
            staff::invite(ctx, &caller(&demoted), &new("X", "x@example.com", "owner")).await,
            staff::set_role(ctx, &caller(&demoted), &owner.id, StaffRole::ReadOnly).await,
            staff::deactivate(ctx, &caller(&demoted), &owner.id).await,
            staff::set_role(ctx, &Caller::Anyone, &owner.id, StaffRole::ReadOnly).await,
        ] {
            assert!(matches!(refused, Err(Problem::Forbidden(_))), "{}: {refused:?}", db.name());
        }

        // The administrator of the settings may do all of it, and takes effect at the next click.
        staff::set_role(ctx, &admin(), &owner.id, StaffRole::ReadOnly).await.expect("changed");
        let olga = authenticate_admin(ctx, &token).await.expect("still signed in");
        assert!(olga.may(Permission::View).is_ok() && olga.may(Permission::Settings).is_err(), "with the role of now");
        staff::deactivate(ctx, &admin(), &owner.id).await.expect("switched off");
        assert!(authenticate_admin(ctx, &token).await.is_err(), "signed out at once");
        assert!(matches!(enter(ctx, "olga@example.com").await, Err(Problem::Forbidden(_))));
        staff::reactivate(ctx, &admin(), &owner.id).await.expect("back");
        enter(ctx, "olga@example.com").await.expect("in again");
        assert!(matches!(staff::get(ctx, &admin(), "nobody").await, Err(Problem::NotFound { .. })));

        let mut conn = ctx.db.read().await.expect("a connection");
        let entries = audit::list_of_subject(&mut conn, &other.id).await.expect("entries");
        let said: Vec<_> = entries.iter().map(|e| (e.action.as_str(), e.actor.as_str())).collect();
        let by = "Olga Owens <olga@example.com>";
        assert_eq!(said, [("staff_invited", by), ("staff_role_changed", by)], "the log names the person");
    }
}
