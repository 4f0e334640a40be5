//! Codes of authenticator apps: TOTP (RFC 6238) on HOTP (RFC 4226), with SHA-1, six digits and thirty seconds, which is
//! what every app knows.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Outcome, Problem};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, EcLevel, QrCode};
use sha1::Sha1;
use std::fmt::Write as _;
use subtle::ConstantTimeEq as _;

/// How long a code is shown, in seconds.
pub const PERIOD: i64 = 30;
/// A secret's length in bytes: what RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
const DIGITS: u32 = 6;

/// The code of one step.
fn code_at(secret: &[u8], step: i64, digits: u32) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    // RFC 4226, 5.3: the last four bits say where the 31 bits of the code begin.
    let at = usize::from(hash[19] & 0x0f);
    let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:0width$}", number % 10_u32.pow(digits), width = digits as usize)
}

/// The code of a time.
pub fn code(secret: &[u8], at: DateTime<Utc>) -> String {
    code_at(secret, at.timestamp().div_euclid(PERIOD), DIGITS)
}

/// The step whose code this is: the present one, the one before or the one after, for clocks are never quite right.
pub fn step_of(secret: &[u8], code: &str, at: DateTime<Utc>) -> Option<i64> {
    let now = at.timestamp().div_euclid(PERIOD);
    let mut found = None;
    for step in now - 1..=now + 1 {
        if bool::from(code_at(secret, step, DIGITS).as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// Base32 (RFC 4648) without padding, as authenticator apps take keys and people type them.
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut five = [0_u8; 8];
        five[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(five);
        for letter in 0..(chunk.len() * 8).div_ceil(5) {
            text.push(char::from(LETTERS[(bits >> (35 - letter * 5)) as usize & 31]));
        }
    }
    text
}

/// What the QR code says: an address that authenticator apps open.
pub fn address(company: &str, account: &str, secret: &[u8]) -> String {
    let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (company, account) = (escape(company), escape(account));
    format!("otpauth://totp/{company}:{account}?secret={}&issuer={company}", base32(secret))
}

/// A text as a QR code: SVG, dark on light whatever the page's colours are, with the quiet zone that cameras need.
pub fn qr_svg(text: &str) -> Outcome<String> {
    const QUIET: usize = 4;
    let qr = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Problem::internal)?;
    let width = qr.width();
    let mut path = String::new();
    for (at, color) in qr.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
        }
    }
    let size = width + 2 * QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    /// RFC 6238, appendix B, SHA-1.
    #[test]
    fn the_vectors_of_the_standard_come_out() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code_at(SECRET, seconds / PERIOD, 8), code, "{seconds}");
            assert_eq!(super::code(SECRET, at(seconds)), code[2..], "{seconds}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_counters_of_the_older_standard_come_out() {
        for (step, code) in
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"].into_iter().enumerate()
        {
            assert_eq!(code_at(SECRET, i64::try_from(step).expect("small"), 6), code);
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_its_neighbours() {
        let code = super::code(SECRET, at(60));
        for (seconds, step) in [(29, None), (30, Some(2)), (60, Some(2)), (119, Some(2)), (120, None)] {
            assert_eq!(step_of(SECRET, &code, at(seconds)), step, "{seconds}");
        }
        for wrong in ["", "12345", "1234567", "abcdef"] {
            assert_eq!(step_of(SECRET, wrong, at(60)), None, "{wrong}");
        }
    }

    /// RFC 4648, chapter 10, without the padding.
    #[test]
    fn keys_are_written_as_apps_take_them() {
        for (text, coded) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(text.as_bytes()), coded);
        }
    }

    #[test]
    fn the_address_and_its_picture_are_well_formed() {
        let address = address("HVAC & Co", "me+you@example.com", SECRET);
        assert_eq!(
            address,
            "otpauth://totp/HVAC%20%26%20Co:me%2Byou%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HVAC%20%26%20Co"
        );
        let svg = qr_svg(&address).expect("drawn");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && svg.matches("h1v1h-1z").count() > 500);
    }
}
