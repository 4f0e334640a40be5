//! What the administrator sees (seed 000, Admin Endpoints). Errors: `Forbidden` for others than admins.

use crate::admin_views::{Activity, AdminDashboard, Comparison, LeadFile, Period, PeriodFigures, RecordCounts};
use crate::views::{HistoryEntry, LeadFilter, LeadPage, LeadView};
use crate::{reassigning, store};
use kernel::{Id, Listed, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::{Ctx, events, notifications};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Events worth reading in the activity list.
pub const ACTIVITY_KINDS: [&str; 18] = [
    "lead_submitted",
    "lead_assigned",
    "lead_contacted",
    "lead_qualified",
    "lead_deadline_missed",
    "lead_reassigned",
    "lead_merged",
    "billing_created",
    "billing_paid",
    "dispute_submitted",
    "dispute_resolved",
    "feedback_given",
    "payment_failed",
    "payment_mismatch",
    "contractor_registered",
    "contractor_approved",
    "contractor_suspended",
    "contractor_rejected",
];

/// The figures, the latest activity and the last thirty days.
pub async fn dashboard(ctx: &Ctx, caller: &Caller) -> Outcome<AdminDashboard> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let stats = store::numbers::of_admin(&mut conn, ctx.now()).await?;
    let days = store::numbers::days(&mut conn, Period::last(30, ctx.now().date_naive())).await?;
    let recent_activity = events::list_latest(&mut conn, 100)
        .await?
        .into_iter()
        .filter(|event| ACTIVITY_KINDS.contains(&event.kind.as_str()))
        .take(20)
        .map(|event| Activity { kind: event.kind, data: event.data, at: event.at })
        .collect();
    Ok(AdminDashboard { stats, recent_activity, days })
}

/// What the subjects and the contractors of the audit log are called, by their ids.
pub async fn names_of(ctx: &Ctx, caller: &Caller, ids: BTreeSet<Id>) -> Outcome<BTreeMap<Id, String>> {
    caller.may(Permission::View)?;
    Ok(store::names::list(&mut ctx.db.read().await?, ids).await?.into_iter().collect())
}

/// All leads that the filter asks for, in its order.
pub async fn list_leads(ctx: &Ctx, caller: &Caller, filter: &LeadFilter) -> Outcome<Listed<LeadView>> {
    caller.may(Permission::View)?;
    store::leads::list(&mut ctx.db.read().await?, filter).await
}

/// One lead with all that happened to it. Errors: `NotFound`.
pub async fn get_lead(ctx: &Ctx, caller: &Caller, lead_id: &str) -> Outcome<LeadPage> {
    caller.may(Permission::View)?;
    let mut conn = ctx.db.read().await?;
    let lead = store::leads::find(&mut conn, lead_id).await?.ok_or_else(|| Problem::not_found("Lead", lead_id))?;
    let factors = store::leads::find_factors(&mut conn, lead_id).await?;
    let calls = store::calls::list_of_lead(&mut conn, lead_id, None).await?;
    let bill = store::billing::find_of_lead(&mut conn, lead_id).await?;
    let history = events::list_of_subject(&mut conn, lead_id)
        .await?
        .into_iter()
        .map(|event| HistoryEntry { kind: event.kind, actor: event.actor, at: event.at, data: event.data })
        .collect();
    let consent = store::consents::find(&mut conn, lead_id).await?;
    Ok(LeadPage { lead, factors, history, calls, bill, consent })
}

/// As `get_lead`, with the mails and SMS in its history, why it went where it went, who could take it now and which leads
/// look like the same request. Errors: `NotFound`.
pub async fn get_file(ctx: &Ctx, caller: &Caller, lead_id: &str) -> Outcome<LeadFile> {
    let options = reassigning::options(ctx, caller, lead_id).await?;
    let mut page = get_lead(ctx, caller, lead_id).await?;
    let mut conn = ctx.db.read().await?;
    let messages = notifications::list_of_lead(&mut conn, lead_id).await?;
    page.history.extend(messages.into_iter().map(|m| HistoryEntry {
        kind: format!("{}_{}", m.channel, m.status),
        actor: "system".into(),
        at: m.created_at,
        data: json!({ "template": m.template, "recipient": m.recipient, "error": m.error }),
    }));
    page.history.sort_by_key(|entry| entry.at);
    let scoring_version = store::leads::find_scoring_version(&mut conn, lead_id).await?;
    let decisions = store::decisions::list_of_lead(&mut conn, lead_id).await?;
    let alike = store::leads::list_alike(&mut conn, &page.lead).await?;
    let notes = store::notes::list(&mut conn, lead_id, None).await?;
    Ok(LeadFile { page, scoring_version, decisions, options, alike, notes })
}

/// The figures of some days beside those of as many days before.
pub async fn compare(ctx: &Ctx, caller: &Caller, period: Period) -> Outcome<Comparison> {
    caller.may(Permission::View)?;
    let both = Period { from: period.before().from, to: period.to };
    let days = store::numbers::days(&mut ctx.db.read().await?, both).await?;
    let (before, days): (Vec<_>, Vec<_>) = days.into_iter().partition(|point| point.day < period.from);
    Ok(Comparison { period, now: PeriodFigures::of(&days), before: PeriodFigures::of(&before), days })
}

/// How many rows the documented tables have (seed 000, Get Backup Status).
pub async fn record_counts(ctx: &Ctx, caller: &Caller) -> Outcome<RecordCounts> {
    caller.may(Permission::View)?;
    store::numbers::count_records(&mut ctx.db.read().await?).await
}
