//! Backups: a consistent copy of the database while it is in use, checked before it counts, each night and by
//! `plumbline backup`; and the way back, `plumbline restore` (seed 000, Get Backup Status; decision 35).

mod postgres;
mod sqlite;

pub use sqlite::{Held, hold};

use crate::auth::Caller;
use crate::files;
use crate::jobs::{self, Job, JobError, Running};
use crate::{Ctx, Db, Settings, audit, events, execute, fetch_optional, fetch_scalar};
use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDateTime, Utc};
use kernel::{Id, Outcome, Permission};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// A backup that was tried.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Backup {
    pub id: Id,
    pub started_at: DateTime<Utc>,
    pub finished_at: DateTime<Utc>,
    pub file_name: String,
    /// `None` when it failed.
    pub bytes: Option<i64>,
    pub ok: bool,
    pub error: Option<String>,
}

/// Where the daily backups are.
pub fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("backups")
}

/// Copies the database into a file, which must not exist; without one, into the backups' folder, where old ones are
/// then deleted. The copy is checked, and appears whole or not at all, for its owner alone. The uploaded files go into a
/// folder beside it, `<file>.uploads`. Both ends are recorded.
pub async fn make(ctx: &Ctx, to: Option<&Path>) -> anyhow::Result<Backup> {
    let (id, started_at) = (ctx.new_id(), ctx.now());
    let file = to.map_or_else(|| folder(&ctx.settings).join(name_of(ctx, started_at, &id)), Path::to_path_buf);
    let written = write(ctx, &file).await;
    let backup = Backup {
        id,
        started_at,
        finished_at: ctx.now(),
        file_name: file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        bytes: written.as_ref().ok().copied(),
        ok: written.is_ok(),
        error: written.as_ref().err().map(|error| format!("{error:#}")),
    };
    if let Err(problem) = record(ctx, &backup).await {
        // The copy is what counts: it may be of a schema that has no such table yet.
        tracing::warn!(error = problem.for_log(), "the backup could not be recorded");
    }
    written?;
    if to.is_none() {
        prune(ctx)?;
    }
    Ok(backup)
}

/// Answers its size in bytes.
async fn write(ctx: &Ctx, file: &Path) -> anyhow::Result<i64> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_private_folder(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    if file.exists() {
        bail!("{} exists already", file.display());
    }
    let part = part_of(file);
    let written = async {
        private_file(&part).with_context(|| format!("cannot write {}", part.display()))?;
        match &ctx.db {
            Db::Sqlite { .. } => sqlite::copy(&ctx.settings, &part).await?,
            Db::Postgres(_) => postgres::dump(&ctx.settings, &part).await?,
        }
        // After the database, so that every file that it names is among them.
        files::back_up(&ctx.settings, file)?;
        File::open(&part)?.sync_all()?;
        let bytes = i64::try_from(fs::metadata(&part)?.len())?;
        fs::rename(&part, file)?;
        anyhow::Ok(bytes)
    };
    let written = written.await;
    if written.is_err() {
        let _ = fs::remove_file(&part);
        let _ = fs::remove_dir_all(files::beside_backup(file));
    }
    written
}

/// Puts a backup in place of the database, and brings its schema up to date. Nothing may use the database meanwhile.
/// A database with leads or contractors in it is replaced only with `force`. Errors leave the database as it was.
pub async fn restore(settings: &Settings, file: &Path, force: bool) -> anyhow::Result<()> {
    if !file.is_file() {
        bail!("there is no file {}", file.display());
    }
    if settings.database_url.starts_with("sqlite:") {
        sqlite::restore(settings, file, force).await?;
    } else {
        postgres::restore(settings, file, force).await?;
    }
    files::restore(settings, file)
}

const NOT_EMPTY: &str = "the database has leads or contractors; --force replaces them";

/// Whether there is anything to lose. A database without tables is empty.
async fn has_data(db: &Db) -> bool {
    let Ok(mut conn) = db.read().await else { return false };
    let sql = "select (select count(*) from leads) + (select count(*) from contractors)";
    fetch_scalar!(conn, i64, sql).is_ok_and(|count| count > 0)
}

async fn record(ctx: &Ctx, backup: &Backup) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    execute!(
        tx,
        "insert into backups (id, started_at, finished_at, file_name, bytes, ok, error) values ($1, $2, $3, $4, $5, $6, $7)",
        backup.id.as_str(),
        backup.started_at,
        backup.finished_at,
        backup.file_name.as_str(),
        backup.bytes,
        backup.ok,
        backup.error.as_deref(),
    )?;
    // Open pages follow it.
    let data = json!({ "fileName": backup.file_name, "bytes": backup.bytes, "ok": backup.ok });
    events::emit(ctx, &mut tx, "backup_made", &backup.id, None, &Caller::System.actor(), data).await?;
    tx.commit().await
}

/// How the backups stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What the database takes on disk.
    pub database_bytes: i64,
    /// The last one that succeeded.
    pub last: Option<Backup>,
    /// The last one that failed, when none has succeeded since.
    pub failure: Option<Backup>,
}

/// How the backups stand.
pub async fn status(ctx: &Ctx) -> Outcome<Status> {
    let mut conn = ctx.db.read().await?;
    let database_bytes = if conn.is_postgres() {
        fetch_scalar!(conn, i64, "select pg_database_size(current_database())")?
    } else {
        fetch_scalar!(conn, i64, "select page_count * page_size from pragma_page_count, pragma_page_size")?
    };
    let sql =
        "select id, started_at, finished_at, file_name, bytes, ok, error from backups where ok = $1 order by finished_at desc limit 1";
    let last = fetch_optional!(conn, Backup, sql, true)?;
    let failure = fetch_optional!(conn, Backup, sql, false)?;
    let failure = failure.filter(|failure| last.as_ref().is_none_or(|last| last.finished_at <= failure.finished_at));
    Ok(Status { database_bytes, last, failure })
}

/// Makes the daily backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeBackupJob {}

impl Job for MakeBackupJob {
    const KIND: &'static str = "make_backup";
    const MAX_ATTEMPTS: i64 = 4;
    const LONGEST_RUN: std::time::Duration = std::time::Duration::from_secs(3 * 3600);

    async fn run(self, ctx: &Ctx, _: &mut Running) -> Result<(), JobError> {
        let backup = make(ctx, None).await.map_err(|error| JobError::Retry(format!("{error:#}")))?;
        tracing::info!(file = backup.file_name, bytes = backup.bytes, "the database was backed up");
        Ok(())
    }
}

/// Asks for the day's backup; again on the same day changes nothing.
pub async fn queue(ctx: &Ctx) -> Outcome<()> {
    let mut tx = ctx.begin().await?;
    let day = format!("backup {}", ctx.now().date_naive());
    jobs::enqueue_at(ctx, &mut tx, &MakeBackupJob {}, ctx.now(), Some(&day)).await?;
    tx.commit().await
}

/// Asks for a backup besides the daily one; twice in a minute is once. Errors: `Forbidden` for others than admins.
pub async fn request(ctx: &Ctx, caller: &Caller) -> Outcome<()> {
    caller.may(Permission::Settings)?;
    let mut tx = ctx.begin().await?;
    let minute = format!("backup asked for at {}", ctx.now().format("%Y-%m-%d %H:%M"));
    jobs::enqueue_at(ctx, &mut tx, &MakeBackupJob {}, ctx.now(), Some(&minute)).await?;
    audit::record(ctx, &mut tx, caller, "backup_requested", "backup", json!({})).await?;
    tx.commit().await
}

/// A backup in the backups' folder of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub made_at: DateTime<Utc>,
}

/// The whole backups in the folder, the latest first; none when there is no folder yet.
/// Errors: `Forbidden` for others than admins.
pub fn list_files(ctx: &Ctx, caller: &Caller) -> Outcome<Vec<BackupFile>> {
    caller.may(Permission::View)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder(&ctx.settings)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // A `.part` is not whole; one that is deleted meanwhile has no size.
        if let (Some(made_at), Ok(meta), false) = (made_at(&name), entry.metadata(), name.ends_with(".part")) {
            files.push(BackupFile { path: entry.path(), bytes: meta.len(), made_at });
        }
    }
    files.sort_by(|a, b| b.path.cmp(&a.path));
    Ok(files)
}

const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// `plumbline-20251005T020000Z-1a2b3c.db`
fn name_of(ctx: &Ctx, at: DateTime<Utc>, id: &str) -> String {
    let ending = if matches!(ctx.db, Db::Sqlite { .. }) { "db" } else { "dump" };
    format!("plumbline-{}-{}.{ending}", at.format(STAMP), &id[id.len().saturating_sub(6)..])
}

/// When a file of the backups' folder was made; `None`: it is not ours.
fn made_at(name: &str) -> Option<DateTime<Utc>> {
    let stamp = name.strip_prefix("plumbline-")?.split('-').next()?;
    NaiveDateTime::parse_from_str(stamp, STAMP).ok().map(|at| at.and_utc())
}

/// Deletes the daily backups that are too old, and what broken ones left.
fn prune(ctx: &Ctx) -> anyhow::Result<()> {
    let before = ctx.now() - ctx.settings.backup_keep;
    for entry in fs::read_dir(folder(&ctx.settings))? {
        let entry = entry?;
        if made_at(&entry.file_name().to_string_lossy()).is_some_and(|at| at < before) {
            // The uploaded files of a backup are a folder.
            if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
        }
    }
    Ok(())
}

fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an empty file that only its owner may read.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::made_at;

    #[test]
    fn only_files_of_the_schedule_are_known_by_their_time() {
        let at = made_at("plumbline-20251005T020000Z-1a2b3c.db").expect("ours");
        assert_eq!(at.to_rfc3339(), "2025-10-05T02:00:00+00:00");
        assert!(made_at("plumbline-20251005T020000Z-1a2b3c.dump.part").is_some());
        for other in ["plumbline.db", "plumbline-before-update.db", "notes.txt", "plumbline-20251305T020000Z-1.db"] {
            assert_eq!(made_at(other), None, "{other}");
        }
    }
}
