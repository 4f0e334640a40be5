//! What contractors are told of, and how: by mail, text message and in their browsers.

use kernel::{Problem, text_enum};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

text_enum! {
    /// What a contractor may be told of.
    pub enum Occasion {
        NewLead => "new_lead" "A new lead",
        DeadlineNear => "deadline_near" "A quarter of the time to call is left",
        LeadLost => "lead_lost" "Too late: the time to call is over",
        Bill => "bill" "Invoices and reminders",
        DisputeDecided => "dispute_decided" "A dispute is decided",
        Payment => "payment" "Payments",
    }
}

text_enum! {
    /// How a contractor is told.
    pub enum Channel {
        Email => "email" "E-mail",
        Sms => "sms" "Text",
        Push => "push" "Browser",
    }
}

impl Occasion {
    /// Whether a contractor is told so who has chosen nothing: texts only of what cannot wait.
    pub const fn is_usual(self, channel: Channel) -> bool {
        match channel {
            Channel::Email | Channel::Push => true,
            Channel::Sms => matches!(self, Occasion::NewLead | Occasion::DeadlineNear | Occasion::LeadLost),
        }
    }
}

/// Which occasions a contractor wants by which channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices(BTreeSet<(Occasion, Channel)>);

impl Default for Choices {
    fn default() -> Choices {
        let usual = |occasion: Occasion| Channel::ALL.iter().filter(move |c| occasion.is_usual(**c)).map(move |c| (occasion, *c));
        Choices(Occasion::ALL.iter().copied().flat_map(usual).collect())
    }
}

impl Choices {
    pub fn is_on(&self, occasion: Occasion, channel: Channel) -> bool {
        self.0.contains(&(occasion, channel))
    }

    /// Changes one.
    pub fn set(&mut self, occasion: Occasion, channel: Channel, is_on: bool) {
        if is_on {
            self.0.insert((occasion, channel));
        } else {
            self.0.remove(&(occasion, channel));
        }
    }

    /// Every pair, and whether it is wanted.
    pub fn all(&self) -> impl Iterator<Item = (Occasion, Channel, bool)> {
        Occasion::ALL.iter().flat_map(move |o| Channel::ALL.iter().map(move |c| (*o, *c, self.is_on(*o, *c))))
    }
}

/// Choices as a form sends them: `new_lead:email` for each that is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewChoices {
    pub on: Vec<String>,
}

impl NewChoices {
    /// Reads the choices. Errors: `Invalid` for words that are not known, and when new leads would be told neither by
    /// mail nor by text: a browser may be closed for days.
    pub fn check(&self) -> Result<Choices, Problem> {
        let mut choices = Choices(BTreeSet::new());
        for word in self.on.iter().filter(|word| !word.is_empty()) {
            let pair = word.split_once(':').and_then(|(o, c)| Some((o.parse::<Occasion>().ok()?, c.parse::<Channel>().ok()?)));
            let (occasion, channel) = pair.ok_or_else(|| Problem::invalid("on", "names something that we do not send"))?;
            choices.set(occasion, channel, true);
        }
        if !choices.is_on(Occasion::NewLead, Channel::Email) && !choices.is_on(Occasion::NewLead, Channel::Sms) {
            return Err(Problem::invalid("on", "must have new leads by e-mail or text, or you would miss them"));
        }
        Ok(choices)
    }
}

#[cfg(feature = "ssr")]
pub use choosing::{Settings, get, save, subscribe, unsubscribe};

#[cfg(feature = "ssr")]
mod choosing {
    use super::{Choices, NewChoices};
    use crate::contractors::own_id;
    use crate::store;
    use kernel::{Id, Outcome, Problem};
    use platform::Ctx;
    use platform::auth::Caller;
    use platform::push::{self, Browser, NewSubscription};

    /// A contractor's choices, and the browsers that get messages.
    #[derive(Clone, Debug)]
    pub struct Settings {
        pub choices: Choices,
        pub browsers: Vec<Browser>,
    }

    /// The own choices. Errors: `Forbidden` for others than contractors.
    pub async fn get(ctx: &Ctx, caller: &Caller) -> Outcome<Settings> {
        let id = own_id(caller)?;
        let mut conn = ctx.db.read().await?;
        let found = store::notifications::list_recipients(&mut conn, &[&id]).await?.pop();
        let recipient = found.ok_or_else(|| Problem::not_found("Contractor", &id))?;
        let mut browsers = push::list(&mut conn, &id).await?;
        // The others must ask again; the next message to one removes it.
        browsers.retain(|browser| browser.knows_us(&ctx.settings));
        Ok(Settings { choices: recipient.choices, browsers })
    }

    /// Keeps the own choices. Errors: `Invalid`; `Forbidden` for others than contractors.
    pub async fn save(ctx: &Ctx, caller: &Caller, new: &NewChoices) -> Outcome<()> {
        let id = own_id(caller)?;
        let choices = new.check()?;
        let mut tx = ctx.begin().await?;
        store::contractors::lock_account(&mut tx, &id).await?.ok_or_else(|| Problem::not_found("Contractor", &id))?;
        store::notifications::replace(&mut tx, &id, &choices).await?;
        tx.commit().await
    }

    /// Sends push messages to a browser of the caller's from now on, until they sign out of the session there. Answers the
    /// browser's id. Errors: `Invalid`; `Forbidden` for others than contractors.
    pub async fn subscribe(ctx: &Ctx, caller: &Caller, session_id: &str, new: &NewSubscription) -> Outcome<Id> {
        let id = own_id(caller)?;
        let mut tx = ctx.begin().await?;
        let browser_id = push::subscribe(ctx, &mut tx, &id, session_id, new).await?;
        tx.commit().await?;
        Ok(browser_id)
    }

    /// Sends no more to a browser. Errors: `NotFound`, also for another's; `Forbidden` for others than contractors.
    pub async fn unsubscribe(ctx: &Ctx, caller: &Caller, browser_id: &str) -> Outcome<()> {
        let id = own_id(caller)?;
        let mut tx = ctx.begin().await?;
        if !push::unsubscribe(&mut tx, &id, browser_id).await? {
            return Err(Problem::not_found("Browser", browser_id));
        }
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_leads_are_always_told() {
        let form = |on: &[&str]| NewChoices { on: on.iter().map(ToString::to_string).collect() };
        assert!(form(&[]).check().is_err());
        assert!(form(&["new_lead:push", "bill:email"]).check().is_err());
        assert!(form(&["new_lead:pigeon", "new_lead:sms"]).check().is_err());
        let choices = form(&["", "new_lead:sms", "payment:push"]).check().expect("good");
        let on: Vec<_> = choices.all().filter(|(.., on)| *on).map(|(o, c, _)| (o, c)).collect();
        assert_eq!(on, [(Occasion::NewLead, Channel::Sms), (Occasion::Payment, Channel::Push)]);
    }

    #[test]
    fn by_default_texts_tell_what_cannot_wait() {
        let usual = Choices::default();
        assert!(usual.is_on(Occasion::NewLead, Channel::Sms) && usual.is_on(Occasion::Bill, Channel::Email));
        assert!(!usual.is_on(Occasion::Bill, Channel::Sms));
        assert_eq!(usual.all().count(), 18);
    }
}
