//! Every operation of the OpenAPI document: who may call it, that it is described in full, and that nothing makes it fail.

use crate::api_downloads::{PNG, dispute};
use crate::api_payments::owing;
use crate::common::{ADMIN_PASSWORD, Server, lead_body, send, server_with, servers_with};
use platform::auth::{self, Audience};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Anyone,
    Contractor,
    Admin,
    Signed,
    /// A contractor or an administrator.
    Viewer,
    /// With a lead source's key.
    Source,
    /// With the cron secret.
    Cron,
}

const ACCESS: &[(&str, &str, Access)] = &[
    ("get", "/health", Access::Anyone),
    ("post", "/api/leads/submit", Access::Anyone),
    ("post", "/api/contractors/register", Access::Anyone),
    ("get", "/api/leads/{leadId}/status", Access::Source),
    ("post", "/api/contractors/login", Access::Anyone),
    ("get", "/api/contractors/dashboard", Access::Contractor),
    ("get", "/api/contractors/leads", Access::Contractor),
    ("get", "/api/contractors/leads/{leadId}", Access::Contractor),
    ("put", "/api/contractors/leads/{leadId}/status", Access::Contractor),
    ("put", "/api/contractors/profile", Access::Contractor),
    ("put", "/api/contractors/password", Access::Contractor),
    ("get", "/api/admin/dashboard", Access::Admin),
    ("get", "/api/admin/leads", Access::Admin),
    ("get", "/api/admin/contractors", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/approve", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/suspend", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/reactivate", Access::Admin),
    ("get", "/api/admin/scoring", Access::Admin),
    ("put", "/api/admin/scoring/draft", Access::Admin),
    ("delete", "/api/admin/scoring/draft", Access::Admin),
    ("post", "/api/admin/scoring/draft/what-if", Access::Admin),
    ("post", "/api/admin/scoring/draft/publish", Access::Admin),
    ("get", "/api/admin/backup-status", Access::Admin),
    ("get", "/api/admin/tracking-numbers", Access::Admin),
    ("post", "/api/admin/tracking-numbers", Access::Admin),
    ("get", "/api/admin/lead-sources", Access::Admin),
    ("post", "/api/admin/lead-sources", Access::Admin),
    ("delete", "/api/admin/lead-sources/{sourceId}", Access::Admin),
    ("post", "/api/cron/recycle-numbers", Access::Cron),
    ("post", "/api/cron/send-feedback-emails", Access::Cron),
    ("post", "/api/contractors/billing/pay", Access::Contractor),
    ("get", "/api/contractors/payments", Access::Contractor),
    ("get", "/api/admin/bounced-emails", Access::Admin),
    ("delete", "/api/admin/bounced-emails/{email}", Access::Admin),
    ("get", "/api/admin/webhooks", Access::Admin),
    ("get", "/api/admin/webhooks/{webhookId}", Access::Admin),
    ("post", "/api/admin/webhooks/{webhookId}/replay", Access::Admin),
    ("get", "/api/admin/jobs", Access::Admin),
    ("post", "/api/admin/jobs/{jobId}/retry", Access::Admin),
    ("delete", "/api/admin/jobs/{jobId}", Access::Admin),
    ("get", "/api/contractors/billing", Access::Contractor),
    ("post", "/api/contractors/billing/{recordId}/dispute", Access::Contractor),
    ("get", "/api/contractors/disputes", Access::Contractor),
    ("get", "/api/feedback/{token}", Access::Anyone),
    ("post", "/api/feedback/{token}", Access::Anyone),
    ("get", "/api/admin/billing", Access::Admin),
    ("put", "/api/admin/billing/{recordId}", Access::Admin),
    ("post", "/api/admin/billing/invoice-run", Access::Admin),
    ("post", "/api/admin/contractors/{contractorId}/refund", Access::Admin),
    ("get", "/api/admin/disputes", Access::Admin),
    ("post", "/api/admin/disputes/{disputeId}/review", Access::Admin),
    ("post", "/api/admin/disputes/{disputeId}/resolve", Access::Admin),
    ("get", "/api/admin/export/leads", Access::Admin),
    ("get", "/api/admin/export/contractors", Access::Admin),
    ("get", "/api/admin/export/billing", Access::Admin),
    ("get", "/api/admin/export/disputes", Access::Admin),
    ("get", "/api/admin/export/ledger", Access::Admin),
    ("get", "/api/admin/export/audit", Access::Admin),
    ("get", "/api/contractors/export/leads", Access::Viewer),
    ("get", "/api/contractors/export/billing", Access::Viewer),
    ("get", "/api/contractors/export/disputes", Access::Viewer),
    ("get", "/api/invoices/{recordId}", Access::Viewer),
    ("get", "/api/evidence/{evidenceId}", Access::Viewer),
    ("post", "/api/webhooks/twilio/call-status", Access::Signed),
    ("post", "/api/webhooks/twilio/sms-status", Access::Signed),
    ("post", "/api/webhooks/stripe", Access::Signed),
    ("post", "/api/webhooks/sendgrid", Access::Signed),
    // The last one, because it ends the token that the others are tried with.
    ("post", "/api/contractors/logout", Access::Contractor),
];

/// Every documented operation, with the security that it declares.
fn operations(document: &Value) -> BTreeMap<(String, String), Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            all.insert((path.clone(), method.clone()), operation.clone());
        }
    }
    all
}

#[tokio::test]
async fn every_operation_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let server = server_with(|s| s.rate_limits = false).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    let mut documented: Vec<_> = operations(&document).into_keys().collect();
    let mut expected: Vec<_> = ACCESS.iter().map(|(method, path, _)| ((*path).to_owned(), (*method).to_owned())).collect();
    documented.sort();
    expected.sort();
    assert_eq!(documented, expected, "an operation is missing in the table of access, or in the document");

    let (id, token) = server.contractor("contractor@example.com", json!({})).await;
    let suspended = auth::issue(&server.ctx, Audience::Customer, &id, chrono::Duration::hours(1)).expect("a token");
    for &(method, path, access) in ACCESS {
        let declared = &operations(&document)[&(path.to_owned(), method.to_owned())]["security"];
        let scheme = declared[0].as_object().and_then(|s| s.keys().next().cloned());
        let wanted = match access {
            Access::Anyone => None,
            Access::Contractor | Access::Viewer => Some("contractor"),
            Access::Admin => Some("admin"),
            Access::Signed => path.split('/').nth(3),
            Access::Source => Some("source"),
            Access::Cron => Some("cron"),
        };
        assert_eq!(scheme.as_deref(), wanted, "{method} {path} in the document");
        let status = async |who: &str| {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect();
            let path = path.join("/");
            let request = server.request(method.clone(), &path);
            let request = match who {
                "contractor" => request.bearer_auth(&token),
                "stranger" => request.bearer_auth(&suspended),
                "admin" => request.basic_auth("admin", Some(ADMIN_PASSWORD)),
                _ => request,
            };
            let request = if method == Method::GET { request } else { request.json(&json!({ "status": "contacted" })) };
            send(request).await.status
        };
        let seen = (status("nobody").await, status("contractor").await, status("stranger").await, status("admin").await);
        let open = |code: u16| ![401, 403].contains(&code) && code < 500;
        match access {
            Access::Anyone => assert!(open(seen.0) && open(seen.1), "{method} {path}: {seen:?}"),
            Access::Contractor => {
                assert!(seen.0 == 401 && open(seen.1) && seen.2 == 403 && seen.3 == 401, "{method} {path}: {seen:?}");
            }
            Access::Admin => assert!(seen.0 == 401 && seen.1 == 403 && seen.2 == 403 && open(seen.3), "{method} {path}: {seen:?}"),
            Access::Viewer => {
                assert!(seen.0 == 401 && open(seen.1) && seen.2 == 403 && open(seen.3), "{method} {path}: {seen:?}");
            }
            Access::Source | Access::Cron => assert_eq!(seen, (401, 401, 401, 401), "{method} {path}"),
            // A JSON body is no form: nothing gets as far as the signature.
            Access::Signed => assert!([400, 403].contains(&seen.0) && [400, 403].contains(&seen.3), "{method} {path}: {seen:?}"),
        }
    }
}

/// The table above asks for things that do not exist. Here they exist, and belong to another contractor or lead source.
#[tokio::test]
async fn what_is_anothers_is_not_found() {
    for server in servers_with(|s| s.rate_limits = false).await {
        let new_source = async |name: &str| {
            let made = server.admin(Method::POST, "/api/admin/lead-sources", Some(&json!({ "name": name }))).await.expect(201).json();
            made["key"].as_str().expect("a key").to_owned()
        };
        let (source, other_source) = (new_source("One").await, new_source("Two").await);
        let (owner, records) = owing(&server, "owner@example.com", 3).await;
        dispute(&server, &owner, &records[0], &[("photo.png", PNG)]).await.expect(200);
        let evidence = server.texts("select id from dispute_evidence").await.remove(0);
        let change = json!({ "status": "invoiced" });
        server.admin(Method::PUT, &format!("/api/admin/billing/{}", records[1]), Some(&change)).await.expect(200);
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let sourced =
            server.with(&source, Method::POST, "/api/leads/submit", Some(&lead_body())).await.expect(201).json()["leadId"].clone();
        let sourced = sourced.as_str().expect("an id").to_owned();
        let (_, other) = server.contractor("other@example.com", json!({})).await;
        let owned = BTreeMap::from([
            ("/api/leads/{leadId}/status", &sourced),
            ("/api/contractors/leads/{leadId}", &lead),
            ("/api/contractors/leads/{leadId}/status", &lead),
            ("/api/contractors/billing/{recordId}/dispute", &records[2]),
            ("/api/invoices/{recordId}", &records[1]),
            ("/api/evidence/{evidenceId}", &evidence),
        ]);
        for &(method, path, access) in ACCESS {
            let (owner, other) = match access {
                Access::Contractor | Access::Viewer => (&owner, &other),
                Access::Source => (&source, &other_source),
                _ => continue,
            };
            if !path.contains('{') {
                continue;
            }
            let id = owned.get(path).unwrap_or_else(|| panic!("{path} is missing in the table of what the owner has"));
            let real: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part }).collect();
            let asked = async |token: &str| {
                let method: Method = method.to_uppercase().parse().expect("a method");
                let body = (method != Method::GET).then(|| json!({ "status": "contacted", "reason": "duplicate" }));
                server.with(token, method, &real.join("/"), body.as_ref()).await
            };
            assert_eq!(asked(other).await.status, 404, "{method} {path} on {}", server.db.name());
            // It was there, and the request was in order.
            let reply = asked(owner).await;
            assert!((200..300).contains(&reply.status), "{method} {path} on {}: {} {}", server.db.name(), reply.status, reply.text);
        }
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let server = server_with(|_| {}).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
    assert_eq!(document, server::api::openapi::document());
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(schemas.contains_key(name), "{name} is referred to, and missing");
    }
    let mut ids = Vec::new();
    for ((path, method), operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(["500", "503"].iter().all(|status| responses.contains_key(*status)), "{method} {path}");
        assert!(responses.keys().any(|k| k.starts_with('2')), "{method} {path}");
        for parameter in path.split('{').skip(1).map(|p| p.split('}').next().expect("a name")) {
            let described =
                operation["parameters"].as_array().expect("parameters").iter().any(|p| p["name"] == parameter && p["in"] == "path");
            assert!(described, "{method} {path}: {parameter}");
        }
        assert!(operation["summary"].is_string(), "{method} {path} has a summary");
        ids.push(operation["operationId"].as_str().expect("an id").to_owned());
    }
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique: {ids:?}");
    let submit = &document["paths"]["/api/leads/submit"]["post"];
    for status in ["201", "400", "404", "413", "429"] {
        assert!(submit["responses"][status].is_object(), "submit answers {status}");
    }
    assert!(submit["responses"]["201"]["headers"]["X-RateLimit-Limit"].is_object());
    let docs = server.get("/docs").await.expect(200);
    assert!(docs.text.contains("/openapi.json") && docs.text.contains("/rapidoc-min.js"));
}

#[tokio::test]
async fn no_request_makes_a_server_error() {
    let server: Server = server_with(|s| s.rate_limits = false).await;
    let document = server.get("/openapi.json").await.expect(200).json();
    let nasty = ["'; drop table leads; --", "%00", "%ff%fe", "../../etc/passwd", "%F0%9F%98%80", "-1", "1e999", "{}", "%0d%0aX: y"];
    for ((path, method), operation) in operations(&document) {
        for text in nasty {
            let encoded = text.replace(' ', "%20").replace(['{', '}'], "%7B").replace('"', "%22");
            let mut path = path.clone();
            while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
                path.replace_range(from..=to, &encoded.replace('/', "%2F"));
            }
            let names = operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query");
            let query: Vec<String> = names.map(|p| format!("{}={encoded}", p["name"].as_str().expect("a name"))).collect();
            let request = server.request(method.to_uppercase().parse().expect("a method"), &format!("{path}?{}", query.join("&")));
            let request = request.basic_auth("admin", Some(ADMIN_PASSWORD));
            let request =
                if method == "get" { request } else { request.json(&json!({ "email": text, "status": text, "phoneNumbers": [text] })) };
            let reply = send(request).await;
            assert!(reply.status < 500, "{method} {path}: {} {}", reply.status, reply.text);
        }
    }
}
