//! What the palette finds while somebody types.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{Command, Finding};
use leads::find::{Found, Kind};
use leptos::prelude::*;

/// The contractor's own leads and invoices that begin so.
#[server(prefix = "/rpc", endpoint = "contractor_find")]
pub async fn find_records(#[server(default)] words: String) -> Result<Vec<Found>, AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::find::find(&ctx()?, &caller, &words).await?)
}

/// The records as the palette offers them.
pub fn find(words: String) -> Finding {
    Box::pin(async move { Ok(find_records(words).await?.into_iter().map(|found| Command::record(&found, href(&found))).collect()) })
}

fn href(found: &Found) -> String {
    match found.kind {
        Kind::Invoice => format!("/app/contractor/billing?q={}", found.id),
        _ => format!("/app/contractor/leads/{}", found.id),
    }
}
