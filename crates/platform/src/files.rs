//! Files that people send. They lie in `<DATA_DIR>/uploads`, each named by the SHA-256 of its bytes and never changed;
//! who may read one, and what it is called, the database knows. Several nodes share the folder.

use crate::{Ctx, Settings};
use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use kernel::{FileKind, Outcome, Problem};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt as _;

/// The most bytes of one file: 10 MB.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;

/// How old a file must be that belongs to nothing before it is deleted: a change that names it may be on its way.
const SPARED: Duration = Duration::hours(1);

/// A file that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub hash: String,
    pub bytes: i64,
    pub kind: FileKind,
}

/// The folder of all files.
pub fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("uploads")
}

/// Where a kept file lies.
pub fn path_of(settings: &Settings, hash: &str) -> PathBuf {
    folder(settings).join(hash)
}

/// A file on its way in. When it is dropped before it is kept, nothing of it stays.
pub struct Incoming {
    ctx: Ctx,
    path: PathBuf,
    file: tokio::fs::File,
    hash: Sha256,
    head: Vec<u8>,
    bytes: usize,
}

impl Incoming {
    /// Makes room for a file. Errors, here and below: `Unavailable` when the disk is full.
    pub async fn begin(ctx: &Ctx) -> Outcome<Incoming> {
        let folder = folder(&ctx.settings);
        crate::backup::make_private_folder(&folder)?;
        let path = folder.join(format!(".{}.part", ctx.new_id()));
        let file = tokio::fs::File::from_std(crate::backup::private_file(&path)?);
        Ok(Incoming { ctx: ctx.clone(), path, file, hash: Sha256::new(), head: Vec::new(), bytes: 0 })
    }

    /// Takes the next bytes. Errors: `TooLarge` for more than a file may have.
    pub async fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(Problem::TooLarge { limit: MOST_BYTES });
        }
        self.head.extend(bytes.iter().take(FileKind::HEAD - self.head.len()));
        self.hash.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    /// Whether nothing came: a file field that was left empty.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Keeps the file, whole or not at all. `None` when its content is none of the kinds that are taken.
    pub async fn keep(mut self) -> Outcome<Option<Stored>> {
        let Some(kind) = FileKind::of(&self.head) else { return Ok(None) };
        self.file.flush().await?;
        self.file.sync_all().await?;
        let hash = hex(&self.hash.finalize_reset());
        let (from, to, now) = (self.path.clone(), path_of(&self.ctx.settings, &hash), self.ctx.now());
        let renamed = tokio::task::spawn_blocking(move || {
            // Its age is counted from now, also when the same bytes were there before.
            std::fs::File::options().append(true).open(&from)?.set_modified(now.into())?;
            std::fs::rename(&from, &to)
        });
        renamed.await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)))?;
        Ok(Some(Stored { hash, bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX), kind }))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Gone already when it was kept.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Deletes what belongs to nothing: files that `used` does not name, and what broken uploads left. Young ones stay.
pub fn sweep(settings: &Settings, used: &HashSet<String>, now: DateTime<Utc>) -> std::io::Result<usize> {
    let mut deleted = 0;
    for (name, path) in list(&folder(settings))? {
        let modified = DateTime::<Utc>::from(std::fs::metadata(&path)?.modified()?);
        let is_ours = is_hash(&name) || name.ends_with(".part");
        if is_ours && !used.contains(&name) && modified < now - SPARED {
            std::fs::remove_file(&path)?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

/// The files of a folder with their names; none when there is no such folder.
fn list(folder: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| entry.map(|e| (e.file_name().to_string_lossy().into_owned(), e.path()))).collect()
}

/// The folder that goes with a backup of the database.
pub(crate) fn beside_backup(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".uploads");
    name.into()
}

/// Puts all kept files beside a backup. They never change, so where the disk allows it they take no room twice.
pub(crate) fn back_up(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    copy_all(&folder(settings), &beside_backup(file)).context("the uploaded files cannot be copied")
}

/// Brings the files of a backup back; those that are there stay.
pub(crate) fn restore(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    copy_all(&beside_backup(file), &folder(settings)).context("the uploaded files cannot be copied back")
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut files = list(from)?;
    files.retain(|(name, _)| is_hash(name));
    if files.is_empty() {
        return Ok(());
    }
    crate::backup::make_private_folder(to)?;
    for (name, path) in files {
        let target = to.join(&name);
        if target.exists() || std::fs::hard_link(&path, &target).is_ok() {
            continue;
        }
        // Another disk: whole or not at all.
        let part = to.join(format!(".{name}.part"));
        match std::fs::copy(&path, &part) {
            Ok(_) => std::fs::rename(&part, &target)?,
            // Swept meanwhile: nothing names it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !path.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR";

    async fn store(ctx: &Ctx, bytes: &[u8]) -> Outcome<Option<Stored>> {
        let mut incoming = Incoming::begin(ctx).await?;
        for part in bytes.chunks(5.max(bytes.len() / 50)) {
            incoming.write(part).await?;
        }
        incoming.keep().await
    }

    #[tokio::test]
    async fn files_are_kept_by_content_and_nothing_else_stays() {
        let db = testing::sqlite().await;
        let (ctx, settings) = (&db.ctx, &db.ctx.settings);
        let stored = store(ctx, PNG).await.expect("kept").expect("a picture");
        assert_eq!((stored.kind, stored.bytes), (FileKind::Png, 16));
        assert_eq!(std::fs::read(path_of(settings, &stored.hash)).expect("there"), PNG);
        assert_eq!(store(ctx, PNG).await.expect("again"), Some(stored.clone()), "the same content is one file");
        assert_eq!(store(ctx, b"<html><script>").await.expect("read"), None);
        assert!(matches!(store(ctx, &vec![0xff; MOST_BYTES + 1]).await, Err(Problem::TooLarge { .. })));
        assert_eq!(list(&folder(settings)).expect("listed").len(), 1, "no part of a refused file stays");

        // Files that nothing names go, once they are old enough.
        let used = HashSet::from([stored.hash.clone()]);
        let none = HashSet::new();
        assert_eq!(sweep(settings, &none, ctx.now()).expect("swept"), 0, "it may be on its way");
        assert_eq!(sweep(settings, &used, ctx.now() + Duration::hours(2)).expect("swept"), 0);
        assert_eq!(sweep(settings, &none, ctx.now() + Duration::hours(2)).expect("swept"), 1);
        assert!(!path_of(settings, &stored.hash).exists());
    }

    /// `/dev/full` takes a file as a full disk does.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_told_and_nothing_stays() {
        let db = testing::sqlite().await;
        let mut incoming = Incoming::begin(&db.ctx).await.expect("begun");
        incoming.file = tokio::fs::File::from_std(std::fs::File::options().write(true).open("/dev/full").expect("it opens"));
        let kept = async move {
            incoming.write(PNG).await?;
            incoming.keep().await
        };
        let refused = kept.await.expect_err("no room");
        assert!(matches!(refused, Problem::Unavailable(_)), "{refused:?}");
        assert_eq!(list(&folder(&db.ctx.settings)).expect("listed").len(), 0);
    }

    #[tokio::test]
    async fn a_backup_has_the_files_and_brings_them_back() {
        let db = testing::sqlite().await;
        let (ctx, settings) = (&db.ctx, &db.ctx.settings);
        let stored = store(ctx, PNG).await.expect("kept").expect("a picture");
        let to = db.folder().join("copy.db");
        crate::backup::make(ctx, Some(&to)).await.expect("backed up");
        std::fs::remove_dir_all(folder(settings)).expect("lost");
        restore(settings, &to).expect("restored");
        assert_eq!(std::fs::read(path_of(settings, &stored.hash)).expect("there"), PNG);
        restore(settings, &to).expect("again");
    }
}
