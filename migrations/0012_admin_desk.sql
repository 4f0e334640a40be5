-- What the administrator's daily work needs: why a lead went where it went, merged duplicates, refused applications, saved views.

-- Who was considered for a lead, and why this one got it, as it was then (decision 22). Rows are only ever added.
create table routing_decisions (
    id text primary key not null,
    lead_id text not null references leads (id),
    -- submitted, waiting, deadline_missed or by_hand.
    occasion text not null,
    -- What decided: only_one, owed, load, conversion, waited, tie, by_hand or nobody.
    rule text not null,
    -- Who gave it, as events name them.
    actor text not null,
    -- What an administrator said.
    reason text,
    -- Contractors of the ZIP code with the verdict on each, and the numbers that were compared.
    considered jsonb not null,
    -- How many more there were.
    unlisted bigint not null,
    at timestamptz not null
);
create index routing_decisions_by_lead on routing_decisions (lead_id, at);

-- The lead that this one was merged into: it is no lead of its own any more.
alter table leads add column merged_into text references leads (id);
create index leads_by_merged on leads (merged_into) where merged_into is not null;
-- Figures count a merged request once.
drop index leads_by_day;
create index leads_by_day on leads (created_day, status, score) where merged_into is null;

-- An application that was refused, and what the contractor was told.
alter table contractors add column rejected_at timestamptz;
alter table contractors add column rejection_reason text;

-- Filters of a list that somebody keeps under a name.
create table saved_views (
    id text primary key not null,
    -- As the audit log names them.
    owner text not null,
    -- The list: leads or contractors.
    page text not null,
    name text not null,
    -- The address's query, without the question mark.
    query text not null,
    created_at timestamptz not null
);
create unique index saved_views_by_owner on saved_views (owner, page, name);
