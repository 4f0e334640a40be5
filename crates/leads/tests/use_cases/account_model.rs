//! A contractor's account beside a model of it: whatever happens, in whatever order, both come to the same, and the same
//! is refused.

use crate::support::{admin, approved, call, check_books};
use kernel::{Id, Money, Outcome, Problem};
use leads::billing::{self, RecordChange};
use leads::disputes::{self, NewDispute, NewResolution, Resolution};
use leads::intake::submit;
use leads::lead::NewLead;
use leads::{calls, contractor_desk, ledger};
use platform::auth::Caller;
use platform::testing::{self, TestDb};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

#[derive(Clone, Debug)]
enum Step {
    /// A lead comes and is called.
    Charge,
    /// To one of the charges, which the number chooses.
    To(usize, Act),
    PayOut(i64),
}

#[derive(Clone, Debug)]
enum Act {
    Invoice,
    Pay,
    Dispute,
    /// With the cents of a partial credit.
    Resolve(Resolution, i64),
}

fn step() -> impl Strategy<Value = Step> {
    let act = prop_oneof![
        1 => Just(Act::Invoice),
        3 => Just(Act::Pay),
        4 => Just(Act::Dispute),
        4 => (select(Resolution::ALL), -1..30_000_i64).prop_map(|(resolution, cents)| Act::Resolve(resolution, cents)),
    ];
    prop_oneof![
        3 => Just(Step::Charge),
        12 => (0..6_usize, act).prop_map(|(at, act)| Step::To(at, act)),
        2 => (-1..20_000_i64).prop_map(Step::PayOut),
    ]
}

#[derive(Default)]
struct Model {
    charges: Vec<Charge>,
    receivable: Money,
    billed: Money,
    received: Money,
    /// Free leads that disputes promised.
    replacements: usize,
}

struct Charge {
    record: Id,
    /// Nothing of it when it was credited.
    owed: Money,
    is_paid: bool,
    /// The open one.
    dispute: Option<Id>,
}

/// Whether it was done, or refused; a fault of ours is neither.
fn is_done<T>(answer: &Outcome<T>) -> bool {
    match answer {
        Ok(_) => true,
        Err(Problem::Conflict { .. } | Problem::Invalid(_)) => false,
        Err(problem) => panic!("{problem:?}"),
    }
}

async fn play(db: &TestDb, n: usize, steps: &[Step]) -> Result<(), TestCaseError> {
    let ctx = &db.ctx;
    let (zip, phone) = (format!("{:05}", 10_000 + n), format!("310555{n:04}"));
    let contractor = approved(ctx, n, &[&zip], &["ac_repair"]).await;
    let mut model = Model::default();
    for (turn, step) in steps.iter().enumerate() {
        match step {
            Step::Charge => {
                let customer = (5_552_000_000 + n * 100 + turn).to_string();
                let new = NewLead {
                    customer_phone: Some(customer.clone()),
                    customer_zip: Some(zip.clone()),
                    customer_email: None,
                    ..NewLead::sample()
                };
                let lead = submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
                calls::record(ctx, &call(&format!("CA-{n}-{turn}"), &phone, &customer, 60)).await.expect("recorded");
                let page = contractor_desk::get_lead(ctx, &contractor, &lead.lead_id).await.expect("theirs");
                let bill = page.bill.expect("charged");
                let owed = if model.replacements > 0 { Money::ZERO } else { lead.price };
                prop_assert_eq!(bill.amount, owed);
                model.replacements = model.replacements.saturating_sub(1);
                model.receivable = model.receivable + owed;
                model.billed = model.billed + owed;
                model.charges.push(Charge { record: bill.id, owed, is_paid: false, dispute: None });
            }
            Step::To(at, act) => {
                let count = model.charges.len().max(1);
                let Some(charge) = model.charges.get_mut(at % count) else { continue };
                let is_owed = charge.owed > Money::ZERO;
                let set = |status: &str| RecordChange { status: Some(status.into()), ..RecordChange::default() };
                match act {
                    Act::Invoice => {
                        let done = billing::update(ctx, &admin(), &charge.record, &set("invoiced"), None).await;
                        prop_assert_eq!(is_done(&done), is_owed && !charge.is_paid);
                    }
                    Act::Pay => {
                        let done = billing::update(ctx, &admin(), &charge.record, &set("paid"), None).await;
                        prop_assert_eq!(is_done(&done), is_owed);
                        if is_owed && !charge.is_paid {
                            charge.is_paid = true;
                            model.receivable = model.receivable - charge.owed;
                            model.received = model.received + charge.owed;
                        }
                    }
                    Act::Dispute => {
                        let new = NewDispute { reason: Some("wrong_info".into()), description: None };
                        let done = disputes::submit(ctx, &Caller::Contractor(contractor.clone()), &charge.record, &new).await;
                        prop_assert_eq!(is_done(&done), is_owed && charge.dispute.is_none());
                        if let Ok(dispute) = done {
                            charge.dispute = Some(dispute.id);
                        }
                    }
                    Act::Resolve(resolution, cents) => {
                        let Some(dispute) = charge.dispute.clone() else { continue };
                        let part = Money(*cents);
                        let credit = match resolution {
                            Resolution::Denied => Some(Money::ZERO),
                            Resolution::PartialCredit => (part > Money::ZERO && part < charge.owed).then_some(part),
                            Resolution::Approved | Resolution::ReplacementLead => Some(charge.owed),
                        };
                        let asked = (*resolution == Resolution::PartialCredit).then_some(part);
                        let new = NewResolution { resolution: *resolution, credit: asked, notes: None };
                        let done = disputes::resolve(ctx, &admin(), &dispute, &new).await;
                        prop_assert_eq!(is_done(&done), credit.is_some());
                        if let Some(credit) = credit {
                            charge.dispute = None;
                            charge.owed = charge.owed - credit;
                            model.receivable = model.receivable - credit;
                            model.billed = model.billed - credit;
                            model.replacements += usize::from(*resolution == Resolution::ReplacementLead);
                        }
                    }
                }
            }
            Step::PayOut(cents) => {
                let amount = Money(*cents);
                let is_due = amount > Money::ZERO && amount <= -model.receivable;
                let done = ledger::refund(ctx, &admin(), &contractor, amount, &format!("ACH {n}-{turn}")).await;
                prop_assert_eq!(is_done(&done), is_due);
                if is_due {
                    model.receivable = model.receivable + amount;
                    model.received = model.received - amount;
                }
            }
        }
        let balance = ledger::balance(&mut ctx.db.read().await.expect("a connection"), &contractor).await.expect("a balance");
        let found = (balance.receivable, balance.billed, balance.received);
        prop_assert_eq!(found, (model.receivable, model.billed, model.received), "after step {}: {:?}", turn, step);
    }
    check_books(ctx).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_comes_to_what_its_model_says() {
    for db in testing::databases().await {
        let accounts = AtomicUsize::new(0);
        let config = ProptestConfig { cases: 16, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() };
        let played = TestRunner::new(config).run(&vec(step(), 1..50), |steps| {
            let n = accounts.fetch_add(1, Ordering::Relaxed);
            block_in_place(|| Handle::current().block_on(play(&db, n, &steps)))
        });
        if let Err(error) = played {
            panic!("{}: {error}", db.name());
        }
    }
}
