-- With total_leads and qualified_leads this tells how many leads of each status a contractor has, without counting.
-- Kept exactly by the transactions that move leads.
alter table contractors add column contacted_leads bigint not null default 0;
update contractors set contacted_leads =
    (select count(*) from lead_assignments a where a.contractor_id = contractors.id and a.ended_at is null and a.status = 'contacted');

-- Postgres cannot read `ended_at is null` as an equal value and then go by time: what has not ended has its own index.
drop index lead_assignments_by_contractor_and_status;
create index lead_assignments_by_contractor_and_status on lead_assignments (contractor_id, status, assigned_at, id) where ended_at is null;
drop index lead_assignments_by_contractor;
create index lead_assignments_by_contractor on lead_assignments (contractor_id, assigned_at, id);
