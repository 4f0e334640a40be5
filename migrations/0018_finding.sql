-- What somebody types the beginning of, in a portal's palette or above a list. Letters go through an index by equality, which
-- every collation of either engine can use.

create index leads_by_city on leads (substr(lower(customer_city), 1, 3), created_at, id) where merged_into is null;
create index contractors_by_name on contractors (substr(lower(business_name), 1, 2));
create index contractors_by_email_start on contractors (substr(email, 1, 2));

-- The order of the administrator's list of charges, besides the time.
create index billing_records_by_amount on billing_records (amount_cents, incurred_at, id);

-- A webhook by the id that its provider shows.
create index inbound_webhooks_by_event on inbound_webhooks (event_id);
