//! The ledger as a file.

use super::file::{ANY_PAGE, download, text, words};
use crate::api::getcontractor::callers::Viewer;
use crate::api::getcontractor::error::Answer;
use crate::api::getcontractor::stamp;
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use futures::stream::{StreamExt as _, TryStreamExt as _};
use kernel::Money;
use leads::export;
use leads::ledger::{Account, EntryFilter, EntryView};
use serde::Deserialize;
use utoipa::IntoParams;

const LEDGER: &str = "Entry ID,Date,Kind,Contractor,Contractor Email,Customer Name,Invoice Number,Reference,Memo,Account,Debit,Credit";

/// One side of an entry.
fn ledger_row((entry, account, amount): &(EntryView, Account, Money)) -> Vec<String> {
    let side = |amount: Money| if amount > Money::ZERO { amount.plain() } else { String::new() };
    vec![
        text(&entry.id),
        stamp(entry.at),
        entry.kind.to_string(),
        text(&entry.contractor.business_name),
        text(&entry.contractor.email),
        text(entry.customer_name.as_deref().unwrap_or_default()),
        entry.invoice_number.clone().unwrap_or_default(),
        text(entry.reference.as_deref().unwrap_or_default()),
        text(&entry.memo),
        account.to_string(),
        side(*amount),
        side(-*amount),
    ]
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct LedgerExportQuery {
    /// From this day or time on.
    start_date: Option<String>,
    /// Until this day or time, inclusive.
    end_date: Option<String>,
    /// `charge`, `credit`, `payment` or `refund`.
    kind: Option<String>,
    contractor_id: Option<String>,
    /// The beginning of an invoice's number, a contractor's name or a customer's.
    q: Option<String>,
}

/// The ledger as a CSV file, newest first: one row for each side of an entry, so that debits and credits sum to the same.
#[utoipa::path(get, path = "/api/admin/export/ledger", tag = "Admin", params(LedgerExportQuery), security(("admin" = [])), operation_id = "export_ledger", responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
))]
pub async fn all(State(state): State<AppState>, viewer: Viewer, Asked(query): Asked<LedgerExportQuery>) -> Answer<Response> {
    let caller = viewer.admin()?;
    let mut checked = Checked::default();
    let (start_date, end_date) = checked.dates(query.start_date.as_deref(), query.end_date.as_deref());
    let kind = checked.choice("kind", query.kind.as_deref());
    let contractor_id = checked.id("contractorId", query.contractor_id.as_deref());
    let q = words(&mut checked, "q", query.q.as_deref());
    checked.finish()?;
    let filter = EntryFilter { kind, contractor_id, start_date, end_date, q, ..EntryFilter::of_page(ANY_PAGE) };
    let sides = |entry: EntryView| {
        let lines = entry.lines.clone();
        lines.into_iter().map(move |(account, amount)| (entry.clone(), account, amount))
    };
    let parts = export::ledger(&state.ctx, &caller, filter)?;
    let parts = parts.map_ok(move |entries| entries.into_iter().flat_map(sides).collect()).boxed();
    download("ledger", state.ctx.now(), LEDGER, parts, ledger_row).await
}
