-- What programs of others need: keys for lead sources, requests that may be repeated, limits that several nodes share.

-- How often something was done in a window: rate limits and failed logins, when several nodes share the database.
create table rate_limits (
    -- What is counted: login:203.0.113.7
    key text primary key not null,
    used bigint not null,
    -- Unix seconds.
    resets_at bigint not null
);
create index rate_limits_by_end on rate_limits (resets_at);

-- Tokens that were signed out before their time; a row goes when its token has expired.
create table revoked_tokens (
    jti text primary key not null,
    expires_at timestamptz not null
);
create index revoked_tokens_by_end on revoked_tokens (expires_at);

-- Requests with an Idempotency-Key and what was answered. Without a status the request runs, or died, and
-- leased_until says how long nobody else may run it.
create table idempotency_keys (
    id text not null unique,
    caller text not null,
    key text not null,
    -- SHA-256 of method, path and body.
    request_hash text not null,
    status bigint,
    body text,
    leased_until timestamptz not null,
    created_at timestamptz not null,
    primary key (caller, key)
);
create index idempotency_keys_by_time on idempotency_keys (created_at);

-- Partners who send leads with a key of their own. Only the SHA-256 of the key is kept.
create table lead_sources (
    id text primary key not null,
    name text not null,
    key_hash text not null unique,
    -- The key's first letters, to tell keys apart.
    key_prefix text not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    -- To the hour.
    last_used_at timestamptz
);
create unique index lead_sources_by_name on lead_sources (name) where revoked_at is null;
create index lead_sources_by_time on lead_sources (created_at, id);

alter table leads add column source_id text references lead_sources (id);
-- The first lead of the same request: same phone, service and ZIP within some days. Null for a first one.
alter table leads add column duplicate_of text references leads (id);
-- The idempotency_keys.id of the request that made it.
alter table leads add column request_id text;
create index leads_by_source on leads (source_id, status) where source_id is not null;
create index leads_by_first on leads (duplicate_of) where duplicate_of is not null;
create unique index leads_by_request on leads (request_id) where request_id is not null;
-- Finds the first lead of a request, and a phone.
drop index leads_by_phone;
create index leads_by_phone on leads (customer_phone, service_type, customer_zip, created_at);

-- What the customer agreed to when the lead was submitted, and how that can be shown.
create table lead_consents (
    lead_id text primary key not null references leads (id),
    text text not null,
    -- The page that showed the text.
    page text not null,
    given_at timestamptz not null,
    -- Whose request brought it.
    address text,
    created_at timestamptz not null
);
