//! One SQL text for SQLite and Postgres.
//!
//! A store function takes `&mut Conn` and one of the macros `fetch_all!`, `fetch_one!`,
//! `fetch_optional!`, `fetch_scalar!` or `execute!`, which expand the query for both engines.
//! Values are always bound (`$1`); a list's optional filters are built with [`Where`].

mod filter;
mod macros;
mod near;

pub use filter::{Value, Where};
pub use near::Near;

use crate::Ctx;
use crate::events::{self, Event};
use crate::jobs::{self, NewJob};
use kernel::{Outcome, Problem};
use sha2::{Digest as _, Sha256};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The database: an embedded SQLite file (many readers, one writer) or a Postgres pool.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite { readers: SqlitePool, writer: SqlitePool, near: Arc<Near> },
    Postgres(PgPool),
}

/// Prepared statements that a connection keeps: a batch has another text for each of its sizes.
const STATEMENTS: usize = 500;

/// What every connection to SQLite is told. It forgets its pages whenever another one has written; what is mapped is
/// not read anew. A checkpoint waits for the disk: 32 MB of changes together write a busy page once, not once a megabyte.
const SQLITE_PRAGMAS: [(&str, &str); 4] =
    [("mmap_size", "268435456"), ("cache_size", "-8000"), ("temp_store", "memory"), ("wal_autocheckpoint", "8000")];

impl Db {
    /// Opens `sqlite://path` (made when missing) or `postgres://…`. Does not migrate.
    pub async fn connect(url: &str) -> anyhow::Result<Db> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)?.application_name("plumbline").statement_cache_capacity(STATEMENTS);
            let connected = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(10))
                // A busy connection is alive; asking one each time would double the round trips.
                .test_before_acquire(false)
                .before_acquire(|conn, meta| {
                    Box::pin(async move {
                        if meta.idle_for > Duration::from_secs(2) {
                            conn.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_with(options.clone())
                .await;
            // The pool waits for a server that is starting, and then says only that it has waited.
            if let Err(sqlx::Error::PoolTimedOut) = &connected
                && let Ok(Err(why)) = tokio::time::timeout(Duration::from_secs(2), PgConnection::connect_with(&options)).await
            {
                return Err(why.into());
            }
            return Ok(Db::Postgres(connected?));
        }
        let mut options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .statement_cache_capacity(STATEMENTS)
            .busy_timeout(Duration::from_secs(10))
            .optimize_on_close(true, None);
        for (name, value) in SQLITE_PRAGMAS {
            options = options.pragma(name, value);
        }
        if let Some(folder) = options.get_filename().parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        // The writer first: it makes the file that the readers open.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await?;
        // Each is a thread: more of them than cores only take turns.
        let readers = std::thread::available_parallelism().map_or(4, |cores| u32::try_from(cores.get()).unwrap_or(4).clamp(2, 16));
        let readers = SqlitePoolOptions::new()
            .max_connections(readers)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.clone().read_only(true))
            .await?;
        let near = Arc::new(Near::new(options.get_filename()));
        Ok(Db::Sqlite { readers, writer, near })
    }

    /// A Postgres replica, connected when it is first asked.
    pub(crate) fn connect_replica(url: &str) -> anyhow::Result<Db> {
        let options = PgConnectOptions::from_str(url)?.application_name("plumbline");
        Ok(Db::Postgres(PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(10)).connect_lazy_with(options)))
    }

    /// Brings the schema up to date; safe to repeat, and safe from several nodes at once.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let migrations = Db::migrations();
        match self {
            Db::Sqlite { writer, .. } => migrations.run(writer).await?,
            Db::Postgres(pool) => migrations.run(pool).await?,
        }
        Ok(())
    }

    /// The migrations compiled in.
    pub(crate) fn migrations() -> Migrator {
        const ALL: &[(i64, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
        Migrator::with_migrations(
            ALL.iter()
                .map(|&(version, description, sql)| {
                    Migration::new(version, description.into(), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
                })
                .collect(),
        )
    }

    /// `sqlite` or `postgres`.
    pub fn engine_name(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// A connection for reading outside a transaction.
    pub async fn read(&self) -> Outcome<Conn> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Conn::SqlitePool(readers.acquire().await?),
            Db::Postgres(pool) => Conn::PostgresPool(pool.acquire().await?),
        })
    }

    /// Asks the database whether it is there: a connection of the pool alone may be of a server that has gone since.
    pub async fn ping(&self) -> Outcome<()> {
        match self.read().await?.engine() {
            Engine::Sqlite(c) => c.ping().await?,
            Engine::Postgres(c) => c.ping().await?,
        }
        Ok(())
    }

    /// SQLite's readers on the caller's own thread; `None` on Postgres.
    pub fn near(&self) -> Option<&Near> {
        match self {
            Db::Sqlite { near, .. } => Some(near),
            Db::Postgres(_) => None,
        }
    }

    /// A writing transaction, rolled back when dropped. On SQLite there is one at a time.
    pub(crate) async fn begin(&self, ctx: Ctx) -> Outcome<Tx> {
        let conn = match self {
            Db::Sqlite { writer, .. } => Conn::SqliteTx(begin_sqlite(writer).await?),
            Db::Postgres(pool) => Conn::PostgresTx(pool.begin().await?),
        };
        Ok(Tx { conn, events: Vec::new(), jobs: Vec::new(), ctx })
    }

    pub async fn close(&self) {
        match self {
            Db::Sqlite { readers, writer, near } => {
                near.close();
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

async fn begin_sqlite(writer: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    const BEGIN: &str = "begin immediate";
    match writer.begin_with(BEGIN).await {
        // On a full disk SQLite ends a transaction by itself, and sqlx does not hear of it.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(BEGIN).await
        }
        begun => begun,
    }
}

/// What a store function talks to: a pooled connection or a transaction, of either engine.
#[derive(Debug)]
pub enum Conn {
    SqlitePool(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    PostgresPool(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// A borrowed connection of one engine; only the query macros look inside.
pub enum Engine<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn {
    pub fn engine(&mut self) -> Engine<'_> {
        match self {
            Conn::SqlitePool(c) => Engine::Sqlite(c),
            Conn::SqliteTx(c) => Engine::Sqlite(c),
            Conn::PostgresPool(c) => Engine::Postgres(c),
            Conn::PostgresTx(c) => Engine::Postgres(c),
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Conn::PostgresPool(_) | Conn::PostgresTx(_))
    }
}

/// Makes transactions that name the same things wait for one another, also when there is no row to lock yet.
/// Take it before any row. SQLite needs none: it has one writer.
pub async fn lock_names(conn: &mut Conn, names: impl Iterator<Item = String>) -> Outcome<()> {
    if let Engine::Postgres(c) = conn.engine() {
        let number = |name: String| {
            let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(name.as_bytes()));
            i64::from_be_bytes([a, b, c, d, e, f, g, h])
        };
        let mut numbers: Vec<i64> = names.map(number).collect();
        // In one order, so that transactions never wait in a circle.
        numbers.sort_unstable();
        numbers.dedup();
        sqlx::query("select pg_advisory_xact_lock(n) from unnest($1) n").bind(numbers).execute(c).await?;
    }
    Ok(())
}

/// A use case's transaction. Its events and jobs are written together when it commits.
pub struct Tx {
    conn: Conn,
    events: Vec<Event>,
    jobs: Vec<NewJob>,
    ctx: Ctx,
}

impl Tx {
    /// Commits, then tells this process's listeners what happened and its workers that there is work.
    pub async fn commit(mut self) -> Outcome<()> {
        events::insert(&mut self.conn, &self.events).await?;
        jobs::insert(&mut self.conn, &self.jobs).await?;
        match self.conn {
            Conn::SqliteTx(tx) => tx.commit().await?,
            Conn::PostgresTx(tx) => tx.commit().await?,
            Conn::SqlitePool(_) | Conn::PostgresPool(_) => return Err(Problem::internal("not a transaction")),
        }
        for event in self.events {
            self.ctx.bus.publish(event);
        }
        if !self.jobs.is_empty() {
            self.ctx.wake.notify_one();
            self.ctx.bus.announce_jobs();
        }
        Ok(())
    }

    pub(crate) fn add_event(&mut self, event: Event) {
        self.events.push(event);
    }

    pub(crate) fn add_job(&mut self, job: NewJob) {
        self.jobs.push(job);
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}
impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
