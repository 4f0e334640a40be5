//! What proves that a webhook comes from Stripe or SendGrid (seed 000, Webhook Signatures). Twilio's is in [`crate::auth`].

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::{self, Write as _};
use subtle::ConstantTimeEq as _;

/// How far Stripe's time may be from ours.
pub const STRIPE_TOLERANCE: Duration = Duration::minutes(5);
/// How far SendGrid's time may be from ours.
pub const SENDGRID_TOLERANCE: Duration = Duration::minutes(10);

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    Missing,
    Unreadable,
    /// Too old, or from the future.
    Expired,
    Wrong,
}

impl fmt::Display for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Forgery::Missing => "no signature",
            Forgery::Unreadable => "unreadable signature",
            Forgery::Expired => "signature of another time",
            Forgery::Wrong => "wrong signature",
        })
    }
}

/// Checks `Stripe-Signature`: `t=<seconds>,v1=<hex>[,v1=…]`, the HMAC-SHA256 of `<seconds>.<body>`. While a secret
/// is exchanged there are several `v1`; one that is right is enough.
pub fn verify_stripe(secret: &str, header: &str, body: &[u8], now: DateTime<Utc>) -> Result<(), Forgery> {
    if header.trim().is_empty() {
        return Err(Forgery::Missing);
    }
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts().find(|(name, _)| *name == "t").map(|(_, value)| value).ok_or(Forgery::Unreadable)?;
    check_time(time, now, STRIPE_TOLERANCE)?;
    let expected = stripe_mac(secret, time, body);
    let mut right = false;
    for (_, given) in parts().filter(|(name, _)| *name == "v1") {
        right |= bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
    }
    if right { Ok(()) } else { Err(Forgery::Wrong) }
}

/// The header that Stripe would send, for the payments' sandbox.
pub fn stripe_signature(secret: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let time = at.timestamp().to_string();
    format!("t={time},v1={}", stripe_mac(secret, &time, body))
}

/// In hexadecimal digits.
fn stripe_mac(secret: &str, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Checks SendGrid's two headers: the base64 of an ECDSA signature (P-256, SHA-256, DER) of `<timestamp><body>`.
/// `public_key` is DER (SPKI).
pub fn verify_sendgrid(public_key: &[u8], signature: &str, timestamp: &str, body: &[u8], now: DateTime<Utc>) -> Result<(), Forgery> {
    if signature.trim().is_empty() || timestamp.trim().is_empty() {
        return Err(Forgery::Missing);
    }
    let signature = STANDARD.decode(signature.trim()).map_err(|_| Forgery::Unreadable)?;
    check_time(timestamp, now, SENDGRID_TOLERANCE)?;
    let signed = [timestamp.as_bytes(), body].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public_key).verify(&signed, &signature).map_err(|_| Forgery::Wrong)
}

/// Reads `SENDGRID_WEBHOOK_PUBLIC_KEY`: base64 of a DER public key of P-256, as SendGrid shows it.
pub fn read_sendgrid_key(text: &str) -> Option<Vec<u8>> {
    let der = STANDARD.decode(text.split_whitespace().collect::<String>()).ok()?;
    // SPKI begins with a sequence; a bare point would pass too.
    (der.first() == Some(&0x30) && ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &der).is_ok()).then_some(der)
}

/// `text` is seconds since 1970.
fn check_time(text: &str, now: DateTime<Utc>, tolerance: Duration) -> Result<(), Forgery> {
    let seconds: i64 = text.parse().map_err(|_| Forgery::Unreadable)?;
    let at = DateTime::from_timestamp(seconds, 0).ok_or(Forgery::Unreadable)?;
    if (now - at).abs() > tolerance { Err(Forgery::Expired) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    /// Computed with `openssl dgst -sha256 -hmac`.
    const STRIPE_BODY: &[u8] = br#"{"id":"evt_1","type":"payment_intent.succeeded"}"#;
    const STRIPE_MAC: &str = "dddb552409221628501b5776dec7c6091453541fb6b1312d78e1b86b42cc0d3a";

    #[test]
    fn stripes_signature_passes_and_forged_ones_fail() {
        let (secret, now) = ("whsec_test_secret", at(1_759_665_600));
        let header = format!("t=1759665600,v1={STRIPE_MAC}");
        assert_eq!(stripe_signature(secret, now, STRIPE_BODY), header);
        let check = |header: &str| verify_stripe(secret, header, STRIPE_BODY, now);
        assert_eq!(check(&header), Ok(()));
        // Two secrets at once, a scheme of test mode, spaces.
        let zeros = "0".repeat(64);
        assert_eq!(check(&format!("t=1759665600, v1={zeros},v1={STRIPE_MAC},v0=abc")), Ok(()));
        assert_eq!(check(&format!("t=1759665600,v1={zeros},v1={}", &zeros[1..])), Err(Forgery::Wrong));
        // The old scheme, or none.
        assert_eq!(check(&format!("t=1759665600,v0={STRIPE_MAC}")), Err(Forgery::Wrong));
        assert_eq!(check("t=1759665600"), Err(Forgery::Wrong));
        assert_eq!(check(""), Err(Forgery::Missing));
        assert_eq!(check(&format!("v1={STRIPE_MAC}")), Err(Forgery::Unreadable));
        assert_eq!(check(&format!("t=now,v1={STRIPE_MAC}")), Err(Forgery::Unreadable));
        // Another time than the signed one.
        assert_eq!(check(&format!("t=1759665601,v1={STRIPE_MAC}")), Err(Forgery::Wrong));
        assert_eq!(verify_stripe("whsec_other", &header, STRIPE_BODY, now), Err(Forgery::Wrong));
        assert_eq!(verify_stripe(secret, &header, b"{}", now), Err(Forgery::Wrong));
    }

    #[test]
    fn stripes_signature_is_good_for_five_minutes() {
        let header = format!("t=1759665600,v1={STRIPE_MAC}");
        let check = |seconds: i64| verify_stripe("whsec_test_secret", &header, STRIPE_BODY, at(1_759_665_600 + seconds));
        assert_eq!((check(300), check(301)), (Ok(()), Err(Forgery::Expired)));
        assert_eq!((check(-300), check(-301)), (Ok(()), Err(Forgery::Expired)));
        let far = format!("t=9223372036854775807,v1={STRIPE_MAC}");
        assert_eq!(verify_stripe("whsec_test_secret", &far, STRIPE_BODY, at(0)), Err(Forgery::Unreadable));
    }

    /// The example that SendGrid's own libraries are tested with.
    const KEY: &str =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    const OTHER_KEY: &str =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==";
    const SIGNATURE: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    const OTHER_SIGNATURE: &str = "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0=";
    const TIMESTAMP: &str = "1600112502";
    const PAYLOAD: &str = concat!(
        r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
        r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
        r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
        r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
        "\r\n"
    );

    #[test]
    fn sendgrids_own_example_passes_and_forged_ones_fail() {
        let (key, other_key) = (read_sendgrid_key(KEY).expect("a key"), read_sendgrid_key(OTHER_KEY).expect("a key"));
        let now = at(1_600_112_502);
        let check = |key: &[u8], signature: &str, time: &str, body: &str| verify_sendgrid(key, signature, time, body.as_bytes(), now);
        assert_eq!(check(&key, SIGNATURE, TIMESTAMP, PAYLOAD), Ok(()));
        assert_eq!(check(&other_key, SIGNATURE, TIMESTAMP, PAYLOAD), Err(Forgery::Wrong));
        assert_eq!(check(&key, OTHER_SIGNATURE, TIMESTAMP, PAYLOAD), Err(Forgery::Wrong));
        assert_eq!(check(&key, SIGNATURE, "1600112503", PAYLOAD), Err(Forgery::Wrong));
        assert_eq!(check(&key, SIGNATURE, TIMESTAMP, PAYLOAD.trim_end()), Err(Forgery::Wrong), "the line end is signed too");
        assert_eq!(check(&key, "", TIMESTAMP, PAYLOAD), Err(Forgery::Missing));
        assert_eq!(check(&key, SIGNATURE, "", PAYLOAD), Err(Forgery::Missing));
        assert_eq!(check(&key, "not base64!", TIMESTAMP, PAYLOAD), Err(Forgery::Unreadable));
        assert_eq!(check(&key, "AAAA", TIMESTAMP, PAYLOAD), Err(Forgery::Wrong));
        assert_eq!(check(&key, SIGNATURE, "soon", PAYLOAD), Err(Forgery::Unreadable));
        for (late, result) in [(600, Ok(())), (601, Err(Forgery::Expired)), (-601, Err(Forgery::Expired))] {
            assert_eq!(verify_sendgrid(&key, SIGNATURE, TIMESTAMP, PAYLOAD.as_bytes(), at(1_600_112_502 + late)), result);
        }
    }

    #[test]
    fn only_a_key_of_p256_is_a_key() {
        for text in ["", "rubbish", "AAAA", &KEY[4..], "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="] {
            assert!(read_sendgrid_key(text).is_none(), "{text}");
        }
        assert!(read_sendgrid_key(&format!("{}\n {}", &KEY[..60], &KEY[60..])).is_some());
    }
}
