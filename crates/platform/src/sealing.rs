//! Encryption of what the database must keep and nobody may read there: AES-256-GCM under `ENCRYPTION_KEY` (decision 12).

use crate::Ctx;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use kernel::{Outcome, Problem};
use sha2::{Digest as _, Sha256};

/// Encrypts a text. `what` (`totp:<account>`) is needed to open it again, so that a sealed value that is copied to
/// another row does not open there. The same text never looks the same twice.
pub fn seal(ctx: &Ctx, what: &str, text: &str) -> Outcome<String> {
    let nonce: [u8; NONCE_LEN] = ctx.random();
    let mut bytes = text.as_bytes().to_vec();
    let sealed = key_of(ctx)?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(what.as_bytes()), &mut bytes);
    sealed.map_err(|_| Problem::internal("a text could not be encrypted"))?;
    Ok(STANDARD_NO_PAD.encode([nonce.as_slice(), &bytes].concat()))
}

/// Reads what `seal` made. Errors: `Unavailable` when it is of another key, or was changed.
pub fn open(ctx: &Ctx, what: &str, sealed: &str) -> Outcome<String> {
    let text = || {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, bytes) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = bytes.to_vec();
        let key = key_of(ctx).ok()?;
        let opened = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(what.as_bytes()), &mut bytes).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    };
    text().ok_or_else(|| {
        tracing::error!(what, "an encrypted value does not open: was ENCRYPTION_KEY changed?");
        Problem::Unavailable("This cannot be read right now. Please contact support.".into())
    })
}

/// The setting may be any text; its SHA-256 is the key.
fn key_of(ctx: &Ctx) -> Outcome<LessSafeKey> {
    let key = Sha256::digest(ctx.settings.encryption_key.expose().as_bytes());
    let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| Problem::internal("a key of 32 bytes is refused"))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::{open, seal};
    use crate::settings::Secret;
    use crate::{Ctx, testing};
    use kernel::Problem;

    #[tokio::test]
    async fn only_the_same_key_and_purpose_open_it() {
        let db = testing::sqlite().await;
        let sealed = seal(&db.ctx, "totp:a", "a secret").expect("sealed");
        assert_eq!(open(&db.ctx, "totp:a", &sealed).expect("opened"), "a secret");
        assert_ne!(sealed, seal(&db.ctx, "totp:a", "a secret").expect("sealed"), "a nonce is used once");
        assert!(matches!(open(&db.ctx, "totp:b", &sealed), Err(Problem::Unavailable(_))), "another's row");
        let changed: String = sealed.chars().rev().collect();
        for wrong in ["", "x", "not base64!", changed.as_str()] {
            assert!(matches!(open(&db.ctx, "totp:a", wrong), Err(Problem::Unavailable(_))), "{wrong}");
        }
        let mut settings = db.ctx.settings.clone();
        settings.encryption_key = Secret::new("another-key-of-32-characters-or-more");
        let other = Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context");
        assert!(matches!(open(&other, "totp:a", &sealed), Err(Problem::Unavailable(_))), "another key");
    }
}
