//! Checks the settings one by one, and keeps every mistake.

use super::listed::DEFAULT_PUSH_HOSTS;
use super::{DOCUMENTED_ORIGINS, MailSettings, RateLimitStore, Secret, SentryDsn, Settings, StripeSettings, TwilioSettings, filled, shown};
use crate::pdf::Paper;
use crate::{mail, push, signatures};
use chrono_tz::Tz;
use ipnet::IpNet;
use kernel::Phone;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Reads one setting after the other and keeps every mistake.
pub(super) struct Reader<F> {
    pub lookup: F,
    pub mistakes: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    pub fn read(&mut self) -> Settings {
        let listen = self
            .parsed("PLUMBLINE_LISTEN", "an address and port like 127.0.0.1:3000")
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        let public_url = match self.get("PUBLIC_URL") {
            Some(url) => self.base_url("PUBLIC_URL", &url),
            None => format!("http://localhost:{}", listen.port()),
        };
        let production = public_url.starts_with("https://");
        let data_dir = PathBuf::from(self.get("DATA_DIR").unwrap_or_else(|| "data".into()));
        let database_url = self.database_url(&data_dir);
        let company_name = self.get("COMPANY_NAME").unwrap_or_else(|| "Plumbline".into());
        if company_name.chars().any(char::is_control) {
            self.mistake("COMPANY_NAME", "contains characters that cannot be shown");
        }
        let mail_from = self.mail_from(&company_name, &public_url);
        let mut cors_allowed_origins: Vec<String> = DOCUMENTED_ORIGINS.iter().map(|o| (*o).to_owned()).collect();
        for origin in self.list("CORS_ALLOWED_ORIGINS") {
            let origin = self.base_url("CORS_ALLOWED_ORIGINS", &origin);
            cors_allowed_origins.push(origin);
        }
        Settings {
            trusted_proxies: self.networks("TRUSTED_PROXIES"),
            admin_password: self.secret("ADMIN_PASSWORD", "ADMIN_PASSWORD", production, 12),
            admin_email: self.email("ADMIN_EMAIL", "admin@example.com"),
            jwt_secret: self.secret("JWT_SECRET", "SECRET_KEY", production, 32),
            cron_secret: self.secret("CRON_SECRET", "CRON_SECRET", production, 16),
            encryption_key: self.secret("ENCRYPTION_KEY", "ENCRYPTION_KEY", production, 32),
            log_level: self.log_level(),
            log_json: self.either("LOG_FORMAT", &["json"], &["text"], false),
            company_time_zone: self.parsed("COMPANY_TIME_ZONE", "a time zone like America/New_York").unwrap_or(Tz::America__New_York),
            support_email: self.email("SUPPORT_EMAIL", "support@example.com"),
            company_phone: self.phone("COMPANY_PHONE"),
            company_address: self.list("COMPANY_ADDRESS"),
            imprint_text: self.text_file("IMPRINT_FILE"),
            privacy_text: self.text_file("PRIVACY_FILE"),
            dispute_window_days: self.parsed::<u16>("DISPUTE_WINDOW_DAYS", "a number of days like 7").unwrap_or(7).into(),
            invoice_paper: if self.either("INVOICE_PAPER", &["a4"], &["letter"], false) { Paper::A4 } else { Paper::LETTER },
            invoice_reminder_days: self.days("INVOICE_REMINDER_DAYS", "7,14"),
            mail: self.mail(&data_dir),
            twilio: self.twilio(),
            stripe: self.stripe(),
            sendgrid_webhook_key: self.sendgrid_webhook_key(),
            vapid_private_key: self.vapid_private_key(),
            vapid_subject: self.vapid_subject(),
            push_hosts: self.push_hosts(),
            metrics_listen: self.parsed("METRICS_LISTEN", "an address and port like 127.0.0.1:9000"),
            metrics_token: self.get("METRICS_TOKEN").map(Secret),
            bcrypt_cost: 12,
            rate_limits: self.switch("RATE_LIMITS"),
            rate_limit_store: self.rate_limit_store(),
            lead_source_limit: self.number("LEAD_SOURCE_LIMIT", 1..=1_000_000, 1000),
            duplicate_window_days: self.number("DUPLICATE_WINDOW_DAYS", 0..=3650, 30),
            sentry_dsn: self.sentry_dsn(),
            run_jobs: self.switch("RUN_JOBS"),
            job_lease: chrono::Duration::seconds(self.number("JOB_LEASE_SECONDS", 1..=3600, 120).into()),
            backup_keep: chrono::Duration::days(self.number("BACKUP_KEEP_DAYS", 1..=3650, 7).into()),
            pg_bin_dir: self.get("PG_BIN_DIR").map(PathBuf::from),
            secrets_file: None,
            secrets_are_new: false,
            unknown: Vec::new(),
            shown: shown::all(|name| self.get(name).or_else(|| self.get("SECRET_KEY").filter(|_| name == "JWT_SECRET"))),
            listen,
            public_url,
            production,
            data_dir,
            database_read_url: self.database_read_url(&database_url),
            database_url,
            company_name,
            mail_from,
            cors_allowed_origins,
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        filled((self.lookup)(name))
    }

    fn mistake(&mut self, name: &str, what: &str) {
        self.mistakes.push(format!("{name}: {what}"));
    }

    fn parsed<T: FromStr>(&mut self, name: &str, wanted: &str) -> Option<T> {
        let text = self.get(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.mistake(name, &format!("must be {wanted}, not {text:?}"));
        }
        value
    }

    fn number(&mut self, name: &str, allowed: RangeInclusive<u32>, default: u32) -> u32 {
        let wanted = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        let Some(number) = self.parsed::<u32>(name, &wanted) else { return default };
        if !allowed.contains(&number) {
            self.mistake(name, &format!("must be {wanted}, not {number}"));
        }
        number
    }

    fn vapid_private_key(&mut self) -> Option<Secret> {
        let key = self.get("VAPID_PRIVATE_KEY")?;
        if !push::is_key(&key) {
            self.mistake("VAPID_PRIVATE_KEY", "must be a P-256 private key: 32 bytes in base64url");
        }
        Some(Secret(key))
    }

    fn vapid_subject(&mut self) -> String {
        let subject = self.get("VAPID_SUBJECT");
        if subject.as_deref().is_some_and(|s| !s.starts_with("mailto:") && !s.starts_with("https://")) {
            self.mistake("VAPID_SUBJECT", "must begin with mailto: or https://");
        }
        subject.unwrap_or_else(|| format!("mailto:{}", self.get("SUPPORT_EMAIL").unwrap_or_else(|| "support@example.com".into())))
    }

    fn push_hosts(&mut self) -> Vec<String> {
        let hosts = self.list("PUSH_HOSTS");
        if hosts.is_empty() { DEFAULT_PUSH_HOSTS.split(',').map(str::to_owned).collect() } else { hosts }
    }

    fn rate_limit_store(&mut self) -> RateLimitStore {
        match self.get("RATE_LIMIT_STORE").as_deref() {
            None | Some("auto") => RateLimitStore::Auto,
            Some("memory") => RateLimitStore::Memory,
            Some("database") => RateLimitStore::Database,
            Some(other) => {
                self.mistake("RATE_LIMIT_STORE", &format!("must be auto, memory or database, not {other:?}"));
                RateLimitStore::Auto
            }
        }
    }

    fn sentry_dsn(&mut self) -> Option<SentryDsn> {
        let text = self.get("SENTRY_DSN")?;
        let dsn = SentryDsn::parse(&text);
        if dsn.is_none() {
            self.mistake("SENTRY_DSN", "must be like https://key@host/project");
        }
        dsn
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.get(name).unwrap_or_default().split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    fn either(&mut self, name: &str, yes: &[&str], no: &[&str], default: bool) -> bool {
        let Some(text) = self.get(name) else { return default };
        let word = text.to_lowercase();
        if !yes.contains(&word.as_str()) && !no.contains(&word.as_str()) {
            let (yes, no) = (yes.first().copied().unwrap_or_default(), no.first().copied().unwrap_or_default());
            self.mistake(name, &format!("must be {yes} or {no}, not {text:?}"));
        }
        yes.contains(&word.as_str())
    }

    fn switch(&mut self, name: &str) -> bool {
        self.either(name, &["on", "true", "yes", "1"], &["off", "false", "no", "0"], true)
    }

    /// `http(s)://host[:port]`, without a slash at its end.
    fn base_url(&mut self, name: &str, text: &str) -> String {
        let url = text.trim_end_matches('/');
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if !host.is_some_and(|h| !h.is_empty() && !h.contains(['/', '?', '#', '@', '*', ' ', ';', ',', '\''])) {
            self.mistake(name, &format!("must be like https://example.com, without a path, not {text:?}"));
        }
        url.to_owned()
    }

    /// A provider's address; it may have a path.
    fn api_base(&mut self, name: &str, default: &str) -> String {
        let url = self.get(name).unwrap_or_else(|| default.into());
        if !url.starts_with("https://") && !url.starts_with("http://") {
            self.mistake(name, &format!("must begin with https:// or http://, not {url:?}"));
        }
        url.trim_end_matches('/').to_owned()
    }

    fn database_url(&mut self, data_dir: &Path) -> String {
        let Some(url) = self.get("DATABASE_URL") else { return format!("sqlite://{}", data_dir.join("plumbline.db").display()) };
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            // Without the address: it may hold a password.
            self.mistake("DATABASE_URL", "must begin with sqlite:// or postgres://");
        } else if url.contains(":memory:") || url.contains("mode=memory") {
            self.mistake("DATABASE_URL", "must name a file: a database in memory is lost at the end");
        }
        url
    }

    fn database_read_url(&mut self, database_url: &str) -> Option<String> {
        let url = self.get("DATABASE_READ_URL")?;
        if ![database_url, &url].iter().all(|url| url.starts_with("postgres")) {
            // Without the address: it may hold a password.
            self.mistake("DATABASE_READ_URL", "must begin with postgres://, as DATABASE_URL must then");
        }
        Some(url)
    }

    fn secret(&mut self, name: &str, other_name: &str, production: bool, shortest: usize) -> Secret {
        let value = self.get(name).or_else(|| self.get(other_name)).unwrap_or_default();
        if value.is_empty() {
            self.mistake(name, "is not set");
        } else if production && value.chars().count() < shortest {
            self.mistake(name, &format!("must have at least {shortest} characters when PUBLIC_URL is https"));
        }
        Secret(value)
    }

    fn email(&mut self, name: &str, default: &str) -> String {
        let text = self.get(name).unwrap_or_else(|| default.into());
        let mut fields = kernel::Fields::default();
        let email = fields.optional_email("", Some(&text));
        email.unwrap_or_else(|| {
            self.mistake(name, &format!("must be an e-mail address, not {text:?}"));
            text
        })
    }

    fn phone(&mut self, name: &str) -> Option<Phone> {
        let text = self.get(name)?;
        let phone = Phone::parse(&text);
        if phone.is_none() {
            self.mistake(name, &format!("must be a phone number of 10 digits, not {text:?}"));
        }
        phone
    }

    fn text_file(&mut self, name: &str) -> Option<String> {
        let path = self.get(name)?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(why) => {
                self.mistake(name, &format!("the file {path:?} cannot be read ({why})"));
                None
            }
        }
    }

    fn networks(&mut self, name: &str) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for text in self.list(name) {
            match text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.push(network),
                Err(_) => self.mistake(name, &format!("must be addresses or networks like 10.0.0.0/8, not {text:?}")),
            }
        }
        networks
    }

    /// Numbers of days, ascending.
    fn days(&mut self, name: &str, default: &str) -> Vec<i64> {
        let text = self.get(name).unwrap_or_else(|| default.into());
        let parts: Vec<Option<i64>> = text.split(',').map(|day| day.trim().parse().ok().filter(|d| (1..=365).contains(d))).collect();
        if parts.iter().any(Option::is_none) {
            self.mistake(name, &format!("must be days from 1 to 365 like {default}, not {text:?}"));
        }
        let mut days: Vec<i64> = parts.into_iter().flatten().collect();
        days.sort_unstable();
        days
    }

    fn log_level(&mut self) -> String {
        let text = self.get("LOG_LEVEL").unwrap_or_else(|| "info".into());
        let levels = ["error", "warn", "info", "debug", "trace", "off"];
        let right = text.split(',').all(|part| {
            let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
            levels.contains(&level.trim().to_lowercase().as_str())
        });
        if !right {
            self.mistake("LOG_LEVEL", &format!("must be error, warn, info, debug, trace or a filter like info,sqlx=warn, not {text:?}"));
        }
        text
    }

    fn mail_from(&mut self, company: &str, public_url: &str) -> String {
        let host = public_url.split("//").nth(1).unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let domain = if host.contains('.') && host.parse::<IpAddr>().is_err() { host } else { "example.com" };
        let quoted = company.replace(['"', '\\'], "");
        let text = self.get("MAIL_FROM").unwrap_or_else(|| format!("\"{quoted}\" <no-reply@{domain}>"));
        if !mail::is_sender(&text) {
            self.mistake("MAIL_FROM", &format!("must be like Plumbline <no-reply@example.com>, not {text:?}"));
        }
        text
    }

    fn mail(&mut self, data_dir: &Path) -> MailSettings {
        let base = self.api_base("SENDGRID_API_BASE", "https://api.sendgrid.com");
        match (self.get("SENDGRID_API_KEY"), self.get("SMTP_URL")) {
            (Some(_), Some(_)) => {
                self.mistake("SMTP_URL", "is set and SENDGRID_API_KEY too: choose one");
                MailSettings::Folder(data_dir.join("mail"))
            }
            (Some(api_key), None) => MailSettings::SendGrid { api_key: Secret(api_key), base },
            (None, Some(url)) => {
                if let Err(why) = mail::check_smtp_url(&url) {
                    self.mistake("SMTP_URL", &format!("must be like smtps://user:password@host ({why})"));
                }
                MailSettings::Smtp { url: Secret(url) }
            }
            (None, None) => MailSettings::Folder(data_dir.join("mail")),
        }
    }

    fn twilio(&mut self) -> TwilioSettings {
        let twilio = TwilioSettings {
            account_sid: self.get("TWILIO_ACCOUNT_SID"),
            auth_token: self.get("TWILIO_AUTH_TOKEN").map(Secret),
            api_base: self.api_base("TWILIO_API_BASE", "https://api.twilio.com"),
            from: self.get("TWILIO_FROM"),
        };
        if twilio.account_sid.is_some() {
            if twilio.auth_token.is_none() {
                self.mistake("TWILIO_AUTH_TOKEN", "is needed when TWILIO_ACCOUNT_SID is set");
            }
            if twilio.from.is_none() {
                self.mistake("TWILIO_FROM", "is needed when TWILIO_ACCOUNT_SID is set");
            }
        }
        if twilio.account_sid.as_ref().is_some_and(|sid| !sid.bytes().all(|b| b.is_ascii_alphanumeric())) {
            self.mistake("TWILIO_ACCOUNT_SID", "must be letters and digits only");
        }
        twilio
    }

    fn stripe(&mut self) -> StripeSettings {
        let (secret_key, webhook_secret) = (self.get("STRIPE_SECRET_KEY"), self.get("STRIPE_WEBHOOK_SECRET"));
        // Without the values: they are secrets.
        if secret_key.as_ref().is_some_and(|key| key.starts_with("pk_") || key.starts_with("whsec_")) {
            self.mistake("STRIPE_SECRET_KEY", "must be the secret key (sk_…) or a restricted one (rk_…), not another of Stripe's keys");
        }
        if webhook_secret.as_ref().is_some_and(|secret| secret.len() < 12) {
            self.mistake("STRIPE_WEBHOOK_SECRET", "must have at least 12 characters; Stripe's begin with whsec_");
        }
        let checkout_origin = self.get("STRIPE_CHECKOUT_ORIGIN").unwrap_or_else(|| "https://checkout.stripe.com".into());
        StripeSettings {
            checkout_origin: self.base_url("STRIPE_CHECKOUT_ORIGIN", &checkout_origin),
            secret_key: secret_key.map(Secret),
            webhook_secret: webhook_secret.map(Secret),
            api_base: self.api_base("STRIPE_API_BASE", "https://api.stripe.com"),
        }
    }

    fn sendgrid_webhook_key(&mut self) -> Option<Vec<u8>> {
        let text = self.get("SENDGRID_WEBHOOK_PUBLIC_KEY")?;
        let key = signatures::read_sendgrid_key(&text);
        if key.is_none() {
            self.mistake("SENDGRID_WEBHOOK_PUBLIC_KEY", "must be the verification key that SendGrid shows: base64 of a DER public key");
        }
        key
    }
}
