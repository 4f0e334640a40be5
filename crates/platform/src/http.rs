//! The one HTTP client for providers.

use std::sync::OnceLock;
use std::time::Duration;

/// The client that every provider shares: time-outs of 10 s, no redirects.
/// Errors: the TLS set-up failed.
#[expect(clippy::disallowed_methods, reason = "the one place that makes it")]
pub fn client() -> anyhow::Result<reqwest::Client> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client.clone());
    }
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("plumbline/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(CLIENT.get_or_init(|| client).clone())
}
