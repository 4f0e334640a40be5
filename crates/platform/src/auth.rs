//! Who calls: tokens, links that were mailed, Twilio's signatures.

use crate::{CLOCK_SKEW, Conn, Ctx, Tx, execute, fetch_all, fetch_one, fetch_optional, sessions};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{Id, Outcome, Permission, Problem, StaffRole};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Who asks a use case for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A visitor: the customer who sends a form.
    Anyone,
    Contractor(Id),
    /// The administrator of the settings, who is always an owner.
    Admin {
        name: String,
    },
    /// Somebody of the staff, in the admin portal.
    Staff(Staff),
    /// A job or the schedule.
    System,
    /// A webhook with Twilio's signature.
    Twilio,
    /// A partner with a lead source's key.
    LeadSource(Id),
}

/// A member of staff as use cases know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub role: StaffRole,
}

impl Caller {
    /// As events name it: `customer`, `contractor:<id>`, `admin`, `system`, `twilio`, `source:<id>`. Contractors see
    /// events, so everybody in the admin portal is `admin` there.
    pub fn actor(&self) -> String {
        match self {
            Caller::Anyone => "customer".into(),
            Caller::Contractor(id) => format!("contractor:{id}"),
            Caller::Admin { .. } | Caller::Staff(_) => "admin".into(),
            Caller::System => "system".into(),
            Caller::Twilio => "twilio".into(),
            Caller::LeadSource(id) => format!("source:{id}"),
        }
    }

    /// As the audit log names it: as `actor`, but members of staff by name and address.
    pub fn person(&self) -> String {
        match self {
            Caller::Staff(staff) => format!("{} <{}>", staff.name, staff.email),
            other => other.actor(),
        }
    }

    /// What somebody in the admin portal may do there; nobody else has a role.
    pub fn role(&self) -> Option<StaffRole> {
        match self {
            Caller::Admin { .. } => Some(StaffRole::Owner),
            Caller::Staff(staff) => Some(staff.role),
            _ => None,
        }
    }

    /// Every use case of the admin portal asks this. Errors: `Forbidden` for whose role has not the permission, and for
    /// all who have no role.
    pub fn may(&self, permission: Permission) -> Outcome<()> {
        match self.role() {
            Some(role) if role.may(permission) => Ok(()),
            Some(_) => Err(Problem::Forbidden("Your role does not allow this. An owner can do it, or change your role.")),
            None => Err(Problem::Forbidden("Access denied")),
        }
    }
}

/// The portal that a token is for (decision 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    Contractor,
    Office,
    Customer,
    Provider,
    Staff,
    Admin,
    Client,
    /// Between the password and the code of two-factor sign-in: opens nothing but the second step.
    #[serde(rename = "second_step")]
    SecondStep,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: Id,
    pub aud: Audience,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    pub jti: Id,
    /// `iat` in microseconds, to tell a token from a password change in the same second.
    pub iat_us: i64,
}

impl Claims {
    /// Whether the token is older than a change that ends older tokens (decision 7).
    pub fn issued_before(&self, at: DateTime<Utc>) -> bool {
        self.iat_us < at.timestamp_micros()
    }
}

/// What a caller with a bad token is told (seed 000, Error Codes).
const BAD_TOKEN: Problem = Problem::Unauthenticated("Invalid authentication credentials");

/// Signs a token: HS256 with `JWT_SECRET`, good for `ttl` from now.
pub fn issue(ctx: &Ctx, aud: Audience, sub: &str, ttl: Duration) -> Outcome<String> {
    issue_after(ctx, aud, sub, ttl, None)
}

/// As `issue`, for an account whose password changed at a time that another machine's clock told: a token of now is
/// never older than the change, even when this clock is behind.
pub fn issue_after(ctx: &Ctx, aud: Audience, sub: &str, ttl: Duration, changed_at: Option<DateTime<Utc>>) -> Outcome<String> {
    let now = ctx.now();
    let now = changed_at.filter(|at| *at > now && *at - now <= CLOCK_SKEW).unwrap_or(now);
    let claims = Claims {
        sub: sub.into(),
        aud,
        iat: now.timestamp(),
        exp: (now + ttl).timestamp(),
        jti: ctx.new_id(),
        iat_us: now.timestamp_micros(),
    };
    let key = EncodingKey::from_secret(ctx.settings.jwt_secret.expose().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(Problem::internal)
}

/// Reads a token of `aud`. Errors: `Unauthenticated` when it is not ours, has expired or is of a time to come (a minute
/// of another machine's clock is allowed), `Forbidden` when it is for another portal. Whether it was revoked only
/// [`authenticate`] tells.
pub fn verify(ctx: &Ctx, token: &str, aud: Audience) -> Outcome<Claims> {
    let claims = read(ctx, token)?;
    if claims.aud != aud {
        return Err(Problem::Forbidden("This token is for another portal"));
    }
    Ok(claims)
}

/// As `verify`, and not revoked: one statement, two lookups by primary key. Errors: as `verify`.
pub async fn authenticate(ctx: &Ctx, token: &str, aud: Audience) -> Outcome<Claims> {
    let claims = verify(ctx, token, aud)?;
    let sql = "select (select count(*) from revoked_tokens where jti = $1), (select seen_at from sessions where id = $1)";
    let (revoked, seen_at) = fetch_one!(&mut ctx.db.read().await?, (i64, Option<DateTime<Utc>>), sql, claims.jti.as_str())?;
    if revoked > 0 {
        return Err(BAD_TOKEN);
    }
    sessions::seen(ctx, &claims.jti, seen_at).await;
    Ok(claims)
}

/// Ends a token of any portal before its time: signing out. Errors: `Unauthenticated` when it is not ours or has expired.
pub async fn revoke(ctx: &Ctx, token: &str) -> Outcome<()> {
    let claims = read(ctx, token)?;
    let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(BAD_TOKEN)?;
    let mut tx = ctx.begin().await?;
    revoke_in(&mut tx, &claims.jti, expires_at).await?;
    execute!(tx, "delete from sessions where id = $1", claims.jti)?;
    tx.commit().await
}

/// Ends a token by its id, in the transaction of what ends it; the browser that used it shows no more messages.
pub async fn revoke_in(tx: &mut Tx, jti: &str, expires_at: DateTime<Utc>) -> Outcome<()> {
    execute!(tx, "insert into revoked_tokens (jti, expires_at) values ($1, $2) on conflict do nothing", jti, expires_at)?;
    execute!(tx, "delete from push_subscriptions where session_id = $1", jti)?;
    Ok(())
}

/// Deletes sessions that have expired, and revocations of tokens that have expired anyway; the schedule runs it each night.
pub(crate) async fn delete_old_revocations(ctx: &Ctx) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "delete from revoked_tokens where expires_at < $1", ctx.now())?;
    execute!(tx, "delete from sessions where expires_at < $1", ctx.now())?;
    tx.commit().await
}

/// Reads a token of any portal. Errors: `Unauthenticated`.
pub fn read(ctx: &Ctx, token: &str) -> Outcome<Claims> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["exp", "sub", "aud"]);
    // Both are checked elsewhere: the time by the context's clock, the audience for an answer of its own.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_secret(ctx.settings.jwt_secret.expose().as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| BAD_TOKEN)?.claims;
    let now = ctx.now().timestamp();
    if claims.exp <= now || claims.iat > now + CLOCK_SKEW.num_seconds() { Err(BAD_TOKEN) } else { Ok(claims) }
}

/// What is kept of a secret that nobody needs to read again: its SHA-256.
pub fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

#[derive(sqlx::FromRow)]
struct Link {
    account_id: Id,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

impl Link {
    fn open(self, now: DateTime<Utc>) -> Outcome<Id> {
        if self.used_at.is_some() {
            return Err(Problem::conflict("link_used", "This link has been used already. Please ask for a new one."));
        }
        if self.expires_at <= now {
            return Err(Problem::conflict("link_expired", "This link has expired. Please ask for a new one."));
        }
        Ok(self.account_id)
    }
}

/// Makes a link's token, good once and for `ttl`. Only its hash is kept, so the answer is the only copy.
pub async fn new_link(ctx: &Ctx, tx: &mut Tx, purpose: &str, account_id: &str, ttl: Duration) -> Outcome<String> {
    let token = ctx.new_secret();
    let now = ctx.now();
    execute!(
        tx,
        "insert into account_links (token_hash, purpose, account_id, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        token_hash(&token),
        purpose,
        account_id,
        now,
        now + ttl,
    )?;
    Ok(token)
}

/// Whose link it is, without using it. Errors: `NotFound`, or `Conflict` (`link_used`, `link_expired`).
pub async fn peek_link(ctx: &Ctx, conn: &mut Conn, purpose: &str, token: &str) -> Outcome<Id> {
    let sql = "select account_id, expires_at, used_at from account_links where token_hash = $1 and purpose = $2";
    let link = fetch_optional!(conn, Link, sql, token_hash(token), purpose)?;
    // The token stays out of the answer, and so out of logs.
    link.ok_or_else(|| Problem::not_found("Link", ""))?.open(ctx.now())
}

/// Uses a link, and with it the account's other open links of this purpose. Of two at once one gets it.
/// Errors: as `peek_link`.
pub async fn use_link(ctx: &Ctx, tx: &mut Tx, purpose: &str, token: &str) -> Outcome<Id> {
    let hash = token_hash(token);
    let used = fetch_all!(
        tx,
        (String, Id),
        "update account_links set used_at = $3
         where purpose = $2 and used_at is null and account_id =
           (select account_id from account_links where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3)
         returning token_hash, account_id",
        hash.as_str(),
        purpose,
        ctx.now(),
    )?;
    match used.into_iter().find(|(used, _)| *used == hash) {
        Some((_, account_id)) => Ok(account_id),
        None => match peek_link(ctx, tx, purpose, token).await {
            Err(problem) => Err(problem),
            Ok(_) => Err(Problem::internal("an open link could not be used")),
        },
    }
}

/// Twilio's signature of a webhook: base64 of the HMAC-SHA1 of the address and the sorted form fields
/// (seed 000, Twilio Call Status).
pub fn twilio_signature(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    STANDARD.encode(twilio_mac(auth_token, url, params))
}

fn twilio_mac(auth_token: &str, url: &str, params: &[(String, String)]) -> Vec<u8> {
    let mut sorted: Vec<&(String, String)> = params.iter().collect();
    sorted.sort_unstable();
    // As Twilio's own libraries do: a field that is sent twice with one value counts once.
    sorted.dedup();
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// Whether Twilio signed this call of `url` (the address that Twilio was given, with its query). As Twilio's own
/// libraries do, the default port may be written or not.
pub fn verify_twilio(auth_token: &str, url: &str, params: &[(String, String)], signature: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature.trim()) else { return false };
    let mut right = false;
    for url in std::iter::once(url.to_owned()).chain(with_other_port(url)) {
        right |= bool::from(twilio_mac(auth_token, &url, params).ct_eq(&given));
    }
    right
}

/// `https://host/x` → `https://host:443/x`, and back.
fn with_other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let port = if scheme == "https" { "443" } else { "80" };
    match host.rsplit_once(':') {
        Some((name, given)) if given == port => Some(format!("{scheme}://{name}{path}")),
        Some(_) => None,
        None => Some(format!("{scheme}://{host}:{port}{path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation.
    #[test]
    fn twilios_own_example_passes() {
        let params: Vec<(String, String)> = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ]
        .iter()
        .rev()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let signature = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";
        assert_eq!(twilio_signature("12345", url, &params), signature);
        assert!(verify_twilio("12345", url, &params, signature));
        assert!(verify_twilio("12345", "https://mycompany.com:443/myapp.php?foo=1&bar=2", &params, signature));
        assert!(!verify_twilio("12346", url, &params, signature));
        assert!(!verify_twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=3", &params, signature));
        assert!(!verify_twilio("12345", url, &params[1..], signature));
        assert!(!verify_twilio("12345", url, &params, ""));
        assert!(!verify_twilio("12345", url, &params, "not base64!"));
    }

    #[test]
    fn callers_are_named_as_events_name_them() {
        assert_eq!(Caller::Contractor("c1".into()).actor(), "contractor:c1");
        assert_eq!(Caller::Anyone.actor(), "customer");
        let staff = |role| Caller::Staff(Staff { id: "s1".into(), name: "Dana Reyes".into(), email: "dana@example.com".into(), role });
        assert_eq!(staff(StaffRole::Owner).actor(), "admin");
        assert_eq!(staff(StaffRole::Owner).person(), "Dana Reyes <dana@example.com>");
    }

    /// Whoever changes the table of roles changes this one too, on purpose.
    #[test]
    fn each_role_may_do_what_is_written_here_and_no_more() {
        use Permission::{Billing, Contractors, Disputes, Leads, View};
        let staff = |role| Caller::Staff(Staff { id: "s1".into(), name: "Dana Reyes".into(), email: "dana@example.com".into(), role });
        let cases: [(Caller, &[Permission]); 8] = [
            (Caller::Admin { name: "admin".into() }, Permission::ALL),
            (staff(StaffRole::Owner), Permission::ALL),
            (staff(StaffRole::Operations), &[View, Leads, Contractors, Disputes]),
            (staff(StaffRole::Finance), &[View, Billing, Disputes]),
            (staff(StaffRole::ReadOnly), &[View]),
            (Caller::System, &[]),
            (Caller::Contractor("c1".into()), &[]),
            (Caller::Anyone, &[]),
        ];
        for (caller, allowed) in cases {
            for permission in Permission::ALL {
                assert_eq!(caller.may(*permission).is_ok(), allowed.contains(permission), "{caller:?} {permission}");
            }
        }
    }
}
