//! Invoices, files of disputes and the ledger, as pages link to them; and how those files come.

use crate::api_payments::owing;
use crate::common::{ADMIN_PASSWORD, Reply, Server, send, server_with, servers};
use platform::auth::{self, Audience};
use platform::files;
use reqwest::Method;
use serde_json::json;

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR and more";
const BOUNDARY: &str = "a-boundary-of-a-test";

/// A form with files, as browsers send it.
fn form_of(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\ncontent-type: image/png\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

async fn upload(server: &Server, token: &str, path: &str, accept: &str, body: Vec<u8>) -> Reply {
    let request = server.request(Method::POST, path).header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    send(request.header("accept", accept).header("cookie", format!("plumbline_session={token}")).body(body)).await
}

/// Disputes a charge as the portal does.
pub async fn dispute(server: &Server, token: &str, record: &str, files: &[(&str, &[u8])]) -> Reply {
    let body = form_of(&[("recordId", record), ("reason", "wrong_info"), ("description", "See the photo.")], files);
    upload(server, token, "/rpc/contractor_dispute", "application/json", body).await
}

fn files_on_disk(server: &Server) -> usize {
    std::fs::read_dir(files::folder(&server.ctx.settings)).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_dispute_comes_with_files_that_only_its_two_sides_can_open() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 2).await;
        let (other, _) = owing(&server, "other@example.com", 0).await;
        let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
        dispute(&server, &token, &records[0], &[("Größe.png", PNG), ("", b"")]).await.expect(200);
        let id = server.texts("select id from dispute_evidence").await.remove(0);
        assert_eq!(server.texts("select name from dispute_evidence").await, ["Größe.png"], "on {}", server.db.name());
        let path = format!("/api/evidence/{id}");
        let open = |cookie: &str| send(server.request(Method::GET, &path).header("cookie", format!("plumbline_session={cookie}")));

        for reply in [open(&token).await, open(&admin).await, server.with(&token, Method::GET, &path, None).await] {
            let reply = reply.expect(200);
            assert_eq!((reply.header("content-type"), reply.header("x-content-type-options")), ("image/png", "nosniff"));
            assert!(reply.header("content-disposition").starts_with("inline; filename=\"Gr__e.png\"; filename*=UTF-8''Gr%C3%B6"));
            assert!(
                reply.header("content-security-policy").contains("sandbox")
                    && reply.header("content-security-policy").contains("default-src 'none'")
            );
            assert!(reply.header("cache-control").starts_with("private"));
        }
        let part = server.request(Method::GET, &path).basic_auth("admin", Some(ADMIN_PASSWORD)).header("range", "bytes=1-3");
        let part = send(part).await.expect(206);
        assert_eq!(part.text, "PNG", "players ask for parts");
        open(&other).await.refused(404, "File not found", &id);
        server.get(&path).await.expect(401);
        open("a.b.c").await.expect(401);

        // Later files, without script: the browser is sent on.
        let dispute_id = server.texts("select id from disputes").await.remove(0);
        let body = form_of(&[("disputeId", &dispute_id)], &[("b.pdf", b"%PDF-1.7 ...")]);
        let reply = upload(&server, &token, "/rpc/contractor_add_evidence", "text/html", body).await.expect(302);
        assert_eq!(reply.header("location"), "/app/contractor/disputes");
        let pdf = server.texts("select id from dispute_evidence where kind = 'application/pdf'").await.remove(0);
        let reply = server.with(&token, Method::GET, &format!("/api/evidence/{pdf}"), None).await.expect(200);
        assert!(reply.header("content-disposition").starts_with("attachment"));
        let body = form_of(&[("disputeId", &dispute_id)], &[("c.png", PNG)]);
        upload(&server, &other, "/rpc/contractor_add_evidence", "application/json", body).await.expect(404);
    }
}

#[tokio::test]
async fn odd_uploads_are_refused_and_leave_nothing() {
    let server = server_with(|_| {}).await;
    let (token, records) = owing(&server, "contractor@example.com", 1).await;
    let large = vec![0x89; files::MOST_BYTES + 1];
    let six = [("a.png", PNG); 6];
    for (odd, told) in [
        (vec![("photo.png", b"<html><script>alert(1)</script>".as_slice())], "photo.png is none of these"),
        (vec![("movie.png", large.as_slice())], "movie.png is larger"),
        (six.to_vec(), "at most"),
    ] {
        let reply = dispute(&server, &token, &records[0], &odd).await.expect(400);
        assert!(reply.text.contains("files") && reply.text.contains(told), "{}", reply.text);
    }
    // A form that breaks off, has no boundary, or comes from nobody.
    let whole = form_of(&[("recordId", &records[0]), ("reason", "wrong_info")], &[("a.png", PNG)]);
    upload(&server, &token, "/rpc/contractor_dispute", "application/json", whole[..whole.len() - 20].to_vec()).await.expect(400);
    let plain = server.request(Method::POST, "/rpc/contractor_dispute").header("cookie", format!("plumbline_session={token}"));
    send(plain.form(&[("recordId", "x")])).await.expect(400);
    let bare = server.request(Method::POST, "/rpc/contractor_dispute").header("content-type", "multipart/form-data");
    send(bare.body("x")).await.expect(400);
    upload(&server, "a.b.c", "/rpc/contractor_dispute", "application/json", whole).await.expect(401);
    let endless = vec![b'x'; 60 * 1024 * 1024];
    upload(&server, &token, "/rpc/contractor_dispute", "application/json", endless).await.expect(413);
    assert_eq!(server.count("select count(*) from disputes").await, 0);
    let parts = std::fs::read_dir(files::folder(&server.ctx.settings)).expect("a folder").filter_map(Result::ok);
    assert_eq!(parts.filter(|e| e.file_name().to_string_lossy().ends_with(".part")).count(), 0, "no part stays");
    server.db.advance(chrono::Duration::hours(2));
    leads::evidence::sweep(&server.ctx).await.expect("swept");
    assert_eq!(files_on_disk(&server), 0);
}

#[tokio::test]
async fn an_invoice_opens_for_its_contractor_and_the_administrator() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 1).await;
        let (other, _) = owing(&server, "other@example.com", 0).await;
        let path = format!("/api/invoices/{}", records[0]);
        server.with(&token, Method::GET, &path, None).await.refused(404, "Invoice not found", &records[0]);
        let change = json!({ "status": "invoiced" });
        server.admin(Method::PUT, &format!("/api/admin/billing/{}", records[0]), Some(&change)).await.expect(200);
        let cookie = server.request(Method::GET, &path).header("cookie", format!("plumbline_session={token}"));
        for reply in [send(cookie).await, server.with(&token, Method::GET, &path, None).await, server.admin(Method::GET, &path, None).await]
        {
            let reply = reply.expect(200);
            assert_eq!(reply.header("content-type"), "application/pdf", "on {}", server.db.name());
            assert!(reply.text.starts_with("%PDF-1.") && reply.header("content-disposition").contains("INV-2025-001.pdf"));
        }
        server.with(&other, Method::GET, &path, None).await.refused(404, "Invoice not found", &records[0]);
        server.get(&path).await.expect(401);
    }
}

#[tokio::test]
async fn the_ledger_is_downloaded_with_the_portals_session() {
    for server in servers().await {
        let (token, records) = owing(&server, "contractor@example.com", 2).await;
        let change = json!({ "status": "paid" });
        server.admin(Method::PUT, &format!("/api/admin/billing/{}", records[0]), Some(&change)).await.expect(200);
        let admin = auth::issue(&server.ctx, Audience::Admin, "admin", chrono::Duration::hours(1)).expect("a token");
        let read = async |query: &str| {
            let request = server.request(Method::GET, &format!("/api/admin/export/ledger{query}"));
            let reply = send(request.header("cookie", format!("plumbline_session={admin}"))).await.expect(200);
            assert!(reply.header("content-disposition").starts_with("attachment; filename=\"ledger-2025-10-05"));
            reply.text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        let rows = read("").await;
        let sum = |column: usize| rows.iter().filter_map(|row| row[column].parse::<f64>().ok()).sum::<f64>();
        assert_eq!((rows.len(), sum(10), sum(11)), (6, 750.0, 750.0), "debits are credits, on {}", server.db.name());
        assert_eq!((read("?kind=payment").await.len(), read("?q=nobody").await.len()), (2, 0));
        let refused = server.request(Method::GET, "/api/admin/export/ledger").header("cookie", format!("plumbline_session={token}"));
        send(refused).await.expect(403);
        server.admin(Method::GET, "/api/admin/export/ledger?kind=gift", None).await.expect(400);
    }
}
