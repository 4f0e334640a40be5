//! Tokens, links and the audit log.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use futures::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::Problem;
use platform::auth::{self, Audience, Caller};
use platform::testing::{databases, sqlite};
use platform::{audit, fetch_all, fetch_one, fetch_scalar};
use serde_json::json;

fn is_unauthenticated<T: std::fmt::Debug>(outcome: &Result<T, Problem>) -> bool {
    matches!(outcome, Err(Problem::Unauthenticated("Invalid authentication credentials")))
}

#[tokio::test]
async fn a_token_is_good_for_its_portal_until_it_expires() {
    let db = sqlite().await;
    let token = auth::issue(&db.ctx, Audience::Contractor, "c1", Duration::hours(24)).expect("issued");
    let claims = auth::verify(&db.ctx, &token, Audience::Contractor).expect("good");
    assert_eq!((claims.sub.as_str(), claims.exp - claims.iat), ("c1", 86_400));
    assert!(!claims.issued_before(db.ctx.now()));
    assert!(claims.issued_before(db.ctx.now() + Duration::microseconds(1)));
    assert!(matches!(auth::verify(&db.ctx, &token, Audience::Admin), Err(Problem::Forbidden("This token is for another portal"))));

    db.advance(Duration::hours(24) - Duration::seconds(1));
    assert!(auth::verify(&db.ctx, &token, Audience::Contractor).is_ok());
    db.advance(Duration::seconds(1));
    assert!(is_unauthenticated(&auth::verify(&db.ctx, &token, Audience::Contractor)));
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let db = sqlite().await;
    let token = auth::issue(&db.ctx, Audience::Contractor, "c1", Duration::hours(24)).expect("issued");
    let [head, body, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(body).expect("base64")).expect("text");
    let other_body = URL_SAFE_NO_PAD.encode(json.replace("c1", "c2"));
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);

    let now = db.ctx.now();
    let claims = json!({"sub": "c1", "aud": "contractor", "iat": now.timestamp(), "exp": now.timestamp() + 60, "jti": "x", "iat_us": 0});
    let sign = |algorithm, secret: &str, claims: &serde_json::Value| {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).expect("signed")
    };
    let secret = db.ctx.settings.jwt_secret.expose();
    assert!(auth::verify(&db.ctx, &sign(Algorithm::HS256, secret, &claims), Audience::Contractor).is_ok());

    let mut forged = vec![
        String::new(),
        "x".into(),
        "..".into(),
        format!("{head}.{other_body}.{signature}"),
        format!("{none}.{other_body}."),
        format!("{none}.{body}.{signature}"),
        format!("{head}.{body}."),
        sign(Algorithm::HS256, "another secret", &claims),
        sign(Algorithm::HS512, secret, &claims),
    ];
    for missing in ["sub", "aud", "iat", "exp", "jti"] {
        let mut claims = claims.clone();
        claims.as_object_mut().expect("an object").remove(missing);
        forged.push(sign(Algorithm::HS256, secret, &claims));
    }
    for token in forged {
        assert!(is_unauthenticated(&auth::verify(&db.ctx, &token, Audience::Contractor)), "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_a_link_at_once_one_succeeds() {
    for db in databases().await {
        let mut tx = db.ctx.begin().await.expect("a transaction");
        let token = auth::new_link(&db.ctx, &mut tx, "set_password", "c1", Duration::hours(72)).await.expect("made");
        tx.commit().await.expect("committed");
        let tries = (0..8).map(|_| {
            let (ctx, token) = (db.ctx.clone(), token.clone());
            tokio::spawn(async move {
                let mut tx = ctx.begin().await?;
                let account = auth::use_link(&ctx, &mut tx, "set_password", &token).await?;
                tx.commit().await.map(|()| account)
            })
        });
        let mut winners = 0;
        for done in join_all(tries).await {
            match done.expect("no panic") {
                Ok(account) => {
                    assert_eq!(account, "c1");
                    winners += 1;
                }
                Err(Problem::Conflict { code, .. }) => assert_eq!(code, "link_used"),
                Err(other) => panic!("{other:?} on {}", db.name()),
            }
        }
        assert_eq!(winners, 1, "{}", db.name());
    }
}

#[tokio::test]
async fn who_comes_while_a_link_is_being_used_is_too_late() {
    for db in databases().await {
        let mut tx = db.ctx.begin().await.expect("a transaction");
        let token = auth::new_link(&db.ctx, &mut tx, "set_password", "c1", Duration::hours(72)).await.expect("made");
        tx.commit().await.expect("committed");

        let mut first = db.ctx.begin().await.expect("a transaction");
        auth::use_link(&db.ctx, &mut first, "set_password", &token).await.expect("open");
        let (ctx, again) = (db.ctx.clone(), token.clone());
        let second = tokio::spawn(async move {
            let mut tx = ctx.begin().await?;
            auth::use_link(&ctx, &mut tx, "set_password", &again).await
        });
        // SQLite lets nobody in before the first commits; Postgres lets the second wait for the row.
        while first.is_postgres() {
            let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            if fetch_scalar!(&mut db.ctx.db.read().await.expect("a connection"), i64, waiting).expect("a count") > 0 {
                break;
            }
        }
        first.commit().await.expect("committed");
        let late = second.await.expect("no panic");
        assert!(matches!(late, Err(Problem::Conflict { code: "link_used", .. })), "{late:?} on {}", db.name());
    }
}

#[tokio::test]
async fn links_expire_and_are_for_one_purpose() {
    for db in databases().await {
        let ctx = &db.ctx;
        let mut tx = ctx.begin().await.expect("a transaction");
        let first = auth::new_link(ctx, &mut tx, "set_password", "c1", Duration::hours(1)).await.expect("made");
        let second = auth::new_link(ctx, &mut tx, "set_password", "c1", Duration::hours(1)).await.expect("made");
        let other = auth::new_link(ctx, &mut tx, "set_password", "c2", Duration::hours(1)).await.expect("made");
        let feedback = auth::new_link(ctx, &mut tx, "feedback", "c1", Duration::hours(9)).await.expect("made");
        assert_eq!(auth::peek_link(ctx, &mut tx, "set_password", &first).await.expect("open"), "c1");
        assert!(matches!(auth::use_link(ctx, &mut tx, "feedback", &first).await, Err(Problem::NotFound { what: "Link", .. })));
        assert!(matches!(auth::use_link(ctx, &mut tx, "set_password", "guess").await, Err(Problem::NotFound { .. })));
        tx.commit().await.expect("committed");

        let mut tx = ctx.begin().await.expect("a transaction");
        auth::use_link(ctx, &mut tx, "set_password", &first).await.expect("open");
        drop(tx);
        let mut tx = ctx.begin().await.expect("a transaction");
        assert_eq!(auth::use_link(ctx, &mut tx, "set_password", &first).await.expect("a rollback used nothing"), "c1");
        let again = auth::use_link(ctx, &mut tx, "set_password", &second).await;
        assert!(matches!(again, Err(Problem::Conflict { code: "link_used", .. })), "the account's other link ends with it: {again:?}");
        assert_eq!(auth::peek_link(ctx, &mut tx, "feedback", &feedback).await.expect("another purpose stays"), "c1");
        tx.commit().await.expect("committed");

        db.advance(Duration::hours(1));
        let mut tx = ctx.begin().await.expect("a transaction");
        let late = auth::use_link(ctx, &mut tx, "set_password", &other).await;
        assert!(matches!(late, Err(Problem::Conflict { code: "link_expired", .. })), "{late:?}");
        drop(tx);

        let mut conn = ctx.db.read().await.expect("a connection");
        let kept = fetch_all!(conn, (String,), "select token_hash from account_links").expect("rows");
        assert!(kept.len() == 4 && kept.iter().all(|(hash,)| ![&first, &second, &other, &feedback].contains(&hash)));
    }
}

#[tokio::test]
async fn the_audit_log_says_who_did_what() {
    for db in databases().await {
        let admin = Caller::Admin { name: "admin".into() };
        let mut tx = db.ctx.begin().await.expect("a transaction");
        audit::record(&db.ctx, &mut tx, &admin, "contractor_approved", "c1", json!({"was": "inactive"})).await.expect("recorded");
        tx.commit().await.expect("committed");
        let mut tx = db.ctx.begin().await.expect("a transaction");
        audit::record(&db.ctx, &mut tx, &Caller::Contractor("c1".into()), "undone", "c1", json!({})).await.expect("recorded");
        drop(tx);
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let entries = audit::list_of_subject(&mut conn, "c1").await.expect("entries");
        assert_eq!(entries.len(), 1, "what is rolled back is not recorded");
        assert_eq!((entries[0].actor.as_str(), entries[0].action.as_str()), ("admin", "contractor_approved"));
        assert_eq!((&entries[0].detail, entries[0].at), (&json!({"was": "inactive"}), db.ctx.now()));
        assert_eq!(audit::list_latest(&mut conn, 10).await.expect("entries"), entries);
        drop(conn);

        audit::security_event(&db.ctx, "twilio_signature", "a forged call status", Some("203.0.113.9")).await.expect("recorded");
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let event = fetch_one!(conn, (String, Option<String>), "select kind, address from security_events").expect("one event");
        assert_eq!(event, ("twilio_signature".into(), Some("203.0.113.9".into())));
    }
}

#[tokio::test]
async fn a_minute_of_skew_between_machines_is_allowed() {
    let db = sqlite().await;
    let now = db.ctx.now();
    let token = auth::issue(&db.ctx, Audience::Contractor, "c1", Duration::hours(24)).expect("issued");
    db.ctx.clock.set(now - Duration::seconds(60));
    assert!(auth::verify(&db.ctx, &token, Audience::Contractor).is_ok(), "issued where the clock is ahead");
    db.ctx.clock.set(now - Duration::seconds(61));
    assert!(is_unauthenticated(&auth::verify(&db.ctx, &token, Audience::Contractor)), "of a time to come");

    // The password changed where the clock is ahead; a token that is made here afterwards counts as later.
    let changed_at = now - Duration::seconds(10);
    let after = auth::issue_after(&db.ctx, Audience::Contractor, "c1", Duration::hours(24), Some(changed_at)).expect("issued");
    assert!(!auth::verify(&db.ctx, &after, Audience::Contractor).expect("good").issued_before(changed_at));
    let before = auth::issue(&db.ctx, Audience::Contractor, "c1", Duration::hours(24)).expect("issued");
    assert!(auth::verify(&db.ctx, &before, Audience::Contractor).expect("good").issued_before(changed_at));
    // A clock that is wrong by more is not followed.
    let wrong = Some(now + Duration::hours(1));
    let token = auth::issue_after(&db.ctx, Audience::Contractor, "c1", Duration::hours(24), wrong).expect("issued");
    assert!(auth::verify(&db.ctx, &token, Audience::Contractor).is_ok());
}
