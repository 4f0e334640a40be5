//! Providers that are down are left alone for a while: a circuit breaker for each.

use crate::Ctx;
use crate::mail::SendError;
use chrono::{DateTime, Duration, Utc};
use std::sync::{Mutex, PoisonError};

/// Failures in a row after which a provider is left alone.
const FAILURES: u32 = 5;
/// How long it is left alone before one request tries it again.
pub const PAUSE: Duration = Duration::seconds(30);

/// The breakers of this process, one a provider.
#[derive(Debug)]
pub struct Breakers {
    pub mail: Breaker,
    pub sms: Breaker,
    pub payments: Breaker,
}

impl Default for Breakers {
    fn default() -> Breakers {
        Breakers { mail: Breaker::new("mail"), sms: Breaker::new("SMS"), payments: Breaker::new("payments") }
    }
}

/// Lets requests through until a provider has failed [`FAILURES`] times in a row; then none for [`PAUSE`], then one:
/// its end decides.
#[derive(Debug)]
pub struct Breaker {
    provider: &'static str,
    state: Mutex<State>,
}

/// How a provider does, as this process has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Well,
    /// Failures in a row.
    Failing(u32),
    /// Left alone until then.
    LeftAlone(DateTime<Utc>),
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// No request before this time; none when all may go.
    closed_until: Option<DateTime<Utc>>,
}

impl Breaker {
    pub fn new(provider: &'static str) -> Breaker {
        Breaker { provider, state: Mutex::default() }
    }

    /// Makes a request unless the provider is left alone. A message that the provider refuses (`SendError::Fail`) is
    /// no failure of the provider. Errors: `SendError::Later` when it is left alone, or the request's own.
    pub async fn call<T>(&self, ctx: &Ctx, request: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
        if !self.may_go(ctx.now()) {
            return Err(SendError::Later(format!("the provider of {} does not answer and is left alone for a while", self.provider)));
        }
        let answer = request.await;
        self.note(ctx.now(), !matches!(answer, Err(SendError::Retry(_))));
        answer
    }

    /// How the provider does.
    pub fn health(&self) -> Health {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match (state.closed_until, state.failures) {
            (Some(until), _) => Health::LeftAlone(until),
            (None, 0) => Health::Well,
            (None, failures) => Health::Failing(failures),
        }
    }

    fn may_go(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.closed_until {
            None => true,
            // Never longer than a pause, also when the clock was wrong and is put back.
            Some(until) if until > now && until <= now + PAUSE => false,
            // This one tries. The others wait for its end, or for another pause if it never ends.
            Some(_) => {
                state.closed_until = Some(now + PAUSE);
                true
            }
        }
    }

    fn note(&self, now: DateTime<Utc>, is_well: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if is_well {
            if state.closed_until.is_some() {
                tracing::info!(provider = self.provider, "the provider answers again");
            }
            *state = State::default();
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            tracing::warn!(provider = self.provider, failures = state.failures, "the provider is left alone for a while");
            metrics::counter!("plumbline_breaker_opened_total", "provider" => self.provider).increment(1);
            state.closed_until = Some(now + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_request_tries_again() {
        let (breaker, start) = (Breaker::new("test"), crate::testing::start());
        for _ in 0..3 {
            for _ in 1..FAILURES {
                breaker.note(start, false);
            }
            breaker.note(start, true);
        }
        assert!(breaker.may_go(start), "a success in between starts the count anew");
        assert_eq!(breaker.health(), Health::Well);
        breaker.note(start, false);
        assert_eq!(breaker.health(), Health::Failing(1));
        for _ in 0..FAILURES {
            breaker.note(start, false);
        }
        assert!(!breaker.may_go(start) && !breaker.may_go(start + PAUSE - Duration::seconds(1)));
        assert_eq!(breaker.health(), Health::LeftAlone(start + PAUSE));
        let later = start + PAUSE;
        assert!(breaker.may_go(later) && !breaker.may_go(later), "one request tries");
        breaker.note(later, false);
        assert!(!breaker.may_go(later + PAUSE - Duration::seconds(1)), "one failure closes the way again");
        // A try that never ended is followed by another.
        assert!(breaker.may_go(later + PAUSE) && breaker.may_go(later + PAUSE * 2));
        breaker.note(later + PAUSE * 2, true);
        assert!(breaker.may_go(later + PAUSE * 2) && breaker.may_go(later + PAUSE * 2));
    }

    #[test]
    fn a_clock_that_was_wrong_leaves_nobody_alone_for_long() {
        let (breaker, start) = (Breaker::new("test"), crate::testing::start());
        for _ in 0..FAILURES {
            breaker.note(start, false);
        }
        let put_back = start - Duration::hours(1);
        assert!(breaker.may_go(put_back) && !breaker.may_go(put_back), "one request tries");
    }
}
