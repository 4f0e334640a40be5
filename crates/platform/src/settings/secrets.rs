//! Secrets that nobody set: made by the first start, kept in the data folder (decision 13).

use super::{Settings, SettingsErrors, filled};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The names of the secrets that a first start makes.
const GENERATED: [&str; 5] = ["ADMIN_PASSWORD", "JWT_SECRET", "CRON_SECRET", "ENCRYPTION_KEY", "VAPID_PRIVATE_KEY"];

impl Settings {
    /// As `from_env` with another place than the environment and `.env`.
    pub fn with_generated_secrets(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Settings, SettingsErrors> {
        let outside = |name: &str| filled(lookup(name));
        let folder = PathBuf::from(outside("DATA_DIR").unwrap_or_else(|| "data".into()));
        let file = folder.join("secrets.env");
        let kept = read_env_file(&file)?;
        let is_outside = |name: &str| outside(name).is_some() || (name == "JWT_SECRET" && outside("SECRET_KEY").is_some());
        let mut secrets = kept.clone();
        for name in GENERATED {
            if !is_outside(name) && !secrets.contains_key(name) {
                secrets.insert(name.into(), new_secret());
            }
        }
        let layered = |name: &str| outside(name).or_else(|| if is_outside(name) { None } else { secrets.get(name).cloned() });
        let mut settings = Settings::from_lookup(layered)?;
        if secrets != kept {
            let made_first = write_secrets(&file, &kept, &secrets)
                .map_err(|e| SettingsErrors(vec![format!("DATA_DIR: cannot write {}: {e}", file.display())]))?;
            if !made_first {
                // Another process began at the same time; its secrets hold.
                return Settings::with_generated_secrets(lookup);
            }
            settings.secrets_are_new = true;
        }
        settings.secrets_file = GENERATED.iter().any(|name| !is_outside(name)).then_some(file);
        Ok(settings)
    }
}

/// 256 random bits as text.
#[expect(clippy::disallowed_methods, reason = "there is no context before the settings")]
fn new_secret() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The names and values of an environment file; empty when there is none.
pub(super) fn read_env_file(path: &Path) -> Result<HashMap<String, String>, SettingsErrors> {
    let fail = |why: String| SettingsErrors(vec![format!("{}: {why}", path.display())]);
    let lines = match dotenvy::from_path_iter(path) {
        Ok(lines) => lines,
        Err(error) if error.not_found() => return Ok(HashMap::new()),
        Err(error) => return Err(fail(format!("cannot be read: {error}"))),
    };
    lines
        .map(|line| match line {
            Ok(pair) => Ok(pair),
            // Not the whole line: it may hold a secret.
            Err(dotenvy::Error::LineParse(line, _)) => {
                let name = line.split(['=', ' ']).next().unwrap_or_default();
                Err(fail(format!("the line that begins with {name:?} is not NAME=value (quote values with spaces)")))
            }
            Err(error) => Err(fail(format!("cannot be read: {error}"))),
        })
        .collect()
}

/// Writes the secrets for the owner alone. False: another process made the file first.
fn write_secrets(file: &Path, kept: &HashMap<String, String>, secrets: &HashMap<String, String>) -> std::io::Result<bool> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut text = String::from("# Made by the first start. Settings in the environment or in .env come before these.\n");
    for (name, value) in secrets {
        text.push_str(&format!("{name}={value}\n"));
    }
    let part = file.with_extension(format!("{}.part", new_secret()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&part)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    if !kept.is_empty() {
        std::fs::rename(&part, file)?;
        return Ok(true);
    }
    // A link, unlike a rename, fails when the file is there.
    match std::fs::hard_link(&part, file) {
        Ok(()) => std::fs::remove_file(&part).map(|()| true),
        Err(_) if file.exists() => std::fs::remove_file(&part).map(|()| false),
        // Some file systems know no links.
        Err(_) => std::fs::rename(&part, file).map(|()| true),
    }
}
