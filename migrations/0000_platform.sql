-- Plumbing tables. Types are the ones that SQLite and Postgres both read; every value is bound by the program.

-- Work that must happen after a change, written in the change's own transaction (the outbox).
-- A worker owns a job until locked_until; status is queued, done or dead. A finished job keeps no payload.
create table jobs (
    id text primary key not null,
    kind text not null,
    payload jsonb not null,
    status text not null,
    run_at timestamptz not null,
    attempts bigint not null,
    max_attempts bigint not null,
    -- At most one job with this key, ever; null for none.
    dedupe_key text unique,
    locked_until timestamptz,
    last_error text,
    created_at timestamptz not null
);
create index jobs_by_status_and_time on jobs (status, run_at);

-- When each scheduled task runs next: moved forward by the one node that runs the occurrence.
create table cron_runs (
    name text primary key not null,
    next_at timestamptz not null,
    last_at timestamptz
);

-- What happened, for histories, activity lists and live pages.
create table events (
    id text primary key not null,
    kind text not null,
    subject_id text not null,
    -- The contractor who may see it, besides the administrators.
    contractor_id text,
    actor text not null,
    data jsonb not null,
    at timestamptz not null
);
create index events_by_subject on events (subject_id, at);
create index events_by_time on events (at, id);
create index events_by_contractor_and_time on events (contractor_id, at);

-- Who changed what by hand.
create table audit_log (
    id text primary key not null,
    actor text not null,
    action text not null,
    subject_id text not null,
    detail jsonb not null,
    at timestamptz not null
);
create index audit_log_by_subject on audit_log (subject_id, at);
create index audit_log_by_time on audit_log (at, id);

-- Links that were mailed: set a password, give feedback. Only the SHA-256 of the token is kept.
create table account_links (
    token_hash text primary key not null,
    purpose text not null,
    account_id text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index account_links_by_account on account_links (account_id, purpose);

-- Addresses that get no more mail, in lower case: they bounced, were dropped, or complained.
create table email_bounces (
    address text primary key not null,
    kind text not null,
    reason text,
    created_at timestamptz not null
);
create index email_bounces_by_time on email_bounces (created_at);

-- Every mail and SMS that was tried: channel is email or sms, status is sent, failed or skipped.
create table notification_logs (
    id text primary key not null,
    job_id text not null unique,
    channel text not null,
    template text not null,
    recipient text not null,
    status text not null,
    lead_id text,
    contractor_id text,
    error text,
    created_at timestamptz not null
);
create index notification_logs_by_lead on notification_logs (lead_id, created_at);
create index notification_logs_by_contractor on notification_logs (contractor_id, created_at);
create index notification_logs_by_time on notification_logs (created_at);

-- The text messages themselves, with the provider's id.
create table sms_logs (
    id text primary key not null,
    job_id text not null unique,
    to_phone text not null,
    body text not null,
    status text not null,
    provider_id text,
    lead_id text,
    contractor_id text,
    error text,
    created_at timestamptz not null
);
create index sms_logs_by_lead on sms_logs (lead_id, created_at);
create index sms_logs_by_contractor on sms_logs (contractor_id, created_at);

-- What an administrator should know about: forged signatures, wrong secrets, locked-out logins.
create table security_events (
    id text primary key not null,
    kind text not null,
    detail text not null,
    address text,
    created_at timestamptz not null
);
create index security_events_by_time on security_events (created_at);
