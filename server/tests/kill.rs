//! The real program is killed at random moments while it works, and loses nothing that it has accepted.

use crate::common::process::{PROGRAM_PASSWORD, Plumbline, until};
use crate::common::{TWILIO_TOKEN, contractor_body, lead_body, twilio_signature};
use platform::testing::TestDb;
use platform::{Ctx, fetch_all};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const OPERATIONS: usize = 500;
const KILLS: usize = 9;
const CLIENTS: usize = 6;
const CONTRACTORS: usize = 4;

/// Steele, Lea and Flood's SplitMix64: the same seed deals the same operations.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).expect("small")
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What the clients know.
struct World {
    base: String,
    http: Client,
    contractors: Vec<Contractor>,
    next: AtomicUsize,
    /// Ids of leads that were answered 201.
    accepted: Mutex<BTreeSet<String>>,
    /// Calls that were answered 200.
    calls: Mutex<BTreeSet<String>>,
    /// Charges that somebody has tried to dispute: each once, so that nobody is told of it twice.
    contested: Mutex<BTreeSet<String>>,
}

struct Contractor {
    email: String,
    phone: String,
    token: String,
}

/// An answer; `None` when the connection broke after the request was sent, so that nobody knows.
async fn send(request: impl Fn() -> RequestBuilder) -> Option<(u16, Value)> {
    loop {
        match request().send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let text = answer.text().await.ok()?;
                return Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)));
            }
            // It has not been sent: the server is starting.
            Err(error) if error.is_connect() => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(_) => return None,
        }
    }
}

/// As Twilio and people do: again until there is an answer.
async fn send_until_answered(request: impl Fn() -> RequestBuilder) -> (u16, Value) {
    loop {
        if let Some(answer) = send(&request).await {
            return answer;
        }
    }
}

impl World {
    async fn open(plumbline: &Plumbline) -> World {
        let (http, base) = (plumbline.http.clone(), plumbline.base.clone());
        let mut contractors = Vec::new();
        let admin = |path: &str| http.post(format!("{base}{path}")).basic_auth("admin", Some(PROGRAM_PASSWORD));
        for n in 0..CONTRACTORS {
            let (email, phone) = (format!("contractor{n}@example.com"), format!("310555{n:04}"));
            let mut body = contractor_body(&email);
            body["phone"] = json!(phone);
            let (status, reply) = send_until_answered(|| http.post(format!("{base}/api/contractors/register")).json(&body)).await;
            assert_eq!(status, 201, "{reply}");
            let id = reply["contractor"]["id"].as_str().expect("an id");
            assert_eq!(send_until_answered(|| admin(&format!("/api/admin/contractors/{id}/approve"))).await.0, 200);
            let login = json!({ "email": email, "password": "password123" });
            let (_, reply) = send_until_answered(|| http.post(format!("{base}/api/contractors/login")).json(&login)).await;
            contractors.push(Contractor { email, phone, token: reply["token"].as_str().expect("a token").to_owned() });
        }
        let numbers: Vec<String> = (0..60).map(|n| format!("213555{n:04}")).collect();
        let body = json!({ "phoneNumbers": numbers });
        assert_eq!(send_until_answered(|| admin("/api/admin/tracking-numbers").json(&body)).await.0, 201);
        World {
            base,
            http,
            contractors,
            next: AtomicUsize::new(0),
            accepted: Mutex::default(),
            calls: Mutex::default(),
            contested: Mutex::default(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Works through the operations, with the other clients.
    async fn work(&self, seed: u64) {
        let mut dice = Dice(seed);
        loop {
            let n = self.next.fetch_add(1, Ordering::SeqCst);
            if n >= OPERATIONS {
                return;
            }
            match dice.below(100) {
                0..48 => self.submit(n, &mut dice).await,
                48..66 => self.move_status(&mut dice).await,
                66..88 => self.call(n, &mut dice).await,
                88..93 => self.dispute(&mut dice).await,
                93..98 => self.resolve(&mut dice).await,
                _ => self.log_in(&mut dice).await,
            }
        }
    }

    async fn submit(&self, n: usize, dice: &mut Dice) {
        let mut body = lead_body();
        // Each operation is a customer of its own.
        body["customerPhone"] = json!(format!("424555{n:04}"));
        body["customerEmail"] = json!(format!("customer{n}@example.com"));
        body["customerZip"] = json!(dice.pick(&["90210", "90211"]));
        body["budgetRange"] = json!(dice.pick(&["0-100", "500-1000", "5000+"]));
        body["timeline"] = json!(dice.pick(&["emergency", "within_24_hours", "flexible"]));
        if let Some((status, reply)) = send(|| self.request(Method::POST, "/api/leads/submit").json(&body)).await {
            assert_eq!(status, 201, "{reply}");
            self.accepted.lock().expect("not poisoned").insert(reply["leadId"].as_str().expect("an id").to_owned());
        }
    }

    /// One of a contractor's latest leads.
    async fn lead_of(&self, contractor: &Contractor, dice: &mut Dice) -> Option<Value> {
        let list = || self.request(Method::GET, "/api/contractors/leads?limit=20").bearer_auth(&contractor.token);
        let (status, reply) = send(list).await?;
        assert_eq!(status, 200, "{reply}");
        let leads = reply["leads"].as_array().expect("leads");
        if leads.is_empty() { None } else { Some(dice.pick(leads).clone()) }
    }

    async fn move_status(&self, dice: &mut Dice) {
        let contractor = dice.pick(&self.contractors);
        let Some(lead) = self.lead_of(contractor, dice).await else { return };
        let path = format!("/api/contractors/leads/{}/status", lead["id"].as_str().expect("an id"));
        let body = json!({ "status": dice.pick(&["contacted", "contacted", "qualified"]) });
        let answer = send(|| self.request(Method::PUT, &path).bearer_auth(&contractor.token).json(&body)).await;
        // 409: another client was there first.
        assert!(answer.as_ref().is_none_or(|(status, _)| [200, 409].contains(status)), "{answer:?}");
    }

    async fn call(&self, n: usize, dice: &mut Dice) {
        let contractor = dice.pick(&self.contractors);
        let Some(lead) = self.lead_of(contractor, dice).await else { return };
        let from = format!("+1{}", lead["customerPhone"].as_str().expect("a phone"));
        let to = format!("+1{}", lead["trackingNumber"].as_str().unwrap_or(&contractor.phone));
        let (sid, seconds) = (format!("CA{n:032}"), *dice.pick(&["12", "45", "300"]));
        for status in ["in-progress", "completed", "completed"] {
            let fields = [("CallSid", sid.as_str()), ("CallStatus", status), ("CallDuration", seconds), ("From", &from), ("To", &to)];
            let path = "/api/webhooks/twilio/call-status";
            let signature = twilio_signature(TWILIO_TOKEN, &format!("{}{path}", self.base), &fields);
            let post = || self.request(Method::POST, path).header("x-twilio-signature", &signature).form(&fields);
            assert_eq!(send_until_answered(post).await.0, 200);
        }
        self.calls.lock().expect("not poisoned").insert(sid);
    }

    /// Contests a contractor's charge.
    async fn dispute(&self, dice: &mut Dice) {
        let contractor = dice.pick(&self.contractors);
        let list = || self.request(Method::GET, "/api/contractors/billing?limit=20").bearer_auth(&contractor.token);
        let Some((status, reply)) = send(list).await else { return };
        assert_eq!(status, 200, "{reply}");
        let ids = reply["billingRecords"].as_array().expect("charges").iter().map(|r| r["id"].as_str().expect("an id"));
        let id = {
            let mut contested = self.contested.lock().expect("not poisoned");
            let fresh: Vec<&str> = ids.filter(|id| !contested.contains(*id)).collect();
            if fresh.is_empty() {
                return;
            }
            let id = (*dice.pick(&fresh)).to_owned();
            contested.insert(id.clone());
            id
        };
        let path = format!("/api/contractors/billing/{id}/dispute");
        let body = json!({ "reason": "wrong_info" });
        let answer = send(|| self.request(Method::POST, &path).bearer_auth(&contractor.token).json(&body)).await;
        // 409: a replacement lead costs nothing.
        assert!(answer.as_ref().is_none_or(|(status, _)| [201, 409].contains(status)), "{answer:?}");
    }

    /// Decides one of the open disputes.
    async fn resolve(&self, dice: &mut Dice) {
        let list = || self.request(Method::GET, "/api/admin/disputes?status=pending").basic_auth("admin", Some(PROGRAM_PASSWORD));
        let Some((status, reply)) = send(list).await else { return };
        assert_eq!(status, 200, "{reply}");
        let open = reply["disputes"].as_array().expect("disputes");
        if open.is_empty() {
            return;
        }
        let path = format!("/api/admin/disputes/{}/resolve", dice.pick(open)["id"].as_str().expect("an id"));
        let resolution = *dice.pick(&["approved", "partial_credit", "replacement_lead", "denied"]);
        let mut body = json!({ "resolution": resolution });
        if resolution == "partial_credit" {
            body["creditAmount"] = json!(12.5);
        }
        let resolve = || self.request(Method::POST, &path).basic_auth("admin", Some(PROGRAM_PASSWORD)).json(&body);
        let answer = send(resolve).await;
        // 409: another client was there first.
        assert!(answer.as_ref().is_none_or(|(status, _)| [200, 409].contains(status)), "{answer:?}");
    }

    async fn log_in(&self, dice: &mut Dice) {
        let body = json!({ "email": dice.pick(&self.contractors).email, "password": "password123" });
        let (status, reply) = send_until_answered(|| self.request(Method::POST, "/api/contractors/login").json(&body)).await;
        assert_eq!(status, 200, "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_that_was_accepted_is_lost_or_doubled_when_the_server_is_killed() {
    for db in platform::testing::databases().await {
        let mut plumbline = Plumbline::start(&db, &[("JOB_LEASE_SECONDS", "2")]).await;
        let world = World::open(&plumbline).await;
        let clients = futures::future::join_all((0..CLIENTS).map(|n| world.work(2025 + n as u64)));
        let killer = async {
            let mut dice = Dice(1005);
            for n in 1..=KILLS {
                let moment = n * OPERATIONS / (KILLS + 1);
                until("the clients work", async || world.next.load(Ordering::SeqCst) >= moment).await;
                // A random moment within an operation, not a wait for anything.
                tokio::time::sleep(Duration::from_millis(dice.below(80) as u64)).await;
                plumbline.kill().await;
            }
        };
        tokio::join!(clients, killer);
        plumbline.kill().await;
        until("the jobs are done", async || count(&db.ctx, "select count(*) from jobs where status = 'queued'").await == 0).await;
        drop(plumbline);
        check(&db, &world).await;
    }
}

async fn count(ctx: &Ctx, sql: &'static str) -> i64 {
    platform::fetch_scalar!(&mut ctx.db.read().await.expect("a connection"), i64, sql).expect("counted")
}

/// What must hold whatever happened.
async fn check(db: &TestDb, world: &World) {
    let (ctx, engine) = (&db.ctx, db.name());
    let accepted = world.accepted.lock().expect("not poisoned").clone();
    assert!(accepted.len() > OPERATIONS / 3, "{engine}: only {} leads were accepted", accepted.len());
    let mut conn = ctx.db.read().await.expect("a connection");
    let kept: BTreeSet<String> = fetch_all!(conn, (String,), "select id from leads").expect("leads").into_iter().map(|(id,)| id).collect();
    assert!(accepted.is_subset(&kept), "{engine}: lost {:?}", accepted.difference(&kept));
    let calls = world.calls.lock().expect("not poisoned").clone();
    let logged: BTreeSet<String> =
        fetch_all!(conn, (String,), "select call_sid from call_logs").expect("calls").into_iter().map(|(sid,)| sid).collect();
    assert_eq!(calls, logged, "{engine}: every call is logged");
    assert!(count(ctx, "select count(*) from billing_records").await > 10, "{engine}: something was billed");
    assert!(count(ctx, "select count(*) from disputes where resolved_at is not null").await > 3, "{engine}: something was decided");

    let kept = fetch_all!(
        conn,
        (String, i64, i64, i64, i64, i64),
        "select id, open_leads, total_leads, qualified_leads, lost_leads, responded_leads from contractors order by id",
    );
    let counted = fetch_all!(
        conn,
        (String, i64, i64, i64, i64, i64),
        "select c.id, count(case when a.is_open then 1 end), count(case when a.ended_at is null then a.id end),
           count(case when a.ended_at is null and a.status = 'qualified' then 1 end), count(case when a.end_reason = 'deadline_missed' then 1 end),
           count(case when a.ended_at is null and l.first_contact_at is not null then 1 end)
         from contractors c left join lead_assignments a on a.contractor_id = c.id left join leads l on l.id = a.lead_id
         group by c.id order by c.id",
    );
    assert_eq!(kept.expect("counters"), counted.expect("counts"), "{engine}: counters equal recounts");
    drop(conn);
    for (rule, sql) in [
        (
            "the counts of leads are exact",
            "select count(*) from (select day, status, category, sum(leads) as leads, sum(score_sum) as score_sum from (
               select day, status, category, leads, score_sum from lead_counts
               union all select created_day, status, category, -1, -score from leads where merged_into is null) each_one
             group by day, status, category having sum(leads) <> 0 or sum(score_sum) <> 0) wrong",
        ),
        ("a customer's request is one lead", "select count(*) - count(distinct customer_phone) from leads"),
        (
            "a lead has one current assignment at most",
            "select count(*) from (select lead_id from lead_assignments where ended_at is null group by lead_id having count(*) > 1) x",
        ),
        (
            "every lead that is sold has a contractor",
            "select count(*) from leads l where l.category <> 'NURTURE' and not exists
               (select 1 from lead_assignments a where a.lead_id = l.id and a.ended_at is null and a.status = l.status)",
        ),
        ("a lead is billed once", "select count(*) - count(distinct lead_id) from billing_records"),
        ("a call bills once", "select count(*) - count(distinct call_sid) from billing_records"),
        (
            "every long call of a lead's contractor billed it",
            "select count(*) from call_logs k join lead_assignments a on a.lead_id = k.lead_id and a.ended_at is null
             where k.status = 'completed' and k.duration_seconds >= 30 and k.contractor_id = a.contractor_id
               and not exists (select 1 from billing_records b where b.lead_id = k.lead_id)",
        ),
        (
            "only qualified leads are billed",
            "select count(*) from billing_records b join leads l on l.id = b.lead_id where l.status <> 'qualified'",
        ),
        (
            "every bill has its event",
            "select count(*) from billing_records b where
               (select count(*) from events e where e.subject_id = b.lead_id and e.kind = 'billing_created') <> 1",
        ),
        (
            "every lead has its event",
            "select count(*) from leads l where (select count(*) from events e where e.subject_id = l.id and e.kind = 'lead_submitted') <> 1",
        ),
        (
            "nobody is told the same twice",
            "select count(*) from (select 1 as one from notification_logs where lead_id is not null
               group by lead_id, channel, template, recipient having count(*) > 1) x",
        ),
        ("the ledger balances", "select cast(coalesce(sum(amount_cents), 0) as bigint) from ledger_lines"),
        (
            "every entry balances",
            "select count(*) from (select entry_id from ledger_lines group by entry_id having sum(amount_cents) <> 0) x",
        ),
        (
            "every bill is charged once",
            "select count(*) from billing_records b where b.amount_cents > 0 and
               (select count(*) from ledger_entries e where e.billing_record_id = b.id and e.kind = 'charge') <> 1",
        ),
        (
            "a charge is worth what it was less its credits",
            "select count(*) from billing_records b where b.amount_cents <>
               (select coalesce(sum(-l.amount_cents), 0) from ledger_entries e join ledger_lines l on l.entry_id = e.id
                where e.billing_record_id = b.id and l.account in ('revenue', 'credits'))",
        ),
        (
            "a dispute's credit is booked once",
            "select count(*) from disputes d where coalesce(d.credit_cents, 0) <>
               (select coalesce(sum(l.amount_cents), 0) from ledger_entries e join ledger_lines l on l.entry_id = e.id
                where e.kind = 'credit' and e.reference = d.id and l.account = 'credits')",
        ),
        (
            "a replacement is promised once and given once",
            "select count(*) from contractors c where
               (select count(*) from disputes d where d.contractor_id = c.id and d.resolution = 'replacement_lead') <> c.replacement_due +
               (select count(*) from lead_assignments a where a.contractor_id = c.id and a.is_replacement and a.ended_at is null)",
        ),
        (
            "every decision has its event",
            "select count(*) from disputes d where d.resolved_at is not null and
               (select count(*) from events e where e.subject_id = d.lead_id and e.kind = 'dispute_resolved') <> 1",
        ),
        ("no job died", "select count(*) from jobs where status <> 'done'"),
    ] {
        let log = fs::read_to_string(db.folder().join("server.log")).unwrap_or_default();
        assert_eq!(count(ctx, sql).await, 0, "{engine}: {rule}\n{log}");
    }
    let files = |folder: &str, ending: &str| {
        let entries = fs::read_dir(db.folder().join(folder)).expect("the folder");
        let names = entries.map(|e| e.expect("a file").file_name().to_string_lossy().into_owned());
        let mut ids: Vec<String> =
            names.filter(|n| !n.starts_with('.')).filter_map(|n| n.strip_suffix(ending).map(str::to_owned)).collect();
        ids.sort();
        ids
    };
    for (kind, folder, ending) in [("send_mail", "mail", ".eml"), ("send_sms", "sms", ".txt")] {
        let jobs = platform::fetch_all!(
            &mut ctx.db.read().await.expect("a connection"),
            (String,),
            "select id from jobs where kind = $1 order by id",
            kind
        );
        let jobs: Vec<String> = jobs.expect("jobs").into_iter().map(|(id,)| id).collect();
        assert!(!jobs.is_empty());
        assert_eq!(files(folder, ending), jobs, "{engine}: one file for each {kind}");
    }
}
