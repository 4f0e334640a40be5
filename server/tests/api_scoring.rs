//! Scoring versions through HTTP: what is shown, tried, published and refused.

use crate::common::{Server, assert_like, servers};
use reqwest::Method;
use serde_json::{Value, json};

const DRAFT: &str = "/api/admin/scoring/draft";

/// The documented points and prices.
pub fn documented() -> Value {
    json!({
        "weights": {
            "budget": {
                "steps": [
                    { "below": 150, "points": -10 }, { "below": 250, "points": 10 }, { "below": 500, "points": 20 },
                    { "below": 1500, "points": 30 }, { "below": 5000, "points": 40 }
                ],
                "above": 50, "unknown": -10
            },
            "timeline": { "emergency": 50, "within_24_hours": 40, "within_week": 25, "flexible": 10 },
            "property": { "commercial": 30, "residential": 20 },
            "email": 10,
            "service": { "emergency": 40, "installation": 35, "ac_repair": 30, "heating_repair": 30, "maintenance": 15 },
            "zip": 20
        },
        "categories": {
            "PLATINUM": { "from": 150, "price": 250.0 }, "GOLD": { "from": 120, "price": 175.0 },
            "SILVER": { "from": 90, "price": 125.0 }, "BRONZE": { "from": 60, "price": 85.0 }
        }
    })
}

async fn save(server: &Server, change: impl Fn(&mut Value)) -> crate::common::Reply {
    let mut body = documented();
    change(&mut body);
    server.admin(Method::PUT, DRAFT, Some(&body)).await
}

#[tokio::test]
async fn the_documented_points_and_prices_hold_first() {
    for server in servers().await {
        let shown = server.admin(Method::GET, "/api/admin/scoring", None).await.expect(200).json();
        let (published, wanted) = (&shown["published"], documented());
        assert_eq!((&published["weights"], &published["categories"]), (&wanted["weights"], &wanted["categories"]));
        assert_eq!((&published["version"], &published["status"]), (&json!(1), &json!("published")));
        assert_eq!((&shown["draft"], &shown["history"]), (&Value::Null, &json!([])), "on {}", server.db.name());
    }
}

#[tokio::test]
async fn a_draft_is_tried_published_and_then_scores() {
    for server in servers().await {
        server.contractor("contractor@example.com", json!({})).await;
        let old = server.submit(&json!({})).await.expect(201).json();
        let saved = save(&server, |draft| {
            draft["weights"]["timeline"]["within_24_hours"] = json!(35);
            draft["categories"]["GOLD"]["price"] = json!(180.5);
            draft["note"] = json!("Less for tomorrow");
        });
        let saved = saved.await.expect(200).json();
        let draft = &saved["version"];
        assert_like(
            &json!({ "success": true, "version": { "version": 2, "status": "draft", "etag": "x", "note": "Less for tomorrow" } }),
            &saved,
        );
        assert_eq!((&draft["version"], &draft["categories"]["GOLD"]["price"]), (&json!(2), &json!(180.5)));
        let tried = server.admin(Method::POST, &format!("{DRAFT}/what-if"), None).await.expect(200).json();
        let example = json!({
            "from": "2025-07-07T12:00:00.000Z", "to": "2025-10-05T12:00:00.000Z", "etag": "x", "leads": 1, "changed": 1,
            "before": [{ "category": "PLATINUM", "leads": 1, "value": 250.0, "revenue": 0.0 }],
            "after": [{ "category": "PLATINUM", "leads": 0, "value": 0.0, "revenue": 0.0 }],
            "matrix": [{ "from": "PLATINUM", "to": "PLATINUM", "leads": 0 }],
            "revenueBefore": 0.0, "revenueAfter": 0.0, "revenueDifference": 0.0
        });
        assert_like(&example, &tried);
        for key in ["from", "to", "leads", "changed"] {
            assert_eq!(tried[key], example[key], "{key}");
        }
        assert_eq!((&tried["etag"], tried["matrix"].as_array().map(Vec::len)), (&draft["etag"], Some(25)));
        assert_eq!(tried["after"][1], json!({ "category": "GOLD", "leads": 1, "value": 180.5, "revenue": 0.0 }));
        assert!(tried["matrix"].as_array().expect("a list").contains(&json!({ "from": "PLATINUM", "to": "GOLD", "leads": 1 })));

        let etag = json!({ "etag": draft["etag"] });
        let published = server.admin(Method::POST, &format!("{DRAFT}/publish"), Some(&etag)).await.expect(200).json();
        assert_eq!((&published["success"], &published["version"]["status"]), (&json!(true), &json!("published")));
        assert_eq!(published["version"]["publishedAt"], "2025-10-05T12:00:00.000Z");
        let new = server.submit(&json!({})).await.expect(201).json();
        assert_eq!((&new["score"], &new["category"], &new["price"]), (&json!(145), &json!("GOLD"), &json!(180.5)));
        let leads = server.admin(Method::GET, "/api/admin/leads?category=PLATINUM", None).await.expect(200).json();
        assert_eq!((&leads["total"], &leads["leads"][0]["id"]), (&json!(1), &old["leadId"]), "on {}", server.db.name());
        let shown = server.admin(Method::GET, "/api/admin/scoring", None).await.expect(200).json();
        assert_eq!((&shown["published"]["version"], &shown["history"][0]["status"]), (&json!(2), &json!("retired")));
    }
}

#[tokio::test]
async fn a_draft_that_breaks_a_rule_is_refused_and_says_which() {
    for server in servers().await {
        for (pointer, value, said) in [
            ("/weights/timeline/emergency", json!(51), "weights.timeline.emergency must be between 0 and 50"),
            ("/weights/timeline/within_week", json!(40), "weights.timeline must give each faster timeline more points"),
            ("/weights/email", json!(-1), "weights.email must be between 1 and 10"),
            ("/weights/budget/above", json!(60), "weights.budget must have points"),
            ("/categories/GOLD/from", json!(150), "categories must need strictly fewer points"),
            ("/categories/BRONZE/from", json!(1), "categories must be reachable"),
            ("/categories/BRONZE/price", json!(-1), "categories.BRONZE.price must be between 0 and 10000 dollars"),
            ("/categories/BRONZE/price", json!(1e300), "categories.BRONZE.price must be dollars and whole cents"),
            ("/categories/BRONZE/price", json!(85.005), "categories.BRONZE.price must be dollars and whole cents"),
            ("/categories/BRONZE/price", json!("85"), "categories.BRONZE.price"),
            ("/weights/zip", json!(1.5), "weights.zip"),
            ("/weights/budget/steps", json!([{ "below": 0, "points": 0 }]), "weights.budget.steps"),
        ] {
            let reply = save(&server, |draft| *draft.pointer_mut(pointer).expect("a place") = value.clone()).await;
            reply.refused(400, "Validation failed", said);
        }
        assert_eq!(server.admin(Method::PUT, DRAFT, Some(&json!({ "weights": {} }))).await.status, 400);
        assert_eq!(server.admin(Method::PUT, DRAFT, Some(&json!({}))).await.status, 400);
        let shown = server.admin(Method::GET, "/api/admin/scoring", None).await.expect(200).json();
        assert_eq!(shown["draft"], Value::Null, "on {}", server.db.name());
    }
}

#[tokio::test]
async fn a_draft_that_changed_or_is_gone_is_not_published() {
    for server in servers().await {
        let publish = format!("{DRAFT}/publish");
        let with = |etag: &Value| json!({ "etag": etag });
        server.admin(Method::POST, &publish, Some(&with(&json!("x")))).await.refused(404, "Draft not found", "");
        server.admin(Method::POST, &format!("{DRAFT}/what-if"), None).await.refused(404, "Draft not found", "");
        server.admin(Method::DELETE, DRAFT, None).await.refused(404, "Draft not found", "");
        let first = save(&server, |_| {}).await.expect(200).json();
        let second = save(&server, |draft| draft["weights"]["email"] = json!(9)).await.expect(200).json();
        server.admin(Method::POST, &publish, Some(&json!({}))).await.refused(400, "Missing required fields", "etag is required");
        let stale = server.admin(Method::POST, &publish, Some(&with(&first["version"]["etag"]))).await;
        stale.refused(409, "Draft changed", "look at it again");
        assert_eq!(server.admin(Method::DELETE, DRAFT, None).await.expect(200).json()["success"], true);
        let gone = server.admin(Method::POST, &publish, Some(&with(&second["version"]["etag"]))).await;
        gone.refused(404, "Draft not found", "");
    }
}
