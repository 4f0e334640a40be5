-- The first page's mean rating of the last year.
create index customer_feedback_by_time on customer_feedback (created_at, rating);
