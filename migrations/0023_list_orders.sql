-- The orders that lists offer besides those that they had: a contractor's leads by the time of the first call, disputes by charge.

-- As billing_records.original_cents, which never changes.
alter table disputes add column charge_cents bigint not null default 0;
update disputes set charge_cents = (select b.original_cents from billing_records b where b.id = disputes.billing_record_id);
create index disputes_by_charge on disputes (charge_cents, submitted_at, id);
create index disputes_by_contractor_and_charge on disputes (contractor_id, charge_cents, submitted_at, id);

create index lead_assignments_by_contractor_and_deadline on lead_assignments (contractor_id, status, response_deadline, id)
    where ended_at is null;
