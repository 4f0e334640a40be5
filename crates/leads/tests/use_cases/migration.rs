//! What was billed before there was a ledger is in it afterwards.

use kernel::Money;
use platform::sqlx;
use platform::sqlx::sqlite::SqlitePoolOptions;
use platform::{Conn, Db, fetch_all, testing};

const BEFORE: [&str; 2] = [include_str!("../../../../migrations/0000_platform.sql"), include_str!("../../../../migrations/0001_leads.sql")];
const BILLING: &str = include_str!("../../../../migrations/0002_billing.sql");

/// A paid, an invoiced, a pending and a credited charge, and a free replacement.
const ROWS: &str = "
    insert into contractors (id, business_name, email, phone, status, is_approved, is_accepting_leads, created_at)
      values ('c', 'C', 'c@example.com', '+13105550001', 'active', true, true, '2025-01-01T00:00:00+00:00');
    insert into leads (id, customer_first_name, customer_last_name, customer_phone, customer_zip, service_type, timeline, budget_range,
        property_type, status, score, category, price_cents, weights_version, factors, created_at, created_day)
      select x.id, 'A', 'B', '+15551234567', '90210', 'ac_repair', 'flexible', '1', 'residential', 'qualified', 150, 'PLATINUM', 25000, 1,
        '[]', '2025-09-01T00:00:00+00:00', '2025-09-01'
      from (select 'paid' as id union all select 'invoiced' union all select 'pending' union all select 'credited' union all select 'free') x;
    insert into billing_records (id, lead_id, contractor_id, amount_cents, original_cents, status, invoice_number, incurred_at, incurred_day,
        invoiced_at, paid_at)
      values ('paid', 'paid', 'c', 25000, 25000, 'paid', 'INV-2025-001', '2025-09-02T10:00:00+00:00', '2025-09-02',
          '2025-09-10T00:00:00+00:00', '2025-09-20T09:00:00+00:00'),
        ('invoiced', 'invoiced', 'c', 25000, 25000, 'invoiced', 'INV-2025-002', '2025-09-03T10:00:00+00:00', '2025-09-03',
          '2025-09-10T00:00:00+00:00', null),
        ('pending', 'pending', 'c', 25000, 25000, 'pending', null, '2025-10-01T10:00:00+00:00', '2025-10-01', null, null),
        ('credited', 'credited', 'c', 0, 25000, 'credited', null, '2025-10-02T10:00:00+00:00', '2025-10-02', null, null),
        ('free', 'free', 'c', 0, 25000, 'pending', null, '2025-10-03T10:00:00+00:00', '2025-10-03', null, null);
    insert into disputes (id, billing_record_id, lead_id, contractor_id, reason, status, resolution, credit_cents, submitted_at, resolved_at)
      values ('d', 'credited', 'credited', 'c', 'duplicate', 'approved', 'approved', 25000, '2025-10-03T10:00:00+00:00',
        '2025-10-04T11:00:00+00:00');";

/// A database as it was before, on each engine.
async fn old_databases() -> Vec<(testing::TestDb, Conn)> {
    let mut all = Vec::new();
    for db in testing::databases().await {
        let mut conn = match &db.ctx.db {
            Db::Sqlite { .. } => {
                let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.expect("memory");
                Conn::SqlitePool(pool.acquire().await.expect("a connection"))
            }
            Db::Postgres(pool) => Conn::PostgresPool(pool.acquire().await.expect("a connection")),
        };
        if conn.is_postgres() {
            run(&mut conn, "create schema old; set search_path to old").await;
        }
        for sql in BEFORE {
            run(&mut conn, sql).await;
        }
        run(&mut conn, ROWS).await;
        all.push((db, conn));
    }
    all
}

async fn run(conn: &mut Conn, sql: &'static str) {
    platform::on_engine!(conn, |c| sqlx::raw_sql(sql).execute(c).await.map(|_| ())).expect("it runs");
}

#[tokio::test]
async fn old_records_get_their_entries() {
    for (db, mut conn) in old_databases().await {
        run(&mut conn, BILLING).await;
        let lines = fetch_all!(
            conn,
            (String, String, Money, String),
            "select entry_id, account, amount_cents, day from ledger_lines order by entry_id, account",
        );
        let line = |entry: &str, account: &str, cents: i64, day: &str| (entry.to_owned(), account.to_owned(), Money(cents), day.to_owned());
        let wanted = [
            line("charge-credited", "receivable", 25_000, "2025-10-02"),
            line("charge-credited", "revenue", -25_000, "2025-10-02"),
            line("charge-invoiced", "receivable", 25_000, "2025-09-03"),
            line("charge-invoiced", "revenue", -25_000, "2025-09-03"),
            line("charge-paid", "receivable", 25_000, "2025-09-02"),
            line("charge-paid", "revenue", -25_000, "2025-09-02"),
            line("charge-pending", "receivable", 25_000, "2025-10-01"),
            line("charge-pending", "revenue", -25_000, "2025-10-01"),
            line("credit-credited", "credits", 25_000, "2025-10-04"),
            line("credit-credited", "receivable", -25_000, "2025-10-04"),
            line("payment-paid", "cash", 25_000, "2025-09-20"),
            line("payment-paid", "receivable", -25_000, "2025-09-20"),
        ];
        assert_eq!(lines.expect("lines"), wanted, "{}", db.name());
        let balances = fetch_all!(conn, (String, Money), "select account, cents from ledger_balances order by account").expect("balances");
        let sum = |account: &str, cents: i64| (account.to_owned(), Money(cents));
        assert_eq!(balances, [sum("cash", 25_000), sum("credits", 25_000), sum("receivable", 50_000), sum("revenue", -100_000)]);
        let counter = fetch_all!(conn, (i64, i64), "select year, last from invoice_counters").expect("counters");
        assert_eq!(counter, [(2025, 2)]);
        let free = fetch_all!(conn, (String,), "select status from billing_records where id = 'free'").expect("a record");
        assert_eq!(free[0].0, "credited");
    }
}
