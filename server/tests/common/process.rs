//! The real program in a process of its own.

use super::TWILIO_TOKEN;
use platform::testing::TestDb;
use reqwest::Client;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The administrator's password there.
pub const PROGRAM_PASSWORD: &str = "program-admin-password";

/// The program under test; killed when it is dropped.
pub struct Plumbline {
    command: Command,
    child: Child,
    pub base: String,
    pub http: Client,
}

impl Plumbline {
    /// Over a database that is there, with more settings.
    #[expect(clippy::disallowed_methods, reason = "this client is a browser's part, not the server's")]
    pub async fn start(db: &TestDb, more: &[(&str, &str)]) -> Plumbline {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let base = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
        command.arg("serve").env_clear().current_dir(db.folder()).stdout(Stdio::null());
        command.stderr(File::create(db.folder().join("server.log")).expect("a log"));
        for (name, value) in [
            ("PLUMBLINE_LISTEN", base.trim_start_matches("http://")),
            ("PUBLIC_URL", &base),
            ("DATABASE_URL", &db.ctx.settings.database_url),
            ("DATA_DIR", db.folder().to_str().expect("text")),
            ("ADMIN_PASSWORD", PROGRAM_PASSWORD),
            ("JWT_SECRET", "kill-jwt-secret-of-32-characters-or-more"),
            ("CRON_SECRET", "kill-cron-secret"),
            ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN),
            ("RATE_LIMITS", "off"),
            ("LOG_LEVEL", "error"),
        ] {
            command.env(name, value);
        }
        command.envs(more.iter().copied());
        let child = command.spawn().expect("it starts");
        let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
        let plumbline = Plumbline { command, child, base, http };
        plumbline.ready().await;
        plumbline
    }

    async fn ready(&self) {
        until("it answers", async || {
            self.http.get(format!("{}/health", self.base)).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// SIGKILL, and up again.
    pub async fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ended");
        self.child = self.command.spawn().expect("it starts");
        self.ready().await;
    }
}

impl Drop for Plumbline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition, at most two minutes.
pub async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
