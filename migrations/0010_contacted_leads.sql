-- With total_leads and qualified_leads this tells how many leads of each status a contractor has, without counting.
-- Kept exactly by the transactions that move leads.
alter table contractors add column contacted_leads bigint not null default 0;
update contractors set contacted_leads =
    (select count(*) from lead_assignments a where a.contractor_id = contractors.id and a.ended_at is null and a.status = 'contacted');
