//! Plays Stripe where no key of Stripe's is set: for trying out and for tests, never in production. Its page is
//! `server::inbound::sandbox`; its cards are rows of a table.

use super::{Card, Charge, Charged, Checkout, Payments, Session};
use crate::mail::SendError;
use crate::{Ctx, Tx, execute, fetch_all, fetch_optional};
use futures::future::BoxFuture;
use kernel::{Outcome, Problem};
use std::future::ready;

/// Made-up cards as Stripe's test cards are: the last digits say what happens when they are charged later.
pub const CARDS: [(&str, &str, &str); 3] = [
    ("visa", "4242", "works"),
    ("mastercard", "0341", "is declined when it is charged later"),
    ("visa", "3184", "asks for confirmation when it is charged later"),
];

pub(super) struct Sandbox {
    pub public_url: String,
}

/// Keeps one of [`CARDS`] for a customer. Errors: `Invalid` for another.
pub async fn save_card(ctx: &Ctx, tx: &mut Tx, customer_id: &str, last4: &str) -> Outcome<()> {
    let (brand, last4, _) =
        CARDS.iter().find(|(_, digits, _)| *digits == last4).ok_or_else(|| Problem::invalid("card", "must be one of the offered cards"))?;
    execute!(
        tx,
        "insert into sandbox_cards (id, customer_id, brand, last4, created_at) values ($1, $2, $3, $4, $5)",
        format!("pm_sandbox_{}", ctx.new_id()),
        customer_id,
        *brand,
        *last4,
        ctx.now(),
    )?;
    Ok(())
}

fn broken(problem: &Problem) -> SendError {
    SendError::Retry(problem.to_string())
}

async fn list(ctx: &Ctx, customer_id: &str) -> Outcome<Vec<Card>> {
    let sql = "select id, brand, last4 from sandbox_cards where customer_id = $1 order by created_at desc, id desc";
    let rows = fetch_all!(&mut ctx.db.read().await?, (String, String, String), sql, customer_id)?;
    Ok(rows.into_iter().map(|(id, brand, last4)| Card { id, brand, last4, exp_month: 12, exp_year: 2034 }).collect())
}

async fn remove(ctx: &Ctx, card_id: &str) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(tx, "delete from sandbox_cards where id = $1", card_id)?;
    tx.commit().await
}

async fn charge(ctx: &Ctx, charge: &Charge) -> Outcome<Charged> {
    let provider_id = format!("pi_sandbox_{}", charge.payment_id);
    let sql = "select last4 from sandbox_cards where id = $1 and customer_id = $2";
    let card = fetch_optional!(&mut ctx.db.read().await?, (String,), sql, charge.card_id.as_str(), charge.customer_id.as_str())?;
    Ok(match card.as_ref().map(|(last4,)| last4.as_str()) {
        Some("0341") => {
            Charged::Declined { provider_id: Some(provider_id), reason: "Your card has insufficient funds (the sandbox says so).".into() }
        }
        Some("3184") => Charged::NeedsPayer,
        Some(_) => Charged::Succeeded { provider_id },
        None => Charged::Declined { provider_id: None, reason: "This card is not saved any more.".into() },
    })
}

impl Payments for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn checkout<'a>(&'a self, order: &'a Checkout) -> BoxFuture<'a, Result<Session, SendError>> {
        let id = &order.payment_id;
        let session = Session { id: format!("cs_sandbox_{id}"), url: format!("{}/pay/sandbox/{id}", self.public_url) };
        Box::pin(ready(Ok(session)))
    }

    fn expire<'a>(&'a self, _session_id: &'a str) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(ready(Ok(())))
    }

    fn customer<'a>(&'a self, contractor_id: &'a str, _email: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(ready(Ok(format!("cus_sandbox_{contractor_id}"))))
    }

    fn cards<'a>(&'a self, ctx: &'a Ctx, customer_id: &'a str) -> BoxFuture<'a, Result<Vec<Card>, SendError>> {
        Box::pin(async move { list(ctx, customer_id).await.map_err(|problem| broken(&problem)) })
    }

    fn remove_card<'a>(&'a self, ctx: &'a Ctx, card_id: &'a str) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { remove(ctx, card_id).await.map_err(|problem| broken(&problem)) })
    }

    fn charge<'a>(&'a self, ctx: &'a Ctx, new: &'a Charge) -> BoxFuture<'a, Result<Charged, SendError>> {
        Box::pin(async move { charge(ctx, new).await.map_err(|problem| broken(&problem)) })
    }
}
