//! Calls over tracking numbers (seed 000, Twilio Call Status; decisions 25 and 26).

use kernel::{Order, Page, text_enum};

text_enum! {
    /// What Twilio says about a call (seed 000, Twilio Call Status; `queued` and `canceled` are Twilio's own).
    pub enum CallStatus {
        Queued => "queued" "Queued",
        Initiated => "initiated" "Started",
        Ringing => "ringing" "Ringing",
        InProgress => "in-progress" "In progress",
        Failed => "failed" "Failed",
        Busy => "busy" "Busy",
        NoAnswer => "no-answer" "No answer",
        Canceled => "canceled" "Canceled",
        Completed => "completed" "Completed",
    }
}

impl CallStatus {
    /// Later states of a call rank higher; callbacks may arrive in any order.
    const fn rank(self) -> u8 {
        match self {
            CallStatus::Queued => 0,
            CallStatus::Initiated => 1,
            CallStatus::Ringing => 2,
            CallStatus::InProgress => 3,
            CallStatus::Failed | CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Canceled => 4,
            CallStatus::Completed => 5,
        }
    }

    /// Whether the call is over.
    pub const fn is_final(self) -> bool {
        self.rank() >= 4
    }

    /// The call's status after another callback: it never moves back.
    pub const fn after(self, news: CallStatus) -> CallStatus {
        if news.rank() > self.rank() { news } else { self }
    }
}

text_enum! {
    /// What the list of calls without a lead is sorted by.
    pub enum CallSort {
        When => "when" "When",
        Length => "length" "Length",
    }
}

/// Which calls without a lead a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmatchedFilter {
    /// A part of either number.
    pub q: Option<String>,
    pub order: Order<CallSort>,
    pub page: Page,
}

impl UnmatchedFilter {
    pub fn of_page(page: Page) -> UnmatchedFilter {
        UnmatchedFilter { q: None, order: Order::down(CallSort::When), page }
    }
}

/// The shortest completed call that is billed, in seconds (seed 000, Twilio Call Status).
pub const BILLABLE_SECONDS: i64 = 30;

#[cfg(feature = "ssr")]
pub use recording::{CallEvent, find, list_unmatched, record, record_in};

#[cfg(feature = "ssr")]
mod recording {
    use super::{BILLABLE_SECONDS, CallStatus, UnmatchedFilter};
    use crate::lead::LeadStatus;
    use crate::views::CallView;
    use crate::{billing, progress, store};
    use kernel::{Fields, Id, Listed, Outcome, Permission, Phone, Problem};
    use platform::auth::Caller;
    use platform::{Ctx, Tx, events};
    use serde_json::json;

    /// One callback about a call (seed 000, Twilio Call Status, Request Body).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CallEvent {
        pub call_sid: String,
        pub status: CallStatus,
        /// Seconds.
        pub duration: Option<i64>,
        pub from: String,
        pub to: String,
        pub recording_url: Option<String>,
        pub recording_sid: Option<String>,
        pub direction: Option<String>,
    }

    /// Records a callback in a transaction of its own.
    pub async fn record(ctx: &Ctx, event: &CallEvent) -> Outcome<()> {
        let mut tx = ctx.begin().await?;
        record_in(ctx, &mut tx, event).await?;
        tx.commit().await
    }

    /// Records a callback: the call, the first contact, the qualification and the charge. Callbacks may
    /// come twice, late and in any order; each effect happens once. Errors: `Invalid` without a CallSid.
    pub async fn record_in(ctx: &Ctx, tx: &mut Tx, event: &CallEvent) -> Outcome<()> {
        let mut fields = Fields::default();
        let call_sid = fields.text("CallSid", Some(&event.call_sid), 64);
        let from = phone_or_text(&fields.optional_text("From", Some(&event.from), 64).unwrap_or_default());
        let to = phone_or_text(&fields.optional_text("To", Some(&event.to), 64).unwrap_or_default());
        fields.finish()?;
        let now = ctx.now();
        let is_new = store::calls::insert(tx, &ctx.new_id(), &call_sid, &from, &to, event.status, now).await?;
        let Some(mut call) = store::calls::lock(tx, &call_sid).await? else {
            return Err(kernel::Problem::internal("a call that was just inserted is gone"));
        };
        let had_ended = !is_new && call.status.is_final();
        call.status = call.status.after(event.status);
        call.duration_seconds = call.duration_seconds.max(event.duration.map(|seconds| seconds.clamp(0, 86_400)));
        keep(&mut call.direction, event.direction.as_deref(), 40);
        // Shown as a link.
        keep(
            &mut call.recording_url,
            event.recording_url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            1000,
        );
        keep(&mut call.recording_sid, event.recording_sid.as_deref(), 64);

        let seconds = call.duration_seconds.unwrap_or(0);
        let completed = call.status == CallStatus::Completed;
        let answered = event.status == CallStatus::InProgress || (completed && seconds > 0);
        if answered && call.answered_at.is_none() {
            call.answered_at = Some(now);
        }
        if call.lead_id.is_none() {
            call.lead_id = match store::tracking::find_lead(tx, &from, &to).await? {
                Some(lead_id) => Some(lead_id),
                None => store::calls::find_lead_by_phones(tx, &from, &to).await?,
            };
        }
        let mut lead = match call.lead_id.as_deref() {
            Some(lead_id) => store::leads::lock(tx, lead_id).await?,
            None => None,
        };
        if let Some(kept) = lead.as_ref().and_then(|lead| lead.merged_into.clone()) {
            lead = store::leads::lock(tx, &kept).await?;
            call.lead_id = Some(kept);
        }
        if let Some(mut lead) = lead {
            if call.contractor_id.is_none() {
                call.contractor_id.clone_from(&lead.contractor_id);
            }
            // A lead that went to another contractor meanwhile is no longer this call's business.
            if call.contractor_id.is_some() && call.contractor_id == lead.contractor_id {
                let actor = Caller::Twilio.actor();
                if answered && lead.status < LeadStatus::Contacted {
                    progress::advance(ctx, tx, &mut lead, LeadStatus::Contacted, &actor).await?;
                }
                if completed && seconds >= BILLABLE_SECONDS {
                    if lead.status < LeadStatus::Qualified {
                        progress::advance(ctx, tx, &mut lead, LeadStatus::Qualified, &actor).await?;
                    }
                    billing::bill(ctx, tx, &lead, &call_sid).await?;
                }
            }
        }
        store::calls::update(tx, &call, now).await?;
        if call.status.is_final() && !had_ended {
            let subject = call.lead_id.as_deref().unwrap_or(&call.id).to_owned();
            let data =
                json!({ "callSid": call_sid, "leadId": call.lead_id, "status": call.status, "durationSeconds": call.duration_seconds });
            events::emit(ctx, tx, "call_logged", &subject, call.contractor_id.as_deref(), "twilio", data).await?;
        }
        Ok(())
    }

    /// A call and the lead that it belongs to, if any. Errors: `NotFound`; `Forbidden` for others than admins.
    pub async fn find(ctx: &Ctx, caller: &Caller, call_sid: &str) -> Outcome<(CallView, Option<Id>)> {
        caller.may(Permission::View)?;
        let row = store::calls::find(&mut ctx.db.read().await?, call_sid).await?;
        let row = row.ok_or_else(|| Problem::not_found("Call", call_sid))?;
        let lead_id = row.lead_id.clone();
        Ok((row.into(), lead_id))
    }

    /// Calls that belong to no lead (decision 26), in the filter's order. Errors: `Forbidden` for others than admins.
    pub async fn list_unmatched(ctx: &Ctx, caller: &Caller, filter: &UnmatchedFilter) -> Outcome<Listed<CallView>> {
        caller.may(Permission::View)?;
        store::calls::list_unmatched(&mut ctx.db.read().await?, filter).await
    }

    /// E.164 for a US number; else what the provider sent (`client:…`, other countries).
    fn phone_or_text(text: &str) -> String {
        Phone::parse(text).map_or_else(|| text.to_owned(), |phone| phone.e164().to_owned())
    }

    /// Fills in what was not known before.
    fn keep(slot: &mut Option<String>, news: Option<&str>, max: usize) {
        if let Some(news) = news.map(str::trim).filter(|n| !n.is_empty() && n.chars().count() <= max && !n.contains('\0')) {
            *slot = Some(news.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CallStatus;

    #[test]
    fn a_call_never_moves_back() {
        assert_eq!(CallStatus::Completed.after(CallStatus::Ringing), CallStatus::Completed);
        assert_eq!(CallStatus::Ringing.after(CallStatus::Busy), CallStatus::Busy);
        assert_eq!(CallStatus::NoAnswer.after(CallStatus::InProgress), CallStatus::NoAnswer);
        for a in CallStatus::ALL {
            for b in CallStatus::ALL {
                assert_eq!(a.after(*b).after(*a), a.after(*b));
            }
        }
    }
}
