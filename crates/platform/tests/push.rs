//! Push messages: what a push service and a browser make of them. The service is a stand-in on a real port.

use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::{aead, hkdf, signature};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Id, Problem};
use platform::auth::{self, Audience};
use platform::jobs::{self, Registry};
use platform::push::{self, NewSubscription, SendPushJob};
use platform::sessions::{self, Device};
use platform::settings::Secret;
use platform::testing::{TestDb, databases};
use platform::{Ctx, execute, fetch_all, fetch_scalar};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

struct Pushed {
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

/// Answers each message with the next status, and passes it on.
fn service(answers: Vec<u16>) -> (String, Receiver<Pushed>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, pushed) = channel();
    std::thread::spawn(move || {
        for status in answers {
            let Ok((stream, _)) = listener.accept() else { return };
            let mut reader = BufReader::new(stream);
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if line.trim().is_empty() {
                    break;
                }
                lines.push(line.trim().to_owned());
            }
            let headers: HashMap<String, String> =
                lines[1..].iter().filter_map(|l| l.split_once(": ")).map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
            let mut body = vec![0; headers["content-length"].parse().expect("a number")];
            reader.read_exact(&mut body).expect("a body");
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.into_inner().write_all(answer.as_bytes()).expect("answered");
            let path = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
            let _ = sender.send(Pushed { path, headers, body });
        }
    });
    (base, pushed)
}

/// A browser: its key pair and its secret.
struct Browser {
    key: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

impl Browser {
    fn new() -> Browser {
        let key = PrivateKey::generate(&ECDH_P256).expect("a key");
        let public = key.compute_public_key().expect("its public half").as_ref().to_vec();
        Browser { key, public, auth: *b"sixteen-bytes-ok" }
    }

    fn subscription(&self, endpoint: &str) -> NewSubscription {
        NewSubscription {
            endpoint: endpoint.into(),
            p256dh: URL_SAFE_NO_PAD.encode(&self.public),
            auth: URL_SAFE_NO_PAD.encode(self.auth),
            browser: "Chrome on Android".into(),
        }
    }

    /// RFC 8291 from the other side.
    fn open(&self, message: &[u8]) -> Value {
        let (salt, rest) = message.split_at(16);
        assert_eq!(rest[..5], [0, 0, 16, 0, 65], "the record's size, and the key's");
        let (theirs, sealed) = rest[5..].split_at(65);
        let prk = agreement::agree(&self.key, UnparsedPublicKey::new(&ECDH_P256, theirs), (), |secret| {
            Ok(hkdf::Salt::new(hkdf::HKDF_SHA256, &self.auth).extract(secret))
        })
        .expect("agreed");
        let ikm = derive(&prk, &[b"WebPush: info\0", &self.public, theirs], 32);
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&ikm);
        let key = derive(&prk, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce: [u8; 12] = derive(&prk, &[b"Content-Encoding: nonce\0"], 12).try_into().expect("12 bytes");
        let cipher = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, &key).expect("a key"));
        let mut sealed = sealed.to_vec();
        let plain = cipher.open_in_place(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::empty(), &mut sealed).expect("it opens");
        let (end, text) = plain.split_last().expect("an end");
        assert_eq!(*end, 2);
        serde_json::from_slice(text).expect("JSON")
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(prk: &hkdf::Prk, info: &[&[u8]], length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    prk.expand(info, Length(length)).and_then(|okm| okm.fill(&mut bytes)).expect("derived");
    bytes
}

/// A context that may call the stand-in, with two contractors.
async fn with_contractors(db: &TestDb) -> Ctx {
    let mut settings = db.ctx.settings.clone();
    settings.push_hosts = vec!["127.0.0.1".into()];
    let ctx = Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context");
    let mut tx = ctx.begin().await.expect("a transaction");
    for id in ["c1", "c2"] {
        let sql = "insert into contractors (id, business_name, email, phone, status, is_approved, is_accepting_leads, created_at)
                   values ($1, $1, $1, '+15559876543', 'active', $2, $2, $3)";
        execute!(tx, sql, id, true, ctx.now()).expect("inserted");
    }
    tx.commit().await.expect("committed");
    ctx
}

async fn subscribe(ctx: &Ctx, contractor: &str, new: &NewSubscription) -> Result<Id, Problem> {
    let mut tx = ctx.begin().await?;
    let id = push::subscribe(ctx, &mut tx, contractor, "a session", new).await?;
    tx.commit().await?;
    Ok(id)
}

async fn send(ctx: &Ctx, subscription_id: &str) {
    let mut tx = ctx.begin().await.expect("a transaction");
    let job = SendPushJob {
        subscription_id: subscription_id.into(),
        title: "New Gold lead".into(),
        body: "Call John before noon.".into(),
        path: "/app/contractor/leads/l1".into(),
        lead_id: None,
        contractor_id: "c1".into(),
        template: "new_lead".into(),
    };
    push::queue(ctx, &mut tx, &job).await.expect("queued");
    tx.commit().await.expect("committed");
    jobs::drain(ctx, &Registry::with_platform().expect("a registry")).await.expect("drained");
}

async fn logged(ctx: &Ctx) -> Vec<(String, String, String)> {
    let sql = "select channel, recipient, status from notification_logs order by created_at, job_id";
    fetch_all!(&mut ctx.db.read().await.expect("a connection"), (String, String, String), sql).expect("rows")
}

#[tokio::test]
async fn the_browser_can_read_the_message_and_the_service_knows_who_sent_it() {
    for db in databases().await {
        let ctx = with_contractors(&db).await;
        let (base, pushed) = service(vec![201]);
        let browser = Browser::new();
        let id = subscribe(&ctx, "c1", &browser.subscription(&format!("{base}/push/abc"))).await.expect("subscribed");
        send(&ctx, &id).await;
        let pushed = pushed.recv().expect("a message");
        assert_eq!(pushed.path, "/push/abc");
        assert_eq!((pushed.headers["content-encoding"].as_str(), pushed.headers["ttl"].as_str()), ("aes128gcm", "86400"));
        let expected = json!({ "title": "New Gold lead", "body": "Call John before noon.", "url": "/app/contractor/leads/l1", "tag": "/app/contractor/leads/l1" });
        assert_eq!(browser.open(&pushed.body), expected, "{}", db.name());
        assert!(!String::from_utf8_lossy(&pushed.body).contains("John"), "nobody in between can");

        let (token, key) = pushed.headers["authorization"].strip_prefix("vapid t=").and_then(|t| t.split_once(", k=")).expect("vapid");
        assert_eq!(Some(key.to_owned()), push::public_key(&ctx.settings));
        let (signed, signature) = token.rsplit_once('.').expect("a token");
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, decoded(key))
            .verify(signed.as_bytes(), &decoded(signature))
            .expect("signed with our key");
        let claims: Value = serde_json::from_slice(&decoded(signed.split('.').nth(1).expect("claims"))).expect("JSON");
        assert_eq!((claims["aud"].as_str(), claims["sub"].as_str()), (Some(base.as_str()), Some("mailto:support@example.com")));
        let lasts = claims["exp"].as_i64().expect("an end") - ctx.now().timestamp();
        assert!((3600..=86_400).contains(&lasts), "{lasts}");
        assert_eq!(logged(&ctx).await, [("push".into(), "127.0.0.1".into(), "sent".into())]);
    }
}

#[tokio::test]
async fn a_subscription_that_ended_is_forgotten_and_a_service_that_fails_is_asked_again() {
    for db in databases().await {
        let ctx = with_contractors(&db).await;
        let (base, pushed) = service(vec![503, 201, 410]);
        let browser = Browser::new();
        let id = subscribe(&ctx, "c1", &browser.subscription(&base)).await.expect("subscribed");
        send(&ctx, &id).await;
        assert_eq!(logged(&ctx).await[0].2, "failed", "{}", db.name());
        db.advance(chrono::Duration::seconds(15));
        jobs::drain(&ctx, &Registry::with_platform().expect("a registry")).await.expect("drained");
        assert_eq!(logged(&ctx).await[0].2, "sent");
        send(&ctx, &id).await;
        assert_eq!(pushed.iter().count(), 3);
        let mut conn = ctx.db.read().await.expect("a connection");
        assert!(push::list(&mut conn, "c1").await.expect("listed").is_empty());
        drop(conn);
        // A message that was queued before does no harm.
        send(&ctx, &id).await;
        let mut conn = ctx.db.read().await.expect("a connection");
        assert_eq!(fetch_scalar!(conn, i64, "select count(*) from jobs where status <> 'done'").expect("counted"), 0);
    }
}

#[tokio::test]
async fn a_subscription_that_was_made_with_another_key_is_forgotten() {
    for db in databases().await {
        let ctx = with_contractors(&db).await;
        let (base, pushed) = service(vec![403, 403]);
        let count = async || {
            let mut conn = ctx.db.read().await.expect("a connection");
            push::list(&mut conn, "c1").await.expect("listed").len()
        };
        let id = subscribe(&ctx, "c1", &Browser::new().subscription(&base)).await.expect("subscribed");
        send(&ctx, &id).await;
        assert_eq!(count().await, 1, "{}: refused for another reason, which may pass", db.name());

        // As one of a time when the key was not kept.
        let mut tx = ctx.begin().await.expect("a transaction");
        execute!(tx, "update push_subscriptions set vapid_key = ''").expect("changed");
        tx.commit().await.expect("committed");
        send(&ctx, &id).await;
        assert_eq!(count().await, 0);

        let id = subscribe(&ctx, "c1", &Browser::new().subscription(&base)).await.expect("subscribed");
        let mut settings = ctx.settings.clone();
        settings.vapid_private_key = Some(Secret::new("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"));
        let later = Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context");
        let mut conn = ctx.db.read().await.expect("a connection");
        let browser = push::list(&mut conn, "c1").await.expect("listed").remove(0);
        drop(conn);
        assert!(browser.knows_us(&ctx.settings) && !browser.knows_us(&later.settings), "the page asks for a new one");
        send(&later, &id).await;
        assert_eq!((count().await, pushed.iter().count()), (0, 2), "without asking the service");
    }
}

#[tokio::test]
async fn signing_out_ends_the_messages_of_that_browser_alone() {
    for db in databases().await {
        let ctx = with_contractors(&db).await;
        let browser = Browser::new();
        let subscribe = async |n: usize| {
            let mut tx = ctx.begin().await.expect("a transaction");
            let token = sessions::begin(&ctx, &mut tx, Audience::Contractor, "c1", None, &Device::default()).await.expect("signed in");
            let session = auth::read(&ctx, &token).expect("ours").jti;
            let new = browser.subscription(&format!("http://127.0.0.1:9/{n}"));
            let id = push::subscribe(&ctx, &mut tx, "c1", &session, &new).await.expect("subscribed");
            tx.commit().await.expect("committed");
            (token, session, id)
        };
        let left = async || {
            let mut conn = ctx.db.read().await.expect("a connection");
            let all = push::list(&mut conn, "c1").await.expect("listed");
            all.into_iter().map(|browser| browser.id).collect::<Vec<_>>()
        };
        let (first, second, third) = (subscribe(1).await, subscribe(2).await, subscribe(3).await);
        auth::revoke(&ctx, &first.0).await.expect("signed out");
        assert!(!left().await.contains(&first.2) && left().await.len() == 2, "{}", db.name());
        let mut tx = ctx.begin().await.expect("a transaction");
        assert!(sessions::end(&mut tx, "c1", &second.1).await.expect("ended elsewhere"));
        tx.commit().await.expect("committed");
        assert_eq!(left().await, std::slice::from_ref(&third.2));

        // The same browser signed in anew, and its first session ended by itself.
        push::follow(&ctx, &third.2, "c1", "another session").await.expect("followed");
        auth::revoke(&ctx, &third.0).await.expect("signed out");
        assert_eq!(left().await, std::slice::from_ref(&third.2));
        push::follow(&ctx, &third.2, "c2", "another's session").await.expect("ended");
        assert!(left().await.is_empty(), "a browser shows no messages of who is not signed in there");
    }
}

#[tokio::test]
async fn a_browser_belongs_to_who_signed_in_last() {
    for db in databases().await {
        let ctx = with_contractors(&db).await;
        let browser = Browser::new().subscription("http://127.0.0.1:9/x");
        let id = subscribe(&ctx, "c1", &browser).await.expect("subscribed");
        subscribe(&ctx, "c1", &browser).await.expect("again");
        let mut conn = ctx.db.read().await.expect("a connection");
        assert_eq!(push::list(&mut conn, "c1").await.expect("listed").len(), 1, "{}", db.name());
        drop(conn);
        subscribe(&ctx, "c2", &browser).await.expect("subscribed");
        let mut tx = ctx.begin().await.expect("a transaction");
        assert!(push::list(&mut tx, "c1").await.expect("listed").is_empty());
        assert!(!push::unsubscribe(&mut tx, "c1", &id).await.expect("asked"), "no longer theirs");
        drop(tx);
        for n in 0..12 {
            subscribe(&ctx, "c1", &NewSubscription { endpoint: format!("http://127.0.0.1:9/{n}"), ..browser.clone() })
                .await
                .expect("subscribed");
            db.advance(chrono::Duration::seconds(1));
        }
        let mut conn = ctx.db.read().await.expect("a connection");
        let kept = push::list(&mut conn, "c1").await.expect("listed");
        assert_eq!((kept.len(), kept[0].endpoint.as_str()), (10, "http://127.0.0.1:9/11"));
        drop(conn);
        for wrong in [
            NewSubscription { endpoint: "https://example.com/x".into(), ..browser.clone() },
            NewSubscription { auth: "short".into(), ..browser.clone() },
            NewSubscription { p256dh: "AAAA".into(), ..browser.clone() },
            NewSubscription { browser: String::new(), ..browser.clone() },
        ] {
            assert!(matches!(subscribe(&ctx, "c1", &wrong).await, Err(Problem::Invalid(_))), "{wrong:?}");
        }
    }
}
