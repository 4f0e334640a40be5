//! The table `dispute_evidence`.

use crate::evidence::EvidenceView;
use chrono::{DateTime, Utc};
use kernel::{FileKind, Id, Outcome};
use platform::{Conn, execute, fetch_all, fetch_optional, fetch_scalar};

/// Keeps what a file is.
pub async fn insert(conn: &mut Conn, new: &EvidenceView, contractor_id: &str, hash: &str) -> Outcome<()> {
    execute!(
        conn,
        "insert into dispute_evidence (id, dispute_id, contractor_id, name, kind, bytes, hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.as_str(),
        new.dispute_id.as_str(),
        contractor_id,
        new.name.as_str(),
        new.kind,
        new.bytes,
        hash,
        new.created_at,
    )?;
    Ok(())
}

/// How many files a dispute has.
pub async fn count(conn: &mut Conn, dispute_id: &str) -> Outcome<i64> {
    Ok(fetch_scalar!(conn, i64, "select count(*) from dispute_evidence where dispute_id = $1", dispute_id)?)
}

/// As lists and single files are read.
#[derive(Debug, sqlx::FromRow)]
pub struct EvidenceRow {
    id: Id,
    dispute_id: Id,
    name: String,
    kind: FileKind,
    bytes: i64,
    created_at: DateTime<Utc>,
    contractor_id: Id,
    hash: String,
}

impl From<EvidenceRow> for EvidenceView {
    fn from(row: EvidenceRow) -> EvidenceView {
        EvidenceView {
            id: row.id,
            dispute_id: row.dispute_id,
            name: row.name,
            kind: row.kind,
            bytes: row.bytes,
            created_at: row.created_at,
        }
    }
}

/// A file with its contractor and its hash.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<(EvidenceView, Id, String)>> {
    let sql = "select id, dispute_id, name, kind, bytes, created_at, contractor_id, hash from dispute_evidence where id = $1";
    Ok(fetch_optional!(conn, EvidenceRow, sql, id)?.map(|row| {
        let (owner, hash) = (row.contractor_id.clone(), row.hash.clone());
        (row.into(), owner, hash)
    }))
}

/// Forgets a file.
pub async fn delete(conn: &mut Conn, id: &str) -> Outcome<()> {
    execute!(conn, "delete from dispute_evidence where id = $1", id)?;
    Ok(())
}

/// The names of all files that are in use on the disk.
pub async fn list_hashes(conn: &mut Conn) -> Outcome<Vec<String>> {
    Ok(fetch_all!(conn, (String,), "select distinct hash from dispute_evidence")?.into_iter().map(|(hash,)| hash).collect())
}
