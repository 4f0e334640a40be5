//! One record by the beginning of what is known of it, for whoever may see it.

use crate::support::{admin, approved, billed, billed_in, contractor_of, join, submit_sample};
use kernel::{Order, Page, Problem, StaffRole};
use leads::billing::{self, BillingFilter, BillingSort, RecordChange};
use leads::find::{Found, Kind, MOST, find};
use leads::intake::submit;
use leads::lead::NewLead;
use leads::tracking::{self, NumberSort};
use platform::auth::{Caller, Staff};
use platform::{Ctx, testing};

async fn found(ctx: &Ctx, caller: &Caller, words: &str) -> Vec<Found> {
    find(ctx, caller, words).await.expect("an answer")
}

async fn labels(ctx: &Ctx, caller: &Caller, words: &str) -> Vec<String> {
    found(ctx, caller, words).await.into_iter().map(|found| found.label).collect()
}

fn staff(role: StaffRole) -> Caller {
    Caller::Staff(Staff { id: "s1".into(), name: "Dana Reyes".into(), email: "dana@example.com".into(), role })
}

async fn lead(ctx: &Ctx, first: &str, last: &str, city: &str, phone: &str) -> String {
    let new = NewLead {
        customer_first_name: Some(first.into()),
        customer_last_name: Some(last.into()),
        customer_city: Some(city.into()),
        customer_phone: Some(phone.into()),
        ..NewLead::sample()
    };
    submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted").lead_id
}

#[tokio::test]
async fn staff_find_by_the_beginning_of_names_cities_phones_and_ids() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        join(ctx, 1, &["90210"], &["ac_repair"]).await;
        let id = lead(ctx, "Ada", "Businger", "Malibu", "4155550101").await;
        lead(ctx, "Bo", "Li", "Burbank", "4165550102").await;
        let me = admin();
        assert_eq!(labels(ctx, &me, "busin").await, ["Business 1", "Ada Businger"], "{}", db.name());
        assert_eq!(labels(ctx, &me, "ADA BUS").await, ["Ada Businger"]);
        assert_eq!(labels(ctx, &me, "business1@ex").await, ["Business 1"]);
        assert_eq!(labels(ctx, &me, "mali").await, ["Ada Businger"]);
        assert_eq!(labels(ctx, &me, "li").await, ["Bo Li"], "two letters are a whole name");
        assert_eq!(labels(ctx, &me, "(415) 55").await, ["Ada Businger"]);
        assert_eq!(labels(ctx, &me, "310-555-0001").await, ["Business 1"]);
        let by_id = found(ctx, &me, &id[..28]).await;
        assert_eq!(by_id.iter().map(|f| (f.kind, f.id.as_str())).collect::<Vec<_>>(), [(Kind::Lead, id.as_str())]);
        for nothing in ["b", "usin", "%", "__", "o'hara", "999", "a\0"] {
            assert!(found(ctx, &me, nothing).await.is_empty(), "{}: {nothing:?}", db.name());
        }
    }
}

#[tokio::test]
async fn no_more_are_found_than_fit() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        for n in 0..10 {
            join(ctx, n, &["90210"], &["ac_repair"]).await;
            lead(ctx, "Ada", "Businger", "Malibu", &format!("415555010{n}")).await;
        }
        let all = found(ctx, &admin(), "busi").await;
        assert_eq!(all.len(), MOST, "{}", db.name());
        assert_eq!(all.iter().filter(|f| f.kind == Kind::Contractor).count(), 3, "leads have room");
    }
}

#[tokio::test]
async fn invoices_are_found_by_those_who_work_on_charges() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let one = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let other = approved(ctx, 2, &["90211"], &["ac_repair"]).await;
        for record in [billed(&db, 1).await, billed_in(&db, 2, "90211").await] {
            let invoiced = RecordChange { status: Some("invoiced".into()), ..RecordChange::default() };
            billing::update(ctx, &admin(), &record, &invoiced, None).await.expect("invoiced");
        }
        for may in [admin(), staff(StaffRole::Finance)] {
            assert_eq!(labels(ctx, &may, "inv-2025").await, ["INV-2025-001", "INV-2025-002"], "{}", db.name());
            assert_eq!(labels(ctx, &may, "2025-002").await, ["INV-2025-002"]);
        }
        for role in [StaffRole::Operations, StaffRole::ReadOnly] {
            assert!(found(ctx, &staff(role), "inv-2025").await.is_empty(), "{role}");
            assert_eq!(labels(ctx, &staff(role), "business 2").await, ["Business 2"], "{role}");
        }
        assert_eq!(labels(ctx, &Caller::Contractor(one), "inv-2025").await, ["INV-2025-001"]);
        assert_eq!(labels(ctx, &Caller::Contractor(other), "inv-2025").await, ["INV-2025-002"]);
    }
}

#[tokio::test]
async fn a_contractor_finds_their_own_leads_alone() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let mine = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let theirs = approved(ctx, 2, &["90211"], &["ac_repair"]).await;
        let submitted = submit_sample(ctx).await;
        assert_eq!(contractor_of(&submitted), mine);
        let name = NewLead::sample().customer_last_name.expect("a name");
        let own = found(ctx, &Caller::Contractor(mine.clone()), &name).await;
        assert_eq!(own.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(), [submitted.lead_id.as_str()], "{}", db.name());
        for words in [name.as_str(), &submitted.lead_id, "business"] {
            assert!(found(ctx, &Caller::Contractor(theirs.clone()), words).await.is_empty(), "{words}");
        }
        assert!(found(ctx, &Caller::Contractor(mine), "business").await.is_empty(), "contractors do not find each other");
        assert!(matches!(find(ctx, &Caller::Anyone, "busi").await, Err(Problem::Forbidden(_))));
    }
}

#[tokio::test]
async fn charges_are_searched_and_sorted() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let second = approved(ctx, 2, &["90211"], &["ac_repair"]).await;
        let (first_id, second_id) = (billed(&db, 1).await, billed_in(&db, 2, "90211").await);
        let invoiced = RecordChange { status: Some("invoiced".into()), ..RecordChange::default() };
        billing::update(ctx, &admin(), &first_id, &invoiced, None).await.expect("invoiced");
        let all = || BillingFilter::of_page(Page { limit: 10, offset: 0 });
        let ids = |filter: BillingFilter| async move {
            let list = billing::list(ctx, &admin(), &filter).await.expect("a list");
            assert_eq!(list.total, i64::try_from(list.records.len()).expect("few"));
            list.records.into_iter().map(|record| record.id).collect::<Vec<_>>()
        };
        let search = |q: &str| BillingFilter { q: Some(q.into()), ..all() };
        assert_eq!(ids(search("INV-2025")).await, std::slice::from_ref(&first_id), "{}", db.name());
        assert_eq!(ids(search("business 2")).await, std::slice::from_ref(&second_id));
        let customer = NewLead::sample().customer_last_name.expect("a name");
        assert_eq!(ids(search(&customer)).await.len(), 2);
        assert!(ids(search("nobody")).await.is_empty());
        let (own, _) = billing::list_own(ctx, &second, &search(&customer)).await.expect("a list");
        assert_eq!(own.records.into_iter().map(|record| record.id).collect::<Vec<_>>(), [second_id]);
        for sort in BillingSort::ALL {
            let down = ids(BillingFilter { order: Order::down(*sort), ..all() }).await;
            let mut up = ids(BillingFilter { order: Order::up(*sort), ..all() }).await;
            up.reverse();
            assert_eq!((down.len(), &down), (2, &up), "{}: {sort}", db.name());
        }
    }
}

#[tokio::test]
async fn the_pool_is_searched_by_the_first_figures() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let numbers = ["4155550001", "4155550002", "4165550003"].map(str::to_owned);
        tracking::add_numbers(ctx, &admin(), &numbers).await.expect("added");
        let page = Page { limit: 10, offset: 0 };
        for (q, total) in [("(415) 5", 2), ("415-555-0002", 1), ("999", 0), ("", 3), ("no number", 3)] {
            let listed = tracking::list(ctx, &admin(), None, Some(q), Order::up(NumberSort::Number), page).await.expect("a list");
            assert_eq!(listed.total, total, "{}: {q:?}", db.name());
        }
        // One number is in use, the others were never.
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        submit_sample(ctx).await;
        let phones = async |order: Order<NumberSort>| {
            let listed = tracking::list(ctx, &admin(), None, None, order, page).await.expect("a list");
            listed.items.into_iter().map(|number| (number.phone, number.assigned_at.is_some())).collect::<Vec<_>>()
        };
        for by in NumberSort::ALL {
            let (mut up, down) = (phones(Order::up(*by)).await, phones(Order::down(*by)).await);
            up.reverse();
            assert_eq!((down.len(), &down), (3, &up), "{}: {by}", db.name());
        }
        assert!(phones(Order::down(NumberSort::Since)).await[0].1, "{}: never used ones come last", db.name());
    }
}
