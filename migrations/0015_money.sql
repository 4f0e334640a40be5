-- Evidence of disputes, saved cards, runs of invoices, and the ledger's lists.

-- Files that a contractor sent with a dispute. Their bytes lie in <DATA_DIR>/uploads, named by their hash.
create table dispute_evidence (
    id text primary key not null,
    dispute_id text not null references disputes (id),
    contractor_id text not null references contractors (id),
    -- As the file is called when it is downloaded: harmless, with the ending of its kind.
    name text not null,
    -- What its bytes are, whatever it was called: image/jpeg, image/png, image/webp, application/pdf, video/mp4 or audio/mp4.
    kind text not null,
    bytes bigint not null,
    -- SHA-256 of the bytes, in hexadecimal digits.
    hash text not null,
    created_at timestamptz not null
);
create index dispute_evidence_by_dispute on dispute_evidence (dispute_id, created_at, id);
create index dispute_evidence_by_contractor on dispute_evidence (contractor_id);
create index dispute_evidence_by_hash on dispute_evidence (hash);

-- Contractors as a payment provider knows them. Their cards are the provider's alone.
create table payment_customers (
    contractor_id text not null references contractors (id),
    -- stripe or sandbox.
    provider text not null,
    -- The provider's id (cus_…).
    customer_id text not null,
    -- The provider's id of the card that is offered first (pm_…); null for the newest.
    default_card text,
    created_at timestamptz not null,
    primary key (contractor_id, provider)
);

-- The sandbox's cards: made up, and never in production.
create table sandbox_cards (
    id text primary key not null,
    customer_id text not null,
    brand text not null,
    last4 text not null,
    created_at timestamptz not null
);
create index sandbox_cards_by_customer on sandbox_cards (customer_id, created_at);

-- The saved card that a payment is charged to; null when it is made on the provider's page.
alter table payments add column card_id text;
-- Whether the provider keeps the card that is used.
alter table payments add column saves_card boolean not null default false;

-- Runs of invoices that invoiced something.
create table invoice_runs (
    id text primary key not null,
    -- Who ran it: admin, or system for the schedule.
    actor text not null,
    at timestamptz not null,
    invoiced bigint not null,
    contractors bigint not null,
    total_cents bigint not null
);
create index invoice_runs_by_time on invoice_runs (at, id);

-- For the ledger's lists.
create index ledger_entries_by_time on ledger_entries (at, id);
create index ledger_entries_by_kind on ledger_entries (kind, at, id);
