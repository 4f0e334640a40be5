//! Mail and SMS: what leaves, what is logged, what is held back. Providers are stand-ins on a real port.

use kernel::Phone;
use platform::jobs::{self, Registry};
use platform::mail::{self, Mail, SendMailJob};
use platform::settings::{MailSettings, Secret, Settings};
use platform::sms::{self, SendSmsJob, Sms};
use platform::testing::{TestDb, databases, sqlite};
use platform::{Ctx, execute, fetch_all, fetch_one};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

fn job(to: &str) -> SendMailJob {
    let mail = Mail {
        to: to.into(),
        subject: "New lead in 90210".into(),
        text: "Call John".into(),
        html: "<p>Call John</p>".into(),
        attachments: Vec::new(),
    };
    SendMailJob { mail, lead_id: Some("l1".into()), contractor_id: Some("c1".into()), template: "lead_assigned".into() }
}

async fn queue_mail(ctx: &Ctx, to: &str) {
    let mut tx = ctx.begin().await.expect("a transaction");
    mail::queue(ctx, &mut tx, job(to)).await.expect("queued");
    tx.commit().await.expect("committed");
}

async fn queue_sms(ctx: &Ctx) {
    let sms = Sms { to: Phone::parse("5551234567").expect("a phone"), body: "New lead: call (555) 987-6543".into() };
    let mut tx = ctx.begin().await.expect("a transaction");
    sms::queue(ctx, &mut tx, SendSmsJob { sms, lead_id: None, contractor_id: Some("c1".into()), template: "lead_assigned".into() })
        .await
        .expect("queued");
    tx.commit().await.expect("committed");
}

async fn drain(ctx: &Ctx) -> usize {
    jobs::drain(ctx, &Registry::with_platform().expect("a registry")).await.expect("drained")
}

/// Recipient and status of every notification, oldest first.
async fn logged(ctx: &Ctx) -> Vec<(String, String)> {
    let mut conn = ctx.db.read().await.expect("a connection");
    fetch_all!(conn, (String, String), "select recipient, status from notification_logs order by created_at, job_id").expect("rows")
}

async fn job_status(ctx: &Ctx) -> (String, Option<String>) {
    fetch_one!(&mut ctx.db.read().await.expect("a connection"), (String, Option<String>), "select status, last_error from jobs")
        .expect("a job")
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[tokio::test]
async fn mail_becomes_a_file_once_its_change_commits() {
    for db in databases().await {
        let mut tx = db.ctx.begin().await.expect("a transaction");
        mail::queue(&db.ctx, &mut tx, job("undone@example.com")).await.expect("queued");
        drop(tx);
        queue_mail(&db.ctx, "john@example.com").await;
        assert_eq!(drain(&db.ctx).await, 1);
        let mails = db.mails();
        assert_eq!(mails.len(), 1, "{}", db.name());
        assert!(mails[0].contains("To: john@example.com") && mails[0].contains("Subject: New lead in 90210"), "{}", mails[0]);
        assert!(mails[0].contains("Call John") && mails[0].contains("<p>Call John</p>"));
        assert_eq!(logged(&db.ctx).await, pairs(&[("john@example.com", "sent")]));

        // A worker that died after sending: the job runs again and nothing is sent twice.
        let mut tx = db.ctx.begin().await.expect("a transaction");
        let payload = sqlx::types::Json(job("john@example.com"));
        execute!(tx, "update jobs set status = 'queued', payload = $1", payload).expect("updated");
        tx.commit().await.expect("committed");
        std::fs::remove_dir_all(db.folder().join("mail")).expect("removed");
        assert_eq!(drain(&db.ctx).await, 1);
        assert!(db.mails().is_empty());
        assert_eq!(logged(&db.ctx).await.len(), 1);
    }
}

#[tokio::test]
async fn addresses_that_bounced_get_no_mail_until_that_is_lifted() {
    for db in databases().await {
        let ctx = &db.ctx;
        let mut tx = ctx.begin().await.expect("a transaction");
        mail::record_bounce(ctx, &mut tx, "John@Example.com ", "dropped", None, ctx.now()).await.expect("recorded");
        mail::record_bounce(ctx, &mut tx, "john@example.com", "bounce", Some("550 no such box"), ctx.now()).await.expect("recorded twice");
        tx.commit().await.expect("committed");
        let mut conn = ctx.db.read().await.expect("a connection");
        let held = fetch_all!(conn, (String, String), "select address, kind from email_bounces").expect("bounces");
        assert_eq!(held, pairs(&[("john@example.com", "bounce")]));
        drop(conn);

        queue_mail(ctx, "JOHN@example.com").await;
        queue_mail(ctx, "ann@example.com").await;
        drain(ctx).await;
        assert_eq!(db.mails().len(), 1, "{}", db.name());
        assert_eq!(logged(ctx).await, pairs(&[("JOHN@example.com", "skipped"), ("ann@example.com", "sent")]));

        let mut tx = ctx.begin().await.expect("a transaction");
        let lifted = mail::lift_bounce(&mut tx, "john@EXAMPLE.com").await.expect("lifted");
        assert_eq!(lifted.map(|bounce| bounce.reason), Some(Some("550 no such box".into())));
        assert_eq!(mail::lift_bounce(&mut tx, "john@example.com").await.expect("asked again"), None);
        tx.commit().await.expect("committed");
        queue_mail(ctx, "john@example.com").await;
        drain(ctx).await;
        assert_eq!(db.mails().len(), 2);
    }
}

#[tokio::test]
async fn a_text_message_becomes_a_file_and_is_logged() {
    for db in databases().await {
        queue_sms(&db.ctx).await;
        drain(&db.ctx).await;
        assert_eq!(db.messages(), ["To: +15551234567\n\nNew lead: call (555) 987-6543\n"]);
        assert_eq!(logged(&db.ctx).await, pairs(&[("+15551234567", "sent")]));
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let row = fetch_one!(conn, (String, Option<String>), "select status, contractor_id from sms_logs").expect("one row");
        assert_eq!(row, ("sent".into(), Some("c1".into())), "{}", db.name());
    }
}

/// Answers each request with the next status and body, and passes the request on.
fn provider(answers: Vec<(u16, &'static str)>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for (status, answer) in answers {
            let Ok((stream, _)) = listener.accept() else { return };
            let mut reader = BufReader::new(stream);
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                request.push_str(&line);
                if line == "\r\n" || line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            request.push_str(&String::from_utf8(body).expect("text"));
            let mut stream: TcpStream = reader.into_inner();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}", answer.len());
            stream.write_all(head.as_bytes()).expect("answered");
            let _ = sender.send(request);
        }
    });
    (base, requests)
}

/// The test's context with other settings.
fn with_settings(db: &TestDb, change: impl FnOnce(&mut Settings)) -> Ctx {
    let mut settings = db.ctx.settings.clone();
    change(&mut settings);
    Ctx::with_clock(db.ctx.db.clone(), settings, db.ctx.clock.clone()).expect("a context")
}

#[tokio::test]
async fn sendgrid_gets_the_message_and_its_failures_are_told_apart() {
    let db = sqlite().await;
    let (base, requests) = provider(vec![(500, "busy"), (202, "")]);
    let ctx = with_settings(&db, |s| {
        s.mail = MailSettings::SendGrid { api_key: Secret::new("SG.key"), base };
        s.mail_from = "Plumbline <no-reply@plumb.example>".into();
    });
    queue_mail(&ctx, "john@example.com").await;
    drain(&ctx).await;
    assert_eq!(job_status(&ctx).await, ("queued".into(), Some("status 500: busy".into())));
    assert_eq!(logged(&ctx).await, pairs(&[("john@example.com", "failed")]));
    db.advance(chrono::Duration::seconds(15));
    drain(&ctx).await;
    assert_eq!(job_status(&ctx).await.0, "done");
    assert_eq!(logged(&ctx).await, pairs(&[("john@example.com", "sent")]));

    let (first, second) = (requests.recv().expect("a request"), requests.recv().expect("a request"));
    assert!(first.starts_with("POST /v3/mail/send HTTP/1.1") && first.contains("Bearer SG.key"), "{first}");
    let body =
        |request: &str| -> serde_json::Value { serde_json::from_str(request.split_once("\r\n\r\n").expect("a body").1).expect("JSON") };
    let sent = body(&second);
    assert_eq!(sent["personalizations"][0]["to"][0]["email"], "john@example.com");
    assert_eq!(sent["from"], serde_json::json!({"email": "no-reply@plumb.example", "name": "Plumbline"}));
    assert_eq!(sent["content"][1]["value"], "<p>Call John</p>");
    assert_eq!(sent["headers"], body(&first)["headers"], "the Message-ID is the same at each try");

    let (base, _requests) = provider(vec![(400, "bad address")]);
    let db = sqlite().await;
    let ctx = with_settings(&db, |s| s.mail = MailSettings::SendGrid { api_key: Secret::new("SG.key"), base });
    queue_mail(&ctx, "john@example.com").await;
    drain(&ctx).await;
    assert_eq!(job_status(&ctx).await, ("dead".into(), Some("status 400: bad address".into())));
}

#[tokio::test]
async fn twilio_gets_the_message_and_its_id_is_kept() {
    let db = sqlite().await;
    let (base, requests) = provider(vec![(201, r#"{"sid":"SM1","status":"queued"}"#)]);
    let ctx = with_settings(&db, |s| {
        s.twilio.account_sid = Some("AC1".into());
        s.twilio.from = Some("+15550001111".into());
        s.twilio.api_base = base;
    });
    queue_sms(&ctx).await;
    drain(&ctx).await;
    let request = requests.recv().expect("a request");
    assert!(request.starts_with("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"), "{request}");
    // AC1:test-twilio-token
    assert!(request.contains("Basic QUMxOnRlc3QtdHdpbGlvLXRva2Vu"), "{request}");
    assert!(request.contains("To=%2B15551234567&From=%2B15550001111&Body=New+lead"), "{request}");
    assert!(!request.contains("StatusCallback"), "Twilio cannot reach http://localhost");
    let mut conn = ctx.db.read().await.expect("a connection");
    let row = fetch_one!(conn, (String, Option<String>), "select status, provider_id from sms_logs").expect("one row");
    assert_eq!(row, ("sent".into(), Some("SM1".into())));
}

/// Takes one message over SMTP.
fn smtp_server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    let (sender, messages) = channel();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
        let mut say = move |line: &str| stream.write_all(format!("{line}\r\n").as_bytes()).expect("said");
        say("220 test");
        let (mut in_data, mut message) = (false, String::new());
        for line in std::iter::from_fn(|| {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|n| *n > 0).map(|_| line)
        }) {
            if in_data {
                if line == ".\r\n" {
                    in_data = false;
                    let _ = sender.send(message.clone());
                    say("250 taken");
                } else {
                    message.push_str(&line);
                }
                continue;
            }
            match line.get(..4).unwrap_or_default() {
                "DATA" => {
                    in_data = true;
                    say("354 go on");
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 ok"),
            }
        }
    });
    (url, messages)
}

#[tokio::test]
async fn smtp_takes_the_message() {
    let db = sqlite().await;
    let (url, messages) = smtp_server();
    let ctx = with_settings(&db, |s| s.mail = MailSettings::Smtp { url: Secret::new(url) });
    queue_mail(&ctx, "john@example.com").await;
    drain(&ctx).await;
    assert_eq!(job_status(&ctx).await, ("done".into(), None));
    let message = messages.recv().expect("a message");
    assert!(message.contains("Subject: New lead in 90210") && message.contains("<p>Call John</p>"), "{message}");
}

async fn jobs_and_attempts(ctx: &Ctx) -> Vec<(String, i64)> {
    let mut conn = ctx.db.read().await.expect("a connection");
    fetch_all!(conn, (String, i64), "select status, attempts from jobs order by created_at, id").expect("jobs")
}

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone_and_no_try_is_lost() {
    for db in databases().await {
        let answers = [vec![(503, "down"); 5], vec![(202, ""); 7]].concat();
        let (base, requests) = provider(answers);
        let ctx = with_settings(&db, |s| s.mail = MailSettings::SendGrid { api_key: Secret::new("SG.key"), base });
        for n in 0..7 {
            queue_mail(&ctx, &format!("{n}@example.com")).await;
            drain(&ctx).await;
        }
        assert_eq!(requests.try_iter().count(), 5, "after five failures nobody asks, on {}", db.name());
        let jobs = jobs_and_attempts(&ctx).await;
        assert_eq!(jobs.iter().filter(|job| **job == ("queued".into(), 1)).count(), 5);
        assert_eq!(jobs.iter().filter(|job| **job == ("queued".into(), 0)).count(), 2, "what was not tried is no try");
        // Of those that are due one tries; who comes before it has ended waits once more.
        for _ in 0..2 {
            db.advance(chrono::Duration::seconds(61));
            drain(&ctx).await;
        }
        assert_eq!(requests.try_iter().count(), 7, "each once");
        let jobs = jobs_and_attempts(&ctx).await;
        assert!(jobs.iter().all(|(status, attempts)| status == "done" && *attempts <= 2), "{jobs:?}");
        assert_eq!(logged(&ctx).await.iter().filter(|(_, status)| status == "sent").count(), 7);
    }
}

#[tokio::test]
async fn nobody_there_and_nonsense_are_failures_that_are_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let (babbling, _requests) = provider(vec![(200, "<html>"), (302, "elsewhere")]);
    for base in [format!("http://{closed}"), babbling] {
        let db = sqlite().await;
        let ctx = with_settings(&db, |s| {
            s.twilio.account_sid = Some("AC1".into());
            s.twilio.from = Some("+15550001111".into());
            s.twilio.api_base = base.clone();
        });
        queue_sms(&ctx).await;
        drain(&ctx).await;
        // An answer that cannot be read is no reason to send a message twice.
        let expected = if base.contains(&closed.to_string()) { "queued" } else { "done" };
        assert_eq!(job_status(&ctx).await.0, expected, "{base}");
    }
}

#[tokio::test]
async fn twilio_is_told_where_to_report_when_the_internet_reaches_us() {
    let db = sqlite().await;
    let (base, requests) = provider(vec![(201, r#"{"sid":"SM1"}"#)]);
    let ctx = with_settings(&db, |s| {
        s.public_url = "https://plumb.example".into();
        s.production = true;
        s.twilio.account_sid = Some("AC1".into());
        s.twilio.from = Some("+15550001111".into());
        s.twilio.api_base = base;
    });
    queue_sms(&ctx).await;
    drain(&ctx).await;
    let request = requests.recv().expect("a request");
    assert!(request.contains("&StatusCallback=https%3A%2F%2Fplumb.example%2Fapi%2Fwebhooks%2Ftwilio%2Fsms-status"), "{request}");
}
