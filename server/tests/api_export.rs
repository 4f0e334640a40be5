//! Seed 000, Export Data (CSV): headers and rows word for word, filters, formulas, and lists of many parts.

use crate::common::{Server, servers};
use chrono::Duration;
use platform::execute;
use reqwest::Method;
use serde_json::json;

const LEADS: &str =
    "Lead ID,Customer Name,Email,Phone,City,State,Zip,Service Type,Timeline,Status,Category,Price,Score,Created At,Assigned At";
const CONTRACTORS: &str = "Contractor ID,Business Name,Email,Phone,Service Zip Codes,Status,Approved,Total Leads,Conversion Rate,Customer Rating,Total Revenue,Created At";
const BILLING: &str = "Billing ID,Date Incurred,Contractor,Contractor Email,Customer Name,Phone,City,State,Service Type,Amount,Status,Invoice Number,Invoiced At,Paid At";

/// The lines of a file.
async fn lines(server: &Server, what: &str) -> Vec<String> {
    let reply = server.admin(Method::GET, &format!("/api/admin/export/{what}"), None).await.expect(200);
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    let name = what.split('?').next().expect("a name");
    let today = server.ctx.now().format("%Y-%m-%d");
    assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"{name}-{today}.csv\""));
    assert!(reply.text.ends_with("\r\n"), "RFC 4180");
    reply.text.split_terminator("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn the_files_are_as_documented() {
    for server in servers().await {
        let (contractor, _) = server.contractor("contractor@example.com", json!({})).await;
        let (lead, record) = server.charge(&json!({})).await;
        server.submit(&json!({ "customerZip": "99999", "customerEmail": null, "customerCity": null })).await.expect(404);
        let found = lines(&server, "leads?status=qualified").await;
        let row = format!(
            "{lead},John Smith,john@example.com,5551234567,Beverly Hills,CA,90210,ac_repair,within_24_hours,qualified,PLATINUM,250.00,150,\
             2025-10-05T12:00:00.000Z,2025-10-05T12:00:00.000Z"
        );
        assert_eq!(found, [LEADS.to_owned(), row], "on {}", server.db.name());
        let waiting = lines(&server, "leads?status=pending_assignment").await;
        let rest =
            ",John Smith,,5551234567,,CA,99999,ac_repair,within_24_hours,pending_assignment,GOLD,175.00,120,2025-10-05T12:00:00.000Z,";
        assert!(waiting[1].ends_with(rest), "{}", waiting[1]);

        let found = lines(&server, "contractors").await;
        let row = format!(
            "{contractor},HVAC Pros,contractor@example.com,5559876543,\"90210,90211\",active,true,1,100.0,,250.00,2025-10-05T12:00:00.000Z"
        );
        assert_eq!(found, [CONTRACTORS.to_owned(), row]);

        let pending = format!(
            "{record},2025-10-05T12:00:00.000Z,HVAC Pros,contractor@example.com,John Smith,5551234567,Beverly Hills,CA,ac_repair,250.00,pending,,,"
        );
        assert_eq!(lines(&server, "billing").await, [BILLING.to_owned(), pending.clone()]);
        for (hours, status) in [(12, "invoiced"), (111, "paid")] {
            server.db.advance(Duration::hours(hours));
            server.admin(Method::PUT, &format!("/api/admin/billing/{record}"), Some(&json!({ "status": status }))).await.expect(200);
        }
        let paid = pending.replace("pending,,,", "paid,INV-2025-001,2025-10-06T00:00:00.000Z,2025-10-10T15:00:00.000Z");
        assert_eq!(lines(&server, "billing").await, [BILLING.to_owned(), paid]);
    }
}

#[tokio::test]
async fn the_filters_choose_and_wrong_ones_are_refused() {
    for server in servers().await {
        let (first, _) = server.contractor("contractor@example.com", json!({})).await;
        server.charge(&json!({})).await;
        server.submit(&json!({ "customerZip": "99999" })).await.expect(404);
        server.db.advance(Duration::days(1));
        server.charge(&json!({ "customerPhone": "5551234568" })).await;
        for (what, count) in [
            ("leads".to_owned(), 3),
            ("leads?category=PLATINUM".to_owned(), 2),
            ("leads?category=NURTURE".to_owned(), 0),
            ("leads?status=qualified&startDate=2025-10-06".to_owned(), 1),
            ("leads?endDate=2025-10-05".to_owned(), 2),
            ("billing".to_owned(), 2),
            ("billing?status=pending".to_owned(), 2),
            ("billing?status=paid".to_owned(), 0),
            ("billing?startDate=2025-10-06&endDate=2025-10-06".to_owned(), 1),
            (format!("billing?contractorId={first}"), 2),
            ("billing?contractorId=nobody".to_owned(), 0),
            ("contractors?work=ac_repair&accepting=true".to_owned(), 1),
            ("contractors?accepting=false".to_owned(), 0),
            ("billing?q=hvac".to_owned(), 2),
            ("billing?q=john%20smi".to_owned(), 2),
            ("billing?q=inv-2025".to_owned(), 0),
        ] {
            assert_eq!(lines(&server, &what).await.len() - 1, count, "{what} on {}", server.db.name());
        }
        for (what, said) in [
            ("leads?status=won", "status must be one of"),
            ("leads?category=platinum", "category must be one of"),
            ("leads?startDate=x", "startDate must be an ISO date"),
            ("leads?startDate=2025-10-06&endDate=2025-10-05", "endDate must not be before startDate"),
            ("billing?status=void", "status must be one of"),
            ("billing?contractorId=%00", "contractorId"),
            ("disputes?status=won", "status must be one of"),
            ("contractors?work=magic", "work must be one of"),
        ] {
            let reply = server.admin(Method::GET, &format!("/api/admin/export/{what}"), None).await;
            reply.refused(400, "Validation failed", said);
        }
    }
}

#[tokio::test]
async fn the_disputes_are_a_file_too() {
    for server in servers().await {
        let (_, token) = server.contractor("contractor@example.com", json!({})).await;
        let (_, record) = server.charge(&json!({})).await;
        let contested = json!({ "reason": "wrong_info", "description": "=1+1" });
        let path = format!("/api/contractors/billing/{record}/dispute");
        let dispute = server.with(&token, Method::POST, &path, Some(&contested)).await.expect(201).json();
        let id = dispute["dispute"]["id"].as_str().expect("an id");
        let columns = "Dispute ID,Submitted At,Contractor,Contractor Email,Customer Name,Phone,Reason,Description,Status,Resolution,Charge,\
                       Credit,Notes,Resolved At";
        let row = format!(
            "{id},2025-10-05T12:00:00.000Z,HVAC Pros,contractor@example.com,John Smith,5551234567,wrong_info,'=1+1,pending,,250.00,,,"
        );
        assert_eq!(lines(&server, "disputes").await, [columns.to_owned(), row], "on {}", server.db.name());
        assert_eq!(lines(&server, "disputes?status=denied").await, [columns]);
        assert_eq!(lines(&server, "disputes?q=smith&contractorId=nobody").await, [columns]);
    }
}

#[tokio::test]
async fn the_audit_log_is_a_file_too() {
    for server in servers().await {
        let (id, _) = server.contractor("contractor@example.com", json!({})).await;
        let found = lines(&server, &format!("audit?subject={id}&action=contractor_approved")).await;
        assert_eq!(found[0], "Entry ID,Date,By,Action,About,Details");
        assert!(found.len() == 2 && found[1].contains(&format!(",contractor_approved,{id},")), "on {}: {found:?}", server.db.name());
        assert_eq!(lines(&server, "audit?subject=hvac%20p&action=contractor_approved").await, found, "by the beginning of the name");
        assert_eq!(lines(&server, "audit?endDate=2000-01-01").await.len(), 1);
    }
}

#[tokio::test]
async fn a_contractor_downloads_their_own_lists() {
    for server in servers().await {
        let (owner, owners) = server.contractor("contractor@example.com", json!({})).await;
        let (_, record) = server.charge(&json!({})).await;
        let contested = json!({ "reason": "wrong_info", "description": "Not at home" });
        let path = format!("/api/contractors/billing/{record}/dispute");
        server.with(&owners, Method::POST, &path, Some(&contested)).await.expect(201);
        let (_, others) = server.contractor("other@example.com", json!({ "businessName": "Other" })).await;
        for what in ["leads", "billing", "disputes"] {
            for (token, count) in [(&owners, 1), (&others, 0)] {
                let path = format!("/api/contractors/export/{what}?contractorId={owner}");
                let reply = server.with(token, Method::GET, &path, None).await.expect(200);
                assert_eq!(reply.text.lines().count() - 1, count, "{what} on {}", server.db.name());
            }
            server.with(&owners, Method::GET, &format!("/api/admin/export/{what}"), None).await.expect(403);
        }
    }
}

#[tokio::test]
async fn what_people_typed_is_no_formula() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({ "businessName": "=HYPERLINK(\"http://evil\")" })).await;
        let typed = json!({ "customerFirstName": "+1", "customerLastName": "Smith, \"Jo\"", "customerCity": "@home" });
        server.charge(&typed).await;
        let lead = lines(&server, "leads").await.remove(1);
        assert!(lead.contains(",\"'+1 Smith, \"\"Jo\"\"\",john@example.com,5551234567,'@home,CA,"), "{lead}");
        let contractor = lines(&server, "contractors").await.remove(1);
        assert!(contractor.contains(",\"'=HYPERLINK(\"\"http://evil\"\")\","), "{contractor}");
        let billing = lines(&server, "billing").await.remove(1);
        assert!(billing.contains("'@home,CA,ac_repair,250.00,") && billing.contains(",\"'=HYPERLINK("), "{billing}");
    }
}

/// Several parts: every row once, newest first, also where a part ends among rows of one moment.
#[tokio::test]
async fn a_list_of_many_parts_is_whole() {
    for server in servers().await {
        let mut tx = server.ctx.begin().await.expect("a transaction");
        for n in 0..2_500_i64 {
            execute!(
                tx,
                "insert into leads (id, customer_first_name, customer_last_name, customer_phone, customer_zip, service_type, timeline,
                   budget_range, property_type, status, score, category, price_cents, weights_version, factors, created_at, created_day)
                 values ($1, 'A', 'B', '+15551234567', '90210', 'ac_repair', 'flexible', '100', 'residential', 'pending_assignment', 60,
                   'BRONZE', 8500, 1, '[]', $2, '2025-10-05')",
                format!("lead-{n:05}"),
                server.ctx.now() - Duration::seconds(n / 700),
            )
            .expect("inserted");
        }
        tx.commit().await.expect("committed");
        let all = lines(&server, "leads").await;
        let mut ids: Vec<&str> = all[1..].iter().map(|line| line.split(',').next().expect("an id")).collect();
        assert_eq!((ids.len(), ids[0]), (2_500, "lead-00699"), "on {}", server.db.name());
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 2_500, "every row once");
        assert_eq!(lines(&server, "leads?status=pending_assignment&startDate=2025-10-05T12:00:00Z").await.len(), 701);
    }
}
