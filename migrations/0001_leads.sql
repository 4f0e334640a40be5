-- Leads, contractors, calls and billing (seed 000, Database Schema).

-- Who buys leads. The counters are kept exactly by the transactions that change what they count.
create table contractors (
    id text primary key not null,
    business_name text not null,
    contact_name text,
    -- In lower case.
    email text not null unique,
    -- E.164, as every phone here.
    phone text not null,
    -- bcrypt; null until the contractor set one.
    password_hash text,
    password_changed_at timestamptz,
    -- active, inactive or suspended.
    status text not null,
    is_approved boolean not null,
    approved_at timestamptz,
    is_accepting_leads boolean not null,
    -- The most leads a day; null for any number.
    daily_cap bigint,
    -- The share of leads in proportion to others' weights; at least 1.
    weight bigint not null default 1,
    -- Assignments that count as work to do (lead_assignments.is_open).
    open_leads bigint not null default 0,
    -- Assignments that have not ended.
    total_leads bigint not null default 0,
    -- Of those, the qualified.
    qualified_leads bigint not null default 0,
    -- Assignments taken away because first contact was late.
    lost_leads bigint not null default 0,
    -- Minutes from assignment to first contact, and of how many leads.
    response_minutes_sum bigint not null default 0,
    responded_leads bigint not null default 0,
    last_lead_at timestamptz,
    -- Free leads that disputes promised.
    replacement_due bigint not null default 0,
    license_number text,
    website text,
    about text,
    created_at timestamptz not null
);
create index contractors_by_status on contractors (status, is_approved, created_at);
create index contractors_by_phone on contractors (phone);
create index contractors_by_time on contractors (created_at, id);

-- Where a contractor works.
create table contractor_zips (
    contractor_id text not null references contractors (id),
    zip text not null,
    primary key (contractor_id, zip)
);
create index contractor_zips_by_zip on contractor_zips (zip, contractor_id);

-- What a contractor does: ac_repair, heating_repair, installation, maintenance.
create table contractor_specializations (
    contractor_id text not null references contractors (id),
    specialization text not null,
    primary key (contractor_id, specialization)
);

-- What customers ask for.
create table leads (
    id text primary key not null,
    customer_first_name text not null,
    customer_last_name text not null,
    customer_email text,
    customer_phone text not null,
    customer_address text,
    customer_city text,
    customer_state text,
    customer_zip text not null,
    service_type text not null,
    service_description text,
    timeline text not null,
    budget_range text not null,
    property_type text not null,
    -- pending_assignment, assigned, contacted or qualified.
    status text not null,
    -- The score with its reasons, and the price that its category had then.
    score bigint not null,
    category text not null,
    price_cents bigint not null,
    weights_version bigint not null,
    factors jsonb not null,
    -- web, api, demo …
    source text not null default 'web',
    first_contact_at timestamptz,
    qualified_at timestamptz,
    created_at timestamptz not null,
    -- The UTC day of created_at, for charts: 2025-10-05.
    created_day text not null
);
create index leads_by_status on leads (status, created_at, id);
create index leads_by_category on leads (category, created_at, id);
create index leads_by_time on leads (created_at, id);
create index leads_by_zip on leads (customer_zip, status);
create index leads_by_phone on leads (customer_phone);
create index leads_by_email on leads (customer_email);
create index leads_by_day on leads (created_day, status, score);
-- The first letters of the names, for search: equality works alike in every collation.
create index leads_by_first_name on leads (substr(lower(customer_first_name), 1, 3));
create index leads_by_last_name on leads (substr(lower(customer_last_name), 1, 3));

-- Whose a lead is, and was. A lead has at most one assignment that has not ended.
create table lead_assignments (
    id text primary key not null,
    lead_id text not null references leads (id),
    contractor_id text not null references contractors (id),
    -- The lead's status, repeated for the contractor's lists.
    status text not null,
    -- Whether it counts in contractors.open_leads: until it qualified, ended, or is old.
    is_open boolean not null,
    -- Given free in place of a disputed lead.
    is_replacement boolean not null default false,
    assigned_at timestamptz not null,
    response_deadline timestamptz not null,
    -- When the missed deadline was noticed.
    overdue_noticed_at timestamptz,
    ended_at timestamptz,
    -- deadline_missed.
    end_reason text,
    -- How many contractors were eligible.
    eligible_count bigint not null
);
create unique index lead_assignments_current on lead_assignments (lead_id) where ended_at is null;
create index lead_assignments_by_lead on lead_assignments (lead_id, assigned_at);
create index lead_assignments_by_contractor on lead_assignments (contractor_id, ended_at, assigned_at);
create index lead_assignments_by_contractor_and_status on lead_assignments (contractor_id, ended_at, status, assigned_at);
create index lead_assignments_due on lead_assignments (response_deadline) where ended_at is null and overdue_noticed_at is null and status = 'assigned';
create index lead_assignments_open on lead_assignments (assigned_at) where is_open;

-- The pool of numbers that customers and contractors call.
create table tracking_numbers (
    id text primary key not null,
    phone text not null unique,
    -- available, active or expired.
    status text not null,
    lead_id text references leads (id),
    contractor_id text references contractors (id),
    assigned_at timestamptz,
    expired_at timestamptz,
    created_at timestamptz not null
);
create unique index tracking_numbers_active on tracking_numbers (lead_id) where status = 'active';
create index tracking_numbers_by_lead on tracking_numbers (lead_id);
create index tracking_numbers_by_contractor on tracking_numbers (contractor_id);
create index tracking_numbers_by_status on tracking_numbers (status, expired_at, assigned_at);

-- Every call that Twilio told of.
create table call_logs (
    id text primary key not null,
    call_sid text not null unique,
    lead_id text references leads (id),
    contractor_id text references contractors (id),
    from_phone text not null,
    to_phone text not null,
    status text not null,
    duration_seconds bigint,
    direction text,
    recording_url text,
    recording_sid text,
    answered_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index call_logs_by_lead on call_logs (lead_id, created_at);
create index call_logs_by_contractor on call_logs (contractor_id, created_at);
create index call_logs_by_time on call_logs (created_at, id);

-- What contractors owe: one record a lead.
create table billing_records (
    id text primary key not null,
    lead_id text not null unique references leads (id),
    contractor_id text not null references contractors (id),
    call_sid text unique,
    amount_cents bigint not null,
    -- The lead's price when it was billed; never changed.
    original_cents bigint not null,
    -- pending, invoiced, paid or credited.
    status text not null,
    invoice_number text unique,
    notes text,
    incurred_at timestamptz not null,
    -- The UTC day of incurred_at, for charts.
    incurred_day text not null,
    invoiced_at timestamptz,
    paid_at timestamptz
);
create index billing_records_by_contractor on billing_records (contractor_id, status, incurred_at);
create index billing_records_by_status on billing_records (status, incurred_at);
create index billing_records_by_day on billing_records (incurred_day, amount_cents);

-- Charges that contractors contest.
create table disputes (
    id text primary key not null,
    billing_record_id text not null references billing_records (id),
    lead_id text not null references leads (id),
    contractor_id text not null references contractors (id),
    reason text not null,
    description text,
    -- pending, under_review, approved or denied.
    status text not null,
    -- approved, partial_credit, replacement_lead or denied.
    resolution text,
    credit_cents bigint,
    resolution_notes text,
    submitted_at timestamptz not null,
    resolved_at timestamptz
);
create index disputes_by_record on disputes (billing_record_id);
create index disputes_by_lead on disputes (lead_id);
create index disputes_by_contractor on disputes (contractor_id, submitted_at);
create index disputes_by_status on disputes (status, submitted_at);

-- What customers think of the work.
create table customer_feedback (
    id text primary key not null,
    lead_id text not null unique references leads (id),
    contractor_id text not null references contractors (id),
    -- 1 to 5.
    rating bigint not null,
    attended boolean,
    comment text,
    created_at timestamptz not null
);
create index customer_feedback_by_contractor on customer_feedback (contractor_id, created_at);
