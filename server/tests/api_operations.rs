//! The administrator's operations pages: what they show, and what their forms do, with and without script.

use crate::common::{Reply, Server, TWILIO_TOKEN, contractor_body, send, server_with, servers, twilio_signature};
use platform::auth::{self, Audience};
use reqwest::Method;
use serde_json::{Value, json};

fn cookie(server: &Server, audience: Audience, id: &str) -> String {
    let token = auth::issue(&server.ctx, audience, id, chrono::Duration::hours(1)).expect("a token");
    format!("theme=dark; plumbline_session={token}")
}

fn admin_cookie(server: &Server) -> String {
    cookie(server, Audience::Admin, "admin")
}

async fn page(server: &Server, path: &str) -> Reply {
    send(server.request(Method::GET, path).header("cookie", admin_cookie(server)).header("accept", "text/html")).await
}

/// A form that the page's script sends.
async fn form(server: &Server, name: &str, fields: &[(&str, &str)]) -> Reply {
    send(server.request(Method::POST, &format!("/rpc/{name}")).header("cookie", admin_cookie(server)).form(fields)).await
}

#[tokio::test]
async fn exports_open_with_the_session_cookie_and_nothing_else_does() {
    for server in servers().await {
        let (id, _) = server.contractor("contractor@example.com", json!({})).await;
        server.charge(&json!({})).await;
        let admin = admin_cookie(&server);
        let get = async |path: &str, cookie: &str| send(server.request(Method::GET, path).header("cookie", cookie)).await;
        for (what, word) in [("leads", "Lead ID"), ("contractors", "Contractor ID"), ("billing", "Billing ID")] {
            let path = format!("/api/admin/export/{what}");
            let reply = get(&path, &admin).await.expect(200);
            assert!(reply.text.starts_with(word) && reply.text.lines().count() == 2, "{}: {}", server.db.name(), reply.text);
            get(&path, &cookie(&server, Audience::Contractor, &id)).await.expect(403);
            get(&path, "plumbline_session=rubbish").await.expect(401);
            get(&path, "plumbline_session=").await.expect(401);
            let foreign = server.request(Method::GET, &path).header("cookie", &admin).header("sec-fetch-site", "cross-site");
            send(foreign).await.expect(401);
            let wrong = server.request(Method::GET, &path).header("cookie", &admin).basic_auth("admin", Some("wrong"));
            send(wrong).await.expect(401);
        }
        for path in ["/api/admin/leads", "/api/admin/webhooks", "/api/admin/backup-status", "/api/admin/lead-sources"] {
            get(path, &admin).await.expect(401);
        }
        let post = server.request(Method::POST, "/api/admin/lead-sources").header("cookie", &admin).json(&json!({ "name": "x" }));
        send(post).await.expect(401);
    }
}

#[tokio::test]
async fn exports_take_the_filters_of_the_lists() {
    for server in servers().await {
        let (id, _) = server.contractor("contractor@example.com", json!({})).await;
        server.charge(&json!({})).await;
        server.submit(&json!({ "customerZip": "99999", "customerLastName": "Jones" })).await.expect(404);
        let lines = async |what: &str| {
            let reply = server.admin(Method::GET, &format!("/api/admin/export/{what}"), None).await.expect(200);
            reply.text.lines().count() - 1
        };
        for (what, count) in [
            (format!("leads?contractorId={id}"), 1),
            ("leads?contractorId=nobody".to_owned(), 0),
            ("leads?q=Jones".to_owned(), 1),
            ("leads?q=".to_owned(), 2),
            ("leads?q=(555)%20123".to_owned(), 2),
            ("leads?q=556".to_owned(), 0),
            ("contractors?q=987-6543".to_owned(), 1),
            ("contractors?q=(555)%20987".to_owned(), 1),
            ("contractors?status=active".to_owned(), 1),
            ("contractors?isApproved=false".to_owned(), 0),
            ("contractors?zipCode=90210".to_owned(), 1),
            ("contractors?q=nobody".to_owned(), 0),
        ] {
            assert_eq!(lines(&what).await, count, "{what} on {}", server.db.name());
        }
        for what in ["contractors?status=won", "contractors?zipCode=9", "contractors?isApproved=x", "leads?q=%00"] {
            server.admin(Method::GET, &format!("/api/admin/export/{what}"), None).await.refused(400, "Validation failed", "must be");
        }
    }
}

#[tokio::test]
async fn a_played_call_makes_a_bill() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let play = async |fields: &[(&str, &str)]| form(&server, "admin_play_call", fields).await;
        let short = [("call[leadId]", lead.as_str()), ("call[outcome]", "no-answer"), ("call[seconds]", "")];
        let reply = play(&short).await.expect(200);
        let shown = page(&server, reply.header("location")).await.expect(200);
        assert!(shown.text.contains("Nothing is billed") && shown.text.contains("No answer"), "{}", server.db.name());
        assert_eq!(server.texts("select status from leads").await, ["assigned"]);

        let long = [("call[leadId]", lead.as_str()), ("call[outcome]", "completed"), ("call[seconds]", "45")];
        let reply = play(&long).await.expect(200);
        let shown = page(&server, reply.header("location")).await.expect(200);
        assert!(shown.text.contains("$250.00 billed") && shown.text.contains("Qualified"), "the bill is shown");
        assert!(shown.text.contains(&format!("<option value=\"{lead}\" selected")), "a lead that is qualified stays chosen");
        assert_eq!(server.texts("select status from leads").await, ["qualified"]);
        assert_eq!(server.texts("select amount_cents || '' from billing_records").await, ["25000"]);
        assert_eq!(
            server.texts("select kind || ' ' || result from inbound_webhooks order by received_at, id").await,
            ["call-status processed"; 5],
            "ringing, no answer; ringing, in progress, completed"
        );
        // A number that nobody has: logged, and nothing else.
        let stray = [("call[number]", "(310) 555-0177"), ("call[outcome]", "completed"), ("call[seconds]", "45")];
        let reply = play(&stray).await.expect(200);
        assert!(page(&server, reply.header("location")).await.expect(200).text.contains("belongs to no lead"));

        for (fields, named) in [
            (&[("call[outcome]", "completed"), ("call[seconds]", "45")][..], "leadId"),
            (&[("call[leadId]", lead.as_str()), ("call[outcome]", "ringing")], "outcome"),
            (&[("call[leadId]", lead.as_str()), ("call[outcome]", "won")], "outcome"),
            (&[("call[leadId]", lead.as_str()), ("call[outcome]", "completed"), ("call[seconds]", "long")], "seconds"),
            (&[("call[number]", "12"), ("call[outcome]", "busy")], "number"),
        ] {
            let reply = play(fields).await.expect(400).json();
            assert_eq!(reply["fields"][0]["field"], named, "{reply}");
        }
        play(&[("call[leadId]", "nobody"), ("call[outcome]", "busy")]).await.expect(404);
        let contractor = server.request(Method::POST, "/rpc/admin_play_call").form(&long);
        send(contractor).await.expect(401);
    }
}

#[tokio::test]
async fn in_production_there_is_no_simulator() {
    let server = server_with(|s| {
        s.public_url = "https://leads.example.com".into();
        s.production = true;
    })
    .await;
    let shown = page(&server, "/app/admin/simulator").await.expect(404);
    assert!(!shown.text.contains("Play the call"));
    assert!(!page(&server, "/app/admin/webhooks").await.expect(200).text.contains("/app/admin/simulator"));
    form(&server, "admin_play_call", &[("call[number]", "3105550177"), ("call[outcome]", "busy")]).await.expect(404);
    assert_eq!(server.count("select count(*) from call_logs").await, 0);
}

#[tokio::test]
async fn a_webhook_is_shown_and_processed_again() {
    for server in servers().await {
        let url = "http://localhost:3000/api/webhooks/twilio/call-status";
        let fields = [("CallSid", "CA1"), ("CallStatus", "ringing"), ("From", "+13105550001"), ("To", "+13105550002")];
        let request = server.request(Method::POST, "/api/webhooks/twilio/call-status");
        let signature = twilio_signature(TWILIO_TOKEN, url, &fields);
        send(request.header("x-twilio-signature", signature).form(&fields)).await.expect(200);
        send(server.request(Method::POST, "/api/webhooks/twilio/call-status").form(&fields)).await.expect(403);
        let list = page(&server, "/app/admin/webhooks?result=processed").await.expect(200);
        assert!(list.text.contains("Right signature") && !list.text.contains("Wrong signature"), "{}", server.db.name());
        let ids = server.texts("select id from inbound_webhooks order by is_signed desc").await;
        let shown = page(&server, &format!("/app/admin/webhooks/{}", ids[0])).await.expect(200);
        assert!(shown.text.contains("+13105550001") && shown.text.contains("Process again"));
        let forged = page(&server, &format!("/app/admin/webhooks/{}", ids[1])).await.expect(200);
        assert!(!forged.text.contains("Process again") && forged.text.contains("never processed"));
        page(&server, "/app/admin/webhooks/nothing").await.expect(404);

        let replayed = form(&server, "admin_replay_webhook", &[("id", &ids[0])]).await.expect(200).json();
        assert_eq!(replayed["result"], "processed");
        assert_eq!(server.count("select count(*) from audit_log where action = 'webhook_replayed'").await, 1);
        form(&server, "admin_replay_webhook", &[("id", &ids[1])]).await.expect(409);
        form(&server, "admin_replay_webhook", &[("id", "a\0b")]).await.expect(404);
        for name in ["admin_webhooks", "admin_audit", "admin_settings", "admin_backups", "admin_replay_webhook"] {
            let fields = [("offset", "0"), ("id", ids[0].as_str())];
            send(server.request(Method::POST, &format!("/rpc/{name}")).form(&fields)).await.expect(401);
        }
    }
}

#[tokio::test]
async fn a_new_key_is_shown_once_also_without_script() {
    for server in servers().await {
        let made = form(&server, "admin_create_source", &[("name", "Bayside")]).await.expect(200).json();
        let key = made.as_str().expect("a key").to_owned();
        assert!(key.starts_with("pl_"));
        assert!(!page(&server, "/app/admin/sources").await.expect(200).text.contains(&key), "{}", server.db.name());
        let id = server.texts("select id from lead_sources").await.remove(0);

        // Without script: the answer is a redirect, and the page after it tells the key, once.
        let session = admin_cookie(&server);
        let request = server.request(Method::POST, "/rpc/admin_replace_key").header("cookie", &session).header("accept", "text/html");
        let reply = send(request.form(&[("id", id.as_str())])).await.expect(302);
        assert_eq!(reply.header("location"), "/app/admin/sources");
        let kept = reply.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        assert!(kept.starts_with("plumbline_once=pl_") && reply.header("set-cookie").contains("HttpOnly"), "{kept}");
        let both = format!("{session}; {kept}");
        let request = server.request(Method::GET, "/app/admin/sources").header("cookie", both).header("accept", "text/html");
        let shown = send(request).await.expect(200);
        let new = kept.split_once('=').expect("a value").1;
        assert!(shown.text.contains(new), "the key is shown");
        assert!(shown.header("set-cookie").starts_with("plumbline_once=;"), "and forgotten: {}", shown.header("set-cookie"));
        let status = async |key: &str| send(server.request(Method::GET, "/api/leads/x/status").header("x-api-key", key)).await.status;
        assert_eq!((status(&key).await, status(new).await), (401, 404));

        form(&server, "admin_close_source", &[("id", &id)]).await.expect(200);
        assert_eq!(status(new).await, 401);
        let refused = form(&server, "admin_create_source", &[("name", " ")]).await.expect(400).json();
        assert_eq!(refused["fields"][0]["field"], "name");
    }
}

#[tokio::test]
async fn work_on_several_tells_without_script_what_was_not_done() {
    for server in servers().await {
        let mut ids = Vec::new();
        for email in ["first@example.com", "second@example.com"] {
            let made = server.post("/api/contractors/register", &contractor_body(email)).await.expect(201).json();
            ids.push(made["contractor"]["id"].as_str().expect("an id").to_owned());
        }
        server.admin(Method::POST, &format!("/api/admin/contractors/{}/approve", ids[0]), None).await.expect(200);

        let list = "/app/admin/contractors?status=pending";
        let request = server.request(Method::POST, "/rpc/admin_approve_contractors").header("cookie", admin_cookie(&server));
        let request = request.header("accept", "text/html").header("referer", format!("{}{list}", server.base));
        let fields = [("ids[]", ids[0].as_str()), ("ids[]", ids[1].as_str()), ("back", "?status=pending")];
        let reply = send(request.form(&fields)).await.expect(302);
        let target = reply.header("location").to_owned();
        let at = target.find("/app/").expect("a page of the portal");
        let told = page(&server, &target[at..]).await.expect(200).text;
        assert!(told.contains("was approved before. All others are done."), "{target}");
        assert_eq!(server.count("select count(*) from contractors where is_approved").await, 2, "{}", server.db.name());
    }
}

/// The fields of the scoring form as the page fills them.
fn fields_of(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| Some(tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0.to_owned());
    let tags = html.split("<input").skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    let draft = tags.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())));
    draft.filter(|(name, _)| name.starts_with("draft[")).collect()
}

#[tokio::test]
async fn scoring_is_drafted_tried_and_published() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        server.charge(&json!({})).await;
        let shown = page(&server, "/app/admin/scoring").await.expect(200);
        let mut fields = fields_of(&shown.text);
        assert_eq!(fields.len(), 15 + 8 + 14 + 1, "points, categories, seven steps, and what was seen: {fields:?}");
        let set = |fields: &mut Vec<(String, String)>, name: &str, value: &str| {
            fields.iter_mut().find(|(known, _)| known == name).expect("a field").1 = value.into();
        };
        let save = async |fields: &[(String, String)]| {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            form(&server, "admin_save_scoring", &pairs).await
        };
        set(&mut fields, "draft[weights.timeline.within_24_hours]", "a lot");
        let refused = save(&fields).await.expect(400).json();
        assert_eq!(refused["fields"][0]["field"], "weights.timeline.within_24_hours");
        set(&mut fields, "draft[weights.timeline.within_24_hours]", "55");
        let refused = save(&fields).await.expect(400).json();
        assert_eq!(refused["fields"][0]["message"], "must be between 0 and 50");
        set(&mut fields, "draft[weights.timeline.within_24_hours]", "35");
        set(&mut fields, "draft[categories.GOLD.price]", "180.50");
        let etag = save(&fields).await.expect(200).json()["etag"].as_str().expect("an etag").to_owned();

        let tried = page(&server, "/app/admin/scoring?publish=1").await.expect(200);
        for words in ["What the draft would have changed", "$180.50", "Publish the draft?", &etag] {
            assert!(tried.text.contains(words), "{words} on {}", server.db.name());
        }
        form(&server, "admin_publish_scoring", &[("etag", "old")]).await.expect(409);
        let published = form(&server, "admin_publish_scoring", &[("etag", &etag)]).await.expect(200).json();
        assert_eq!(published["status"], "published");
        let shown = page(&server, "/app/admin/scoring?from=1").await.expect(200);
        assert!(shown.text.contains(" of version 1") && shown.text.contains("Use its numbers"));
        assert!(fields_of(&shown.text).contains(&("draft[categories.GOLD.price]".into(), "175.00".into())), "an older version's numbers");
        form(&server, "admin_discard_scoring", &[("x", "y")]).await.expect(404);
    }
}

#[tokio::test]
async fn backups_settings_and_the_audit_log_tell_what_is() {
    for server in servers().await {
        form(&server, "admin_back_up", &[("x", "y")]).await.expect(200);
        let backups = page(&server, "/app/admin/backups").await.expect(200);
        assert!(backups.text.contains("A backup is on its way") && backups.text.contains("plumbline restore"), "{}", server.db.name());
        let audit = page(&server, "/app/admin/audit?actor=admin&action=backup_requested").await.expect(200);
        assert!(audit.text.contains("Backup requested") && audit.text.contains("Administrator"));
        let sorted = page(&server, "/app/admin/audit?sort=when").await.expect(200);
        assert!(sorted.text.contains("aria-sort=\"ascending\"") && sorted.text.contains("Backup requested"));
        let none = page(&server, "/app/admin/audit?action=nothing&startDate=x").await.expect(200);
        assert!(none.text.contains("Nothing here"));
        let settings = page(&server, "/app/admin/settings").await.expect(200);
        for secret in ["test-admin-password", "test-jwt-secret", "test-cron-secret", TWILIO_TOKEN, "whsec_test"] {
            assert!(!settings.text.contains(secret), "{secret}");
        }
        for words in ["COMPANY_TIME_ZONE", "America/New_York", "Stand-in", "A sandbox page"] {
            assert!(settings.text.contains(words), "{words}");
        }
        let report: Value = form(&server, "admin_settings", &[("x", "y")]).await.expect(200).json();
        assert_eq!(report["providers"].as_array().expect("three").len(), 3);
        assert!(!report.to_string().contains(TWILIO_TOKEN));
        page(&server, "/app/admin/exports").await.expect(200);
    }
}
