//! How the backups stand (seed 000, Get Backup Status; decision 35).

use super::callers::AdminCaller;
use super::error::Answer;
use super::stamp;
use crate::http::body::Json;
use crate::state::AppState;
use app::format;
use axum::extract::State;
use leads::admin_desk;
use leads::admin_views::RecordCounts;
use platform::backup::{self, Backup};
use serde::Serialize;
use utoipa::ToSchema;

/// How the backups stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct BackupStatus {
    pub success: bool,
    pub backup: BackupReport,
}

/// What there is to back up, and what was.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupReport {
    #[schema(format = DateTime, example = "2025-10-05T16:00:00.000Z")]
    pub last_checked: String,
    pub record_counts: Counts,
    /// The sum of the counts.
    pub total_records: i64,
    #[schema(example = "12.4 MB")]
    pub database_size: String,
    #[schema(example = "Daily at 2 AM UTC")]
    pub backup_schedule: &'static str,
    #[schema(example = "7 days")]
    pub retention: String,
    /// `sqlite` or `postgres`.
    #[schema(example = "sqlite")]
    pub provider: &'static str,
    /// The last one that succeeded.
    pub last_backup: Option<BackupMade>,
    /// The last one that failed, when none has succeeded since.
    pub last_failure: Option<BackupFailed>,
}

/// Rows of each table.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RecordCounts)]
pub struct Counts {
    pub leads: i64,
    pub contractors: i64,
    pub billing_records: i64,
    pub lead_assignments: i64,
    pub call_logs: i64,
    pub sms_logs: i64,
    pub disputes: i64,
    pub customer_feedback: i64,
    pub tracking_numbers: i64,
    pub notification_logs: i64,
}

impl From<RecordCounts> for Counts {
    fn from(counts: RecordCounts) -> Counts {
        Counts {
            leads: counts.leads,
            contractors: counts.contractors,
            billing_records: counts.billing_records,
            lead_assignments: counts.lead_assignments,
            call_logs: counts.call_logs,
            sms_logs: counts.sms_logs,
            disputes: counts.disputes,
            customer_feedback: counts.customer_feedback,
            tracking_numbers: counts.tracking_numbers,
            notification_logs: counts.notification_logs,
        }
    }
}

/// A backup.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupMade {
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime)]
    pub finished_at: String,
    #[schema(example = "plumbline-20251005T020000Z-1a2b3c.db")]
    pub file_name: String,
    pub bytes: i64,
    #[schema(example = "12.4 MB")]
    pub size: String,
}

impl From<Backup> for BackupMade {
    fn from(backup: Backup) -> BackupMade {
        let bytes = backup.bytes.unwrap_or_default();
        BackupMade {
            started_at: stamp(backup.started_at),
            finished_at: stamp(backup.finished_at),
            file_name: backup.file_name,
            bytes,
            size: format::bytes(bytes),
        }
    }
}

/// A backup that did not succeed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupFailed {
    #[schema(format = DateTime)]
    pub failed_at: String,
    pub error: String,
}

/// Get backup status.
#[utoipa::path(get, path = "/api/admin/backup-status", tag = "Admin", security(("admin" = [])), operation_id = "backup_status", responses(
    (status = 200, description = "How many records there are, and the last backup", body = BackupStatus),
))]
pub async fn status(State(state): State<AppState>, caller: AdminCaller) -> Answer<Json<BackupStatus>> {
    let ctx = &state.ctx;
    let (counts, status) = (admin_desk::record_counts(ctx, &caller.caller()).await?, backup::status(ctx).await?);
    let report = BackupReport {
        last_checked: stamp(ctx.now()),
        total_records: counts.total(),
        record_counts: counts.into(),
        database_size: format::bytes(status.database_bytes),
        backup_schedule: "Daily at 2 AM UTC",
        retention: days(ctx.settings.backup_keep.num_days()),
        provider: ctx.db.engine_name(),
        last_backup: status.last.map(Into::into),
        last_failure: status
            .failure
            .map(|failed| BackupFailed { failed_at: stamp(failed.finished_at), error: failed.error.unwrap_or_default() }),
    };
    Ok(Json(BackupStatus { success: true, backup: report }))
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".into() } else { format!("{count} days") }
}
