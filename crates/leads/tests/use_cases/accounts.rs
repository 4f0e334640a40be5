use crate::support::{admin, approved, is_conflict, join, link_in, run_jobs};
use chrono::Duration;
use kernel::{Outcome, Problem};
use leads::contractor::{ContractorStatus, NewContractor};
use leads::contractors::{self, approve, authenticate, reactivate, register, request_password_reset, set_password, suspend};
use leads::sign_in::change_password;
use leads::views::ContractorView;
use platform::auth::{self, Audience, Caller};
use platform::sessions::Device;
use platform::{Ctx, testing};

async fn login(ctx: &Ctx, email: &str, password: &str) -> Outcome<(ContractorView, String)> {
    contractors::login(ctx, email, password, None, &Device::default()).await
}

#[tokio::test]
async fn joining_approval_and_the_first_password() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let new = NewContractor {
            business_name: Some("HVAC Pros".into()),
            email: Some("contractor@example.com".into()),
            phone: Some("5559876543".into()),
            service_zip_codes: vec!["90210".into(), "90211".into()],
            specializations: vec!["ac_repair".into()],
            ..NewContractor::default()
        };
        let joined = register(ctx, &new).await.expect("joined");
        assert_eq!((joined.status, joined.is_approved, joined.has_password), (ContractorStatus::Inactive, false, false));
        assert!(matches!(approve(ctx, &auth::Caller::Anyone, &joined.id).await, Err(Problem::Forbidden(_))));
        assert!(matches!(approve(ctx, &admin(), "nobody").await, Err(Problem::NotFound { what: "Contractor", .. })));
        let view = approve(ctx, &admin(), &joined.id).await.expect("approved");
        assert_eq!((view.status, view.is_approved, view.approved_at), (ContractorStatus::Active, true, Some(ctx.now())));
        run_jobs(ctx).await;
        let sent = db.mails().len();
        approve(ctx, &admin(), &joined.id).await.expect("again");
        run_jobs(ctx).await;
        assert_eq!(db.mails().len(), sent, "{}: one onboarding mail", db.name());

        let token = link_in(&db, "/set-password/");
        assert!(matches!(set_password(ctx, &token, "short").await, Err(Problem::Invalid(_))));
        assert_eq!(set_password(ctx, &token, "correct horse").await.expect("set"), joined.id);
        assert!(is_conflict(&set_password(ctx, &token, "another one").await.expect_err("used"), "link_used"));
        let (view, token) = login(ctx, " Contractor@Example.com ", "correct horse").await.expect("signed in");
        assert_eq!(view.id, joined.id);
        assert_eq!(authenticate(ctx, &token).await.expect("known").service_zip_codes.len(), 2);
    }
}

#[tokio::test]
async fn who_may_not_enter_is_told_why_only_with_the_right_password() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = join(ctx, 1, &["90210"], &["ac_repair"]).await;
        let wrong = |problem: Problem| matches!(problem, Problem::Unauthenticated("Invalid authentication credentials"));
        assert!(wrong(login(ctx, "nobody@example.com", "correct horse").await.expect_err("unknown")));
        assert!(wrong(login(ctx, "business1@example.com", "wrong horse").await.expect_err("wrong")));
        assert!(wrong(login(ctx, "business1@example.com", &"x".repeat(100)).await.expect_err("too long")));
        assert!(matches!(login(ctx, "business1@example.com", "correct horse").await, Err(Problem::Forbidden(_))), "waits for approval");
        approve(ctx, &admin(), &id).await.expect("approved");
        let (_, token) = login(ctx, "business1@example.com", "correct horse").await.expect("signed in");
        suspend(ctx, &admin(), &id, None).await.expect("suspended");
        assert!(matches!(login(ctx, "business1@example.com", "correct horse").await, Err(Problem::Forbidden(_))));
        assert!(matches!(authenticate(ctx, &token).await, Err(Problem::Forbidden(_))));
        assert_eq!(reactivate(ctx, &admin(), &id).await.expect("back").status, ContractorStatus::Active);
        authenticate(ctx, &token).await.expect("back");
    }
}

#[tokio::test]
async fn tokens_end_with_time_a_new_password_and_at_other_portals() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let me = Caller::Contractor(id);
        let (_, token) = login(ctx, "business1@example.com", "correct horse").await.expect("signed in");
        let admins = auth::issue(ctx, Audience::Admin, "admin", Duration::hours(1)).expect("issued");
        assert!(matches!(authenticate(ctx, &admins).await, Err(Problem::Forbidden(_))));
        assert!(matches!(authenticate(ctx, "nonsense").await, Err(Problem::Unauthenticated(_))));
        db.advance(Duration::minutes(1));
        assert!(matches!(change_password(ctx, &me, "wrong", "better horse", &Device::default()).await, Err(Problem::Invalid(_))));
        let renewed = change_password(ctx, &me, "correct horse", "better horse", &Device::default()).await.expect("changed");
        assert!(matches!(authenticate(ctx, &token).await, Err(Problem::Unauthenticated(_))), "{}: older tokens end", db.name());
        authenticate(ctx, &renewed).await.expect("the new one");
        db.advance(Duration::hours(24) + Duration::seconds(1));
        assert!(matches!(authenticate(ctx, &renewed).await, Err(Problem::Unauthenticated(_))), "a day later");
    }
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_mail_and_strangers_learn_nothing() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let before = db.mails().len();
        request_password_reset(ctx, "nobody@example.com").await.expect("the same answer");
        run_jobs(ctx).await;
        assert_eq!(db.mails().len(), before);
        request_password_reset(ctx, "business1@example.com").await.expect("the same answer");
        run_jobs(ctx).await;
        let token = link_in(&db, "/set-password/");
        db.advance(Duration::minutes(61));
        assert!(is_conflict(&set_password(ctx, &token, "better horse").await.expect_err("too late"), "link_expired"));
        request_password_reset(ctx, "business1@example.com").await.expect("again");
        run_jobs(ctx).await;
        set_password(ctx, &link_in(&db, "/set-password/"), "better horse").await.expect("set");
        login(ctx, "business1@example.com", "better horse").await.expect("signed in");
    }
}
