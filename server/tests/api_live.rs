//! Live events: who hears of what, and how a stream ends.

use crate::common::{assert_like, send, server_with, servers};
use platform::auth::{self, Audience};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::oneshot;

#[tokio::test]
async fn contractors_hear_of_their_own_leads_and_the_admin_of_all() {
    for server in servers().await {
        let (_, first) = server.contractor("first@example.com", json!({ "serviceZipCodes": ["90210"] })).await;
        let (id, second) = server.contractor("second@example.com", json!({ "serviceZipCodes": ["90211"] })).await;
        let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
        let listen =
            |token: &str| server.request(Method::GET, "/rpc/events").header("cookie", format!("theme=dark; plumbline_session={token}"));
        send(server.request(Method::GET, "/rpc/events")).await.expect(401);
        send(listen("rubbish")).await.expect(401);
        let customer = auth::issue(&server.ctx, Audience::Customer, &id, chrono::Duration::hours(1)).expect("a token");
        send(listen(&customer)).await.expect(403);

        let mut streams = Vec::new();
        for token in [&first, &second, &admin] {
            let response = listen(token).header("accept-encoding", "br, gzip").send().await.expect("an answer");
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            assert!(!response.headers().contains_key("content-encoding"), "streams are not compressed");
            streams.push(response);
        }
        let lead = server.submit(&json!({ "customerZip": "90211" })).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let own = server.submit(&json!({ "customerZip": "90210" })).await.expect(201).json()["leadId"].as_str().expect("an id").to_owned();
        let mut streams = streams.into_iter();
        let heard_first = until(streams.next().expect("a stream"), &own).await;
        assert!(!heard_first.contains(&lead), "another's lead: {heard_first}");
        let heard_second = until(streams.next().expect("a stream"), &lead).await;
        assert!(!heard_second.contains(&own), "another's lead: {heard_second}");
        let heard_admin = until(streams.next().expect("a stream"), &own).await;
        assert!(heard_admin.contains(&lead) && heard_admin.contains("lead_submitted"), "{heard_admin}");
        let data = heard_admin.lines().find_map(|l| l.strip_prefix("data:")).expect("data");
        let event: Value = serde_json::from_str(data).expect("JSON");
        assert_like(&json!({ "kind": "lead_submitted", "subjectId": "x", "at": "2025-10-05T12:00:00.000Z" }), &event);
    }
}

/// Reads a stream until it names `id`.
async fn until(mut stream: reqwest::Response, id: &str) -> String {
    let mut heard = String::new();
    let reading = async {
        while !heard.contains(id) {
            let chunk = stream.chunk().await.expect("a chunk").expect("it goes on");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), reading).await.unwrap_or_else(|_| panic!("{id} was not heard"));
    heard
}

#[tokio::test]
async fn the_end_of_the_server_ends_the_streams() {
    let server = server_with(|_| {}).await;
    let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
    let mut stream =
        server.request(Method::GET, "/rpc/events").header("cookie", format!("plumbline_session={admin}")).send().await.expect("an answer");
    let (ended, end) = oneshot::channel();
    let reader = tokio::spawn(async move {
        while let Ok(Some(_)) = stream.chunk().await {}
        let _ = ended.send(());
    });
    tokio::time::timeout(std::time::Duration::from_secs(20), server.stop()).await.expect("the server ends though a stream is open");
    end.await.expect("the stream ended");
    reader.await.expect("the reader ended");
}
