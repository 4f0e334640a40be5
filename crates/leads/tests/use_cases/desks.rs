use crate::support::{admin, approved, contractor_of, is_conflict, staff, submit_sample};
use chrono::Duration;
use futures::TryStreamExt as _;
use kernel::{Order, Page, Problem};
use leads::contractor_desk::{LATEST, OwnLeadSort};
use leads::intake::submit;
use leads::lead::{Category, LeadStatus, NewLead};
use leads::views::{ContractorFilter, LeadFilter, LeadSort};
use leads::{admin_desk, contractor_desk, contractors};
use platform::auth::Caller;
use platform::testing;
use platform::{Ctx, Settings};

fn all() -> LeadFilter {
    LeadFilter::of_page(Page { limit: 100, offset: 0 })
}

#[tokio::test]
async fn statuses_move_forward_only_and_only_for_the_owner() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let submitted = submit_sample(ctx).await;
        let lead = submitted.lead_id.as_str();
        let owner = Caller::Contractor(contractor_of(&submitted).to_owned());
        let stranger = Caller::Contractor("somebody".into());
        let refused = contractor_desk::set_status(ctx, &stranger, lead, LeadStatus::Contacted).await.expect_err("not theirs");
        assert!(matches!(refused, Problem::NotFound { what: "Lead", .. }));
        assert!(matches!(contractor_desk::get_lead(ctx, "somebody", lead).await, Err(Problem::NotFound { .. })));
        let refused = contractor_desk::set_status(ctx, &owner, lead, LeadStatus::PendingAssignment).await.expect_err("never");
        assert!(matches!(refused, Problem::Invalid(_)));
        assert!(contractor_desk::set_status(ctx, &Caller::Anyone, lead, LeadStatus::Contacted).await.is_err());

        let same = contractor_desk::set_status(ctx, &owner, lead, LeadStatus::Assigned).await.expect("the same is fine");
        assert_eq!((same.status, same.first_contact_at), (LeadStatus::Assigned, None));
        db.advance(Duration::minutes(30));
        let contacted = contractor_desk::set_status(ctx, &owner, lead, LeadStatus::Contacted).await.expect("forward");
        assert_eq!(contacted.first_contact_at, Some(ctx.now()));
        assert_eq!(contacted.assignment.map(|a| a.status), Some(LeadStatus::Contacted));
        let back = contractor_desk::set_status(ctx, &owner, lead, LeadStatus::Assigned).await.expect_err("back");
        assert!(is_conflict(&back, "illegal_transition"), "{back}");
        db.advance(Duration::minutes(30));
        let qualified = contractor_desk::set_status(ctx, &owner, lead, LeadStatus::Qualified).await.expect("forward");
        assert_eq!(qualified.first_contact_at, contacted.first_contact_at);
        contractor_desk::set_status(ctx, &owner, lead, LeadStatus::Qualified).await.expect("again");
        assert!(contractor_desk::set_status(ctx, &owner, lead, LeadStatus::Contacted).await.is_err());
        crate::support::check_books(ctx).await;
    }
}

#[tokio::test]
async fn exports_read_from_the_replica_when_there_is_one() {
    // A second database stands in for it: what is asked there shows where the question went.
    let (db, replica) = (testing::databases().await.pop().expect("a database"), testing::databases().await.pop().expect("a database"));
    if db.name() == "sqlite" {
        return;
    }
    approved(&db.ctx, 1, &["90210"], &["ac_repair"]).await;
    submit_sample(&db.ctx).await;
    let count = async |ctx: &Ctx| {
        let parts: Vec<_> = leads::export::leads(ctx, &admin(), all()).expect("allowed").try_collect().await.expect("read");
        parts.iter().map(Vec::len).sum::<usize>()
    };
    assert_eq!(count(&db.ctx).await, 1);
    let settings = Settings { database_read_url: Some(replica.ctx.settings.database_url.clone()), ..db.ctx.settings.clone() };
    let ctx = Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context");
    assert_eq!(count(&ctx).await, 0);
    assert_eq!(admin_desk::list_leads(&ctx, &admin(), &all()).await.expect("listed").total, 1, "what must be fresh is not asked there");
}

#[tokio::test]
async fn lists_filter_search_and_page() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let one = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let two = approved(ctx, 2, &["90211"], &["ac_repair"]).await;
        for (i, (first, last, zip)) in
            [("John", "Smith", "90210"), ("Ann", "Smithers", "90211"), ("Bo", "100%_Pure", "90210"), ("Cy", "Nobody", "99999")]
                .iter()
                .enumerate()
        {
            let new = NewLead {
                customer_first_name: Some((*first).into()),
                customer_last_name: Some((*last).into()),
                customer_phone: Some(format!("555123456{i}")),
                customer_email: (i == 1).then(|| "Ann@Example.com".into()),
                customer_zip: Some((*zip).into()),
                ..NewLead::sample()
            };
            submit(ctx, &Caller::Anyone, &new, "web").await.expect("submitted");
            db.advance(Duration::days(1));
        }
        let names = |filter: LeadFilter| async move {
            let listed = admin_desk::list_leads(ctx, &admin(), &filter).await.expect("a list");
            assert_eq!(listed.total, i64::try_from(listed.items.len()).expect("few"));
            listed.items.into_iter().map(|l| l.customer_first_name).collect::<Vec<_>>()
        };
        let q = |text: &str| LeadFilter { q: Some(text.into()), ..all() };
        assert_eq!(names(all()).await, ["Cy", "Bo", "Ann", "John"], "{}: newest first", db.name());
        assert_eq!(names(q("smi")).await, ["Ann", "John"]);
        assert_eq!(names(q("SMITHE")).await, ["Ann"]);
        assert_eq!(names(q("s")).await, ["Ann", "John"]);
        assert_eq!(names(q("john smi")).await, ["John"]);
        assert_eq!(names(q("john s")).await, ["John"]);
        assert_eq!(names(q("100%_")).await, ["Bo"], "wild cards mean themselves");
        assert_eq!(names(q("%")).await, Vec::<String>::new());
        assert_eq!(names(q("(555) 123-4562")).await, ["Bo"]);
        assert_eq!(names(q("ann@example.com")).await, ["Ann"]);
        assert_eq!(names(LeadFilter { status: Some(LeadStatus::PendingAssignment), ..all() }).await, ["Cy"]);
        assert_eq!(names(LeadFilter { contractor_id: Some(two.clone()), ..all() }).await, ["Ann"]);
        assert_eq!(names(LeadFilter { category: Some(Category::Gold), ..all() }).await, ["Cy", "Bo", "John"]);
        let day = testing::start();
        assert_eq!(
            names(LeadFilter { start_date: Some(day + Duration::days(1)), end_date: Some(day + Duration::days(3)), ..all() }).await,
            ["Bo", "Ann"]
        );
        let sorted = |by: LeadSort, ascending: bool| LeadFilter { order: Order { by, ascending }, ..all() };
        assert_eq!(names(sorted(LeadSort::Received, true)).await, ["John", "Ann", "Bo", "Cy"]);
        assert_eq!(names(sorted(LeadSort::Score, false)).await, ["Ann", "Bo", "John", "Cy"], "nobody serves Cy, and Ann left an address");
        assert_eq!(names(sorted(LeadSort::Score, true)).await, ["Cy", "John", "Bo", "Ann"]);
        assert_eq!(names(sorted(LeadSort::Price, false)).await, ["Ann", "Cy", "Bo", "John"], "of one price the newest first");
        let second = admin_desk::list_leads(ctx, &admin(), &LeadFilter::of_page(Page { limit: 1, offset: 1 })).await.expect("a page");
        assert_eq!((second.total, second.items[0].customer_first_name.as_str()), (4, "Bo"));

        let own = contractor_desk::list_leads(ctx, &one, &all(), LATEST).await.expect("a list");
        assert_eq!(own.items.iter().map(|l| l.customer_first_name.as_str()).collect::<Vec<_>>(), ["Bo", "John"]);
        // Bo came last and may wait longest; John is called.
        let john = own.items[1].id.clone();
        contractor_desk::set_status(ctx, &Caller::Contractor(one.clone()), &john, LeadStatus::Contacted).await.expect("called");
        for (order, first) in
            [(Order::up(OwnLeadSort::Received), "John"), (Order::up(OwnLeadSort::Due), "Bo"), (Order::down(OwnLeadSort::Due), "John")]
        {
            let own = contractor_desk::list_leads(ctx, &one, &all(), order).await.expect("a list");
            assert_eq!((own.total, own.items[0].customer_first_name.as_str()), (2, first), "{}: {order:?}", db.name());
        }
        let none = LeadFilter { status: Some(LeadStatus::PendingAssignment), ..all() };
        assert_eq!(contractor_desk::list_leads(ctx, &one, &none, LATEST).await.expect("a list").total, 0);

        let served = ContractorFilter { zip_code: kernel::Zip::parse("90211"), ..ContractorFilter::of_page(Page { limit: 10, offset: 0 }) };
        let listed = contractors::list(ctx, &admin(), &served).await.expect("a list");
        assert_eq!((listed.total, listed.items[0].id.as_str()), (1, two.as_str()));
        assert_eq!(listed.items[0].service_zip_codes.len(), 1);
        let by_name = ContractorFilter { q: Some("business 1".into()), ..ContractorFilter::of_page(Page { limit: 10, offset: 0 }) };
        assert_eq!(contractors::list(ctx, &admin(), &by_name).await.expect("a list").items[0].id, one);
        assert!(contractors::list(ctx, &Caller::Contractor(one), &by_name).await.is_err());
    }
}

#[tokio::test]
async fn the_admins_figures_add_up() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let empty = admin_desk::dashboard(ctx, &admin()).await.expect("figures of nothing");
        assert_eq!((empty.stats.total_leads, empty.days.len()), (0, 30));
        let id = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        crate::support::join(ctx, 2, &["90210"], &["ac_repair"]).await;
        submit_sample(ctx).await;
        db.advance(Duration::days(1));
        let second = submit_sample(ctx).await;
        let caller = Caller::Contractor(id.clone());
        contractor_desk::set_status(ctx, &caller, &second.lead_id, LeadStatus::Qualified).await.expect("moved");
        let dashboard = admin_desk::dashboard(ctx, &admin()).await.expect("figures");
        let stats = dashboard.stats;
        assert_eq!((stats.total_leads, stats.leads_today, stats.average_lead_score), (2, 1, 150));
        assert_eq!(
            (stats.total_contractors, stats.active_contractors, stats.approved_contractors, stats.pending_contractors),
            (2, 1, 1, 1)
        );
        assert!((stats.conversion_rate - 50.0).abs() < 1e-9);
        let days = dashboard.days;
        assert_eq!(days.len(), 30);
        assert_eq!(days[29].day, ctx.now().date_naive());
        assert_eq!((days[28].figures.leads, days[29].figures.leads, days[27].figures.leads), (1, 1, 0));
        assert_eq!(dashboard.recent_activity[0].kind, "lead_qualified");
        let own = contractor_desk::dashboard(ctx, &id).await.expect("figures");
        assert_eq!((own.stats.total_leads, own.stats.leads_this_month, own.recent_leads.len()), (2, 2, 2));
    }
}

#[tokio::test]
async fn only_the_admin_portal_reads_the_admins_desk() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let contractor = approved(ctx, 1, &["90210"], &["ac_repair"]).await;
        let lead = submit_sample(ctx).await.lead_id;
        let reads = async |caller: Caller| {
            [
                admin_desk::dashboard(ctx, &caller).await.map(drop),
                admin_desk::list_leads(ctx, &caller, &all()).await.map(drop),
                admin_desk::get_lead(ctx, &caller, &lead).await.map(drop),
                admin_desk::get_file(ctx, &caller, &lead).await.map(drop),
                admin_desk::record_counts(ctx, &caller).await.map(drop),
            ]
        };
        for role in kernel::StaffRole::ALL {
            let found = reads(staff(*role)).await;
            assert!(found.iter().all(Result::is_ok), "{} for {role}: {found:?}", db.name());
        }
        // Also the contractor whose lead it is.
        for outsider in [Caller::Anyone, Caller::Contractor(contractor.clone()), Caller::System, Caller::LeadSource("s".into())] {
            let found = reads(outsider.clone()).await;
            assert!(found.iter().all(|read| matches!(read, Err(Problem::Forbidden(_)))), "{} for {outsider:?}: {found:?}", db.name());
        }
    }
}
