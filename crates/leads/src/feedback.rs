//! What customers think of the work (seed 000, Send Feedback Emails; decisions 30, 32 and 38).

use crate::lead::ServiceType;
use kernel::{Fields, Problem};
use serde::{Deserialize, Serialize};

/// What the mailed form shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedbackForm {
    pub customer_first_name: String,
    pub business_name: String,
    pub service_type: ServiceType,
}

/// A customer's answer (decision 38).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewFeedback {
    /// 1 to 5.
    pub rating: Option<i64>,
    pub comment: Option<String>,
    /// Whether the contractor came.
    pub attended: Option<bool>,
}

impl NewFeedback {
    /// The most characters of a comment.
    pub const MAX_COMMENT: usize = 2000;

    /// The rating and the comment. Errors: `Invalid` with every wrong field.
    pub fn check(&self) -> Result<(i64, Option<String>), Problem> {
        let mut fields = Fields::default();
        let rating = fields.required("rating", self.rating);
        if rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
            fields.reject("rating", "must be between 1 and 5");
        }
        let comment = fields.optional_text("comment", self.comment.as_deref(), Self::MAX_COMMENT);
        Ok((fields.finish_with(rating)?, comment))
    }
}

#[cfg(feature = "ssr")]
pub use asking::{form, give, send_requests};

#[cfg(feature = "ssr")]
mod asking {
    use super::{FeedbackForm, NewFeedback};
    use crate::store::feedback::{Customer, NewRow};
    use crate::{mails, store};
    use chrono::Duration;
    use kernel::{Outcome, Problem};
    use platform::auth::{self, Caller};
    use platform::{Conn, Ctx, events};
    use serde_json::json;

    /// The links' purpose; the account of a link is the lead.
    const PURPOSE: &str = "feedback";
    /// How long a mailed link is good.
    const LINK_TTL: Duration = Duration::days(30);
    /// How long after the first contact the customer is asked: once, between the two (decision 32).
    const ASK_AFTER: Duration = Duration::hours(24);
    const ASK_BEFORE: Duration = Duration::hours(48);
    const BATCH: i64 = 200;

    /// Mails a link to the form to everyone who was contacted 24 to 48 hours ago, once for each lead, and not to
    /// addresses that bounced (seed 000, Send Feedback Emails). Answers how many mails were handed to the outbox.
    /// Safe to run twice and on several nodes.
    pub async fn send_requests(ctx: &Ctx) -> Outcome<i64> {
        let (since, until) = (ctx.now() - ASK_BEFORE, ctx.now() - ASK_AFTER);
        let mut sent = 0;
        loop {
            let due = store::feedback::list_to_ask(&mut ctx.db.read().await?, PURPOSE, since, until, BATCH).await?;
            for lead_id in &due {
                sent += i64::from(ask(ctx, lead_id).await?);
            }
            // Whoever was asked is not in the next batch.
            if due.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                return Ok(sent);
            }
        }
    }

    async fn ask(ctx: &Ctx, lead_id: &str) -> Outcome<bool> {
        let mut tx = ctx.begin().await?;
        // The lead's lock lets one of several nodes ask; the link tells that it did.
        store::leads::lock(&mut tx, lead_id).await?;
        if store::feedback::was_asked(&mut tx, PURPOSE, lead_id).await? {
            return Ok(false);
        }
        let Some(customer) = store::feedback::find_customer(&mut tx, lead_id).await? else { return Ok(false) };
        let token = auth::new_link(ctx, &mut tx, PURPOSE, lead_id, LINK_TTL).await?;
        mails::feedback_request(ctx, &mut tx, &customer, &token).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What the form of a mailed link shows. Errors: `NotFound`; `Conflict` (`link_used`, `link_expired`).
    pub async fn form(ctx: &Ctx, token: &str) -> Outcome<FeedbackForm> {
        let mut conn = ctx.db.read().await?;
        let lead_id = auth::peek_link(ctx, &mut conn, PURPOSE, token).await?;
        let customer = customer_of(&mut conn, &lead_id).await?;
        Ok(FeedbackForm {
            customer_first_name: customer.customer_first_name,
            business_name: customer.business_name,
            service_type: customer.service_type,
        })
    }

    async fn customer_of(conn: &mut Conn, lead_id: &str) -> Outcome<Customer> {
        // The token, not the lead, is what the caller knows.
        store::feedback::find_customer(conn, lead_id).await?.ok_or_else(|| Problem::not_found("Link", ""))
    }

    /// Keeps a customer's answer, for the contractor who has the lead. The link is good once.
    /// Errors: `Invalid`; `NotFound`; `Conflict` (`link_used`, `link_expired`).
    pub async fn give(ctx: &Ctx, token: &str, new: &NewFeedback) -> Outcome<()> {
        let (rating, comment) = new.check()?;
        let mut tx = ctx.begin().await?;
        let lead_id = auth::use_link(ctx, &mut tx, PURPOSE, token).await?;
        let customer = customer_of(&mut tx, &lead_id).await?;
        let row = NewRow {
            id: &ctx.new_id(),
            customer: &customer,
            rating,
            attended: new.attended,
            comment: comment.as_deref(),
            created_at: ctx.now(),
        };
        if !store::feedback::insert(&mut tx, &row).await? {
            return Err(Problem::conflict("feedback_given", "Thank you, we have your feedback already"));
        }
        let data = json!({
            "leadId": lead_id, "customerName": customer.customer_first_name, "contractorId": customer.contractor_id,
            "businessName": customer.business_name, "rating": rating, "attended": new.attended,
        });
        events::emit(ctx, &mut tx, "feedback_given", &lead_id, Some(&customer.contractor_id), &Caller::Anyone.actor(), data).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::NewFeedback;

    #[test]
    fn ratings_are_one_to_five() {
        let rated = |rating: Option<i64>| NewFeedback { rating, ..NewFeedback::default() }.check().ok().map(|(rating, _)| rating);
        for good in 1..=5 {
            assert_eq!(rated(Some(good)), Some(good));
        }
        for bad in [None, Some(0), Some(6), Some(-1), Some(i64::MAX)] {
            assert_eq!(rated(bad), None, "{bad:?}");
        }
        let long = NewFeedback { rating: Some(5), comment: Some("x".repeat(2001)), attended: None };
        assert!(long.check().is_err());
    }
}
