//! Every setting there is: its name, its default and its meaning.

/// A setting's name, what it is when unset, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct SettingInfo {
    pub name: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
}

const fn info(name: &'static str, default: &'static str, meaning: &'static str) -> SettingInfo {
    SettingInfo { name, default, meaning }
}

/// Every setting there is, for `--help` and the README. An empty value counts as unset.
pub const SETTINGS: &[SettingInfo] = &[
    info("PLUMBLINE_LISTEN", "127.0.0.1:3000", "address and port of the web server"),
    info("PUBLIC_URL", "http://localhost:<port>", "where people reach it, for links and for Twilio's signatures; https means production"),
    info("DATABASE_URL", "sqlite://<DATA_DIR>/plumbline.db", "where the data is: sqlite://path or postgres://user:password@host/name"),
    info("DATABASE_READ_URL", "none", "a replica of that Postgres database, for what may be a moment old: exports and what-if"),
    info("DATA_DIR", "data", "folder for the database, generated secrets, mail and SMS that is not sent"),
    info("ADMIN_PASSWORD", "generated", "password of the administrator `admin`"),
    info("ADMIN_EMAIL", "admin@example.com", "the administrator's e-mail address, also a login name"),
    info("JWT_SECRET", "generated", "signs tokens; at least 32 characters in production (SECRET_KEY is read when it is unset)"),
    info("CRON_SECRET", "generated", "the secret of the cron endpoints"),
    info(
        "ENCRYPTION_KEY",
        "generated",
        "encrypts two-factor secrets in the database; at least 32 characters in production; the same on every node",
    ),
    info("TRUSTED_PROXIES", "none", "addresses or networks (10.0.0.0/8,…) whose X-Forwarded-For is believed"),
    info("CORS_ALLOWED_ORIGINS", "none", "further origins that browsers may call from, comma-separated"),
    info("LOG_LEVEL", "info", "error, warn, info, debug, trace, or a filter such as info,sqlx=warn"),
    info("LOG_FORMAT", "text", "text or json"),
    info("COMPANY_NAME", "Plumbline", "the name on pages and in mail"),
    info("COMPANY_TIME_ZONE", "America/New_York", "the time zone of pages and mail"),
    info("SUPPORT_EMAIL", "support@example.com", "where people are told to ask for help"),
    info("COMPANY_PHONE", "none", "the company's own number (10 digits), for emergencies on the public pages and for the imprint"),
    info("COMPANY_ADDRESS", "none", "the postal address on invoices and the imprint; a comma begins a new line"),
    info("IMPRINT_FILE", "none", "a text file to show below the address on /imprint; a line that begins with # is a heading"),
    info("PRIVACY_FILE", "none", "a text file to show on /privacy in place of the text that comes with Plumbline"),
    info("DISPUTE_WINDOW_DAYS", "7", "how many days after a charge a contractor may dispute it; invoices are made after that"),
    info("INVOICE_PAPER", "letter", "letter or a4: the paper of PDF invoices"),
    info("INVOICE_REMINDER_DAYS", "7,14", "how many days after invoicing an unpaid contractor is reminded"),
    info("MAIL_FROM", "<COMPANY_NAME> <no-reply@<host of PUBLIC_URL>>", "the sender of mail"),
    info("SENDGRID_API_KEY", "none", "sends mail through SendGrid"),
    info("SENDGRID_API_BASE", "https://api.sendgrid.com", "another address of SendGrid's API"),
    info(
        "SMTP_URL",
        "none",
        "sends mail through smtps://user:password@host or smtp://…?tls=required; without it and SendGrid, mail goes to <DATA_DIR>/mail",
    ),
    info("SENDGRID_WEBHOOK_PUBLIC_KEY", "none", "base64 of SendGrid's verification key; without it SendGrid's webhook is refused"),
    info(
        "STRIPE_SECRET_KEY",
        "none",
        "takes payments through Stripe; without it a sandbox page plays Stripe (not when PUBLIC_URL is https)",
    ),
    info(
        "STRIPE_WEBHOOK_SECRET",
        "none",
        "checks Stripe's signatures (whsec_…); without it Stripe's webhook is refused and no payment starts",
    ),
    info("STRIPE_API_BASE", "https://api.stripe.com", "another address of Stripe's API"),
    info("STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com", "where Stripe's payment pages are, when they have a domain of their own"),
    info("TWILIO_ACCOUNT_SID", "none", "sends SMS through Twilio; without it they go to <DATA_DIR>/sms"),
    info("TWILIO_AUTH_TOKEN", "none", "Twilio's token; without it Twilio's webhooks are refused"),
    info("TWILIO_API_BASE", "https://api.twilio.com", "another address of Twilio's API"),
    info("TWILIO_FROM", "none", "the number (+15551234567) or messaging service (MG…) that sends SMS"),
    info(
        "VAPID_PRIVATE_KEY",
        "generated",
        "signs push messages to browsers: 32 random bytes in base64url; a new one ends all subscriptions",
    ),
    info("VAPID_SUBJECT", "mailto:<SUPPORT_EMAIL>", "whom a push service writes to: mailto:… or https://…"),
    info("PUSH_HOSTS", DEFAULT_PUSH_HOSTS, "push services that browsers may name, with what is below them"),
    info("METRICS_LISTEN", "none", "address and port for Prometheus metrics"),
    info("METRICS_TOKEN", "none", "bearer token that metrics ask for"),
    info(
        "RATE_LIMIT_STORE",
        "auto",
        "where limits are counted: memory, database, or auto: in the database when that is Postgres, for all nodes together",
    ),
    info("LEAD_SOURCE_LIMIT", "1000", "how many leads one lead source may submit in an hour"),
    info("DUPLICATE_WINDOW_DAYS", "30", "a lead with the phone, service and ZIP of one this young is the same request; 0 for never"),
    info("SENTRY_DSN", "none", "reports errors to Sentry or what understands it: https://key@host/project"),
    info("RATE_LIMITS", "on", "off lets every request through, for load tests"),
    info("RUN_JOBS", "on", "off leaves jobs and the schedule to `plumbline worker`"),
    info("JOB_LEASE_SECONDS", "120", "how long the jobs of a process that died wait until another takes them"),
    info("BACKUP_KEEP_DAYS", "7", "days after which the daily backups in <DATA_DIR>/backups are deleted"),
    info("PG_BIN_DIR", "none", "folder of pg_dump and pg_restore when they are not on the PATH"),
];

/// Google's, Mozilla's, Apple's and Microsoft's.
pub(super) const DEFAULT_PUSH_HOSTS: &str = "fcm.googleapis.com,push.services.mozilla.com,push.apple.com,notify.windows.com";
