//! Several processes on one Postgres hear of each other's events and jobs (LISTEN/NOTIFY).
//!
//! Told is only which events there are; who hears reads them from the database. It is told after the
//! commit and many at once: a `notify` inside the transactions would make all commits wait for one another.

use crate::events::{Event, Outgoing};
use crate::{Ctx, Db};
use kernel::Id;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use std::time::Duration;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;

const CHANNEL: &str = "plumbline";
/// So that a message stays far under Postgres's 8,000 bytes.
const MOST_EVENTS: usize = 150;
/// How long to wait before connecting again.
const PAUSE: Duration = Duration::from_secs(1);

/// What one process tells the others.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Message {
    /// Who tells it.
    node: Id,
    /// There is work for job workers.
    jobs: bool,
    /// Some events got lost here.
    missed: bool,
    events: Vec<Id>,
}

impl Message {
    fn add(&mut self, news: Outgoing) {
        match news {
            Outgoing::Event(id) => self.events.push(id),
            Outgoing::Jobs => self.jobs = true,
        }
    }
}

/// Tells the other processes what is committed here, and this one's listeners what is committed there,
/// until `shutdown` becomes true. On SQLite there are no others: it returns at once.
pub async fn connect(ctx: Ctx, mut shutdown: watch::Receiver<bool>) {
    let Db::Postgres(pool) = &ctx.db else { return };
    let node = ctx.new_id();
    tokio::select! {
        () = tell(&ctx, pool, &node) => {}
        () = listen(&ctx, pool, &node) => {}
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
}

async fn tell(ctx: &Ctx, pool: &PgPool, node: &str) {
    let mut outgoing = ctx.bus.outgoing();
    loop {
        let mut message = Message { node: node.to_owned(), ..Message::default() };
        match outgoing.recv().await {
            Ok(news) => message.add(news),
            Err(RecvError::Lagged(_)) => message.missed = true,
            Err(RecvError::Closed) => return,
        }
        // What was committed while the last message was on its way goes with this one.
        while message.events.len() < MOST_EVENTS {
            match outgoing.try_recv() {
                Ok(news) => message.add(news),
                Err(TryRecvError::Lagged(_)) => message.missed = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let text = serde_json::to_string(&message).unwrap_or_default();
        if let Err(error) = sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(pool).await {
            tracing::warn!(%error, "the other nodes could not be told of events");
        }
    }
}

async fn listen(ctx: &Ctx, pool: &PgPool, node: &str) {
    let mut heard_before = false;
    while !pool.is_closed() {
        if let Err(error) = listen_once(ctx, pool, node, &mut heard_before).await
            && !pool.is_closed()
        {
            tracing::warn!(%error, "the other nodes cannot be heard; trying again");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_once(ctx: &Ctx, pool: &PgPool, node: &str, heard_before: &mut bool) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    if std::mem::replace(heard_before, true) {
        ctx.bus.relay(Event::missed(ctx.now()));
    }
    loop {
        match listener.try_recv().await? {
            Some(notification) => hear(ctx, pool, node, notification.payload()).await?,
            // Connected again, after a while in which anything may have happened.
            None => ctx.bus.relay(Event::missed(ctx.now())),
        }
    }
}

async fn hear(ctx: &Ctx, pool: &PgPool, node: &str, text: &str) -> Result<(), sqlx::Error> {
    let Ok(message) = serde_json::from_str::<Message>(text) else {
        tracing::warn!("a message of another node cannot be read");
        return Ok(());
    };
    if message.node == node {
        return Ok(());
    }
    if message.jobs {
        ctx.wake.notify_one();
    }
    if !message.events.is_empty() {
        let sql = "select id, kind, subject_id, contractor_id, actor, data, at from events where id = any($1) order by at, id";
        for event in sqlx::query_as::<_, Event>(sql).bind(&message.events).fetch_all(pool).await? {
            ctx.bus.relay(event);
        }
    }
    if message.missed {
        ctx.bus.relay(Event::missed(ctx.now()));
    }
    Ok(())
}
