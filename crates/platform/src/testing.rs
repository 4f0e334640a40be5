//! Databases for the tests of all crates: SQLite always, Postgres too when `TEST_POSTGRES_URL` names a server.
//!
//! ```no_run
//! # async fn example() {
//! for db in platform::testing::databases().await {
//!     let now = db.ctx.now(); // 2025-10-05T12:00:00Z until `db.advance(…)`
//! }
//! # }
//! ```
//! Each database is new, migrated, and gone when its `TestDb` is dropped.

use crate::{Clock, Ctx, Db, Settings};
use chrono::{DateTime, Duration, TimeZone, Utc};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// One fresh database with a context on a clock that stands still.
pub struct TestDb {
    pub ctx: Ctx,
    folder: PathBuf,
    url: String,
    /// The server and the name of a Postgres database.
    postgres: Option<(String, String)>,
}

/// What the clock of a new [`TestDb`] shows.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 10, 5, 12, 0, 0).single().expect("a valid time")
}

/// A fresh database of each engine there is.
pub async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    if let Some(server) = postgres_server() {
        all.push(postgres(&server).await);
    }
    all
}

/// A fresh SQLite database.
pub async fn sqlite() -> TestDb {
    let folder = new_folder();
    let file = folder.join("plumbline.db");
    std::fs::write(&file, sqlite_template().await).expect("the temporary folder takes files");
    open(folder, format!("sqlite://{}", file.display()), None).await
}

impl TestDb {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.ctx.clock.set(self.ctx.now() + by);
    }

    /// `sqlite` or `postgres`: for the messages of assertions.
    pub fn name(&self) -> &'static str {
        self.ctx.db.engine_name()
    }

    /// The folder that takes mail, SMS and the SQLite file.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// As another process would: its own connections and bus, the same database, folder and clock.
    pub async fn second_node(&self) -> Ctx {
        let db = Db::connect(&self.url).await.expect("the database opens again");
        Ctx::with_clock(db, self.ctx.settings.clone(), self.ctx.clock.clone()).expect("a context")
    }

    /// The text of every `.eml` that was written, oldest job first.
    pub fn mails(&self) -> Vec<String> {
        read_folder(&self.folder.join("mail"))
    }

    /// The text of every SMS that was written, oldest job first.
    pub fn messages(&self) -> Vec<String> {
        read_folder(&self.folder.join("sms"))
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Some((server, name)) = self.postgres.take() {
            // A thread of its own: the test's runtime cannot be waited for in here.
            let dropped = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(async { run(&mut connect(&server).await?, &format!("drop database if exists {name} with (force)")).await })
            })
            .join();
            if !matches!(dropped, Ok(Ok(()))) {
                tracing::warn!(?dropped, "a test database was not dropped");
            }
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn open(folder: PathBuf, url: String, postgres: Option<(String, String)>) -> TestDb {
    let settings = Settings::for_tests(&url, &folder);
    let db = Db::connect(&url).await.expect("the test database opens");
    let ctx = Ctx::with_clock(db, settings, Clock::fixed(start())).expect("a context");
    TestDb { ctx, folder, url, postgres }
}

fn read_folder(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.sort();
    files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).collect()
}

#[expect(clippy::disallowed_methods, reason = "there is no context yet")]
fn new_name() -> String {
    format!("plumbline_test_{}", uuid::Uuid::now_v7().simple())
}

fn new_folder() -> PathBuf {
    let folder = std::env::temp_dir().join(new_name());
    std::fs::create_dir_all(&folder).expect("the temporary folder takes folders");
    folder
}

/// The bytes of a migrated database: copying them is far faster than migrating.
async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let folder = new_folder();
            let file = folder.join("template.db");
            let db = Db::connect(&format!("sqlite://{}", file.display())).await.expect("SQLite opens");
            db.migrate().await.expect("the migrations run on SQLite");
            // The file alone must hold everything: a reader that closes last leaves the log beside it.
            if let Db::Sqlite { writer, .. } = &db {
                let (busy, _, _): (i64, i64, i64) =
                    sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(writer).await.expect("a checkpoint");
                assert_eq!(busy, 0, "nobody holds the log");
            }
            db.close().await;
            let bytes = std::fs::read(&file).expect("the template was written");
            let _ = std::fs::remove_dir_all(&folder);
            bytes
        })
        .await
}

fn postgres_server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// A fresh Postgres database on a server: `postgres://user@host:port/postgres`.
async fn postgres(server: &str) -> TestDb {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(|| async { postgres_template(server).await.expect("the migrations run on Postgres") }).await;
    let name = new_name();
    let mut admin = connect(server).await.expect("TEST_POSTGRES_URL answers");
    run(&mut admin, &format!("create database {name} template {template}")).await.expect("a database from the template");
    let _ = admin.close().await;
    open(new_folder(), with_database(server, &name), Some((server.to_owned(), name))).await
}

/// Makes the migrated template once per server and set of migrations, also when several test programs begin at once.
async fn postgres_template(server: &str) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    for migration in Db::migrations().iter() {
        hash.update(&migration.checksum);
    }
    let template = format!("plumbline_template_{}", hex(&hash.finalize()[..8]));
    let mut admin = connect(server).await?;
    sqlx::query("select pg_advisory_lock(20251005)").execute(&mut admin).await?;
    let known: Option<(String,)> =
        sqlx::query_as("select datname::text from pg_database where datname = $1").bind(&template).fetch_optional(&mut admin).await?;
    if known.is_none() {
        let building = format!("{template}_building");
        run(&mut admin, &format!("drop database if exists {building} with (force)")).await?;
        run(&mut admin, &format!("create database {building}")).await?;
        let db = Db::connect(&with_database(server, &building)).await?;
        db.migrate().await?;
        db.close().await;
        run(&mut admin, &format!("alter database {building} rename to {template}")).await?;
    }
    admin.close().await?;
    Ok(template)
}

async fn connect(server: &str) -> anyhow::Result<PgConnection> {
    Ok(PgConnection::connect(server).await?)
}

async fn run(conn: &mut PgConnection, sql: &str) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(conn).await?;
    Ok(())
}

fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, String::new()), |(b, q)| (b, format!("?{q}")));
    let base = base.rsplit_once('/').map_or(base, |(host, _)| host);
    format!("{base}/{name}{query}")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
