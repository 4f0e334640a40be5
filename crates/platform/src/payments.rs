//! Payments: a page of Stripe's where the payer types the card, or a sandbox page of our own; and cards that Stripe keeps
//! for later. Card data never comes here (seed 000, Data Privacy); what became of a payment comes back as a signed webhook.

pub mod sandbox;
mod stripe;

use crate::Ctx;
use crate::jobs::{Job, JobError, Running};
use crate::mail::SendError;
use crate::settings::Settings;
use futures::future::BoxFuture;
use kernel::{Id, Money};
use serde::{Deserialize, Serialize};

/// What is to be paid, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Ours; the same payment asked for twice is one page.
    pub payment_id: Id,
    pub email: String,
    /// The provider's id of the payer, when they have one.
    pub customer_id: Option<String>,
    /// Keep the card that is used, so that it can be charged later. Needs a `customer_id`.
    pub save_card: bool,
    /// What each amount is for.
    pub lines: Vec<(String, Money)>,
    /// What the provider tells back with the payment's end.
    pub metadata: Vec<(&'static str, String)>,
    /// Where the payer goes afterwards.
    pub return_url: String,
}

/// The page where a payment is made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// The provider's id of it.
    pub id: String,
    pub url: String,
}

/// A card that the provider keeps: what people know it by, and no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The provider's id of it (`pm_…`).
    pub id: String,
    /// `visa`
    pub brand: String,
    pub last4: String,
    pub exp_month: i64,
    pub exp_year: i64,
}

/// A saved card is to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Ours; the same payment asked for twice is charged once.
    pub payment_id: Id,
    pub customer_id: String,
    pub card_id: String,
    pub amount: Money,
    pub what: String,
    /// What the provider tells back with the payment's end.
    pub metadata: Vec<(&'static str, String)>,
}

/// What became of a charge. The provider's ids are of the payment (`pi_…`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    Succeeded {
        provider_id: String,
    },
    /// Its end comes as a webhook.
    Processing,
    /// The bank wants to hear the payer: it must be paid on the provider's page.
    NeedsPayer,
    /// In words for the payer.
    Declined {
        provider_id: Option<String>,
        reason: String,
    },
}

/// Takes payments, and keeps cards.
pub trait Payments: Send + Sync {
    /// Whose customers and cards these are: `stripe` or `sandbox`.
    fn name(&self) -> &'static str;

    fn checkout<'a>(&'a self, order: &'a Checkout) -> BoxFuture<'a, Result<Session, SendError>>;

    /// Closes a page, so that nobody pays there any more. Errors: `Fail` when it is closed, or paid, already.
    fn expire<'a>(&'a self, session_id: &'a str) -> BoxFuture<'a, Result<(), SendError>>;

    /// The provider's id for a payer of ours; asked for twice, the same.
    fn customer<'a>(&'a self, contractor_id: &'a str, email: &'a str) -> BoxFuture<'a, Result<String, SendError>>;

    /// A customer's saved cards, newest first.
    fn cards<'a>(&'a self, ctx: &'a Ctx, customer_id: &'a str) -> BoxFuture<'a, Result<Vec<Card>, SendError>>;

    /// Forgets a card.
    fn remove_card<'a>(&'a self, ctx: &'a Ctx, card_id: &'a str) -> BoxFuture<'a, Result<(), SendError>>;

    /// Charges a saved card.
    fn charge<'a>(&'a self, ctx: &'a Ctx, charge: &'a Charge) -> BoxFuture<'a, Result<Charged, SendError>>;
}

/// Closes a page on which something would be paid twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExpireCheckoutJob {
    pub session_id: String,
}

impl Job for ExpireCheckoutJob {
    const KIND: &'static str = "expire_checkout";

    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        match ctx.breakers.payments.call(ctx, ctx.payments.expire(&self.session_id)).await {
            // Closed in another way.
            Ok(()) | Err(SendError::Fail(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Stripe when there is a key, else the sandbox.
pub fn from_settings(settings: &Settings) -> anyhow::Result<Box<dyn Payments>> {
    Ok(match &settings.stripe.secret_key {
        Some(key) => Box::new(stripe::Stripe {
            client: crate::http::client()?,
            base: format!("{}/v1", settings.stripe.api_base),
            secret_key: key.expose().to_owned(),
        }),
        None => Box::new(sandbox::Sandbox { public_url: settings.public_url.clone() }),
    })
}
