//! Backups of the embedded database.

use super::{NOT_EMPTY, has_data, part_of, private_file};
use crate::{Db, Settings};
use anyhow::{Context as _, bail};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

/// A process's word that it uses the database; it ends with the process.
#[derive(Debug)]
pub struct Held {
    _lock: File,
}

/// Says that this process uses the database, so that nobody restores another below it. Several processes may.
/// Postgres knows by itself who is connected. Errors: a backup is being restored.
pub fn hold(settings: &Settings) -> anyhow::Result<Option<Held>> {
    if !settings.database_url.starts_with("sqlite:") {
        return Ok(None);
    }
    let lock = open_lock(&file_of(settings)?)?;
    match lock.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("a backup is being restored into the database; try again when it is done"),
        // Some file systems know no locks; serving there is possible all the same.
        Err(TryLockError::Error(error)) => tracing::warn!(%error, "the database cannot be locked against a restore"),
    }
    Ok(Some(Held { _lock: lock }))
}

fn open_lock(database: &Path) -> anyhow::Result<File> {
    let path = beside(database, ".lock");
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(&path).with_context(|| format!("cannot write {}", path.display()))
}

fn options(settings: &Settings) -> anyhow::Result<SqliteConnectOptions> {
    Ok(SqliteConnectOptions::from_str(&settings.database_url)?)
}

fn file_of(settings: &Settings) -> anyhow::Result<PathBuf> {
    Ok(options(settings)?.get_filename().to_path_buf())
}

/// Copies the database as it is at this moment, on a connection of its own: neither readers nor the writer wait.
pub(super) async fn copy(settings: &Settings, to: &Path) -> anyhow::Result<()> {
    let mut conn = SqliteConnection::connect_with(&options(settings)?.read_only(true)).await?;
    let path = to.to_str().context("the path is not UTF-8")?;
    sqlx::query("vacuum into $1").bind(path).execute(&mut conn).await?;
    conn.close().await?;
    check(to).await.with_context(|| "the copy is not whole")
}

/// Errors: the file is not a whole database of this program.
async fn check(file: &Path) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut conn = SqliteConnection::connect_with(&options).await?;
    let found: Vec<(String,)> = sqlx::query_as("pragma integrity_check").fetch_all(&mut conn).await?;
    if found.len() != 1 || found[0].0 != "ok" {
        bail!("it is damaged: {}", found.first().map_or("no answer", |(what,)| what.as_str()));
    }
    let tables: (i64,) = sqlx::query_as("select count(*) from sqlite_master where name in ('_sqlx_migrations', 'leads', 'jobs')")
        .fetch_one(&mut conn)
        .await?;
    if tables.0 != 3 {
        bail!("it is not a database of Plumbline");
    }
    Ok(conn.close().await?)
}

pub(super) async fn restore(settings: &Settings, file: &Path, force: bool) -> anyhow::Result<()> {
    check(file).await.with_context(|| format!("{} is not a backup", file.display()))?;
    let target = file_of(settings)?;
    let lock = open_lock(&target)?;
    if lock.try_lock().is_err() {
        bail!("a server uses the database; stop it first");
    }
    if target.exists() {
        // Opening it also takes up what a killed process left in the log.
        let old = Db::connect(&settings.database_url).await;
        if let Ok(db) = &old {
            let is_used = has_data(db).await;
            db.close().await;
            if is_used && !force {
                bail!(NOT_EMPTY);
            }
        } else if !force {
            bail!("{} is no database that can be read; --force replaces it", target.display());
        }
    }
    let part = part_of(&target);
    let prepared = prepare(file, &part, &target).await;
    if prepared.is_err() {
        for rest in [part.clone(), beside(&part, "-wal"), beside(&part, "-shm")] {
            let _ = fs::remove_file(rest);
        }
    }
    prepared?;
    // What is left of the old log would be applied to the new file.
    for rest in ["-wal", "-shm"] {
        match fs::remove_file(beside(&target, rest)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    fs::rename(&part, &target)?;
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes the new database beside the old one, whole and with today's schema.
async fn prepare(file: &Path, part: &Path, target: &Path) -> anyhow::Result<()> {
    drop(private_file(part)?);
    fs::copy(file, part).with_context(|| format!("cannot copy to {}", part.display()))?;
    if let Ok(old) = fs::metadata(target) {
        fs::set_permissions(part, old.permissions())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            // Only the superuser may give files away, and only then it is needed.
            let _ = std::os::unix::fs::chown(part, Some(old.uid()), Some(old.gid()));
        }
    }
    let db = Db::connect(&format!("sqlite://{}", part.display())).await?;
    let migrated = db.migrate().await;
    db.close().await;
    migrated.context("the backup's schema cannot be brought up to date; was it made by a newer version?")?;
    File::open(part)?.sync_all()?;
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
