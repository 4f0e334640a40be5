-- The contractor's portal: working hours, pauses, notes on leads, and who is told what and how.

-- IANA, as America/Denver; null for the company's.
alter table contractors add column time_zone text;
-- Seven entries, Monday first: {"opens", "closes"} in minutes after midnight, or null. Null for any time.
alter table contractors add column working_hours jsonb;
-- A pause (not is_accepting_leads) that ends by itself; null for none, or for one without an end.
alter table contractors add column paused_until timestamptz;

-- When the contractor is told that the time for first contact runs out; null once told.
alter table lead_assignments add column remind_at timestamptz;
create index lead_assignments_to_remind on lead_assignments (remind_at) where ended_at is null and remind_at is not null and status = 'assigned';

-- What a contractor writes down about a lead. The administrator reads it too.
create table lead_notes (
    id text primary key not null,
    lead_id text not null references leads (id),
    contractor_id text not null references contractors (id),
    body text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index lead_notes_by_lead on lead_notes (lead_id, created_at);
create index lead_notes_by_contractor on lead_notes (contractor_id);

-- Whether a contractor wants an event by a channel; what is not here is as by default.
create table notification_choices (
    contractor_id text not null references contractors (id),
    -- new_lead, deadline_near, lead_lost, bill, dispute_decided or payment.
    event text not null,
    -- email, sms or push.
    channel text not null,
    is_on boolean not null,
    primary key (contractor_id, event, channel)
);

-- Browsers that get push messages (Web Push, RFC 8030): where to send, and the keys to encrypt with.
create table push_subscriptions (
    id text primary key not null,
    contractor_id text not null references contractors (id),
    endpoint text not null unique,
    -- Base64url, as browsers give them.
    p256dh text not null,
    auth text not null,
    -- For people: Chrome on Android.
    browser text not null,
    created_at timestamptz not null
);
create index push_subscriptions_by_contractor on push_subscriptions (contractor_id, created_at);
