-- Billing: the double-entry ledger, invoice numbers, reminders, and what disputes and feedback need
-- (seed 000, Get Billing Records, Submit Dispute, Send Feedback Emails; decisions 28, 29, 32 and 38).

-- What happened to money: one balanced entry each. Rows are only ever added; corrections are further entries.
create table ledger_entries (
    id text primary key not null,
    -- charge, credit, payment or refund.
    kind text not null check (kind in ('charge', 'credit', 'payment', 'refund')),
    contractor_id text not null references contractors (id),
    -- The charge that it is about; null for a refund of an account's credit.
    billing_record_id text references billing_records (id),
    -- The payment or dispute that caused it; null for none.
    reference text,
    memo text not null,
    at timestamptz not null
);
-- A payment for several records is one entry for each, with the same reference; none is posted twice.
create unique index ledger_entries_once on ledger_entries (kind, reference, coalesce(billing_record_id, ''));
create index ledger_entries_by_contractor on ledger_entries (contractor_id, at);
create index ledger_entries_by_record on ledger_entries (billing_record_id);

-- The sides of an entry. Debits are positive, credits negative; an entry's lines sum to 0.
create table ledger_lines (
    entry_id text not null references ledger_entries (id),
    -- receivable (contractors owe it), revenue, credits (revenue given back) or cash.
    account text not null check (account in ('receivable', 'revenue', 'credits', 'cash')),
    amount_cents bigint not null check (amount_cents <> 0),
    -- The UTC day of the entry, for the figures of days and months.
    day text not null,
    primary key (entry_id, account)
);
create index ledger_lines_by_account_and_day on ledger_lines (account, day, amount_cents);

-- The sum of a contractor's lines by account, kept by the transaction that posts them.
create table ledger_balances (
    contractor_id text not null references contractors (id),
    account text not null,
    cents bigint not null,
    primary key (contractor_id, account)
);
create index ledger_balances_by_account on ledger_balances (account, cents);

-- The last invoice number that a year has given out by itself. The row is locked until the invoice is written,
-- so that numbers have no gaps and no doubles.
create table invoice_counters (
    year bigint primary key not null,
    last bigint not null
);

-- The latest reminder of the unpaid invoice: after how many days it was; 0 before the first.
alter table billing_records add column reminded_after_days bigint not null default 0;
-- With what the sums of a list need.
create index billing_records_by_time on billing_records (incurred_at, id, status, amount_cents);
create index billing_records_by_contractor_and_time on billing_records (contractor_id, incurred_at, id);
create index billing_records_by_status_and_amount on billing_records (status, amount_cents);
create index billing_records_unpaid on billing_records (invoiced_at) where status = 'invoiced';
create index billing_records_pending on billing_records (contractor_id, incurred_at) where status = 'pending';

-- One open dispute for each record.
create unique index disputes_open on disputes (billing_record_id) where status in ('pending', 'under_review');
create index disputes_by_contractor_and_status on disputes (contractor_id, status, submitted_at);
create index disputes_by_time on disputes (submitted_at, id);

-- For the feedback mails: who was contacted a day ago.
create index leads_by_first_contact on leads (first_contact_at);

-- A replacement lead was free from the start: nothing of it is open.
update billing_records set status = 'credited' where amount_cents = 0 and status = 'pending';

-- The ledger of the records that there are already.
insert into ledger_entries (id, kind, contractor_id, billing_record_id, memo, at)
    select 'charge-' || b.id, 'charge', b.contractor_id, b.id, 'Lead charge', b.incurred_at
    from billing_records b
    where b.amount_cents > 0 or exists (select 1 from disputes d where d.billing_record_id = b.id and d.credit_cents > 0);
insert into ledger_entries (id, kind, contractor_id, billing_record_id, memo, at)
    select 'credit-' || b.id, 'credit', b.contractor_id, b.id, 'Dispute credit',
        coalesce((select max(d.resolved_at) from disputes d where d.billing_record_id = b.id), b.incurred_at)
    from billing_records b
    where b.amount_cents < b.original_cents and exists (select 1 from ledger_entries e where e.id = 'charge-' || b.id);
insert into ledger_entries (id, kind, contractor_id, billing_record_id, memo, at)
    select 'payment-' || b.id, 'payment', b.contractor_id, b.id, 'Payment', coalesce(b.paid_at, b.incurred_at)
    from billing_records b
    where b.status = 'paid' and b.amount_cents > 0;
insert into ledger_lines (entry_id, account, amount_cents, day)
    select e.id, 'receivable',
        case e.kind when 'charge' then b.original_cents when 'credit' then b.amount_cents - b.original_cents else -b.amount_cents end,
        substr(cast(e.at as text), 1, 10)
    from ledger_entries e join billing_records b on b.id = e.billing_record_id;
insert into ledger_lines (entry_id, account, amount_cents, day)
    select l.entry_id, case e.kind when 'charge' then 'revenue' when 'credit' then 'credits' else 'cash' end, -l.amount_cents, l.day
    from ledger_lines l join ledger_entries e on e.id = l.entry_id;
insert into ledger_balances (contractor_id, account, cents)
    select e.contractor_id, l.account, sum(l.amount_cents)
    from ledger_lines l join ledger_entries e on e.id = l.entry_id
    group by e.contractor_id, l.account;
insert into invoice_counters (year, last)
    select cast(substr(invoice_number, 5, 4) as bigint), max(cast(substr(invoice_number, 10) as bigint))
    from billing_records where invoice_number like 'INV-____-___%'
    group by cast(substr(invoice_number, 5, 4) as bigint);
