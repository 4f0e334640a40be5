-- Filters of the administrator's logs, each newest first.
create index audit_log_by_actor on audit_log (actor, at, id);
create index audit_log_by_action on audit_log (action, at, id);
create index inbound_webhooks_by_kind on inbound_webhooks (kind, received_at, id);
