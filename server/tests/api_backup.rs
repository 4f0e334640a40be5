//! Backups: what the status says; a backup of a running server restored elsewhere, row by row; what is refused.

use crate::common::{Server, assert_like, rows, server_with, servers_with};
use chrono::Duration;
use platform::testing::TestDb;
use platform::{Db, Settings, backup, execute};
use reqwest::Method;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the tools of the Postgres under test are.
fn tools() -> Option<PathBuf> {
    std::env::var_os("POSTGRES_BIN").map(PathBuf::from)
}

async fn company() -> Vec<Server> {
    let all = servers_with(|s| s.pg_bin_dir = tools()).await;
    for server in &all {
        leads::demo::load(&server.ctx).await.expect("loaded");
    }
    all
}

#[tokio::test]
async fn the_status_is_as_documented_and_counts_what_is_there() {
    for server in company().await {
        let engine = server.db.name();
        let reply = server.admin(Method::GET, "/api/admin/backup-status", None).await.expect(200).json();
        let example = json!({
            "success": true,
            "backup": {
                "lastChecked": "2025-10-05T16:00:00.000Z",
                "recordCounts": {
                    "leads": 1250, "contractors": 87, "billingRecords": 1100, "leadAssignments": 1250, "callLogs": 980,
                    "smsLogs": 523, "disputes": 12, "customerFeedback": 456, "trackingNumbers": 245, "notificationLogs": 3200
                },
                "totalRecords": 9103, "databaseSize": "Check Railway Dashboard", "backupSchedule": "Daily at 2 AM UTC",
                "retention": "7 days", "provider": "Railway Managed Backups"
            }
        });
        assert_like(&example, &reply);
        let status = &reply["backup"];
        assert_eq!((&status["lastChecked"], &status["provider"]), (&json!("2025-10-05T12:00:00.000Z"), &json!(engine)));
        assert_eq!((&status["backupSchedule"], &status["retention"]), (&json!("Daily at 2 AM UTC"), &json!("7 days")));
        assert!(status["databaseSize"].as_str().expect("text").ends_with("MB"), "{}", status["databaseSize"]);
        assert_eq!((&status["lastBackup"], &status["lastFailure"]), (&Value::Null, &Value::Null));
        let tables = [
            ("leads", "leads"),
            ("contractors", "contractors"),
            ("billingRecords", "billing_records"),
            ("leadAssignments", "lead_assignments"),
            ("callLogs", "call_logs"),
            ("smsLogs", "sms_logs"),
            ("disputes", "disputes"),
            ("customerFeedback", "customer_feedback"),
            ("trackingNumbers", "tracking_numbers"),
            ("notificationLogs", "notification_logs"),
        ];
        let rows = rows::of(&server.ctx.db).await;
        let mut total = 0;
        for (key, table) in tables {
            assert_eq!(status["recordCounts"][key], rows[table].len(), "{engine}: {key}");
            total += rows[table].len();
        }
        assert_eq!((&status["totalRecords"], &status["recordCounts"]["leads"]), (&json!(total), &json!(400)));

        let made = backup::make(&server.ctx, None).await.expect("made");
        let status = server.admin(Method::GET, "/api/admin/backup-status", None).await.expect(200).json();
        let last = &status["backup"]["lastBackup"];
        assert_like(&json!({ "startedAt": "2025-10-05T12:00:00.000Z", "finishedAt": "2025-10-05T12:00:00.000Z", "size": "x" }), last);
        assert_eq!((&last["fileName"], &last["bytes"]), (&json!(made.file_name), &json!(made.bytes)));
    }
}

#[tokio::test]
async fn only_the_administrator_sees_the_status() {
    let server = server_with(|_| {}).await;
    server.get("/api/admin/backup-status").await.refused(401, "Invalid authentication credentials", "");
    let (_, token) = server.contractor("contractor@example.com", json!({})).await;
    server.with(&token, Method::GET, "/api/admin/backup-status", None).await.expect(403);
}

#[tokio::test]
async fn the_schedule_makes_one_backup_a_day_and_deletes_old_ones() {
    for server in servers_with(|s| s.pg_bin_dir = tools()).await {
        let (engine, folder) = (server.db.name(), backup::folder(&server.ctx.settings));
        let names = || {
            let mut names: Vec<String> = std::fs::read_dir(&folder)
                .expect("the folder")
                .map(|e| e.expect("a file").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        for day in 0..9 {
            backup::queue(&server.ctx).await.expect("asked");
            backup::queue(&server.ctx).await.expect("asked again");
            server.run_jobs().await;
            assert_eq!(names().len(), (day + 1).min(8), "{engine}: the days 0 to 7 are kept");
            server.db.advance(Duration::days(1));
        }
        assert!(names()[0].starts_with("plumbline-20251006T120000Z-"), "{engine}: {:?}", names());
        let mode = std::fs::metadata(folder.join(&names()[0])).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "for its owner alone");
        assert_eq!(std::fs::metadata(&folder).expect("there").permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn a_backup_that_fails_is_told_and_leaves_nothing() {
    for server in servers_with(|s| s.pg_bin_dir = Some("/nowhere".into())).await {
        let folder = backup::folder(&server.ctx.settings);
        let failed = if server.db.name() == "sqlite" {
            // A file stands where the folder should be.
            std::fs::write(&folder, "x").expect("written");
            backup::make(&server.ctx, None).await.expect_err("it cannot")
        } else {
            let failed = backup::make(&server.ctx, None).await.expect_err("it cannot");
            assert!(failed.to_string().contains("PG_BIN_DIR"), "{failed:#}");
            assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0);
            failed
        };
        let status = server.admin(Method::GET, "/api/admin/backup-status", None).await.expect(200).json();
        assert_eq!(status["backup"]["lastBackup"], Value::Null);
        assert_eq!(status["backup"]["lastFailure"]["error"], format!("{failed:#}"), "on {}", server.db.name());
        assert_eq!(status["backup"]["lastFailure"]["failedAt"], "2025-10-05T12:00:00.000Z");
    }
}

/// The real program, with only these settings.
fn plumbline(folder: &Path, database: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    command.env_clear().current_dir(folder).env("DATABASE_URL", database).env("DATA_DIR", folder).env("LOG_LEVEL", "warn").args(arguments);
    if let Some(tools) = tools() {
        command.env("PG_BIN_DIR", tools);
    }
    command.output().expect("it runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn address(db: &TestDb) -> String {
    db.ctx.settings.database_url.clone()
}

#[tokio::test]
async fn a_backup_restored_elsewhere_has_every_row_of_every_table() {
    for (server, elsewhere) in company().await.into_iter().zip(platform::testing::databases().await) {
        let engine = server.db.name();
        let file = server.db.folder().join("copy of today");
        let path = file.to_str().expect("text");
        let made = plumbline(server.db.folder(), &address(&server.db), &["backup", "--to", path]);
        assert!(made.status.success(), "{engine}: {}", said(&made));
        assert!(said(&made).contains(path), "{}", said(&made));
        let again = plumbline(server.db.folder(), &address(&server.db), &["backup", "--to", path]);
        assert!(!again.status.success() && said(&again).contains("exists already"), "{engine}: {}", said(&again));

        let target = address(&elsewhere);
        elsewhere.ctx.db.close().await;
        let restored = plumbline(elsewhere.folder(), &target, &["restore", path]);
        assert!(restored.status.success(), "{engine}: {}", said(&restored));
        let copy = Db::connect(&target).await.expect("it opens");
        let (mut before, mut after) = (rows::of(&server.ctx.db).await, rows::of(&copy).await);
        // What the backup itself wrote comes after the moment that it shows.
        for rows in [&mut before, &mut after] {
            rows.remove("backups");
            rows.get_mut("events").expect("events").retain(|row| !row.contains("backup_made"));
        }
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{engine}");
        assert!(before.len() > 20 && before["leads"].len() == 400, "{engine}");
        for (table, rows) in &before {
            assert_eq!(rows, &after[table], "{engine}: {table}");
        }
        copy.close().await;
    }
}

#[tokio::test]
async fn a_restore_is_refused_over_data_and_under_a_server() {
    for server in company().await {
        let (engine, url, folder) = (server.db.name(), address(&server.db), server.db.folder().to_owned());
        let file = folder.join("backup");
        backup::make(&server.ctx, Some(&file)).await.expect("made");
        let restore = |more: &[&str]| plumbline(&folder, &url, &[&["restore", file.to_str().expect("text")], more].concat());

        let held = backup::hold(&server.ctx.settings).expect("held");
        let used = restore(&["--force"]);
        assert!(!used.status.success() && said(&used).contains("a server uses the database"), "{engine}: {}", said(&used));
        drop(held);
        let mut tx = server.ctx.begin().await.expect("a transaction");
        execute!(tx, "update contractors set business_name = 'Changed since'").expect("changed");
        tx.commit().await.expect("committed");
        server.ctx.db.close().await;

        let over = restore(&[]);
        assert!(!over.status.success() && said(&over).contains("--force"), "{engine}: {}", said(&over));
        for (wrong, content) in [("missing", None), ("text", Some("not a database")), ("empty", Some(""))] {
            let path = folder.join(wrong);
            if let Some(content) = content {
                std::fs::write(&path, content).expect("written");
            }
            let refused = plumbline(&folder, &url, &["restore", "--force", path.to_str().expect("text")]);
            assert!(!refused.status.success(), "{engine}: {wrong}");
        }
        let db = Db::connect(&url).await.expect("it opens");
        let rows = rows::of(&db).await;
        assert!(rows["contractors"].iter().all(|row| row.contains("Changed since")), "{engine}: what was refused changed nothing");
        db.close().await;

        let forced = restore(&["--force"]);
        assert!(forced.status.success(), "{engine}: {}", said(&forced));
        let db = Db::connect(&url).await.expect("it opens");
        let rows = rows::of(&db).await;
        assert!(rows["contractors"].len() == 30 && !rows["contractors"][0].contains("Changed since"), "{engine}");
        db.close().await;
    }
}

#[tokio::test]
async fn a_damaged_backup_does_not_replace_the_database() {
    let server = server_with(|_| {}).await;
    leads::demo::load(&server.ctx).await.expect("loaded");
    let settings: Settings = server.ctx.settings.clone();
    let file = server.db.folder().join("backup");
    backup::make(&server.ctx, Some(&file)).await.expect("made");
    let mut bytes = std::fs::read(&file).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    std::fs::write(&file, bytes).expect("written");
    server.ctx.db.close().await;
    let refused = backup::restore(&settings, &file, true).await.expect_err("damaged");
    assert!(format!("{refused:#}").contains("is not a backup"), "{refused:#}");
    let db = Db::connect(&settings.database_url).await.expect("it opens");
    assert_eq!(rows::of(&db).await["leads"].len(), 400);
    db.close().await;
}

/// A copy that is made while others write is of one moment: every lead has its event.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_of_a_busy_database_is_of_one_moment() {
    for (server, elsewhere) in servers_with(|s| s.pg_bin_dir = tools()).await.into_iter().zip(platform::testing::databases().await) {
        let ctx = server.ctx.clone();
        let writing = tokio::spawn(async move {
            for _ in 0..150 {
                leads::intake::submit(&ctx, &platform::auth::Caller::Anyone, &leads::lead::NewLead::sample(), "web")
                    .await
                    .expect("submitted");
            }
        });
        let file = server.db.folder().join("backup");
        backup::make(&server.ctx, Some(&file)).await.expect("made");
        writing.await.expect("nobody waited in vain");
        let settings = Settings { pg_bin_dir: tools(), ..elsewhere.ctx.settings.clone() };
        elsewhere.ctx.db.close().await;
        backup::restore(&settings, &file, false).await.expect("restored");
        let db = Db::connect(&settings.database_url).await.expect("it opens");
        let rows = rows::of(&db).await;
        let submitted = rows["events"].iter().filter(|row| row.contains("lead_submitted")).count();
        assert_eq!(submitted, rows["leads"].len(), "on {}", server.db.name());
        db.close().await;
    }
}
