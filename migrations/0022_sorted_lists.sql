-- Orders of the administrator's logs, besides the newest first, and names in the audit log.

-- Whom or what an action was about: by the beginning of the name, or of the e-mail address, that its details hold. The letters go
-- through an index by equality, as those of contractors do; what was written before is found, too.
create index audit_log_by_name on audit_log (substr(lower(coalesce(detail ->> 'businessName', detail ->> 'name')), 1, 2));
create index audit_log_by_email on audit_log (substr(lower(coalesce(detail ->> 'email', detail ->> 'address')), 1, 2));

-- Calls without a lead, by their length.
create index call_logs_by_length on call_logs (lead_id, coalesce(duration_seconds, 0), created_at, id) where lead_id is null;
