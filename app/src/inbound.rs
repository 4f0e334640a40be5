//! What pages ask of the server's room for webhooks, which this crate cannot see. The server's wiring provides it.

use crate::errors::{AppError, ErrorKind};
use kernel::{Id, Outcome};
use leads::calls::CallStatus;
use leptos::prelude::use_context;
use platform::Ctx;
use platform::auth::Caller;
use platform::webhooks::Webhook;
use std::pin::Pin;

/// What is answered later.
pub type Later<T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send>>;

/// The server's room for webhooks.
#[derive(Clone, Copy)]
pub struct Inbound {
    /// Processes a stored webhook again.
    pub replay: fn(Ctx, Caller, Id) -> Later<Webhook>,
    /// Plays a call's callbacks, and answers its CallSid.
    pub play_call: fn(Ctx, Caller, PlayedCall) -> Later<String>,
}

/// A call to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayedCall {
    /// E.164.
    pub from: String,
    pub to: String,
    /// How it ends: `Completed`, or a way of not being answered.
    pub outcome: CallStatus,
    /// How long it lasts when it is answered.
    pub seconds: i64,
}

/// The room. Errors: `Internal` outside of the server's pages.
pub fn inbound() -> Result<Inbound, AppError> {
    use_context::<Inbound>().ok_or_else(|| AppError::new(ErrorKind::Internal, crate::text::OUR_FAULT))
}
