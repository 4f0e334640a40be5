//! What the tests share.

use kernel::{Id, Problem};
use leads::contractor::NewContractor;
use leads::contractors;
use leads::intake::{SubmitOutcome, Submitted, submit};
use leads::lead::NewLead;
use platform::auth::Caller;
use platform::jobs::{self, Registry};
use platform::{Ctx, fetch_all, fetch_scalar};

pub fn admin() -> Caller {
    Caller::Admin { name: "admin".into() }
}

/// A contractor who has joined; `n` makes address and phone their own.
pub async fn join(ctx: &Ctx, n: usize, zips: &[&str], able: &[&str]) -> Id {
    let new = NewContractor {
        business_name: Some(format!("Business {n}")),
        email: Some(format!("business{n}@example.com")),
        phone: Some(format!("310555{n:04}")),
        service_zip_codes: zips.iter().map(ToString::to_string).collect(),
        specializations: able.iter().map(ToString::to_string).collect(),
        password: Some("correct horse".into()),
        ..NewContractor::default()
    };
    contractors::register(ctx, &new).await.expect("registered").id
}

/// A contractor who may take leads.
pub async fn approved(ctx: &Ctx, n: usize, zips: &[&str], able: &[&str]) -> Id {
    let id = join(ctx, n, zips, able).await;
    contractors::approve(ctx, &admin(), &id).await.expect("approved");
    run_jobs(ctx).await;
    id
}

pub fn registry() -> Registry {
    leads::jobs(Registry::with_platform().expect("the platform's schedule"))
}

pub async fn run_jobs(ctx: &Ctx) {
    jobs::drain(ctx, &registry()).await.expect("jobs run");
    let dead = fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, "select count(*) from jobs where status = 'dead'");
    assert_eq!(dead.expect("counted"), 0, "no job dies");
}

pub async fn submit_sample(ctx: &Ctx) -> Submitted {
    submit(ctx, &Caller::Anyone, &NewLead::sample(), "web").await.expect("submitted")
}

pub fn contractor_of(submitted: &Submitted) -> &str {
    match &submitted.outcome {
        SubmitOutcome::Assigned { contractor_id, .. } => contractor_id,
        other => panic!("assigned, not {other:?}"),
    }
}

pub async fn count(ctx: &Ctx, sql: &'static str) -> i64 {
    fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, sql).expect("counted")
}

/// Recomputes every counter of every contractor, and the rules that must always hold.
pub async fn check_books(ctx: &Ctx) {
    let mut conn = ctx.db.read().await.expect("a connection");
    let kept = fetch_all!(
        conn,
        (Id, i64, i64, i64, i64, i64, i64),
        "select id, open_leads, total_leads, contacted_leads, qualified_leads, lost_leads, responded_leads from contractors order by id",
    )
    .expect("counters");
    let counted = fetch_all!(
        conn,
        (Id, i64, i64, i64, i64, i64, i64),
        "select c.id, count(case when a.is_open then 1 end), count(case when a.ended_at is null then a.id end),
           count(case when a.ended_at is null and a.status = 'contacted' then 1 end),
           count(case when a.ended_at is null and a.status = 'qualified' then 1 end), count(case when a.ended_at is not null then 1 end),
           count(case when a.ended_at is null and l.first_contact_at is not null then 1 end)
         from contractors c left join lead_assignments a on a.contractor_id = c.id left join leads l on l.id = a.lead_id
         group by c.id order by c.id",
    )
    .expect("counts");
    assert_eq!(kept, counted, "counters are exact");
    drop(conn);
    for (rule, sql) in [
        (
            "a lead has one current assignment at most",
            "select count(*) from (select lead_id from lead_assignments where ended_at is null group by lead_id having count(*) > 1) x",
        ),
        (
            "an assigned lead has a contractor",
            "select count(*) from leads l where l.status <> 'pending_assignment' and not exists (select 1 from lead_assignments a where a.lead_id = l.id and a.ended_at is null)",
        ),
        (
            "a waiting lead has none",
            "select count(*) from leads l where l.status = 'pending_assignment' and exists (select 1 from lead_assignments a where a.lead_id = l.id and a.ended_at is null)",
        ),
        (
            "the assignment repeats the status",
            "select count(*) from leads l join lead_assignments a on a.lead_id = l.id and a.ended_at is null where a.status <> l.status",
        ),
        (
            "only the qualified are billed",
            "select count(*) from billing_records b join leads l on l.id = b.lead_id where l.status <> 'qualified'",
        ),
        (
            "a bill goes to who has the lead",
            "select count(*) from billing_records b join lead_assignments a on a.lead_id = b.lead_id and a.ended_at is null where a.contractor_id <> b.contractor_id",
        ),
    ] {
        assert_eq!(count(ctx, sql).await, 0, "{rule}");
    }
}

pub fn is_conflict(problem: &Problem, expected: &str) -> bool {
    matches!(problem, Problem::Conflict { code, .. } if *code == expected)
}
