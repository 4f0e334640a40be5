//! What the tests share.

use kernel::{Id, Problem, StaffRole};
use leads::calls::{self, CallEvent, CallStatus};
use leads::contractor::NewContractor;
use leads::intake::{SubmitOutcome, Submitted, submit};
use leads::lead::NewLead;
use leads::{contractor_desk, contractors};
use platform::auth::{Caller, Staff};
use platform::jobs::{self, Registry};
use platform::testing::TestDb;
use platform::{Ctx, fetch_all, fetch_scalar};

pub fn admin() -> Caller {
    Caller::Admin { name: "admin".into() }
}

/// A member of staff.
pub fn staff(role: StaffRole) -> Caller {
    Caller::Staff(Staff { id: "dana".into(), name: "Dana Reyes".into(), email: "dana@example.com".into(), role })
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

/// A completed call between two numbers.
pub fn call(sid: &str, from: &str, to: &str, seconds: i64) -> CallEvent {
    CallEvent {
        call_sid: sid.into(),
        status: CallStatus::Completed,
        duration: Some(seconds),
        from: from.into(),
        to: to.into(),
        recording_url: None,
        recording_sid: None,
        direction: None,
    }
}

/// A charge of $250.00 to whoever gets the n-th lead of 90210.
pub async fn billed(db: &TestDb, n: usize) -> Id {
    billed_in(db, n, "90210").await
}

/// As `billed`, in another place.
pub async fn billed_in(db: &TestDb, n: usize, zip: &str) -> Id {
    let ctx = &db.ctx;
    let phone = format!("555200{n:04}");
    let new = NewLead { customer_phone: Some(phone.clone()), customer_zip: Some(zip.into()), ..NewLead::sample() };
    let submitted = submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
    let contractor = contractors::get(ctx, contractor_of(&submitted)).await.expect("there");
    calls::record(ctx, &call(&format!("CA-{zip}-{n}"), contractor.phone.e164(), &phone, 60)).await.expect("recorded");
    let page = contractor_desk::get_lead(ctx, &contractor.id, &submitted.lead_id).await.expect("theirs");
    page.bill.expect("charged").id
}

/// The mails, with the lines that quoted-printable broke.
pub fn mails(db: &TestDb) -> Vec<String> {
    db.mails().iter().map(|m| m.replace("=\r\n", "").replace("=\n", "")).collect()
}

/// The token in the newest mail with a link like `/feedback/…`.
pub fn link_in(db: &TestDb, path: &str) -> String {
    let mails = mails(db);
    let mail = mails.iter().rev().find(|m| m.contains(path)).expect("a mail with a link");
    let rest = mail.split(path).nth(1).expect("a token");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
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
           count(case when a.ended_at is null and a.status = 'qualified' then 1 end), count(case when a.end_reason = 'deadline_missed' then 1 end),
           count(case when a.ended_at is null and l.first_contact_at is not null then 1 end)
         from contractors c left join lead_assignments a on a.contractor_id = c.id left join leads l on l.id = a.lead_id
         group by c.id order by c.id",
    )
    .expect("counts");
    assert_eq!(kept, counted, "counters are exact");
    drop(conn);
    for (rule, sql) in [
        (
            "the counts of leads are exact",
            "select count(*) from (select day, status, category, sum(leads) as leads, sum(score_sum) as score_sum from (
               select day, status, category, leads, score_sum from lead_counts
               union all select created_day, status, category, -1, -score from leads where merged_into is null) each_one
             group by day, status, category having sum(leads) <> 0 or sum(score_sum) <> 0) wrong",
        ),
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
        (
            "an entry's lines sum to nothing",
            "select count(*) from (select e.id from ledger_entries e left join ledger_lines l on l.entry_id = e.id
             group by e.id having coalesce(sum(l.amount_cents), 1) <> 0) x",
        ),
        (
            "the kept balances are the sums of the lines",
            "select count(*) from (select contractor_id, account, sum(cents) as cents from
               (select contractor_id, account, cents from ledger_balances union all
                select e.contractor_id, l.account, -l.amount_cents from ledger_lines l join ledger_entries e on e.id = l.entry_id) y
             group by contractor_id, account) x where cents <> 0",
        ),
        (
            "a record's amount is its charge less its credits",
            "select count(*) from billing_records b where b.amount_cents <>
               (select coalesce(sum(-l.amount_cents), 0) from ledger_entries e join ledger_lines l on l.entry_id = e.id
                where e.billing_record_id = b.id and l.account in ('revenue', 'credits'))",
        ),
        (
            "an unpaid record owes its amount, and a paid one nothing",
            "select count(*) from billing_records b join
               (select e.billing_record_id as id, sum(l.amount_cents) as owed from ledger_entries e join ledger_lines l on l.entry_id = e.id
                where l.account = 'receivable' group by e.billing_record_id) x on x.id = b.id
             where (b.status in ('pending', 'invoiced') and x.owed <> b.amount_cents) or (b.status in ('paid', 'credited') and x.owed > 0)",
        ),
        (
            "a payment is booked once, for records that were paid",
            "select count(*) from billing_records b where (b.paid_at is not null) <>
               (1 = (select count(*) from ledger_entries e where e.billing_record_id = b.id and e.kind = 'payment'))",
        ),
        (
            "a dispute's credit is booked",
            "select count(*) from disputes d where coalesce(d.credit_cents, 0) <>
               (select coalesce(sum(l.amount_cents), 0) from ledger_entries e join ledger_lines l on l.entry_id = e.id
                where e.kind = 'credit' and e.reference = d.id and l.account = 'credits')",
        ),
    ] {
        assert_eq!(count(ctx, sql).await, 0, "{rule}");
    }
}

pub fn is_conflict(problem: &Problem, expected: &str) -> bool {
    matches!(problem, Problem::Conflict { code, .. } if *code == expected)
}
