//! What everyone sees: the landing page, the request form, the way in.

mod actions;
mod area;
mod feedback;
mod frame;
mod join;
mod join_draft;
mod landing;
#[cfg(feature = "ssr")]
mod landing_drawn;
mod legal;
mod login;
mod not_found;
mod passwords;
mod request;
mod request_draft;
mod request_sent;

pub use actions::*;
pub use feedback::FeedbackPage;
pub use frame::PublicFrame;
pub use join::JoinPage;
pub use landing::LandingPage;
#[cfg(feature = "ssr")]
pub use landing_drawn::Landing;
pub use legal::{ImprintPage, PrivacyPage};
pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use passwords::{ForgotPasswordPage, SetPasswordPage};
pub use request::RequestPage;
pub use request_sent::RequestSentPage;
