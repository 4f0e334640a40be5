//! Feedback by the mailed link (decisions 30, 32 and 38), and the ratings that follow from it.

use crate::common::{Server, assert_like, servers};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

async fn mailed_token(server: &Server) -> String {
    assert_eq!(leads::feedback::send_requests(&server.ctx).await.expect("a run"), 1);
    server.run_jobs().await;
    let mails: Vec<String> = server.db.mails().iter().map(|m| m.replace("=\r\n", "").replace("=\n", "")).collect();
    let mail = mails.iter().rev().find(|m| m.contains("/feedback/")).expect("the mail");
    let rest = mail.split("http://localhost:3000/feedback/").nth(1).expect("a link");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

#[tokio::test]
async fn a_customer_answers_once_and_the_rating_follows() {
    for server in servers().await {
        let (_, token) = server.lasting_contractor("contractor@example.com", json!({})).await;
        server.charge(&json!({})).await;
        server.db.advance(Duration::hours(25));
        let path = format!("/api/feedback/{}", mailed_token(&server).await);
        let shown = server.get(&path).await.expect(200);
        assert_eq!(shown.header("x-ratelimit-limit"), "100");
        assert_eq!(shown.json(), json!({ "customerFirstName": "John", "businessName": "HVAC Pros", "serviceType": "ac_repair" }));
        for (body, said) in [
            (json!({}), "rating is required"),
            (json!({ "rating": null }), "rating is required"),
            (json!({ "rating": 0 }), "rating must be between 1 and 5"),
            (json!({ "rating": 6 }), "rating must be between 1 and 5"),
            (json!({ "rating": 4.5 }), "rating"),
            (json!({ "rating": "5" }), "rating"),
            (json!({ "rating": 5, "comment": "x".repeat(2001) }), "comment must be at most 2000"),
            (json!({ "rating": 5, "attended": "yes" }), "attended"),
        ] {
            let reply = server.post(&path, &body).await.expect(400).json();
            assert!(reply["details"].as_str().expect("details").contains(said), "{reply} should say {said}");
        }
        let reply = server.post(&path, &json!({ "rating": 4, "comment": "On time and friendly.", "attended": true })).await.expect(201);
        assert_eq!(reply.json(), json!({ "success": true, "message": "Thank you for your feedback" }));
        server.post(&path, &json!({ "rating": 5 })).await.refused(409, "Link used", "");
        server.get(&path).await.refused(409, "Link used", "");
        for path in ["/api/feedback/none", "/api/feedback/%F0%9F%98%80"] {
            let reply = server.get(path).await.refused(404, "Link not found", "");
            assert_eq!(reply.json().get("details"), None, "a token is not repeated");
            server.post(path, &json!({ "rating": 5 })).await.refused(404, "Link not found", "");
        }

        let stats = server.with(&token, Method::GET, "/api/contractors/dashboard", None).await.expect(200).json();
        assert_like(&json!({ "stats": { "avgCustomerRating": 4.8 } }), &stats);
        assert_eq!(stats["stats"]["avgCustomerRating"], json!(4.0));
        let list = server.admin(Method::GET, "/api/admin/contractors", None).await.expect(200).json();
        assert_like(&json!({ "contractors": [{ "customerRating": 4.8 }] }), &list);
        assert_eq!(list["contractors"][0]["customerRating"], json!(4.0), "on {}", server.db.name());
        let activity = server.admin(Method::GET, "/api/admin/dashboard", None).await.expect(200).json();
        let given = |a: &&Value| a["type"] == "feedback_given" && a["data"]["rating"] == 4;
        assert!(activity["recentActivity"].as_array().expect("a list").iter().any(|a| given(&a)), "{activity}");
    }
}

#[tokio::test]
async fn an_old_link_says_so() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        server.charge(&json!({})).await;
        server.db.advance(Duration::hours(25));
        let path = format!("/api/feedback/{}", mailed_token(&server).await);
        server.db.advance(Duration::days(30));
        server.get(&path).await.refused(409, "Link expired", "");
        server.post(&path, &json!({ "rating": 5 })).await.refused(409, "Link expired", "");
    }
}
