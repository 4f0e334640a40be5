-- Contractors' payments of what they owe. Card data never comes here: Stripe has it (seed 000, Data Privacy).
create table payments (
    id text primary key not null,
    contractor_id text not null references contractors (id),
    -- The billing records that it pays: their ids in order, with commas between.
    record_ids text not null,
    amount_cents bigint not null,
    -- started, succeeded, failed or expired.
    status text not null,
    -- The page where the contractor pays; null until the provider has made it.
    checkout_url text,
    -- The provider's id of that page (cs_…).
    session_id text,
    -- The provider's id of the payment itself (pi_…), known once it was tried.
    provider_id text unique,
    -- Why it failed.
    error text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index payments_by_contractor on payments (contractor_id, created_at, id);
create index payments_by_status on payments (status, created_at);
