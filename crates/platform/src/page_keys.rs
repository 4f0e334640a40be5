//! Keys of pages that people open without signing in: the record's id with our signature. Who knows the id alone, from a
//! list or an API's answer, cannot open the page.

use crate::Ctx;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Id, Outcome, Problem};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How many bytes of the signature a key has: 128 bits.
const BYTES: usize = 16;

/// The key of a record's page. `purpose` keeps keys of different pages apart.
pub fn key_of(ctx: &Ctx, purpose: &'static str, id: &str) -> String {
    format!("{id}-{}", signature(ctx, purpose, id))
}

/// The id in a key. Errors: `NotFound` (a `purpose`) when the signature is not ours.
pub fn read(ctx: &Ctx, purpose: &'static str, key: &str) -> Outcome<Id> {
    let (id, given) = key.split_once('-').ok_or_else(|| Problem::not_found(purpose, key))?;
    let is_ours: bool = signature(ctx, purpose, id).as_bytes().ct_eq(given.as_bytes()).into();
    if is_ours { Ok(id.into()) } else { Err(Problem::not_found(purpose, key)) }
}

fn signature(ctx: &Ctx, purpose: &str, id: &str) -> String {
    let secret = ctx.settings.jwt_secret.expose().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(format!("page:{purpose}:{id}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    URL_SAFE_NO_PAD.encode(bytes.get(..BYTES).unwrap_or_default())
}
