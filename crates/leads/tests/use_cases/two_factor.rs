//! Two-factor sign-in: set up, asked for, each code once, lost and found.

use crate::support::{admin, approved, is_conflict};
use chrono::Duration;
use kernel::{Outcome, Problem, StaffRole};
use leads::sign_in::{CODE_REQUIRED, CODE_WRONG, Entered, identify, login, second_step, sign_in};
use leads::two_factor::{self, RECOVERY_CODES, TwoFactor};
use platform::auth::{Caller, Staff};
use platform::sessions::Device;
use platform::testing::TestDb;
use platform::{Ctx, fetch_all, testing, totp};

const EMAIL: &str = "business1@example.com";

/// The bytes of a key as people see it.
fn unbase32(text: &str) -> Vec<u8> {
    let letters = text.chars().filter_map(|c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c));
    let bits: String = letters.map(|n| format!("{n:05b}")).collect();
    bits.as_bytes().chunks_exact(8).map(|b| u8::from_str_radix(std::str::from_utf8(b).expect("ascii"), 2).expect("bits")).collect()
}

/// A contractor with two-factor sign-in, the app's key and the recovery codes.
async fn set_up(db: &TestDb) -> (Caller, Vec<u8>, Vec<String>) {
    let ctx = &db.ctx;
    let me = Caller::Contractor(approved(ctx, 1, &["90210"], &["ac_repair"]).await);
    assert_eq!(two_factor::get(ctx, &me).await.expect("shown"), TwoFactor::Off);
    two_factor::start(ctx, &me).await.expect("started");
    let TwoFactor::SettingUp { key, qr_svg, recovery_codes } = two_factor::get(ctx, &me).await.expect("shown") else { panic!("set up") };
    assert!(qr_svg.starts_with("<svg"));
    let key = unbase32(&key);
    two_factor::confirm(ctx, &me, &totp::code(&key, ctx.now())).await.expect("confirmed");
    // The code of the confirmation is used up; the next one is of another half minute.
    db.advance(Duration::seconds(60));
    (me, key, recovery_codes)
}

async fn step(ctx: &Ctx) -> String {
    match sign_in(ctx, EMAIL, "correct horse", &Device::default()).await.expect("the password is right") {
        Entered::CodeNeeded(token) => token,
        other => panic!("a code is needed, not {other:?}"),
    }
}

async fn call(ctx: &Ctx, code: Option<&str>) -> Outcome<String> {
    login(ctx, EMAIL, "correct horse", code, &Device::default()).await.map(|(_, token)| token)
}

fn is_wrong<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Err(Problem::Invalid(fields)) if fields[0].field == "code")
}

#[tokio::test]
async fn it_asks_nothing_before_the_first_code_and_a_code_after_it() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let me = Caller::Contractor(approved(ctx, 1, &["90210"], &["ac_repair"]).await);
        two_factor::start(ctx, &me).await.expect("started");
        let before = two_factor::get(ctx, &me).await.expect("shown");
        two_factor::start(ctx, &me).await.expect("again");
        assert_eq!(two_factor::get(ctx, &me).await.expect("shown"), before, "{}: the key stays the one that was scanned", db.name());
        call(ctx, None).await.expect("nothing is asked yet");
        assert!(is_wrong(&two_factor::confirm(ctx, &me, "000000").await));
        two_factor::cancel(ctx, &me).await.expect("ended");
        assert!(is_conflict(&two_factor::confirm(ctx, &me, "000000").await.expect_err("ended"), "not_started"));
    }
    for db in testing::databases().await {
        let (ctx, (me, key, _)) = (&db.ctx, set_up(&db).await);
        assert!(matches!(two_factor::get(ctx, &me).await, Ok(TwoFactor::On { codes_left, .. }) if codes_left == RECOVERY_CODES as i64));
        let token = step(ctx).await;
        assert!(identify(ctx, &token).await.is_err(), "the step's token opens no door");
        assert!(is_wrong(&second_step(ctx, &token, "000000", &Device::default()).await));
        let code = totp::code(&key, ctx.now());
        let (_, session) = second_step(ctx, &token, &code, &Device::default()).await.expect("in");
        assert_eq!(identify(ctx, &session).await.expect("known"), me);
        assert!(
            matches!(second_step(ctx, &token, &code, &Device::default()).await, Err(Problem::Unauthenticated(_))),
            "the step is used up"
        );
        assert!(is_wrong(&second_step(ctx, &step(ctx).await, &code, &Device::default()).await), "{}: a code works once", db.name());
        let late = step(ctx).await;
        db.advance(Duration::minutes(11));
        let code = totp::code(&key, ctx.now());
        assert!(matches!(second_step(ctx, &late, &code, &Device::default()).await, Err(Problem::Unauthenticated(_))), "too late");
    }
}

#[tokio::test]
async fn a_code_that_comes_twice_at_once_lets_one_in() {
    for db in testing::databases().await {
        let (ctx, (_, key, _)) = (&db.ctx, set_up(&db).await);
        let code = totp::code(&key, ctx.now());
        let (first, second) = (step(ctx).await, step(ctx).await);
        let device = Device::default();
        let (a, b) = tokio::join!(second_step(ctx, &first, &code, &device), second_step(ctx, &second, &code, &device));
        assert_eq!([&a, &b].iter().filter(|o| o.is_ok()).count(), 1, "{}: {a:?} {b:?}", db.name());
    }
}

#[tokio::test]
async fn programs_send_the_code_with_the_password() {
    for db in testing::databases().await {
        let (ctx, (_, key, codes)) = (&db.ctx, set_up(&db).await);
        assert!(matches!(call(ctx, None).await, Err(Problem::Unauthenticated(CODE_REQUIRED))));
        assert!(matches!(call(ctx, Some("000000")).await, Err(Problem::Unauthenticated(CODE_WRONG))));
        let code = totp::code(&key, ctx.now());
        call(ctx, Some(&code)).await.expect("in");
        assert!(matches!(call(ctx, Some(&code)).await, Err(Problem::Unauthenticated(CODE_WRONG))), "once");
        // Typed as people type: small letters, spaces for dashes.
        call(ctx, Some(&codes[0].to_lowercase().replace('-', " "))).await.expect("a recovery code lets in");
        assert!(matches!(call(ctx, Some(&codes[0])).await, Err(Problem::Unauthenticated(CODE_WRONG))), "{}: once", db.name());
        call(ctx, Some(&codes[1])).await.expect("another one");
    }
}

#[tokio::test]
async fn guessing_codes_ends_soon() {
    for db in testing::databases().await {
        let (ctx, (_, key, _)) = (&db.ctx, set_up(&db).await);
        for _ in 0..10 {
            assert!(is_wrong(&second_step(ctx, &step(ctx).await, "000000", &Device::default()).await));
        }
        let token = step(ctx).await;
        let code = totp::code(&key, ctx.now());
        assert!(matches!(second_step(ctx, &token, &code, &Device::default()).await, Err(Problem::TooMany { .. })), "{}", db.name());
        db.advance(Duration::minutes(16));
        second_step(ctx, &step(ctx).await, &totp::code(&key, ctx.now()), &Device::default()).await.expect("later the right one works");
    }
}

#[tokio::test]
async fn it_is_switched_off_with_password_and_code_or_by_who_looks_after_the_account() {
    for db in testing::databases().await {
        let (ctx, (me, key, codes)) = (&db.ctx, set_up(&db).await);
        let code = totp::code(&key, ctx.now());
        let wrong = two_factor::switch_off(ctx, &me, "wrong horse", &code).await;
        assert!(matches!(wrong, Err(Problem::Invalid(fields)) if fields[0].field == "password"));
        assert!(is_wrong(&two_factor::switch_off(ctx, &me, "correct horse", "000000").await));
        two_factor::switch_off(ctx, &me, "correct horse", &code).await.expect("off");
        call(ctx, None).await.expect("the password is enough");
        assert!(two_factor::get(ctx, &me).await.expect("shown") == TwoFactor::Off);

        two_factor::start(ctx, &me).await.expect("started");
        let TwoFactor::SettingUp { key: anew, recovery_codes, .. } = two_factor::get(ctx, &me).await.expect("shown") else {
            panic!("set up")
        };
        assert!(unbase32(&anew) != key && recovery_codes != codes, "nothing old comes back");
        two_factor::confirm(ctx, &me, &totp::code(&unbase32(&anew), ctx.now())).await.expect("on");
        let Caller::Contractor(id) = &me else { panic!("a contractor") };
        let finance = Staff { id: "s".into(), name: "Dana Reyes".into(), email: "dana@example.com".into(), role: StaffRole::Finance };
        for stranger in [Caller::Anyone, me.clone(), Caller::Staff(finance)] {
            assert!(matches!(two_factor::reset(ctx, &stranger, id).await, Err(Problem::Forbidden(_))), "{}: {stranger:?}", db.name());
        }
        two_factor::reset(ctx, &admin(), id).await.expect("reset");
        call(ctx, None).await.expect("the password is enough");
        assert!(matches!(two_factor::reset(ctx, &admin(), id).await, Err(Problem::NotFound { .. })));
    }
}

#[tokio::test]
async fn the_database_holds_no_key_and_no_code_that_can_be_read() {
    for db in testing::databases().await {
        let (ctx, (_, key, codes)) = (&db.ctx, set_up(&db).await);
        let mut conn = ctx.db.read().await.expect("a connection");
        let sealed = fetch_all!(conn, (String,), "select sealed from two_factor").expect("rows");
        let hashes = fetch_all!(conn, (String,), "select code_hash from recovery_codes").expect("rows");
        assert_eq!((sealed.len(), hashes.len()), (1, RECOVERY_CODES));
        let shown = totp::base32(&key);
        assert!(!sealed[0].0.contains(&shown) && !sealed[0].0.contains("key"), "encrypted");
        let plain: Vec<String> = codes.iter().map(|c| c.replace('-', "")).collect();
        assert!(hashes.iter().all(|(hash,)| !plain.contains(hash)), "only hashes");
    }
}
