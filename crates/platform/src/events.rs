//! Domain events: what happened, written in the transaction in which it happened.
//! The same rows feed live pages, activity lists and histories.

use crate::{Conn, Ctx, Tx, execute, fetch_all, insert_rows};
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use tokio::sync::broadcast;

/// Something that happened. `kind` is the field's word (`lead_submitted`), `subject_id` what it
/// happened to, `contractor_id` the contractor who may see it (besides the administrators).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Event {
    pub id: Id,
    pub kind: String,
    pub subject_id: Id,
    pub contractor_id: Option<Id>,
    /// Who did it: `system`, `customer`, `admin`, `contractor:<id>`, `twilio`.
    pub actor: String,
    #[sqlx(json)]
    pub data: serde_json::Value,
    pub at: DateTime<Utc>,
}

/// The kind of the event that stands for lost ones: whoever shows something must load it again.
pub const MISSED: &str = "missed";

impl Event {
    /// Stands for events that got lost on their way.
    pub fn missed(at: DateTime<Utc>) -> Event {
        let nobody = String::new;
        Event { id: nobody(), kind: MISSED.into(), subject_id: nobody(), contractor_id: None, actor: "system".into(), data: ().into(), at }
    }
}

/// Records an event: the transaction writes it when it commits, and listeners hear of it afterwards.
pub async fn emit(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: &str,
    subject_id: &str,
    contractor_id: Option<&str>,
    actor: &str,
    data: serde_json::Value,
) -> Outcome<()> {
    let event = Event {
        id: ctx.new_id(),
        kind: kind.into(),
        subject_id: subject_id.into(),
        contractor_id: contractor_id.map(Into::into),
        actor: actor.into(),
        data,
        at: ctx.now(),
    };
    tx.add_event(event);
    Ok(())
}

/// Writes a transaction's events, all at once.
pub(crate) async fn insert(conn: &mut Conn, events: &[Event]) -> Outcome<()> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = "insert into events (id, kind, subject_id, contractor_id, actor, data, at) ";
    insert_rows!(conn, sql, events, |row, event| {
        row.push_bind(event.id.as_str())
            .push_bind(event.kind.as_str())
            .push_bind(event.subject_id.as_str())
            .push_bind(event.contractor_id.as_deref())
            .push_bind(event.actor.as_str())
            .push_bind(Json(&event.data))
            .push_bind(event.at);
    })?;
    Ok(())
}

/// The history of one subject, oldest first.
pub async fn list_of_subject(conn: &mut Conn, subject_id: &str) -> Outcome<Vec<Event>> {
    Ok(fetch_all!(
        conn,
        Event,
        "select id, kind, subject_id, contractor_id, actor, data, at from events where subject_id = $1 order by at, id limit 500",
        subject_id,
    )?)
}

/// What happened to one subject happened to another: they are the same.
pub async fn move_to(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    execute!(conn, "update events set subject_id = $2 where subject_id = $1", from, to)?;
    Ok(())
}

/// The latest events of all, newest first.
pub async fn list_latest(conn: &mut Conn, limit: i64) -> Outcome<Vec<Event>> {
    Ok(fetch_all!(
        conn,
        Event,
        "select id, kind, subject_id, contractor_id, actor, data, at from events order by at desc, id desc limit $1",
        limit,
    )?)
}

/// What other processes on the same database are told.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    /// An event was committed here.
    Event(Id),
    /// A job was.
    Jobs,
}

/// This process's listeners, and what goes out to other processes.
#[derive(Clone, Debug)]
pub struct Bus {
    listeners: broadcast::Sender<Event>,
    outgoing: broadcast::Sender<Outgoing>,
}

impl Default for Bus {
    fn default() -> Bus {
        Bus { listeners: broadcast::channel(1024).0, outgoing: broadcast::channel(1024).0 }
    }
}

impl Bus {
    /// Tells everybody of an event that was committed here.
    pub fn publish(&self, event: Event) {
        // Nobody listening is fine.
        let _ = self.outgoing.send(Outgoing::Event(event.id.clone()));
        self.relay(event);
    }

    /// Tells this process's listeners of an event that was committed elsewhere.
    pub(crate) fn relay(&self, event: Event) {
        let _ = self.listeners.send(event);
    }

    pub(crate) fn announce_jobs(&self) {
        let _ = self.outgoing.send(Outgoing::Jobs);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.listeners.subscribe()
    }

    pub(crate) fn outgoing(&self) -> broadcast::Receiver<Outgoing> {
        self.outgoing.subscribe()
    }
}
