//! What contractors send to support a dispute: photos, recordings, documents.

use chrono::{DateTime, Utc};
use kernel::{FileKind, Id};
use serde::{Deserialize, Serialize};

/// The most files of one dispute.
pub const MOST_FILES: usize = 5;

/// A file as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    pub id: Id,
    pub dispute_id: Id,
    pub name: String,
    pub kind: FileKind,
    pub bytes: i64,
    pub created_at: DateTime<Utc>,
}

impl EvidenceView {
    /// Where the file is, for its contractor and for administrators.
    pub fn href(&self) -> String {
        format!("/api/evidence/{}", self.id)
    }

    /// `340 kB`, `2.4 MB`
    pub fn size(&self) -> String {
        match self.bytes {
            ..1_000_000 => format!("{} kB", (self.bytes + 999) / 1000),
            more => format!("{}.{} MB", more / 1_000_000, more % 1_000_000 / 100_000),
        }
    }
}

#[cfg(feature = "ssr")]
pub(crate) use keeping::insert;
#[cfg(feature = "ssr")]
pub use keeping::{Upload, add, find, remove, sweep};

#[cfg(feature = "ssr")]
mod keeping {
    use super::{EvidenceView, MOST_FILES};
    use crate::disputes::DisputeView;
    use crate::{billing, store};
    use kernel::{Id, Outcome, Permission, Problem};
    use platform::auth::Caller;
    use platform::files::{self, Stored};
    use platform::{Ctx, Tx, events};
    use serde_json::json;
    use std::collections::HashSet;
    use std::path::PathBuf;

    /// A file that has arrived.
    #[derive(Clone, Debug)]
    pub struct Upload {
        /// As its sender calls it.
        pub name: String,
        pub stored: Stored,
    }

    /// Adds files to a new dispute or an open one, whose record is locked. Errors: `Invalid` (`files`) for too many.
    pub(crate) async fn insert(ctx: &Ctx, tx: &mut Tx, dispute_id: &str, contractor_id: &str, uploads: &[Upload]) -> Outcome<()> {
        let has = store::evidence::count(tx, dispute_id).await?;
        if usize::try_from(has).unwrap_or(usize::MAX).saturating_add(uploads.len()) > MOST_FILES {
            return Err(Problem::invalid("files", format!("may be {MOST_FILES} in all; there are {has} already")));
        }
        for upload in uploads {
            let view = EvidenceView {
                id: ctx.new_id(),
                dispute_id: dispute_id.into(),
                name: upload.stored.kind.safe_name(&upload.name),
                kind: upload.stored.kind,
                bytes: upload.stored.bytes,
                created_at: ctx.now(),
            };
            store::evidence::insert(tx, &view, contractor_id, &upload.stored.hash).await?;
        }
        Ok(())
    }

    /// Adds files to the own dispute while it is open. Errors: `Invalid` (`files`) for none or too many; `NotFound`, also
    /// for another's dispute; `Conflict` (`already_resolved`).
    pub async fn add(ctx: &Ctx, caller: &Caller, dispute_id: &str, uploads: &[Upload]) -> Outcome<()> {
        if uploads.is_empty() {
            return Err(Problem::invalid("files", "are needed: choose at least one"));
        }
        let mut tx = ctx.begin().await?;
        let dispute = lock_own(&mut tx, caller, dispute_id).await?;
        insert(ctx, &mut tx, dispute_id, &dispute.contractor.id, uploads).await?;
        tell(ctx, &mut tx, "dispute_evidence_added", &dispute, caller, uploads.len()).await?;
        tx.commit().await
    }

    /// Takes an own file back while its dispute is open. Errors: as `add`.
    pub async fn remove(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<()> {
        let mut tx = ctx.begin().await?;
        let missing = || Problem::not_found("File", id);
        let (file, ..) = store::evidence::find(&mut tx, id).await?.ok_or_else(missing)?;
        let dispute = lock_own(&mut tx, caller, &file.dispute_id).await.map_err(|problem| match problem {
            Problem::NotFound { .. } => missing(),
            other => other,
        })?;
        store::evidence::delete(&mut tx, id).await?;
        tell(ctx, &mut tx, "dispute_evidence_removed", &dispute, caller, 1).await?;
        tx.commit().await
    }

    /// A file and where it lies, for its contractor and for administrators. Errors: `NotFound`, also for another's.
    pub async fn find(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<(EvidenceView, PathBuf)> {
        let found = store::evidence::find(&mut ctx.db.read().await?, id).await?;
        let may_see = |owner: &Id| match caller {
            Caller::Contractor(me) => me == owner,
            other => other.may(Permission::View).is_ok(),
        };
        let found = found.filter(|(_, owner, _)| may_see(owner));
        let (view, _, hash) = found.ok_or_else(|| Problem::not_found("File", id))?;
        Ok((view, files::path_of(&ctx.settings, &hash)))
    }

    /// Deletes the files of the disk that belong to nothing any more; the schedule runs it each night.
    pub async fn sweep(ctx: &Ctx) -> Outcome<()> {
        let used: HashSet<String> = store::evidence::list_hashes(&mut ctx.db.read().await?).await?.into_iter().collect();
        let deleted = files::sweep(&ctx.settings, &used, ctx.now()).map_err(Problem::internal)?;
        if deleted > 0 {
            tracing::info!(deleted, "uploaded files that belong to nothing were deleted");
        }
        Ok(())
    }

    /// The caller's open dispute; nobody decides it until the transaction ends.
    async fn lock_own(tx: &mut Tx, caller: &Caller, dispute_id: &str) -> Outcome<DisputeView> {
        let Caller::Contractor(me) = caller else { return Err(Problem::Forbidden("Access denied")) };
        let missing = || Problem::not_found("Dispute", dispute_id);
        let found = store::disputes::find(tx, dispute_id).await?.filter(|d| d.contractor.id == *me).ok_or_else(missing)?;
        billing::lock(tx, &found.record.id).await?;
        let dispute = store::disputes::find(tx, dispute_id).await?.ok_or_else(missing)?;
        if !dispute.status.is_open() {
            return Err(Problem::conflict("already_resolved", "This dispute is decided: its files stay as they are"));
        }
        Ok(dispute)
    }

    async fn tell(ctx: &Ctx, tx: &mut Tx, kind: &str, dispute: &DisputeView, caller: &Caller, files: usize) -> Outcome<()> {
        let data = json!({
            "disputeId": dispute.id, "leadId": dispute.lead.id, "customerName": dispute.lead.customer_name(),
            "contractorId": dispute.contractor.id, "businessName": dispute.contractor.business_name, "files": files,
        });
        events::emit(ctx, tx, kind, &dispute.lead.id, Some(&dispute.contractor.id), &caller.actor(), data).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        let size = |bytes| {
            EvidenceView {
                id: "e".into(),
                dispute_id: "d".into(),
                name: "a.png".into(),
                kind: FileKind::Png,
                bytes,
                created_at: DateTime::UNIX_EPOCH,
            }
            .size()
        };
        assert_eq!([size(12), size(340_000), size(2_460_000), size(10_485_760)], ["1 kB", "340 kB", "2.4 MB", "10.4 MB"]);
    }
}
