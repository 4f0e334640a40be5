//! Web Push: messages that a browser shows even when no page is open. Encrypted for that browser alone (RFC 8291,
//! aes128gcm) and signed with our key (VAPID, RFC 8292); each leaves as a job.

use crate::jobs::{self, Job, JobError, Running};
use crate::mail::SendError;
use crate::notifications::{self, Entry, Status};
use crate::settings::{Secret, Settings};
use crate::{Conn, Ctx, Tx, execute, fetch_all, fetch_one, fetch_optional};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use aws_lc_rs::{aead, hkdf};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use kernel::{Fields, Id, Outcome, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A message is encrypted as one record of this size; services take no more.
const RECORD: u32 = 4096;
/// What is left of it for the text.
const LONGEST: usize = 3900;
/// How long a push service keeps what it cannot deliver: a day later nobody needs it.
const KEEP_SECONDS: &str = "86400";
/// How long a signature is good; 24 hours at most (RFC 8292, 2).
const SIGNED_FOR: Duration = Duration::hours(12);
/// Browsers of one contractor; the oldest gives way.
const MOST: i64 = 10;

/// What a browser answers when somebody allows messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubscription {
    pub endpoint: String,
    /// The browser's public key and its secret, base64url.
    pub p256dh: String,
    pub auth: String,
    /// For people: `Chrome on Android`.
    pub browser: String,
}

/// A browser that gets messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Browser {
    pub id: Id,
    pub browser: String,
    pub endpoint: String,
    pub created_at: DateTime<Utc>,
    vapid_key: String,
}

impl Browser {
    /// Whether it takes messages that are signed with our key of now.
    pub fn knows_us(&self, settings: &Settings) -> bool {
        is_our_key(settings, &self.vapid_key)
    }
}

/// The key that browsers must know us by, base64url; none while `VAPID_PRIVATE_KEY` is unset.
pub fn public_key(settings: &Settings) -> Option<String> {
    let pair = settings.vapid_private_key.as_ref().and_then(key_pair)?;
    Some(URL_SAFE_NO_PAD.encode(pair.compute_public_key().ok()?.as_ref()))
}

/// Whether a subscription was made with our key of now. Of old ones that is not known, and without a key it does not matter.
fn is_our_key(settings: &Settings, made_with: &str) -> bool {
    made_with.is_empty() || public_key(settings).is_none_or(|key| key == made_with)
}

/// Whether text is a private key: 32 bytes of base64url that P-256 accepts.
pub(crate) fn is_key(text: &str) -> bool {
    key_pair(&Secret::new(text)).is_some()
}

fn key_pair(secret: &Secret) -> Option<PrivateKey> {
    PrivateKey::from_private_key(&ECDH_P256, &URL_SAFE_NO_PAD.decode(secret.expose()).ok()?).ok()
}

/// Keeps a browser for a contractor until they sign out of the session, and answers its id; one that was another's is
/// theirs now. Errors: `Invalid` for what no push service gave out: only the hosts of `PUSH_HOSTS` are ever called.
pub async fn subscribe(ctx: &Ctx, tx: &mut Tx, contractor_id: &str, session_id: &str, new: &NewSubscription) -> Outcome<Id> {
    let mut fields = Fields::default();
    let endpoint = fields.text("endpoint", Some(&new.endpoint), 1000);
    let browser = fields.text("browser", Some(&new.browser), 100);
    if !fields.has("endpoint") && !is_service(&ctx.settings, &endpoint) {
        fields.reject("endpoint", "must be the address of a push service");
    }
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).unwrap_or_default();
    let (key, auth) = (decoded(&new.p256dh), decoded(&new.auth));
    if key.len() != 65 || key.first() != Some(&4) || auth.len() != 16 {
        fields.reject("keys", "must be those of a push subscription");
    }
    fields.finish()?;
    let (id,) = fetch_one!(
        tx,
        (Id,),
        "insert into push_subscriptions (id, contractor_id, endpoint, p256dh, auth, browser, created_at, session_id, vapid_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (endpoint) do update set contractor_id = excluded.contractor_id, p256dh = excluded.p256dh, auth = excluded.auth,
           browser = excluded.browser, created_at = excluded.created_at, session_id = excluded.session_id, vapid_key = excluded.vapid_key
         returning id",
        ctx.new_id(),
        contractor_id,
        endpoint.as_str(),
        URL_SAFE_NO_PAD.encode(&key),
        URL_SAFE_NO_PAD.encode(&auth),
        browser.as_str(),
        ctx.now(),
        session_id,
        public_key(&ctx.settings).unwrap_or_default(),
    )?;
    execute!(
        tx,
        "delete from push_subscriptions where contractor_id = $1 and id not in
           (select id from push_subscriptions where contractor_id = $1 order by created_at desc, id desc limit $2)",
        contractor_id,
        MOST,
    )?;
    Ok(id)
}

/// Lets a browser's messages go on in a new session of the same contractor. Whoever else signs in there ends them.
pub async fn follow(ctx: &Ctx, id: &str, account_id: &str, session_id: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "delete from push_subscriptions where id = $1 and contractor_id <> $2", id, account_id)?;
    execute!(tx, "update push_subscriptions set session_id = $2 where id = $1", id, session_id)?;
    tx.commit().await
}

/// Ends a browser's messages, on the word of the browser itself.
pub async fn forget(ctx: &Ctx, id: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "delete from push_subscriptions where id = $1", id)?;
    tx.commit().await
}

/// Forgets a browser of this contractor. False: there is no such.
pub async fn unsubscribe(tx: &mut Tx, contractor_id: &str, id: &str) -> Outcome<bool> {
    Ok(execute!(tx, "delete from push_subscriptions where id = $1 and contractor_id = $2", id, contractor_id)? == 1)
}

/// Ends every subscription of a contractor.
pub async fn unsubscribe_all(tx: &mut Tx, contractor_id: &str) -> Outcome<()> {
    execute!(tx, "delete from push_subscriptions where contractor_id = $1", contractor_id)?;
    Ok(())
}

/// A contractor's browsers, the newest first.
pub async fn list(conn: &mut Conn, contractor_id: &str) -> Outcome<Vec<Browser>> {
    let sql = "select id, browser, endpoint, created_at, vapid_key from push_subscriptions where contractor_id = $1
               order by created_at desc, id desc";
    Ok(fetch_all!(conn, Browser, sql, contractor_id)?)
}

/// Whether an address is a push service's: over https, and its host one of `PUSH_HOSTS` or below it.
fn is_service(settings: &Settings, endpoint: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(endpoint) else { return false };
    let Some(host) = url.host_str() else { return false };
    let known =
        settings.push_hosts.iter().any(|known| host == known || host.strip_suffix(known.as_str()).is_some_and(|h| h.ends_with('.')));
    known && (url.scheme() == "https" || (url.scheme() == "http" && !settings.production)) && url.username().is_empty()
}

/// Sends one message to one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendPushJob {
    pub subscription_id: Id,
    pub title: String,
    pub body: String,
    /// The page that a tap opens, from the first slash on.
    pub path: String,
    pub lead_id: Option<Id>,
    pub contractor_id: Id,
    /// The kind of message (`new_lead`).
    pub template: String,
}

/// Asks for a message to be sent once the transaction commits.
pub async fn queue(ctx: &Ctx, tx: &mut Tx, job: &SendPushJob) -> Outcome<()> {
    jobs::enqueue(ctx, tx, job).await
}

#[derive(sqlx::FromRow)]
struct Target {
    endpoint: String,
    p256dh: String,
    auth: String,
    vapid_key: String,
}

impl Job for SendPushJob {
    const KIND: &'static str = "send_push";
    // A message that is hours late helps nobody.
    const MAX_ATTEMPTS: i64 = 5;

    async fn run(self, ctx: &Ctx, job: &mut Running) -> Result<(), JobError> {
        // No mail is held back from a browser's name.
        if notifications::known(ctx, &job.id, &self.subscription_id).await?.was_sent {
            return Ok(());
        }
        // The browser must still be the same contractor's.
        let sql = "select endpoint, p256dh, auth, vapid_key from push_subscriptions where id = $1 and contractor_id = $2";
        let target = fetch_optional!(&mut ctx.db.read().await?, Target, sql, self.subscription_id.as_str(), self.contractor_id.as_str());
        let Some(target) = target.map_err(Problem::from)? else { return Ok(()) };
        let sent = send(ctx, &target, &self).await;
        let (status, error) = match &sent {
            Ok(Sent::Yes) => (Status::Sent, None),
            Ok(Sent::Gone) => (Status::Skipped, Some("the browser takes no more messages".into())),
            Err(error) => (Status::Failed, Some(error.why().into())),
        };
        let host = reqwest::Url::parse(&target.endpoint).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let entry = Entry {
            job_id: job.id.clone(),
            channel: "push",
            template: self.template,
            // The address itself is as good as a key.
            recipient: host,
            status,
            lead_id: self.lead_id,
            contractor_id: Some(self.contractor_id.clone()),
            error,
            sms: None,
        };
        job.log(entry);
        if matches!(sent, Ok(Sent::Gone)) {
            let mut tx = ctx.begin().await?;
            unsubscribe(&mut tx, &self.contractor_id, &self.subscription_id).await?;
            tx.commit().await?;
        }
        sent.map(|_| ()).map_err(JobError::from)
    }
}

enum Sent {
    Yes,
    /// The subscription has ended: 404 or 410 (RFC 8030, 7.3), or it was made with another key of ours.
    Gone,
}

async fn send(ctx: &Ctx, target: &Target, job: &SendPushJob) -> Result<Sent, SendError> {
    let fail = |why: &str| SendError::Fail(why.to_owned());
    if !is_service(&ctx.settings, &target.endpoint) {
        return Err(fail("the address is no push service's"));
    }
    if !is_our_key(&ctx.settings, &target.vapid_key) {
        return Ok(Sent::Gone);
    }
    // Of one lead the latest message is enough.
    let tag = job.lead_id.as_ref().unwrap_or(&job.path);
    let text = json!({ "title": job.title, "body": cut(&job.body), "url": job.path, "tag": tag }).to_string();
    let body = seal(target, text.as_bytes()).map_err(|Unspecified| fail("the message cannot be encrypted"))?;
    let signature = authorization(&ctx.settings, &target.endpoint, ctx.now()).ok_or_else(|| fail("VAPID_PRIVATE_KEY is not set"))?;
    let client = crate::http::client().map_err(|e| SendError::Retry(e.to_string()))?;
    let request = client
        .post(&target.endpoint)
        .header("Authorization", signature)
        .header("Content-Encoding", "aes128gcm")
        .header("Content-Type", "application/octet-stream")
        .header("TTL", KEEP_SECONDS)
        .header("Urgency", "high")
        .body(body);
    let response =
        request.send().await.map_err(|e| SendError::Retry(format!("the push service cannot be reached: {}", e.without_url())))?;
    match response.status() {
        status if status.is_success() => Ok(Sent::Yes),
        status if matches!(status.as_u16(), 404 | 410) => Ok(Sent::Gone),
        // Made with who knows which key, and not with this one.
        status if matches!(status.as_u16(), 401 | 403) && target.vapid_key.is_empty() => Ok(Sent::Gone),
        status => Err(SendError::of_status(status, &response.text().await.unwrap_or_default())),
    }
}

/// So many characters that the message stays within one record.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST / 8).collect()
}

/// Who we are, for the push service (RFC 8292): a token for its origin, and our public key.
fn authorization(settings: &Settings, endpoint: &str, now: DateTime<Utc>) -> Option<String> {
    let url = reqwest::Url::parse(endpoint).ok()?;
    let private = URL_SAFE_NO_PAD.decode(settings.vapid_private_key.as_ref()?.expose()).ok()?;
    let public = URL_SAFE_NO_PAD.decode(public_key(settings)?).ok()?;
    let key = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &private, &public).ok()?;
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
    let claims = json!({
        "aud": url.origin().ascii_serialization(), "exp": (now + SIGNED_FOR).timestamp(), "sub": settings.vapid_subject,
    });
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signature = key.sign(&SystemRandom::new(), format!("{head}.{claims}").as_bytes()).ok()?;
    let token = format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
    Some(format!("vapid t={token}, k={}", URL_SAFE_NO_PAD.encode(public)))
}

fn seal(target: &Target, text: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Unspecified);
    let mut salt = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut salt)?;
    encrypt(&decoded(&target.p256dh)?, &decoded(&target.auth)?, &PrivateKey::generate(&ECDH_P256)?, salt, text)
}

/// RFC 8291, 3.4: a key that only this browser can find again, and one record of aes128gcm (RFC 8188, 2).
fn encrypt(browser_key: &[u8], auth: &[u8], key: &PrivateKey, salt: [u8; 16], text: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let our_key = key.compute_public_key()?;
    let our_key = our_key.as_ref();
    let prk = agreement::agree(key, UnparsedPublicKey::new(&ECDH_P256, browser_key), Unspecified, |secret| {
        Ok(hkdf::Salt::new(hkdf::HKDF_SHA256, auth).extract(secret))
    })?;
    let ikm = expand::<32>(&prk, &[b"WebPush: info\0", browser_key, our_key])?;
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &salt).extract(&ikm);
    let content_key = expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expand::<12>(&prk, &[b"Content-Encoding: nonce\0"])?;

    let mut record = text.to_vec();
    // The end of the last record.
    record.push(2);
    let cipher = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, &content_key)?);
    cipher.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::empty(), &mut record)?;
    let mut message = salt.to_vec();
    message.extend(RECORD.to_be_bytes());
    message.push(u8::try_from(our_key.len()).map_err(|_| Unspecified)?);
    message.extend(our_key);
    message.extend(record);
    Ok(message)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &hkdf::Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    prk.expand(info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).expect("base64url")
    }

    /// RFC 8291, 5 and appendix A.
    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let key = PrivateKey::from_private_key(&ECDH_P256, &bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).expect("a key");
        let browser = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().expect("16 bytes");
        let text = b"When I grow up, I want to be a watermelon";
        let message = encrypt(&browser, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &key, salt, text).expect("encrypted");
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(message), expected);
    }

    #[test]
    fn only_push_services_are_called() {
        let pairs = [("ADMIN_PASSWORD", "a"), ("JWT_SECRET", "b"), ("CRON_SECRET", "c"), ("ENCRYPTION_KEY", "d")];
        let settings = Settings::from_lookup(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())).expect("right");
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/abc",
            "https://db5p.notify.windows.com/w/?token=abc",
        ] {
            assert!(is_service(&settings, good), "{good}");
        }
        for bad in [
            "https://127.0.0.1/x",
            "https://169.254.169.254/latest",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com/x",
            "https://user@fcm.googleapis.com/x",
            "ftp://fcm.googleapis.com/x",
            "nonsense",
        ] {
            assert!(!is_service(&settings, bad), "{bad}");
        }
        let settings = Settings { production: true, ..settings };
        assert!(!is_service(&settings, "http://fcm.googleapis.com/x"), "in production only over https");
    }
}
