-- What providers tell us, and what became of it (seed 000, Webhook Endpoints; decision 9).

-- Every webhook that arrived, forged ones too (a bounded number of them), for an administrator to see and to replay.
-- Kept for 30 days. The body is as it was sent: it may hold phone numbers and addresses, and never goes to a log.
create table inbound_webhooks (
    id text primary key not null,
    -- stripe, sendgrid or twilio.
    provider text not null,
    -- The provider's id of the event, or the SHA-256 of a body that has none; null for a batch.
    event_id text,
    -- What it tells: payment_intent.succeeded, bounce, call-status …
    kind text not null,
    body text not null,
    -- The body was longer than what is kept of it.
    is_cut boolean not null,
    is_signed boolean not null,
    -- processed, duplicate, ignored, mismatch, rejected or failed.
    result text not null,
    error text,
    received_at timestamptz not null,
    replayed_at timestamptz
);
create index inbound_webhooks_by_time on inbound_webhooks (received_at, id);
create index inbound_webhooks_by_provider on inbound_webhooks (provider, received_at, id);
create index inbound_webhooks_by_result on inbound_webhooks (result, received_at, id);

-- The events that were processed, once each: the key is taken in the transaction of what the event changes.
create table webhook_events (
    provider text not null,
    event_id text not null,
    at timestamptz not null,
    primary key (provider, event_id)
);
create index webhook_events_by_time on webhook_events (at);

-- Twilio tells what became of a message by its own id.
create index sms_logs_by_provider_id on sms_logs (provider_id);

-- Lists of jobs for an administrator.
create index jobs_by_time on jobs (created_at, id);
create index jobs_by_kind on jobs (kind, created_at, id);
