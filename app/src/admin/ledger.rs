use super::leads::list_names;
use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Badge, Card, Cell, Column, ContractorFilter, DateFilter, Empty, ExactTime, ExportLink, Filters, LinkButton, LiveTable, Load, MoneyText,
    Notice, PageHead, ROWS, Row, SearchFilter, SelectFilter, SkeletonLines, Tone, choices, page_of,
};
use kernel::{Id, Listed, Money, Permission};
use leads::ledger::{Account, AccountSum, EntryKind, EntryView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What the address may filter by.
const KEYS: [&str; 5] = ["kind", "contractorId", "startDate", "endDate", "q"];

/// The ledger's entries that the filters leave, newest first unless `sort` is `when`. Words that are no kind are no filter.
#[server(prefix = "/rpc", endpoint = "admin_ledger")]
pub async fn list_entries(
    kind: Option<String>,
    contractor_id: Option<Id>,
    start_date: Option<String>,
    end_date: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<EntryView>, AppError> {
    use leads::ledger::EntryFilter;
    let caller = admin_caller().await?;
    let filter = EntryFilter {
        kind: kind.and_then(|word| word.parse().ok()),
        contractor_id: contractor_id.filter(|id| !id.is_empty()),
        start_date: crate::days::start(start_date.as_deref()),
        end_date: crate::days::end(end_date.as_deref()),
        q: q.filter(|q| !q.contains('\0')),
        oldest_first: sort.as_deref() == Some("when"),
        page: kernel::Page { limit: ROWS, offset: offset.max(0) },
    };
    Ok(leads::ledger::list(&ctx()?, &caller, &filter).await?)
}

/// What every account comes to.
#[server(prefix = "/rpc", endpoint = "admin_trial_balance")]
pub async fn sum_accounts() -> Result<Vec<AccountSum>, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::ledger::trial_balance(&ctx()?, &caller).await?)
}

/// The books: whether they are right, and every entry with both its sides.
#[component]
pub fn LedgerPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&["billing_created", "billing_paid", "dispute_resolved", "credit_refunded"]);
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), q.get("sort"), page_of(q, ROWS).offset)));
    let entries = Resource::new(
        move || (asked.get(), live.version.get()),
        |(([kind, contractor_id, start_date, end_date, q], sort, offset), _)| {
            list_entries(kind, contractor_id, start_date, end_date, q, sort, offset)
        },
    );
    let accounts = Resource::new(move || live.version.get(), |_| sum_accounts());
    let names = Resource::new(|| (), |()| list_names());
    let chosen = Memo::new(move |_| query.with(|q| q.get("contractorId")).filter(|id| !id.is_empty()));
    let columns = vec![
        Column::new("What"),
        Column::new("Contractor"),
        Column::new("When").sort_up("when"),
        Column::new("Cause"),
        Column::new("Debit").numeric(),
        Column::new("Credit").numeric(),
    ];
    let empty = move || {
        if query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty()))) {
            view! {
                <Empty icon="search" title="No entries here" text="No entry matches these filters.">
                    <LinkButton href="/app/admin/ledger">"Show all entries"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="dollar" title="The ledger is empty" text="Every charge, credit, payment and refund is written here by itself.">
                    <LinkButton href="/app/admin/billing">"See the charges"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    view! {
        <PageHead title="Ledger" subtitle="Every movement of money, with both its sides.">
            {move || {
                chosen.get().map(|id| view! { <LinkButton href=format!("/app/admin/ledger/{id}")>"Account statement"</LinkButton> })
            }}
            <ExportLink what="ledger" keys=&KEYS attr:data-needs=Permission::Billing.as_str()/>
        </PageHead>
        <div class="mb-6">
            <Card title="Accounts">
                <Load
                    resource=accounts
                    skeleton=|| {
                        view! { <SkeletonLines lines=5/> }
                    }
                    let:sums
                >
                    <TrialBalance sums/>
                </Load>
            </Card>
        </div>
        <SavedViews page="ledger" keys=&KEYS/>
        <Filters>
            <SearchFilter placeholder="Invoice, contractor or customer"/>
            <SelectFilter name="kind" label="What" options=choices(EntryKind::ALL, EntryKind::as_str, EntryKind::label)/>
            <ContractorFilter names/>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <LiveTable
            resource=entries
            caption="Entries"
            columns
            limit=ROWS
            key=|entry: &EntryView| entry.id.clone()
            empty
            row=|entry| view! { <EntryRow entry/> }
        />
    }
}

#[component]
fn EntryRow(entry: EntryView) -> impl IntoView {
    let cause = cause_of(&entry);
    let what = match &entry.customer_name {
        Some(name) => format!("{} for {name}", entry.kind.label()),
        None => entry.memo.clone(),
    };
    let side = |is_debit: bool| {
        let lines = entry.lines.iter().filter(|(_, amount)| (*amount > Money::ZERO) == is_debit);
        lines.map(|(account, amount)| view! { <Side account=*account amount=if is_debit { *amount } else { -*amount }/> }).collect_view()
    };
    let (debits, credits) = (side(true), side(false));
    view! {
        <Row>
            <Cell label="What" primary=true>
                <span class="block font-medium">{what}</span>
                {entry.invoice_number.map(|number| view! { <span class="block whitespace-nowrap text-sm text-muted tabular-nums">{number}</span> })}
            </Cell>
            <Cell label="Contractor">
                <a href=format!("/app/admin/ledger/{}", entry.contractor.id) class="link">
                    {entry.contractor.business_name}
                </a>
            </Cell>
            <Cell label="When">
                <ExactTime at=entry.at/>
            </Cell>
            <Cell label="Cause">
                {match cause {
                    Some((href, words)) => view! { <a href=href class="link inline-flex min-h-11 items-center">{words}</a> }.into_any(),
                    None => view! { <span class="break-all">{entry.reference.unwrap_or_else(|| "By hand".to_owned())}</span> }.into_any(),
                }}
            </Cell>
            <Cell label="Debit" numeric=true>{debits}</Cell>
            <Cell label="Credit" numeric=true>{credits}</Cell>
        </Row>
    }
}

/// Where what caused an entry is shown, and what that is.
fn cause_of(entry: &EntryView) -> Option<(String, &'static str)> {
    match (entry.kind, &entry.reference, &entry.lead_id) {
        (EntryKind::Credit, Some(dispute), _) => Some((format!("/app/admin/disputes/{dispute}"), "Dispute")),
        (EntryKind::Charge | EntryKind::Payment, _, Some(lead)) => Some((format!("/app/admin/leads/{lead}"), "Lead")),
        _ => None,
    }
}

/// One side of an entry.
#[component]
fn Side(account: Account, amount: Money) -> impl IntoView {
    view! {
        <span class="block">
            <span class="text-sm text-muted">{account.label()} " "</span>
            <MoneyText amount/>
        </span>
    }
}

/// Each account's sums. Together they must come to nothing.
#[component]
fn TrialBalance(sums: Vec<AccountSum>) -> impl IntoView {
    let total: Money = sums.iter().map(|sum| sum.balance()).sum();
    let (debits, credits): (Money, Money) = (sums.iter().map(|s| s.debits).sum(), sums.iter().map(|s| s.credits).sum());
    let meaning = |account: Account| match account {
        Account::Receivable => "What contractors owe",
        Account::Revenue => "What leads were charged",
        Account::Credits => "What disputes gave back",
        Account::Cash => "What was paid",
    };
    let rows = sums
        .into_iter()
        .map(|sum| {
            view! {
                <tr>
                    <th scope="row" class="py-2 pr-4 text-left font-normal">
                        <span class="block font-medium">{sum.account.label()}</span>
                        <span class="block text-sm text-muted">{meaning(sum.account)}</span>
                    </th>
                    <td class="hidden py-2 pl-4 text-right tabular-nums sm:table-cell"><MoneyText amount=sum.debits/></td>
                    <td class="hidden py-2 pl-4 text-right tabular-nums sm:table-cell"><MoneyText amount=sum.credits/></td>
                    <td class="py-2 pl-4 text-right tabular-nums"><MoneyText amount=sum.balance()/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {(total != Money::ZERO)
            .then(|| {
                view! {
                    <div class="mb-4" role="alert">
                        <Notice
                            tone=Tone::Bad
                            title=format!("The books are off by {total}")
                            text="Something outside of this program has changed the ledger. Look for it before you go on."
                        />
                    </div>
                }
            })}
        <table class="w-full">
            <caption class="sr-only">"Trial balance"</caption>
            <thead>
                <tr class="text-sm text-muted">
                    <th scope="col" class="pb-2 pr-4 text-left font-medium">"Account"</th>
                    <th scope="col" class="hidden pb-2 pl-4 text-right font-medium sm:table-cell">"Debits"</th>
                    <th scope="col" class="hidden pb-2 pl-4 text-right font-medium sm:table-cell">"Credits"</th>
                    <th scope="col" class="pb-2 pl-4 text-right font-medium">"Balance"</th>
                </tr>
            </thead>
            <tbody class="divide-y divide-line">{rows}</tbody>
            <tfoot class="border-t border-line font-semibold">
                <tr>
                    <th scope="row" class="pt-3 pr-4 text-left">
                        <span class="inline-flex flex-wrap items-center gap-2">
                            "Trial balance"
                            {(total == Money::ZERO).then(|| view! { <Badge tone=Tone::Good>"The books are right"</Badge> })}
                        </span>
                    </th>
                    <td class="hidden pt-3 pl-4 text-right tabular-nums sm:table-cell"><MoneyText amount=debits/></td>
                    <td class="hidden pt-3 pl-4 text-right tabular-nums sm:table-cell"><MoneyText amount=credits/></td>
                    <td class="pt-3 pl-4 text-right tabular-nums"><MoneyText amount=total/></td>
                </tr>
            </tfoot>
        </table>
    }
}
