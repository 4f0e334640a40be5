//! Telling contractors what they chose to hear of, by the channels that they chose.

use super::{Letter, send};
use crate::notifications::{Channel, Occasion};
use crate::store;
use crate::store::notifications::Recipient;
use kernel::Outcome;
use platform::push::{self, SendPushJob};
use platform::sms::{self, SendSmsJob, Sms};
use platform::{Ctx, Tx};

/// What a contractor is told, besides the letter.
pub(super) struct Told<'a> {
    pub occasion: Occasion,
    /// The kind of message, for the log.
    pub template: &'static str,
    pub lead_id: Option<&'a str>,
    /// The text message, without its link, and the push message.
    pub short: String,
    /// The page that it is about.
    pub path: String,
}

/// Tells one contractor; one who is gone is not told.
pub(super) async fn tell_contractor(ctx: &Ctx, tx: &mut Tx, contractor_id: &str, letter: Letter, told: &Told<'_>) -> Outcome<()> {
    match store::notifications::list_recipients(tx, &[contractor_id]).await?.first() {
        Some(to) => tell(ctx, tx, to, letter, told).await,
        None => Ok(()),
    }
}

/// Writes the mail, the text message and the push messages that this contractor wants.
pub(super) async fn tell(ctx: &Ctx, tx: &mut Tx, to: &Recipient, letter: Letter, told: &Told<'_>) -> Outcome<()> {
    tell_elsewhere(ctx, tx, to, &letter.subject, told).await?;
    if to.choices.is_on(told.occasion, Channel::Email) {
        send(ctx, tx, letter.to(ctx, &to.email), told.template, told.lead_id, Some(&to.id)).await?;
    }
    Ok(())
}

/// Writes the text message and the push messages that this contractor wants.
pub(super) async fn tell_elsewhere(ctx: &Ctx, tx: &mut Tx, to: &Recipient, subject: &str, told: &Told<'_>) -> Outcome<()> {
    let wants = |channel| to.choices.is_on(told.occasion, channel);
    if wants(Channel::Sms) {
        let body = format!("{} {}{}", told.short, ctx.settings.public_url, told.path);
        let job = SendSmsJob {
            sms: Sms { to: to.phone.clone(), body },
            lead_id: told.lead_id.map(Into::into),
            contractor_id: Some(to.id.clone()),
            template: told.template.into(),
        };
        sms::queue(ctx, tx, job).await?;
    }
    if wants(Channel::Push) {
        for browser in &to.browsers {
            let job = SendPushJob {
                subscription_id: browser.clone(),
                title: subject.to_owned(),
                body: told.short.clone(),
                path: told.path.clone(),
                lead_id: told.lead_id.map(Into::into),
                contractor_id: to.id.clone(),
                template: told.template.into(),
            };
            push::queue(ctx, tx, &job).await?;
        }
    }
    Ok(())
}
