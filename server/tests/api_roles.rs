//! Which role may call what of the admin portal: every server function and every route of the admin, for each role. Whoever
//! adds one without a row here fails, and whoever forgets to ask for the permission fails, too.

use crate::common::{Server, send, server_with};
use kernel::{Permission, StaffRole};
use leads::staff::{NewStaff, invite};
use leptos::server_fn::axum::server_fn_paths;
use platform::auth::{self, Audience, Caller};
use reqwest::Method;
use serde_json::{Value, json};

/// Who may call a server function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Anyone,
    /// Whoever is signed in, about their own account.
    Oneself,
    Contractor,
    /// Members of staff whose role has the permission.
    Staff(Permission),
}

use Permission::{Billing, Contractors, Disputes, Leads, Settings, View};

/// An empty form with files.
const FILES: &str = "--x--\r\n";

/// Each server function, with a form that it can read.
const FUNCTIONS: &[(&str, Who, &str)] = &[
    ("admin_change_bill", Who::Staff(Billing), "id=none&change[status]=invoiced"),
    ("admin_pay_bills", Who::Staff(Billing), "ids[0]=none"),
    ("admin_run_invoices", Who::Staff(Billing), ""),
    ("admin_preview_invoices", Who::Staff(View), ""),
    ("admin_invoice_runs", Who::Staff(View), ""),
    ("admin_ledger", Who::Staff(View), "offset=0"),
    ("admin_trial_balance", Who::Staff(View), ""),
    ("admin_statement", Who::Staff(View), "contractor_id=none&offset=0"),
    ("admin_account", Who::Staff(View), "contractor_id=none"),
    ("admin_pay_out", Who::Staff(Billing), "contractor_id=none&payout[amount]=1&payout[reference]=none"),
    ("admin_unmatched_calls", Who::Staff(View), "offset=0"),
    ("admin_billing", Who::Staff(View), "offset=0"),
    ("admin_billing_summary", Who::Staff(View), ""),
    ("admin_numbers", Who::Staff(View), "offset=0"),
    ("admin_number_pool", Who::Staff(View), ""),
    ("admin_add_numbers", Who::Staff(Leads), "new[phoneNumbers]=5550001111"),
    ("admin_find", Who::Staff(View), "words=smith"),
    ("admin_jobs", Who::Staff(View), "offset=0"),
    ("admin_retry_job", Who::Staff(Settings), "id=none"),
    ("admin_discard_job", Who::Staff(Settings), "id=none"),
    ("admin_work_on_jobs", Who::Staff(Settings), "ids[0]=none&act=retry"),
    ("admin_webhooks", Who::Staff(View), "offset=0"),
    ("admin_webhook_kinds", Who::Staff(View), ""),
    ("admin_webhook", Who::Staff(View), "id=none"),
    ("admin_replay_webhook", Who::Staff(Settings), "id=none"),
    ("admin_scoring", Who::Staff(View), ""),
    ("admin_save_scoring", Who::Staff(Settings), "draft[note]=x"),
    ("admin_discard_scoring", Who::Staff(Settings), ""),
    ("admin_publish_scoring", Who::Staff(Settings), "etag=none"),
    ("admin_try_scoring", Who::Staff(View), ""),
    ("admin_sources", Who::Staff(View), "offset=0"),
    ("admin_create_source", Who::Staff(Settings), "name=Example"),
    ("admin_replace_key", Who::Staff(Settings), "id=none"),
    ("admin_close_source", Who::Staff(Settings), "id=none"),
    ("admin_new_key", Who::Staff(View), ""),
    ("admin_backups", Who::Staff(View), ""),
    ("admin_back_up", Who::Staff(Settings), ""),
    ("admin_audit", Who::Staff(View), "offset=0"),
    ("admin_audit_words", Who::Staff(View), ""),
    ("admin_settings", Who::Staff(View), ""),
    ("admin_simulator", Who::Staff(View), ""),
    ("admin_played_call", Who::Staff(View), ""),
    ("admin_play_call", Who::Staff(Leads), "call[outcome]=ringing"),
    ("admin_lead", Who::Staff(View), "id=none"),
    ("admin_dashboard", Who::Staff(View), ""),
    ("admin_leads", Who::Staff(View), "offset=0"),
    ("admin_contractor_names", Who::Staff(View), ""),
    ("admin_assign_leads", Who::Staff(Leads), "ids[0]=none"),
    ("admin_assigned_leads", Who::Staff(View), "ids=none"),
    ("admin_reassign_lead", Who::Staff(Leads), "id=none"),
    ("admin_merge_leads", Who::Staff(Leads), "id=none&other=none"),
    ("admin_disputes", Who::Staff(View), "offset=0"),
    ("admin_dispute", Who::Staff(View), "contractor_id=none&id=none"),
    ("admin_review_dispute", Who::Staff(Disputes), "id=none"),
    ("admin_review_disputes", Who::Staff(Disputes), "ids[0]=none"),
    ("admin_resolve_dispute", Who::Staff(Disputes), "id=none&decision[resolution]=denied"),
    ("admin_bounced", Who::Staff(View), "offset=0"),
    ("admin_lift_bounce", Who::Staff(Contractors), "emails[0]=none@example.com"),
    ("admin_restore_bounce", Who::Staff(Contractors), "emails[0]=none@example.com"),
    ("admin_contractors", Who::Staff(View), "offset=0"),
    ("admin_pending_contractors", Who::Staff(View), ""),
    ("admin_approve_contractor", Who::Staff(Contractors), "id=none"),
    ("admin_approve_contractors", Who::Staff(Contractors), "ids[0]=none"),
    ("admin_contractor", Who::Staff(View), "id=none"),
    ("admin_suspend_contractor", Who::Staff(Contractors), "id=none&suspend=true"),
    ("admin_reject_contractor", Who::Staff(Contractors), "id=none&reason=x"),
    ("admin_contractor_share", Who::Staff(Contractors), "id=none&share[weight]=1"),
    ("admin_staff", Who::Staff(Settings), "offset=0"),
    ("admin_staff_member", Who::Staff(Settings), "id=none"),
    ("admin_invite_staff", Who::Staff(Settings), "new[name]=x"),
    ("admin_send_invitation", Who::Staff(Settings), "id=none"),
    ("admin_staff_role", Who::Staff(Settings), "id=none&role=owner"),
    ("admin_staff_access", Who::Staff(Settings), "id=none&active=false"),
    ("admin_two_factor", Who::Staff(View), "id=none"),
    ("admin_reset_two_factor", Who::Staff(Contractors), "id=none"),
    ("contractor_find", Who::Contractor, "words=smith"),
    ("contractor_lead", Who::Contractor, "id=none"),
    ("contractor_lead_status", Who::Contractor, "id=none&status=contacted"),
    ("contractor_save_note", Who::Contractor, "lead_id=none&body=x"),
    ("contractor_delete_note", Who::Contractor, "lead_id=none&note_id=none"),
    ("contractor_dashboard", Who::Contractor, ""),
    ("contractor_billing", Who::Contractor, "offset=0"),
    ("contractor_billing_account", Who::Contractor, ""),
    ("contractor_pay", Who::Contractor, ""),
    ("contractor_cards", Who::Contractor, ""),
    ("contractor_default_card", Who::Contractor, "id=none"),
    ("contractor_remove_card", Who::Contractor, "id=none"),
    ("contractor_statement", Who::Contractor, "offset=0"),
    ("contractor_disputes", Who::Contractor, "offset=0"),
    ("contractor_dispute", Who::Contractor, FILES),
    ("contractor_add_evidence", Who::Contractor, FILES),
    ("contractor_remove_evidence", Who::Contractor, "id=none"),
    ("contractor_leads", Who::Contractor, "offset=0"),
    ("contractor_profile", Who::Contractor, ""),
    ("contractor_pause", Who::Contractor, "until="),
    ("contractor_resume", Who::Contractor, ""),
    ("contractor_business", Who::Contractor, "business[businessName]=x"),
    ("contractor_add_zips", Who::Contractor, "zips=90210"),
    ("contractor_remove_zip", Who::Contractor, "zip=90210"),
    ("contractor_work", Who::Contractor, "specializations[0]=ac_repair"),
    ("contractor_hours", Who::Contractor, "hours[works]=any"),
    ("contractor_performance", Who::Contractor, ""),
    ("contractor_notifications", Who::Contractor, ""),
    ("contractor_save_notifications", Who::Contractor, "choices[on][0]="),
    ("contractor_push_subscribe", Who::Contractor, "endpoint=x&p256dh=x&auth=x"),
    ("contractor_push_unsubscribe", Who::Contractor, "id=none"),
    ("saved_views", Who::Oneself, "page=leads"),
    ("save_view", Who::Oneself, "page=leads&name=Mine"),
    ("rename_view", Who::Oneself, "id=none&name=Mine"),
    ("delete_view", Who::Oneself, "id=none"),
    ("account_security", Who::Oneself, ""),
    ("account_change_password", Who::Oneself, ""),
    ("account_start_two_factor", Who::Oneself, ""),
    ("account_cancel_two_factor", Who::Oneself, ""),
    ("account_confirm_two_factor", Who::Oneself, ""),
    ("account_switch_off_two_factor", Who::Oneself, ""),
    ("account_sign_out_there", Who::Oneself, ""),
    ("account_sign_out_others", Who::Oneself, ""),
    ("who_am_i", Who::Anyone, ""),
    ("sign_in", Who::Anyone, ""),
    ("sign_in_code", Who::Anyone, ""),
    ("sign_out", Who::Anyone, ""),
    ("feedback_form", Who::Anyone, ""),
    ("give_feedback", Who::Anyone, ""),
    ("submit_lead", Who::Anyone, ""),
    ("follow_request", Who::Anyone, ""),
    ("place_of", Who::Anyone, ""),
    ("service_area", Who::Anyone, ""),
    ("imprint", Who::Anyone, ""),
    ("privacy", Who::Anyone, ""),
    ("register", Who::Anyone, ""),
    ("request_password_reset", Who::Anyone, ""),
    ("set_password", Who::Anyone, ""),
];

/// A token of a member of staff with each role, and of a contractor.
async fn tokens(server: &Server) -> (Vec<(StaffRole, String)>, String) {
    let admin = Caller::Admin { name: "admin".into() };
    let mut tokens = Vec::new();
    for role in StaffRole::ALL {
        let email = format!("{role}@example.com");
        let new = NewStaff { name: Some(role.label().into()), email: Some(email), role: Some(role.to_string()) };
        let person = invite(&server.ctx, &admin, &new).await.expect("invited");
        let token = auth::issue(&server.ctx, Audience::Admin, &person.id, chrono::Duration::hours(1)).expect("a token");
        tokens.push((*role, token));
    }
    (tokens, server.contractor("contractor@example.com", json!({})).await.1)
}

/// `/rpc/admin_jobs1234` → `admin_jobs`.
fn name_of(path: &str) -> &str {
    path.trim_start_matches("/rpc/").trim_end_matches(|c: char| c.is_ascii_digit())
}

#[tokio::test]
async fn every_server_function_is_open_to_the_roles_of_the_table_and_to_nobody_else() {
    let server = server_with(|s| s.rate_limits = false).await;
    let paths: Vec<&str> = server_fn_paths().map(|(path, _)| path).collect();
    let mut there: Vec<&str> = paths.iter().map(|path| name_of(path)).collect();
    let mut listed: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    there.sort_unstable();
    listed.sort_unstable();
    assert_eq!(there, listed, "a server function is missing in the table, or gone");

    let (staff, contractor) = tokens(&server).await;
    for (name, who, form) in FUNCTIONS {
        let path = paths.iter().find(|path| name_of(path) == *name).expect("listed above");
        let status = async |token: Option<&str>| {
            let kind = if *form == FILES { "multipart/form-data; boundary=x" } else { "application/x-www-form-urlencoded" };
            let request = server.request(Method::POST, path).header("content-type", kind);
            let request = request.body(form.replace('[', "%5B").replace(']', "%5D"));
            let request = match token {
                Some(token) => request.header("cookie", format!("plumbline_session={token}")),
                None => request,
            };
            send(request).await.status
        };
        let (nobody, theirs) = match who {
            Who::Anyone => continue,
            Who::Oneself => {
                // Some miss a part of their form first.
                let status = status(None).await;
                assert!(matches!(status, 400 | 401), "{name} for nobody: {status}");
                continue;
            }
            Who::Contractor => (status(None).await, false),
            Who::Staff(_) => (status(None).await, status(Some(contractor.as_str())).await != 403),
        };
        assert_eq!((nobody, theirs), (401, false), "{name} for nobody, and for a contractor");
        for (role, token) in &staff {
            let status = status(Some(token.as_str())).await;
            let may = matches!(who, Who::Staff(permission) if role.may(*permission));
            assert_eq!(status != 403, may, "{name} for {role}: {status}");
            assert!(status < 500 && status != 401, "{name} for {role}: {status}");
        }
    }
}

/// Each route of the admin, with what it needs. Those with a body have one that they can read below.
const ROUTES: &[(&str, &str, Permission)] = &[
    ("get", "/api/admin/dashboard", View),
    ("get", "/api/admin/leads", View),
    ("get", "/api/admin/contractors", View),
    ("post", "/api/admin/contractors/{contractorId}/approve", Contractors),
    ("post", "/api/admin/contractors/{contractorId}/suspend", Contractors),
    ("post", "/api/admin/contractors/{contractorId}/reactivate", Contractors),
    ("post", "/api/admin/contractors/{contractorId}/refund", Billing),
    ("get", "/api/admin/scoring", View),
    ("put", "/api/admin/scoring/draft", Settings),
    ("delete", "/api/admin/scoring/draft", Settings),
    ("post", "/api/admin/scoring/draft/what-if", View),
    ("post", "/api/admin/scoring/draft/publish", Settings),
    ("get", "/api/admin/backup-status", View),
    ("get", "/api/admin/tracking-numbers", View),
    ("post", "/api/admin/tracking-numbers", Leads),
    ("get", "/api/admin/lead-sources", View),
    ("post", "/api/admin/lead-sources", Settings),
    ("delete", "/api/admin/lead-sources/{sourceId}", Settings),
    ("get", "/api/admin/bounced-emails", View),
    ("delete", "/api/admin/bounced-emails/{email}", Contractors),
    ("get", "/api/admin/webhooks", View),
    ("get", "/api/admin/webhooks/{webhookId}", View),
    ("post", "/api/admin/webhooks/{webhookId}/replay", Settings),
    ("get", "/api/admin/jobs", View),
    ("post", "/api/admin/jobs/{jobId}/retry", Settings),
    ("delete", "/api/admin/jobs/{jobId}", Settings),
    ("get", "/api/admin/billing", View),
    ("put", "/api/admin/billing/{recordId}", Billing),
    ("post", "/api/admin/billing/invoice-run", Billing),
    ("get", "/api/admin/disputes", View),
    ("post", "/api/admin/disputes/{disputeId}/review", Disputes),
    ("post", "/api/admin/disputes/{disputeId}/resolve", Disputes),
    ("get", "/api/admin/export/leads", Leads),
    ("get", "/api/admin/export/contractors", Contractors),
    ("get", "/api/admin/export/billing", Billing),
    ("get", "/api/admin/export/disputes", Disputes),
    ("get", "/api/admin/export/ledger", Billing),
    ("get", "/api/admin/export/audit", View),
];

/// A body that a route can read.
fn body_of(path: &str) -> Value {
    match path {
        "/api/admin/scoring/draft" => crate::api_scoring::documented(),
        "/api/admin/scoring/draft/publish" => json!({ "etag": "none" }),
        "/api/admin/tracking-numbers" => json!({ "phoneNumbers": ["5550001111"] }),
        "/api/admin/lead-sources" => json!({ "name": "Example Homes" }),
        path if path.ends_with("/refund") => json!({ "amount": 1.0, "reference": "none" }),
        path if path.ends_with("/resolve") => json!({ "resolution": "denied" }),
        _ => json!({ "status": "invoiced" }),
    }
}

#[tokio::test]
async fn every_route_of_the_admin_is_open_to_the_roles_of_the_table_and_to_nobody_else() {
    let server = server_with(|s| s.rate_limits = false).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    let mut documented = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if operation["security"][0].get("admin").is_some() {
                documented.push((method.as_str(), path.as_str()));
            }
        }
    }
    let mut listed: Vec<(&str, &str)> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    documented.sort_unstable();
    listed.sort_unstable();
    assert_eq!(documented, listed, "a route of the admin is missing in the table, or gone");

    let (staff, contractor) = tokens(&server).await;
    for (method, path, permission) in ROUTES {
        let filled: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect();
        let status = async |token: &str| {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let body = (method != Method::GET).then(|| body_of(path));
            server.with(token, method, &filled.join("/"), body.as_ref()).await.status
        };
        assert_eq!(status(&contractor).await, 403, "{method} {path} for a contractor");
        for (role, token) in &staff {
            let status = status(token).await;
            assert_eq!(status != 403, role.may(*permission), "{method} {path} for {role}: {status}");
            assert!(status < 500 && status != 401, "{method} {path} for {role}: {status}");
        }
    }
}

/// What pages link to, with the session's cookie alone.
#[tokio::test]
async fn the_links_of_pages_open_for_the_roles_that_may_follow_them() {
    let server = server_with(|s| s.rate_limits = false).await;
    let (staff, contractor) = tokens(&server).await;
    let status = async |path: &str, token: &str| {
        send(server.request(Method::GET, path).header("cookie", format!("plumbline_session={token}"))).await.status
    };
    let exports = [("leads", Leads), ("contractors", Contractors), ("billing", Billing), ("ledger", Billing)];
    for (role, token) in &staff {
        for (name, permission) in exports {
            let expected = if role.may(permission) { 200 } else { 403 };
            assert_eq!(status(&format!("/api/admin/export/{name}"), token).await, expected, "{name} for {role}");
        }
        for path in ["/api/invoices/none", "/api/evidence/none"] {
            assert_eq!(status(path, token).await, 404, "{path} for {role}");
        }
    }
    for (name, _) in exports {
        assert_eq!(status(&format!("/api/admin/export/{name}"), &contractor).await, 403, "{name} for a contractor");
    }
}
