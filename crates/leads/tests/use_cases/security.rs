//! Where somebody is signed in, and how they sign out there.

use crate::support::{admin, approved};
use chrono::Duration;
use kernel::Problem;
use leads::security::{SessionView, list_sessions, sign_out_others, sign_out_session};
use leads::sign_in::{ADMINISTRATOR, Entered, authenticate_admin, change_password, identify, login, sign_in};
use platform::auth::{self, Caller};
use platform::sessions::Device;
use platform::{Ctx, testing};

fn device(agent: &str, address: &str) -> Device {
    Device { agent: agent.into(), address: address.parse().ok() }
}

async fn enter(ctx: &Ctx, n: usize, agent: &str) -> String {
    let email = format!("business{n}@example.com");
    login(ctx, &email, "correct horse", None, &device(agent, "203.0.113.77")).await.expect("signed in").1
}

fn session_of(ctx: &Ctx, token: &str) -> String {
    auth::read(ctx, token).expect("ours").jti
}

fn devices(sessions: &[SessionView]) -> Vec<&str> {
    sessions.iter().map(|s| s.device.as_str()).collect()
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_sign_out_there() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let me = Caller::Contractor(approved(ctx, 1, &["90210"], &["ac_repair"]).await);
        let other = Caller::Contractor(approved(ctx, 2, &["90210"], &["ac_repair"]).await);
        let phone = enter(ctx, 1, "Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1").await;
        db.advance(Duration::minutes(1));
        let desk = enter(ctx, 1, "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36").await;
        let program = enter(ctx, 1, "curl/8.5.0").await;
        let theirs = enter(ctx, 2, "curl/8.5.0").await;

        let this = session_of(ctx, &desk);
        let sessions = list_sessions(ctx, &me, &this).await.expect("listed");
        assert_eq!(devices(&sessions), ["Chrome on Windows", "A program (curl)", "Safari on iPhone"], "{}", db.name());
        assert!(sessions[0].is_this && !sessions[1].is_this);
        assert_eq!(sessions[0].address, "203.0.113.x", "not the whole address");

        let not_mine = sign_out_session(ctx, &me, &session_of(ctx, &theirs)).await;
        assert!(matches!(not_mine, Err(Problem::NotFound { .. })), "another's session is not there");
        sign_out_session(ctx, &me, &session_of(ctx, &phone)).await.expect("ended");
        assert!(matches!(identify(ctx, &phone).await, Err(Problem::Unauthenticated(_))));
        assert_eq!(identify(ctx, &desk).await.expect("goes on"), me);

        assert_eq!(sign_out_others(ctx, &me, &this).await.expect("ended"), 1);
        assert!(matches!(identify(ctx, &program).await, Err(Problem::Unauthenticated(_))));
        assert_eq!(devices(&list_sessions(ctx, &me, &this).await.expect("listed")), ["Chrome on Windows"]);
        assert_eq!(identify(ctx, &theirs).await.expect("another account is not touched"), other);
        auth::revoke(ctx, &desk).await.expect("signed out");
        assert!(list_sessions(ctx, &me, &this).await.expect("listed").is_empty());
    }
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let me = Caller::Contractor(approved(ctx, 1, &["90210"], &["ac_repair"]).await);
        let (first, second) = (enter(ctx, 1, "curl/8.5.0").await, enter(ctx, 1, "curl/8.5.0").await);
        let wrong = change_password(ctx, &me, "wrong horse", "better horse", &Device::default()).await;
        assert!(matches!(wrong, Err(Problem::Invalid(fields)) if fields[0].field == "currentPassword"));
        let renewed = change_password(ctx, &me, "correct horse", "better horse", &device("curl/8.5.0", "::1")).await.expect("changed");
        for old in [&first, &second] {
            assert!(matches!(identify(ctx, old).await, Err(Problem::Unauthenticated(_))), "{}", db.name());
        }
        assert_eq!(identify(ctx, &renewed).await.expect("the new one"), me);
        assert_eq!(list_sessions(ctx, &me, &session_of(ctx, &renewed)).await.expect("listed").len(), 1);
    }
}

#[tokio::test]
async fn a_session_is_seen_to_five_minutes_and_ends_after_a_day() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let Entered::In(_, token) = sign_in(ctx, "admin", "test-admin-password", &device("curl/8.5.0", "::1")).await.expect("in") else {
            panic!("no second step")
        };
        let seen = async || list_sessions(ctx, &admin(), "").await.expect("listed")[0].seen_at;
        let start = seen().await;
        db.advance(Duration::minutes(4));
        authenticate_admin(ctx, &token).await.expect("known");
        assert_eq!(seen().await, start, "{}: not every request writes", db.name());
        db.advance(Duration::minutes(1));
        authenticate_admin(ctx, &token).await.expect("known");
        assert_eq!(seen().await, ctx.now());
        db.advance(Duration::hours(24));
        assert!(authenticate_admin(ctx, &token).await.is_err());
        assert!(list_sessions(ctx, &admin(), ADMINISTRATOR).await.expect("listed").is_empty());
        let staff = change_password(ctx, &admin(), "test-admin-password", "better horse", &Device::default()).await;
        assert!(matches!(staff, Err(Problem::Forbidden(_))), "the administrator's password is a setting");
    }
}
