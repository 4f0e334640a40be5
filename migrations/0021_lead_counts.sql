-- How many leads there are of each day, status and category, and the sum of their scores; merged ones not. Kept exactly by the
-- transactions that change leads, so that the total over a long list and the dashboard count no rows.
create table lead_counts (
    -- As leads.created_day.
    day text not null,
    status text not null,
    category text not null,
    leads bigint not null,
    score_sum bigint not null,
    primary key (day, status, category)
);
insert into lead_counts (day, status, category, leads, score_sum)
    select created_day, status, category, count(*), cast(sum(score) as bigint)
    from leads where merged_into is null group by created_day, status, category;
-- Only counting had used it.
drop index leads_by_day;
