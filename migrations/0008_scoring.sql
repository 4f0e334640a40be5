-- Versions of the scoring model (seed 000, Lead Scoring), and the backups that were made.

-- What each answer earns (weights), and from which score on which category costs how much (tiers, in cents).
-- A lead names the version that it was scored with. At most one row is a draft, and one is published.
create table scoring_versions (
    version bigint primary key not null,
    weights jsonb not null,
    tiers jsonb not null,
    -- draft, published or retired.
    status text not null,
    note text,
    -- Changes with each change of the draft, so that nobody publishes what they have not seen.
    etag text not null,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    published_at timestamptz
);
create unique index scoring_versions_current on scoring_versions (status) where status <> 'retired';

-- Decision 20.
insert into scoring_versions (version, weights, tiers, status, note, etag, created_by, created_at, updated_at, published_at) values (
    1,
    '{"budget":{"steps":[{"below":150,"points":-10},{"below":250,"points":10},{"below":500,"points":20},{"below":1500,"points":30},{"below":5000,"points":40}],"above":50,"unknown":-10},"timeline":{"emergency":50,"within_24_hours":40,"within_week":25,"flexible":10},"property":{"commercial":30,"residential":20},"email":10,"service":{"emergency":40,"installation":35,"ac_repair":30,"heating_repair":30,"maintenance":15},"zip":20}',
    '{"PLATINUM":{"from":150,"price":25000},"GOLD":{"from":120,"price":17500},"SILVER":{"from":90,"price":12500},"BRONZE":{"from":60,"price":8500}}',
    'published',
    'The documented weights and prices',
    '1',
    'system',
    '2025-10-01T00:00:00+00:00',
    '2025-10-01T00:00:00+00:00',
    '2025-10-01T00:00:00+00:00'
);

-- Backups that were tried, also those that failed.
create table backups (
    id text primary key not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    file_name text not null,
    -- Null when it failed.
    bytes bigint,
    ok boolean not null,
    error text
);
create index backups_by_result on backups (ok, finished_at);
