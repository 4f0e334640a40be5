//! Backups of a Postgres database, by its own tools.

use super::{NOT_EMPTY, has_data};
use crate::{Db, Settings};
use anyhow::{Context as _, bail};
use reqwest::Url;
use sqlx::PgPool;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub(super) async fn dump(settings: &Settings, to: &Path) -> anyhow::Result<()> {
    let mut dump = tool(settings, "pg_dump")?;
    dump.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(to);
    run(dump, "pg_dump").await?;
    check(settings, to).await.context("the copy is not whole")
}

/// Errors: the file is not an archive that can be read, or of something else.
async fn check(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let mut list = Command::new(path_of(settings, "pg_restore"));
    list.arg("--list").arg(file);
    let contents = run(list, "pg_restore").await?;
    if !["_sqlx_migrations", "leads", "jobs"].iter().all(|table| contents.contains(&format!(" TABLE DATA public {table} "))) {
        bail!("it is not a backup of Plumbline");
    }
    Ok(())
}

pub(super) async fn restore(settings: &Settings, file: &Path, force: bool) -> anyhow::Result<()> {
    check(settings, file).await.with_context(|| format!("{} is not a backup", file.display()))?;
    let db = Db::connect(&settings.database_url).await?;
    let restored = replace(settings, &db, file, force).await;
    db.close().await;
    restored
}

async fn replace(settings: &Settings, db: &Db, file: &Path, force: bool) -> anyhow::Result<()> {
    let Db::Postgres(pool) = db else { bail!("not a Postgres database") };
    if is_used(pool).await? {
        bail!("a server uses the database; stop it first");
    }
    if !force && has_data(db).await {
        bail!(NOT_EMPTY);
    }
    // The old tables stay beside until the new ones are complete.
    run_sql(
        pool,
        "drop schema if exists plumbline_replaced cascade; alter schema public rename to plumbline_replaced; create schema public",
    )
    .await
    .context("the old tables cannot be put aside; the database's user must own the schema public")?;
    let mut tool = tool(settings, "pg_restore")?;
    tool.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]).arg(file);
    let restored = match run(tool, "pg_restore").await {
        Ok(_) => db.migrate().await.context("the backup's schema cannot be brought up to date; was it made by a newer version?"),
        Err(error) => Err(error),
    };
    let end = if restored.is_ok() {
        "drop schema plumbline_replaced cascade"
    } else {
        "drop schema public cascade; alter schema plumbline_replaced rename to public"
    };
    run_sql(pool, end).await?;
    restored
}

/// Whether a server is connected. One that has just ended is for a moment.
async fn is_used(pool: &PgPool) -> anyhow::Result<bool> {
    const LOOKS: u32 = 30;
    let others = "select count(*) from pg_stat_activity
                  where datname = current_database() and application_name = 'plumbline' and pid <> pg_backend_pid()";
    for _ in 0..LOOKS {
        // On the pool's only connection so far.
        let (others,): (i64,) = sqlx::query_as(others).fetch_one(pool).await?;
        if others == 0 {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(true)
}

async fn run_sql(pool: &PgPool, sql: &'static str) -> anyhow::Result<()> {
    sqlx::raw_sql(sql).execute(pool).await?;
    Ok(())
}

fn path_of(settings: &Settings, name: &str) -> std::path::PathBuf {
    settings.pg_bin_dir.as_ref().map_or_else(|| name.into(), |folder| folder.join(name))
}

/// A tool that works on the database. The password goes through the environment: arguments are shown to everybody.
fn tool(settings: &Settings, name: &str) -> anyhow::Result<Command> {
    let mut url = Url::parse(&settings.database_url).context("DATABASE_URL cannot be read")?;
    let mut command = Command::new(path_of(settings, name));
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", percent_encoding::percent_decode_str(password).decode_utf8()?.as_ref());
    }
    if url.set_password(None).is_err() {
        bail!("DATABASE_URL has no host");
    }
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

/// Runs a tool to its end; answers what it printed. Errors: what it complained of.
async fn run(mut command: Command, name: &'static str) -> anyhow::Result<String> {
    let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output()).await?;
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("{name} is not found: install PostgreSQL's client programs, or set PG_BIN_DIR to their folder")
        }
        output => output.with_context(|| format!("{name} cannot be run"))?,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        bail!("{name} failed: {}", said[said.len().saturating_sub(3)..].join(" "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
