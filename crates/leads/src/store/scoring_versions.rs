//! The table `scoring_versions`, and what a what-if reads of the leads.

use crate::lead::{Category, PropertyType, ServiceType, Timeline};
use crate::scoring::{Factor, SERVICE_AREA, ScoringModel, Tiers, Weights};
use crate::scoring_versions::{ScoringVersion, VersionStatus};
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome};
use platform::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use sqlx::types::Json;

#[derive(Debug, sqlx::FromRow)]
struct VersionRow {
    version: i64,
    weights: Json<Weights>,
    tiers: Json<Tiers>,
    status: VersionStatus,
    note: Option<String>,
    etag: String,
    created_by: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
}

impl From<VersionRow> for ScoringVersion {
    fn from(row: VersionRow) -> ScoringVersion {
        ScoringVersion {
            model: ScoringModel { version: row.version, weights: row.weights.0, tiers: row.tiers.0 },
            status: row.status,
            note: row.note,
            etag: row.etag,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            published_at: row.published_at,
        }
    }
}

macro_rules! columns {
    () => {
        "select version, weights, tiers, status, note, etag, created_by, created_at, updated_at, published_at from scoring_versions"
    };
}

/// The version that leads are scored with.
pub async fn find_published(conn: &mut Conn) -> Outcome<ScoringVersion> {
    Ok(fetch_one!(conn, VersionRow, concat!(columns!(), " where status = 'published'"))?.into())
}

/// The draft, if there is one.
pub async fn find_draft(conn: &mut Conn) -> Outcome<Option<ScoringVersion>> {
    Ok(fetch_optional!(conn, VersionRow, concat!(columns!(), " where status = 'draft'"))?.map(Into::into))
}

/// The draft, locked until the transaction ends.
pub async fn lock_draft(conn: &mut Conn) -> Outcome<Option<ScoringVersion>> {
    if conn.is_postgres() {
        return Ok(fetch_optional!(conn, VersionRow, concat!(columns!(), " where status = 'draft' for no key update"))?.map(Into::into));
    }
    find_draft(conn).await
}

pub(super) const RETIRED: &str = concat!(columns!(), " where status = 'retired' order by version desc limit $1");

/// Versions that were published once, the latest first.
pub async fn list_retired(conn: &mut Conn, limit: i64) -> Outcome<Vec<ScoringVersion>> {
    Ok(fetch_all!(conn, VersionRow, RETIRED, limit)?.into_iter().map(Into::into).collect())
}

/// What a draft is written with.
#[derive(Debug)]
pub struct NewVersion<'a> {
    pub weights: &'a Weights,
    pub tiers: &'a Tiers,
    pub note: Option<&'a str>,
    pub etag: &'a str,
    pub created_by: &'a str,
    pub now: DateTime<Utc>,
}

/// Begins a draft. `false`: there is one.
pub async fn insert_draft(conn: &mut Conn, new: &NewVersion<'_>) -> Outcome<bool> {
    let inserted = execute!(
        conn,
        "insert into scoring_versions (version, weights, tiers, status, note, etag, created_by, created_at, updated_at)
         values ((select max(version) + 1 from scoring_versions), $1, $2, 'draft', $3, $4, $5, $6, $6) on conflict do nothing",
        Json(new.weights),
        Json(new.tiers),
        new.note,
        new.etag,
        new.created_by,
        new.now,
    )?;
    Ok(inserted == 1)
}

/// Changes the draft. `false`: there is none.
pub async fn update_draft(conn: &mut Conn, new: &NewVersion<'_>) -> Outcome<bool> {
    let changed = execute!(
        conn,
        "update scoring_versions set weights = $1, tiers = $2, note = $3, etag = $4, created_by = $5, updated_at = $6 where status = 'draft'",
        Json(new.weights),
        Json(new.tiers),
        new.note,
        new.etag,
        new.created_by,
        new.now,
    )?;
    Ok(changed == 1)
}

/// Deletes the draft; answers its version.
pub async fn delete_draft(conn: &mut Conn) -> Outcome<Option<i64>> {
    let deleted = fetch_optional!(conn, (i64,), "delete from scoring_versions where status = 'draft' returning version")?;
    Ok(deleted.map(|(version,)| version))
}

/// Makes room for another published version. Of two nodes at once the second waits here for the first.
pub async fn retire_published(conn: &mut Conn) -> Outcome<()> {
    execute!(conn, "update scoring_versions set status = 'retired' where status = 'published'")?;
    Ok(())
}

/// Publishes the draft with this etag. `false`: there is none.
pub async fn publish_draft(conn: &mut Conn, etag: &str, now: DateTime<Utc>) -> Outcome<bool> {
    let sql = "update scoring_versions set status = 'published', published_at = $2 where status = 'draft' and etag = $1";
    Ok(execute!(conn, sql, etag, now)? == 1)
}

/// How many leads `list_scored` answers at once.
pub const SCORED_PAGE: usize = 2_000;

/// A lead's answers, and what they were worth when it came.
#[derive(Debug, sqlx::FromRow)]
pub struct Scored {
    pub id: Id,
    pub created_at: DateTime<Utc>,
    pub budget_range: String,
    pub timeline: Timeline,
    pub property_type: PropertyType,
    pub service_type: ServiceType,
    pub has_email: bool,
    factors: Json<Vec<Factor>>,
    pub category: Category,
    pub price_cents: Money,
    pub is_billed: bool,
}

impl Scored {
    /// Whether somebody served its ZIP code when it came.
    pub fn zip_served(&self) -> bool {
        self.factors.0.iter().any(|factor| factor.label == SERVICE_AREA && factor.points > 0)
    }
}

/// The next leads after `last` (time and id) that came until `to`, oldest first. A replacement lead counts as not billed.
pub async fn list_scored(conn: &mut Conn, last: (DateTime<Utc>, &str), to: DateTime<Utc>) -> Outcome<Vec<Scored>> {
    Ok(fetch_all!(
        conn,
        Scored,
        "select l.id, l.created_at, l.budget_range, l.timeline, l.property_type, l.service_type, l.customer_email is not null as has_email,
           l.factors, l.category, l.price_cents,
           exists (select 1 from billing_records b where b.lead_id = l.id)
             and not exists (select 1 from lead_assignments a where a.lead_id = l.id and a.ended_at is null and a.is_replacement) as is_billed
         from leads l where (l.created_at, l.id) > ($1, $2) and l.created_at <= $3 order by l.created_at, l.id limit $4",
        last.0,
        last.1,
        to,
        i64::try_from(SCORED_PAGE).unwrap_or(i64::MAX),
    )?)
}
