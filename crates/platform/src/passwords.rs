//! Password hashes: bcrypt, 12 rounds (seed 000, Data Privacy), never on the threads that answer requests.

use kernel::{Outcome, Problem};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What bcrypt reads of a password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 72;

/// Hashes and checks passwords, two at a time so that a burst of logins leaves the machine usable.
#[derive(Clone, Debug)]
pub struct Passwords {
    cost: u32,
    slots: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(cost: u32) -> Passwords {
        Passwords { cost, slots: Arc::new(Semaphore::new(2)) }
    }

    /// Errors: `Invalid` for more than 72 bytes, `Unavailable` when too many wait.
    pub async fn hash(&self, password: String) -> Outcome<String> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(Problem::invalid("password", format!("must be at most {MAX_PASSWORD_BYTES} bytes")));
        }
        let cost = self.cost;
        self.run(move || bcrypt::hash(password, cost)).await
    }

    /// Whether the password is the one of the hash. Without a hash it is false after the same time, so that
    /// nobody learns which accounts exist. Errors: `Unavailable` when too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Outcome<bool> {
        let known = hash.is_some() && password.len() <= MAX_PASSWORD_BYTES;
        let hash = hash.unwrap_or_else(|| nobodys_hash(self.cost));
        Ok(self.run(move || bcrypt::verify(password, &hash)).await? && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static) -> Outcome<T> {
        let slot = tokio::time::timeout(Duration::from_secs(10), self.slots.clone().acquire_owned())
            .await
            .map_err(|_| Problem::Unavailable("Too many people are signing in right now. Please try again.".into()))?
            .map_err(Problem::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work itself: it goes on when the request is gone.
            let _slot = slot;
            work()
        });
        done.await.map_err(Problem::internal)?.map_err(Problem::internal)
    }
}

/// A hash of the right form and cost that belongs to nobody.
fn nobodys_hash(cost: u32) -> String {
    format!("$2b${cost:02}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_passes() {
        let passwords = Passwords::new(4);
        let hash = passwords.hash("correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$2b$04$"));
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.expect("checked"));
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.expect("checked"));
        assert!(!passwords.verify("anything".into(), None).await.expect("checked"));
    }

    #[tokio::test]
    async fn what_bcrypt_would_cut_off_is_refused() {
        let passwords = Passwords::new(4);
        let longest = "a".repeat(72);
        let hash = passwords.hash(longest.clone()).await.expect("72 bytes are fine");
        assert!(passwords.verify(longest.clone(), Some(hash.clone())).await.expect("checked"));
        assert!(!passwords.verify(format!("{longest}b"), Some(hash)).await.expect("checked"));
        assert!(matches!(passwords.hash(format!("{longest}b")).await, Err(Problem::Invalid(_))));
    }
}
