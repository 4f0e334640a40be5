//! What the program says to the person who starts it, when it cannot.

use platform::testing::sqlite;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program with only these settings.
fn plumbline(folder: &Path, command: &str, settings: &[(&str, &str)]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    program.env_clear().env("LOG_LEVEL", "error").envs(settings.iter().copied());
    program.current_dir(folder).arg(command).output().expect("it runs")
}

/// What it says when it refuses to go on.
#[track_caller]
fn refused(folder: &Path, command: &str, settings: &[(&str, &str)]) -> String {
    let output = plumbline(folder, command, settings);
    assert_eq!(output.status.code(), Some(1), "{command} with {settings:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test]
async fn every_wrong_setting_is_told_at_once() {
    let db = sqlite().await;
    let (folder, file) = (db.folder(), db.folder().join(".env"));
    fs::write(&file, "LOG_FORMAT=xml\nRATE_LIMITS=maybe\n").expect("written");
    let said = refused(folder, "serve", &[("PLUMBLINE_LISTEN", "3000"), ("DATABASE_URL", "mysql://me:hunter2@db/x")]);
    for name in ["PLUMBLINE_LISTEN", "DATABASE_URL", "LOG_FORMAT", "RATE_LIMITS"] {
        assert!(said.contains(&format!("\n  {name}: must ")), "{name} in {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
    // What is in the environment comes before the file.
    assert!(!refused(folder, "serve", &[("LOG_FORMAT", "text")]).contains("LOG_FORMAT"));
    // What is no setting may be meant for another program: it is told, and harms nothing.
    fs::write(&file, "COMPANY_NAM=hunter2\nCOMPANY_NAME=Cool\n").expect("written");
    let told = plumbline(folder, "migrate", &[("LOG_LEVEL", "warn")]);
    let said = String::from_utf8(told.stderr).expect("text");
    assert!(told.status.success() && said.contains("names=\"COMPANY_NAM\"") && !said.contains("hunter2"), "{said}");
    fs::write(&file, "ADMIN_PASSWORD hunter2\n").expect("written");
    let said = refused(folder, "migrate", &[]);
    assert!(said.contains(".env: the line that begins with \"ADMIN_PASSWORD\" is not NAME=value") && !said.contains("hunter2"), "{said}");
    fs::write(&file, b"COMPANY_NAME=\xff\n").expect("written");
    assert!(refused(folder, "migrate", &[]).contains(".env: cannot be read"));
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_with_the_setting_that_chooses_another() {
    let db = sqlite().await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let told = |setting: &str| format!("cannot listen on {address}; is another program using it? {setting} chooses another");
    let said = refused(db.folder(), "serve", &[("PLUMBLINE_LISTEN", &address)]);
    assert!(said.contains(&told("PLUMBLINE_LISTEN")), "{said}");
    let said = refused(db.folder(), "serve", &[("PLUMBLINE_LISTEN", "127.0.0.1:0"), ("METRICS_LISTEN", &address)]);
    assert!(said.contains(&told("METRICS_LISTEN")), "{said}");
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_with_the_reason_and_without_its_password() {
    let db = sqlite().await;
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let url = format!("postgres://{closed}/x?user=me&password=hunter2");
    let said = refused(db.folder(), "migrate", &[("DATABASE_URL", &url)]);
    let shown = format!("cannot open the database postgres://{closed}/x?user=me&password=***: ");
    assert!(said.contains(&shown) && said.contains("refused") && !said.contains("hunter2"), "{said}");
    fs::write(db.folder().join("notes.txt"), "Not a database. ".repeat(500)).expect("written");
    let said = refused(db.folder(), "migrate", &[("DATABASE_URL", "sqlite://notes.txt")]);
    assert!(said.contains("cannot open the database sqlite://notes.txt: ") && said.contains("not a database"), "{said}");
}

#[tokio::test]
async fn the_demo_is_for_an_empty_database() {
    let db = sqlite().await;
    let made = plumbline(db.folder(), "demo", &[]);
    let said = String::from_utf8(made.stdout).expect("text");
    assert!(made.status.success() && said.contains("contractor@example.com") && said.contains("plumbline-demo"), "{said}");
    let again = refused(db.folder(), "demo", &[]);
    assert!(again.contains("The demo needs an empty database"), "{again}");
    // Nothing else is kept from working on it.
    assert!(plumbline(db.folder(), "migrate", &[]).status.success());
}
