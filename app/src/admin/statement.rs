use super::pay_out::{PayOutCredit, PayOutDialog, PayOutLink, PayingOut};
use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{Empty, LinkButton, Load, PageHead, ROWS, SkeletonTiles, StatGrid, StatTile, StatementTable, page_of};
use kernel::{Id, Listed, Money};
use leads::ledger::{Balance, StatementLine};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// A contractor's account, newest first.
#[server(prefix = "/rpc", endpoint = "admin_statement")]
pub async fn list_statement(contractor_id: Id, offset: i64) -> Result<Listed<StatementLine>, AppError> {
    let caller = admin_caller().await?;
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    Ok(leads::ledger::statement(&ctx()?, &caller, &contractor_id, page).await?)
}

/// A contractor's name, and what the account comes to.
#[server(prefix = "/rpc", endpoint = "admin_account")]
pub async fn load_account(contractor_id: Id) -> Result<(String, Balance), AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let name = leads::contractors::get(&ctx, &contractor_id).await?.business_name;
    Ok((name, leads::ledger::account(&ctx, &caller, &contractor_id).await?))
}

/// What happened in a contractor's account, and what was owed after each step.
#[component]
pub fn StatementPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let live = use_live(&[]);
    let pay = ServerAction::<PayOutCredit>::new();
    let paying = PayingOut::of_query();
    let changed = move || (live.version.get(), pay.version().get());
    let id = Memo::new(move |_| params.with(|p| p.get("contractor")).unwrap_or_default());
    let offset = Memo::new(move |_| query.with(|q| page_of(q, ROWS).offset));
    let lines = Resource::new(move || (id.get(), offset.get(), changed()), |(id, offset, _)| list_statement(id, offset));
    let account = Resource::new(move || (id.get(), changed()), |(id, _)| load_account(id));
    let empty = || {
        view! {
            <Empty icon="dollar" title="Nothing here yet" text="Charges, credits and payments of this contractor appear here.">
                <LinkButton href="/app/admin/ledger">"See the whole ledger"</LinkButton>
            </Empty>
        }
    };
    view! {
        <Load
            resource=account
            skeleton=|| {
                view! {
                    <PageHead title="Account statement" back=("/app/admin/ledger", "Ledger")/>
                    <SkeletonTiles count=3/>
                }
            }
            let:account
        >
            <Head id=id.get_untracked() account paying/>
        </Load>
        <StatementTable lines leads="/app/admin/leads" empty/>
        <PayOutDialog id paying action=pay/>
    }
}

#[component]
fn Head(id: Id, account: (String, Balance), paying: PayingOut) -> impl IntoView {
    let (name, balance) = account;
    let credit = balance.receivable < Money::ZERO;
    let title = format!("Account of {name}");
    view! {
        <PageHead title back=("/app/admin/ledger", "Ledger")>
            <LinkButton href=format!("/app/admin/contractors/{id}")>"Open the contractor"</LinkButton>
            {credit.then(|| view! { <PayOutLink name credit=-balance.receivable paying/> })}
        </PageHead>
        <section class="mb-6">
            <h2 class="sr-only">"Figures"</h2>
            <StatGrid lead=true>
                <StatTile
                    label=if credit { "Credit in their favour" } else { "Owes" }
                    value=if credit { -balance.receivable } else { balance.receivable }.to_string()
                />
                <StatTile label="Billed, less credits" value=balance.billed.to_string()/>
                <StatTile label="Paid" value=balance.received.to_string()/>
            </StatGrid>
        </section>
    }
}
