//! The public pages: what they say without script, to search engines, and to the one who sent a request.

use crate::common::{Server, lead_body, send, server_with, servers, servers_with};
use kernel::Phone;
use leads::front_desk::key_of_request;
use reqwest::Method;
use serde_json::json;

async fn page(server: &Server, path: &str) -> String {
    send(server.request(Method::GET, path).header("accept", "text/html")).await.expect(200).text
}

#[tokio::test]
async fn the_first_page_says_who_serves_a_zip_code() {
    for server in servers().await {
        server.contractor("austin@example.com", json!({ "serviceZipCodes": ["78701"] })).await;
        assert!(page(&server, "/?zip=78701").await.contains("1 approved contractor serves Austin, TX."));
        assert!(page(&server, "/?zip=59001").await.contains("Nobody serves Absarokee, MT yet."));
        assert!(page(&server, "/?zip=7870").await.contains("A ZIP code has five digits"));
        let first = page(&server, "/").await;
        assert!(first.contains("$250.00") && !first.contains("approved contractor serves") && !first.contains("requests given"));
    }
}

#[tokio::test]
async fn search_engines_find_the_public_pages_and_nothing_else() {
    let server = server_with(|settings| {
        settings.public_url = "https://leads.example.com".into();
        settings.company_name = "Cool & Sons </script>".into();
        settings.company_phone = Phone::parse("5125550100");
    })
    .await;
    let sitemap = server.get("/sitemap.xml").await.expect(200);
    assert_eq!(sitemap.header("content-type"), "application/xml");
    let robots = server.get("/robots.txt").await.expect(200).text;
    assert!(robots.contains("Sitemap: https://leads.example.com/sitemap.xml") && robots.contains("Disallow: /app/"));
    let mut pages = 0;
    for path in sitemap.text.split("<loc>https://leads.example.com").skip(1).map(|rest| rest.split('<').next().unwrap_or_default()) {
        pages += 1;
        let html = page(&server, path).await;
        assert!(html.contains(&format!("<link rel=\"canonical\" href=\"https://leads.example.com{path}\"")), "{path}");
        assert!(html.contains("<meta name=\"description\"") && html.contains("og:title") && html.matches("<h1").count() == 1, "{path}");
        assert_eq!(html.contains("application/ld+json"), path == "/", "{path}");
    }
    assert_eq!(pages, 6);
    let first = page(&server, "/").await;
    let data = first.split("application/ld+json").nth(1).and_then(|rest| rest.split_once('>'));
    let data = data.and_then(|(_, rest)| rest.split("</script").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("data").trim()).expect("JSON");
    assert_eq!((data["name"].as_str(), data["telephone"].as_str()), (Some("Cool & Sons </script>"), Some("+15125550100")));
    assert!(!page(&server, "/forgot-password").await.contains("rel=\"canonical\""));
}

#[tokio::test]
async fn imprint_and_privacy_come_from_the_settings() {
    let server = server_with(|settings| {
        settings.company_address = vec!["1 Main St".into(), "Austin, TX 78701".into()];
        settings.company_phone = Phone::parse("5125550100");
        settings.imprint_text = Some("# Register\n\nCounty <b>clerk</b> 12".into());
    })
    .await;
    let imprint = page(&server, "/imprint").await;
    for words in ["1 Main St", "Austin, TX 78701", "(512) 555-0100", "Register", "County &lt;b&gt;clerk", "GeoNames"] {
        assert!(imprint.contains(words), "{words}");
    }
    assert!(page(&server, "/privacy").await.contains("We pass it to one local contractor"));
    let own = server_with(|settings| settings.privacy_text = Some("Ours.".into())).await;
    let privacy = page(&own, "/privacy").await;
    assert!(privacy.contains("Ours.") && !privacy.contains("one local contractor"));
    // The emergency number is a tap away on the first page, and on the request form before anything is chosen.
    for path in ["/", "/request"] {
        assert!(page(&server, path).await.contains("href=\"tel:+15125550100\""), "{path}");
        assert!(!page(&own, path).await.contains("href=\"tel:"), "{path}");
    }
}

#[tokio::test]
async fn a_request_is_kept_with_the_evidence_of_consent() {
    for server in servers().await {
        // Each field as the form names it: `lead[customerZip]`. The browser has no say in the evidence.
        let mut form: Vec<(String, String)> = vec![
            ("lead[consent][text]".into(), "Forged.".into()),
            ("lead[consent][page]".into(), "https://evil.example".into()),
            ("lead[consent][givenAt]".into(), "2001-01-01T00:00:00Z".into()),
        ];
        for (name, value) in lead_body().as_object().expect("an object") {
            form.push((format!("lead[{name}]"), value.as_str().expect("text").into()));
        }
        send(server.request(Method::POST, "/rpc/submit_lead").header("x-forwarded-for", "203.0.113.7").form(&form)).await.expect(200);
        let lead = server.texts("select id from leads").await.pop().expect("a lead");
        let kept = server.lead_page(&lead).await.consent.expect("evidence");
        assert_eq!((kept.text.as_str(), kept.address.as_deref()), (app::text::CONSENT, Some("203.0.113.7")), "{}", server.db.name());
        assert_eq!((kept.page, kept.given_at), (format!("{}/request", server.ctx.settings.public_url), kept.created_at));
    }
}

#[tokio::test]
async fn a_request_that_is_refused_without_script_says_what_is_wrong_beside_the_field() {
    let server = server_with(|_| {}).await;
    let mut fields = lead_body();
    fields["customerPhone"] = json!("555-1234");
    let fields = fields.as_object().expect("an object").iter();
    let form: Vec<(String, &str)> = fields.map(|(name, value)| (format!("lead[{name}]"), value.as_str().expect("text"))).collect();
    let request = server.request(Method::POST, "/rpc/submit_lead").header("accept", "text/html");
    let reply = send(request.header("referer", format!("{}/request", server.base)).form(&form)).await.expect(302);
    let back = reply.header("location").strip_prefix(&server.base).expect("the page that it came from").to_owned();
    let html = page(&server, &back).await;
    assert!(html.contains("href=\"#f-customerPhone\"") && html.contains("Phone must be a phone number of 10 digits"), "{html}");
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1, "{html}");
    // What the browser can see for itself it does not send: what was typed would be lost.
    let input = html.split("name=\"lead[customerPhone]\"").nth(1).and_then(|rest| rest.split('>').next()).expect("the field");
    assert!(input.contains("pattern="), "{input}");
    assert_eq!(server.count("select count(*) from leads").await, 0);
}

#[tokio::test]
async fn a_request_that_is_sent_twice_is_one_and_goes_to_one_contractor() {
    for server in servers_with(|settings| settings.duplicate_window_days = 30).await {
        for email in ["first@example.com", "second@example.com"] {
            server.contractor(email, json!({})).await;
        }
        let fields = lead_body();
        let fields = fields.as_object().expect("an object").iter();
        let form: Vec<(String, &str)> = fields.map(|(name, value)| (format!("lead[{name}]"), value.as_str().expect("text"))).collect();
        let press = async |from: &str| {
            let request = server.request(Method::POST, "/rpc/submit_lead").header("x-forwarded-for", from);
            send(request.form(&form)).await.expect(200).text
        };
        // Without script nothing holds the button back.
        let (one, two) = tokio::join!(press("203.0.113.7"), press("203.0.113.7"));
        assert_eq!((&one, &two), (&press("203.0.113.7").await, &one), "the same page, on {}", server.db.name());
        assert_eq!(server.count("select count(*) from leads").await, 1);
        assert_eq!(server.count("select count(*) from lead_assignments").await, 1);
        // Somebody else who says the same, and the same person on another day, mean it.
        assert_ne!(press("203.0.113.8").await, one);
        server.db.advance(chrono::Duration::days(1));
        assert_ne!(press("203.0.113.7").await, one);
        assert_eq!(server.count("select count(*) from leads").await, 3);
    }
}

#[tokio::test]
async fn joining_goes_step_by_step_without_script() {
    let server = server_with(|_| {}).await;
    let first = page(&server, "/join").await;
    assert!(first.contains("Step 1 of 3") && !first.contains("is required") && !first.contains("area-map"));
    // The circle's codes appear, marked, on the map and in the list.
    let shown = page(&server, "/join?near=78701&miles=5&shown=&step=1").await;
    assert!(
        shown.contains("Step 1 of 3") && shown.contains("area-map") && shown.contains("name=\"zip\"") && shown.contains("value=\"78702\"")
    );
    let unknown = page(&server, "/join?near=00000&miles=5&step=2").await;
    assert!(
        unknown.contains("Step 1 of 3") && unknown.contains("not one that we know") && unknown.contains("ZIP codes must name at least one")
    );
    let second = page(&server, "/join?near=78701&miles=5&shown=78701-5&zip=78701&zip=78703&work=ac_repair&step=2").await;
    assert!(second.contains("Step 2 of 3") && second.contains("value=\"78701,78703\"") && !second.contains("is required"));
    let third = page(&server, "/join?zips=78701,78703&work=ac_repair&businessName=Cool+%26+Sons&step=3").await;
    assert!(third.contains("Step 3 of 3") && third.contains("Cool &amp; Sons serves 2 ZIP codes"));
    let wrong = page(&server, "/join?zips=78701&work=ac_repair&businessName=&website=javascript:x&step=3").await;
    assert!(wrong.contains("Step 2 of 3") && wrong.contains("Business name is required") && wrong.contains("must be a web address"));
}

#[tokio::test]
async fn a_homeowner_follows_the_own_request_live_and_nobody_elses() {
    for server in servers().await {
        server.contractor("pro@example.com", json!({ "serviceZipCodes": ["90210"] })).await;
        let lead = server.submit(&json!({ "customerZip": "90210" })).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let key = key_of_request(&server.ctx, &lead);
        let html = page(&server, &format!("/request/{key}")).await;
        assert!(html.contains("will call you"), "{html}");
        send(server.request(Method::GET, &format!("/request/{lead}"))).await.expect(404);
        send(server.request(Method::GET, &format!("/rpc/request-events/{lead}"))).await.expect(404);

        let mut stream = server.request(Method::GET, &format!("/rpc/request-events/{key}")).send().await.expect("an answer");
        assert_eq!((stream.status().as_u16(), &stream.headers()["content-type"]), (200, &"text/event-stream".parse().expect("a value")));
        let other =
            server.submit(&json!({ "customerZip": "90210" })).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let body = json!({ "status": "contacted" });
        let owner = server.lead_page(&lead).await.lead.assignment.expect("assigned").contractor_id;
        let token =
            platform::auth::issue(&server.ctx, platform::auth::Audience::Contractor, &owner, chrono::Duration::hours(1)).expect("a token");
        server.with(&token, Method::PUT, &format!("/api/contractors/leads/{lead}/status"), Some(&body)).await.expect(200);
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(20), stream.chunk())
            .await
            .expect("in time")
            .expect("a chunk")
            .expect("more");
        let heard = String::from_utf8_lossy(&chunk).into_owned();
        assert!(heard.contains("request_changed") && !heard.contains(&lead) && !heard.contains(&other), "{heard}");
        assert!(page(&server, &format!("/request/{key}")).await.contains("has been in touch"));
    }
}
