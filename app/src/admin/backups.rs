use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
use crate::format;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::count;
use crate::ui::{
    Card, Cell, Column, CopyLine, DataTable, Empty, ExactTime, Fact, Facts, FormErrors, Load, Notice, PageHead, Row, SkeletonTable,
    SkeletonTiles, StatGrid, StatTile, SubmitButton, TimeAgo, Tone, action_error, use_toasts,
};
use chrono::{DateTime, Utc};
use kernel::Permission;
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How the backups stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What the tables are called, and how many rows they have.
    pub counts: Vec<(String, i64)>,
    pub total: i64,
    pub database_bytes: i64,
    /// `sqlite` or `postgres`.
    pub engine: String,
    pub keep_days: i64,
    pub last_at: Option<DateTime<Utc>>,
    /// When the last one failed, and why, when none has succeeded since.
    pub failure: Option<(DateTime<Utc>, String)>,
    /// One is being made or waits for its turn.
    pub is_coming: bool,
    /// Where the files are.
    pub folder: String,
    /// The latest first.
    pub files: Vec<BackupFile>,
}

/// A backup on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFile {
    pub name: String,
    pub path: String,
    pub bytes: i64,
    pub made_at: DateTime<Utc>,
}

/// How the backups stand (seed 000, Get Backup Status).
#[server(prefix = "/rpc", endpoint = "admin_backups")]
pub async fn load_backups() -> Result<Report, AppError> {
    use platform::backup;
    use platform::jobs::{Job as _, JobFilter, JobStatus};
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let (counts, status) = (leads::admin_desk::record_counts(&ctx, &caller).await?, backup::status(&ctx).await?);
    let waiting = JobFilter {
        status: Some(JobStatus::Queued),
        kind: Some(backup::MakeBackupJob::KIND.into()),
        ..JobFilter::of_page(kernel::Page { limit: 1, offset: 0 })
    };
    let shown = |path: &std::path::Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()).display().to_string();
    let file = |file: backup::BackupFile| BackupFile {
        name: file.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        path: shown(&file.path),
        bytes: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        made_at: file.made_at,
    };
    let names = [
        ("Leads", counts.leads),
        ("Contractors", counts.contractors),
        ("Charges", counts.billing_records),
        ("Assignments", counts.lead_assignments),
        ("Calls", counts.call_logs),
        ("Text messages", counts.sms_logs),
        ("Disputes", counts.disputes),
        ("Feedback", counts.customer_feedback),
        ("Tracking numbers", counts.tracking_numbers),
        ("Notifications", counts.notification_logs),
    ];
    Ok(Report {
        counts: names.map(|(name, n)| (name.to_owned(), n)).to_vec(),
        total: counts.total(),
        database_bytes: status.database_bytes,
        engine: ctx.db.engine_name().to_owned(),
        keep_days: ctx.settings.backup_keep.num_days(),
        last_at: status.last.map(|last| last.finished_at),
        failure: status.failure.map(|failed| (failed.finished_at, failed.error.unwrap_or_default())),
        is_coming: platform::jobs::list(&ctx, &caller, &waiting).await?.total > 0,
        folder: shown(&backup::folder(&ctx.settings)),
        files: backup::list_files(&ctx, &caller)?.into_iter().map(file).collect(),
    })
}

/// Asks for a backup now.
#[server(prefix = "/rpc", endpoint = "admin_back_up")]
pub async fn back_up() -> Result<(), AppError> {
    let caller = admin_caller().await?;
    platform::backup::request(&ctx()?, &caller).await?;
    plain_form_goes_to("/app/admin/backups");
    Ok(())
}

/// Whether the data is safe, and how to get it back.
#[component]
pub fn BackupsPage() -> impl IntoView {
    let live = use_live(&["backup_made"]);
    let make = ServerAction::<BackUp>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(())) = make.value().get() {
            toasts.success("The backup is being made. It appears here when it is done.");
        }
    });
    let report = Resource::new(move || (live.version.get(), make.version().get()), |_| load_backups());
    view! {
        <PageHead title="Backups" subtitle="Made each night at 02:00 UTC, while everybody works on.">
            <ActionForm action=make attr:data-needs=Permission::Settings.as_str()>
                <SubmitButton icon="database" pending=make.pending()>"Back up now"</SubmitButton>
            </ActionForm>
        </PageHead>
        <FormErrors error=action_error(make)/>
        <Load
            resource=report
            skeleton=|| {
                view! {
                    <SkeletonTiles count=4/>
                    <div class="mt-6">
                        <SkeletonTable rows=4/>
                    </div>
                }
            }
            let:report
        >
            <Shown report/>
        </Load>
    }
}

#[component]
fn Shown(report: Report) -> impl IntoView {
    let last = report.last_at.map_or_else(|| "Never".to_owned(), |at| format::relative(at, format::now()));
    let hint = report.last_at.map_or_else(|| "Press “Back up now”".to_owned(), format::day_and_time);
    let example = report.files.first().map_or_else(|| format!("{}/FILE", report.folder), |file| file.path.clone());
    let files_kept = report.files.len().to_string();
    let keeps = count(report.keep_days, "day", "days");
    let facts = report
        .counts
        .into_iter()
        .map(|(name, n)| view! { <Fact label=name><span class="tabular-nums">{format::number(n)}</span></Fact> })
        .collect_view();
    view! {
        <div class="grid min-w-0 gap-6">
            {report
                .failure
                .map(|(at, why)| {
                    view! {
                        <Notice
                            tone=Tone::Bad
                            title="The last backup failed"
                            text=format!("{}: {why}", format::day_and_time(at))
                        />
                    }
                })}
            {report
                .is_coming
                .then(|| {
                    view! { <Notice tone=Tone::Accent icon="clock" title="A backup is on its way" text="It appears below when it is done."/> }
                })}
            <StatGrid>
                <StatTile label="Last backup" value=last hint/>
                <StatTile label="Files kept" value=files_kept hint=format!("For {keeps}")/>
                <StatTile label="Database" value=format::bytes(report.database_bytes) hint=engine_name(&report.engine)/>
                <StatTile label="Records" value=format::number(report.total)/>
            </StatGrid>
            <section class="grid min-w-0 gap-4">
                <h2 class="panel-title">"Files"</h2>
                <Files files=report.files/>
                <p class="text-sm text-muted">
                    "They are in " <span class="break-all font-mono">{report.folder}</span>
                    " on the machine that made them, and hold personal data: copy them to another machine, encrypted. Beside a file, "
                    <span class="font-mono">".uploads"</span> " holds what contractors sent for their disputes: copy it too."
                </p>
            </section>
            <div class="grid min-w-0 items-start gap-6 lg:grid-cols-2">
                <Card title="Getting the data back">
                    <ol class="mb-5 list-decimal space-y-2 pl-5">
                        <li>"Stop Plumbline, and every worker of it."</li>
                        <li>"Run the command below on the server, with the file that you want."</li>
                        <li>"Start Plumbline again. Everybody signs in as before."</li>
                    </ol>
                    <CopyLine id="restore" label="Command" text=format!("plumbline restore {}", quoted(&example))/>
                    <p class="text-sm text-muted">
                        "It checks the file first, and leaves the data as it is when something is wrong. Where there are leads or contractors already, it asks for "
                        <code class="font-mono whitespace-nowrap">"--force"</code>
                        " at the end, and then replaces them. Keep your secrets too, for they are not in a backup: "
                        <code class="font-mono">"secrets.env"</code> " or your environment."
                    </p>
                </Card>
                <Card title="What is in the database">
                    <Facts>{facts}</Facts>
                </Card>
            </div>
        </div>
    }
}

#[component]
fn Files(files: Vec<BackupFile>) -> impl IntoView {
    if files.is_empty() {
        return view! {
            <div class="panel">
                <Empty icon="database" title="No backups yet" text="The first is made tonight by itself. With “Back up now” it is made at once."/>
            </div>
        }
        .into_any();
    }
    let rows = files
        .into_iter()
        .map(|file| {
            view! {
                <Row>
                    <Cell label="File" primary=true>
                        <span class="break-all font-mono text-sm">{file.name}</span>
                    </Cell>
                    <Cell label="Made">
                        <TimeAgo at=file.made_at/>
                    </Cell>
                    <Cell label="Day">
                        <ExactTime at=file.made_at/>
                    </Cell>
                    <Cell label="Size" numeric=true>{format::bytes(file.bytes)}</Cell>
                </Row>
            }
        })
        .collect_view();
    let columns = vec![Column::new("File"), Column::new("Made"), Column::new("Day"), Column::new("Size").numeric()];
    view! { <DataTable caption="Backups" columns>{rows}</DataTable> }.into_any()
}

fn engine_name(word: &str) -> String {
    match word {
        "sqlite" => "SQLite",
        _ => "Postgres",
    }
    .to_owned()
}

/// A path as a shell reads it.
fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-:\\".contains(c));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("/data/backups/plumbline-1.db"), "/data/backups/plumbline-1.db");
        assert_eq!(quoted("/my data/it's.db"), r"'/my data/it'\''s.db'");
    }
}
