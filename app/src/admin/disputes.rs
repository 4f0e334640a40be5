#[cfg(feature = "ssr")]
use super::bulk_lines::plain_form_tells;
use super::bulk_lines::{NotDone, number_done};
use super::leads::list_names;
use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::count;
use crate::ui::{
    BilledName, BulkBar, Cell, Column, ContractorFilter, DisputeBadge, Empty, ExportLink, Filters, FormErrors, LinkButton, LiveTable,
    OwedText, PageHead, ROWS, Row, SearchFilter, SelectFilter, SubmitButton, TickCell, TimeAgo, Variant, action_error, choices, page_of,
    use_toasts,
};
use kernel::{Id, Listed, Permission};
use leads::admin_views::BulkLine;
use leads::disputes::{DisputeStatus, DisputeView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What the address may filter by.
const KEYS: [&str; 3] = ["status", "contractorId", "q"];

/// All disputes that the filters leave, newest first unless sorted otherwise (seed 000, Get Disputes). Words that are no status are
/// no filter.
#[server(prefix = "/rpc", endpoint = "admin_disputes")]
pub async fn list_disputes(
    status: Option<String>,
    contractor_id: Option<Id>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<DisputeView>, AppError> {
    use leads::disputes::{DisputeFilter, DisputeSort};
    let caller = admin_caller().await?;
    let filter = DisputeFilter {
        status: status.and_then(|word| word.parse().ok()),
        contractor_id: contractor_id.filter(|id| !id.is_empty()),
        q: q.filter(|q| !q.contains('\0')),
        order: kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(DisputeSort::Sent)),
        page: kernel::Page { limit: ROWS, offset: offset.max(0) },
    };
    Ok(leads::disputes::list(&ctx()?, &caller, &filter).await?)
}

/// Begins to look into the ticked disputes, all in one go, and tells what became of each (decision 30). `back` is the list's query.
#[server(prefix = "/rpc", endpoint = "admin_review_disputes")]
pub async fn review_disputes(#[server(default)] ids: Vec<Id>, #[server(default)] back: String) -> Result<Vec<BulkLine>, AppError> {
    let caller = admin_caller().await?;
    let lines = leads::disputes::review_many(&ctx()?, &caller, &ids).await?;
    plain_form_tells(&lines, "/app/admin/disputes", &back)?;
    Ok(lines)
}

/// What contractors contest, and what was decided.
#[component]
pub fn DisputesPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let review = ServerAction::<ReviewDisputes>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(lines)) = review.value().get()
            && let Some(number) = number_done(&lines)
        {
            toasts.success(format!("{} under review. The contractors see it.", count(number, "dispute is", "disputes are")));
        }
    });
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), q.get("sort"), page_of(q, ROWS).offset)));
    let disputes = Resource::new(
        move || (asked.get(), live.version.get(), review.version().get()),
        |(([status, contractor_id, q], sort, offset), ..)| list_disputes(status, contractor_id, q, sort, offset),
    );
    let names = Resource::new(|| (), |()| list_names());
    let columns = vec![
        Column::ticks("Select"),
        Column::new("Lead"),
        Column::new("Contractor"),
        Column::new("Status"),
        Column::new("Why"),
        Column::new("Sent").sort_up("sent"),
        Column::new("Charge").numeric().sort("charge"),
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
        let waits = d.status == DisputeStatus::Pending;
        view! {
            <Row
                href=format!("/app/admin/disputes/{}", d.id)
                fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&lead_id)))
            >
                <TickCell name="ids[]" value=d.id.clone() label=d.lead.customer_name() shown=waits/>
                <Cell label="Lead" primary=true>
                    <BilledName lead=d.lead/>
                </Cell>
                <Cell label="Contractor">{d.contractor.business_name}</Cell>
                <Cell label="Status">
                    <DisputeBadge status=d.status short=true/>
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
        <FormErrors error=action_error(review)/>
        <NotDone action=review base="/app/admin/disputes"/>
        <ActionForm action=review>
            <BulkBar one="dispute" many="disputes" attr:data-needs=Permission::Disputes.as_str()>
                <SubmitButton variant=Variant::Secondary pending=review.pending()>"Mark as under review"</SubmitButton>
            </BulkBar>
            <LiveTable resource=disputes caption="Disputes" columns limit=ROWS key=row_key empty row/>
        </ActionForm>
    }
}

fn row_key(d: &DisputeView) -> String {
    format!("{} {} {}", d.id, d.status, d.record.amount.0)
}
