//! `plumbline`: the command line.

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use kernel::Problem;
use platform::settings::SETTINGS;
use platform::{Ctx, Db, Settings, backup};
use serde_json::Value;
use server::sentry;
use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::sync::mpsc::Receiver;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Many small allocations on several threads: the system's allocator takes twice the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Leads for home-service contractors: scored, routed, called and billed.
#[derive(Debug, Parser)]
#[command(name = "plumbline", version, after_long_help = settings_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and the API, and run jobs.
    Serve {
        /// Bring the database's schema up to date first.
        #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
        migrate: bool,
    },
    /// Run jobs and the schedule only (with RUN_JOBS=off on the nodes that serve).
    Worker,
    /// Bring the database's schema up to date.
    Migrate,
    /// Fill an empty database with made-up contractors and leads, for trying out.
    Demo,
    /// Copy the database into a file while it is in use: by default into <DATA_DIR>/backups.
    Backup {
        /// The file to write; it must not exist.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Put a backup in place of the database; nothing may use it meanwhile.
    Restore {
        /// A file that `plumbline backup` made.
        file: PathBuf,
        /// Replace a database that has leads or contractors.
        #[arg(long)]
        force: bool,
    },
    /// Print the OpenAPI document of the API.
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe, `head` say, has seen enough.
        Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) => ExitCode::SUCCESS,
        Err(error) => {
            // The reasons, without a backtrace: they are for the person who starts it.
            let _ = writeln!(std::io::stderr(), "plumbline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    if let Command::Openapi = command {
        let document = serde_json::to_string_pretty(&server::api::openapi::document())?;
        return Ok(writeln!(std::io::stdout(), "{document}")?);
    }
    let settings = Settings::from_env()?;
    let reports = start_log(&settings)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        tell_about_settings(&settings);
        let shown = settings.database_shown();
        if let Command::Restore { file, force } = command {
            backup::restore(&settings, file, *force).await.with_context(|| format!("cannot restore {}", file.display()))?;
            return Ok(writeln!(std::io::stdout(), "{} is restored into {shown}.", file.display())?);
        }
        let db = Db::connect(&settings.database_url).await.with_context(|| format!("cannot open the database {shown}"))?;
        let ctx = Ctx::new(db, settings)?;
        if let (Some(dsn), Some(reports)) = (ctx.settings.sentry_dsn.clone(), reports) {
            tokio::spawn(sentry::send(ctx.clone(), dsn, reports));
        }
        match command {
            Command::Serve { migrate } => {
                if *migrate {
                    bring_up_to_date(&ctx).await?;
                }
                server::serve::serve(ctx).await
            }
            Command::Worker => server::serve::work(ctx).await,
            Command::Migrate => {
                bring_up_to_date(&ctx).await?;
                tracing::info!(database = shown, "the schema is up to date");
                Ok(())
            }
            Command::Demo => {
                bring_up_to_date(&ctx).await?;
                demo(&ctx).await
            }
            Command::Backup { to } => {
                let made = backup::make(&ctx, to.as_deref()).await.context("the backup failed")?;
                let file = to.clone().unwrap_or_else(|| backup::folder(&ctx.settings).join(&made.file_name));
                Ok(writeln!(std::io::stdout(), "{} ({} bytes)", file.display(), made.bytes.unwrap_or_default())?)
            }
            Command::Restore { .. } | Command::Openapi => Ok(()),
        }
    })
}

async fn bring_up_to_date(ctx: &Ctx) -> anyhow::Result<()> {
    ctx.db.migrate().await.with_context(|| format!("cannot bring the schema of {} up to date", ctx.settings.database_shown()))
}

async fn demo(ctx: &Ctx) -> anyhow::Result<()> {
    let logins = leads::demo::load(ctx).await.map_err(|problem| match problem {
        // For whom it concerns here, the source too.
        Problem::Internal(source) => anyhow::anyhow!("the demo data could not be made: {source}"),
        other => anyhow::anyhow!("{other}"),
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Demo data is ready. Sign in at {}/login with the password {} as", ctx.settings.public_url, logins.password)?;
    for (name, email) in logins.contractors.iter().chain(&logins.staff) {
        writeln!(out, "  {email}  ({name})")?;
    }
    let secret = ctx.settings.secrets_file.as_ref().map_or("as ADMIN_PASSWORD says".into(), |file| format!("in {}", file.display()));
    Ok(writeln!(out, "or as the administrator {} (password {secret}).", ctx.settings.admin_email)?)
}

/// Starts the log; with `SENTRY_DSN` answers what of it is to be reported.
fn start_log(settings: &Settings) -> anyhow::Result<Option<Receiver<Value>>> {
    let filter = EnvFilter::try_new(&settings.log_level).context("LOG_LEVEL is not a level or filter")?;
    let log = fmt::layer().with_target(false).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let log = if settings.log_json { log.json().boxed() } else { log.boxed() };
    let (reporter, reports) = settings.sentry_dsn.is_some().then(sentry::channel).unzip();
    tracing_subscriber::registry().with(log.with_filter(filter)).with(reporter).init();
    sentry::log_panics();
    Ok(reports)
}

/// What may be misspelt, and where generated passwords are (decision 13); never the passwords themselves.
fn tell_about_settings(settings: &Settings) {
    if !settings.unknown.is_empty() {
        tracing::warn!(names = settings.unknown.join(", "), "the file .env names what is no setting; plumbline --help lists them");
    }
    if let Some(file) = settings.secrets_file.as_ref().filter(|_| settings.secrets_are_new) {
        tracing::info!(file = %file.display(), "made the passwords and secrets that were not set; they are in this file");
    }
}

fn settings_help() -> String {
    let mut text = String::from("Settings, from the environment or a file .env:\n");
    for setting in SETTINGS {
        let _ = write!(text, "\n  {}\n      {} [default: {}]", setting.name, setting.meaning, setting.default);
    }
    text
}
