use super::leads::list_names;
use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BilledName, Cell, Column, ContractorFilter, DisputeBadge, Empty, ExportLink, Filters, LinkButton, LiveTable, OwedText, PageHead, Row,
    SearchFilter, SelectFilter, TimeAgo, choices, page_of,
};
use kernel::{Id, Listed, Permission};
use leads::disputes::{DisputeStatus, DisputeView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Disputes on one page of the list.
const LIMIT: i64 = 50;
/// What the address may filter by.
const KEYS: [&str; 3] = ["status", "contractorId", "q"];

/// All disputes that the filters leave, newest first unless `sort` is `sent` (seed 000, Get Disputes). Words that are no status are
/// no filter.
#[server(prefix = "/rpc", endpoint = "admin_disputes")]
pub async fn list_disputes(
    status: Option<String>,
    contractor_id: Option<Id>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<DisputeView>, AppError> {
    use leads::disputes::DisputeFilter;
    let caller = admin_caller().await?;
    let filter = DisputeFilter {
        status: status.and_then(|word| word.parse().ok()),
        contractor_id: contractor_id.filter(|id| !id.is_empty()),
        q: q.filter(|q| !q.contains('\0')),
        oldest_first: sort.as_deref() == Some("sent"),
        page: kernel::Page { limit: LIMIT, offset: offset.max(0) },
    };
    Ok(leads::disputes::list(&ctx()?, &caller, &filter).await?)
}

/// What contractors contest, and what was decided.
#[component]
pub fn DisputesPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), q.get("sort"), page_of(q, LIMIT).offset)));
    let disputes = Resource::new(
        move || (asked.get(), live.version.get()),
        |(([status, contractor_id, q], sort, offset), _)| list_disputes(status, contractor_id, q, sort, offset),
    );
    let names = Resource::new(|| (), |()| list_names());
    let columns = vec![
        Column::new("Lead"),
        Column::new("Contractor"),
        Column::new("Status"),
        Column::new("Why"),
        Column::new("Sent").sort("sent"),
        Column::new("Charge").numeric(),
    ];
    let empty = move || {
        if query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty()))) {
            view! {
                <Empty icon="search" title="No disputes here" text="No dispute matches these filters.">
                    <LinkButton href="/app/admin/disputes">"Show all disputes"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="shield" title="No disputes" text="When a contractor contests a charge, you decide about it here.">
                    <LinkButton href="/app/admin/billing">"See the charges"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |d: DisputeView| {
        let lead_id = d.lead.id.clone();
        view! {
            <Row
                href=format!("/app/admin/disputes/{}", d.id)
                fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&lead_id)))
            >
                <Cell label="Lead" primary=true>
                    <BilledName lead=d.lead/>
                </Cell>
                <Cell label="Contractor">{d.contractor.business_name}</Cell>
                <Cell label="Status">
                    <DisputeBadge status=d.status/>
                </Cell>
                <Cell label="Why">{d.reason.label()}</Cell>
                <Cell label="Sent">
                    <TimeAgo at=d.submitted_at/>
                </Cell>
                <Cell label="Charge" numeric=true>
                    <OwedText amount=d.record.amount original=d.record.original_amount/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Disputes">
            <ExportLink what="disputes" keys=&KEYS attr:data-needs=Permission::Disputes.as_str()/>
        </PageHead>
        <SavedViews page="disputes" keys=&KEYS/>
        <Filters>
            <SearchFilter placeholder="Contractor or customer"/>
            <SelectFilter name="status" label="Status" options=choices(DisputeStatus::ALL, DisputeStatus::as_str, DisputeStatus::label)/>
            <ContractorFilter names/>
        </Filters>
        <LiveTable resource=disputes caption="Disputes" columns limit=LIMIT key=row_key empty row/>
    }
}

fn row_key(d: &DisputeView) -> String {
    format!("{} {} {}", d.id, d.status, d.record.amount.0)
}
