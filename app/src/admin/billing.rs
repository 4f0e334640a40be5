use super::billing_forms::{ChangeBill, ChangeDialog, ChangeLink, Changing};
use super::bulk_lines::BulkLines;
use super::invoice_runs::{PastRuns, RunDialog, RunInvoices};
use super::leads::list_names;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_back;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BilledName, BillingBadge, BillingFigures, BulkBar, Cell, Column, ConfirmButton, ContractorFilter, DateFilter, DisputeBadge, Empty,
    ExportLink, Filters, FormErrors, InvoiceText, LinkButton, LiveTable, Load, OwedText, PageHead, ROWS, Row, SearchFilter, SelectFilter,
    SkeletonTiles, TickCell, TimeAgo, action_error, choices, page_of,
};
use kernel::{Id, Listed, Permission};
use leads::admin_views::BulkLine;
use leads::billing::{BillingStatus, BillingSummary, RecordView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// What the address may filter by.
const KEYS: [&str; 5] = ["status", "contractorId", "startDate", "endDate", "q"];

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    pub status: Option<String>,
    pub contractor_id: Option<Id>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub q: Option<String>,
    /// `amount` is ascending, `-amount` descending.
    pub sort: Option<String>,
}

impl Asked {
    fn of(query: &ParamsMap) -> Asked {
        let get = |key: &str| query.get(key).filter(|value| !value.is_empty());
        Asked {
            status: get("status"),
            contractor_id: get("contractorId"),
            start_date: get("startDate"),
            end_date: get("endDate"),
            q: get("q"),
            sort: get("sort"),
        }
    }

    #[cfg(feature = "ssr")]
    fn filter(self, page: kernel::Page) -> leads::billing::BillingFilter {
        use leads::billing::{BillingFilter, BillingSort};
        BillingFilter {
            status: self.status.and_then(|word| word.parse().ok()),
            contractor_id: self.contractor_id,
            start_date: crate::days::start(self.start_date.as_deref()),
            end_date: crate::days::end(self.end_date.as_deref()),
            q: self.q.filter(|q| !q.contains('\0')),
            order: kernel::Order::read(self.sort.as_deref()).unwrap_or(kernel::Order::down(BillingSort::Charged)),
            page,
        }
    }
}

/// All charges that the filters leave, newest first unless sorted otherwise (seed 000, Get Billing Records).
#[server(prefix = "/rpc", endpoint = "admin_billing")]
pub async fn list_bills(#[server(default)] asked: Asked, offset: i64) -> Result<Listed<RecordView>, AppError> {
    let caller = admin_caller().await?;
    let filter = asked.filter(kernel::Page { limit: ROWS, offset: offset.max(0) });
    let list = leads::billing::list(&ctx()?, &caller, &filter).await?;
    Ok(Listed { items: list.records, total: list.total })
}

/// The sums of what the filters leave (seed 000, Get Billing Records, summary).
#[server(prefix = "/rpc", endpoint = "admin_billing_summary")]
pub async fn sum_bills(#[server(default)] asked: Asked) -> Result<BillingSummary, AppError> {
    let caller = admin_caller().await?;
    let filter = asked.filter(kernel::Page { limit: 1, offset: 0 });
    Ok(leads::billing::list(&ctx()?, &caller, &filter).await?.summary)
}

/// Marks charges as paid. `back` is the list's query.
#[server(prefix = "/rpc", endpoint = "admin_pay_bills")]
pub async fn pay_bills(#[server(default)] ids: Vec<Id>, #[server(default)] back: String) -> Result<Vec<BulkLine>, AppError> {
    let caller = admin_caller().await?;
    let lines = leads::billing::pay_many(&ctx()?, &caller, &ids).await?;
    plain_form_goes_back("/app/admin/billing", &back);
    Ok(lines)
}

/// What contractors were charged, what is invoiced, what is paid.
#[component]
pub fn BillingPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let change = ServerAction::<ChangeBill>::new();
    let run = ServerAction::<RunInvoices>::new();
    let pay = ServerAction::<PayBills>::new();
    let paying = RwSignal::new(None::<String>);
    let changing = Changing::of_query(change);
    let runs = RwSignal::new(query.with_untracked(|q| q.get("run")).is_some());
    let changed = move || (live.version.get(), change.version().get(), run.version().get(), pay.version().get());
    let asked = Memo::new(move |_| query.with(|q| (Asked::of(q), page_of(q, ROWS).offset)));
    let bills = Resource::new(move || (asked.get(), changed()), |((asked, offset), _)| list_bills(asked, offset));
    Effect::new(move |_| {
        if let Some(Ok(list)) = bills.get() {
            changing.follow(&list.items);
        }
    });
    // However they are sorted, their sums are the same.
    let summed = Memo::new(move |_| asked.with(|(asked, _)| Asked { sort: None, ..asked.clone() }));
    let summary = Resource::new(move || (summed.get(), changed()), |(asked, _)| sum_bills(asked));
    let names = Resource::new(|| (), |()| list_names());
    let is_filtered = move || query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
    let columns = vec![
        Column::ticks("Select"),
        Column::new("Lead"),
        Column::new("Contractor"),
        Column::new("Status"),
        Column::new("Charged").sort_up("charged"),
        Column::new("Invoice"),
        Column::new("Amount").numeric().sort("amount"),
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
        let is_payable = matches!(record.status, BillingStatus::Pending | BillingStatus::Invoiced);
        view! {
            <Row href=format!("/app/admin/leads/{lead_id}") fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&lead_id)))>
                <TickCell name="ids[]" value=record.id.clone() label=lead.customer_name() shown=is_payable/>
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
                    <TimeAgo at=record.incurred_at/>
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
        <SavedViews page="billing" keys=&KEYS/>
        <Filters>
            <SearchFilter placeholder="Invoice, contractor or customer"/>
            <SelectFilter name="status" label="Status" options=choices(BillingStatus::ALL, BillingStatus::as_str, BillingStatus::label)/>
            <ContractorFilter names/>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <FormErrors error=action_error(pay)/>
        <div role="status">{move || pay.value().get().and_then(Result::ok).map(|lines| view! { <BulkLines lines/> })}</div>
        <ActionForm action=pay>
            <BulkBar one="charge" many="charges" attr:data-needs=Permission::Billing.as_str()>
                <ConfirmButton
                    label="Mark as paid"
                    title="Mark the selected charges as paid?".to_owned()
                    message="A payment of its whole amount is booked for each. A charge cannot go back."
                    confirm="Mark as paid"
                    asked=paying
                    key="pay"
                    pending=pay.pending()
                />
            </BulkBar>
            <LiveTable resource=bills caption="Charges" columns limit=ROWS key=row_key empty row/>
        </ActionForm>
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
