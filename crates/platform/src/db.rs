//! One SQL text for SQLite and Postgres.
//!
//! A store function takes `&mut Conn` and one of the macros `fetch_all!`, `fetch_one!`,
//! `fetch_optional!`, `fetch_scalar!` or `execute!`, which expand the query for both engines.
//! Values are always bound (`$1`); a list's optional filters are built with [`Where`].

mod near;

pub use near::Near;

use crate::Ctx;
use crate::events::{self, Event};
use crate::jobs::{self, NewJob};
use chrono::{DateTime, Utc};
use kernel::{Outcome, Problem};
use sha2::{Digest as _, Sha256};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::fmt::Write as _;
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

/// A bound value of a dynamic filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Int(i64),
    Bool(bool),
    Time(DateTime<Utc>),
}

impl From<&str> for Value {
    fn from(v: &str) -> Value {
        Value::Text(v.into())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Value {
        Value::Text(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Value {
        Value::Int(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Value {
        Value::Bool(v)
    }
}
impl From<DateTime<Utc>> for Value {
    fn from(v: DateTime<Utc>) -> Value {
        Value::Time(v)
    }
}

/// A `where` clause that grows by the filters that are set; values are bound, never formatted in.
#[derive(Clone, Debug, Default)]
pub struct Where {
    clause: String,
    pub values: Vec<Value>,
}

impl Where {
    /// Adds a condition; each `?` in it stands for `value`'s placeholder.
    pub fn and(&mut self, condition: &'static str, value: impl Into<Value>) -> &mut Where {
        self.values.push(value.into());
        self.glue();
        let placeholder = format!("${}", self.values.len());
        self.clause.push_str(&condition.replace('?', &placeholder));
        self
    }

    /// Adds a condition when there is a value for it.
    pub fn and_some(&mut self, condition: &'static str, value: Option<impl Into<Value>>) -> &mut Where {
        if let Some(value) = value {
            self.and(condition, value);
        }
        self
    }

    /// Adds a condition on two values; its first `?` stands for the first, its second for the second.
    pub fn and_both(&mut self, condition: &'static str, first: impl Into<Value>, second: impl Into<Value>) -> &mut Where {
        self.values.extend([first.into(), second.into()]);
        self.glue();
        let n = self.values.len();
        let clause = condition.replacen('?', &format!("${}", n - 1), 1).replacen('?', &format!("${n}"), 1);
        self.clause.push_str(&clause);
        self
    }

    /// Adds a condition without a value.
    pub fn and_fixed(&mut self, condition: &'static str) -> &mut Where {
        self.glue();
        self.clause.push_str(condition);
        self
    }

    /// ` where a = $1 and b = $2`, or nothing.
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// ` limit $n offset $m` with both bound; call it last.
    pub fn page(&mut self, page: kernel::Page) -> String {
        self.values.push(Value::Int(page.limit));
        self.values.push(Value::Int(page.offset));
        let mut sql = String::new();
        let n = self.values.len();
        let _ = write!(sql, " limit ${} offset ${n}", n - 1);
        sql
    }

    fn glue(&mut self) {
        self.clause.push_str(if self.clause.is_empty() { " where " } else { " and " });
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! bind_values {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                $crate::Value::Text(v) => query.bind(v.as_str()),
                $crate::Value::Int(v) => query.bind(*v),
                $crate::Value::Bool(v) => query.bind(*v),
                $crate::Value::Time(v) => query.bind(*v),
            };
        }
        query
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! on_engine {
    ($conn:expr, |$c:ident| $query:expr) => {
        match $conn.engine() {
            $crate::db::Engine::Sqlite($c) => $query,
            $crate::db::Engine::Postgres($c) => $query,
        }
    };
}

/// `fetch_all!(conn, Row, "select … where x = $1", x)?` → `Vec<Row>`.
#[macro_export]
macro_rules! fetch_all {
    ($conn:expr, $Row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_as::<_, $Row>($sql)$(.bind($bind))*.fetch_all(c).await)
    };
}

/// `fetch_optional!(conn, Row, "select …", x)?` → `Option<Row>`.
#[macro_export]
macro_rules! fetch_optional {
    ($conn:expr, $Row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_as::<_, $Row>($sql)$(.bind($bind))*.fetch_optional(c).await)
    };
}

/// `fetch_one!(conn, Row, "select …", x)?` → `Row`.
#[macro_export]
macro_rules! fetch_one {
    ($conn:expr, $Row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_as::<_, $Row>($sql)$(.bind($bind))*.fetch_one(c).await)
    };
}

/// `fetch_scalar!(conn, i64, "select count(*) …", x)?` → the first column of the one row.
#[macro_export]
macro_rules! fetch_scalar {
    ($conn:expr, $T:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_scalar::<_, $T>($sql)$(.bind($bind))*.fetch_one(c).await)
    };
}

/// `execute!(conn, "update …", x)?` → the number of rows changed.
#[macro_export]
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected()))
    };
}

/// `insert_rows!(conn, "insert into t (a, b) ", items, |row, item| { row.push_bind(item.a).push_bind(item.b); }, " on conflict …")?`
/// inserts all items in one statement → the number of rows changed. There must be an item.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $sql:expr, $items:expr, |$row:ident, $item:pat_param| $bind:block $(, $end:expr)? $(,)?) => {
        $crate::on_engine!($conn, |c| {
            let mut query = $crate::sqlx::QueryBuilder::new($sql);
            query.push_values($items, |mut $row, $item| $bind);
            $(query.push($end);)?
            query.build().execute(c).await.map(|done| done.rows_affected())
        })
    };
}

/// As `fetch_all!` with text built at run time and the values of a [`Where`].
#[macro_export]
macro_rules! fetch_all_where {
    ($conn:expr, $Row:ty, $sql:expr, $values:expr) => {{
        let sql: ::std::string::String = $sql;
        $crate::on_engine!($conn, |c| $crate::bind_values!($crate::sqlx::query_as::<_, $Row>($crate::sqlx::AssertSqlSafe(sql)), $values)
            .fetch_all(c)
            .await)
    }};
}

/// As `fetch_scalar!` with text built at run time and the values of a [`Where`].
#[macro_export]
macro_rules! fetch_scalar_where {
    ($conn:expr, $T:ty, $sql:expr, $values:expr) => {{
        let sql: ::std::string::String = $sql;
        $crate::on_engine!($conn, |c| $crate::bind_values!($crate::sqlx::query_scalar::<_, $T>($crate::sqlx::AssertSqlSafe(sql)), $values)
            .fetch_one(c)
            .await)
    }};
}
