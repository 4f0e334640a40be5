-- What must not outlive a sign-out or a changed key, and limits that only their owner changes.

-- The session in which a browser asked for messages, or into which it signed in since: ending that session ends the
-- messages. It outlives the row in sessions, which goes when the session ends by itself.
alter table push_subscriptions add column session_id text;
-- The public key that the browser knows us by, base64url; empty for those of before this column.
alter table push_subscriptions add column vapid_key text not null default '';
create index push_subscriptions_by_session on push_subscriptions (session_id);

-- The most leads a day that contractors want themselves; daily_cap is the administrator's limit, and the lower one counts.
alter table contractors add column own_daily_cap bigint;
-- Limits that no administrator has touched are the contractors' own.
update contractors set own_daily_cap = daily_cap, daily_cap = null
where daily_cap > 0 and not exists
    (select 1 from audit_log a where a.subject_id = contractors.id and a.action = 'contractor_updated');

-- Filters that lists offer.
create index contractor_specializations_by_word on contractor_specializations (specialization, contractor_id);
create index tracking_numbers_by_status_and_phone on tracking_numbers (status, phone);
