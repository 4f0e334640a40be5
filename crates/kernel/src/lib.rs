//! The vocabulary that every room of Plumbline shares: pure, WASM-safe, no I/O.

mod access;
mod changes;
mod fields;
mod file_kind;
mod logs;
mod masking;
mod money;
mod page;
mod phone;
mod problem;
mod text_enum;
mod zip;

pub use access::{Permission, StaffRole};
pub use changes::Changes;
pub use fields::{FieldError, Fields};
pub use file_kind::FileKind;
pub use logs::{JobStatus, WebhookProvider, WebhookResult};
pub use masking::mask;
pub use money::Money;
pub use page::{Listed, Order, Page};
pub use phone::Phone;
pub use problem::{Outcome, Problem};
pub use zip::{Place, STATES, Zip};

#[cfg(feature = "ssr")]
pub use sqlx;

/// The text of a record's identity. Made by `platform::Ctx`, opaque to everyone else.
pub type Id = String;
