use crate::support::{admin, check_books, count, is_conflict, registry};
use leads::{admin_desk, contractor_desk, contractors, deadlines, demo};
use platform::{jobs, testing};

const DEAD_JOBS: &str = "select count(*) from jobs where status = 'dead'";

#[tokio::test]
async fn the_demo_is_a_working_company() {
    for db in testing::databases().await {
        let ctx = &db.ctx;
        let logins = demo::load(ctx).await.expect("loaded");
        check_books(ctx).await;
        assert!(is_conflict(&demo::load(ctx).await.expect_err("not twice"), "not_empty"));
        assert_eq!(count(ctx, "select count(*) from contractors").await, 30);
        assert_eq!(count(ctx, "select count(*) from leads").await, 400);
        for (what, sql) in [
            (
                "running deadlines",
                "select count(*) from lead_assignments where ended_at is null and status = 'assigned' and overdue_noticed_at is null",
            ),
            ("waiting leads", "select count(*) from leads where status = 'pending_assignment' and category <> 'NURTURE'"),
            ("pending bills", "select count(*) from billing_records where status = 'pending'"),
            ("invoiced bills", "select count(*) from billing_records where status = 'invoiced'"),
            ("paid bills", "select count(*) from billing_records where status = 'paid'"),
            ("credited bills", "select count(*) from billing_records where status = 'credited'"),
            ("new disputes", "select count(*) from disputes where status = 'pending'"),
            ("disputes under review", "select count(*) from disputes where status = 'under_review'"),
            ("denied disputes", "select count(*) from disputes where status = 'denied'"),
            ("approved disputes", "select count(*) from disputes where resolution = 'approved'"),
            ("partial credits", "select count(*) from disputes where resolution = 'partial_credit'"),
            ("replacements", "select count(*) from disputes where resolution = 'replacement_lead'"),
            ("payments in the ledger", "select count(*) from ledger_entries where kind = 'payment'"),
            ("feedback", "select count(*) from customer_feedback"),
            ("numbers in use", "select count(*) from tracking_numbers where status = 'active'"),
            ("free numbers", "select count(*) from tracking_numbers where status = 'available'"),
            ("notes", "select count(*) from lead_notes"),
            ("recordings", "select count(*) from call_logs where recording_url is not null"),
            ("working hours", "select count(*) from contractors where working_hours is not null"),
            ("pauses", "select count(*) from contractors where paused_until is not null"),
            ("partners' leads", "select count(*) from leads where source_id is not null"),
            ("webhooks", "select count(*) from inbound_webhooks where result = 'processed'"),
            ("webhooks that failed", "select count(*) from inbound_webhooks where result = 'failed'"),
            ("a draft of the scoring", "select count(*) from scoring_versions where status = 'draft'"),
            ("what was done by hand", "select count(*) from audit_log"),
            ("calls without a lead", "select count(*) from call_logs where lead_id is null"),
            ("credit to pay out", "select count(*) from ledger_balances where account = 'receivable' and cents < 0"),
            ("lost leads", "select count(*) from lead_assignments where end_reason = 'deadline_missed'"),
        ] {
            assert!(count(ctx, sql).await > 0, "{}: {what}", db.name());
        }
        assert_eq!(count(ctx, "select count(*) from email_bounces").await, 2);
        assert_eq!(count(ctx, DEAD_JOBS).await, 2);
        for (what, sql) in [
            (
                "contact comes after assignment",
                "select count(*) from leads l join lead_assignments a on a.lead_id = l.id and a.ended_at is null where l.first_contact_at < a.assigned_at",
            ),
            (
                "an invoice comes after its charge, and payment after that",
                "select count(*) from billing_records where invoiced_at < incurred_at or paid_at < invoiced_at",
            ),
            (
                "invoice numbers have no gaps",
                "select (select coalesce(cast(sum(last) as bigint), 0) from invoice_counters) -
                   (select count(*) from billing_records where invoice_number is not null)",
            ),
        ] {
            assert_eq!(count(ctx, sql).await, 0, "{}: {what}", db.name());
        }
        let late = platform::fetch_scalar!(
            &mut ctx.db.read().await.expect("a connection"),
            i64,
            "select (select count(*) from events where at > $1) + (select count(*) from leads where created_at > $1 or qualified_at > $1)
               + (select count(*) from inbound_webhooks where received_at > $1) + (select count(*) from audit_log where at > $1)",
            ctx.now(),
        );
        assert_eq!(late.expect("counted"), 0, "nothing lies in the future");
        let (_, email) = &logins.contractors[0];
        let (view, _) =
            contractors::login(ctx, email, &logins.password, None, &platform::sessions::Device::default()).await.expect("signed in");
        let dashboard = contractor_desk::dashboard(ctx, &view.id).await.expect("figures");
        assert!(dashboard.stats.total_leads > 5 && dashboard.stats.total_billed.0 > 0, "{:?}", dashboard.stats);
        let admin = admin_desk::dashboard(ctx, &admin()).await.expect("figures");
        assert!(
            admin.stats.leads_today > 0 && admin.stats.revenue_this_month.0 > 0 && admin.stats.conversion_rate > 30.0,
            "{:?}",
            admin.stats
        );
        // The running company goes on from there.
        deadlines::watch(ctx).await.expect("watched");
        jobs::drain(ctx, &registry()).await.expect("jobs run");
        assert_eq!(count(ctx, DEAD_JOBS).await, 2, "no other job dies");
        check_books(ctx).await;
    }
}
