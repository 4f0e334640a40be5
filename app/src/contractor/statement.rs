use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{Empty, LinkButton, PageHead, ROWS, StatementTable, page_of};
use kernel::Listed;
use leads::ledger::StatementLine;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The contractor's own account, newest first.
#[server(prefix = "/rpc", endpoint = "contractor_statement")]
pub async fn list_statement(offset: i64) -> Result<Listed<StatementLine>, AppError> {
    let caller = contractor_caller().await?;
    let platform::auth::Caller::Contractor(id) = &caller else { return Err(AppError::unauthenticated()) };
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    Ok(leads::ledger::statement(&ctx()?, &caller, id, page).await?)
}

/// What happened in the contractor's account, and what was owed after each step.
#[component]
pub fn StatementPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let offset = Memo::new(move |_| query.with(|q| page_of(q, ROWS).offset));
    let lines = Resource::new(move || (offset.get(), live.version.get()), |(offset, _)| list_statement(offset));
    let empty = || {
        view! {
            <Empty icon="dollar" title="Nothing here yet" text="Charges, credits and payments appear here with what you owe after each.">
                <LinkButton href="/app/contractor/leads">"See your leads"</LinkButton>
            </Empty>
        }
    };
    view! {
        <PageHead
            title="Account statement"
            subtitle="What you were charged, credited and paid, and what you owed after each."
            back=("/app/contractor/billing", "Billing")
        />
        <StatementTable lines leads="/app/contractor/leads" empty/>
    }
}
