//! The forms of the contractor's pages, as a browser without script posts them.

use crate::common::{Reply, Server, send, servers};
use reqwest::Method;
use serde_json::{Value, json};

/// Posts a form of the pages as this contractor.
async fn form(server: &Server, token: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
    let request = server.request(Method::POST, path).header("cookie", format!("plumbline_session={token}"));
    send(request.form(fields)).await
}

/// The names of the fields that a refusal names.
fn fields_of(reply: &Reply) -> Vec<String> {
    let names = |error: Value| {
        error["fields"].as_array().map(|all| all.iter().map(|f| f["field"].as_str().unwrap_or_default().to_owned()).collect())
    };
    names(reply.json()).unwrap_or_default()
}

#[tokio::test]
async fn the_forms_of_the_profile_are_read_without_script() {
    for server in servers().await {
        let (id, token) = server.contractor("pros@example.com", json!({})).await;
        let post = async |path: &str, fields: &[(&str, &str)]| form(&server, &token, path, fields).await;
        let hours = [
            ("hours[works]", "set"),
            ("hours[times][mondayOpens]", "08:00"),
            ("hours[times][mondayCloses]", "17:00"),
            ("hours[times][sundayOpens]", ""),
            ("hours[times][sundayCloses]", ""),
            ("hours[timeZone]", "America/Los_Angeles"),
            ("hours[dailyCap]", "4"),
        ];
        post("/rpc/contractor_hours", &hours[..]).await.expect(200);
        let wrong =
            [("hours[works]", "set"), ("hours[times][mondayOpens]", "08:00"), ("hours[times][mondayCloses]", ""), ("hours[dailyCap]", "x")];
        let refused = post("/rpc/contractor_hours", &wrong[..]).await.expect(400);
        assert_eq!(fields_of(&refused), ["dailyCap", "mondayCloses"]);
        post("/rpc/contractor_add_zips", &[("zips", "90214 90215\r\n90216")]).await.expect(200);
        post("/rpc/contractor_remove_zip", &[("zip", "90211")]).await.expect(200);
        let work = [("specializations[]", ""), ("specializations[]", "maintenance"), ("specializations[]", "installation")];
        post("/rpc/contractor_work", &work[..]).await.expect(200);
        let refused = post("/rpc/contractor_work", &[("specializations[]", "")]).await.expect(400);
        assert_eq!(fields_of(&refused), ["specializations"]);
        post("/rpc/contractor_business", &[("business[businessName]", "New Name"), ("business[phone]", "(555) 987-6544")])
            .await
            .expect(200);
        let refused = post("/rpc/contractor_business", &[("business[businessName]", " "), ("business[phone]", "1")]).await.expect(400);
        assert_eq!(fields_of(&refused), ["businessName", "phone"]);
        let refused = post("/rpc/contractor_pause", &[("until", "2020-01-01")]).await.expect(400);
        assert_eq!(fields_of(&refused), ["until"]);
        post("/rpc/contractor_pause", &[("until", "")]).await.expect(200);

        let profile = leads::profile::get(&server.ctx, &platform::auth::Caller::Contractor(id)).await.expect("there");
        let view = profile.contractor;
        assert_eq!((view.business_name.as_str(), view.own_daily_cap, view.is_accepting_leads), ("New Name", Some(4), false));
        let zips: Vec<String> = view.service_zip_codes.iter().map(ToString::to_string).collect();
        assert_eq!(zips, ["90210", "90214", "90215", "90216"]);
        assert_eq!(view.specializations.iter().map(ToString::to_string).collect::<Vec<_>>(), ["installation", "maintenance"]);
        assert_eq!(profile.time_zone.as_deref(), Some("America/Los_Angeles"));
        assert_eq!(profile.working_hours.map(|week| week.0.iter().flatten().count()), Some(1));
        post("/rpc/contractor_resume", &[("x", "")]).await.expect(200);
        for path in ["contractor_hours", "contractor_pause", "contractor_business", "contractor_add_zips", "contractor_work"] {
            let path = format!("/rpc/{path}");
            let fields =
                [("until", ""), ("zips", "90210"), ("specializations[]", "ac_repair"), ("hours[works]", "any"), ("business[phone]", "1")];
            send(server.request(Method::POST, &path).form(&fields)).await.expect(401);
            assert!(matches!(post(path.as_str(), &[("a", "b")]).await.status, 400..=499), "{path}");
        }
    }
}

#[tokio::test]
async fn the_switches_of_the_notifications_are_one_form() {
    for server in servers().await {
        let (_, token) = server.contractor("pros@example.com", json!({})).await;
        let save = async |on: &[&str]| {
            let fields: Vec<(&str, &str)> = std::iter::once("").chain(on.iter().copied()).map(|word| ("choices[on][]", word)).collect();
            form(&server, &token, "/rpc/contractor_save_notifications", &fields).await
        };
        save(&["new_lead:email", "payment:sms"]).await.expect(200);
        assert_eq!(server.count("select count(*) from notification_choices where is_on").await, 2);
        assert_eq!(fields_of(&save(&[]).await.expect(400)), ["on"]);
        assert_eq!(fields_of(&save(&["new_lead:push"]).await.expect(400)), ["on"]);
        assert_eq!(server.count("select count(*) from notification_choices where is_on").await, 2, "nothing changed");

        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let subscription = |endpoint: &'static str| [("endpoint", endpoint), ("p256dh", key), ("auth", "BTBZMqHH6r4Tts7J_aSIgg")];
        let subscribe = "/rpc/contractor_push_subscribe";
        form(&server, &token, subscribe, &subscription("https://fcm.googleapis.com/fcm/send/x")).await.expect(200);
        let refused = form(&server, &token, subscribe, &subscription("https://127.0.0.1/latest")).await.expect(400);
        assert_eq!(fields_of(&refused), ["endpoint"]);
        let id = server.texts("select id from push_subscriptions").await.remove(0);
        let (_, other) = server.contractor("other@example.com", json!({})).await;
        form(&server, &other, "/rpc/contractor_push_unsubscribe", &[("id", id.as_str())]).await.expect(404);
        form(&server, &token, "/rpc/contractor_push_unsubscribe", &[("id", id.as_str())]).await.expect(200);
        assert_eq!(server.count("select count(*) from push_subscriptions").await, 0);
    }
}

#[tokio::test]
async fn who_signs_out_is_told_nothing_more_in_that_browser() {
    for server in servers().await {
        let (_, token) = server.contractor("pros@example.com", json!({})).await;
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let subscribe = async |token: &str, name: &str| {
            let endpoint = format!("https://fcm.googleapis.com/fcm/send/{name}");
            let fields = [("endpoint", endpoint.as_str()), ("p256dh", key), ("auth", "BTBZMqHH6r4Tts7J_aSIgg")];
            let reply = form(&server, token, "/rpc/contractor_push_subscribe", &fields).await.expect(200);
            reply.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
        };
        let browsers = async || server.count("select count(*) from push_subscriptions").await;
        let post = async |path: &str, cookies: &str, fields: &[(&str, &str)]| {
            send(server.request(Method::POST, path).header("accept", "text/html").header("cookie", cookies).form(fields)).await.expect(302)
        };
        let browser = subscribe(&token, "a").await;
        assert!(browser.starts_with("plumbline_browser="), "{browser}");

        // Signed in again, as after a day: the messages go with the new session.
        let password = [("email", "pros@example.com"), ("password", "password123")];
        let reply = post("/rpc/sign_in", &browser, &password).await;
        let session = reply.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        assert!(session.starts_with("plumbline_session="), "{session}");
        server.with(&token, Method::POST, "/api/contractors/logout", None).await.expect(200);
        assert_eq!(browsers().await, 1, "the session before");
        post("/rpc/sign_out", &session, &[("a", "b")]).await;
        assert_eq!(browsers().await, 0);

        // Signed out by a page that was left open until its session had ended.
        let (_, other) = server.contractor("other@example.com", json!({})).await;
        let browser = subscribe(&other, "b").await;
        post("/rpc/sign_out", &browser, &[("a", "b")]).await;
        assert_eq!(browsers().await, 0);
    }
}

#[tokio::test]
async fn notes_are_written_changed_and_deleted_by_forms() {
    for server in servers().await {
        let (_, token) = server.contractor("pros@example.com", json!({})).await;
        let lead = server.submit(&json!({})).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let save = "/rpc/contractor_save_note";
        form(&server, &token, save, &[("lead_id", lead.as_str()), ("note_id", ""), ("body", "Gate code 1234")]).await.expect(200);
        let note = server.texts("select id from lead_notes").await.remove(0);
        form(&server, &token, save, &[("lead_id", lead.as_str()), ("note_id", note.as_str()), ("body", "Gate code 4321")])
            .await
            .expect(200);
        assert_eq!(server.texts("select body from lead_notes").await, ["Gate code 4321"]);
        let refused = form(&server, &token, save, &[("lead_id", lead.as_str()), ("note_id", ""), ("body", " ")]).await.expect(400);
        assert_eq!(fields_of(&refused), ["body"]);
        let (_, other) = server.contractor("other@example.com", json!({})).await;
        form(&server, &other, save, &[("lead_id", lead.as_str()), ("note_id", ""), ("body", "x")]).await.expect(404);
        form(&server, &token, "/rpc/contractor_delete_note", &[("lead_id", lead.as_str()), ("note_id", note.as_str())]).await.expect(200);
        assert_eq!(server.count("select count(*) from lead_notes").await, 0);
    }
}
