use super::billing_forms::{ChangeBill, ChangeDialog, ChangeLink, Changing};
use super::invoice_runs::{PastRuns, RunDialog, RunInvoices};
use super::leads::list_names;
use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BilledName, BillingBadge, BillingFigures, Cell, Column, ContractorFilter, DateFilter, DisputeBadge, Empty, ExactTime, ExportLink,
    Filters, InvoiceText, LinkButton, LiveTable, Load, OwedText, PageHead, Row, SelectFilter, SkeletonTiles, choices, page_of,
};
use kernel::{Id, Listed, Permission};
use leads::billing::{BillingStatus, BillingSummary, RecordView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Charges on one page of the list.
const LIMIT: i64 = 50;
/// What the address may filter by.
const KEYS: [&str; 4] = ["status", "contractorId", "startDate", "endDate"];

#[cfg(feature = "ssr")]
fn filter_of(
    status: Option<String>,
    contractor_id: Option<Id>,
    start_date: Option<String>,
    end_date: Option<String>,
    page: kernel::Page,
) -> leads::billing::BillingFilter {
    leads::billing::BillingFilter {
        status: status.and_then(|word| word.parse().ok()),
        contractor_id: contractor_id.filter(|id| !id.is_empty()),
        start_date: crate::days::start(start_date.as_deref()),
        end_date: crate::days::end(end_date.as_deref()),
        page,
    }
}

/// All charges that the filters leave, newest first (seed 000, Get Billing Records).
#[server(prefix = "/rpc", endpoint = "admin_billing")]
pub async fn list_bills(
    status: Option<String>,
    contractor_id: Option<Id>,
    start_date: Option<String>,
    end_date: Option<String>,
    offset: i64,
) -> Result<Listed<RecordView>, AppError> {
    let caller = admin_caller().await?;
    let filter = filter_of(status, contractor_id, start_date, end_date, kernel::Page { limit: LIMIT, offset: offset.max(0) });
    let list = leads::billing::list(&ctx()?, &caller, &filter).await?;
    Ok(Listed { items: list.records, total: list.total })
}

/// The sums of what the filters leave (seed 000, Get Billing Records, summary).
#[server(prefix = "/rpc", endpoint = "admin_billing_summary")]
pub async fn sum_bills(
    status: Option<String>,
    contractor_id: Option<Id>,
    start_date: Option<String>,
    end_date: Option<String>,
) -> Result<BillingSummary, AppError> {
    let caller = admin_caller().await?;
    let filter = filter_of(status, contractor_id, start_date, end_date, kernel::Page { limit: 1, offset: 0 });
    Ok(leads::billing::list(&ctx()?, &caller, &filter).await?.summary)
}

/// What contractors were charged, what is invoiced, what is paid.
#[component]
pub fn BillingPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let change = ServerAction::<ChangeBill>::new();
    let run = ServerAction::<RunInvoices>::new();
    let changing = Changing::of_query(change);
    let runs = RwSignal::new(query.with_untracked(|q| q.get("run")).is_some());
    let changed = move || (live.version.get(), change.version().get(), run.version().get());
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), page_of(q, LIMIT).offset)));
    let bills = Resource::new(
        move || (asked.get(), changed()),
        |(([status, contractor_id, start_date, end_date], offset), _)| list_bills(status, contractor_id, start_date, end_date, offset),
    );
    Effect::new(move |_| {
        if let Some(Ok(list)) = bills.get() {
            changing.follow(&list.items);
        }
    });
    let summary = Resource::new(
        move || (asked.get().0, changed()),
        |([status, contractor_id, start_date, end_date], _)| sum_bills(status, contractor_id, start_date, end_date),
    );
    let names = Resource::new(|| (), |()| list_names());
    let is_filtered = move || query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
    let columns = vec![
        Column::new("Lead"),
        Column::new("Contractor"),
        Column::new("Status"),
        Column::new("Charged"),
        Column::new("Invoice"),
        Column::new("Amount").numeric(),
        Column::new("Action"),
    ];
    let empty = move || {
        if is_filtered() {
            view! {
                <Empty icon="search" title="No charges here" text="No charge matches these filters.">
                    <LinkButton href="/app/admin/billing">"Show all charges"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty
                    icon="dollar"
                    title="No charges yet"
                    text="A lead is charged to its contractor when a call over the tracking number lasts 30 seconds or more."
                >
                    <LinkButton href="/app/admin/leads">"See the leads"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |record: RecordView| {
        let lead_id = record.lead.id.clone();
        let (lead, contractor, notes) = (record.lead.clone(), record.contractor.clone(), record.notes.clone());
        let (amount, original, invoiced) = (record.amount, record.original_amount, record.clone());
        view! {
            <Row href=format!("/app/admin/leads/{lead_id}") fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&lead_id)))>
                <Cell label="Lead" primary=true>
                    <BilledName lead/>
                </Cell>
                <Cell label="Contractor">
                    <a href=format!("/app/admin/contractors/{}", contractor.id) class="link">
                        {contractor.business_name}
                    </a>
                </Cell>
                <Cell label="Status">
                    <span class="inline-flex flex-wrap items-center gap-2">
                        <BillingBadge status=record.status/>
                        {record.dispute_status.map(|status| view! { <DisputeBadge status/> })}
                    </span>
                </Cell>
                <Cell label="Charged">
                    <ExactTime at=record.incurred_at/>
                </Cell>
                <Cell label="Invoice">
                    <span class="min-w-0">
                        <InvoiceText record=invoiced/>
                        {notes.map(|notes| view! { <span class="block max-w-prose break-words text-sm text-muted">{notes}</span> })}
                    </span>
                </Cell>
                <Cell label="Amount" numeric=true>
                    <OwedText amount original/>
                </Cell>
                <Cell label="Action">
                    <ChangeLink record changing/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Billing">
            <LinkButton href="/app/admin/ledger">"Ledger"</LinkButton>
            <ExportLink what="billing" keys=&KEYS attr:data-needs=Permission::Billing.as_str()/>
            <a
                href="?run=1"
                class="btn btn-primary"
                data-needs=Permission::Billing.as_str()
                aria-haspopup="dialog"
                on:click=move |ev| {
                    ev.prevent_default();
                    runs.set(true);
                }
            >
                "Run invoices"
            </a>
        </PageHead>
        <div class="mb-6">
            <Load
                resource=summary
                skeleton=|| {
                    view! { <SkeletonTiles count=4/> }
                }
                let:summary
            >
                <Figures summary is_filtered=is_filtered()/>
            </Load>
        </div>
        <Filters>
            <SelectFilter name="status" label="Status" options=choices(BillingStatus::ALL, BillingStatus::as_str, BillingStatus::label)/>
            <ContractorFilter names/>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <LiveTable resource=bills caption="Charges" columns limit=LIMIT key=row_key empty row/>
        <ChangeDialog changing/>
        <PastRuns version=run.version()/>
        <RunDialog open=runs action=run/>
    }
}

fn row_key(r: &RecordView) -> String {
    format!("{} {} {} {:?} {:?} {:?}", r.id, r.status, r.amount.0, r.invoice_number, r.notes, r.dispute_status)
}

/// The documented sums.
#[component]
fn Figures(summary: BillingSummary, is_filtered: bool) -> impl IntoView {
    let hint = if is_filtered { "Of the charges below" } else { "" };
    let tiles = vec![
        ("Revenue", summary.billed(), hint),
        ("Not invoiced yet", summary.pending, hint),
        ("Invoiced, not paid", summary.invoiced, hint),
        ("Paid", summary.paid, hint),
    ];
    view! { <BillingFigures tiles/> }
}
