//! Secrets that a first start makes (decision 13).

use platform::testing::sqlite;
use platform::{Settings, settings::SettingsErrors};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn start(folder: &Path, more: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    Settings::with_generated_secrets(&|name| match name {
        "DATA_DIR" => Some(folder.display().to_string()),
        _ => more.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()),
    })
}

#[tokio::test]
async fn a_first_start_makes_secrets_and_later_ones_keep_them() {
    let db = sqlite().await;
    let folder = db.folder().join("fresh");
    let first = start(&folder, &[]).expect("a first start works");
    let file = first.secrets_file.clone().expect("they are in a file");
    assert_eq!(file, folder.join("secrets.env"));
    assert!(first.secrets_are_new);
    assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert!(first.jwt_secret.expose().len() >= 32);
    assert_ne!(first.jwt_secret.expose(), first.cron_secret.expose());
    assert!(first.encryption_key.expose().len() >= 32);
    assert!(platform::push::public_key(&first).is_some(), "the key of push messages is one");

    let second = start(&folder, &[]).expect("a second start works");
    assert!(!second.secrets_are_new);
    assert_eq!(second.secrets_file, Some(file.clone()));
    assert!(second.jwt_secret.matches(first.jwt_secret.expose()));
    assert!(second.admin_password.matches(first.admin_password.expose()));
    assert!(second.encryption_key.matches(first.encryption_key.expose()), "what was encrypted can still be read");

    let third = start(&folder, &[("JWT_SECRET", "from outside"), ("ADMIN_PASSWORD", "mine")]).expect("a third start works");
    assert_eq!((third.jwt_secret.expose(), third.admin_password.expose()), ("from outside", "mine"));
    assert!(third.cron_secret.matches(first.cron_secret.expose()));

    let text = std::fs::read_to_string(&file).expect("readable");
    let shorter: String = text.lines().filter(|l| !l.starts_with("CRON_SECRET")).map(|l| format!("{l}\n")).collect();
    std::fs::write(&file, shorter).expect("written");
    let fourth = start(&folder, &[]).expect("a missing line is made again");
    assert!(fourth.secrets_are_new && fourth.jwt_secret.matches(first.jwt_secret.expose()));
    assert!(!fourth.cron_secret.matches(first.cron_secret.expose()));
}

#[tokio::test]
async fn nothing_is_written_when_all_is_set_or_something_is_wrong() {
    let db = sqlite().await;
    let folder = db.folder().join("fresh");
    let key = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    let all = [("SECRET_KEY", "a"), ("ADMIN_PASSWORD", "b"), ("CRON_SECRET", "c"), ("ENCRYPTION_KEY", "d"), ("VAPID_PRIVATE_KEY", key)];
    let settings = start(&folder, &all).expect("all is set");
    assert_eq!((settings.secrets_file, settings.jwt_secret.expose()), (None, "a"));
    let errors = start(&folder, &[("LOG_FORMAT", "xml")]).expect_err("a mistake");
    assert!(errors.to_string().contains("LOG_FORMAT"));
    assert!(!folder.exists());
}

#[tokio::test]
async fn starts_at_once_agree_on_the_secrets() {
    let db = sqlite().await;
    let folder = db.folder().join("fresh");
    let all: Vec<String> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| start(&folder, &[]).expect("works").jwt_secret.expose().to_owned())).collect();
        starts.into_iter().map(|s| s.join().expect("no panic")).collect()
    });
    assert!(all.iter().all(|secret| *secret == all[0]));
}

/// The table of `README.md` is what `plumbline --help` lists, word for word.
#[test]
fn the_readme_lists_every_setting() {
    let readme = include_str!("../../../README.md");
    let missing: Vec<_> = platform::settings::SETTINGS
        .iter()
        .filter(|setting| {
            let row = format!("| `{}` | `{}` | {} |", setting.name, setting.default, setting.meaning);
            !readme.contains(&row)
        })
        .map(|setting| setting.name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
