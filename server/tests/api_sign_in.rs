//! Signing in through HTTP: the pages' second step, and programs with two-factor sign-in.

use crate::common::{Server, send, servers};
use leads::two_factor::{self, TwoFactor};
use platform::auth::Caller;
use platform::totp;
use reqwest::Method;
use serde_json::json;

const EMAIL: &str = "contractor@example.com";

/// Switches two-factor sign-in on, and answers the recovery codes.
async fn switch_on(server: &Server, id: &str) -> Vec<String> {
    let (ctx, me) = (&server.ctx, Caller::Contractor(id.into()));
    two_factor::start(ctx, &me).await.expect("started");
    let TwoFactor::SettingUp { key, recovery_codes, .. } = two_factor::get(ctx, &me).await.expect("shown") else { panic!("set up") };
    let letters = key.chars().filter_map(|c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c));
    let bits: String = letters.map(|n| format!("{n:05b}")).collect();
    let key: Vec<u8> =
        bits.as_bytes().chunks_exact(8).map(|b| u8::from_str_radix(std::str::from_utf8(b).expect("ascii"), 2).expect("bits")).collect();
    two_factor::confirm(ctx, &me, &totp::code(&key, ctx.now())).await.expect("on");
    recovery_codes
}

#[tokio::test]
async fn programs_are_told_that_a_code_is_missing_or_wrong() {
    for server in servers().await {
        let (id, _) = server.contractor(EMAIL, json!({})).await;
        let codes = switch_on(&server, &id).await;
        let login = |code: serde_json::Value| {
            let body = json!({ "email": EMAIL, "password": "password123", "totpCode": code });
            server.request(Method::POST, "/api/contractors/login").json(&body)
        };
        send(login(json!(null))).await.refused(401, "Two-factor code required", "totpCode");
        send(login(json!("000000"))).await.refused(401, "Two-factor code is wrong", "");
        let reply = send(login(json!(codes[0]))).await.expect(200).json();
        let token = reply["token"].as_str().expect("a token");
        server.with(token, Method::GET, "/api/contractors/dashboard", None).await.expect(200);
        send(login(json!(codes[0]))).await.refused(401, "Two-factor code is wrong", "");
    }
}

#[tokio::test]
async fn pages_ask_for_the_code_after_the_password() {
    for server in servers().await {
        let (id, _) = server.contractor(EMAIL, json!({})).await;
        let codes = switch_on(&server, &id).await;
        let post = |path: &str, form: &[(&str, &str)], cookie: &str| {
            server.request(Method::POST, path).header("accept", "text/html").header("cookie", cookie).form(form)
        };
        let next = ("next", "/app/contractor/leads");
        let reply = send(post("/rpc/sign_in", &[("email", EMAIL), ("password", "password123"), next], "")).await.expect(302);
        assert!(reply.header("location").starts_with("/login?step=code&next="), "{}", reply.header("location"));
        let cookie = reply.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        assert!(cookie.starts_with("plumbline_second_step=") && reply.header("set-cookie").contains("HttpOnly"), "{cookie}");

        let page = send(server.request(Method::GET, "/login?step=code").header("accept", "text/html")).await.expect(200);
        assert!(page.text.contains("authenticator app") && page.text.contains("one-time-code"));
        let wrong = send(server.request(Method::POST, "/rpc/sign_in_code").header("cookie", &cookie).form(&[("code", "000000")])).await;
        assert_eq!((wrong.status, wrong.header("set-cookie")), (400, ""));
        let none = send(server.request(Method::POST, "/rpc/sign_in_code").form(&[("code", codes[0].as_str())])).await;
        assert_eq!((none.status, none.header("set-cookie")), (409, ""), "without the first step there is no second");

        let reply = send(post("/rpc/sign_in_code", &[("code", codes[0].as_str()), next], &cookie)).await.expect(302);
        assert_eq!(reply.header("location"), "/app/contractor/leads");
        let set: Vec<&str> = reply.headers.get_all("set-cookie").iter().map(|v| v.to_str().expect("text")).collect();
        assert!(set.iter().any(|c| c.starts_with("plumbline_second_step=;")), "{set:?}");
        let session = set.iter().find(|c| c.starts_with("plumbline_session=")).expect("signed in").split(';').next().expect("a cookie");
        let page = server.request(Method::GET, "/app/contractor/security").header("accept", "text/html").header("cookie", session);
        let page = send(page).await.expect(200);
        assert!(page.text.contains("This device") && page.text.contains("9 recovery codes are"), "the page shows both");
    }
}
