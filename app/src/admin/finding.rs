//! What the palette finds while somebody types.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{Command, Finding};
use leads::find::{Found, Kind};
use leptos::prelude::*;

/// Leads, contractors and invoices that begin so.
#[server(prefix = "/rpc", endpoint = "admin_find")]
pub async fn find_records(#[server(default)] words: String) -> Result<Vec<Found>, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::find::find(&ctx()?, &caller, &words).await?)
}

/// The records as the palette offers them.
pub fn find(words: String) -> Finding {
    Box::pin(async move { Ok(find_records(words).await?.into_iter().map(|found| Command::record(&found, href(&found))).collect()) })
}

fn href(found: &Found) -> String {
    match found.kind {
        Kind::Lead => format!("/app/admin/leads/{}", found.id),
        Kind::Contractor => format!("/app/admin/contractors/{}", found.id),
        Kind::Invoice => format!("/app/admin/billing?q={}", found.id),
    }
}
