//! The table `lead_consents`.

use crate::consent::{Consent, ConsentView};
use chrono::{DateTime, Utc};
use kernel::Outcome;
use platform::{Conn, execute, fetch_optional};

/// Keeps the evidence of a new lead.
pub async fn insert(conn: &mut Conn, lead_id: &str, consent: &Consent, address: Option<&str>, now: DateTime<Utc>) -> Outcome<()> {
    execute!(
        conn,
        "insert into lead_consents (lead_id, text, page, given_at, address, created_at) values ($1, $2, $3, $4, $5, $6)",
        lead_id,
        consent.text.as_str(),
        consent.page.as_str(),
        consent.given_at.unwrap_or(now),
        address,
        now,
    )?;
    Ok(())
}

/// The evidence of a lead.
pub async fn find(conn: &mut Conn, lead_id: &str) -> Outcome<Option<ConsentView>> {
    let sql = "select text, page, given_at, address, created_at from lead_consents where lead_id = $1";
    Ok(fetch_optional!(conn, ConsentView, sql, lead_id)?)
}
