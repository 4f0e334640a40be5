-- The orders of the administrator's list of leads, besides the time.

create index leads_by_price on leads (price_cents, created_at, id) where merged_into is null;
create index leads_by_score on leads (score, created_at, id) where merged_into is null;
