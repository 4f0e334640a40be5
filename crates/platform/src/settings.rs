//! Settings: from the environment, then `.env`, then the secrets that a first start made (decision 13). `listed` names them,
//! `reader` checks them.

mod listed;
mod reader;
mod secrets;
mod sentry;
mod shown;

use chrono_tz::Tz;
use ipnet::IpNet;
use kernel::Phone;
pub use listed::{SETTINGS, SettingInfo};
use reader::Reader;
use secrets::read_env_file;
pub use sentry::SentryDsn;
use sha2::{Digest, Sha256};
pub use shown::{CALLS_GROUP, MAIL_GROUP, PAYMENTS_GROUP, ShownSetting, ShownValue};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq as _;

/// Origins that may always call (seed 000, CORS).
pub const DOCUMENTED_ORIGINS: [&str; 3] =
    ["https://getcontractornow.com", "https://www.getcontractornow.com", "https://app.getcontractornow.com"];

/// All settings, checked.
#[derive(Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Without a slash at its end.
    pub public_url: String,
    pub database_url: String,
    /// A replica of it.
    pub database_read_url: Option<String>,
    pub data_dir: PathBuf,
    pub admin_password: Secret,
    pub admin_email: String,
    pub jwt_secret: Secret,
    pub cron_secret: Secret,
    /// The key of `platform::sealing`.
    pub encryption_key: Secret,
    pub trusted_proxies: Vec<IpNet>,
    /// The documented three, and those of the setting.
    pub cors_allowed_origins: Vec<String>,
    pub log_level: String,
    pub log_json: bool,
    pub company_name: String,
    pub company_time_zone: Tz,
    pub support_email: String,
    /// The company's own number.
    pub company_phone: Option<Phone>,
    /// Lines of the postal address.
    pub company_address: Vec<String>,
    /// What else the imprint says.
    pub imprint_text: Option<String>,
    /// What the privacy page says in place of the text that comes with Plumbline.
    pub privacy_text: Option<String>,
    /// How long after a charge it may be disputed (decision 29).
    pub dispute_window_days: i64,
    pub invoice_paper: crate::pdf::Paper,
    /// The days after invoicing on which an unpaid contractor is reminded, ascending.
    pub invoice_reminder_days: Vec<i64>,
    pub mail: MailSettings,
    /// The sender: `Name <address>`.
    pub mail_from: String,
    pub twilio: TwilioSettings,
    pub stripe: StripeSettings,
    /// Signs push messages; without it there are none.
    pub vapid_private_key: Option<Secret>,
    /// Whom a push service writes to: `mailto:…` or `https://…`.
    pub vapid_subject: String,
    /// The hosts of push services.
    pub push_hosts: Vec<String>,
    /// SendGrid's verification key, DER; without it its webhook is refused.
    pub sendgrid_webhook_key: Option<Vec<u8>>,
    pub metrics_listen: Option<SocketAddr>,
    pub metrics_token: Option<Secret>,
    /// 12 rounds (seed 000, Data Privacy); fewer in tests only.
    pub bcrypt_cost: u32,
    pub rate_limits: bool,
    pub rate_limit_store: RateLimitStore,
    /// Leads an hour of one lead source.
    pub lead_source_limit: u32,
    /// How old the first lead of a request may be; 0: there are no duplicates.
    pub duplicate_window_days: u32,
    pub sentry_dsn: Option<SentryDsn>,
    /// The public URL is https.
    pub production: bool,
    pub run_jobs: bool,
    /// How long a claimed job is its worker's before another takes it; renewed while it runs.
    pub job_lease: chrono::Duration,
    /// How long daily backups are kept.
    pub backup_keep: chrono::Duration,
    /// Where `pg_dump` and `pg_restore` are; on the PATH when unset.
    pub pg_bin_dir: Option<PathBuf>,
    /// The file that the generated secrets are in, when any is used.
    pub secrets_file: Option<PathBuf>,
    /// This start made that file (or a missing line of it).
    pub secrets_are_new: bool,
    /// Every setting as an administrator may read it.
    pub shown: Vec<ShownSetting>,
    /// Names in `.env` that are no settings: perhaps misspelt.
    pub unknown: Vec<String>,
}

/// Where rate limits are counted (decision 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimitStore {
    /// In the database when it is Postgres.
    Auto,
    Memory,
    Database,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum MailSettings {
    /// One `.eml` file each.
    Folder(PathBuf),
    Smtp {
        url: Secret,
    },
    SendGrid {
        api_key: Secret,
        base: String,
    },
}

/// Twilio's account; without `account_sid` SMS go to files.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    pub account_sid: Option<String>,
    pub auth_token: Option<Secret>,
    pub api_base: String,
    pub from: Option<String>,
}

/// Stripe's account; without `secret_key` payments are played in a sandbox.
#[derive(Clone, Debug)]
pub struct StripeSettings {
    pub secret_key: Option<Secret>,
    pub webhook_secret: Option<Secret>,
    pub api_base: String,
    /// Where its payment pages are: forms of ours may lead there.
    pub checkout_origin: String,
}

/// Text that is never printed by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that tells nothing, of lengths neither.
    pub fn matches(&self, other: &str) -> bool {
        Sha256::digest(self.0.as_bytes()).as_slice().ct_eq(Sha256::digest(other.as_bytes()).as_slice()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Without what may hold passwords.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("data_dir", &self.data_dir)
            .field("mail", &self.mail)
            .field("run_jobs", &self.run_jobs)
            .finish_non_exhaustive()
    }
}

/// Every mistake in the settings, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(pub Vec<String>);

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("These settings need attention:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for SettingsErrors {}

impl Settings {
    /// Reads the environment, `.env` in the working folder, and `secrets.env` in the data folder; makes the
    /// secrets that are missing. Errors: every mistake, and files that cannot be read or written.
    pub fn from_env() -> Result<Settings, SettingsErrors> {
        let dotenv = read_env_file(Path::new(".env"))?;
        let outside = |name: &str| filled(std::env::var(name).ok()).or_else(|| filled(dotenv.get(name).cloned()));
        let mut settings = Settings::with_generated_secrets(&outside)?;
        let is_known = |name: &str| name == "SECRET_KEY" || SETTINGS.iter().any(|setting| setting.name == name);
        settings.unknown = dotenv.into_keys().filter(|name| !is_known(name)).collect();
        settings.unknown.sort_unstable();
        Ok(settings)
    }

    /// Reads settings from a function; secrets that are missing are a mistake.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, SettingsErrors> {
        let mut reader = Reader { lookup, mistakes: Vec::new() };
        let settings = reader.read();
        if reader.mistakes.is_empty() { Ok(settings) } else { Err(SettingsErrors(reader.mistakes)) }
    }

    /// For tests: cheap passwords, fixed secrets, mail and SMS into `data_dir`, and no duplicates, because tests
    /// submit the documented sample again and again.
    pub fn for_tests(database_url: &str, data_dir: &Path) -> Settings {
        let lookup = |name: &str| {
            match name {
            "DATABASE_URL" => Some(database_url.to_owned()),
            "DATA_DIR" => Some(data_dir.display().to_string()),
            "PUBLIC_URL" => Some("http://localhost:3000".to_owned()),
            "ADMIN_PASSWORD" => Some("test-admin-password".to_owned()),
            "JWT_SECRET" => Some("test-jwt-secret-of-32-characters!".to_owned()),
            "CRON_SECRET" => Some("test-cron-secret".to_owned()),
            "ENCRYPTION_KEY" => Some("test-encryption-key-of-32-letters".to_owned()),
            "TWILIO_AUTH_TOKEN" => Some("test-twilio-token".to_owned()),
            "DUPLICATE_WINDOW_DAYS" => Some("0".to_owned()),
            "VAPID_PRIVATE_KEY" => Some("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw".to_owned()),
            "STRIPE_WEBHOOK_SECRET" => Some("whsec_test_secret".to_owned()),
            // The key of the example that SendGrid's own libraries are tested with.
            "SENDGRID_WEBHOOK_PUBLIC_KEY" => Some(
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
                    .to_owned(),
            ),
            _ => None,
        }
        };
        let mut settings = Settings::from_lookup(lookup).expect("the settings of tests are right");
        settings.bcrypt_cost = 4;
        settings
    }

    /// The database's address without its password, for logs.
    pub fn database_shown(&self) -> String {
        shown::without_password(&self.database_url)
    }
}

fn filled(value: Option<String>) -> Option<String> {
    value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
    }

    const SECRETS: [(&str, &str); 4] = [("ADMIN_PASSWORD", "a"), ("JWT_SECRET", "b"), ("CRON_SECRET", "c"), ("ENCRYPTION_KEY", "d")];

    #[test]
    fn defaults_work_for_a_first_start() {
        let settings = Settings::from_lookup(lookup(&SECRETS)).expect("defaults are right");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.public_url, "http://localhost:3000");
        assert_eq!(settings.database_url, "sqlite://data/plumbline.db");
        assert_eq!(settings.mail_from, "\"Plumbline\" <no-reply@example.com>");
        assert!(matches!(settings.mail, MailSettings::Folder(_)));
        assert!(settings.rate_limits && settings.run_jobs && !settings.production);
        assert_eq!(settings.bcrypt_cost, 12);
        assert_eq!((settings.rate_limit_store, settings.lead_source_limit), (RateLimitStore::Auto, 1000));
        assert_eq!(settings.duplicate_window_days, 30);
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let pairs = [
            ("PLUMBLINE_LISTEN", "3000"),
            ("PUBLIC_URL", "example.com"),
            ("DATABASE_URL", "mysql://root:hunter2@db/x"),
            ("DATABASE_READ_URL", "postgres://root:hunter2@replica/x"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
            ("CORS_ALLOWED_ORIGINS", "*"),
            ("LOG_LEVEL", "loud"),
            ("LOG_FORMAT", "xml"),
            ("COMPANY_TIME_ZONE", "Mars/Base"),
            ("ADMIN_EMAIL", "nobody"),
            ("COMPANY_PHONE", "12"),
            ("IMPRINT_FILE", "/nowhere/imprint.txt"),
            ("PRIVACY_FILE", "/nowhere/privacy.txt"),
            ("MAIL_FROM", "nobody"),
            ("SMTP_URL", "ftp://x"),
            ("TWILIO_ACCOUNT_SID", "AC1"),
            ("RATE_LIMITS", "maybe"),
            ("DISPUTE_WINDOW_DAYS", "a week"),
            ("INVOICE_REMINDER_DAYS", "7,soon"),
            ("METRICS_LISTEN", "x"),
            ("JOB_LEASE_SECONDS", "0"),
            ("BACKUP_KEEP_DAYS", "a week"),
            ("RATE_LIMIT_STORE", "paper"),
            ("LEAD_SOURCE_LIMIT", "0"),
            ("DUPLICATE_WINDOW_DAYS", "-1"),
            ("SENTRY_DSN", "https://sentry.example/1"),
            ("SENDGRID_WEBHOOK_PUBLIC_KEY", "MFkwEwYH"),
            ("STRIPE_SECRET_KEY", "pk_live_hunter2"),
            ("STRIPE_WEBHOOK_SECRET", "hunter2"),
            ("STRIPE_API_BASE", "api.stripe.com"),
            ("VAPID_PRIVATE_KEY", "hunter2"),
            ("VAPID_SUBJECT", "nobody"),
            ("STRIPE_CHECKOUT_ORIGIN", "https://pay.example.com/; script-src *"),
            ("INVOICE_PAPER", "A5"),
        ];
        let errors = Settings::from_lookup(lookup(&pairs)).expect_err("many mistakes");
        let named: Vec<&str> = errors.0.iter().filter_map(|e| e.split(':').next()).collect();
        for (name, _) in pairs.iter().filter(|(name, _)| *name != "TWILIO_ACCOUNT_SID") {
            assert!(named.contains(name), "{name} is not in {named:?}");
        }
        for name in ["ADMIN_PASSWORD", "JWT_SECRET", "CRON_SECRET", "ENCRYPTION_KEY", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"] {
            assert!(named.contains(&name), "{name} is not in {named:?}");
        }
        assert!(!errors.to_string().contains("hunter2"));
        assert_eq!(errors.to_string().lines().count(), errors.0.len() + 1);
    }

    #[test]
    fn production_refuses_weak_secrets() {
        let pairs = [("PUBLIC_URL", "https://plumb.example/"), SECRETS[0], SECRETS[1], SECRETS[2], SECRETS[3]];
        let errors = Settings::from_lookup(lookup(&pairs)).expect_err("weak secrets");
        assert_eq!(errors.0.len(), 4, "{errors}");
        let long = "0123456789012345678901234567890123456789";
        let pairs = [
            ("PUBLIC_URL", "https://plumb.example/"),
            ("ADMIN_PASSWORD", long),
            ("SECRET_KEY", long),
            ("CRON_SECRET", long),
            ("ENCRYPTION_KEY", long),
        ];
        let settings = Settings::from_lookup(lookup(&pairs)).expect("strong secrets");
        assert!(settings.production);
        assert_eq!(settings.public_url, "https://plumb.example");
        assert_eq!(settings.jwt_secret.expose(), long);
        assert_eq!(settings.mail_from, "\"Plumbline\" <no-reply@plumb.example>");
    }

    #[test]
    fn every_setting_that_is_read_is_listed() {
        let asked = std::cell::RefCell::new(Vec::new());
        let _ = Settings::from_lookup(|name| {
            asked.borrow_mut().push(name.to_owned());
            None
        });
        let mut asked = asked.into_inner();
        asked.retain(|name| name != "SECRET_KEY");
        asked.sort_unstable();
        asked.dedup();
        let mut listed: Vec<&str> = SETTINGS.iter().map(|s| s.name).collect();
        listed.sort_unstable();
        assert_eq!(asked, listed);
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let pairs = [("DATABASE_URL", "postgres://me:hunter2@db/x"), ("ADMIN_PASSWORD", "hunter2"), SECRETS[1], SECRETS[2], SECRETS[3]];
        let settings = Settings::from_lookup(lookup(&pairs)).expect("right");
        assert!(!format!("{settings:?} {:?}", settings.admin_password).contains("hunter2"));
        assert_eq!(settings.database_shown(), "postgres://***@db/x");
        assert!(settings.admin_password.matches("hunter2") && !settings.admin_password.matches("hunter"));
    }
}
