//! How long connections and event streams are held open.

use crate::common::{Server, send, servers};
use axum::Router;
use axum::routing::get;
use platform::auth::{self, Audience};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use server::http::connections;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

/// Longer than anything here takes, on a machine however slow.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn who_never_finishes_a_request_is_let_go() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let app = Router::new().route("/", get(|| async { "hello" }));
    let served = tokio::spawn(connections::serve(listener, app, Duration::from_millis(300), async {
        let _ = stopped.await;
    }));
    for begun in ["", "GET / HTTP/1.1\r\nhost: x\r\n"] {
        let ended = tokio::task::spawn_blocking(move || {
            let mut slow = std::net::TcpStream::connect(address)?;
            slow.set_read_timeout(Some(LONG))?;
            slow.write_all(begun.as_bytes())?;
            slow.read_to_end(&mut Vec::new())
        });
        ended.await.expect("it ran").expect("the server ended the connection");
    }
    let mut whole = std::net::TcpStream::connect(address).expect("connected");
    let answer = tokio::task::spawn_blocking(move || {
        whole.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")?;
        let mut answer = [0; 15];
        whole.read_exact(&mut answer).map(|()| (whole, answer))
    });
    let (_open, answer) = answer.await.expect("it ran").expect("answered");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    stop.send(()).expect("it listens");
    timeout(LONG, served).await.expect("it ends though a connection is open").expect("it ran");
}

#[tokio::test]
async fn a_request_that_has_begun_is_finished_before_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (has_begun, may_finish) = (begun.clone(), finish.clone());
    let slow = move || async move {
        has_begun.notify_one();
        may_finish.notified().await;
        "done"
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(connections::serve(listener, Router::new().route("/", get(slow)), connections::HEAD, async {
        let _ = stopped.await;
    }));
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LONG))?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    timeout(LONG, begun.notified()).await.expect("it begins");
    stop.send(()).expect("it listens");
    let nobody_is_let_in = async {
        while std::net::TcpStream::connect(address).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, nobody_is_let_in).await.expect("it is ending");
    assert!(!served.is_finished(), "it waits for the request");
    finish.notify_one();
    let answer = timeout(LONG, asked).await.expect("in time").expect("it ran").expect("a whole answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
    timeout(LONG, served).await.expect("it ends").expect("it ran");
}

fn with(server: &Server, token: &str, method: Method, path: &str) -> RequestBuilder {
    server.request(method, path).header("cookie", format!("plumbline_session={token}"))
}

async fn to_its_end(stream: &mut Response) {
    while let Ok(Some(_)) = stream.chunk().await {}
}

#[tokio::test]
async fn a_stream_ends_soon_after_the_session_that_began_it() {
    for server in servers().await {
        let (_, contractor) = server.contractor("first@example.com", json!({})).await;
        let (second_id, second) = server.contractor("second@example.com", json!({})).await;
        let (_, stays) = server.contractor("third@example.com", json!({})).await;
        let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
        let listen = async |token: &str| {
            let stream = with(&server, token, Method::GET, "/rpc/events").send().await.expect("an answer");
            assert_eq!(stream.status(), 200);
            stream
        };
        let mut ending = [listen(&contractor).await, listen(&admin).await, listen(&second).await];
        let mut staying = listen(&stays).await;
        for token in [&contractor, &admin] {
            let signed_out = send(with(&server, token, Method::POST, "/rpc/sign_out").form(&[("a", "b")])).await;
            assert!(signed_out.status < 400, "{} {}", signed_out.status, signed_out.text);
        }
        server.admin(Method::POST, &format!("/api/admin/contractors/{second_id}/suspend"), None).await.expect(200);
        for stream in &mut ending {
            timeout(LONG, to_its_end(stream)).await.expect("it ended");
        }
        assert!(timeout(Duration::from_secs(1), to_its_end(&mut staying)).await.is_err(), "another's goes on");
    }
}
