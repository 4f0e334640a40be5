//! A believable company to try Plumbline out with (decision 13: only by an explicit command).
//! The same seed makes the same company, placed before `ctx.now()`.

mod contractors;
mod decisions;
mod history;
mod leads;
mod operations;
mod words;

use crate::calls::CallStatus;
use crate::contractor::{ContractorStatus, Specialization};
use crate::decisions::Occasion;
use crate::lead::{LeadForm, LeadStatus};
use crate::routing::Candidate;
use crate::scoring::Score;
use crate::store;
use crate::store::billing::NewRecord;
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use kernel::{Id, Money, Outcome, Phone, Problem};
use platform::auth::Staff;
use platform::{Ctx, Tx, execute, fetch_scalar, jobs};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How to sign in to the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogins {
    pub password: String,
    /// Business name and address of every contractor who may sign in; the first has the most to see.
    pub contractors: Vec<(String, String)>,
    /// Name with role, and address, of everybody of the staff who may sign in.
    pub staff: Vec<(String, String)>,
}

const PASSWORD: &str = "plumbline-demo";
const LEADS: usize = 400;

/// Steele, Lea and Flood's SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(usize::try_from((high - low).max(0)).unwrap_or(0) + 1)).unwrap_or(0)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

struct DemoContractor {
    id: Id,
    zips: Vec<String>,
    able: Vec<Specialization>,
    takes_leads: bool,
    is_approved: bool,
    status: ContractorStatus,
    is_accepting: bool,
    candidate: Candidate,
    /// When each lead came, and when it stopped being work.
    work: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    response_minutes: i64,
    responded: i64,
}

struct Loader<'c> {
    ctx: &'c Ctx,
    tx: Tx,
    now: DateTime<Utc>,
    dice: Dice,
    contractors: Vec<DemoContractor>,
    numbers: Vec<Phone>,
    /// Partners: id, name, and how many of a hundred leads are theirs.
    sources: Vec<(Id, &'static str, usize)>,
    calls: i64,
    disputes: usize,
    /// What was invoiced on each day, and to whom.
    runs: BTreeMap<NaiveDate, Vec<(DateTime<Utc>, Id, Money)>>,
    /// A request that comes a second time, and who got it first.
    repeat: Option<(Id, LeadForm, Id)>,
}

/// Fills an empty database. Errors: `Conflict` (`not_empty`) when it has leads or contractors.
pub async fn load(ctx: &Ctx) -> Outcome<DemoLogins> {
    let hash = ctx.passwords.hash(PASSWORD.into()).await?;
    let mut tx = ctx.begin().await?;
    let known = fetch_scalar!(tx, i64, "select (select count(*) from leads) + (select count(*) from contractors)")?;
    if known > 0 {
        return Err(Problem::conflict("not_empty", "The demo needs an empty database; this one has leads or contractors"));
    }
    let mut loader = Loader {
        ctx,
        tx,
        now: ctx.now(),
        dice: Dice(20_251_005),
        contractors: Vec::new(),
        numbers: Vec::new(),
        sources: Vec::new(),
        calls: 0,
        disputes: 0,
        runs: BTreeMap::new(),
        repeat: None,
    };
    let logins = loader.add_contractors(&hash).await?;
    loader.add_numbers().await?;
    loader.add_staff(&hash).await?;
    loader.add_sources().await?;
    for i in 0..LEADS {
        loader.add_lead(i).await?;
    }
    loader.add_runs().await?;
    loader.add_cards().await?;
    loader.count().await?;
    loader.add_webhooks().await?;
    loader.add_strays().await?;
    loader.add_bounces().await?;
    loader.add_dead_jobs().await?;
    loader.add_credit().await?;
    loader.add_draft().await?;
    loader.add_views().await?;
    loader.tx.commit().await?;
    let staff = words::STAFF.iter().filter(|(_, email, _)| *email != words::INVITED);
    let staff = staff.map(|(name, email, role)| (format!("{name}, {}", role.label()), (*email).into())).collect();
    Ok(DemoLogins { password: PASSWORD.into(), contractors: logins, staff })
}

impl Loader<'_> {
    /// People of the office, each role once; one has not used the invitation yet.
    async fn add_staff(&mut self, hash: &str) -> Outcome<()> {
        for (i, (name, email, role)) in (0..).zip(&words::STAFF) {
            let staff = Staff { id: self.ctx.new_id(), name: (*name).into(), email: (*email).into(), role: *role };
            let since = self.now - Duration::days(200 - 49 * i);
            store::staff::insert(&mut self.tx, &staff, since).await?;
            if *email != words::INVITED {
                store::staff::update_password(&mut self.tx, &staff.id, hash, since + Duration::hours(3)).await?;
            }
        }
        Ok(())
    }

    async fn add_numbers(&mut self) -> Outcome<()> {
        for i in 0..120 {
            if let Some(phone) = Phone::parse(&format!("213555{:04}", 100 + i)) {
                store::tracking::insert(&mut self.tx, &self.ctx.new_id(), &phone, self.now - Duration::days(120)).await?;
                self.numbers.push(phone);
            }
        }
        Ok(())
    }
}

/// A lead that was made up.
struct DemoLead {
    id: Id,
    name: String,
    form: LeadForm,
    score: Score,
}
