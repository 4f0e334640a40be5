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
    info("PLUMBLINE_LISTEN", "127.0.0.1:3000", "Address and port of the web server"),
    info("PUBLIC_URL", "http://localhost:<port>", "Where people reach it, for links and for Twilio's signatures; https means production"),
    info("DATABASE_URL", "sqlite://<DATA_DIR>/plumbline.db", "Where the data is: sqlite://path or postgres://user:password@host/name"),
    info("DATABASE_READ_URL", "none", "A replica of that Postgres database, for what may be a moment old: exports and what-if"),
    info("DATA_DIR", "data", "Folder for the database, generated secrets, mail and SMS that is not sent"),
    info("ADMIN_PASSWORD", "generated", "Password of the administrator, who signs in as admin"),
    info("ADMIN_EMAIL", "admin@example.com", "The administrator's e-mail address, also a login name"),
    info("JWT_SECRET", "generated", "Signs tokens; at least 32 characters in production (SECRET_KEY is read when it is unset)"),
    info("CRON_SECRET", "generated", "The secret of the cron endpoints"),
    info(
        "ENCRYPTION_KEY",
        "generated",
        "Encrypts two-factor secrets in the database; at least 32 characters in production; the same on every node",
    ),
    info("TRUSTED_PROXIES", "none", "Addresses or networks (10.0.0.0/8,…) whose X-Forwarded-For is believed"),
    info("CORS_ALLOWED_ORIGINS", "none", "Further origins that browsers may call from, comma-separated"),
    info("LOG_LEVEL", "info", "How much is logged: error, warn, info, debug, trace, or a filter such as info,sqlx=warn"),
    info("LOG_FORMAT", "text", "How it is logged: text or json"),
    info("COMPANY_NAME", "Plumbline", "The name on pages and in mail"),
    info("COMPANY_TIME_ZONE", "America/New_York", "The time zone of pages and mail"),
    info("SUPPORT_EMAIL", "support@example.com", "Where people are told to ask for help"),
    info("COMPANY_PHONE", "none", "The company's own number (10 digits), for emergencies on the public pages and for the imprint"),
    info("COMPANY_ADDRESS", "none", "The postal address on invoices and the imprint; a comma begins a new line"),
    info("IMPRINT_FILE", "none", "A text file to show below the address on /imprint; a line that begins with # is a heading"),
    info("PRIVACY_FILE", "none", "A text file to show on /privacy in place of the text that comes with Plumbline"),
    info("DISPUTE_WINDOW_DAYS", "7", "How many days after a charge a contractor may dispute it; invoices are made after that"),
    info("INVOICE_PAPER", "letter", "The paper of PDF invoices: letter or a4"),
    info("INVOICE_REMINDER_DAYS", "7,14", "How many days after invoicing an unpaid contractor is reminded"),
    info("MAIL_FROM", "<COMPANY_NAME> <no-reply@<host of PUBLIC_URL>>", "The sender of mail"),
    info("SENDGRID_API_KEY", "none", "Sends mail through SendGrid"),
    info("SENDGRID_API_BASE", "https://api.sendgrid.com", "Another address of SendGrid's API"),
    info(
        "SMTP_URL",
        "none",
        "Sends mail through smtps://user:password@host or smtp://…?tls=required; without it and SendGrid, mail goes to <DATA_DIR>/mail",
    ),
    info("SENDGRID_WEBHOOK_PUBLIC_KEY", "none", "Base64 of SendGrid's verification key; without it SendGrid's webhook is refused"),
    info(
        "STRIPE_SECRET_KEY",
        "none",
        "Takes payments through Stripe; without it a sandbox page plays Stripe (not when PUBLIC_URL is https)",
    ),
    info(
        "STRIPE_WEBHOOK_SECRET",
        "none",
        "Checks Stripe's signatures (whsec_…); without it Stripe's webhook is refused and no payment starts",
    ),
    info("STRIPE_API_BASE", "https://api.stripe.com", "Another address of Stripe's API"),
    info("STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com", "Where Stripe's payment pages are, when they have a domain of their own"),
    info("TWILIO_ACCOUNT_SID", "none", "Sends SMS through Twilio; without it they go to <DATA_DIR>/sms"),
    info("TWILIO_AUTH_TOKEN", "none", "Twilio's token; without it Twilio's webhooks are refused"),
    info("TWILIO_API_BASE", "https://api.twilio.com", "Another address of Twilio's API"),
    info("TWILIO_FROM", "none", "The number (+15551234567) or messaging service (MG…) that sends SMS"),
    info(
        "VAPID_PRIVATE_KEY",
        "generated",
        "Signs push messages to browsers: 32 random bytes in base64url; a new one ends all subscriptions",
    ),
    info("VAPID_SUBJECT", "mailto:<SUPPORT_EMAIL>", "Whom a push service writes to: mailto:… or https://…"),
    info("PUSH_HOSTS", DEFAULT_PUSH_HOSTS, "Push services that browsers may name, with what is below them"),
    info("METRICS_LISTEN", "none", "Address and port for Prometheus metrics"),
    info("METRICS_TOKEN", "none", "Bearer token that metrics ask for"),
    info(
        "RATE_LIMIT_STORE",
        "auto",
        "Where limits are counted: memory, database, or auto: in the database when that is Postgres, for all nodes together",
    ),
    info("LEAD_SOURCE_LIMIT", "1000", "How many leads one lead source may submit in an hour"),
    info("DUPLICATE_WINDOW_DAYS", "30", "A lead with the phone, service and ZIP of one this young is the same request; 0 for never"),
    info("SENTRY_DSN", "none", "Reports errors to Sentry or what understands it: https://key@host/project"),
    info("RATE_LIMITS", "on", "Off lets every request through, for load tests"),
    info("RUN_JOBS", "on", "Off leaves jobs and the schedule to the command plumbline worker"),
    info("JOB_LEASE_SECONDS", "120", "How long the jobs of a process that died wait until another takes them"),
    info("BACKUP_KEEP_DAYS", "7", "Days after which the daily backups in <DATA_DIR>/backups are deleted"),
    info("PG_BIN_DIR", "none", "Folder of pg_dump and pg_restore when they are not on the PATH"),
];

/// Google's, Mozilla's, Apple's and Microsoft's.
pub(super) const DEFAULT_PUSH_HOSTS: &str = "fcm.googleapis.com,push.services.mozilla.com,push.apple.com,notify.windows.com";
